from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tandem.xero.governor.rules import (
    Admit,
    Ledger,
    LimitKind,
    Limits,
    Purpose,
    Signals,
    Wait,
    admit,
    note_answer,
)
from tandem.xero.governor.shares import Counts

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
MINUTE_AGO = NOW - timedelta(minutes=1)
SECONDS = timedelta(seconds=1)
DAY = timedelta(days=1)
OPEN = Ledger(minute_started_at=NOW - 10 * SECONDS, day_started_at=NOW - timedelta(hours=5))


def test_a_first_call_opens_its_windows_and_is_counted() -> None:
    found = admit(Ledger(), Purpose.READ, NOW)
    assert isinstance(found, Admit)
    assert found.ledger == Ledger(
        in_flight=1,
        minute_started_at=NOW,
        minute_calls=1,
        day_started_at=NOW,
        day_calls=1,
        app_minute_started_at=NOW,
        app_minute_calls=1,
        flying_by=Counts(reads=1),
        minute_by=Counts(reads=1),
        day_by=Counts(reads=1),
    )


def test_a_probe_is_counted_as_one() -> None:
    found = admit(OPEN, Purpose.PROBE, NOW)
    assert isinstance(found, Admit)
    assert (found.ledger.day_by.probes, found.ledger.day_calls) == (1, 1)


@pytest.mark.parametrize(
    ("ledger", "until", "problem"),
    [
        (replace(OPEN, in_flight=5), NOW + SECONDS, LimitKind.CONCURRENT),
        (replace(OPEN, minute_calls=58), NOW + 50 * SECONDS, LimitKind.MINUTE),
        (
            replace(OPEN, app_minute_started_at=NOW - 20 * SECONDS, app_minute_calls=10_000),
            NOW + 40 * SECONDS,
            LimitKind.APP,
        ),
        (replace(OPEN, day_calls=1000), NOW + timedelta(hours=19), LimitKind.DAY),
        (
            replace(OPEN, blocked_until=NOW + 22 * SECONDS, blocked_by=LimitKind.MINUTE),
            NOW + 22 * SECONDS,
            LimitKind.MINUTE,
        ),
        (replace(OPEN, blocked_until=NOW + SECONDS), NOW + SECONDS, LimitKind.RETRY_AFTER),
        (Ledger(day_calls=2000), NOW + DAY, LimitKind.DAY),
    ],
)
def test_a_call_over_a_limit_waits_until_it_ends(ledger: Ledger, until: datetime, problem: LimitKind) -> None:
    assert admit(ledger, Purpose.PROBE, NOW) == Wait(until, problem)


@pytest.mark.parametrize(
    "ledger",
    [
        Ledger(minute_started_at=MINUTE_AGO, minute_calls=58),
        Ledger(app_minute_started_at=MINUTE_AGO, app_minute_calls=10_000),
        Ledger(day_started_at=NOW - DAY, day_calls=1000, day_by=Counts(probes=96)),
        Ledger(blocked_until=NOW, blocked_by=LimitKind.DAY),
    ],
)
def test_a_window_that_is_over_is_over(ledger: Ledger) -> None:
    assert isinstance(admit(ledger, Purpose.READ, NOW), Admit)


@pytest.mark.parametrize(
    ("purpose", "day_calls", "by", "goes"),
    [
        (Purpose.READ, 703, Counts(), True),
        (Purpose.READ, 704, Counts(), False),
        (Purpose.SWEEP, 704, Counts(), False),
        (Purpose.READ, 704, Counts(probes=10), True),
        (Purpose.READ, 799, Counts(probes=96), True),
        (Purpose.READ, 800, Counts(probes=200), False),
        (Purpose.READ, 969, Counts(probes=96, writes=170), True),
        (Purpose.READ, 970, Counts(probes=96, writes=170), False),
        (Purpose.WRITE, 873, Counts(), True),
        (Purpose.WRITE, 874, Counts(), False),
        (Purpose.WRITE, 999, Counts(probes=96, people=30), True),
        (Purpose.PERSON, 903, Counts(), True),
        (Purpose.PERSON, 904, Counts(), False),
        (Purpose.LIFE_CYCLE, 999, Counts(probes=96), True),
        (Purpose.PROBE, 969, Counts(), True),
        (Purpose.PROBE, 970, Counts(), False),
        (Purpose.PROBE, 999, Counts(people=30), True),
        (Purpose.PROBE, 1000, Counts(people=30), False),
    ],
)
def test_each_leaves_the_day_what_is_kept_for_others_and_not_used_yet(
    purpose: Purpose, day_calls: int, by: Counts, goes: bool
) -> None:
    ledger = replace(OPEN, day_calls=day_calls, day_by=by)
    assert isinstance(admit(ledger, purpose, NOW), Admit) is goes


def test_the_numbers_are_settings() -> None:
    assert admit(replace(OPEN, in_flight=1), Purpose.READ, NOW, limits=Limits(in_flight=1)) == Wait(
        NOW + SECONDS, LimitKind.CONCURRENT
    )


# What answers teach


def test_an_answer_without_headers_teaches_nothing_but_that_it_came() -> None:
    before = replace(OPEN, in_flight=2, minute_calls=7, day_calls=40)
    assert note_answer(before, Signals(), NOW) == replace(before, in_flight=1)
    assert note_answer(OPEN, Signals(), NOW).in_flight == 0


def test_xeros_count_of_the_day_is_believed_with_what_is_on_its_way() -> None:
    before = replace(OPEN, in_flight=3, day_calls=40)
    assert note_answer(before, Signals(day_remaining=900), NOW).day_calls == 102


def test_an_answer_that_was_overtaken_does_not_lower_the_count() -> None:
    before = replace(OPEN, in_flight=3, day_calls=104)
    assert note_answer(before, Signals(day_remaining=900), NOW).day_calls == 104


def test_what_xero_counts_of_calls_that_are_on_their_way_is_not_counted_twice() -> None:
    before = replace(OPEN, in_flight=3, day_calls=101)
    assert note_answer(before, Signals(day_remaining=900), NOW).day_calls == 101
    assert note_answer(before, Signals(day_remaining=898), NOW).day_calls == 104


def test_far_more_left_than_we_thought_means_that_xeros_day_began_anew() -> None:
    found = note_answer(
        replace(OPEN, in_flight=1, day_calls=900, day_by=Counts(probes=50)), Signals(day_remaining=999), NOW
    )
    assert (found.day_calls, found.day_by.probes, found.day_started_at) == (1, 0, NOW)


def test_a_tier_that_allows_more_than_our_budget_changes_nothing() -> None:
    before = replace(OPEN, in_flight=1, day_calls=900)
    assert note_answer(before, Signals(day_remaining=4100), NOW).day_calls == 900


def test_zero_left_in_a_minute_closes_it_and_a_missing_header_does_not() -> None:
    closed = note_answer(Ledger(), Signals(minute_remaining=0, app_minute_remaining=0), NOW)
    assert (closed.minute_calls, closed.app_minute_calls, closed.minute_started_at) == (58, 10_000, NOW)
    assert isinstance(admit(note_answer(Ledger(), Signals(), NOW), Purpose.READ, NOW), Admit)
    assert note_answer(OPEN, Signals(minute_remaining=3), NOW).minute_calls == 0


@pytest.mark.parametrize(
    ("problem", "retry_after", "wait"),
    [
        (LimitKind.MINUTE, timedelta(seconds=22), timedelta(seconds=22)),
        (LimitKind.DAY, timedelta(seconds=66_975), timedelta(seconds=66_975)),
        (LimitKind.MINUTE, None, timedelta(minutes=1)),
        (LimitKind.APP, None, timedelta(minutes=1)),
        (LimitKind.DAY, None, DAY),
        (LimitKind.CONCURRENT, None, SECONDS),
        (LimitKind.RETRY_AFTER, None, timedelta(seconds=30)),
    ],
)
def test_a_429_is_obeyed_with_and_without_a_time(
    problem: LimitKind, retry_after: timedelta | None, wait: timedelta
) -> None:
    found = note_answer(OPEN, Signals(problem=problem, retry_after=retry_after), NOW)
    assert (found.blocked_until, found.blocked_by) == (NOW + wait, problem)
    assert admit(found, Purpose.PROBE, NOW) == Wait(NOW + wait, problem)


def test_a_shorter_wait_does_not_end_a_longer_one() -> None:
    longer = replace(OPEN, blocked_until=NOW + timedelta(hours=1), blocked_by=LimitKind.DAY)
    assert note_answer(longer, Signals(problem=LimitKind.MINUTE), NOW).blocked_by is LimitKind.DAY
    shorter = replace(OPEN, blocked_until=NOW + SECONDS, blocked_by=LimitKind.CONCURRENT)
    assert note_answer(shorter, Signals(problem=LimitKind.DAY), NOW).blocked_by is LimitKind.DAY
