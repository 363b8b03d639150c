"""Two records of one person: which value of each field survives, and what an undo puts back. Pure. No Django.

The employee ID, the end of the employment and the contract's end stay with the record that is kept.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from tandem.people.records import Address, EmployeeDetails, EmployeeRecord, Gender

FIELDS = tuple(item.name for item in fields(EmployeeDetails) if item.name != "employee_number")
DATES = frozenset({"date_of_birth", "start_on"})


class Origin(StrEnum):
    """Which of the two records a value comes from."""

    KEPT = "kept"
    OTHER = "other"


@dataclass(frozen=True)
class Survivor:
    """One field of both records; `is_choice` where both say something and not the same."""

    field: str
    kept: object
    other: object
    origin: Origin
    is_choice: bool


def survivors(
    kept: EmployeeRecord, other: EmployeeRecord, chosen: Mapping[str, Origin] | None = None
) -> tuple[Survivor, ...]:
    """Return every field: the kept record's value, the other's where the kept one is blank, else what was chosen."""
    chosen = chosen or {}
    return tuple(
        _survivor(name, getattr(kept, name), getattr(other, name), chosen.get(name, Origin.KEPT)) for name in FIELDS
    )


def _survivor(name: str, kept: object, other: object, chosen: Origin) -> Survivor:
    if kept == other or is_blank(other):
        return Survivor(name, kept, other, Origin.KEPT, is_choice=False)
    if is_blank(kept):
        return Survivor(name, kept, other, Origin.OTHER, is_choice=False)
    return Survivor(name, kept, other, chosen, is_choice=True)


def changes_of(found: tuple[Survivor, ...]) -> dict[str, object]:
    """Return what changes on the kept record."""
    return {one.field: one.other for one in found if one.origin is Origin.OTHER}


def put_back(
    now: EmployeeRecord, *, before: Mapping[str, object], taken: Mapping[str, object]
) -> tuple[dict[str, object], tuple[str, ...]]:
    """Return what an undo of a merge changes, and the fields it leaves since somebody has edited them meanwhile."""
    untouched = {name for name, value in taken.items() if getattr(now, name) == value}
    return {name: before[name] for name in taken if name in untouched}, tuple(sorted(set(taken) - untouched))


def is_blank(value: object) -> bool:
    """Say whether a value says nothing."""
    return value in ("", None, Gender.NOT_STATED) or (isinstance(value, Address) and value.is_blank)


def as_json(values: Mapping[str, object]) -> dict[str, object]:
    """Return values of fields as JSON."""
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: object) -> object:
    if isinstance(value, Address):
        return asdict(value)
    if isinstance(value, date | UUID):
        return str(value)
    return value


def from_json(raw: Mapping[str, Any]) -> dict[str, object]:
    """Return the values that `as_json` wrote."""
    return {name: _value(name, value) for name, value in raw.items()}


def _value(name: str, raw: Any) -> object:
    if raw is None:
        return None
    if name in DATES:
        return date.fromisoformat(raw)
    if name == "home_address":
        return Address(**raw)
    if name == "gender":
        return Gender(raw)
    return UUID(raw) if name == "branch_id" else raw
