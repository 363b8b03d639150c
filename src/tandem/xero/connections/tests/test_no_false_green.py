"""Properties over random evidence: whatever happened, the status does not lie."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.xero.client.errors import AnswerClass
from tandem.xero.connections.cause_table import CAUSES
from tandem.xero.connections.causes import Cause, Concern
from tandem.xero.connections.concern_table import CONCERNS, DATA_WORDS
from tandem.xero.connections.diagnosis import ConnectionState, Light, diagnose
from tandem.xero.connections.evidence import (
    PASSING,
    Budget,
    DataFacts,
    Evidence,
    GrantFacts,
    Holder,
    Listing,
    Receipt,
    Track,
    Windows,
)
from tandem.xero.connections.health import GREEN, STATE_LABELS
from tandem.xero.connections.tests.facts import NOW, ROSA, SCOPES

pytestmark = pytest.mark.unmeasured

TIMES = st.integers(min_value=-90, max_value=1).map(lambda minutes: NOW + timedelta(minutes=minutes))
MAYBE = st.one_of(st.none(), TIMES)
ANSWERS = st.sampled_from(AnswerClass)


@st.composite
def tracks(draw: st.DrawFn) -> Track:
    """Return what any history of answers leaves."""
    track = Track()
    for at in sorted(draw(st.lists(TIMES, max_size=5))):
        track = track.note(at, draw(ANSWERS), resumes_at=draw(MAYBE))
    return track


HOLDERS = st.builds(
    Holder,
    name=st.sampled_from(["", "Rosa Byrne"]),
    last_day_on=st.one_of(st.none(), TIMES.map(lambda at: at.date())),
    is_terminated=st.booleans(),
    is_private=st.booleans(),
)
GRANTS = st.builds(
    GrantFacts,
    grant_id=st.just(ROSA.employee_id),
    holder=HOLDERS,
    token=tracks(),
    organisation=tracks(),
    payroll=tracks(),
    listing=st.one_of(st.none(), st.builds(Listing, at=TIMES, is_listed=st.booleans())),
    scopes_granted=st.sampled_from([None, SCOPES, frozenset({"openid"})]),
    last_refreshed_at=MAYBE,
)
EVIDENCE = st.builds(
    Evidence,
    primary=st.one_of(st.none(), GRANTS),
    standby=st.one_of(st.none(), GRANTS),
    data=st.builds(DataFacts, proved_at=MAYBE, failed_at=MAYBE, answer=st.just(AnswerClass.EMPTY_PAGE)),
    budget=st.builds(Budget, remaining=st.sampled_from([None, 0, 50, 900]), resets_at=MAYBE),
    scopes_wanted=st.just(SCOPES),
    receipt=st.one_of(st.none(), st.builds(Receipt, at=TIMES)),
    connected_at=MAYBE,
    clock_offset=st.sampled_from([None, timedelta(0), timedelta(minutes=9)]),
    vault_failed_at=st.one_of(st.none(), st.none(), TIMES),
    wrong_organisation_at=st.one_of(st.none(), st.none(), TIMES),
    organisation_status=st.sampled_from(["ACTIVE", "active", "", "CLOSED"]),
    wants_standby=st.booleans(),
)
WINDOWS = Windows()


def last_ok(*tracks: Track) -> float:
    return max((track.ok_at.timestamp() for track in tracks if track.ok_at), default=0.0)


@settings(max_examples=150, deadline=None)
@given(EVIDENCE, st.booleans())
def test_green_means_that_all_four_are_proved_inside_their_windows(evidence: Evidence, may_see: bool) -> None:
    health = diagnose(evidence, NOW, may_see_leavers=may_see)
    if not health.is_green:
        return
    grant = evidence.primary
    assert grant
    assert grant.payroll.ok_at
    assert evidence.data.proved_at
    assert timedelta(0) <= NOW - grant.payroll.ok_at <= WINDOWS.payroll
    assert timedelta(0) <= NOW - evidence.data.proved_at <= WINDOWS.data
    assert NOW.timestamp() - last_ok(grant.payroll, grant.organisation) <= WINDOWS.organisation.total_seconds()
    assert NOW.timestamp() - last_ok(grant.payroll, grant.organisation, grant.token) <= WINDOWS.sign_in.total_seconds()
    assert all(reading.is_proved for reading in health.lights.values())


@settings(max_examples=150, deadline=None)
@given(EVIDENCE)
def test_green_means_that_nothing_newer_was_refused(evidence: Evidence) -> None:
    if diagnose(evidence, NOW).is_green:
        grant = evidence.primary
        assert grant
        assert not grant.payroll.is_refused
        assert not grant.payroll.is_hindered
        assert not grant.token.is_refused
        assert not evidence.data.is_failing
        assert not evidence.vault_failed_at
        assert evidence.budget.remaining != 0


@settings(max_examples=150, deadline=None)
@given(EVIDENCE, st.booleans())
def test_every_state_has_words_a_step_and_only_the_certainty_it_may_have(evidence: Evidence, may_see: bool) -> None:
    health = diagnose(evidence, NOW, may_see_leavers=may_see)
    assert health.headline
    assert health.explanation.endswith(".")
    assert "{" not in health.headline + health.explanation
    assert set(health.lights) == set(Light)
    assert health.certain or health.cause is not None
    is_ahead = any(reading.at is not None and reading.at > NOW for reading in health.lights.values())
    if health.state is ConnectionState.UNPROVEN:
        # Nothing was refused; only a proof from the future has a cause, and that is the clock.
        assert health.cause is (Cause.CLOCK_SKEW if is_ahead else None)
    else:
        assert (health.state in (ConnectionState.BROKEN, ConnectionState.WAITING)) == (health.cause is not None)
    if health.state is ConnectionState.BROKEN:
        assert health.blocks_writes


@settings(max_examples=100, deadline=None)
@given(EVIDENCE)
def test_a_private_leaver_is_never_named(evidence: Evidence) -> None:
    if evidence.primary and evidence.primary.holder.is_private:
        health = diagnose(evidence, NOW, may_see_leavers=False)
        assert "Rosa" not in health.headline + health.explanation
        assert health.cause is not Cause.AUTHORISER_LEFT
        assert Concern.AUTHORISER_LEAVING not in health.concerns


@settings(max_examples=100, deadline=None)
@given(EVIDENCE)
def test_more_time_alone_never_turns_anything_green(evidence: Evidence) -> None:
    grant = evidence.primary
    if grant is None or diagnose(evidence, NOW).is_green:
        return
    proofs = (grant.payroll.ok_at, grant.organisation.ok_at, grant.token.ok_at, evidence.data.proved_at)
    if all(at is None or at <= NOW for at in proofs):
        assert not diagnose(evidence, NOW + timedelta(minutes=2)).is_green


def test_the_table_is_whole() -> None:
    assert set(CAUSES) == set(Cause)
    assert set(CONCERNS) == set(Concern)
    assert set(STATE_LABELS) == set(ConnectionState)
    assert ConnectionState.ATTENTION.label == "Connected, action needed"
    assert {AnswerClass.EMPTY_PAGE, AnswerClass.SHARP_DROP, AnswerClass.PEOPLE_MISSING} == {
        AnswerClass(name) for name in DATA_WORDS
    }
    assert AnswerClass.OK not in PASSING
    assert {ConnectionState.CONNECTED, ConnectionState.ATTENTION} == GREEN
