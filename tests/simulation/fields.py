"""What people edit in the simulation: each edit writes a value that nobody has written before, so that it can be followed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tandem.people.records import Address
from tandem.xero.mapping.fields import SharedField


class Side(StrEnum):
    """Where a value stands; the words of the story."""

    TANDEM = "Tandem"
    XERO = "Xero"

    @property
    def other(self) -> "Side":
        """Return the other side."""
        return Side.XERO if self is Side.TANDEM else Side.TANDEM


@dataclass(frozen=True)
class Field:
    """One field: its column here, its element there, and how its nth value looks on either side."""

    shared: SharedField
    column: str
    element: str
    text: Callable[[int], str]
    here: Callable[[str], tuple[str, object]]
    there: Callable[[str], object]
    read_there: Callable[[Any], str] = lambda found: found or ""


def _address_here(line1: str) -> tuple[str, object]:
    return "home_address", Address(line1, "", "Geelong", "VIC", "3220", "Australia")


def _address_there(line1: str) -> object:
    return {"AddressLine1": line1, "City": "Geelong", "Region": "VIC", "PostalCode": "3220", "Country": "AUSTRALIA"}


def _text(name: str) -> Callable[[str], tuple[str, object]]:
    return lambda value: (name, value)


def _as_it_is(value: str) -> object:
    return value


FIELDS: tuple[Field, ...] = (
    Field(
        SharedField.JOB_TITLE, "job_title", "JobTitle", lambda n: f"Baker {n:03}", _text("job_title"), _as_it_is,
    ),
    Field(
        SharedField.MIDDLE_NAMES, "middle_names", "MiddleNames", lambda n: f"Lee {n:03}", _text("middle_names"), _as_it_is,
    ),
    Field(
        SharedField.EMAIL, "work_email", "Email", lambda n: f"person{n:03}@example.com", _text("work_email"), _as_it_is,
    ),
    Field(
        SharedField.HOME_ADDRESS, "home_line1", "HomeAddress", lambda n: f"{n:03} Saltworks Row", _address_here,
        _address_there, lambda found: str((found or {}).get("AddressLine1") or ""),
    ),
)  # fmt: skip
ENDED = SharedField.TERMINATION
BY_NAME: Mapping[str, Field] = {field.shared.value: field for field in FIELDS}
NAMES = (*BY_NAME, ENDED.value)
