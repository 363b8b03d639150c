from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.xero.schedule.rules import (
    Cadence,
    is_unused_too_long,
    next_full_check_at,
    next_probe_at,
    next_refresh_at,
    next_run_at,
    next_standby_probe_at,
    probe_interval,
    share_of,
)

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)  # two in the afternoon of the 22nd, in Sydney
FIRST = UUID(int=0)
CADENCE = Cadence()
SYDNEY = "Australia/Sydney"
QUARTER, FIVE = timedelta(minutes=15), timedelta(minutes=5)


def test_a_connection_that_was_never_asked_is_asked_now() -> None:
    assert next_probe_at(FIRST, last_call_at=None, now=NOW, cadence=CADENCE) == NOW
    assert next_standby_probe_at(FIRST, last_call_at=None, now=NOW, cadence=CADENCE) == NOW
    assert next_full_check_at(last_checked_at=None, now=NOW, cadence=CADENCE) == NOW


def test_an_idle_connection_is_probed_a_quarter_of_an_hour_after_the_last_call() -> None:
    assert next_probe_at(FIRST, last_call_at=NOW, now=NOW, cadence=CADENCE) == NOW + QUARTER


@given(st.uuids())
def test_probes_are_spread_but_never_late(connection_id: UUID) -> None:
    due = next_probe_at(connection_id, last_call_at=NOW, now=NOW, cadence=CADENCE)
    assert timedelta(minutes=13.5) <= due - NOW <= QUARTER
    standby = next_standby_probe_at(connection_id, last_call_at=NOW, now=NOW, cadence=CADENCE)
    assert timedelta(minutes=54) <= standby - NOW <= timedelta(hours=1)
    assert 0 <= share_of(connection_id) < 1


def test_a_probe_waits_as_long_as_xero_asked_and_no_longer() -> None:
    for wait, due in ((timedelta(hours=5), timedelta(hours=5)), (FIVE, QUARTER)):
        found = next_probe_at(FIRST, last_call_at=NOW, now=NOW, cadence=CADENCE, not_before=NOW + wait)
        assert found == NOW + due


@pytest.mark.parametrize(
    ("next_pay_on", "interval"),
    [
        (None, QUARTER),
        (date(2026, 11, 26), QUARTER),
        (date(2026, 11, 24), QUARTER),
        (date(2026, 11, 23), FIVE),
        (date(2026, 11, 22), FIVE),
        (date(2026, 11, 21), QUARTER),
    ],
)
def test_probes_come_closer_before_a_pay_day_and_on_it(next_pay_on: date | None, interval: timedelta) -> None:
    found = probe_interval(now=NOW, cadence=CADENCE, next_pay_on=next_pay_on, budget_left=None, time_zone=SYDNEY)
    assert found == interval


@pytest.mark.parametrize(("left", "interval"), [(121, FIVE), (120, QUARTER), (0, QUARTER)])
def test_they_do_not_if_the_days_budget_would_not_last(left: int, interval: timedelta) -> None:
    found = probe_interval(now=NOW, cadence=CADENCE, next_pay_on=date(2026, 11, 22), budget_left=left, time_zone=SYDNEY)
    assert found == interval


def test_a_pay_day_never_makes_probes_rarer() -> None:
    cadence = Cadence(probe=timedelta(minutes=2))
    found = probe_interval(now=NOW, cadence=cadence, next_pay_on=date(2026, 11, 22), budget_left=None, time_zone=SYDNEY)
    assert found == timedelta(minutes=2)


@pytest.mark.parametrize(
    ("last", "not_before", "due"),
    [
        (None, None, NOW),
        (NOW - timedelta(hours=1), None, NOW + timedelta(hours=2)),
        (NOW - timedelta(days=9), None, NOW - timedelta(days=9) + timedelta(hours=3)),
        (NOW - timedelta(hours=9), NOW + timedelta(hours=1), NOW + timedelta(hours=1)),
    ],
)
def test_runs_follow_each_other_at_the_chosen_interval(
    last: datetime | None, not_before: datetime | None, due: datetime
) -> None:
    found = next_run_at(last_started_at=last, interval=timedelta(hours=3), now=NOW, not_before=not_before)
    assert found == due


def test_a_grant_is_renewed_weekly_and_warned_about_after_45_days() -> None:
    assert next_refresh_at(last_refreshed_at=NOW, cadence=CADENCE) == NOW + timedelta(days=7)
    for days, warned in ((44, False), (45, True)):
        assert is_unused_too_long(last_refreshed_at=NOW - timedelta(days=days), now=NOW, cadence=CADENCE) is warned


def test_a_full_check_comes_once_a_day() -> None:
    assert next_full_check_at(last_checked_at=NOW, now=NOW, cadence=CADENCE) == NOW + timedelta(days=1)
