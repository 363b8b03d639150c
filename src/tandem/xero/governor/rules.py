"""Whether one more call may go to Xero now. Pure: a ledger of what was spent, and a decision.

Limits are per organisation and app: 5 in flight, 60 a minute, 1,000 or 5,000 a day, in fixed windows whose start we do
not know (xero.md 3.1): so the ledger opens a window with its first call and trusts Xero's own counts where it sends any.
What is missing from an answer's headers is unknown, never zero.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


class Purpose(StrEnum):
    """What a call is for; the day's budget is kept for probes first, then for what people wait for and writes."""

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


PROBES = frozenset({Purpose.PROBE, Purpose.LIFE_CYCLE})
#: Calls of a minute, and one place in flight, that a probe leaves free: it never makes a person wait.
KEPT_FOR_PEOPLE = 5
FIRM = frozenset({Purpose.WRITE, Purpose.PERSON})


@dataclass(frozen=True)
class Limits:
    """The numbers of the installation's tier; all settings."""

    in_flight: int = 5
    per_minute: int = 58
    per_day: int = 1000
    app_per_minute: int = 10_000
    probe_reserve: int = 96
    write_reserve_share: float = 0.2
    concurrent_wait: timedelta = timedelta(seconds=1)
    unknown_wait: timedelta = timedelta(seconds=30)

    @property
    def write_reserve(self) -> int:
        """Return how many of the day's calls reads may not use."""
        return round(self.per_day * self.write_reserve_share)


@dataclass(frozen=True)
class Ledger:
    """What one organisation has spent: counts in the windows that are open, and until when Xero asked to wait."""

    in_flight: int = 0
    minute_started_at: datetime | None = None
    minute_calls: int = 0
    day_started_at: datetime | None = None
    day_calls: int = 0
    day_probes: int = 0
    app_minute_started_at: datetime | None = None
    app_minute_calls: int = 0
    blocked_until: datetime | None = None
    blocked_by: LimitKind | None = None


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
    if opened.day_calls >= _day_allowance(opened, purpose, limits):
        return Wait(_end(opened.day_started_at, DAY, now), LimitKind.DAY)
    kept = KEPT_FOR_PEOPLE if purpose is Purpose.PROBE else 0
    if opened.minute_calls >= max(1, limits.per_minute - kept):
        return Wait(_end(opened.minute_started_at, MINUTE, now), LimitKind.MINUTE)
    if opened.app_minute_calls >= limits.app_per_minute:
        return Wait(_end(opened.app_minute_started_at, MINUTE, now), LimitKind.APP)
    if opened.in_flight >= max(1, limits.in_flight - bool(kept)):
        return Wait(now + limits.concurrent_wait, LimitKind.CONCURRENT)
    return Admit(_count(opened, purpose, now))


def open_windows(ledger: Ledger, now: datetime) -> Ledger:
    """Return the ledger with windows that are over emptied, and a wait that is over lifted."""
    if _is_over(ledger.minute_started_at, MINUTE, now):
        ledger = replace(ledger, minute_started_at=None, minute_calls=0)
    if _is_over(ledger.day_started_at, DAY, now):
        ledger = replace(ledger, day_started_at=None, day_calls=0, day_probes=0)
    if _is_over(ledger.app_minute_started_at, MINUTE, now):
        ledger = replace(ledger, app_minute_started_at=None, app_minute_calls=0)
    if ledger.blocked_until and ledger.blocked_until <= now:
        ledger = replace(ledger, blocked_until=None, blocked_by=None)
    return ledger


def _is_over(started_at: datetime | None, length: timedelta, now: datetime) -> bool:
    return started_at is not None and now >= started_at + length


def _end(started_at: datetime | None, length: timedelta, now: datetime) -> datetime:
    return (started_at or now) + length


def _day_allowance(ledger: Ledger, purpose: Purpose, limits: Limits) -> int:
    """Return how many of the day's calls may be used up before this one.

    Probes may use everything. Writes and what people wait for leave the probes that are still to come; reads leave the
    write reserve too.
    """
    if purpose in PROBES:
        return limits.per_day
    left_for_probes = max(0, limits.probe_reserve - ledger.day_probes)
    if purpose in FIRM:
        return limits.per_day - left_for_probes
    return limits.per_day - left_for_probes - limits.write_reserve


def _count(ledger: Ledger, purpose: Purpose, now: datetime) -> Ledger:
    return replace(
        ledger,
        in_flight=ledger.in_flight + 1,
        minute_started_at=ledger.minute_started_at or now,
        minute_calls=ledger.minute_calls + 1,
        day_started_at=ledger.day_started_at or now,
        day_calls=ledger.day_calls + 1,
        day_probes=ledger.day_probes + (purpose is Purpose.PROBE),
        app_minute_started_at=ledger.app_minute_started_at or now,
        app_minute_calls=ledger.app_minute_calls + 1,
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
    """Take Xero's count of the day, plus what is still on its way; far fewer than ours means that its day began anew.

    More left than our own budget says nothing: the tier then allows more than we want to spend.
    """
    used = limits.per_day - remaining
    if used < 0:
        return ledger
    calls = used + ledger.in_flight
    if calls < ledger.day_calls - limits.in_flight:
        return replace(ledger, day_calls=calls, day_probes=0, day_started_at=now)
    return replace(ledger, day_calls=max(ledger.day_calls, calls), day_started_at=ledger.day_started_at or now)


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
