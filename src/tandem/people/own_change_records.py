"""What people ask for of their own record, as values. No Django, no I/O.

Values are *plain* here, as JSON holds them: they are sealed until somebody decides, and compared with those in force.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from tandem.people.records import Address, EmployeeRecord, Gender

Plain = Mapping[str, Any]
#: What of their details people may ask to change. The rest, such as the work email and the job, is their employer's.
OWN_FIELDS = (
    *("title", "first_name", "middle_names", "last_name", "preferred_name", "date_of_birth", "gender"),
    *("home_email", "mobile", "phone", "home_address"),
)


class OwnChangeKind(StrEnum):
    """What a request is about; who decides depends on it."""

    DETAILS = "details"


class OwnChangeOutcome(StrEnum):
    """How a request ended."""

    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"


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
