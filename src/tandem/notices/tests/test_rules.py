"""The ladder as a table: who is told, given what was told already. Melbourne is eleven hours ahead in November."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from tandem.notices.rules import (
    HOLDS,
    LOOK_AGAIN,
    Person,
    Quiet,
    Rung,
    Situation,
    Told,
    Urgency,
    Via,
    climb,
    over_from,
    pressing_sentence,
    quiet_until,
    told_from,
    urgency_of,
)

MONDAY_NOON = datetime(2026, 11, 23, 1, tzinfo=UTC)  # 12:00 in Melbourne
MELBOURNE = "Australia/Melbourne"
BROKEN = Situation(kind="connection_broken", opened_at=MONDAY_NOON, time_zone=MELBOURNE)
ALICE = Person("alice", "alice@example.com", Rung.ADMINISTRATORS)
KEN = Person("ken", "ken@example.com", Rung.PAYROLL)
HELP = Person("help", "help@example.com", Rung.SUPPORT)
EVERYBODY = (KEN, HELP, ALICE)
HOUR = timedelta(hours=1)
NIGHTS = Quiet(time(20), time(7))


def told(*people: Person, urgency: Urgency = Urgency.SOON) -> frozenset[Told]:
    return frozenset(Told(one.key, urgency) for one in people)


def names(situation: Situation, people: tuple[Person, ...], after: timedelta = timedelta(0)) -> list[str]:
    return sorted(telling.person.key for telling in climb(situation, people, MONDAY_NOON + after).tell)


@pytest.mark.parametrize(
    ("after", "known", "expected"),
    [
        (timedelta(0), (), ["alice"]),
        (timedelta(0), (ALICE,), []),
        (4 * HOUR - timedelta(seconds=1), (ALICE,), []),
        (4 * HOUR, (ALICE,), ["ken"]),
        (24 * HOUR, (ALICE, KEN), ["help"]),
        # Nobody looked for a day: everybody who should know is told, each once.
        (24 * HOUR, (), ["alice", "help", "ken"]),
        (72 * HOUR, EVERYBODY, []),
    ],
)
def test_rungs_are_told_in_their_order_and_each_person_once(
    after: timedelta, known: tuple[Person, ...], expected: list[str]
) -> None:
    assert names(replace(BROKEN, told=told(*known)), EVERYBODY, after) == expected


def test_a_ladder_never_consists_of_the_leaver_alone() -> None:
    leaver = replace(ALICE, is_left_out=True)
    assert names(BROKEN, (leaver, KEN, HELP)) == ["ken"]
    assert names(BROKEN, (leaver, HELP)) == ["help"]
    assert names(BROKEN, (leaver,)) == []
    assert names(BROKEN, (leaver, replace(ALICE, key="second")), 72 * HOUR) == ["second"]


def test_whoever_is_away_is_passed_over_and_told_when_they_are_back() -> None:
    away = replace(ALICE, away_until=date(2026, 11, 24))
    ladder = climb(BROKEN, (away, KEN), MONDAY_NOON)
    assert [one.person for one in ladder.tell] == [KEN]
    back_at = datetime(2026, 11, 24, 13, tzinfo=UTC)
    assert names(replace(BROKEN, told=told(KEN)), (away, KEN), back_at - MONDAY_NOON) == ["alice"]
    assert climb(replace(BROKEN, told=told(KEN)), (away, KEN), back_at - HOUR).look_again_at == back_at


def test_whoever_wants_only_what_is_urgent_is_passed_over_until_it_is() -> None:
    choosy = replace(ALICE, least_urgency=Urgency.NOW)
    assert names(BROKEN, (choosy, KEN)) == ["ken"]
    assert names(replace(BROKEN, pay_on=date(2026, 11, 24)), (choosy, KEN)) == ["alice"]
    no_daily_letter = replace(ALICE, least_urgency=Urgency.SOON)
    webhook = replace(BROKEN, kind="webhook_disabled")
    assert names(webhook, (no_daily_letter,), 24 * HOUR) == []
    assert names(BROKEN, (no_daily_letter,)) == ["alice"]


def test_quiet_hours_hold_a_letter_back_until_they_end() -> None:
    sleeper = replace(ALICE, quiet=NIGHTS)
    evening = replace(BROKEN, opened_at=MONDAY_NOON + 9 * HOUR)  # 21:00
    ladder = climb(evening, (sleeper,), evening.opened_at)
    assert ladder.tell == ()
    seven = datetime(2026, 11, 23, 20, tzinfo=UTC)
    assert climb(evening, (sleeper,), seven - HOUR).look_again_at == seven
    assert [one.person for one in climb(evening, (sleeper,), seven).tell] == [sleeper]


def test_a_pay_day_that_is_near_breaks_through_quiet_hours() -> None:
    sleeper = replace(ALICE, quiet=NIGHTS)
    evening = replace(BROKEN, opened_at=MONDAY_NOON + 9 * HOUR, pay_on=date(2026, 11, 25))
    ladder = climb(evening, (sleeper,), evening.opened_at)
    assert (ladder.urgency, [one.person for one in ladder.tell]) == (Urgency.NOW, [sleeper])


def test_urgency_rises_as_the_pay_day_nears_and_everybody_on_the_ladder_hears_once_more() -> None:
    friday = replace(BROKEN, pay_on=date(2026, 11, 27), told=told(ALICE, KEN))
    assert climb(friday, EVERYBODY, MONDAY_NOON + 5 * HOUR).urgency is Urgency.SOON
    wednesday = datetime(2026, 11, 24, 13, tzinfo=UTC)  # its first minute in Melbourne
    assert climb(friday, EVERYBODY, wednesday - HOUR).look_again_at == wednesday
    ladder = climb(friday, EVERYBODY, wednesday)
    assert (ladder.urgency, len(ladder.tell)) == (Urgency.NOW, 3)
    again = replace(friday, told=friday.told | told(*EVERYBODY, urgency=Urgency.NOW))
    assert climb(again, EVERYBODY, wednesday + HOUR).tell == ()


@pytest.mark.parametrize(
    ("pay_on", "expected"),
    [
        (None, Urgency.SOON),
        (date(2026, 11, 22), Urgency.SOON),  # yesterday's pay run is over
        (date(2026, 11, 23), Urgency.NOW),
        (date(2026, 11, 25), Urgency.NOW),
        (date(2026, 11, 26), Urgency.SOON),
    ],
)
def test_urgency_follows_the_pay_calendar(pay_on: date | None, expected: Urgency) -> None:
    assert urgency_of(replace(BROKEN, pay_on=pay_on), MONDAY_NOON) is expected


@pytest.mark.parametrize("pay_on", [None, date(2026, 11, 24)])
def test_somebody_who_is_on_it_holds_the_ladder_still_for_a_while(pay_on: date | None) -> None:
    urgency = Urgency.SOON if pay_on is None else Urgency.NOW
    held = replace(
        BROKEN, acknowledged_at=MONDAY_NOON, pay_on=pay_on, told=told(ALICE) | told(ALICE, urgency=Urgency.NOW)
    )
    ends = HOLDS[urgency]
    assert names(held, EVERYBODY, ends - timedelta(seconds=1)) == []
    assert climb(held, EVERYBODY, MONDAY_NOON + ends - HOUR).look_again_at == MONDAY_NOON + ends
    assert names(held, EVERYBODY, ends) == ["help", "ken"]


def test_what_can_wait_goes_into_the_daily_letter_and_climbs_no_further() -> None:
    webhook = replace(BROKEN, kind="webhook_disabled", pay_on=date(2026, 11, 23))
    first = climb(webhook, EVERYBODY, MONDAY_NOON)
    morning = datetime(2026, 11, 23, 21, tzinfo=UTC)
    assert (first.urgency, first.tell, first.look_again_at) == (Urgency.DIGEST, (), morning)
    ladder = climb(webhook, EVERYBODY, morning)
    assert [(one.person, one.via) for one in ladder.tell] == [(ALICE, Via.DIGEST)]
    after = replace(webhook, told=told(ALICE, urgency=Urgency.DIGEST))
    assert climb(after, EVERYBODY, morning + 48 * HOUR).tell == ()
    assert climb(replace(webhook, acknowledged_at=MONDAY_NOON), EVERYBODY, morning).tell == ()


def test_an_open_incident_is_looked_at_again_for_a_pay_day_that_becomes_known() -> None:
    ladder = climb(replace(BROKEN, told=told(*EVERYBODY)), EVERYBODY, MONDAY_NOON + 72 * HOUR)
    assert ladder.look_again_at == MONDAY_NOON + 72 * HOUR + LOOK_AGAIN


@pytest.mark.parametrize(
    ("opened", "since", "expected"),
    [
        (timedelta(0), timedelta(0), timedelta(minutes=2)),
        # Broke again after a minute and a half: it must last once more.
        (timedelta(0), timedelta(seconds=90), timedelta(seconds=210)),
        # It comes and goes: that has lasted long enough.
        (timedelta(0), timedelta(minutes=5), timedelta(minutes=6)),
    ],
)
def test_people_are_told_of_what_lasts_or_will_not_settle(
    opened: timedelta, since: timedelta, expected: timedelta
) -> None:
    told = told_from(opened_at=MONDAY_NOON + opened, since=MONDAY_NOON + since, steady=timedelta(minutes=2))
    assert told == MONDAY_NOON + expected


@pytest.mark.parametrize(
    ("was_told", "settled", "expected"),
    [
        # Nobody heard of it, so nobody has to hear that it is over.
        (False, timedelta(minutes=30), timedelta(minutes=2)),
        (True, timedelta(minutes=30), timedelta(minutes=30)),
        (True, timedelta(0), timedelta(minutes=2)),
    ],
)
def test_what_people_were_told_of_is_over_when_it_has_settled(
    was_told: bool, settled: timedelta, expected: timedelta
) -> None:
    over = over_from(since=MONDAY_NOON, was_told=was_told, steady=timedelta(minutes=2), settled=settled)
    assert over == MONDAY_NOON + expected


@pytest.mark.parametrize(
    ("quiet", "expected"),
    [
        (None, MONDAY_NOON),
        (Quiet(time(13), time(14)), MONDAY_NOON),
        (Quiet(time(12), time(14)), MONDAY_NOON + 2 * HOUR),
        (Quiet(time(22), time(12, 30)), MONDAY_NOON + HOUR / 2),
        (Quiet(time(11), time(12)), MONDAY_NOON),
    ],
)
def test_a_letter_waits_for_the_end_of_quiet_hours(quiet: Quiet | None, expected: datetime) -> None:
    assert quiet_until(quiet, MONDAY_NOON, MELBOURNE) == expected


@pytest.mark.parametrize(
    ("people", "pay_on", "expected"),
    [
        (0, None, ""),
        (1, None, "Changes of 1 person are not in Xero."),
        (7, date(2026, 11, 26), "Changes of 7 people are not in Xero; the pay run is on Thursday."),
        (0, date(2026, 11, 23), "The pay run is today."),
        (2, date(2026, 11, 24), "Changes of 2 people are not in Xero; the pay run is tomorrow."),
        (1200, date(2026, 12, 3), "Changes of 1,200 people are not in Xero; the pay run is on 3 Dec 2026."),
        (3, date(2026, 11, 20), "Changes of 3 people are not in Xero."),
    ],
)
def test_what_presses_is_said_in_one_sentence(people: int, pay_on: date | None, expected: str) -> None:
    assert pressing_sentence(people_waiting=people, pay_on=pay_on, today=date(2026, 11, 23)) == expected
