from dataclasses import replace
from datetime import date, timedelta

import pytest

from tandem.xero.client.errors import AnswerClass
from tandem.xero.connections.causes import Cause, Concern, StepCode
from tandem.xero.connections.diagnosis import ConnectionState, Light, LightState, diagnose
from tandem.xero.connections.evidence import (
    Budget,
    DataFacts,
    Evidence,
    Holder,
    Listing,
    Receipt,
    Track,
)
from tandem.xero.connections.scopes import TO_WRITE
from tandem.xero.connections.tests.facts import (
    ALONE,
    AMIR,
    NOW,
    PRIMARY,
    ROSA,
    SCOPES,
    STANDBY,
    WORKING,
    ago,
    hindered,
    ok,
    refused,
    with_primary,
    with_standby,
)

LISTED = Listing(ago(4), is_listed=True)
UNLISTED = Listing(ago(4), is_listed=False)
LEFT = replace(ROSA, last_day_on=date(2026, 11, 20), is_terminated=True)
ORGANISATION_REFUSED = refused(minutes=4, ok_before=60)


# Green


def test_four_fresh_proofs_are_connected_and_nothing_less() -> None:
    health = diagnose(WORKING, NOW)
    assert health.state is ConnectionState.CONNECTED
    assert health.is_green
    assert health.proved_at == ago(30)
    assert health.headline == "Connected to Harbour Lane Bakery Pty Ltd"
    assert (health.blocks_imports, health.blocks_writes) == (False, False)


def test_one_payroll_read_proves_sign_in_organisation_and_payroll() -> None:
    evidence = with_primary(token=Track(), organisation=Track(), payroll=ok(3))
    assert diagnose(evidence, NOW).state is ConnectionState.CONNECTED


def test_a_token_that_is_renewed_proves_nothing_but_the_sign_in() -> None:
    evidence = with_primary(token=ok(1), organisation=ok(300), payroll=ok(300))
    health = diagnose(evidence, NOW)
    assert health.state is ConnectionState.UNPROVEN
    assert [light for light, reading in health.lights.items() if reading.is_proved] == [Light.SIGN_IN, Light.DATA]


def test_a_proof_older_than_its_window_is_no_proof() -> None:
    evidence = with_primary(payroll=ok(36))
    health = diagnose(evidence, NOW)
    assert health.state is ConnectionState.UNPROVEN
    assert health.since == ago(36)
    assert health.proved_at is None
    assert health.blocks_writes
    assert not health.blocks_imports


def test_a_proof_from_the_future_is_no_proof() -> None:
    assert diagnose(with_primary(payroll=ok(-1)), NOW).state is ConnectionState.UNPROVEN


def test_data_never_proved_is_not_connected_but_may_be_read_and_written() -> None:
    health = diagnose(replace(ALONE, data=DataFacts()), NOW)
    assert health.state is ConnectionState.UNPROVEN
    assert health.since is None
    assert (health.blocks_imports, health.blocks_writes) == (False, False)
    assert "data" in health.explanation


# Not there


def test_never_connected_is_not_set_up() -> None:
    health = diagnose(Evidence(), NOW)
    assert (health.state, health.next_step.code) == (ConnectionState.NOT_SET_UP, StepCode.CONNECT)
    assert health.blocks_imports


@pytest.mark.parametrize(("by", "words"), [("Alice Lang", "ended by Alice Lang."), ("", "was ended.")])
def test_disconnected_on_purpose_says_by_whom(by: str, words: str) -> None:
    health = diagnose(replace(WORKING, receipt=Receipt(ago(3), by)), NOW)
    assert (health.state, health.since) == (ConnectionState.DISCONNECTED, ago(3))
    assert words in health.explanation


def test_a_receipt_from_before_the_reconnect_is_history() -> None:
    evidence = replace(WORKING, receipt=Receipt(ago(300)), connected_at=ago(200))
    assert diagnose(evidence, NOW).state is ConnectionState.CONNECTED


def test_disconnected_with_the_grant_gone_is_still_disconnected() -> None:
    evidence = Evidence(receipt=Receipt(ago(3)), connected_at=ago(300))
    assert diagnose(evidence, NOW).state is ConnectionState.DISCONNECTED


# Broken: which cause, and how sure

MATRIX = {
    "refused, the authoriser left, nothing else asked": (
        with_primary(payroll=refused(), holder=LEFT),
        (Cause.AUTHORISER_LEFT, False),
    ),
    "refused on the last day itself": (
        with_primary(payroll=refused(), holder=replace(ROSA, last_day_on=date(2026, 11, 22))),
        (Cause.AUTHORISER_LEFT, False),
    ),
    "refused, nothing else asked yet": (with_primary(payroll=refused()), (Cause.UNKNOWN, False)),
    "unlisted": (with_primary(payroll=refused(), listing=UNLISTED), (Cause.DISCONNECTED_IN_XERO, False)),
    "unlisted, and the authoriser left": (
        with_primary(payroll=refused(), listing=UNLISTED, holder=LEFT),
        (Cause.AUTHORISER_LEFT, False),
    ),
    "unlisted without any refusal": (
        with_primary(listing=Listing(ago(1), is_listed=False)),
        (Cause.DISCONNECTED_IN_XERO, False),
    ),
    "unlisted without any refusal, and the authoriser left": (
        with_primary(listing=Listing(ago(1), is_listed=False), holder=LEFT),
        (Cause.AUTHORISER_LEFT, False),
    ),
    "a listing from before the refusal tells nothing": (
        with_primary(payroll=refused(), listing=Listing(ago(60), is_listed=False)),
        (Cause.UNKNOWN, False),
    ),
    "organisation refused, not listed or listed unknown": (
        with_primary(payroll=refused(), organisation=ORGANISATION_REFUSED),
        (Cause.UNKNOWN, False),
    ),
    "organisation refused while listed": (
        with_primary(payroll=refused(), organisation=ORGANISATION_REFUSED, listing=LISTED),
        (Cause.ACCESS_REMOVED, False),
    ),
    "organisation refused while listed, the standby still gets in": (
        replace(
            with_primary(payroll=refused(), organisation=ORGANISATION_REFUSED, listing=LISTED),
            standby=with_standby(payroll=ok(2)),
        ),
        (Cause.ACCESS_REMOVED, True),
    ),
    "the standby still gets in, but nobody asked whether we are listed": (
        replace(
            with_primary(payroll=refused(), organisation=ORGANISATION_REFUSED),
            standby=with_standby(payroll=ok(2)),
        ),
        (Cause.ACCESS_REMOVED, False),
    ),
    "the same, and the authoriser left": (
        replace(
            with_primary(payroll=refused(), organisation=ORGANISATION_REFUSED, listing=LISTED, holder=LEFT),
            standby=with_standby(organisation=ok(2)),
        ),
        (Cause.AUTHORISER_LEFT, True),
    ),
    "what the standby saw before the refusal tells nothing": (
        replace(
            with_primary(payroll=refused(), organisation=ORGANISATION_REFUSED, listing=LISTED),
            standby=STANDBY,
        ),
        (Cause.ACCESS_REMOVED, False),
    ),
    "everybody is refused": (
        replace(
            with_primary(payroll=refused(), organisation=ORGANISATION_REFUSED, listing=LISTED),
            standby=with_standby(payroll=refused(minutes=2), organisation=refused(minutes=2)),
        ),
        (Cause.ORGANISATION_UNAVAILABLE, False),
    ),
    "Xero calls the organisation inactive": (
        replace(with_primary(payroll=refused()), organisation_status="INACTIVE"),
        (Cause.ORGANISATION_UNAVAILABLE, True),
    ),
    "inactive without a refusal": (
        replace(ALONE, organisation_status="CLOSED"),
        (Cause.ORGANISATION_UNAVAILABLE, True),
    ),
    "payroll refused, organisation answers": (
        with_primary(payroll=refused(), organisation=ok(4), listing=LISTED),
        (Cause.PAYROLL_PERMISSION_LOST, False),
    ),
    "payroll refused with 401, organisation answers": (
        with_primary(payroll=refused(AnswerClass.UNAUTHORISED_TOKEN), organisation=ok(4)),
        (Cause.PAYROLL_PERMISSION_LOST, False),
    ),
    "payroll refused, organisation answers, the standby reads payroll": (
        replace(with_primary(payroll=refused(), organisation=ok(4)), standby=with_standby(payroll=ok(2))),
        (Cause.PAYROLL_PERMISSION_LOST, True),
    ),
    "payroll refused to both, organisation answers both": (
        replace(
            with_primary(payroll=refused(), organisation=ok(4)),
            standby=with_standby(payroll=refused(minutes=2), organisation=ok(2)),
        ),
        (Cause.PAYROLL_NOT_SET_UP, False),
    ),
    "payroll never worked, organisation answers": (
        with_primary(payroll=Track().note(ago(5), AnswerClass.FORBIDDEN), organisation=ok(4)),
        (Cause.PAYROLL_NOT_SET_UP, False),
    ),
    "payroll answers 404, organisation answers": (
        with_primary(payroll=refused(AnswerClass.NOT_FOUND), organisation=ok(4)),
        (Cause.PAYROLL_NOT_SET_UP, False),
    ),
    "insufficient scope, and the consent is known to cover everything": (
        with_primary(payroll=refused(AnswerClass.INSUFFICIENT_SCOPE), organisation=ok(4)),
        (Cause.PAYROLL_PERMISSION_LOST, False),
    ),
    "insufficient scope, and the consent is known to lack it": (
        with_primary(payroll=refused(AnswerClass.INSUFFICIENT_SCOPE), scopes_granted=SCOPES - {"payroll.employees"}),
        (Cause.SCOPE_MISSING, True),
    ),
    "insufficient scope, consent unknown": (
        with_primary(payroll=refused(AnswerClass.INSUFFICIENT_SCOPE), scopes_granted=None),
        (Cause.SCOPE_MISSING, False),
    ),
    "forbidden, and the consent lacks payroll": (
        with_primary(payroll=refused(), scopes_granted=frozenset({"openid"})),
        (Cause.SCOPE_MISSING, True),
    ),
    "401 everywhere": (
        with_primary(
            payroll=refused(AnswerClass.UNAUTHORISED_TOKEN),
            organisation=refused(AnswerClass.UNAUTHORISED_TOKEN, minutes=4),
        ),
        (Cause.SIGN_IN_REVOKED, False),
    ),
    "only the organisation was asked, and refuses": (
        with_primary(payroll=ok(20), organisation=refused(minutes=5, ok_before=60), listing=LISTED),
        (Cause.ACCESS_REMOVED, False),
    ),
    "invalid grant": (
        with_primary(token=refused(AnswerClass.INVALID_GRANT), payroll=ok(2)),
        (Cause.SIGN_IN_REVOKED, False),
    ),
    "invalid grant after 60 idle days": (
        with_primary(token=refused(AnswerClass.INVALID_GRANT), last_refreshed_at=NOW - timedelta(days=61)),
        (Cause.SIGN_IN_EXPIRED, True),
    ),
    "invalid client": (
        with_primary(token=refused(AnswerClass.INVALID_CLIENT)),
        (Cause.APP_CREDENTIALS_REJECTED, True),
    ),
    "the token endpoint refuses for another reason": (
        with_primary(token=refused(AnswerClass.REFUSED)),
        (Cause.UNKNOWN, False),
    ),
    "payroll answers 404": (with_primary(payroll=refused(AnswerClass.NOT_FOUND)), (Cause.UNKNOWN, False)),
    "401 and the clocks differ": (
        replace(with_primary(payroll=refused(AnswerClass.UNAUTHORISED_TOKEN)), clock_offset=timedelta(minutes=-6)),
        (Cause.CLOCK_SKEW, False),
    ),
    "a sign-in refused for its time, and the clocks differ": (
        replace(with_primary(token=refused(AnswerClass.CLOCK_SKEW)), clock_offset=timedelta(minutes=6)),
        (Cause.CLOCK_SKEW, True),
    ),
    "payroll calls a fresh sign-in too old, and the clocks differ": (
        replace(with_primary(payroll=refused(AnswerClass.CLOCK_SKEW)), clock_offset=timedelta(minutes=10)),
        (Cause.CLOCK_SKEW, False),
    ),
    "the sign-in has ended, and the clocks differ": (
        replace(
            with_primary(token=refused(AnswerClass.INVALID_GRANT), payroll=refused(AnswerClass.UNAUTHORISED_TOKEN)),
            clock_offset=timedelta(minutes=10),
        ),
        (Cause.SIGN_IN_REVOKED, False),
    ),
    "payroll alone answers 401, and the clocks differ": (
        replace(
            with_primary(payroll=refused(AnswerClass.UNAUTHORISED_TOKEN), organisation=ok(1)),
            clock_offset=timedelta(minutes=10),
        ),
        (Cause.PAYROLL_PERMISSION_LOST, False),
    ),
    "the vault": (replace(ALONE, vault_failed_at=ago(1)), (Cause.VAULT_UNAVAILABLE, True)),
    "another organisation": (replace(ALONE, wrong_organisation_at=ago(1)), (Cause.WRONG_ORGANISATION, True)),
    "an empty page where people were": (
        replace(ALONE, data=DataFacts(ago(60), 60, ago(5), AnswerClass.EMPTY_PAGE, 0, 60)),
        (Cause.UNKNOWN, False),
    ),
}


@pytest.mark.parametrize(("evidence", "expected"), MATRIX.values(), ids=MATRIX.keys())
def test_a_break_is_named_and_never_with_more_certainty_than_there_is(
    evidence: Evidence, expected: tuple[Cause, bool]
) -> None:
    health = diagnose(evidence, NOW)
    assert health.state is ConnectionState.BROKEN
    assert (health.cause, health.certain) == expected
    assert health.blocks_imports
    assert health.blocks_writes
    assert not health.is_green
    assert health.next_step.label


def test_a_wrong_clock_alone_breaks_nothing() -> None:
    assert diagnose(replace(ALONE, clock_offset=timedelta(hours=1)), NOW).state is ConnectionState.CONNECTED


@pytest.mark.parametrize("ahead", [timedelta(seconds=1), timedelta(minutes=10)])
def test_a_proof_from_the_future_proves_nothing_and_names_the_clock(ahead: timedelta) -> None:
    health = diagnose(ALONE, ago(5) - ahead)
    assert (health.state, health.cause, health.certain) == (ConnectionState.UNPROVEN, Cause.CLOCK_SKEW, False)
    assert health.next_step.label == "How to set the clock"
    assert diagnose(ALONE, NOW + timedelta(days=1)).cause is None


def test_the_words_say_most_likely_unless_it_is_certain() -> None:
    likely = diagnose(with_primary(payroll=refused(), holder=LEFT), NOW)
    certain = diagnose(MATRIX["the same, and the authoriser left"][0], NOW)
    assert likely.headline == "Most likely Rosa Byrne's access to Xero ended"
    assert certain.headline == "Rosa Byrne's access to Xero ended"


def test_a_refusal_outlives_a_fault_that_follows_it() -> None:
    track = refused().note(ago(3), AnswerClass.SERVER_ERROR)
    assert diagnose(with_primary(payroll=track), NOW).state is ConnectionState.BROKEN


def test_a_success_after_the_refusal_ends_the_break() -> None:
    evidence = with_primary(payroll=refused().note(ago(1), AnswerClass.OK), listing=UNLISTED)
    assert diagnose(evidence, NOW).state is ConnectionState.CONNECTED


def test_a_break_is_dated_from_the_first_refusal_in_the_row() -> None:
    track = refused(minutes=15).note(ago(2), AnswerClass.FORBIDDEN)
    health = diagnose(with_primary(payroll=track), NOW)
    assert health.since == ago(15)
    reading = health.lights[Light.PAYROLL]
    assert (reading.at, reading.last_at, reading.why) == (ago(15), ago(2), AnswerClass.FORBIDDEN)


def test_a_standby_that_works_is_the_next_step_when_a_person_is_the_cause() -> None:
    evidence = replace(with_primary(payroll=refused(), holder=LEFT), standby=with_standby(payroll=ok(2)))
    assert diagnose(evidence, NOW).next_step.code is StepCode.USE_STANDBY


@pytest.mark.parametrize(
    "standby", [with_standby(payroll=ok(121)), with_standby(payroll=refused()), with_standby(payroll=Track())]
)
def test_a_standby_without_fresh_proof_is_not_offered(standby: object) -> None:
    evidence = replace(with_primary(payroll=refused(), holder=LEFT), standby=standby)  # type: ignore[arg-type]
    assert diagnose(evidence, NOW).next_step.code is StepCode.RECONNECT_AS_ANOTHER


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (AnswerClass.EMPTY_PAGE, "nobody"),
        (AnswerClass.SHARP_DROP, "far fewer"),
        (AnswerClass.PEOPLE_MISSING, "missing"),
    ],
)
def test_a_list_that_is_no_proof_says_what_was_seen(answer: AnswerClass, words: str) -> None:
    health = diagnose(replace(ALONE, data=DataFacts(ago(60), 60, ago(5), answer, 3, 60)), NOW)
    assert words in health.headline
    assert health.next_step.code is StepCode.REVIEW_DATA
    assert health.lights[Light.DATA].state is LightState.FAILED


# Lights of a break


def test_a_refused_payroll_leaves_organisation_and_data_unproven() -> None:
    lights = diagnose(with_primary(payroll=refused()), NOW).lights
    assert lights[Light.SIGN_IN].state is LightState.PROVED
    assert lights[Light.ORGANISATION].state is LightState.UNPROVEN
    assert lights[Light.PAYROLL].state is LightState.FAILED
    assert (lights[Light.DATA].state, lights[Light.DATA].at) == (LightState.UNPROVEN, ago(30))


@pytest.mark.parametrize(
    ("evidence", "light", "why"),
    [
        (MATRIX["401 everywhere"][0], Light.SIGN_IN, AnswerClass.UNAUTHORISED_TOKEN),
        (MATRIX["the vault"][0], Light.SIGN_IN, None),
        (MATRIX["invalid grant"][0], Light.SIGN_IN, AnswerClass.INVALID_GRANT),
        (MATRIX["unlisted"][0], Light.ORGANISATION, AnswerClass.FORBIDDEN),
        (MATRIX["another organisation"][0], Light.ORGANISATION, None),
        (MATRIX["inactive without a refusal"][0], Light.ORGANISATION, AnswerClass.REFUSED),
        (MATRIX["organisation refused while listed"][0], Light.ORGANISATION, AnswerClass.FORBIDDEN),
    ],
)
def test_the_light_that_failed_is_the_right_one(evidence: Evidence, light: Light, why: AnswerClass | None) -> None:
    reading = diagnose(evidence, NOW).lights[light]
    assert (reading.state, reading.why) == (LightState.FAILED, why)


# Waiting


@pytest.mark.parametrize(
    ("answer", "cause", "certain"),
    [
        (AnswerClass.MINUTE_LIMIT, Cause.MINUTE_LIMIT, True),
        (AnswerClass.CONCURRENT_LIMIT, Cause.MINUTE_LIMIT, True),
        (AnswerClass.APP_LIMIT, Cause.MINUTE_LIMIT, True),
        (AnswerClass.UNKNOWN_LIMIT, Cause.MINUTE_LIMIT, False),
        (AnswerClass.DAY_LIMIT, Cause.DAY_LIMIT, True),
        (AnswerClass.SERVER_ERROR, Cause.XERO_DOWN, True),
        (AnswerClass.OFFLINE, Cause.XERO_DOWN, True),
        (AnswerClass.MAINTENANCE, Cause.XERO_DOWN, True),
        (AnswerClass.NO_ANSWER, Cause.XERO_DOWN, False),
        (AnswerClass.TIMED_OUT, Cause.XERO_DOWN, False),
        (AnswerClass.BAD_PAYLOAD, Cause.XERO_DOWN, False),
    ],
)
def test_limits_and_faults_are_waited_out_with_a_time(answer: AnswerClass, cause: Cause, certain: bool) -> None:
    health = diagnose(with_primary(payroll=hindered(answer)), NOW)
    assert health.state is ConnectionState.WAITING
    assert (health.cause, health.certain, health.resumes_at) == (cause, certain, NOW)
    assert not health.is_green


def test_xeros_own_time_to_come_back_is_the_one_shown() -> None:
    later = NOW + timedelta(hours=18)
    health = diagnose(with_primary(payroll=hindered(AnswerClass.DAY_LIMIT, resumes_at=later)), NOW)
    assert health.resumes_at == later


def test_a_fault_of_hours_keeps_no_light_green() -> None:
    track = ok(300).note(ago(290), AnswerClass.MAINTENANCE).note(ago(5), AnswerClass.MAINTENANCE)
    evidence = with_primary(payroll=track, token=Track(), organisation=Track())
    health = diagnose(replace(evidence, data=DataFacts(ago(300), 60)), NOW)
    assert (health.state, health.since) == (ConnectionState.WAITING, ago(290))
    assert not any(reading.is_proved for reading in health.lights.values())


def test_the_token_endpoint_being_down_is_waited_out_too() -> None:
    evidence = with_primary(token=hindered(AnswerClass.TIMED_OUT, minutes=1))
    assert diagnose(evidence, NOW).cause is Cause.XERO_DOWN


def test_a_hindrance_older_than_the_last_success_is_over() -> None:
    evidence = with_primary(organisation=hindered(AnswerClass.SERVER_ERROR, minutes=9))
    assert diagnose(evidence, NOW).state is ConnectionState.CONNECTED


def test_no_calls_left_today_is_never_connected() -> None:
    resets_at = NOW + timedelta(hours=8)
    health = diagnose(replace(WORKING, budget=Budget(remaining=0, resets_at=resets_at)), NOW)
    assert (health.state, health.cause, health.resumes_at) == (ConnectionState.WAITING, Cause.DAY_LIMIT, resets_at)


# Attention

LEAVING = replace(ROSA, last_day_on=date(2026, 11, 27))


@pytest.mark.parametrize(
    ("evidence", "concern", "step"),
    [
        (with_primary(holder=LEAVING), Concern.AUTHORISER_LEAVING, StepCode.PLAN_HANDOVER),
        (replace(WORKING, standby=None), Concern.NO_STANDBY, StepCode.ADD_STANDBY),
        (replace(WORKING, standby=with_standby(payroll=refused())), Concern.NO_STANDBY, StepCode.ADD_STANDBY),
        (
            replace(WORKING, standby=with_standby(token=refused(AnswerClass.INVALID_GRANT))),
            Concern.NO_STANDBY,
            StepCode.ADD_STANDBY,
        ),
        (replace(ALONE, scopes_optional=frozenset({"x"})), Concern.SCOPE_MISSING, StepCode.GRANT_SCOPES),
        (replace(ALONE, budget=Budget(remaining=99)), Concern.DAY_BUDGET_LOW, StepCode.REVIEW_BUDGET),
        (
            with_primary(token=Track(), last_refreshed_at=NOW - timedelta(days=45)),
            Concern.SIGN_IN_UNUSED,
            StepCode.PROBE,
        ),
    ],
)
def test_what_a_person_should_see_to_is_said_while_it_still_works(
    evidence: Evidence, concern: Concern, step: StepCode
) -> None:
    health = diagnose(evidence, NOW)
    assert (health.state, health.concerns, health.next_step.code) == (ConnectionState.ATTENTION, (concern,), step)
    assert health.is_green
    assert not health.blocks_imports


def test_the_last_safe_day_is_in_the_words() -> None:
    health = diagnose(with_primary(holder=LEAVING), NOW)
    assert health.headline == "Rosa Byrne holds this connection and leaves on 27 Nov 2026"
    assert not health.blocks_writes


@pytest.mark.parametrize(
    ("holder", "blocks"),
    [
        (replace(ROSA, last_day_on=date(2026, 11, 23)), False),
        (replace(ROSA, last_day_on=date(2026, 11, 22)), True),
        (replace(ROSA, last_day_on=date(2026, 11, 21)), True),
        (replace(ROSA, is_terminated=True), True),
    ],
)
def test_a_leavers_grant_never_writes_from_the_last_day_on(holder: Holder, blocks: bool) -> None:
    health = diagnose(with_primary(holder=holder), NOW)
    assert (health.state, health.blocks_writes, health.blocks_imports) == (ConnectionState.ATTENTION, blocks, False)


def test_a_leavers_grant_writes_while_somebody_has_approved_it_and_not_a_minute_longer() -> None:
    for until, blocks in ((ago(-1), False), (NOW, True), (ago(1), True)):
        evidence = with_primary(holder=LEFT, writes_approved_until=until)
        assert diagnose(evidence, NOW).blocks_writes is blocks


def test_the_day_of_a_hand_over_counts_whatever_opened_it() -> None:
    health = diagnose(with_primary(hand_over_on=date(2026, 11, 22), writes_stop_on=date(2026, 11, 22)), NOW)
    assert (health.concerns[0], health.blocks_writes) == (Concern.HANDOVER_DUE, True)
    assert "by 22 Nov 2026" in health.headline
    assert not diagnose(with_primary(writes_stop_on=date(2026, 11, 23)), NOW).blocks_writes


def test_a_leaver_who_stands_by_counts_as_none_and_can_still_carry_until_the_last_day() -> None:
    going = replace(WORKING, standby=with_standby(holder=replace(AMIR, last_day_on=date(2026, 11, 30))))
    assert diagnose(going, NOW).concerns == (Concern.NO_STANDBY,)
    assert going.standby_can_carry(NOW)
    today = replace(WORKING, standby=with_standby(holder=replace(AMIR, last_day_on=date(2026, 11, 22))))
    assert not today.standby_can_carry(NOW)
    assert diagnose(replace(WORKING, standby=with_standby(hand_over_on=date(2026, 12, 9))), NOW).concerns


def test_what_a_standby_still_reads_was_this_persons_to_lose() -> None:
    seen_since = replace(with_primary(WORKING, payroll=refused()), standby=with_standby(payroll=ok(2)))
    health = diagnose(seen_since, NOW)
    assert (health.cause, health.certain) == (Cause.ACCESS_REMOVED, False)
    assert health.next_step.code is StepCode.USE_STANDBY
    before = replace(with_primary(WORKING, payroll=refused()), standby=with_standby(payroll=ok(30)))
    assert diagnose(before, NOW).cause is Cause.UNKNOWN


def test_the_last_day_is_the_organisations_day() -> None:
    still_saturday_in_utc = NOW.replace(day=21, hour=14)
    evidence = with_primary(holder=replace(ROSA, last_day_on=date(2026, 11, 21)), payroll=Track(still_saturday_in_utc))
    assert diagnose(evidence, still_saturday_in_utc).blocks_writes


# What may not be said


def test_a_private_termination_stays_unsaid_to_those_who_may_not_know() -> None:
    evidence = with_primary(holder=replace(LEAVING, is_private=True))
    health = diagnose(evidence, NOW, may_see_leavers=False)
    assert health.concerns == (Concern.HANDOVER_DUE,)
    assert health.headline == "A second authoriser is needed by 27 Nov 2026"
    assert "Rosa" not in health.headline + health.explanation


def test_nor_is_it_given_away_by_the_cause_of_a_break() -> None:
    evidence = with_primary(payroll=refused(), holder=replace(LEFT, is_private=True))
    hidden, seen = diagnose(evidence, NOW, may_see_leavers=False), diagnose(evidence, NOW)
    assert (seen.cause, hidden.cause) == (Cause.AUTHORISER_LEFT, Cause.ACCESS_REMOVED)
    assert "Rosa" not in hidden.headline + hidden.explanation
    assert hidden.headline == "Most likely the person who authorised lost access to Harbour Lane Bakery Pty Ltd"


def test_a_grant_without_a_name_still_reads_well() -> None:
    evidence = MATRIX["the same, and the authoriser left"][0]
    assert evidence.primary
    nameless = replace(evidence, primary=replace(evidence.primary, holder=replace(LEFT, name="")))
    assert diagnose(nameless, NOW).headline == "The person who authorised's access to Xero ended"
    assert PRIMARY.holder.name == "Rosa Byrne"


def test_a_consent_that_may_only_read_holds_writes_back_and_nothing_else() -> None:
    reading = SCOPES - {TO_WRITE}
    evidence = replace(
        with_primary(scopes_granted=reading), scopes_wanted=reading, scopes_optional=frozenset({TO_WRITE})
    )
    health = diagnose(evidence, NOW)
    assert (health.blocks_imports, health.blocks_writes) == (False, True)
    assert health.concerns == (Concern.SCOPE_MISSING,)
