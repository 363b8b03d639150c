"""When two values of a field are the same, when one says nothing, and how values are stored. Pure.

Equality here decides whether anything flows, so it must never ping-pong: what one side does to a value on its way
(upper-case countries, non-breaking spaces, the case of an e-mail address) is not a difference.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from tandem.people.payroll_records import (
    BankAccount,
    EmploymentBasis,
    Fund,
    FundKind,
    IncomeType,
    LeaveBalance,
    Residency,
    SeniorStatus,
    SuperMembership,
    TaxFileNumber,
    TaxScale,
    TaxScaleChoice,
    TfnExemption,
    WorkCondition,
)
from tandem.people.records import Address, Gender, TerminationReason
from tandem.xero.mapping.bank import normalise_accounts
from tandem.xero.mapping.fields import FieldValue, SharedField, Termination, clean, is_australian, region_code
from tandem.xero.mapping.superannuation import normalise_memberships
from tandem.xero.mapping.tax_file_number import same_answer

CASELESS_FIELDS = frozenset({SharedField.EMAIL, SharedField.EMPLOYEE_GROUP, SharedField.COUNTRY_OF_RESIDENCE})
LISTS: Mapping[SharedField, Callable[[Any], FieldValue]] = {
    SharedField.BANK_ACCOUNTS: normalise_accounts,
    SharedField.SUPER_MEMBERSHIPS: normalise_memberships,
}
PHONE_FIELDS = frozenset({SharedField.PHONE, SharedField.MOBILE})
PHONE_PUNCTUATION = dict.fromkeys(map(ord, " -().\u2010\u2011\u2013"))


def normalise(field: SharedField, value: FieldValue) -> FieldValue:
    """Return the form in which two values of a field are compared."""
    if field in LISTS and isinstance(value, tuple):
        return LISTS[field](value)
    match value:
        case Gender():
            return value
        case Address():
            return normalise_address(value)
        case str() if field in CASELESS_FIELDS:
            return clean(value).casefold()
        case str() if field in PHONE_FIELDS:
            return clean(value).translate(PHONE_PUNCTUATION)
        case StrEnum():
            return value
        case str():
            return clean(value)
        case _:
            return value


def normalise_address(address: Address) -> Address:
    """Return an address for comparison: short states, one spelling of Australia, and blank if only a country."""
    cleaned = Address(
        line1=clean(address.line1),
        line2=clean(address.line2),
        suburb=clean(address.suburb),
        state=region_code(address.state),
        postcode=clean(address.postcode),
        country="australia" if is_australian(address.country) else clean(address.country).casefold(),
    )
    return Address() if cleaned.is_blank else cleaned


def same(field: SharedField, left: FieldValue, right: FieldValue) -> bool:
    """Say whether two values mean the same to a person.

    A reason for leaving that one side lacks is no difference, and a masked number is none to any with its end.
    """
    if isinstance(left, Termination) and isinstance(right, Termination):
        return left.on == right.on and (left.reason == right.reason or None in (left.reason, right.reason))
    if isinstance(left, TaxFileNumber) and isinstance(right, TaxFileNumber):
        return same_answer(left, right)
    return normalise(field, left) == normalise(field, right)


def is_blank(field: SharedField, value: FieldValue) -> bool:
    """Say whether a value says nothing; no and 0 % say something."""
    if isinstance(value, bool | Decimal):
        return False
    return normalise(field, value) in ("", None, Address(), Gender.NOT_STATED, ())


def value_as_json(value: FieldValue) -> object:
    """Return a value as plain JSON, for bases and journals."""
    match value:
        case Termination():
            return {"on": value.on.isoformat(), "reason": value.reason.value if value.reason else None}
        case date():
            return value.isoformat()
        case StrEnum():
            return value.value
        case Decimal() | UUID():
            return str(value)
        case tuple():
            return [value_as_json(cast("FieldValue", row)) for row in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {item.name: value_as_json(getattr(value, item.name)) for item in fields(value)}
        case _:
            return value


def value_from_json(field: SharedField, raw: object) -> FieldValue:
    """Return the value that `value_as_json` wrote."""
    if raw is None:
        return None
    reader = READERS.get(field)
    return str(raw) if reader is None else reader(raw)


def _termination(raw: Any) -> Termination:
    reason = raw["reason"]
    return Termination(date.fromisoformat(raw["on"]), TerminationReason(reason) if reason else None)


def _address(raw: Any) -> Address:
    return Address(**{str(name): str(part) for name, part in raw.items()})


def _accounts(raw: Any) -> tuple[BankAccount, ...]:
    return tuple(
        BankAccount(**{**row, "amount": None if row["amount"] is None else Decimal(row["amount"])}) for row in raw
    )


def _memberships(raw: Any) -> tuple[SuperMembership, ...]:
    return tuple(
        SuperMembership(Fund(**{**row["fund"], "kind": FundKind(row["fund"]["kind"])}), row["member_number"])
        for row in raw
    )


def _tax_file_number(raw: Any) -> TaxFileNumber | TfnExemption:
    return TfnExemption(raw) if isinstance(raw, str) else TaxFileNumber(**raw)


def _tax_scale(raw: Any) -> TaxScaleChoice:
    condition, senior = raw["work_condition"], raw["senior_status"]
    return TaxScaleChoice(
        TaxScale(raw["scale"]),
        WorkCondition(condition) if condition else None,
        SeniorStatus(senior) if senior else None,
    )


def _balances(raw: Any) -> tuple[LeaveBalance, ...]:
    return tuple(
        LeaveBalance(UUID(row["leave_type_id"]), row["name"], Decimal(row["units"]), row["unit"]) for row in raw
    )


READERS: Mapping[SharedField, Callable[[Any], FieldValue]] = {
    SharedField.DATE_OF_BIRTH: date.fromisoformat,
    SharedField.START_ON: date.fromisoformat,
    SharedField.GENDER: Gender,
    SharedField.HOME_ADDRESS: _address,
    SharedField.TERMINATION: _termination,
    SharedField.EMPLOYMENT_BASIS: EmploymentBasis,
    SharedField.INCOME_TYPE: IncomeType,
    SharedField.BANK_ACCOUNTS: _accounts,
    SharedField.SUPER_MEMBERSHIPS: _memberships,
    SharedField.TAX_FILE_NUMBER: _tax_file_number,
    SharedField.RESIDENCY: Residency,
    SharedField.TAX_SCALE: _tax_scale,
    SharedField.TAX_FREE_THRESHOLD: bool,
    SharedField.STUDENT_DEBT: bool,
    SharedField.TAX_OFFSET: Decimal,
    SharedField.EXTRA_WITHHOLDING: Decimal,
    SharedField.WITHHOLDING_VARIATION: Decimal,
    SharedField.LEAVE_LOADING: bool,
    SharedField.LEAVE_BALANCES: _balances,
}
