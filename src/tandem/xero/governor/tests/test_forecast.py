from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.xero.governor.forecast import Forecast, Pace, forecast

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
RESETS_AT = NOW + timedelta(hours=19)


def pace(left_today: int, a_day: int = 704) -> Pace:
    return Pace(left_today=left_today, resets_at=RESETS_AT, a_day=a_day, a_minute=58)


@pytest.mark.parametrize(
    ("calls", "left", "ends_at", "days"),
    [
        (0, 704, NOW, 1),
        (1, 704, NOW + MINUTE, 1),
        (58, 704, NOW + MINUTE, 1),
        (59, 704, NOW + 2 * MINUTE, 1),
        (704, 704, NOW + 13 * MINUTE, 1),
        (705, 704, RESETS_AT + MINUTE, 2),
        (1408, 704, RESETS_AT + 13 * MINUTE, 2),
        (1409, 704, RESETS_AT + DAY + MINUTE, 3),
        (10, 0, RESETS_AT + MINUTE, 1),
        (10, -96, RESETS_AT + MINUTE, 1),
        (3036, 704, RESETS_AT + 3 * DAY + 4 * MINUTE, 5),
    ],
)
def test_calls_end_on_the_day_on_which_the_last_share_reaches(
    calls: int, left: int, ends_at: datetime, days: int
) -> None:
    assert forecast(calls, now=NOW, pace=pace(left)) == Forecast(ends_at, days)


def test_limits_of_nothing_still_end() -> None:
    assert forecast(3, now=NOW, pace=Pace(0, RESETS_AT, 0, 0)) == Forecast(RESETS_AT + 2 * DAY + MINUTE, 3)


@settings(max_examples=200)
@given(st.integers(1, 20_000), st.integers(-100, 5000), st.integers(1, 5000))
def test_the_forecast_is_the_first_day_by_which_the_shares_add_up(calls: int, left: int, a_day: int) -> None:
    found = forecast(calls, now=NOW, pace=pace(left, a_day))
    resets = max(0, -((found.ends_at - RESETS_AT) // -DAY)) if found.ends_at > RESETS_AT else 0
    whole = max(0, left) + resets * a_day
    assert whole >= calls
    assert resets == 0 or whole - a_day < calls


@settings(max_examples=100)
@given(st.integers(0, 20_000), st.integers(0, 5000))
def test_more_calls_never_end_sooner(calls: int, left: int) -> None:
    one, more = (forecast(count, now=NOW, pace=pace(left)) for count in (calls, calls + 1))
    assert one.ends_at <= more.ends_at
