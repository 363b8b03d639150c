"""The move itself: one transaction in which another organisation takes the place of the present one.

The old connection is archived with everything that hangs on it (links, mirror, cursors, runs, evidence) and comes back whole
if the account moves back. Nothing is written to Xero; the old grants are taken down afterwards, by `retirement`.
"""

from uuid import UUID

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.scoping import durable_scope
from tandem.notices.actions import close_incident
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.xero.client.wire import Connection as Offer
from tandem.xero.connections import disconnecting, due, foresight, handover, incidents, moving, reliance, standby
from tandem.xero.connections.consent_outcome import stop
from tandem.xero.connections.health import ConnectionState
from tandem.xero.connections.holders import ROLES
from tandem.xero.connections.move_rules import Closed
from tandem.xero.connections.readiness import Proof
from tandem.xero.models import Connection, Evidence, Grant, MoveRequest, Run
from tandem.xero.oauth.flow import ConsentPurpose
from tandem.xero.preferences.actions import clear_ticks

UNDER_WAY = ("reading", "approved", "running", "parked", "planned")
ARCHIVED = "moved_away"


def switch(actor: Actor, *, grant_id: UUID, offer: Offer, proof: Proof) -> None:
    """Put a proved consent for another organisation in place; raise Stopped, which leaves everything as it was."""
    with durable_scope(actor.account_id):
        old = Connection.objects.select_for_update(no_key=True).get(account_id=actor.account_id)
        move = moving.require_approved(actor.account_id)
        _refuse(old, offer)
        version = clear_ticks(actor)
        _end_what_hangs_on(actor, old)
        new = _connection_for(actor, old, offer.tenant_id)
        _bind(new, proof)
        _hand_grant_over(grant_id, new)
        move.preferences_version = version
        moving.close(actor, move, Closed.DONE)
        _write_timeline(actor, move, new, grant_id)
        foresight.foresee_grant(actor, grant_id)


def _refuse(old: Connection, offer: Offer) -> None:
    """Look once more at what may have changed while the consent was proved."""
    if disconnecting.is_unfinished(old.account_id):
        raise stop("disconnect_unfinished")
    reliance.wait_for_turn(offer.tenant_id)
    if reliance.others_use_organisation(old.account_id, offer.tenant_id):
        raise stop("organisation_in_use")


def _end_what_hangs_on(actor: Actor, old: Connection) -> None:
    """Stop what would still act for the old organisation: runs, grants, hand-overs, notices, due times."""
    runs = Run.objects.filter(account_id=old.account_id, connection=old, status__in=UNDER_WAY)
    runs.update(status="cancelled", stop_code=ARCHIVED, finished_at=clock.now())
    for grant in Grant.objects.select_for_update(no_key=True).filter(account_id=old.account_id, role__in=ROLES):
        grant.role = "retired"
        grant.save(update_fields=["role"])
        handover.close_for_grant(actor, grant.grant_id, because="moved")
    for incident in incidents.all_of(old):
        close_incident(actor, incident=incident)
    due.clear_due(old.connection_id)


def _connection_for(actor: Actor, old: Connection, tenant_id: UUID) -> Connection:
    """Archive the old connection and return the one that takes its place: new, or as it was archived before."""
    now = clock.now()
    old.archived_at, old.state, old.cause = now, ConnectionState.DISCONNECTED.value, ""
    old.save(update_fields=["archived_at", "state", "cause"])
    archived = (
        Connection.every.select_for_update(no_key=True)
        .filter(account_id=actor.account_id, xero_tenant_id=tenant_id)
        .first()
    )
    new = archived or Connection(account_id=actor.account_id, xero_tenant_id=tenant_id)
    # What was agreed on before is old by now, so both sides are compared and shown before anything is written.
    new.gap_since, new.gap_until = new.archived_at or now, now
    new.archived_at, new.proved_at, new.broken_at = None, None, None
    new.wants_standby, new.standby_put_off_until = old.wants_standby, now + standby.AT_FIRST
    return new


def _bind(new: Connection, proof: Proof) -> None:
    now = clock.now()
    new.tenant_name = proof.organisation_name
    new.organisation_time_zone, new.organisation_status = proof.time_zone, proof.status[:30]
    new.connected_at, new.disconnected_at = now, None
    # Another organisation's people and pay days say nothing about this one.
    new.listed_people, new.next_pay_on, new.pay_days_read_at = None, None, None
    new.save()
    due.begin(new.account_id, new.connection_id)


def _hand_grant_over(grant_id: UUID, new: Connection) -> None:
    """Give the proved consent, and the evidence that it gathered on its way, to the connection that it carries."""
    Grant.objects.filter(account_id=new.account_id, grant_id=grant_id).update(
        role="primary", primary_since=clock.now(), connection=new
    )
    Evidence.objects.filter(account_id=new.account_id, grant_id=grant_id).update(connection=new)


def _write_timeline(actor: Actor, move: MoveRequest, new: Connection, grant_id: UUID) -> None:
    facts = {"purpose": ConsentPurpose.MOVE.value}
    record(actor, Event.CONSENT_GIVEN, subject_kind="grant", subject_id=grant_id, facts=facts)
    record(
        actor,
        Event.MOVED,
        subject_kind="connection",
        subject_id=new.connection_id,
        facts={"request": str(move.request_id), "from": str(move.connection_id), "back": move.back_to_id is not None},
    )
