"""Connect and reconnect: from the button to a grant that has proved itself (design 5, rules 1 to 5).

A consent comes back as a *quarantined* grant. It must reach the right organisation and pass every probe before it
replaces anything; until then, and if it fails, the state that was there is untouched.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings

from tandem.access.selectors import find_actor_by_id
from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, NotFound, Problem
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import durable_scope, scope
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.xero.client import identity, transport
from tandem.xero.client.errors import XeroError
from tandem.xero.client.identity import Person, TokenUnverified
from tandem.xero.client.wire import TokenAnswer
from tandem.xero.connections import asking, guests, holders, moving, retirement
from tandem.xero.connections.candidate import read_offer
from tandem.xero.connections.consent_outcome import (
    REFUSALS,
    ConsentOutcome,
    ConsentResult,
    Stopped,
    code_of,
    refused,
    stop,
)
from tandem.xero.connections.guest_rules import sentence_for_guest
from tandem.xero.connections.move_candidate import candidate_of
from tandem.xero.models import Connection, ConsentFlow, Grant
from tandem.xero.oauth import flow, vault
from tandem.xero.oauth.flow import ConsentPurpose, FlowRefused, Trip

CHOICE_LIFETIME = timedelta(minutes=30)


@dataclass(frozen=True)
class OrganisationChoice:
    """One organisation that the consent covers."""

    tenant_id: UUID
    name: str


def _time_limit() -> AbstractContextManager[None]:
    """Bound what Xero may keep a person waiting; what did not get its turn is done by the next probe."""
    return transport.within(timedelta(seconds=settings.TANDEM.xero.consent_seconds))


def start_consent(actor: Actor, *, purpose: ConsentPurpose, session_key: str) -> str:
    """Begin a trip to Xero and return the address to send the browser to."""
    actor.require(Permission.MANAGE_INTEGRATION)
    if actor.user_id is None or not session_key:
        raise Invalid(Problem("", "A consent needs a person at a browser."))
    with _time_limit():
        retirement.retire_replaced(actor.account_id)
    with scope(actor.account_id):
        connection, _ = Connection.objects.get_or_create(account_id=actor.account_id)
        if purpose is ConsentPurpose.MOVE:
            _check_move(actor)
        has_primary = Grant.objects.filter(account_id=actor.account_id, role="primary").exists()
        wanted = _fitting(purpose, has_primary=has_primary)
        address = flow.begin(
            actor, purpose=wanted, session_key=session_key, scopes=asking.scopes_to_ask(actor.account_id)
        )
        record(
            actor,
            Event.CONSENT_STARTED,
            subject_kind="connection",
            subject_id=connection.connection_id,
            facts={"purpose": wanted.value},
        )
    return address


def start_guest_consent(account_id: UUID, *, link_id: UUID, browser: str) -> str:
    """Begin a guest's trip to Xero and return the address to send the browser to; raise Invalid."""
    with _time_limit():
        retirement.retire_replaced(account_id)
    actor = Actor.guest(account_id)
    with scope(account_id):
        link = guests.take(account_id, link_id, browser=browser)
        has_primary = Grant.objects.filter(account_id=account_id, role="primary").exists()
        wanted = _fitting(ConsentPurpose(link.purpose), has_primary=has_primary)
        address = flow.begin(
            actor,
            purpose=wanted,
            session_key=browser,
            scopes=asking.scopes_to_ask(account_id),
            guest_link_id=link_id,
        )
        record(
            actor,
            Event.CONSENT_STARTED,
            subject_kind="connection",
            subject_id=link.connection_id,
            facts={"purpose": wanted.value},
        )
    return address


def _fitting(purpose: ConsentPurpose, *, has_primary: bool) -> ConsentPurpose:
    """Return what a press of the button means now: another tab may have connected or disconnected meanwhile."""
    if purpose is ConsentPurpose.MOVE:
        return purpose
    if purpose is ConsentPurpose.STANDBY:
        if not has_primary:
            raise Invalid(Problem("", REFUSALS["not_connected"]))
        return purpose
    if purpose is ConsentPurpose.WIDEN and has_primary:
        return purpose
    return ConsentPurpose.RECONNECT if has_primary else ConsentPurpose.CONNECT


def _check_move(actor: Actor) -> None:
    """Raise Invalid unless a move is approved. Inside the account's scope."""
    try:
        moving.require_approved(actor.account_id)
    except Stopped as error:
        raise Invalid(Problem("", error.public_message)) from None


def finish_consent(*, session_key: str, user_id: UUID, params: Mapping[str, str]) -> ConsentOutcome:
    """Take the answer of Xero's consent page; every answer uses its flow up."""
    given = params.get("state", "")
    account_id = flow.account_in(given)
    actor = find_actor_by_id(user_id, account_id=account_id) if account_id else None
    if actor is None:
        return refused(None, "state_unknown", flow.REFUSALS["state_unknown"])
    return _finish_as(actor, session_key, params)


def finish_guest_consent(*, browser: str, params: Mapping[str, str]) -> ConsentOutcome:
    """Take the answer of Xero's consent page to a guest, told by the secret of their browser's session."""
    account_id = flow.account_in(params.get("state", ""))
    if account_id is None:
        return _for_guest(refused(None, "state_unknown", ""))
    return _for_guest(_finish_as(Actor.guest(account_id), browser, params))


def _for_guest(outcome: ConsentOutcome) -> ConsentOutcome:
    return replace(outcome, message=sentence_for_guest(outcome.code, outcome.message))


def _finish_as(actor: Actor, session_key: str, params: Mapping[str, str]) -> ConsentOutcome:
    account_id = actor.account_id
    try:
        trip = flow.use(account_id, state=params["state"], session_key=session_key, user_id=actor.user_id)
    except FlowRefused as error:
        return refused(account_id, error.code, error.public_message)
    with _time_limit():
        outcome = _finish(actor, trip, params)
    if trip.purpose is ConsentPurpose.WIDEN and outcome.code == "access_denied":
        asking.only_read(actor)
        outcome = refused(account_id, "wider_denied", REFUSALS["wider_denied"])
    if trip.guest_link_id is not None and not outcome.is_success:
        guests.let_go(account_id, trip.guest_link_id)
    with scope(account_id):
        ConsentFlow.objects.filter(account_id=account_id, flow_id=trip.flow_id).update(
            outcome=(outcome.code or outcome.result.value)[:40]
        )
        if outcome.result is ConsentResult.REFUSED:
            record(actor, Event.CONSENT_REFUSED, subject_kind="consent", facts={"code": outcome.code})
    return outcome


def get_choice(actor: Actor, *, flow_id: UUID) -> list[OrganisationChoice]:
    """Return the organisations that a consent of the actor's covers, while the choice is open."""
    with scope(actor.account_id):
        return [_choice(row) for row in _open_choice(actor, flow_id).offered]


def choose_organisation(actor: Actor, *, flow_id: UUID, tenant_id: UUID) -> ConsentOutcome:
    """Go on with the organisation that was chosen; the choice can be made once."""
    actor.require(Permission.MANAGE_INTEGRATION)
    with durable_scope(actor.account_id):
        chosen = _open_choice(actor, flow_id)
        offered = [row for row in chosen.offered if row["tenant_id"] == str(tenant_id)]
        if not offered or chosen.grant_id is None:
            raise Invalid(Problem("organisation", "Choose one of the organisations in the list."))
        chosen.offered = []
        chosen.save(update_fields=["offered"])
        purpose, started_at, grant_id = ConsentPurpose(chosen.purpose), chosen.started_at, chosen.grant_id
    candidate = candidate_of(actor, purpose=purpose, started_at=started_at, grant_id=grant_id)
    with _time_limit():
        return candidate.settled(read_offer(offered[0]))


def _open_choice(actor: Actor, flow_id: UUID) -> ConsentFlow:
    row = (
        ConsentFlow.objects.select_for_update()
        .filter(account_id=actor.account_id, flow_id=flow_id, started_by_user_id=actor.user_id)
        .exclude(offered=[])
        .first()
    )
    if row is None or clock.now() > row.started_at + CHOICE_LIFETIME:
        raise NotFound("This choice is not open any more. Start again from the connection page.")
    return row


def _choice(row: Mapping[str, str]) -> OrganisationChoice:
    return OrganisationChoice(UUID(row["tenant_id"]), row["tenant_name"])


def _finish(actor: Actor, trip: Trip, params: Mapping[str, str]) -> ConsentOutcome:
    try:
        _check_may_finish(actor, trip)
        tokens, person = _exchange(trip, params)
    except (Stopped, TokenUnverified) as error:
        return refused(trip.account_id, error.code, error.public_message)
    grant_id = _quarantine(actor, trip, tokens, person)
    candidate = candidate_of(
        actor,
        purpose=trip.purpose,
        started_at=trip.started_at,
        grant_id=grant_id,
        guest_link_id=trip.guest_link_id,
    )
    return candidate.begun(trip.flow_id)


def _check_may_finish(actor: Actor, trip: Trip) -> None:
    """Raise Stopped unless who came back may still authorise: an administrator, or a guest with a link that lives."""
    if trip.guest_link_id is None:
        if not actor.may(Permission.MANAGE_INTEGRATION):
            raise stop("not_an_administrator")
        if trip.purpose is ConsentPurpose.MOVE:
            with scope(trip.account_id):
                moving.require_approved(trip.account_id)
        return
    with scope(trip.account_id):
        guests.check(trip.account_id, trip.guest_link_id)


def _exchange(trip: Trip, params: Mapping[str, str]) -> tuple[TokenAnswer, Person]:
    """Swap the code for tokens and prove whose they are."""
    if "error" in params:
        raise stop("access_denied" if params["error"] == "access_denied" else "error_at_xero")
    if not params.get("code"):
        raise stop("no_code")
    request = identity.exchange_code(params["code"], verifier=trip.verifier)
    try:
        answer = transport.send(request, credentials=identity.app_credentials())
        error = transport.judge(request, answer)
        if error is not None:
            raise error
        tokens = transport.read(request, answer)
        person = identity.identify(tokens)
    except XeroError as error:
        raise stop(code_of(error)) from None
    if not tokens.refresh_token:
        raise stop("sign_in_not_kept")
    return tokens, person


def _quarantine(actor: Actor, trip: Trip, tokens: TokenAnswer, person: Person) -> UUID:
    """Store the consent where it can do nothing yet. Committed before the tokens are used."""
    now = clock.now()
    with durable_scope(actor.account_id):
        connection = Connection.objects.get(account_id=actor.account_id)
        employee_id, match = holders.find_person(actor.account_id, name=person.name, email=person.email)
        grant = Grant(
            grant_id=uuid4(),
            account_id=actor.account_id,
            connection=connection,
            role="quarantined",
            xero_userid=person.xero_userid,
            holder_name=person.name[:200],
            holder_email=person.email,
            holder_employee_id=employee_id,
            holder_match=match.value,
            authorised_by_user_id=actor.user_id,
            authorised_at=now,
            authentication_event_id=person.authentication_event_id,
            scopes=sorted(person.scopes),
        )
        vault.keep_tokens(grant, tokens, at=now)
        grant.save(force_insert=True)
        ConsentFlow.objects.filter(account_id=actor.account_id, flow_id=trip.flow_id).update(grant=grant)
    return grant.grant_id
