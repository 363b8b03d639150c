"""A consent on its way to become the connection's: which organisation, does it prove itself, put it in place or drop it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import TandemError
from tandem.kernel.scoping import durable_scope, scope
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.xero.client.errors import NoSuchRecord, XeroError
from tandem.xero.client.moments import parse_moment
from tandem.xero.client.wire import Connection as Offer
from tandem.xero.connections import (
    asking,
    due,
    foresight,
    guests,
    handover,
    readiness,
    reliance,
    retirement,
    standby,
    state,
)
from tandem.xero.connections.consent_outcome import (
    REFUSALS,
    ConsentOutcome,
    ConsentResult,
    Stopped,
    code_of,
    refused,
    stop,
)
from tandem.xero.connections.readiness import NotReady, Proof
from tandem.xero.connections.session import XeroSession, open_candidate_session, open_session
from tandem.xero.governor.ledger import MustWait
from tandem.xero.governor.rules import Purpose
from tandem.xero.models import Binding, Connection, ConsentFlow, Evidence, Grant
from tandem.xero.oauth.flow import ConsentPurpose
from tandem.xero.preferences.actions import ensure_preferences

PATIENCE = timedelta(seconds=20)
# The Date header tells whole seconds.
CLOCK_GRAIN = timedelta(seconds=2)


def _as_json(offer: Offer) -> dict[str, str]:
    return {
        "id": str(offer.id),
        "tenant_id": str(offer.tenant_id),
        "tenant_name": offer.tenant_name,
        "created": offer.created_at.isoformat() if isinstance(offer.created_at, datetime) else "",
    }


def read_offer(row: Mapping[str, str]) -> Offer:
    """Return an organisation that a consent offered, as it was kept while a person chose."""
    return Offer(
        id=UUID(row["id"]),
        tenant_id=UUID(row["tenant_id"]),
        tenant_name=row["tenant_name"],
        created_at=parse_moment(row["created"]) if row["created"] else None,
    )


class Candidate:
    """A quarantined grant on its way to become the connection's, or nothing."""

    def __init__(
        self,
        actor: Actor,
        *,
        purpose: ConsentPurpose,
        started_at: datetime,
        grant_id: UUID,
        guest_link_id: UUID | None = None,
    ) -> None:
        self._actor = actor
        self._account_id = actor.account_id
        self._purpose = purpose
        self._started_at = started_at
        self._grant_id = grant_id
        self._guest_link_id = guest_link_id

    def begun(self, flow_id: UUID) -> ConsentOutcome:
        """Find what was allowed, and settle it or let the person choose."""
        try:
            offers = self._offers()
            chosen = [offer for offer in offers if self._is_wanted(offer)]
        except (Stopped, XeroError, MustWait) as error:
            return self._dropped(error)
        if not chosen:
            return self._wrong_organisation(offers)
        if len(chosen) == 1:
            return self.settled(chosen[0])
        with scope(self._account_id):
            ConsentFlow.objects.filter(account_id=self._account_id, flow_id=flow_id).update(
                offered=[_as_json(offer) for offer in chosen]
            )
        return ConsentOutcome(ConsentResult.CHOOSE, self._account_id, flow_id=flow_id)

    def settled(self, offer: Offer) -> ConsentOutcome:
        """Prove the consent on one organisation and put it in place."""
        try:
            if not self._is_wanted(offer):
                return self._wrong_organisation([offer])
            if self._is_taken(offer):
                self._deleted(offer)
                raise stop("organisation_in_use")
            self._aim(offer)
            proof = self._proof()
            result = self._put_in_place(offer, proof)
        except (Stopped, NotReady, XeroError, MustWait) as error:
            return self._dropped(error)
        self._follow_up(proof)
        return ConsentOutcome(result, self._account_id, organisation_name=proof.organisation_name)

    def _is_wanted(self, offer: Offer) -> bool:
        """Say whether this is the organisation that the account is linked to, if it is linked to one."""
        return self._bound_tenant() in (None, offer.tenant_id)

    def _is_taken(self, offer: Offer) -> bool:
        """Say whether another account works with the organisation that this one is about to begin or resume with."""
        with scope(self._account_id):
            if Grant.objects.filter(account_id=self._account_id, role="primary").exists():
                return False
            return reliance.others_use_organisation(self._account_id, offer.tenant_id)

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
            raise stop("no_organisation")
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
            if self._guest_link_id is not None:
                return connection.xero_tenant_id
            is_in_use = Grant.objects.filter(account_id=self._account_id, role="primary").exists()
            has_links = Binding.objects.filter(account_id=self._account_id, connection=connection).exists()
            has_moved = Connection.every.filter(account_id=self._account_id, archived_at__isnull=False).exists()
            return connection.xero_tenant_id if is_in_use or has_links or has_moved else None

    def _aim(self, offer: Offer) -> None:
        """Note which organisation the candidate is for; only now can it be called."""
        with scope(self._account_id):
            grant = Grant.objects.select_for_update(no_key=True).get(
                account_id=self._account_id, grant_id=self._grant_id
            )
            carries = Grant.objects.filter(account_id=self._account_id, role="primary", xero_userid=grant.xero_userid)
            if self._purpose is ConsentPurpose.STANDBY and carries.exists():
                raise stop("standby_same_person")
            grant.xero_tenant_id, grant.xero_connection_id = offer.tenant_id, offer.id
            grant.save(update_fields=["xero_tenant_id", "xero_connection_id"])

    def _proof(self) -> Proof:
        with scope(self._account_id):
            missing = asking.missing_of(self._account_id, self._grant().scopes)
        if missing:
            raise NotReady(
                f"The consent does not cover what Tandem asked for ({', '.join(missing)}). Start again and allow everything.",
                code="scope_missing",
            )
        return readiness.prove(self._session())

    def _put_in_place(self, offer: Offer, proof: Proof) -> ConsentResult:
        """Make the candidate the connection's grant in one transaction; raise Stopped."""
        role = "standby" if self._purpose is ConsentPurpose.STANDBY else "primary"
        now = clock.now()
        with durable_scope(self._account_id):
            connection = Connection.objects.select_for_update(no_key=True).get(account_id=self._account_id)
            grant = Grant.objects.select_for_update(no_key=True).get(
                account_id=self._account_id, grant_id=self._grant_id
            )
            reliance.wait_for_turn(offer.tenant_id)
            if self._is_taken(offer):
                raise stop("organisation_in_use")
            if grant.connection_id != connection.connection_id:
                raise stop("moved_meanwhile")
            self._retire_replaced(role, of_person=grant.xero_userid)
            grant.role = role
            grant.primary_since = now if role == "primary" else None
            grant.save(update_fields=["role", "primary_since"])
            if self._guest_link_id is not None:
                guests.use_up(self._actor, self._guest_link_id, grant)
            before = connection.connected_at is not None
            if role == "standby":
                standby.is_appointed(self._actor, connection)
            else:
                _bind(connection, offer, proof, now)
                ensure_preferences(self._actor)
                due.begin(self._account_id, connection.connection_id)
            self._write_timeline(connection, before=before)
            foresight.foresee_grant(self._actor, grant.grant_id)
        return self._result(before=before)

    def _result(self, *, before: bool) -> ConsentResult:
        if self._purpose is ConsentPurpose.STANDBY:
            return ConsentResult.STANDBY
        if self._purpose is ConsentPurpose.WIDEN:
            return ConsentResult.WIDENED
        return ConsentResult.RECONNECTED if before else ConsentResult.CONNECTED

    def _retire_replaced(self, role: str, *, of_person: UUID) -> None:
        """Retire whoever had the role, and a standby who is now the one that carries: two keys are two people."""
        rows = Grant.objects.select_for_update(no_key=True).filter(account_id=self._account_id)
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

    def _wrong_organisation(self, offers: Sequence[Offer]) -> ConsentOutcome:
        """Keep the consent away from everything; delete a connection only if it is this flow's and nobody's else."""
        deleted = [self._deleted(offer) for offer in offers]
        was_deleted = all(deleted)
        retirement.drop_candidate(self._account_id, self._grant_id)
        with scope(self._account_id):
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
        return refused(self._account_id, *self._wrong(left))

    def _wrong(self, left: str) -> tuple[str, str]:
        """Return the code and the sentence of a consent for another organisation than the one wanted."""
        with scope(self._account_id):
            name = Connection.objects.get(account_id=self._account_id).tenant_name
        return "wrong_organisation", (
            f"You allowed another organisation than {name}, which this account is linked to. Nothing was read from it and "
            f"nothing was written. {left} Start again and choose {name}."
        )

    def _dropped(self, error: TandemError) -> ConsentOutcome:
        """Forget a consent that fell short, and remove the connection that it alone made."""
        with scope(self._account_id):
            grant = self._grant()
        is_unwanted = isinstance(error, NotReady) or error.code == "organisation_in_use"
        if is_unwanted and grant.xero_connection_id and grant.xero_tenant_id:
            self._deleted(self._offer_of(grant.xero_connection_id))
        retirement.drop_candidate(self._account_id, self._grant_id)
        code, message = error.code, error.public_message
        if isinstance(error, MustWait):
            code = "limit_reached"
        elif isinstance(error, XeroError):
            code = code_of(error)
        return refused(self._account_id, code, REFUSALS.get(code, message))

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
