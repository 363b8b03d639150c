"""When the letter about automatic runs goes, and what it says."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from tandem.notices.digest_rules import RunLetters, Tally, Wish, headline, letter_at, lines

ZONE = "Australia/Melbourne"
NOON = datetime(2026, 11, 23, 1, tzinfo=UTC)  # 12:00 in Melbourne
NEXT_MORNING = datetime(2026, 11, 23, 21, tzinfo=UTC)  # 08:00 of the next day there
DAILY = Wish(RunLetters.DAILY, time(8))
AT_ONCE = replace(DAILY, letters=RunLetters.AT_ONCE)
CALM = Tally(applied=3, first_at=NOON)
TROUBLE = Tally(applied=1, refused=1, first_at=NOON, trouble_at=NOON)


@pytest.mark.parametrize(
    ("tally", "wish", "at"),
    [
        (Tally(), DAILY, None),
        (Tally(), AT_ONCE, None),
        (TROUBLE, replace(DAILY, letters=RunLetters.NEVER), None),
        (CALM, DAILY, NEXT_MORNING),
        (TROUBLE, DAILY, NEXT_MORNING),
        (CALM, AT_ONCE, NEXT_MORNING),
        (TROUBLE, AT_ONCE, NOON),
        (TROUBLE, replace(DAILY, daily_at=time(13)), datetime(2026, 11, 23, 2, tzinfo=UTC)),
        (TROUBLE, replace(AT_ONCE, away_until=date(2026, 11, 25)), datetime(2026, 11, 25, 21, tzinfo=UTC)),
        (TROUBLE, replace(DAILY, away_until=date(2026, 11, 20)), NEXT_MORNING),
    ],
)
def test_a_letter_goes_at_the_hour_that_somebody_chose_and_none_when_nothing_happened(
    tally: Tally, wish: Wish, at: datetime | None
) -> None:
    assert letter_at(tally, wish, time_zone=ZONE) == at


@pytest.mark.parametrize(
    ("tally", "title", "said"),
    [
        (Tally(), "automatic runs made 0 changes", []),
        (CALM, "automatic runs made 3 changes", ["3 changes were made."]),
        (Tally(applied=1), "automatic runs made 1 change", ["1 change was made."]),
        (
            Tally(applied=1200, refused=1, stopped=2, conflicts=1),
            "automatic runs left 4 things to look at",
            [
                "2 runs stopped before the end.",
                "1 change was refused or not confirmed.",
                "1 conflict came up: both sides changed the same field.",
                "1,200 changes were made.",
            ],
        ),
    ],
)
def test_the_letter_says_errors_then_conflicts_then_successes(tally: Tally, title: str, said: list[str]) -> None:
    assert (headline(tally), list(lines(tally))) == (title, said)
