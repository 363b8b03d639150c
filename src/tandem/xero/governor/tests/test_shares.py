"""Whatever mixture of calls comes: no limit is passed, and nobody takes what is kept for somebody else."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.xero.governor.rules import (
    LAST_OF_A_MINUTE,
    SHARES,
    Admit,
    Ledger,
    LimitKind,
    Limits,
    Purpose,
    Wait,
    admit,
    open_windows,
)
from tandem.xero.governor.shares import (
    LEAVES,
    Counts,
    Share,
    kept_in_a_day,
    kept_in_a_minute,
    kept_in_flight,
)

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SMALL = Limits(in_flight=4, per_minute=24, per_day=120, app_per_minute=10_000)
PERSON, PROBE, READ, WRITE = Purpose.PERSON, Purpose.PROBE, Purpose.READ, Purpose.WRITE


def spent(calls: int, *, seconds_ago: int, by: Counts | None = None) -> Ledger:
    return Ledger(
        minute_started_at=NOW - seconds_ago * SECOND,
        day_started_at=NOW - timedelta(hours=1),
        minute_calls=calls,
        minute_by=by or Counts(reads=calls),
    )


def goes(ledger: Ledger, purpose: Purpose, *, at: datetime = NOW, limits: Limits | None = None) -> bool:
    return isinstance(admit(ledger, purpose, at, limits=limits), Admit)


# A run and the people beside it


@pytest.mark.parametrize("purpose", [READ, WRITE, Purpose.SWEEP])
def test_a_run_leaves_people_and_probes_their_calls_of_the_minute(purpose: Purpose) -> None:
    assert goes(spent(49, seconds_ago=20), purpose)
    full = spent(50, seconds_ago=20)
    assert admit(full, purpose, NOW) == Wait(NOW + 35 * SECOND, LimitKind.MINUTE)
    assert goes(full, PERSON)
    assert goes(full, PROBE)


def test_a_consent_finds_its_calls_of_the_minute_behind_the_busiest_run() -> None:
    ledger = spent(50, seconds_ago=20)
    for _ in range(5):
        found = admit(ledger, Purpose.LIFE_CYCLE, NOW)
        assert isinstance(found, Admit)
        ledger = replace(found.ledger, in_flight=0, flying_by=Counts())
    assert ledger.minute_calls == 55


def test_a_run_uses_the_last_seconds_of_a_minute_up_so_that_it_loses_no_call() -> None:
    assert not goes(spent(50, seconds_ago=54), READ)
    assert goes(spent(57, seconds_ago=55), READ)
    assert admit(spent(58, seconds_ago=55), READ, NOW) == Wait(NOW + 5 * SECOND, LimitKind.MINUTE)


def test_what_people_have_used_of_a_minute_is_not_kept_a_second_time() -> None:
    by = Counts(people=5, probes=3, reads=49)
    assert goes(spent(57, seconds_ago=20, by=by), READ)
    assert not goes(spent(58, seconds_ago=20, by=by), READ)


def test_people_and_probes_leave_each_other_their_calls_of_the_minute() -> None:
    people = spent(55, seconds_ago=20, by=Counts(people=55))
    assert admit(people, PERSON, NOW) == Wait(NOW + 40 * SECOND, LimitKind.MINUTE)
    assert goes(people, PROBE)
    probes = spent(53, seconds_ago=20, by=Counts(probes=53))
    assert not goes(probes, PROBE)
    assert goes(probes, PERSON)


def test_a_run_leaves_two_places_and_a_probe_leaves_one_for_a_person() -> None:
    flying = Ledger(in_flight=3, flying_by=Counts(reads=3))
    assert (goes(flying, READ), goes(flying, WRITE), goes(flying, PROBE), goes(flying, PERSON)) == (
        False,
        False,
        True,
        True,
    )
    with_a_probe = Ledger(in_flight=4, flying_by=Counts(reads=3, probes=1))
    assert (goes(with_a_probe, PROBE), goes(with_a_probe, PERSON)) == (False, True)


def test_the_smallest_limits_still_let_everybody_call() -> None:
    tiny = Limits(in_flight=1, per_minute=1, per_day=1)
    assert all(goes(Ledger(), purpose, limits=tiny) for purpose in Purpose)


@given(st.integers(min_value=1, max_value=20_000))
def test_what_is_kept_always_leaves_something_for_runs(limit: int) -> None:
    for kept in (kept_in_flight(limit), kept_in_a_minute(limit), kept_in_a_day(limit, write_share=0.2)):
        assert kept.probes + kept.people + kept.writes < limit
        assert kept.reads == 0


def test_the_shares_of_a_day_are_what_the_documents_say() -> None:
    assert kept_in_a_day(1000, write_share=0.2) == Counts(probes=96, people=30, writes=170)
    assert kept_in_a_day(5000, write_share=0.2) == Counts(probes=96, people=30, writes=970)
    assert (Limits().reads_in_a_day, Limits(per_day=5000).reads_in_a_day, Limits().reads_in_flight) == (704, 3904, 3)


# Any mixture


@dataclass
class Played:
    """A ledger kept as the database keeps it, and what has happened in its windows."""

    limits: Limits
    ledger: Ledger = field(default_factory=Ledger)
    now: datetime = NOW
    flying: list[Share] = field(default_factory=list)

    def step(self, purpose: Purpose, seconds: int, landed: int) -> Admit | Wait:
        self.now += timedelta(seconds=seconds)
        self.flying = self.flying[landed:]
        by = Counts(**Counter(share.value for share in self.flying))
        opened = open_windows(self.ledger, self.now)
        self.ledger = replace(opened, in_flight=len(self.flying), flying_by=by)
        found = admit(self.ledger, purpose, self.now, limits=self.limits)
        if isinstance(found, Admit):
            self.flying.append(SHARES[purpose])
        return found


STEPS = st.lists(
    st.tuples(
        st.sampled_from([READ, READ, WRITE, PERSON, PROBE, Purpose.LIFE_CYCLE]),
        st.sampled_from([0, 0, 0, 1, 4, 30, 300]),
        st.integers(min_value=0, max_value=4),
    ),
    max_size=220,
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_no_sequence_of_calls_passes_a_limit_or_takes_what_is_kept_for_others(
    steps: list[tuple[Purpose, int, int]],
) -> None:
    played = Played(SMALL)
    for purpose, seconds, landed in steps:
        found = played.step(purpose, seconds, landed)
        if isinstance(found, Wait):
            assert found.until > played.now
            continue
        played.ledger = found.ledger
        assert found.ledger.in_flight <= SMALL.in_flight
        assert found.ledger.minute_calls <= SMALL.per_minute
        assert found.ledger.day_calls <= SMALL.per_day
        assert_left_alone(found.ledger, SHARES[purpose], played.now)


def assert_left_alone(after: Ledger, share: Share, now: datetime) -> None:
    """What others have not used of their share is still there after a call of `share`."""
    assert after.minute_started_at
    ends_soon = after.minute_started_at + timedelta(minutes=1) - now <= LAST_OF_A_MINUTE
    windows = [
        (SMALL.in_flight - after.in_flight, after.flying_by, kept_in_flight(SMALL.in_flight)),
        (SMALL.per_day - after.day_calls, after.day_by, SMALL.kept_in_a_day),
    ]
    if not (ends_soon and share in (Share.READS, Share.WRITES)):
        windows.append((SMALL.per_minute - after.minute_calls, after.minute_by, kept_in_a_minute(SMALL.per_minute)))
    for left, by, kept in windows:
        assert left >= sum(max(0, kept.of(other) - by.of(other)) for other in LEAVES[share])


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_behind_any_runs_a_person_within_their_share_waits_for_seconds_at_most(
    steps: list[tuple[Purpose, int, int]],
) -> None:
    played = Played(SMALL)
    for purpose, seconds, landed in steps:
        if SHARES[purpose] is Share.PEOPLE:
            continue
        found = played.step(purpose, seconds, landed)
        played.ledger = found.ledger if isinstance(found, Admit) else played.ledger
        person = admit(played.ledger, PERSON, played.now, limits=SMALL)
        assert isinstance(person, Admit) or person.until - played.now <= LAST_OF_A_MINUTE


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_behind_any_people_and_runs_a_probe_within_its_share_waits_for_seconds_at_most(
    steps: list[tuple[Purpose, int, int]],
) -> None:
    """Where all places are taken by people, one is free as soon as a call of theirs ends."""
    played = Played(SMALL)
    for purpose, seconds, landed in steps:
        if SHARES[purpose] is Share.PROBES:
            continue
        found = played.step(purpose, seconds, landed)
        played.ledger = found.ledger if isinstance(found, Admit) else played.ledger
        probe = admit(played.ledger, PROBE, played.now, limits=SMALL)
        assert isinstance(probe, Admit) or probe.until - played.now <= LAST_OF_A_MINUTE
