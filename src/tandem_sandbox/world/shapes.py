"""What a record's elements may hold, as tables: one rule per element, in the words of a refusal (xero.md 4.1)."""

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from tandem_sandbox.world.wire import read_day

ECHOED = frozenset({"UpdatedDateUTC", "ValidationErrors"})
_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_GUID = re.compile(r"^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
Judge = Callable[[str, Any], str | None]


class Malformed(Exception):
    """A value of the wrong JSON kind: Payroll AU answers 500 to those (xero.md 3.2)."""


@dataclass(frozen=True)
class Rule:
    """What one element may hold: `judge` says what is wrong, `tidy` gives the value as it is kept."""

    judge: Judge
    tidy: Callable[[Any], Any] = lambda value: value


Shape = Mapping[str, Rule]


def label(element: str) -> str:
    """Write an element's name as words: LastName -> Last Name."""
    return _WORDS.sub(" ", element)


def is_blank(value: object) -> bool:
    """Say whether a value counts as not given."""
    return value is None or value == {} or (isinstance(value, str) and not value.strip())


def text(longest: int, *, pattern: str | None = None, says: str = "is not valid.") -> Rule:
    """Allow text up to a length, perhaps of one pattern; a number is read as the text that it is written as."""

    def judge(name: str, value: Any) -> str | None:
        written = _as_text(value)
        if not isinstance(written, str):
            return f"The {name} must be text."
        if pattern and not re.fullmatch(pattern, written, re.ASCII):
            return f"The {name} {says}"
        return f"The {name} must not be longer than {longest} characters." if len(written) > longest else None

    return Rule(judge, _as_text)


def choice(allowed: Collection[str]) -> Rule:
    """Allow one of some words."""

    def judge(name: str, value: Any) -> str | None:
        return None if isinstance(value, str) and value in allowed else f"'{value}' is not a valid {name}."

    return Rule(judge)


def flag() -> Rule:
    """Allow true and false."""
    return Rule(lambda name, value: None if isinstance(value, bool) else f"The {name} must be true or false.")


def number(*, least: float | None = None, most: float | None = None) -> Rule:
    """Allow a number, also one written as text."""

    def judge(name: str, value: Any) -> str | None:
        found = _as_number(value)
        if not isinstance(found, int | float) or isinstance(found, bool) or not math.isfinite(found):
            return f"The {name} must be a number."
        if (least is not None and found < least) or (most is not None and found > most):
            return f"The {name} is out of range."
        return None

    return Rule(judge, _as_number)


def day() -> Rule:
    """Allow a calendar date in either form; kept as an ISO day."""
    return Rule(
        lambda name, value: None if read_day(value) else f"The {name} is not a valid date.",
        lambda value: read_day(value) or value,
    )


def guid() -> Rule:
    """Allow an id; kept in lower case."""
    return Rule(
        lambda name, value: None if isinstance(value, str) and _GUID.match(value) else f"The {name} is not a valid id.",
        lambda value: value.lower() if isinstance(value, str) else value,
    )


def problems(record: Mapping[str, Any], shape: Shape, *, type_name: str) -> list[str]:
    """List what does not fit. Raises Malformed where a plain value should stand and an object or list does."""
    errors = [
        f"'{name}' is not a valid element in {type_name}" for name in record if name not in shape and name not in ECHOED
    ]
    for name, rule in shape.items():
        value = record.get(name)
        if value is None or value == "":
            continue
        if isinstance(value, dict | list):
            raise Malformed(name)
        message = rule.judge(label(name), value)
        if message:
            errors.append(message)
    return errors


def tidied(record: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """Return a record as it is kept: without what is empty, every known element in one form."""
    return {
        name: shape[name].tidy(value) if name in shape else value
        for name, value in record.items()
        if value is not None and value != "" and name not in ECHOED
    }


def objects(value: object, name: str) -> list[dict[str, Any]]:
    """Return a list of objects; nothing is an empty one. Raises Malformed for anything else."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise Malformed(name)
    return value


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _as_number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return value
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return value if isinstance(value, str) else math.inf
    return found
