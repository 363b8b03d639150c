"""The fields both systems share: their names, groups, values, and when two values are the same. Pure.

Equality here decides whether anything flows, so it must never ping-pong: what one side does to a value on its way
(upper-case countries, non-breaking spaces, the case of an e-mail address) is not a difference.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tandem.people.records import Address, EmployeeRecord, Gender, TerminationReason


class FieldGroup(StrEnum):
    """What a customer may give its own authority to."""

    PERSONAL = "personal"
    CONTACT = "contact"
    EMPLOYMENT = "employment"
    BANK = "bank"
    SUPER = "super"
    TAX = "tax"
    LEAVE = "leave"


class SharedField(StrEnum):
    """The personal fields of contract F, in the order people read them."""

    TITLE = "title"
    FIRST_NAME = "first_name"
    MIDDLE_NAMES = "middle_names"
    LAST_NAME = "last_name"
    DATE_OF_BIRTH = "date_of_birth"
    GENDER = "gender"
    HOME_ADDRESS = "home_address"
    PHONE = "phone"
    MOBILE = "mobile"
    EMAIL = "email"
    JOB_TITLE = "job_title"
    START_ON = "start_on"
    TERMINATION = "termination"


@dataclass(frozen=True)
class Termination:
    """An end of employment: the last day, and why."""

    on: date
    reason: TerminationReason | None = None


FieldValue = str | date | Gender | Address | Termination | None


def ours_value(record: EmployeeRecord, field: SharedField) -> FieldValue:
    """Return what Tandem holds for a shared field."""
    raise NotImplementedError


def normalise(field: SharedField, value: FieldValue) -> FieldValue:
    """Return the form in which two values are compared."""
    raise NotImplementedError


def same(field: SharedField, left: FieldValue, right: FieldValue) -> bool:
    """Say whether two values mean the same thing to a person."""
    raise NotImplementedError


def value_as_json(value: FieldValue) -> object:
    """Return a value as plain JSON, for bases and journals."""
    raise NotImplementedError


def value_from_json(field: SharedField, raw: object) -> FieldValue:
    """Return the value that `value_as_json` wrote."""
    raise NotImplementedError
