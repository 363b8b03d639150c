"""Connect and reconnect: from the button to a grant that has proved itself (design 5, rules 1 to 5).

A consent comes back as a *quarantined* grant. It must reach the right organisation and pass every probe before it
replaces anything; until then, and if it fails, the state that was there is untouched.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

from tandem.access.selectors import find_actor_by_id
from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, NotFound, Problem, TandemError
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import durable_scope, scope
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.xero.client import identity, transport
from tandem.xero.client.errors import AppRejected, GrantRevoked, NoSuchRecord, RateLimited, XeroError
from tandem.xero.client.identity import Person, TokenUnverified
from tandem.xero.client.moments import parse_moment
from tandem.xero.client.wire import Connection as Offer
from tandem.xero.client.wire import TokenAnswer
from tandem.xero.connections import foresight, handover, holders, readiness, reliance, retirement, standby, state
from tandem.xero.connections.due import DueKind, set_due
from tandem.xero.connections.readiness import NotReady, Proof
from tandem.xero.connections.session import XeroSession, open_candidate_session, open_session
from tandem.xero.governor.ledger import MustWait
from tandem.xero.governor.rules import Purpose
from tandem.xero.models import Binding, Connection, ConsentFlow, Evidence, Grant
from tandem.xero.oauth import flow, vault
from tandem.xero.oauth.flow import ConsentPurpose, FlowRefused, Trip
from tandem.xero.preferences.actions import ensure_preferences

PATIENCE = timedelta(seconds=20)
CHOICE_LIFETIME = timedelta(minutes=30)
# The Date header tells whole seconds.
CLOCK_GRAIN = timedelta(seconds=2)
REFUSALS: Mapping[str, str] = {
    "access_denied": "Nothing was allowed at Xero, so nothing was changed here. Start again when you are ready.",
    "error_at_xero": "Xero ended the consent with an error. Nothing was changed here. Start again in a few minutes.",
    "no_code": "Xero's answer was incomplete. Nothing was changed here. Start again from the connection page.",
    "code_refused": "Xero did not accept the answer of its own consent page: it was used twice, or came too late. "
    "Nothing was changed here. Start again from the connection page.",
    "app_rejected": "Xero does not accept this installation's app credentials. Whoever runs Tandem must correct them; "
    "nothing was changed here.",
    "xero_away": "Xero did not answer while the consent was checked. Nothing was changed here. Start again in a few minutes.",
    "limit_reached": "Xero's call limit is reached, so the consent could not be checked. Nothing was changed here. "
    "Start again later.",
    "sign_in_not_kept": "The consent does not let Tandem work while you are away. Start again and allow everything asked for.",
    "no_organisation": "No organisation was allowed in this consent. Start again and choose the organisation on Xero's page.",
    "not_an_administrator": "You are no longer an administrator of this account, so nothing was changed. Ask another one.",
    "standby_same_person": "This is the person who already authorises the connection. A standby must be somebody else.",
    "not_connected": "A standby needs a connection to stand by for. Connect first.",
}


class ConsentResult(StrEnum):
    """What a consent came to."""

    CONNECTED = "connected"
    RECONNECTED = "reconnected"
    STANDBY = "standby"
    CHOOSE = "choose"
    REFUSED = "refused"


@dataclass(frozen=True)
class ConsentOutcome:
    """What the callback page says: for REFUSED a code and a sentence, for CHOOSE the flow to go on with."""

    result: ConsentResult
    account_id: UUID | None
    code: str = ""
    message: str = ""
    flow_id: UUID | None = None
    organisation_name: str = ""

    @property
    def is_success(self) -> bool:
        """Say whether a grant was stored and proved."""
        return self.result in (ConsentResult.CONNECTED, ConsentResult.RECONNECTED, ConsentResult.STANDBY)


@dataclass(frozen=True)
class OrganisationChoice:
    """One organisation that the consent covers."""

    tenant_id: UUID
    name: str


class _Stopped(TandemError):
    """The consent ends here; code and sentence say why."""


def start_consent(actor: Actor, *, purpose: ConsentPurpose, session_key: str) -> str:
    """Begin a trip to Xero and return the address to send the browser to."""
    actor.require(Permission.MANAGE_INTEGRATION)
    if actor.user_id is None or not session_key:
        raise Invalid(Problem("", "A consent needs a person at a browser."))
    retirement.retire_replaced(actor.account_id)
    with scope(actor.account_id):
        connection, _ = Connection.objects.get_or_create(account_id=actor.account_id)
        has_primary = Grant.objects.filter(account_id=actor.account_id, role="primary").exists()
        wanted = _fitting(purpose, has_primary=has_primary)
        address = flow.begin(actor, purpose=wanted, session_key=session_key)
        record(
            actor,
            Event.CONSENT_STARTED,
            subject_kind="connection",
            subject_id=connection.connection_id,
            facts={"purpose": wanted.value},
        )
    return address


def _fitting(purpose: ConsentPurpose, *, has_primary: bool) -> ConsentPurpose:
    """Return what a press of the button means now: another tab may have connected or disconnected meanwhile."""
    if purpose is ConsentPurpose.STANDBY:
        if not has_primary:
            raise Invalid(Problem("", REFUSALS["not_connected"]))
        return purpose
    return ConsentPurpose.RECONNECT if has_primary else ConsentPurpose.CONNECT


def finish_consent(*, session_key: str, user_id: UUID, params: Mapping[str, str]) -> ConsentOutcome:
    """Take the answer of Xero's consent page; every answer uses its flow up."""
    given = params.get("state", "")
    account_id = flow.account_in(given)
    actor = find_actor_by_id(user_id, account_id=account_id) if account_id else None
    if account_id is None or actor is None:
        return _refused(None, "state_unknown", flow.REFUSALS["state_unknown"])
    try:
        trip = flow.use(account_id, state=given, session_key=session_key, user_id=user_id)
    except FlowRefused as error:
        return _refused(account_id, error.code, error.public_message)
    outcome = _finish(actor, trip, params)
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
    candidate = _Candidate(actor, purpose, started_at, grant_id)
    return candidate.settled(_read_offer(offered[0]))


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


def _refused(account_id: UUID | None, code: str, message: str) -> ConsentOutcome:
    return ConsentOutcome(ConsentResult.REFUSED, account_id, code=code, message=message)


def _stop(code: str) -> _Stopped:
    return _Stopped(REFUSALS[code], code=code)


def _finish(actor: Actor, trip: Trip, params: Mapping[str, str]) -> ConsentOutcome:
    try:
        if not actor.may(Permission.MANAGE_INTEGRATION):
            raise _stop("not_an_administrator")
        tokens, person = _exchange(trip, params)
    except (_Stopped, TokenUnverified) as error:
        return _refused(trip.account_id, error.code, error.public_message)
    grant_id = _quarantine(actor, trip, tokens, person)
    return _Candidate(actor, trip.purpose, trip.started_at, grant_id).begun(trip.flow_id)


def _exchange(trip: Trip, params: Mapping[str, str]) -> tuple[TokenAnswer, Person]:
    """Swap the code for tokens and prove whose they are."""
    if "error" in params:
        raise _stop("access_denied" if params["error"] == "access_denied" else "error_at_xero")
    if not params.get("code"):
        raise _stop("no_code")
    request = identity.exchange_code(params["code"], verifier=trip.verifier)
    try:
        answer = transport.send(request, credentials=identity.app_credentials())
        error = transport.judge(request, answer)
        if error is not None:
            raise error
        tokens = transport.read(request, answer)
        person = identity.identify(tokens)
    except XeroError as error:
        raise _stop(_code_of(error)) from None
    if not tokens.refresh_token:
        raise _stop("sign_in_not_kept")
    return tokens, person


def _code_of(error: XeroError) -> str:
    if isinstance(error, GrantRevoked):
        return "code_refused"
    if isinstance(error, AppRejected):
        return "app_rejected"
    return "limit_reached" if isinstance(error, RateLimited) else "xero_away"


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


def _as_json(offer: Offer) -> dict[str, str]:
    return {
        "id": str(offer.id),
        "tenant_id": str(offer.tenant_id),
        "tenant_name": offer.tenant_name,
        "created": offer.created_at.isoformat() if isinstance(offer.created_at, datetime) else "",
    }


def _read_offer(row: Mapping[str, str]) -> Offer:
    return Offer(
        id=UUID(row["id"]),
        tenant_id=UUID(row["tenant_id"]),
        tenant_name=row["tenant_name"],
        created_at=parse_moment(row["created"]) if row["created"] else None,
    )


class _Candidate:
    """A quarantined grant on its way to become the connection's, or nothing."""

    def __init__(self, actor: Actor, purpose: ConsentPurpose, started_at: datetime, grant_id: UUID) -> None:
        self._actor = actor
        self._account_id = actor.account_id
        self._purpose = purpose
        self._started_at = started_at
        self._grant_id = grant_id

    def begun(self, flow_id: UUID) -> ConsentOutcome:
        """Find what was allowed, and settle it or let the person choose."""
        try:
            offers = self._offers()
        except (_Stopped, XeroError, MustWait) as error:
            return self._dropped(error)
        bound = [offer for offer in offers if offer.tenant_id == self._bound_tenant()]
        chosen = bound or offers
        if len(chosen) == 1:
            return self.settled(chosen[0])
        with scope(self._account_id):
            ConsentFlow.objects.filter(account_id=self._account_id, flow_id=flow_id).update(
                offered=[_as_json(offer) for offer in chosen]
            )
        return ConsentOutcome(ConsentResult.CHOOSE, self._account_id, flow_id=flow_id)

    def settled(self, offer: Offer) -> ConsentOutcome:
        """Prove the consent on one organisation and put it in place."""
        bound = self._bound_tenant()
        if bound is not None and bound != offer.tenant_id:
            return self._wrong_organisation(offer)
        try:
            self._aim(offer)
            proof = self._proof()
            has_connected_before = self._put_in_place(offer, proof)
        except (_Stopped, NotReady, XeroError, MustWait) as error:
            return self._dropped(error)
        self._follow_up(proof)
        if self._purpose is ConsentPurpose.STANDBY:
            result = ConsentResult.STANDBY
        else:
            result = ConsentResult.RECONNECTED if has_connected_before else ConsentResult.CONNECTED
        return ConsentOutcome(result, self._account_id, organisation_name=proof.organisation_name)

    def _session(self) -> XeroSession:
        return open_candidate_session(self._account_id, self._grant_id, patience=PATIENCE)

    def _grant(self) -> Grant:
        return Grant.objects.get(account_id=self._account_id, grant_id=self._grant_id)

    def _offers(self) -> list[Offer]:
        """Return the organisations of this consent, never the whole list (design 5, rule 3)."""
        session = self._session()
        with scope(self._account_id):
            event_id = self._grant().authentication_event_id
        rows = session.list_connections(auth_event_id=event_id) if event_id else ()
        named = [row for row in rows if row.is_organisation and row.auth_event_id == event_id]
        if not named:
            began, bound = self._began_at_xero(), self._bound_tenant()
            named = [
                row
                for row in session.list_connections()
                if row.is_organisation and (row.tenant_id == bound or _is_since(row.updated_at, began))
            ]
        if not named:
            raise _stop("no_organisation")
        return named

    def _began_at_xero(self) -> datetime:
        """Return when the flow began by Xero's clock, as its last answer told the time."""
        with scope(self._account_id):
            offsets = Evidence.objects.filter(
                account_id=self._account_id, grant_id=self._grant_id, clock_offset_seconds__isnull=False
            )
            seconds = offsets.order_by("-evidence_id").values_list("clock_offset_seconds", flat=True).first()
        return self._started_at - timedelta(seconds=seconds or 0) - CLOCK_GRAIN

    def _bound_tenant(self) -> UUID | None:
        """Return the organisation that the account's people are linked to; a first try that came to nothing binds none."""
        with scope(self._account_id):
            connection = Connection.objects.get(account_id=self._account_id)
            if connection.xero_tenant_id is None:
                return None
            is_in_use = Grant.objects.filter(account_id=self._account_id, role="primary").exists()
            has_links = Binding.objects.filter(account_id=self._account_id, connection=connection).exists()
            return connection.xero_tenant_id if is_in_use or has_links else None

    def _aim(self, offer: Offer) -> None:
        """Note which organisation the candidate is for; only now can it be called."""
        with scope(self._account_id):
            grant = Grant.objects.select_for_update().get(account_id=self._account_id, grant_id=self._grant_id)
            carries = Grant.objects.filter(account_id=self._account_id, role="primary", xero_userid=grant.xero_userid)
            if self._purpose is ConsentPurpose.STANDBY and carries.exists():
                raise _stop("standby_same_person")
            grant.xero_tenant_id, grant.xero_connection_id = offer.tenant_id, offer.id
            grant.save(update_fields=["xero_tenant_id", "xero_connection_id"])

    def _proof(self) -> Proof:
        with scope(self._account_id):
            missing = readiness.missing_scopes(frozenset(self._grant().scopes))
        if missing:
            raise NotReady(
                f"The consent does not cover what Tandem asked for ({', '.join(missing)}). Start again and allow everything.",
                code="scope_missing",
            )
        return readiness.prove(self._session())

    def _put_in_place(self, offer: Offer, proof: Proof) -> bool:
        """Make the candidate the connection's grant in one transaction; say whether it was connected before."""
        role = "standby" if self._purpose is ConsentPurpose.STANDBY else "primary"
        now = clock.now()
        with durable_scope(self._account_id):
            connection = Connection.objects.select_for_update().get(account_id=self._account_id)
            grant = Grant.objects.select_for_update().get(account_id=self._account_id, grant_id=self._grant_id)
            self._retire_replaced(role, of_person=grant.xero_userid)
            grant.role = role
            grant.primary_since = now if role == "primary" else None
            grant.save(update_fields=["role", "primary_since"])
            before = connection.connected_at is not None
            if role == "standby":
                standby.is_appointed(self._actor, connection)
            else:
                _bind(connection, offer, proof, now)
                ensure_preferences(self._actor)
                set_due(self._account_id, connection.connection_id, DueKind.PROBE, now)
                set_due(self._account_id, connection.connection_id, DueKind.REFRESH, now + timedelta(days=7))
            self._write_timeline(connection, before=before)
            foresight.foresee_grant(self._actor, grant.grant_id)
        return before

    def _retire_replaced(self, role: str, *, of_person: UUID) -> None:
        """Retire whoever had the role, and a standby who is now the one that carries: two keys are two people."""
        rows = Grant.objects.select_for_update().filter(account_id=self._account_id)
        same_person = rows.filter(role="standby", xero_userid=of_person)
        for replaced in {row.grant_id: row for row in (*rows.filter(role=role), *same_person)}.values():
            replaced.role = "retired"
            replaced.save(update_fields=["role"])
            handover.close_for_grant(self._actor, replaced.grant_id, because="taken_over")

    def _write_timeline(self, connection: Connection, *, before: bool) -> None:
        record(
            self._actor,
            Event.CONSENT_GIVEN,
            subject_kind="grant",
            subject_id=self._grant_id,
            facts={"purpose": self._purpose.value},
        )
        if self._purpose is not ConsentPurpose.STANDBY:
            record(
                self._actor,
                Event.RECONNECTED if before else Event.CONNECTED,
                subject_kind="connection",
                subject_id=connection.connection_id,
            )

    def _follow_up(self, proof: Proof) -> None:
        """Prove the data where one page was everything, let the state follow, and take the old grant down."""
        if self._purpose is not ConsentPurpose.STANDBY and proof.is_complete:
            session = open_session(self._account_id, purpose=Purpose.LIFE_CYCLE)
            session.record_list(rows=proof.active_people)
        state.update(self._account_id)
        retirement.retire_replaced(self._account_id)

    def _wrong_organisation(self, offer: Offer) -> ConsentOutcome:
        """Keep the consent away from everything; delete its connection only if it is this flow's and nobody's else."""
        was_deleted = self._deleted(offer)
        retirement.drop_candidate(self._account_id, self._grant_id)
        with scope(self._account_id):
            bound = Connection.objects.get(account_id=self._account_id)
            record(
                self._actor,
                Event.CONSENT_QUARANTINED,
                subject_kind="grant",
                subject_id=self._grant_id,
                facts={"deleted_at_xero": was_deleted},
            )
        left = (
            "The connection that this made in Xero was removed again."
            if was_deleted
            else "Nothing was removed in Xero, since that organisation's connection may serve something else."
        )
        return _refused(
            self._account_id,
            "wrong_organisation",
            f"You allowed another organisation than {bound.tenant_name}, which this account is linked to. Nothing was "
            f"read from it and nothing was written. {left} Start again and choose {bound.tenant_name}.",
        )

    def _dropped(self, error: TandemError) -> ConsentOutcome:
        """Forget a consent that fell short, and remove the connection that it alone made."""
        with scope(self._account_id):
            grant = self._grant()
        if isinstance(error, NotReady) and grant.xero_connection_id and grant.xero_tenant_id:
            self._deleted(self._offer_of(grant.xero_connection_id))
        retirement.drop_candidate(self._account_id, self._grant_id)
        code, message = error.code, error.public_message
        if isinstance(error, MustWait):
            code = "limit_reached"
        elif isinstance(error, XeroError):
            code = _code_of(error)
        return _refused(self._account_id, code, REFUSALS.get(code, message))

    def _offer_of(self, xero_connection_id: UUID) -> Offer | None:
        try:
            rows: Sequence[Offer] = self._session().list_connections()
        except XeroError:
            return None
        return next((row for row in rows if row.id == xero_connection_id), None)

    def _deleted(self, offer: Offer | None) -> bool:
        """Delete a connection if this flow created it and no account works through it; say whether it is gone."""
        if offer is None or not _is_since(offer.created_at, self._began_at_xero()):
            return False
        with scope(self._account_id):
            is_needed = reliance.others_rely_on_connection(
                self._account_id, offer.id
            ) or reliance.we_rely_on_connection(self._account_id, offer.id, besides=self._grant_id)
        if is_needed:
            return False
        try:
            self._session().delete_connection(offer.id)
        except NoSuchRecord:
            return True
        except XeroError:
            return False
        return True


def _is_since(at: object, began: datetime) -> bool:
    return isinstance(at, datetime) and at >= began


def _bind(connection: Connection, offer: Offer, proof: Proof, now: datetime) -> None:
    """Write the new link into the connection; a gap since the old one stopped working waits for its report."""
    stopped = [at for at in (connection.gap_since, connection.broken_at, connection.disconnected_at) if at is not None]
    if connection.connected_at is not None and stopped:
        connection.gap_since, connection.gap_until = min(stopped), now
    if connection.xero_tenant_id != offer.tenant_id:
        connection.listed_people = None
    connection.xero_tenant_id = offer.tenant_id
    connection.tenant_name = proof.organisation_name or offer.tenant_name
    connection.organisation_time_zone = proof.time_zone
    connection.organisation_status = proof.status[:30]
    if connection.connected_at is None:
        connection.standby_put_off_until = now + standby.AT_FIRST
    connection.connected_at, connection.disconnected_at = now, None
    connection.save()
