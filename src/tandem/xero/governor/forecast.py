"""When so many calls will have been made, if everybody keeps to their share. Pure: a division over Xero's days.

A share that its owner leaves unused stays kept until the day is over, so that the forecast depends on nobody's diligence.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tandem.xero.governor.rules import DAY, MINUTE


@dataclass(frozen=True)
class Pace:
    """How many calls may go: `left_today` until `resets_at`, then `a_day`."""

    left_today: int
    resets_at: datetime
    a_day: int
    a_minute: int


@dataclass(frozen=True)
class Forecast:
    """When the last call has been made, and on how many of Xero's days calls are made."""

    ends_at: datetime
    days: int


def forecast(calls: int, *, now: datetime, pace: Pace) -> Forecast:
    """Say when `calls` calls that begin now will have been made, pausing wherever a day's share is used up."""
    today = max(0, pace.left_today)
    if calls <= today:
        return Forecast(now + _minutes(calls, pace), 1)
    a_day = max(1, pace.a_day)
    whole_days, last = divmod(calls - today - 1, a_day)
    return Forecast(pace.resets_at + whole_days * DAY + _minutes(last + 1, pace), whole_days + 1 + (today > 0))


def _minutes(calls: int, pace: Pace) -> timedelta:
    """Return how long calls of one day take, rounded up to whole minutes as Xero's windows are."""
    return MINUTE * -(-calls // max(1, pace.a_minute))
