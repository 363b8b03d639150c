"""The next pay day, whatever the calendars say."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.xero.schedule.pay_days import PayDay, next_pay_day

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("kind", "paid_on", "expected"),
    [
        # Not over yet: as Xero says, whatever the kind.
        ("WEEKLY", TODAY, TODAY),
        ("SOMETHINGNEW", date(2027, 1, 4), date(2027, 1, 4)),
        # Over: moved on by the kind.
        ("WEEKLY", date(2026, 11, 25), date(2026, 12, 2)),
        ("WEEKLY", date(2026, 11, 5), TODAY),
        ("FORTNIGHTLY", date(2026, 11, 25), date(2026, 12, 9)),
        ("FOURWEEKLY", date(2026, 10, 1), TODAY),
        ("MONTHLY", date(2026, 10, 31), date(2026, 11, 30)),
        ("MONTHLY", date(2026, 1, 15), date(2026, 12, 15)),
        ("QUARTERLY", date(2026, 8, 31), date(2026, 11, 30)),
        ("QUARTERLY", date(2026, 8, 1), date(2027, 2, 1)),
        ("TWICEMONTHLY", date(2026, 11, 15), date(2026, 11, 29)),
        ("TWICEMONTHLY", date(2026, 11, 1), date(2026, 12, 1)),
        ("SOMETHINGNEW", date(2026, 11, 25), None),
    ],
)
def test_a_pay_day_that_is_over_is_moved_on_by_its_kind(kind: str, paid_on: date, expected: date | None) -> None:
    assert next_pay_day([PayDay(kind, paid_on)], TODAY) == expected


def test_the_first_of_several_calendars_counts_and_none_foretells_nothing() -> None:
    calendars = [PayDay("MONTHLY", date(2026, 12, 15)), PayDay("WEEKLY", date(2026, 12, 1))]
    assert next_pay_day(calendars, TODAY) == date(2026, 12, 1)
    assert next_pay_day([], TODAY) is None


@given(
    st.sampled_from(["WEEKLY", "FORTNIGHTLY", "FOURWEEKLY", "MONTHLY", "TWICEMONTHLY", "QUARTERLY"]),
    st.dates(date(2020, 1, 1), date(2026, 12, 31)),
)
def test_a_known_kind_always_foretells_a_day_that_is_not_over_and_not_far(kind: str, paid_on: date) -> None:
    found = next_pay_day([PayDay(kind, paid_on)], TODAY)
    assert found is not None
    assert TODAY <= found <= max(paid_on, TODAY + timedelta(days=93))
