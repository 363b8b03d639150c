"""Time is asked for in one place and moves only when told, once frozen."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tandem.kernel import clock

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def test_a_frozen_clock_stands_still() -> None:
    with clock.frozen_at(NOON):
        assert clock.now() == clock.now() == NOON


def test_a_frozen_clock_moves_when_told() -> None:
    with clock.frozen_at(NOON) as frozen:
        frozen.advance(minutes=15)
        assert clock.now() == NOON + timedelta(minutes=15)
        frozen.move_to(NOON)
        assert clock.now() == NOON


def test_sleeping_on_a_frozen_clock_moves_it() -> None:
    with clock.frozen_at(NOON):
        clock.sleep(3600)
        assert clock.now() == NOON + timedelta(hours=1)


def test_a_naive_time_is_refused() -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(ValueError, match="aware"), clock.frozen_at(naive):
        pass
    with clock.frozen_at(NOON) as frozen, pytest.raises(ValueError, match="aware"):
        frozen.move_to(naive)


def test_the_date_is_the_one_of_the_place() -> None:
    with clock.frozen_at(datetime(2026, 11, 22, 14, 0, tzinfo=UTC)):
        assert clock.today_in("Australia/Sydney") == date(2026, 11, 23)
        assert clock.today_in("UTC") == date(2026, 11, 22)


def test_the_real_clock_is_aware() -> None:
    assert clock.now().tzinfo is UTC
