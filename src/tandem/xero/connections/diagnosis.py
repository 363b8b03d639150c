"""What the evidence amounts to: four lights, a state, a cause and the one next step. Pure.

The status never lies: `connected` needs all four lights proved inside their windows, and a refreshed token proves
nothing but the sign-in (xero.md 2.5).
"""

from collections.abc import Mapping
from datetime import date, datetime

from tandem.xero.connections.cause_table import CAUSES
from tandem.xero.connections.causes import OF_PERSON, Cause, Concern, NextStep, StepCode, Words
from tandem.xero.connections.concern_table import CONCERNS, DATA_WORDS, REVIEW_DATA
from tandem.xero.connections.evidence import Evidence, GrantFacts
from tandem.xero.connections.findings import Finding, find_break, find_hindrance
from tandem.xero.connections.health import ConnectionState, Health, Light, LightState, Reading
from tandem.xero.connections.lights import is_after, latest, read_lights
from tandem.xero.connections.scopes import TO_WRITE

__all__ = ["ConnectionState", "Health", "Light", "LightState", "Reading", "diagnose"]

CONNECT = NextStep(StepCode.CONNECT, "Connect to Xero", "connect")
NOTHING = NextStep(StepCode.NOTHING, "Nothing to do", "connected")
CHECK = NextStep(StepCode.PROBE, "Check now", "not-proved")
USE_STANDBY = NextStep(StepCode.USE_STANDBY, "Let the standby take over", "standby")
LIGHT_NAMES: Mapping[Light, str] = {
    Light.SIGN_IN: "sign-in",
    Light.ORGANISATION: "organisation",
    Light.PAYROLL: "payroll",
    Light.DATA: "data",
}
UNNAMED = "The person who authorised"
FROM_THE_FUTURE = (
    "The latest proof carries a time that is still to come, so the clock of the machine that runs Tandem was wrong then or "
    "is wrong now. Nothing was refused, and Tandem checks by itself. Whoever runs Tandem should check the machine's clock."
)


def diagnose(evidence: Evidence, now: datetime, *, may_see_leavers: bool = True) -> Health:
    """Return what the evidence amounts to; without `may_see_leavers` a private termination stays unsaid."""
    grant = evidence.primary
    if evidence.receipt and not is_after(evidence.connected_at, evidence.receipt.at):
        return _disconnected(evidence)
    if grant is None:
        return _not_set_up()
    lights = read_lights(evidence, grant, now)
    hides = grant.holder.is_private and not may_see_leavers
    concerns = _concerns(evidence, grant, now, hides=hides)
    if found := find_break(evidence, grant, now):
        return _broken(evidence, grant, now, found, lights, concerns, hides=hides)
    if found := find_hindrance(evidence, grant):
        return _waiting(evidence, grant, found, lights, concerns, hides=hides)
    if all(reading.is_proved for reading in lights.values()):
        return _working(evidence, grant, now, lights, concerns, hides=hides)
    return _unproven(evidence, grant, now, lights, concerns)


def _disconnected(evidence: Evidence) -> Health:
    receipt = evidence.receipt
    by = f" by {receipt.by}" if receipt and receipt.by else ""
    return Health(
        state=ConnectionState.DISCONNECTED,
        lights=_dark(),
        cause=None,
        certain=True,
        concerns=(),
        headline="Disconnected from Xero",
        explanation=f"The connection was ended{by}. Settings and links are kept, and the receipt says what was proved.",
        next_step=CONNECT,
        since=receipt.at if receipt else None,
        resumes_at=None,
        blocks_imports=True,
        blocks_writes=True,
    )


def _dark() -> Mapping[Light, Reading]:
    return {light: Reading(LightState.UNPROVEN, None) for light in Light}


def _not_set_up() -> Health:
    return Health(
        state=ConnectionState.NOT_SET_UP,
        lights=_dark(),
        cause=None,
        certain=True,
        concerns=(),
        headline="Not connected to Xero yet",
        explanation="Connect once, as somebody with payroll administrator access in Xero.",
        next_step=CONNECT,
        since=None,
        resumes_at=None,
        blocks_imports=True,
        blocks_writes=True,
    )


def _broken(
    evidence: Evidence,
    grant: GrantFacts,
    now: datetime,
    found: Finding,
    lights: Mapping[Light, Reading],
    concerns: tuple[Concern, ...],
    *,
    hides: bool,
) -> Health:
    """Return the state in which a person must act."""
    cause, certain = found.cause, found.certain
    if hides and cause is Cause.AUTHORISER_LEFT:
        cause, certain = Cause.ACCESS_REMOVED, False
    entry = CAUSES[cause]
    words = entry.certain if certain else entry.likely
    next_step = entry.next_step
    if found.why and found.why.value in DATA_WORDS:
        words, next_step = DATA_WORDS[found.why.value], REVIEW_DATA
    elif cause in OF_PERSON and evidence.standby_can_carry(now):
        next_step = USE_STANDBY
    headline, explanation = _fill(words, evidence, grant, hides=hides)
    return Health(
        state=ConnectionState.BROKEN,
        lights=lights,
        cause=cause,
        certain=certain,
        concerns=concerns,
        headline=headline,
        explanation=explanation,
        next_step=next_step,
        since=found.since,
        resumes_at=None,
        blocks_imports=entry.blocks_imports,
        blocks_writes=entry.blocks_writes,
    )


def _waiting(
    evidence: Evidence,
    grant: GrantFacts,
    found: Finding,
    lights: Mapping[Light, Reading],
    concerns: tuple[Concern, ...],
    *,
    hides: bool,
) -> Health:
    """Return the state that ends by itself; it is never shown as connected, however fresh the proofs."""
    entry = CAUSES[found.cause]
    headline, explanation = _fill(entry.certain if found.certain else entry.likely, evidence, grant, hides=hides)
    return Health(
        state=ConnectionState.WAITING,
        lights=lights,
        cause=found.cause,
        certain=found.certain,
        concerns=concerns,
        headline=headline,
        explanation=explanation,
        next_step=entry.next_step,
        since=found.since,
        resumes_at=found.resumes_at,
        blocks_imports=entry.blocks_imports,
        blocks_writes=entry.blocks_writes,
    )


def _working(
    evidence: Evidence,
    grant: GrantFacts,
    now: datetime,
    lights: Mapping[Light, Reading],
    concerns: tuple[Concern, ...],
    *,
    hides: bool,
) -> Health:
    """Return connected, or attention if somebody should act while it still works."""
    headline = f"Connected to {evidence.organisation_name or 'Xero'}"
    explanation = "Sign-in, organisation, payroll and data are each proved."
    next_step = NOTHING
    if concerns:
        entry = CONCERNS[concerns[0]]
        headline, explanation = _fill(entry.words, evidence, grant, hides=hides)
        next_step = entry.next_step
    return Health(
        state=ConnectionState.ATTENTION if concerns else ConnectionState.CONNECTED,
        lights=lights,
        cause=None,
        certain=True,
        concerns=concerns,
        headline=headline,
        explanation=explanation,
        next_step=next_step,
        since=None,
        resumes_at=None,
        blocks_imports=False,
        blocks_writes=not _may_write(evidence, grant, now),
    )


def _unproven(
    evidence: Evidence,
    grant: GrantFacts,
    now: datetime,
    lights: Mapping[Light, Reading],
    concerns: tuple[Concern, ...],
) -> Health:
    """Return the state in which nothing failed and something is not proved; a run that reads is itself the proof."""
    dark = [light for light, reading in lights.items() if not reading.is_proved]
    names = ", ".join(LIGHT_NAMES[light] for light in dark)
    times = [reading.at for reading in lights.values() if not reading.is_proved and reading.at]
    may_write = _may_write(evidence, grant, now)
    is_ahead = any(at > now for at in times)
    headline = "The connection is not proved"
    explanation = f"Nothing was refused, but there is no fresh proof of: {names}. Tandem checks by itself."
    if is_ahead:
        headline, explanation = CAUSES[Cause.CLOCK_SKEW].likely.headline, FROM_THE_FUTURE
    return Health(
        state=ConnectionState.UNPROVEN,
        lights=lights,
        cause=Cause.CLOCK_SKEW if is_ahead else None,
        certain=not is_ahead,
        concerns=concerns,
        headline=headline,
        explanation=explanation,
        next_step=CAUSES[Cause.CLOCK_SKEW].next_step if is_ahead else CHECK,
        since=min(times, default=None),
        resumes_at=None,
        blocks_imports=False,
        blocks_writes=not (lights[Light.PAYROLL].is_proved and may_write),
    )


def _concerns(evidence: Evidence, grant: GrantFacts, now: datetime, *, hides: bool) -> tuple[Concern, ...]:
    """Return what a person should see to though it works, the most pressing first."""
    holder, budget = grant.holder, evidence.budget
    used_at = latest(grant.last_refreshed_at, grant.token.ok_at)
    found = {
        Concern.AUTHORISER_LEAVING: holder.is_leaving and not hides,
        Concern.HANDOVER_DUE: grant.is_going and (hides or not holder.is_leaving),
        Concern.SCOPE_MISSING: bool(_missing_scopes(evidence, grant)),
        Concern.SIGN_IN_UNUSED: used_at is not None and now - used_at >= evidence.windows.unused_warning,
        Concern.DAY_BUDGET_LOW: budget.remaining is not None and budget.remaining < budget.low_below,
        Concern.NO_STANDBY: evidence.wants_standby and not evidence.has_standby,
    }
    return tuple(concern for concern, is_so in found.items() if is_so)


def _may_write(evidence: Evidence, grant: GrantFacts, now: datetime) -> bool:
    """Say whether the holder stays, and the consent covers writing where writing is wanted."""
    lacks = TO_WRITE in evidence.scopes_optional & _missing_scopes(evidence, grant)
    return grant.may_write(now=now, today=evidence.today(now)) and not lacks


def _missing_scopes(evidence: Evidence, grant: GrantFacts) -> frozenset[str]:
    if grant.scopes_granted is None:
        return frozenset()
    return (evidence.scopes_wanted | evidence.scopes_optional) - grant.scopes_granted


def _fill(words: Words, evidence: Evidence, grant: GrantFacts, *, hides: bool) -> tuple[str, str]:
    """Put names into words; a holder whose leaving is private is not named to those who may not know."""
    who = UNNAMED if hides or not grant.holder.name else grant.holder.name
    values = {
        "who": who,
        "organisation": evidence.organisation_name or "the organisation",
        "scopes": ", ".join(sorted(_missing_scopes(evidence, grant))) or "payroll",
        "last_day": _in_words(grant.holder.last_day_on or grant.hand_over_on),
    }
    return _sentence(words.headline.format(**values)), _sentence(words.explanation.format(**values))


def _in_words(day: date | None) -> str:
    return f"{day.day} {day:%b %Y}" if day else "a day that is over"


def _sentence(text: str) -> str:
    """Start with a capital, and put a common noun for a name in the lower case inside a sentence."""
    inner = text.replace(f" {UNNAMED}", f" {UNNAMED[0].lower()}{UNNAMED[1:]}")
    return inner[:1].upper() + inner[1:]
