"""What people ask for of their own record, as values. No Django, no I/O.

Values are *plain* here, as JSON holds them: they are sealed until somebody decides, and compared with those in force.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from tandem.people.payroll_records import Fund, FundKind, SuperMembership, TaxFileNumber, TfnExemption
from tandem.people.records import Address, EmployeeRecord, Gender

Plain = Mapping[str, Any]
#: What of their details people may ask to change. The rest, such as the work email and the job, is their employer's.
OWN_FIELDS = (
    *("title", "first_name", "middle_names", "last_name", "preferred_name", "date_of_birth", "gender"),
    *("home_email", "mobile", "phone", "home_address"),
)
MEMBERSHIPS = "super_memberships"
ANSWER = "tax_file_number"
#: What of the declaration people may ask to change. Income type, basis, ABN and leave loading are their employer's.
OWN_TAX = (
    *("residency", "tax_scale", "work_condition", "senior_status", "country_of_residence"),
    *("tax_free_threshold", "student_debt", "tax_offset", "extra_withholding", "withholding_variation"),
)
AMOUNTS = ("tax_offset", "extra_withholding", "withholding_variation")


class OwnChangeKind(StrEnum):
    """What a request is about; who decides depends on it."""

    DETAILS = "details"
    SUPER = "super"
    TAX = "tax"


class OwnChangeOutcome(StrEnum):
    """How a request ended."""

    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"
    LAPSED = "lapsed"


@dataclass(frozen=True)
class OwnChangeRecord:
    """A request; `outcome` is None and the values are there while it waits.

    `moved` names what is not as it was when it was asked for: such a request cannot be approved any more.
    """

    change_id: UUID
    employee_id: UUID
    full_name: str
    kind: OwnChangeKind
    fields: tuple[str, ...]
    asked_at: datetime
    asked_by_id: UUID
    outcome: OwnChangeOutcome | None = None
    decided_at: datetime | None = None
    decided_by_id: UUID | None = None
    note: str = ""
    before: Plain = field(default_factory=dict, repr=False)
    after: Plain = field(default_factory=dict, repr=False)
    moved: tuple[str, ...] = ()


def plain_details(record: EmployeeRecord) -> dict[str, Any]:
    """Return what people may ask to change of a record."""
    return plain_of({name: getattr(record, name) for name in OWN_FIELDS})


def plain_of(values: Mapping[str, object]) -> dict[str, Any]:
    """Return values as JSON holds them."""
    return {name: _plain(value) for name, value in values.items()}


def details_of_plain(plain: Plain) -> dict[str, object]:
    """Return plain details as a record holds them."""
    values: dict[str, object] = dict(plain)
    if values.get("date_of_birth"):
        values["date_of_birth"] = date.fromisoformat(plain["date_of_birth"])
    if "gender" in values:
        values["gender"] = Gender(plain["gender"])
    if "home_address" in values:
        values["home_address"] = Address(**{part.name: plain["home_address"][part.name] for part in fields(Address)})
    return values


def plain_memberships(memberships: Iterable[SuperMembership]) -> list[dict[str, Any]]:
    """Return memberships as JSON holds them."""
    return [asdict(one) for one in memberships]


def memberships_of_plain(plain: Iterable[Plain]) -> tuple[SuperMembership, ...]:
    """Return plain memberships as a record holds them."""
    return tuple(
        SuperMembership(Fund(**{**one["fund"], "kind": FundKind(one["fund"]["kind"])}), one["member_number"])
        for one in plain
    )


def plain_columns(columns: Mapping[str, object]) -> dict[str, Any]:
    """Return what people may ask to change of a declaration's columns, amounts with their cents."""
    return {name: f"{value:.2f}" if isinstance(value := columns[name], Decimal) else value for name in OWN_TAX}


def columns_of_plain(plain: Plain) -> dict[str, Any]:
    """Return plain columns as a row holds them."""
    return {
        name: Decimal(value) if name in AMOUNTS and value is not None else value
        for name, value in plain.items()
        if name in OWN_TAX
    }


def plain_answer(answer: TaxFileNumber | TfnExemption | None) -> dict[str, str]:
    """Return what is known of a tax file number outside the vault: its end and keyed mark, or why there is none."""
    if isinstance(answer, TaxFileNumber):
        return {"ending": answer.ending, "mark": answer.mark, "exemption": ""}
    return {"ending": "", "mark": "", "exemption": answer.value if answer else ""}


def different(in_force: Plain, wanted: Plain) -> dict[str, Any]:
    """Return what of the wanted is not in force."""
    return {name: value for name, value in wanted.items() if in_force[name] != value}


def moved_since(before: Plain, in_force: Plain) -> tuple[str, ...]:
    """Return the names of what is not as it was."""
    return tuple(name for name, value in before.items() if in_force.get(name) != value)


def not_own(names: Iterable[str]) -> set[str]:
    """Return the names of what is not for people to ask for."""
    return set(names) - set(OWN_FIELDS)


def _plain(value: object) -> object:
    if isinstance(value, Address):
        return asdict(value)
    return value.isoformat() if isinstance(value, date) else value
