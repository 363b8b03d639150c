"""What a switch is: one thing that nobody could establish about Xero."""

from dataclasses import KW_ONLY, dataclass

Value = bool | int | str | None
NUMBER = ("a number",)
ON_OFF = (True, False)


@dataclass(frozen=True)
class Switch:
    """One unknown: its name, what it may be, what it is unless told, and what it means."""

    name: str
    choices: tuple[Value, ...]
    _: KW_ONLY
    default: Value
    meaning: str
