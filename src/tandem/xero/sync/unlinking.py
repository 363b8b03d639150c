"""Undo a link: what that touches is said before, nothing is deleted, and no run links the two again by itself."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import NotFound
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped, scoped_part
from tandem.people.selectors import names_of
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.xero.models import IN_USE, Binding, Conflict, MatchProposal, Step
from tandem.xero.sync import mirror, words
from tandem.xero.sync.pages import ACTIVE, ItemKind, StepStatus
from tandem.xero.sync.proposals import MATCH_UNDONE, open_proposal

GONE = "This link is gone already. Nothing was changed."
UNLINKED = "unlinked_meanwhile"


@dataclass(frozen=True)
class Unlinking:
    """A link as the page shows it before it is undone; `in_xero` is the name there, "" where it is not known.

    `open_conflicts` close with the link; `waiting_writes` are lines of a run under way that are left out.
    """

    binding_id: UUID
    employee_id: UUID
    person: str
    in_xero: str
    how: str
    bound_at: datetime
    open_conflicts: int
    waiting_writes: int


@scoped_part
def find_unlinking(actor: Actor, binding_id: UUID) -> Unlinking:
    """Return what undoing a link would touch; raise NotFound where it is gone."""
    actor.require(Permission.MANAGE_INTEGRATION)
    row = _linked(actor).filter(binding_id=binding_id).first()
    if row is None:
        raise NotFound(GONE)
    may_see = actor.may(Permission.VIEW_EMPLOYEES)
    names = names_of(actor, employee_ids=[row.employee_id]) if may_see else {}
    in_xero = mirror.find(row.account_id, row.connection_id, row.xero_employee_id).full_name
    return Unlinking(
        binding_id=row.binding_id,
        employee_id=row.employee_id,
        person=names.get(row.employee_id, words.HIDDEN),
        in_xero=in_xero if may_see else words.HIDDEN,
        how=words.MATCHES.get(row.matched_by, ""),
        bound_at=row.bound_at,
        open_conflicts=_open_conflicts(row).count(),
        waiting_writes=_waiting_steps(row).filter(item=ItemKind.STEP.value).count(),
    )


@scoped
def undo_match(actor: Actor, binding_id: UUID) -> None:
    """Unlink a pair; nothing is deleted on either side and the pair goes back to the review list."""
    actor.require(Permission.MANAGE_INTEGRATION)
    row = _linked(actor).select_for_update(of=("self",)).filter(binding_id=binding_id).first()
    if row is None:
        raise NotFound(GONE)
    person = mirror.find(actor.account_id, row.connection_id, row.xero_employee_id)
    MatchProposal.objects.filter(
        account_id=actor.account_id,
        connection_id=row.connection_id,
        xero_employee_id=row.xero_employee_id,
        decided_at__isnull=True,
    ).delete()
    open_proposal(actor, row.connection_id, person, candidates=[str(row.employee_id)], reason=MATCH_UNDONE)
    leave_alone(row, now=clock.now())
    record(
        actor,
        Event.MATCH_UNDONE,
        subject_kind="employee",
        subject_id=row.employee_id,
        facts={"xero_employee": str(row.xero_employee_id)},
    )
    row.delete()


def leave_alone(row: Binding, *, now: datetime) -> None:
    """Leave out what a run under way has yet to write about a pair, and close its conflicts. Inside the scope."""
    _waiting_steps(row).update(status=StepStatus.SKIPPED.value, outcome_code=UNLINKED, outcome_at=now)
    _open_conflicts(row).update(closed_at=now, values_sealed=None)


def _linked(actor: Actor) -> QuerySet[Binding]:
    return Binding.objects.filter(account_id=actor.account_id, **IN_USE)


def _open_conflicts(row: Binding) -> QuerySet[Conflict]:
    return Conflict.objects.filter(
        account_id=row.account_id,
        connection_id=row.connection_id,
        employee_id=row.employee_id,
        closed_at__isnull=True,
    )


def _waiting_steps(row: Binding) -> QuerySet[Step]:
    """Return the lines about the pair that a run under way has not come to yet."""
    return Step.objects.filter(
        account_id=row.account_id,
        run__connection_id=row.connection_id,
        run__status__in=[status.value for status in ACTIVE],
        employee_id=row.employee_id,
        xero_employee_id=row.xero_employee_id,
        item__in=[ItemKind.STEP.value, ItemKind.SETTLE.value, ItemKind.BIND.value],
        status=StepStatus.PLANNED.value,
    )
