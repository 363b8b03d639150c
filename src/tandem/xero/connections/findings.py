"""Which cause the evidence points to, and whether it leaves room for another. Pure.

Xero answers 403 for nearly everything (xero.md 2.5). What tells causes apart is asked elsewhere: the list of
connections, the organisation, the HR record, and what a standby of the same organisation sees. An answer from before the
refusal tells nothing about it, so only later ones count.
"""

from dataclasses import dataclass
from datetime import datetime

from tandem.xero.client.errors import AnswerClass
from tandem.xero.connections.causes import Cause
from tandem.xero.connections.evidence import Evidence, GrantFacts, Track
from tandem.xero.connections.lights import is_after, latest

LIMIT_CAUSES = {
    AnswerClass.MINUTE_LIMIT: (Cause.MINUTE_LIMIT, True),
    AnswerClass.CONCURRENT_LIMIT: (Cause.MINUTE_LIMIT, True),
    AnswerClass.APP_LIMIT: (Cause.MINUTE_LIMIT, True),
    AnswerClass.UNKNOWN_LIMIT: (Cause.MINUTE_LIMIT, False),
    AnswerClass.DAY_LIMIT: (Cause.DAY_LIMIT, True),
    AnswerClass.SERVER_ERROR: (Cause.XERO_DOWN, True),
    AnswerClass.OFFLINE: (Cause.XERO_DOWN, True),
    AnswerClass.MAINTENANCE: (Cause.XERO_DOWN, True),
}
ACCESS_ANSWERS = frozenset({AnswerClass.FORBIDDEN, AnswerClass.UNAUTHORISED_TOKEN, AnswerClass.INSUFFICIENT_SCOPE})


@dataclass(frozen=True)
class Finding:
    """A cause, and whether anything else could look the same."""

    cause: Cause
    certain: bool
    since: datetime | None
    resumes_at: datetime | None = None
    why: AnswerClass | None = None


def find_break(evidence: Evidence, grant: GrantFacts, now: datetime) -> Finding | None:
    """Return the cause for which a person must act, if there is one."""
    if evidence.vault_failed_at:
        return Finding(Cause.VAULT_UNAVAILABLE, certain=True, since=evidence.vault_failed_at)
    if evidence.wrong_organisation_at:
        return Finding(Cause.WRONG_ORGANISATION, certain=True, since=evidence.wrong_organisation_at)
    return (
        _clock_finding(evidence, grant)
        or _sign_in_finding(evidence, grant)
        or _access_finding(evidence, grant, now)
        or _data_finding(evidence)
    )


def _clock_finding(evidence: Evidence, grant: GrantFacts) -> Finding | None:
    """Blame the clock only if a sign-in is refused for its time, or everywhere: a wrong clock alone breaks nothing.

    What the token endpoint refuses for a reason of its own is about the sign-in, whatever the clocks say.
    """
    token = grant.token
    if token.is_refused and token.refused_with is not AnswerClass.CLOCK_SKEW:
        return None
    is_wrong = evidence.clock_offset is not None and abs(evidence.clock_offset) > evidence.windows.clock_tolerance
    accepted_at = latest(grant.payroll.ok_at, grant.organisation.ok_at)
    for track in (token, grant.payroll, grant.organisation):
        if not track.is_refused:
            continue
        if track.refused_with is AnswerClass.CLOCK_SKEW:
            return Finding(Cause.CLOCK_SKEW, certain=is_wrong and track is token, since=track.refused_since)
        is_accepted = is_after(accepted_at, track.refused_since)
        if is_wrong and not is_accepted and track.refused_with is AnswerClass.UNAUTHORISED_TOKEN:
            return Finding(Cause.CLOCK_SKEW, certain=False, since=track.refused_since)
    return None


def _sign_in_finding(evidence: Evidence, grant: GrantFacts) -> Finding | None:
    """Read what the token endpoint said; a sign-in that was idle for 60 days needs no other explanation."""
    token = grant.token
    if not token.is_refused:
        return None
    if token.refused_with is AnswerClass.INVALID_CLIENT:
        return Finding(Cause.APP_CREDENTIALS_REJECTED, certain=True, since=token.refused_since)
    if token.refused_with is not AnswerClass.INVALID_GRANT:
        return Finding(Cause.UNKNOWN, certain=False, since=token.refused_since, why=token.refused_with)
    used_at, refused_at = grant.last_refreshed_at, token.refused_since
    if used_at and refused_at and refused_at - used_at >= evidence.windows.unused_death:
        return Finding(Cause.SIGN_IN_EXPIRED, certain=True, since=refused_at)
    return Finding(Cause.SIGN_IN_REVOKED, certain=False, since=refused_at)


def _data_finding(evidence: Evidence) -> Finding | None:
    if not evidence.data.is_failing:
        return None
    return Finding(Cause.UNKNOWN, certain=False, since=evidence.data.failed_at, why=evidence.data.answer)


def _refused_track(grant: GrantFacts) -> Track | None:
    """Return the payroll or organisation track that is refused now; a later payroll read proves the organisation."""
    if grant.payroll.is_refused:
        return grant.payroll
    if is_after(grant.organisation.refused_at, latest(grant.organisation.ok_at, grant.payroll.ok_at)):
        return grant.organisation
    return None


def _access_finding(evidence: Evidence, grant: GrantFacts, now: datetime) -> Finding | None:
    track = _refused_track(grant)
    if track is None:
        return _quiet_finding(evidence, grant, now)
    since = track.refused_since
    if track.refused_with is AnswerClass.NOT_FOUND and _is_since(grant.organisation.ok_at, since):
        return Finding(Cause.PAYROLL_NOT_SET_UP, certain=False, since=since, why=track.refused_with)
    if track.refused_with not in ACCESS_ANSWERS:
        return Finding(Cause.UNKNOWN, certain=False, since=since, why=track.refused_with)
    if _lacks_scope(evidence, grant) or _may_lack_scope(grant, track):
        return Finding(Cause.SCOPE_MISSING, certain=_lacks_scope(evidence, grant), since=since)
    if not evidence.is_organisation_active:
        return Finding(Cause.ORGANISATION_UNAVAILABLE, certain=True, since=since)
    cause, certain = _who_lost_what(evidence, grant, track, has_left=grant.holder.has_left(evidence.today(now)))
    return Finding(cause, certain=certain, since=since, why=track.refused_with)


def _quiet_finding(evidence: Evidence, grant: GrantFacts, now: datetime) -> Finding | None:
    """Return a break that was seen without a refusal: the organisation closed, or our row gone from the list."""
    if not evidence.is_organisation_active:
        return Finding(Cause.ORGANISATION_UNAVAILABLE, certain=True, since=grant.organisation.ok_at)
    listing = grant.listing
    if (
        listing
        and not listing.is_listed
        and is_after(listing.at, latest(grant.organisation.ok_at, grant.payroll.ok_at))
    ):
        has_left = grant.holder.has_left(evidence.today(now))
        cause = Cause.AUTHORISER_LEFT if has_left else Cause.DISCONNECTED_IN_XERO
        return Finding(cause, certain=False, since=listing.at)
    return None


def _lacks_scope(evidence: Evidence, grant: GrantFacts) -> bool:
    """Say whether the consent is known to lack a payroll scope that we need."""
    if grant.scopes_granted is None:
        return False
    return any(scope.startswith("payroll.") for scope in evidence.scopes_wanted - grant.scopes_granted)


def _may_lack_scope(grant: GrantFacts, track: Track) -> bool:
    """Say whether a scope may be missing: Xero says so, and what the consent covers is not known.

    A consent that is known to cover everything lacks nothing, whatever Xero's answer to a lost payroll right is (2.5 ?).
    """
    return track.refused_with is AnswerClass.INSUFFICIENT_SCOPE and grant.scopes_granted is None


def _who_lost_what(evidence: Evidence, grant: GrantFacts, track: Track, *, has_left: bool) -> tuple[Cause, bool]:
    """Tell apart what 401 and 403 do not."""
    since = track.refused_since
    listing = grant.listing if grant.listing and _is_since(grant.listing.at, since) else None
    if listing and not listing.is_listed:
        return (Cause.AUTHORISER_LEFT if has_left else Cause.DISCONNECTED_IN_XERO), False
    if _is_since(grant.organisation.ok_at, since):
        return _payroll_only(evidence, grant, since)
    if grant.organisation.is_refused:
        return _organisation_too(evidence, track, is_listed=listing is not None, has_left=has_left)
    return _as_the_standby_sees_it(evidence, track, has_left=has_left), False


def _as_the_standby_sees_it(evidence: Evidence, track: Track, *, has_left: bool) -> Cause:
    """Decide where nothing else was asked, or answered: what a second person still reads was this person's to lose."""
    if has_left:
        return Cause.AUTHORISER_LEFT
    standby, since = evidence.standby, track.refused_since
    seen = latest(standby.organisation.ok_at, standby.payroll.ok_at) if standby else None
    return Cause.ACCESS_REMOVED if _is_since(seen, since) else Cause.UNKNOWN


def _payroll_only(evidence: Evidence, grant: GrantFacts, since: datetime | None) -> tuple[Cause, bool]:
    """Decide where the organisation answers and payroll does not: this person's right, or payroll itself.

    Only a payroll administrator can consent to payroll, so one who never read anything points at payroll (2.4).
    """
    standby = evidence.standby
    if standby and _is_since(standby.payroll.ok_at, since):
        return Cause.PAYROLL_PERMISSION_LOST, grant.scopes_granted is not None
    if standby and standby.payroll.is_refused and _is_since(standby.organisation.ok_at, since):
        return Cause.PAYROLL_NOT_SET_UP, False
    if grant.payroll.ok_at is None:
        return Cause.PAYROLL_NOT_SET_UP, False
    return Cause.PAYROLL_PERMISSION_LOST, False


def _organisation_too(evidence: Evidence, track: Track, *, is_listed: bool, has_left: bool) -> tuple[Cause, bool]:
    """Decide where organisation and payroll are both refused: this person, or everybody."""
    if track.refused_with is AnswerClass.UNAUTHORISED_TOKEN:
        return Cause.SIGN_IN_REVOKED, False
    standby, since = evidence.standby, track.refused_since
    of_person = Cause.AUTHORISER_LEFT if has_left else Cause.ACCESS_REMOVED
    if standby and _is_since(latest(standby.organisation.ok_at, standby.payroll.ok_at), since):
        return of_person, is_listed
    if standby and standby.organisation.is_refused and _is_since(standby.organisation.refused_at, since):
        return Cause.ORGANISATION_UNAVAILABLE, False
    return (of_person if has_left or is_listed else Cause.UNKNOWN), False


def _is_since(at: datetime | None, since: datetime | None) -> bool:
    return at is not None and (since is None or at >= since)


def find_hindrance(evidence: Evidence, grant: GrantFacts) -> Finding | None:
    """Return what Tandem waits for: a limit, a fault at Xero, or silence; newer than any success."""
    budget = evidence.budget
    ok_at = latest(grant.token.ok_at, grant.organisation.ok_at, grant.payroll.ok_at)
    tracks = [
        track
        for track in (grant.payroll, grant.organisation, grant.token)
        if track.is_hindered and is_after(track.hindered_at, ok_at)
    ]
    if tracks:
        return _hindrance(evidence, max(tracks, key=_hindered_at))
    if budget.remaining == 0:
        return Finding(Cause.DAY_LIMIT, certain=True, since=None, resumes_at=budget.resets_at)
    return None


def _hindered_at(track: Track) -> float:
    return track.hindered_at.timestamp() if track.hindered_at else 0.0


def _hindrance(evidence: Evidence, track: Track) -> Finding:
    why = track.hindered_by
    cause, certain = LIMIT_CAUSES.get(why, (Cause.XERO_DOWN, False)) if why else (Cause.XERO_DOWN, False)
    fallback = track.hindered_at + evidence.windows.retry_every if track.hindered_at else None
    return Finding(cause, certain, since=track.hindered_since, resumes_at=track.resumes_at or fallback, why=why)
