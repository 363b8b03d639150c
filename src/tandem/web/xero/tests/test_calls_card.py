"""What people read about Xero's calls: whose they were, what is kept, and the days before."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tandem.kernel import clock
from tandem.kernel.scoping import scope
from tandem.testing.cast import Cast, text_of
from tandem.testing.xero import Connect
from tandem.web.xero import present_calls, present_runs
from tandem.xero import facade
from tandem.xero.connections.probes import probe_connection
from tandem.xero.facade import CallSpending, DaySpent, WholeImport
from tandem.xero.governor.shares import Counts
from tandem.xero.models import CallBudget, CallDay

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)
KEPT = Counts(probes=96, people=30, writes=170)


def spending(total: int = 0, by: Counts | None = None, *, earlier: tuple[DaySpent, ...] = ()) -> CallSpending:
    today = DaySpent(NOW - timedelta(hours=5), total, by or Counts()) if total else None
    return CallSpending(1000, KEPT, today, today.started_at + DAY if today else None, earlier)


def shown(found: CallSpending) -> dict[str, Any]:
    with clock.frozen_at(NOW), timezone.override("Australia/Melbourne"):
        return present_calls.calls(found)


def test_before_the_first_call_everything_is_kept_and_nothing_is_used() -> None:
    found = shown(spending())
    assert found["sentence"] == "No call was made today. A day begins with its first call and lasts 24 hours."
    assert [(row["used"], row["kept"]) for row in found["rows"]] == [
        ("0", "none"),
        ("0", "170"),
        ("0", "30"),
        ("0", "96"),
    ]
    assert found["days"] == []


def test_the_rows_say_whose_calls_they_were_and_what_is_still_kept() -> None:
    found = shown(spending(612, Counts(probes=20, people=40, writes=2, reads=540)))
    assert found["sentence"] == "388 left until 24 Nov 2026, 09:00, when Xero's day begins anew."
    rows = {row["label"]: (row["used"], row["kept"]) for row in found["rows"]}
    assert rows == {
        "Imports": ("540", "none"),
        "Exports": ("2", "168"),
        "People": ("40", "0"),
        "Checks": ("20", "76"),
        "Others": ("10", "none"),
    }


@pytest.mark.parametrize("total", [1, 640, 1000, 4000])
def test_the_bar_never_leaves_its_frame(total: int) -> None:
    parts = shown(spending(total, Counts(reads=total)))["parts"]
    for part in parts:
        assert 0 <= float(part["x"]) <= 100
        assert float(part["width"]) >= 0
        assert float(part["x"]) + float(part["width"]) <= 100.01


def test_a_day_before_has_a_line_and_a_column_with_yesterday_on_the_right() -> None:
    yesterday = DaySpent(NOW - DAY, 500, Counts(probes=96, reads=404))
    long_ago = DaySpent(NOW - 14 * DAY, 2000, Counts(reads=2000))
    near, far = shown(spending(earlier=(yesterday, long_ago)))["days"]
    assert (near["label"], near["total"], near["text"]) == (
        "22 Nov 2026, 14:00",
        "500",
        "404 for imports, 96 for checks",
    )
    assert (near["x"], near["y"], near["height"]) == ("131", "20", "20")
    assert (far["x"], far["y"], far["height"]) == ("1", "0", "40")


@pytest.mark.parametrize(
    ("people", "days", "ends_at", "said"),
    [
        (None, 1, NOW, "704 people a day at most. How many there are is known within a minute"),
        (
            60,
            1,
            NOW + timedelta(minutes=2),
            "reads 60 people once, with about 64 calls to Xero. It takes about 2 minutes.",
        ),
        (0, 1, NOW, "It takes about 1 minute."),
        (3000, 5, NOW + 4 * DAY, "so it takes 5 of Xero's days and is done by Friday 27 Nov, about 14:00. It pauses"),
    ],
)
def test_a_first_import_says_beforehand_what_it_takes(
    people: int | None, days: int, ends_at: datetime, said: str
) -> None:
    found = WholeImport(people, calls=(people or 0) + 4, calls_a_day=704, days=days, ends_at=ends_at)
    with clock.frozen_at(NOW), timezone.override("Australia/Melbourne"):
        assert said in present_runs.first_import(found)
        assert present_runs.first_import(None) == ""


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, ""),
        (59, "less than a minute left"),
        (60, "about 1 minute left"),
        (8 * 3600, "about 8 hours left"),
        (4 * 86_400, "done by Friday 27 Nov, about 14:00"),
    ],
)
def test_what_takes_days_names_its_day_and_no_hours(seconds: int | None, said: str) -> None:
    ends_at = NOW + timedelta(seconds=seconds) if seconds is not None else None
    with clock.frozen_at(NOW), timezone.override("Australia/Melbourne"):
        assert present_runs.remaining(seconds, ends_at) == said


def test_days_that_are_over_are_kept_for_two_weeks_and_stay_with_their_account(cast: Cast, connected: Connect) -> None:
    with clock.frozen_at(NOW) as frozen:
        connected(cast.alice)
        account_id = cast.alice.account.account_id
        first = facade.call_spending(cast.alice.actor).today
        assert first is not None
        assert first.by.people == 3
        frozen.advance(hours=25)
        over = facade.call_spending(cast.alice.actor)
        assert (over.today, over.resets_at, over.earlier) == (None, None, (first,))
        probe_connection(account_id, anyway=True)
        assert facade.call_spending(cast.alice.actor).earlier == (first,)
        page = text_of(cast.alice.client.get(cast.alice.url("xero/")))
        assert "Calls to Xero today" in page
        assert "Day by day" in page
        frozen.advance(days=14)
        probe_connection(account_id, anyway=True)
        frozen.advance(days=2)
        probe_connection(account_id, anyway=True)
        assert first not in facade.call_spending(cast.alice.actor).earlier
        with scope(account_id):
            assert not CallDay.objects.filter(started_at=first.started_at).exists()
            assert CallBudget.objects.count() == 1
        with scope(cast.charlie.account.account_id):
            assert not CallDay.objects.exists()
