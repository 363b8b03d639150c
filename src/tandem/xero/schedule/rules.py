"""When the next probe, run and refresh are due. Pure: facts in, a time out."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID


@dataclass(frozen=True)
class Cadence:
    """How often things happen; each is a setting."""

    probe: timedelta = timedelta(minutes=15)
    probe_near_pay_day: timedelta = timedelta(minutes=5)
    pay_day_is_near: timedelta = timedelta(hours=24)
    standby_probe: timedelta = timedelta(hours=1)
    full_check: timedelta = timedelta(days=1)
    refresh: timedelta = timedelta(days=7)
    unused_warning: timedelta = timedelta(days=45)
    jitter: float = 0.1


def next_probe_at(
    connection_id: UUID,
    *,
    last_call_at: datetime | None,
    now: datetime,
    cadence: Cadence,
    next_pay_on: date | None = None,
    not_before: datetime | None = None,
    time_zone: str = "Australia/Sydney",
) -> datetime:
    """Return when an idle connection is probed next; any real call counts as a probe."""
    raise NotImplementedError


def next_run_at(
    *, last_started_at: datetime | None, interval: timedelta, now: datetime, not_before: datetime | None = None
) -> datetime:
    """Return when the next automatic import or export is due."""
    raise NotImplementedError


def next_refresh_at(*, last_refreshed_at: datetime, cadence: Cadence) -> datetime:
    """Return when an otherwise idle grant is refreshed, so that it never reaches 60 days unused (xero.md 2.3)."""
    raise NotImplementedError


def is_unused_too_long(*, last_refreshed_at: datetime, now: datetime, cadence: Cadence) -> bool:
    """Say whether to warn that a grant was not refreshed for 45 days."""
    raise NotImplementedError
