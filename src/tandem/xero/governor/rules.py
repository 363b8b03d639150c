"""Whether one more call may go to Xero now. Pure: a ledger of what was spent, and a decision.

Limits are per organisation and app: 5 in flight, 60 a minute, 1,000 or 5,000 a day, in fixed windows whose start we do
not know (xero.md 3.1): so the ledger opens a window with its first call and trusts Xero's own counts where it sends any.
What is missing from an answer's headers is unknown, never zero. Who may use how much of a window is in `shares`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from tandem.xero.governor.shares import (
    NOTHING,
    OF_RUNS,
    Counts,
    Share,
    kept_in_a_day,
    kept_in_a_minute,
    kept_in_flight,
    room,
)

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


class Purpose(StrEnum):
    """What a call is for, which says whose share it belongs to."""

    PROBE = "probe"
    LIFE_CYCLE = "life_cycle"
    WRITE = "write"
    PERSON = "person"
    READ = "read"
    SWEEP = "sweep"


class LimitKind(StrEnum):
    CONCURRENT = "concurrent"
    MINUTE = "minute"
    DAY = "day"
    APP = "app"
    RETRY_AFTER = "retry_after"


SHARES: Mapping[Purpose, Share] = {
    Purpose.PROBE: Share.PROBES,
    Purpose.LIFE_CYCLE: Share.PEOPLE,
    Purpose.PERSON: Share.PEOPLE,
    Purpose.WRITE: Share.WRITES,
    Purpose.READ: Share.READS,
    Purpose.SWEEP: Share.READS,
}
#: So shortly before its end a run may use up a minute: whoever then finds nothing left waits no longer than for a button.
LAST_OF_A_MINUTE = timedelta(seconds=5)


@dataclass(frozen=True)
class Limits:
    """The numbers of the installation's tier; all settings."""

    in_flight: int = 5
    per_minute: int = 58
    per_day: int = 1000
    app_per_minute: int = 10_000
    write_reserve_share: float = 0.2
    concurrent_wait: timedelta = timedelta(seconds=1)
    unknown_wait: timedelta = timedelta(seconds=30)

    @property
    def kept_in_a_day(self) -> Counts:
        """Return how many of the day's calls are kept for whom."""
        return kept_in_a_day(self.per_day, write_share=self.write_reserve_share)

    @property
    def reads_in_a_day(self) -> int:
        """Return how many calls of a day runs may read with when nobody else has called yet."""
        return room(Share.READS, limit=self.per_day, spent=0, by=NOTHING, kept=self.kept_in_a_day)

    @property
    def reads_in_flight(self) -> int:
        """Return how many calls of a run may be in progress at once."""
        return room(Share.READS, limit=self.in_flight, spent=0, by=NOTHING, kept=kept_in_flight(self.in_flight))


@dataclass(frozen=True)
class Ledger:
    """What one organisation has spent: counts in the windows that are open, and until when Xero asked to wait."""

    in_flight: int = 0
    minute_started_at: datetime | None = None
    minute_calls: int = 0
    day_started_at: datetime | None = None
    day_calls: int = 0
    app_minute_started_at: datetime | None = None
    app_minute_calls: int = 0
    blocked_until: datetime | None = None
    blocked_by: LimitKind | None = None
    flying_by: Counts = field(default=NOTHING)
    minute_by: Counts = field(default=NOTHING)
    day_by: Counts = field(default=NOTHING)


@dataclass(frozen=True)
class Admit:
    """The call may go; `ledger` already counts it."""

    ledger: Ledger


@dataclass(frozen=True)
class Wait:
    """The call may not go before `until`; `problem` names the limit."""

    until: datetime
    problem: LimitKind


@dataclass(frozen=True)
class Signals:
    """What an answer says about the limits; None is unknown. A 429 names a `problem`: RETRY_AFTER if we do not know it."""

    minute_remaining: int | None = None
    day_remaining: int | None = None
    app_minute_remaining: int | None = None
    problem: LimitKind | None = None
    retry_after: timedelta | None = None


def admit(ledger: Ledger, purpose: Purpose, now: datetime, *, limits: Limits | None = None) -> Admit | Wait:
    """Decide whether one more call may go now."""
    limits = limits or Limits()
    opened = open_windows(ledger, now)
    if opened.blocked_until:
        return Wait(opened.blocked_until, opened.blocked_by or LimitKind.RETRY_AFTER)
    share = SHARES[purpose]
    if _room_today(opened, share, limits) <= 0:
        return Wait(_end(opened.day_started_at, DAY, now), LimitKind.DAY)
    if (wait := _minute_wait(opened, share, now, limits)) is not None:
        return Wait(wait, LimitKind.MINUTE)
    if opened.app_minute_calls >= limits.app_per_minute:
        return Wait(_end(opened.app_minute_started_at, MINUTE, now), LimitKind.APP)
    kept = kept_in_flight(limits.in_flight)
    if room(share, limit=limits.in_flight, spent=opened.in_flight, by=opened.flying_by, kept=kept) <= 0:
        return Wait(now + limits.concurrent_wait, LimitKind.CONCURRENT)
    return Admit(_count(opened, share, now))


def _room_today(ledger: Ledger, share: Share, limits: Limits) -> int:
    return room(share, limit=limits.per_day, spent=ledger.day_calls, by=ledger.day_by, kept=limits.kept_in_a_day)


def _minute_wait(ledger: Ledger, share: Share, now: datetime, limits: Limits) -> datetime | None:
    """Return until when the minute has nothing left for this call.

    What is kept goes to the next minute untouched only for its last seconds: then a run may use it up, so that no call of
    a long import is wasted, and whoever comes waits for seconds.
    """
    limit, spent, end = limits.per_minute, ledger.minute_calls, _end(ledger.minute_started_at, MINUTE, now)
    if spent >= limit:
        return end
    if room(share, limit=limit, spent=spent, by=ledger.minute_by, kept=kept_in_a_minute(limit)) > 0:
        return None
    if share not in OF_RUNS:
        return end
    return None if end - now <= LAST_OF_A_MINUTE else end - LAST_OF_A_MINUTE


def open_windows(ledger: Ledger, now: datetime) -> Ledger:
    """Return the ledger with windows that are over emptied, and a wait that is over lifted."""
    if _is_over(ledger.minute_started_at, MINUTE, now):
        ledger = replace(ledger, minute_started_at=None, minute_calls=0, minute_by=NOTHING)
    if _is_over(ledger.day_started_at, DAY, now):
        ledger = replace(ledger, day_started_at=None, day_calls=0, day_by=NOTHING)
    if _is_over(ledger.app_minute_started_at, MINUTE, now):
        ledger = replace(ledger, app_minute_started_at=None, app_minute_calls=0)
    if ledger.blocked_until and ledger.blocked_until <= now:
        ledger = replace(ledger, blocked_until=None, blocked_by=None)
    return ledger


def _is_over(started_at: datetime | None, length: timedelta, now: datetime) -> bool:
    return started_at is not None and now >= started_at + length


def _end(started_at: datetime | None, length: timedelta, now: datetime) -> datetime:
    return (started_at or now) + length


def _count(ledger: Ledger, share: Share, now: datetime) -> Ledger:
    return replace(
        ledger,
        in_flight=ledger.in_flight + 1,
        minute_started_at=ledger.minute_started_at or now,
        minute_calls=ledger.minute_calls + 1,
        day_started_at=ledger.day_started_at or now,
        day_calls=ledger.day_calls + 1,
        app_minute_started_at=ledger.app_minute_started_at or now,
        app_minute_calls=ledger.app_minute_calls + 1,
        flying_by=ledger.flying_by.plus(share),
        minute_by=ledger.minute_by.plus(share),
        day_by=ledger.day_by.plus(share),
    )


def note_answer(ledger: Ledger, signals: Signals, now: datetime, *, limits: Limits | None = None) -> Ledger:
    """Return the ledger after an answer: one fewer in flight, and whatever its headers taught.

    Of the minute only zero is believed: answers overtake each other, and calls may still be on their way.
    """
    limits = limits or Limits()
    learnt = replace(open_windows(ledger, now), in_flight=max(0, ledger.in_flight - 1))
    if signals.day_remaining is not None:
        learnt = _learn_day(learnt, signals.day_remaining, now, limits)
    if signals.minute_remaining == 0:
        learnt = replace(learnt, minute_calls=limits.per_minute, minute_started_at=learnt.minute_started_at or now)
    if signals.app_minute_remaining == 0:
        learnt = replace(
            learnt,
            app_minute_calls=limits.app_per_minute,
            app_minute_started_at=learnt.app_minute_started_at or now,
        )
    return _block(learnt, signals.problem, signals.retry_after, now, limits) if signals.problem else learnt


def _learn_day(ledger: Ledger, remaining: int, now: datetime, limits: Limits) -> Ledger:
    """Take Xero's count of the day where ours does not explain it, plus what is still on its way.

    Our count holds every call from before it is sent: what Xero counts up to that is ours. Far fewer than ours means that
    its day began anew. More left than our own budget says nothing: the tier then allows more than we want to spend.
    """
    used = limits.per_day - remaining
    if used < 0:
        return ledger
    calls = used + ledger.in_flight
    if calls < ledger.day_calls - limits.in_flight:
        return replace(ledger, day_calls=calls, day_by=NOTHING, day_started_at=now)
    day_calls = calls if used > ledger.day_calls else ledger.day_calls
    return replace(ledger, day_calls=day_calls, day_started_at=ledger.day_started_at or now)


def _block(ledger: Ledger, problem: LimitKind, retry_after: timedelta | None, now: datetime, limits: Limits) -> Ledger:
    """Wait as long as Xero asks; a concurrent limit without a time is short, an unknown one is not."""
    fallback = {
        LimitKind.CONCURRENT: limits.concurrent_wait,
        LimitKind.MINUTE: MINUTE,
        LimitKind.APP: MINUTE,
        LimitKind.DAY: DAY,
        LimitKind.RETRY_AFTER: limits.unknown_wait,
    }
    until = now + (fallback[problem] if retry_after is None else retry_after)
    if ledger.blocked_until and ledger.blocked_until >= until:
        return ledger
    return replace(ledger, blocked_until=until, blocked_by=problem)
