"""Whether one more call may go to Xero now. Pure: a ledger of what was spent, and a decision.

Limits are per organisation and app: 5 in flight, 60 a minute, 1,000 or 5,000 a day, in fixed windows whose start we do
not know (xero.md 3.1). What is missing from an answer's headers is unknown, never zero.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Purpose(StrEnum):
    """What a call is for, in the order in which the day budget is kept for it."""

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


@dataclass(frozen=True)
class Limits:
    """The numbers of the installation's tier; all settings."""

    in_flight: int = 5
    per_minute: int = 58
    per_day: int = 1000
    app_per_minute: int = 10_000
    probe_reserve: int = 96
    write_reserve_share: float = 0.2


@dataclass(frozen=True)
class Ledger:
    """What one organisation has spent: counts in the present windows and what Xero's headers said last."""

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
    """What an answer's headers say about the limits."""

    minute_remaining: int | None = None
    day_remaining: int | None = None
    app_minute_remaining: int | None = None
    problem: LimitKind | None = None
    retry_after: timedelta | None = None


def admit(ledger: Ledger, purpose: Purpose, now: datetime, *, limits: Limits | None = None) -> Admit | Wait:
    """Decide whether one more call may go now."""
    raise NotImplementedError


def note_answer(ledger: Ledger, signals: Signals, now: datetime, *, limits: Limits | None = None) -> Ledger:
    """Return the ledger after an answer: one fewer in flight, and whatever its headers taught."""
    raise NotImplementedError
