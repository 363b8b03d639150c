"""The four lights: what each fact proves, and for how long. Pure.

One successful payroll read proves sign-in, organisation and payroll at once. A renewed token proves the sign-in and
nothing else: Xero goes on renewing it after access is gone (xero.md 2.5).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from tandem.xero.client.errors import AnswerClass
from tandem.xero.connections.evidence import Evidence, GrantFacts, Track, Windows
from tandem.xero.connections.health import Light, LightState, Reading

TOKEN_TROUBLE = frozenset({AnswerClass.UNAUTHORISED_TOKEN, AnswerClass.CLOCK_SKEW})


def read_lights(evidence: Evidence, grant: GrantFacts, now: datetime) -> Mapping[Light, Reading]:
    """Return the four lights as the grant in use sees them."""
    return {
        Light.SIGN_IN: _sign_in(evidence, grant, now),
        Light.ORGANISATION: _organisation(evidence, grant, now),
        Light.PAYROLL: _light(grant.payroll, grant.payroll.ok_at, evidence.windows.payroll, now),
        Light.DATA: _data(evidence, grant, now),
    }


def lit_until(lights: Mapping[Light, Reading], windows: Windows) -> datetime | None:
    """Return when the first of four proved lights goes out by itself; None unless all are proved."""
    lasts = {
        Light.SIGN_IN: windows.sign_in,
        Light.ORGANISATION: windows.organisation,
        Light.PAYROLL: windows.payroll,
        Light.DATA: windows.data,
    }
    ends = [reading.at + lasts[light] for light, reading in lights.items() if reading.is_proved and reading.at]
    return min(ends) if len(ends) == len(lasts) else None


def latest(*times: datetime | None) -> datetime | None:
    """Return the latest time that is known."""
    return max((at for at in times if at), default=None)


def is_after(at: datetime | None, other: datetime | None) -> bool:
    """Say whether something happened, and nothing of the other kind since."""
    return at is not None and (other is None or at > other)


def _light(track: Track, ok_at: datetime | None, window: timedelta, now: datetime) -> Reading:
    if is_after(track.refused_at, ok_at):
        return Reading(LightState.FAILED, track.refused_since, track.refused_with, track.refused_at)
    return _proof(ok_at, window, now)


def _proof(ok_at: datetime | None, window: timedelta, now: datetime) -> Reading:
    """Return a proof inside its window; one from the future is none, since a clock was wrong then or is wrong now."""
    if ok_at and timedelta(0) <= now - ok_at <= window:
        return Reading(LightState.PROVED, ok_at)
    return Reading(LightState.UNPROVEN, ok_at)


def _sign_in(evidence: Evidence, grant: GrantFacts, now: datetime) -> Reading:
    """Read the sign-in: a dead refresh token is not revived by an access token that still works for a while."""
    if evidence.vault_failed_at:
        return Reading(LightState.FAILED, evidence.vault_failed_at)
    if grant.token.is_refused:
        return _light(grant.token, None, evidence.windows.sign_in, now)
    ok_at = latest(grant.token.ok_at, grant.organisation.ok_at, grant.payroll.ok_at)
    for track in (grant.payroll, grant.organisation):
        if track.refused_with in TOKEN_TROUBLE and is_after(track.refused_at, ok_at):
            return _light(track, ok_at, evidence.windows.sign_in, now)
    return _proof(ok_at, evidence.windows.sign_in, now)


def _organisation(evidence: Evidence, grant: GrantFacts, now: datetime) -> Reading:
    ok_at = latest(grant.organisation.ok_at, grant.payroll.ok_at)
    if evidence.wrong_organisation_at:
        return Reading(LightState.FAILED, evidence.wrong_organisation_at)
    listing = grant.listing
    if listing and not listing.is_listed and is_after(listing.at, ok_at):
        return Reading(LightState.FAILED, listing.at, AnswerClass.FORBIDDEN, listing.at)
    if not evidence.is_organisation_active:
        return Reading(LightState.FAILED, grant.organisation.ok_at, AnswerClass.REFUSED)
    if is_after(grant.organisation.refused_at, ok_at):
        return _light(grant.organisation, ok_at, evidence.windows.organisation, now)
    if is_after(grant.payroll.refused_at, ok_at):
        return Reading(LightState.UNPROVEN, ok_at)
    return _proof(ok_at, evidence.windows.organisation, now)


def _data(evidence: Evidence, grant: GrantFacts, now: datetime) -> Reading:
    data = evidence.data
    if data.is_failing:
        return Reading(LightState.FAILED, data.failed_at, data.answer, data.failed_at)
    if is_after(grant.payroll.refused_at, latest(data.proved_at, grant.payroll.ok_at)):
        return Reading(LightState.UNPROVEN, data.proved_at)
    return _proof(data.proved_at, evidence.windows.data, now)
