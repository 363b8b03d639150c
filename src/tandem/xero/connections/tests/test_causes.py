"""The one table of causes: each has a signature that leads to it, words, exactly one step, and somebody who hears of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tandem.xero.client.errors import AnswerClass
from tandem.xero.connections.cause_table import CAUSES
from tandem.xero.connections.causes import OF_PERSON, Audience, Cause, NextStep, StepCode
from tandem.xero.connections.concern_table import CONCERNS
from tandem.xero.connections.diagnosis import diagnose
from tandem.xero.connections.evidence import Evidence, Listing, Track
from tandem.xero.connections.health import ConnectionState
from tandem.xero.connections.tests.facts import (
    ALONE,
    NOW,
    ROSA,
    SCOPES,
    ago,
    hindered,
    ok,
    refused,
    with_primary,
    with_standby,
)

LISTED = Listing(ago(4), is_listed=True)
REFUSED_TWICE = refused(minutes=4, ok_before=60)
WITHOUT_PAYROLL = SCOPES - {"payroll.employees"}
#: For each cause the evidence that its signature describes.
SIGNATURES: dict[Cause, Evidence] = {
    Cause.AUTHORISER_LEFT: with_primary(
        payroll=refused(), organisation=REFUSED_TWICE, listing=LISTED, holder=replace(ROSA, is_terminated=True)
    ),
    Cause.ACCESS_REMOVED: with_primary(payroll=refused(), organisation=REFUSED_TWICE, listing=LISTED),
    Cause.DISCONNECTED_IN_XERO: with_primary(payroll=refused(), listing=Listing(ago(4), is_listed=False)),
    Cause.PAYROLL_PERMISSION_LOST: with_primary(payroll=refused(), organisation=ok(4), listing=LISTED),
    Cause.SCOPE_MISSING: with_primary(payroll=refused(), scopes_granted=WITHOUT_PAYROLL),
    Cause.SIGN_IN_EXPIRED: with_primary(
        token=refused(AnswerClass.INVALID_GRANT), last_refreshed_at=NOW - timedelta(days=61)
    ),
    Cause.SIGN_IN_REVOKED: with_primary(token=refused(AnswerClass.INVALID_GRANT)),
    Cause.ORGANISATION_UNAVAILABLE: replace(with_primary(payroll=refused()), organisation_status="CLOSED"),
    Cause.PAYROLL_NOT_SET_UP: replace(
        with_primary(payroll=refused(), organisation=ok(4), listing=LISTED),
        standby=with_standby(payroll=refused(minutes=2), organisation=ok(2)),
    ),
    Cause.WRONG_ORGANISATION: replace(ALONE, wrong_organisation_at=ago(1)),
    Cause.APP_CREDENTIALS_REJECTED: with_primary(token=refused(AnswerClass.INVALID_CLIENT)),
    Cause.XERO_DOWN: with_primary(payroll=hindered(AnswerClass.SERVER_ERROR)),
    Cause.MINUTE_LIMIT: with_primary(payroll=hindered(AnswerClass.MINUTE_LIMIT)),
    Cause.DAY_LIMIT: with_primary(payroll=hindered(AnswerClass.DAY_LIMIT)),
    Cause.CLOCK_SKEW: replace(
        with_primary(payroll=refused(AnswerClass.UNAUTHORISED_TOKEN)), clock_offset=timedelta(minutes=10)
    ),
    Cause.VAULT_UNAVAILABLE: replace(ALONE, vault_failed_at=ago(1)),
    Cause.UNKNOWN: with_primary(payroll=Track().note(ago(5), AnswerClass.REFUSED)),
}


def test_every_cause_has_a_row_and_a_signature() -> None:
    assert set(CAUSES) == set(Cause) == set(SIGNATURES)


@pytest.mark.parametrize("cause", Cause)
def test_the_signature_leads_to_the_cause_and_the_cause_to_its_words_and_its_one_step(cause: Cause) -> None:
    health, entry = diagnose(SIGNATURES[cause], NOW), CAUSES[cause]
    assert health.cause is cause
    assert health.next_step == entry.next_step
    assert (health.blocks_imports, health.blocks_writes) == (entry.blocks_imports, entry.blocks_writes)
    assert health.headline.startswith("Most likely") == (not health.certain and cause is not Cause.UNKNOWN)


@pytest.mark.parametrize("cause", Cause)
def test_every_row_is_whole_and_likely_words_never_sound_certain(cause: Cause) -> None:
    entry = CAUSES[cause]
    assert isinstance(entry.next_step, NextStep)
    assert entry.next_step.code in StepCode
    assert all((entry.title, entry.in_a_mail, entry.next_step.label, entry.next_step.help_anchor))
    assert entry.signature.endswith(".")
    assert entry.remedy.endswith(".")
    assert not entry.certain.headline.startswith("Most likely")
    assert cause is Cause.UNKNOWN or entry.likely.headline.startswith("Most likely")


def test_what_is_said_in_a_mail_names_nobody() -> None:
    for entry in CAUSES.values():
        assert "{" not in entry.in_a_mail + entry.title + entry.signature + entry.remedy


def test_every_cause_has_a_place_of_its_own_in_the_article() -> None:
    anchors = [entry.next_step.help_anchor for entry in CAUSES.values()]
    assert len(set(anchors)) == len(Cause)
    assert len({entry.title for entry in CAUSES.values()}) == len(Cause)
    assert {entry.next_step.help_anchor for entry in CONCERNS.values()} - set(anchors) == {"hand-over", "standby"}


def test_who_hears_of_it_follows_from_who_can_cure_it() -> None:
    for cause, entry in CAUSES.items():
        is_waiting = diagnose(SIGNATURES[cause], NOW).state is ConnectionState.WAITING
        assert (entry.told is Audience.NOBODY) == is_waiting
        if cause in OF_PERSON:
            assert entry.cured_by_reconnect
        if entry.told is not Audience.ADMINISTRATORS:
            assert not entry.cured_by_reconnect
