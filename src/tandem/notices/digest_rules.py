"""When somebody is written to about what automatic runs did, and what the letter says. Pure: counts in, sentences out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from tandem.notices.rules import next_time


class RunLetters(StrEnum):
    """What somebody wants by mail of automatic runs. Values are stored: never rename one."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    NEVER = "never"


@dataclass(frozen=True)
class Tally:
    """What automatic runs did in a while: counts alone.

    `first_at` is when the first of it happened, None where nothing did; `trouble_at` when trouble began, None where
    none did, or what there was went on from before.
    """

    applied: int = 0
    refused: int = 0
    stopped: int = 0
    conflicts: int = 0
    first_at: datetime | None = None
    trouble_at: datetime | None = None


@dataclass(frozen=True)
class Wish:
    """What one person chose; `away_until` is the last day of an absence."""

    letters: RunLetters
    daily_at: time
    away_until: date | None = None


def letter_at(tally: Tally, wish: Wish, *, time_zone: str) -> datetime | None:
    """Return when somebody is written to: at their daily hour, of trouble at once if they chose so, None where never.

    One letter gathers everything up to its hour; where nothing happened there is none. Trouble that goes on from run to
    run is told at once when it begins, and from then on daily.
    """
    if tally.first_at is None or wish.letters is RunLetters.NEVER:
        return None
    at = next_time(wish.daily_at, tally.first_at, time_zone)
    if wish.letters is RunLetters.AT_ONCE and tally.trouble_at is not None:
        at = min(at, tally.trouble_at)
    if wish.away_until is None:
        return at
    back = datetime.combine(wish.away_until + timedelta(days=1), wish.daily_at, tzinfo=ZoneInfo(time_zone))
    return max(at, back.astimezone(at.tzinfo))


def headline(tally: Tally) -> str:
    """Return the shortest true sentence."""
    trouble = tally.refused + tally.stopped
    if trouble or tally.conflicts:
        return f"automatic runs left {_counted(trouble + tally.conflicts, 'thing', 'things')} to look at"
    return f"automatic runs made {_counted(tally.applied, 'change', 'changes')}"


def lines(tally: Tally) -> Iterator[str]:
    """Yield what happened, trouble first: errors, conflicts, successes."""
    if tally.stopped:
        yield f"{_counted(tally.stopped, 'run', 'runs')} stopped before the end."
    if tally.refused:
        yield f"{_counted(tally.refused, 'change was', 'changes were')} refused or not confirmed."
    if tally.conflicts:
        yield f"{_counted(tally.conflicts, 'conflict', 'conflicts')} came up: both sides changed the same field."
    if tally.applied:
        yield f"{_counted(tally.applied, 'change was', 'changes were')} made."


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
