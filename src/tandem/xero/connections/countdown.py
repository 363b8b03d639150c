"""When people are reminded of a hand-over, and how wide the circle is by then. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum


class Circle(IntEnum):
    """Who is told: each takes in the ones before it."""

    OWNER = 1
    ADMINISTRATORS = 2
    SUPPORT = 3


#: From how many days before the last safe day on the circle is at least this wide.
WIDENS: tuple[tuple[int, Circle], ...] = ((1, Circle.SUPPORT), (7, Circle.ADMINISTRATORS))


@dataclass(frozen=True)
class Reminder:
    """People are to be told now; `days_before` is the step that is thereby done."""

    days_before: int
    circle: Circle


def circle_at(days_left: int) -> Circle:
    """Return who must know when so many days are left; a day that is over counts like the day itself."""
    return next((circle for days, circle in WIDENS if days_left <= days), Circle.OWNER)


def due_reminder(
    *, last_safe_on: date, today: date, steps: Sequence[int], told: int | None, put_off_until: date | None = None
) -> Reminder | None:
    """Return the reminder that is due: one for all the steps that were reached since people were told last.

    Nothing while the hand-over is put off, which no one can do beyond the last safe day.
    """
    if put_off_until is not None and today < min(put_off_until, last_safe_on):
        return None
    days_left = (last_safe_on - today).days
    reached = [step for step in steps if days_left <= step]
    if not reached or (told is not None and told <= min(reached)):
        return None
    return Reminder(min(reached), circle_at(days_left))


def told_at_opening(*, last_safe_on: date, today: date, steps: Sequence[int]) -> int | None:
    """Return the step that the first notice has done already, if any."""
    return min((step for step in steps if (last_safe_on - today).days <= step), default=None)


def may_put_off(*, until: date, last_safe_on: date, today: date) -> bool:
    """Say whether a hand-over may rest until a day: one to come, and none beyond the last safe day."""
    return today < until <= last_safe_on
