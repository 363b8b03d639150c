"""When the next probe, run and refresh are due. Pure: facts in, a time out.

Any real call is as good as a probe. Due times are spread by the connection's own id, so that ten thousand connections do
not all ask in the same second, and a restart does not move them.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Cadence:
    """How often things happen; each is a setting. `jitter` is the largest share by which a probe comes early."""

    probe: timedelta = timedelta(minutes=15)
    probe_near_pay_day: timedelta = timedelta(minutes=5)
    pay_day_is_near: timedelta = timedelta(hours=24)
    standby_probe: timedelta = timedelta(hours=1)
    full_check: timedelta = timedelta(days=1)
    refresh: timedelta = timedelta(days=7)
    unused_warning: timedelta = timedelta(days=45)
    jitter: float = 0.1


def share_of(connection_id: UUID) -> float:
    """Return a number from 0 up to 1 that belongs to this connection for ever."""
    return (connection_id.int % 10_007) / 10_007


def probe_interval(
    *, now: datetime, cadence: Cadence, next_pay_on: date | None, budget_left: int | None, time_zone: str
) -> timedelta:
    """Return how far probes lie apart: closer before a pay day, if the day's budget allows it."""
    if next_pay_on is None or not _is_pay_day_near(now, cadence, next_pay_on, time_zone):
        return cadence.probe
    wanted = _probes_until_midnight(now, cadence.probe_near_pay_day, time_zone)
    if budget_left is not None and budget_left < wanted:
        return cadence.probe
    return min(cadence.probe, cadence.probe_near_pay_day)


def _is_pay_day_near(now: datetime, cadence: Cadence, next_pay_on: date, time_zone: str) -> bool:
    """Say whether the pay day is today, or begins soon."""
    begins = datetime.combine(next_pay_on, time(0), tzinfo=ZoneInfo(time_zone))
    return begins - cadence.pay_day_is_near <= now < begins + timedelta(days=1)


def _probes_until_midnight(now: datetime, interval: timedelta, time_zone: str) -> int:
    local = now.astimezone(ZoneInfo(time_zone))
    midnight = datetime.combine(local.date() + timedelta(days=1), time(0), tzinfo=ZoneInfo(time_zone))
    return int((midnight - local) / interval) + 1


def next_probe_at(
    connection_id: UUID,
    *,
    last_call_at: datetime | None,
    now: datetime,
    cadence: Cadence,
    next_pay_on: date | None = None,
    not_before: datetime | None = None,
    budget_left: int | None = None,
    time_zone: str = "Australia/Sydney",
) -> datetime:
    """Return when an idle connection is probed next; never later than the interval, unless Xero asked to wait."""
    if last_call_at is None:
        due = now
    else:
        interval = probe_interval(
            now=now, cadence=cadence, next_pay_on=next_pay_on, budget_left=budget_left, time_zone=time_zone
        )
        due = last_call_at + interval * (1 - cadence.jitter * share_of(connection_id))
    return max(due, not_before) if not_before else due


def next_standby_probe_at(
    connection_id: UUID, *, last_call_at: datetime | None, now: datetime, cadence: Cadence
) -> datetime:
    """Return when a standby grant is probed next."""
    if last_call_at is None:
        return now
    return last_call_at + cadence.standby_probe * (1 - cadence.jitter * share_of(connection_id))


def next_full_check_at(*, last_checked_at: datetime | None, now: datetime, cadence: Cadence) -> datetime:
    """Return when organisation and connections are asked though nothing was refused: once a day."""
    return last_checked_at + cadence.full_check if last_checked_at else now


def next_run_at(
    *, last_started_at: datetime | None, interval: timedelta, now: datetime, not_before: datetime | None = None
) -> datetime:
    """Return when the next automatic import or export is due; missed ones are not made up for, one by one."""
    due = last_started_at + interval if last_started_at else now
    return max(due, not_before) if not_before else due


def next_refresh_at(*, last_refreshed_at: datetime, cadence: Cadence) -> datetime:
    """Return when an otherwise idle grant is refreshed, so that it never reaches 60 days unused (xero.md 2.3)."""
    return last_refreshed_at + cadence.refresh


def is_unused_too_long(*, last_refreshed_at: datetime, now: datetime, cadence: Cadence) -> bool:
    """Say whether to warn that a grant was not refreshed for 45 days."""
    return now - last_refreshed_at >= cadence.unused_warning
