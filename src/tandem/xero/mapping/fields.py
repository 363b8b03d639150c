"""The fields both systems share: their names, groups and values. Pure."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from tandem.people.payroll_records import (
    BankAccount,
    LeaveBalance,
    PayrollDetails,
    SuperMembership,
    TaxFileNumber,
    TaxScaleChoice,
)
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
    """The fields of a person that both systems hold, in the order people read them."""

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
    EMPLOYEE_GROUP = "employee_group"
    EMPLOYMENT_BASIS = "employment_basis"
    INCOME_TYPE = "income_type"
    BANK_ACCOUNTS = "bank_accounts"
    SUPER_MEMBERSHIPS = "super_memberships"
    TAX_FILE_NUMBER = "tax_file_number"
    CONTRACTOR_ABN = "contractor_abn"
    COUNTRY_OF_RESIDENCE = "country_of_residence"
    RESIDENCY = "residency"
    TAX_SCALE = "tax_scale"
    TAX_FREE_THRESHOLD = "tax_free_threshold"
    STUDENT_DEBT = "student_debt"
    TAX_OFFSET = "tax_offset"
    EXTRA_WITHHOLDING = "extra_withholding"
    WITHHOLDING_VARIATION = "withholding_variation"
    LEAVE_LOADING = "leave_loading"
    LEAVE_BALANCES = "leave_balances"

    @property
    def group(self) -> FieldGroup:
        """Return the group whose authority decides."""
        return GROUPS[self]

    @property
    def label(self) -> str:
        """Return the name that people read."""
        return LABELS[self]


GROUPS: Mapping[SharedField, FieldGroup] = MappingProxyType(
    {
        SharedField.TITLE: FieldGroup.PERSONAL,
        SharedField.FIRST_NAME: FieldGroup.PERSONAL,
        SharedField.MIDDLE_NAMES: FieldGroup.PERSONAL,
        SharedField.LAST_NAME: FieldGroup.PERSONAL,
        SharedField.DATE_OF_BIRTH: FieldGroup.PERSONAL,
        SharedField.GENDER: FieldGroup.PERSONAL,
        SharedField.HOME_ADDRESS: FieldGroup.CONTACT,
        SharedField.PHONE: FieldGroup.CONTACT,
        SharedField.MOBILE: FieldGroup.CONTACT,
        SharedField.EMAIL: FieldGroup.CONTACT,
        SharedField.JOB_TITLE: FieldGroup.EMPLOYMENT,
        SharedField.START_ON: FieldGroup.EMPLOYMENT,
        SharedField.TERMINATION: FieldGroup.EMPLOYMENT,
        SharedField.EMPLOYEE_GROUP: FieldGroup.EMPLOYMENT,
        SharedField.EMPLOYMENT_BASIS: FieldGroup.EMPLOYMENT,
        SharedField.INCOME_TYPE: FieldGroup.EMPLOYMENT,
        SharedField.BANK_ACCOUNTS: FieldGroup.BANK,
        SharedField.SUPER_MEMBERSHIPS: FieldGroup.SUPER,
        SharedField.TAX_FILE_NUMBER: FieldGroup.TAX,
        SharedField.CONTRACTOR_ABN: FieldGroup.TAX,
        SharedField.COUNTRY_OF_RESIDENCE: FieldGroup.TAX,
        SharedField.RESIDENCY: FieldGroup.TAX,
        SharedField.TAX_SCALE: FieldGroup.TAX,
        SharedField.TAX_FREE_THRESHOLD: FieldGroup.TAX,
        SharedField.STUDENT_DEBT: FieldGroup.TAX,
        SharedField.TAX_OFFSET: FieldGroup.TAX,
        SharedField.EXTRA_WITHHOLDING: FieldGroup.TAX,
        SharedField.WITHHOLDING_VARIATION: FieldGroup.TAX,
        SharedField.LEAVE_LOADING: FieldGroup.TAX,
        SharedField.LEAVE_BALANCES: FieldGroup.LEAVE,
    }
)
LABELS: Mapping[SharedField, str] = MappingProxyType(
    {
        SharedField.TITLE: "Title",
        SharedField.FIRST_NAME: "First name",
        SharedField.MIDDLE_NAMES: "Middle names",
        SharedField.LAST_NAME: "Last name",
        SharedField.DATE_OF_BIRTH: "Date of birth",
        SharedField.GENDER: "Gender",
        SharedField.HOME_ADDRESS: "Home address",
        SharedField.PHONE: "Phone",
        SharedField.MOBILE: "Mobile",
        SharedField.EMAIL: "Email",
        SharedField.JOB_TITLE: "Job title",
        SharedField.START_ON: "Start date",
        SharedField.TERMINATION: "Termination",
        SharedField.EMPLOYEE_GROUP: "Employee group",
        SharedField.EMPLOYMENT_BASIS: "Employment basis",
        SharedField.INCOME_TYPE: "Income type",
        SharedField.BANK_ACCOUNTS: "Bank accounts",
        SharedField.SUPER_MEMBERSHIPS: "Super memberships",
        SharedField.TAX_FILE_NUMBER: "Tax file number",
        SharedField.CONTRACTOR_ABN: "Contractor's ABN",
        SharedField.COUNTRY_OF_RESIDENCE: "Country of residence",
        SharedField.RESIDENCY: "Residency status",
        SharedField.TAX_SCALE: "Tax scale",
        SharedField.TAX_FREE_THRESHOLD: "Tax-free threshold",
        SharedField.STUDENT_DEBT: "Study or training loan",
        SharedField.TAX_OFFSET: "Tax offset",
        SharedField.EXTRA_WITHHOLDING: "Extra tax withheld",
        SharedField.WITHHOLDING_VARIATION: "Withholding variation",
        SharedField.LEAVE_LOADING: "Leave loading",
        SharedField.LEAVE_BALANCES: "Leave balances",
    }
)


@dataclass(frozen=True)
class Termination:
    """An end of employment: the last day, and why."""

    on: date
    reason: TerminationReason | None = None


#: What the employee record itself holds, in order; the rest is a person's payroll details.
DETAIL_FIELDS = tuple(SharedField)[: tuple(SharedField).index(SharedField.TERMINATION) + 1]
PAYROLL_FIELDS = tuple(field for field in SharedField if field not in DETAIL_FIELDS)
#: What no run compares: balances are not a matter of two sides.
NOT_IN_RUNS = frozenset({SharedField.LEAVE_BALANCES})
#: What only those see who may see the payroll tabs of a record.
OF_PAYROLL = frozenset(PAYROLL_FIELDS) - {SharedField.EMPLOYEE_GROUP}

FieldValue = (
    str
    | date
    | bool
    | Decimal
    | Gender
    | Address
    | Termination
    | TaxFileNumber
    | TaxScaleChoice
    | tuple[BankAccount, ...]
    | tuple[SuperMembership, ...]
    | tuple[LeaveBalance, ...]
    | None
)

INVISIBLE = dict.fromkeys(map(ord, "\x00\u200b\u200c\u200d\u2060\ufeff\u00ad"))
AUSTRALIA = frozenset({"", "au", "aus", "australia", "commonwealth of australia"})
REGIONS: Mapping[str, str] = MappingProxyType(
    {
        "australian capital territory": "ACT",
        "new south wales": "NSW",
        "northern territory": "NT",
        "queensland": "QLD",
        "south australia": "SA",
        "tasmania": "TAS",
        "victoria": "VIC",
        "western australia": "WA",
    }
)
REGION_CODES = frozenset(REGIONS.values())


def clean(text: str) -> str:
    """Return a text without invisible characters, with single ordinary spaces and none at its ends."""
    return " ".join(unicodedata.normalize("NFC", text).translate(INVISIBLE).split())


def length_in_xero(text: str) -> int:
    """Return how long a text is where it is counted in UTF-16, as Windows programs do: an emoji counts twice."""
    return len(clean(text).encode("utf-16-le")) // 2


def is_australian(country: str) -> bool:
    """Say whether a country means Australia; a blank one does, since Xero's regions are all Australian."""
    return clean(country).casefold() in AUSTRALIA


def region_code(state: str) -> str:
    """Return the short form of an Australian state, or the text itself."""
    cleaned = clean(state)
    if cleaned.upper() in REGION_CODES:
        return cleaned.upper()
    return REGIONS.get(cleaned.casefold(), cleaned)


def fields_of(payroll: PayrollDetails | None) -> tuple[SharedField, ...]:
    """Return the fields that somebody's record holds: the payroll details are not always there."""
    return DETAIL_FIELDS if payroll is None else tuple(SharedField)


def ours_value(record: EmployeeRecord, field: SharedField) -> FieldValue:
    """Return what Tandem holds for a shared field; one e-mail goes to Xero: work, else home (contract of fields)."""
    if field in PAYROLL_FIELDS:
        details: FieldValue = getattr(record.payroll, field.value)
        return details
    match field:
        case SharedField.EMAIL:
            return clean(record.work_email) or clean(record.home_email)
        case SharedField.TERMINATION:
            return Termination(record.termination_on, record.termination_reason) if record.termination_on else None
        case _:
            value: FieldValue = getattr(record, field.value)
            return clean(value) if isinstance(value, str) and not isinstance(value, Gender) else value
