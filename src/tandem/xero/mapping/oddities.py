"""What to say of values in Xero's answer that are kept but not understood, and how choices are read. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from tandem.xero.mapping.fields import SharedField, clean

Choice = TypeVar("Choice")


@dataclass(frozen=True)
class Oddity:
    """Something in Xero's answer that was kept but not understood; `is_usable` is False if the field must not flow."""

    field: SharedField
    sentence: str
    is_usable: bool


Oddities = tuple[Oddity, ...]


def unusable(field: SharedField, sentence: str) -> Oddities:
    """Return the one oddity of a value that must stay where it is."""
    return (Oddity(field, sentence, is_usable=False),)


def read_choice(field: SharedField, code: str, known: Mapping[str, Choice]) -> tuple[Choice | None, Oddities]:
    """Return what one of Xero's codes means; a code that Tandem does not know stays in Xero, untouched."""
    text = clean(code).upper()
    if not text:
        return None, ()
    if text in known:
        return known[text], ()
    sentence = f"Xero holds a value for {field.label.lower()} that Tandem does not know yet. It stays in Xero as it is."
    return None, unusable(field, sentence)


def read_amount(field: SharedField, value: Decimal | str | None) -> tuple[Decimal | None, Oddities]:
    """Return a number exactly; text that is none stays in Xero."""
    if isinstance(value, str):
        return None, unusable(field, f"Xero holds a {field.label.lower()} that is not a number. Correct it in Xero.")
    return value, ()


def amount_as_json(value: Decimal) -> int | float:
    """Return a number as JSON writes it: whole ones without a point, the others with the digits they have."""
    return int(value) if value == value.to_integral_value() else float(value)


def codes_of(known: Mapping[str, Choice]) -> dict[Choice, str]:
    """Return the way back from meanings to Xero's codes; where several mean the same, the first is written."""
    back: dict[Choice, str] = {}
    for code, meaning in known.items():
        back.setdefault(meaning, code)
    return back
