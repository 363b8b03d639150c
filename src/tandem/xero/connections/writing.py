"""From a leaver's last day on nothing is written with their grant, unless a named administrator lets it (design 5, rule 7).

The session asks here before every write, whoever began it: a run, a person, a command.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from tandem.access.selectors import find_member_by_email
from tandem.kernel import clock
from tandem.kernel.actor import Actor, ActorKind
from tandem.kernel.errors import Invalid, NotFound, Problem, TandemError
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scope, scoped, scoped_part
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.xero.connections import assembling, scopes, state
from tandem.xero.connections.due import DueKind, hurry
from tandem.xero.connections.evidence import GrantFacts
from tandem.xero.connections.recording import Ground
from tandem.xero.models import Connection, Grant, WriteApproval
from tandem.xero.preferences.actions import get_preferences

BARRED = "second_authoriser_needed"
ONLY_READING = "only_reading"
REPLACED = "taken_over"
LONGEST = timedelta(days=7)
SHORTEST_REASON, LONGEST_REASON = 5, 200


class WritingBarred(TandemError):
    """The last safe day of whoever holds the grant has come, and nobody approved that it writes on."""

    code = BARRED
    public_message = "Nothing is sent to Xero until another person authorises the connection, or an administrator lets exports go on."


class OnlyReading(WritingBarred):
    """The account only reads from Xero, or the consent does not let anybody be changed yet."""

    code = ONLY_READING
    public_message = (
        "Nothing is sent to Xero, because Tandem may only read there. Ask Xero for more on the page of the settings."
    )


class GrantReplaced(TandemError):
    """Another grant carries the connection by now; what is under way goes on with that one."""

    code = REPLACED
    public_message = "Another person's access carries the connection now. The work goes on with it by itself."


@dataclass(frozen=True)
class ApprovalRecord:
    """Who let a leaver's grant write, why, and until when."""

    approval_id: UUID
    by_user_id: UUID
    reason: str
    at: datetime
    until: datetime


def refuse_barred(ground: Ground) -> None:
    """Return if this grant may write now; raise WritingBarred or GrantReplaced."""
    with scope(ground.account_id):
        grant = Grant.objects.select_related("connection").get(account_id=ground.account_id, grant_id=ground.grant_id)
        if grant.role != "primary":
            raise GrantReplaced
        chosen = get_preferences(Actor.system(ground.account_id, because="writing")).preferences
        if chosen.read_only or not scopes.can_write(grant.scopes):
            raise OnlyReading
        if not _may_write(grant):
            raise WritingBarred


def _may_write(grant: Grant) -> bool:
    connection = grant.connection
    due = assembling.hand_overs_of(connection).get(grant.grant_id)
    facts = GrantFacts(
        grant.grant_id,
        assembling.holder_of(grant),
        writes_stop_on=due.writes_stop_on if due else None,
        writes_approved_until=assembling.approvals_of(connection).get(grant.grant_id),
    )
    return facts.may_write(now=clock.now(), today=clock.today_in(assembling.zone_of(connection)))


@scoped
def approve_writes(actor: Actor, *, reason: str, lasting: timedelta) -> ApprovalRecord:
    """Let the grant of somebody who leaves write for a time, under the actor's name; raise Invalid."""
    actor.require(Permission.MANAGE_INTEGRATION)
    _refuse_the_holder(actor)
    grant = _grant_of_a_leaver(actor)
    approver = _check(actor, reason=reason.strip(), lasting=lasting)
    _open_approvals(actor).update(withdrawn_at=clock.now(), withdrawn_by_user_id=actor.user_id)
    row = WriteApproval.objects.create(
        account_id=actor.account_id,
        grant=grant,
        by_user_id=approver,
        reason=reason.strip(),
        at=clock.now(),
        until=clock.now() + lasting,
    )
    record(
        actor,
        Event.WRITES_APPROVED,
        subject_kind="connection",
        subject_id=grant.connection_id,
        facts={"approval": str(row.approval_id), "until": row.until.isoformat()},
    )
    hurry(grant.connection_id, DueKind.EXPORT, DueKind.IMPORT)
    state.update(actor.account_id)
    return _as_record(row)


@scoped
def withdraw_approval(actor: Actor) -> None:
    """Stop a leaver's grant from writing, from now on; raise NotFound when nothing was approved."""
    actor.require(Permission.MANAGE_INTEGRATION)
    rows = list(_open_approvals(actor).select_for_update(of=("self",)).select_related("grant"))
    if not rows:
        raise NotFound("Nothing is approved at the moment.")
    for row in rows:
        row.withdrawn_at, row.withdrawn_by_user_id = clock.now(), actor.user_id
        row.save(update_fields=["withdrawn_at", "withdrawn_by_user_id"])
        record(
            actor,
            Event.WRITES_APPROVAL_ENDED,
            subject_kind="connection",
            subject_id=row.grant.connection_id,
            facts={"approval": str(row.approval_id)},
        )
    state.update(actor.account_id)


@scoped_part
def find_approval(actor: Actor) -> ApprovalRecord | None:
    """Return the approval in force for the grant that carries the connection."""
    actor.require(Permission.VIEW_INTEGRATION)
    row = _open_approvals(actor).filter(grant__role="primary", until__gt=clock.now()).order_by("-until").first()
    return _as_record(row) if row else None


def _open_approvals(actor: Actor) -> QuerySet[WriteApproval]:
    return WriteApproval.objects.filter(account_id=actor.account_id, withdrawn_at__isnull=True)


def _as_record(row: WriteApproval) -> ApprovalRecord:
    return ApprovalRecord(row.approval_id, row.by_user_id, row.reason, row.at, row.until)


def _grant_of_a_leaver(actor: Actor) -> Grant:
    connection = Connection.objects.filter(account_id=actor.account_id).first()
    facts = assembling.assemble(connection, account_id=actor.account_id).primary
    if facts is None or not facts.is_going:
        raise Invalid(Problem("", "Nobody who holds the connection is leaving, so there is nothing to approve."))
    return Grant.objects.get(account_id=actor.account_id, grant_id=facts.grant_id)


def _check(actor: Actor, *, reason: str, lasting: timedelta) -> UUID:
    """Return who approves; raise Invalid."""
    if actor.kind is not ActorKind.USER or actor.user_id is None:
        raise Invalid(Problem("", "Only a person can approve this."))
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise Invalid(Problem("reason", f"Give the reason in {SHORTEST_REASON} to {LONGEST_REASON} characters."))
    if not timedelta(0) < lasting <= LONGEST:
        raise Invalid(Problem("lasting", f"Choose a time of at most {LONGEST.days} days."))
    return actor.user_id


def _refuse_the_holder(actor: Actor) -> None:
    """Refuse whoever holds the connection before anything else is looked at, so that the answer tells them nothing."""
    grant = Grant.objects.filter(account_id=actor.account_id, role="primary").first()
    if grant is not None and _is_the_holder(actor, grant):
        raise Invalid(Problem("", "This is your own access. Somebody else has to approve it."))


def _is_the_holder(actor: Actor, grant: Grant) -> bool:
    """Say whether the approver is the leaver, by the employee record or by the address that signs in."""
    if actor.employee_id is not None and actor.employee_id == grant.holder_employee_id:
        return True
    system = Actor.system(actor.account_id, because="approval")
    member = find_member_by_email(system, email=grant.holder_email)
    return member is not None and member.user_id == actor.user_id
