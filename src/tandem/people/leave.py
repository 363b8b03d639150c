"""Leave: asked for, changed, approved, rejected, withdrawn. One transaction each; nobody decides on their own.

Terms come here checked: what payroll would refuse is the affair of `flows.leave`, which calls these.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from tandem.kernel import clock
from tandem.kernel.actor import Actor, ActorKind
from tandem.kernel.errors import Invalid, NotFound, NotPermitted, Problem
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped, scoped_part
from tandem.people.errors import ChangedMeanwhile
from tandem.people.leave_records import (
    LeaveLine,
    LeaveRequest,
    LeaveStatus,
    LeaveStepKind,
    LeaveStepRecord,
    LeaveTerms,
)
from tandem.people.models import LeaveAsked, LeaveStep
from tandem.people.payroll import lock_for_payroll, require_payroll
from tandem.people.selectors import as_record
from tandem.timeline.actions import record
from tandem.timeline.events import Event

OWN = "This is your own leave. Somebody else with the Payroll Tab role decides on it."
OVER = "This leave was decided or withdrawn meanwhile. Look at it again."
OVERLAPS = "There is other leave on these days already. Change or withdraw that one first."
NOTE_LENGTH = 200
EVENTS = {
    LeaveStepKind.ASKED: Event.LEAVE_ASKED,
    LeaveStepKind.CHANGED: Event.LEAVE_CHANGED,
    LeaveStepKind.APPROVED: Event.LEAVE_APPROVED,
    LeaveStepKind.REJECTED: Event.LEAVE_REJECTED,
    LeaveStepKind.WITHDRAWN: Event.LEAVE_WITHDRAWN,
    LeaveStepKind.FROM_PAYROLL: Event.LEAVE_IMPORTED,
    LeaveStepKind.CHANGED_IN_PAYROLL: Event.LEAVE_IMPORTED,
}


@dataclass(frozen=True)
class WantedLeave:
    """Terms with the name of their leave type as it is now."""

    terms: LeaveTerms
    leave_type_name: str


@scoped
def ask_leave(actor: Actor, *, employee_id: UUID, wanted: WantedLeave) -> UUID:
    """Ask for leave, one's own or with the role for somebody else; return the request. Raise Invalid."""
    user_id = _asker(actor)
    lock_for_payroll(actor, employee_id, _to_ask(actor, employee_id))
    _refuse_overlap(actor, employee_id, wanted.terms)
    row = LeaveAsked(account_id=actor.account_id, employee_id=employee_id, asked_at=clock.now(), asked_by_id=user_id)
    _put(row, wanted)
    row.status = LeaveStatus.REQUESTED.value
    row.save(force_insert=True)
    _note(actor, row, LeaveStepKind.ASKED)
    return row.request_id


@scoped
def change_leave(actor: Actor, *, employee_id: UUID, request_id: UUID, seen: int, wanted: WantedLeave) -> bool:
    """Change a request that waits, or with the role somebody else's approved leave; say whether anything was different.

    `seen` is the revision that the form was drawn from. Raise Invalid.
    """
    _asker(actor)
    lock_for_payroll(actor, employee_id, _to_ask(actor, employee_id))
    row = _open_row(actor, employee_id, request_id)
    if row.status == LeaveStatus.APPROVED.value:
        refuse_own(actor, employee_id)
        actor.require(Permission.EDIT_PAYROLL)
    if row.revision != seen:
        raise ChangedMeanwhile
    if terms_of(row) == wanted.terms:
        return False
    _refuse_overlap(actor, employee_id, wanted.terms, but=request_id)
    _put(row, wanted)
    _save(actor, row, LeaveStepKind.CHANGED)
    return True


@scoped
def approve_leave(actor: Actor, *, employee_id: UUID, request_id: UUID, seen: int) -> None:
    """Approve what somebody else is to have, as it was seen; raise Invalid for one's own leave or a newer revision."""
    row = _to_decide(actor, employee_id, request_id)
    if row.revision != seen:
        raise ChangedMeanwhile
    _decide(actor, row, LeaveStatus.APPROVED, LeaveStepKind.APPROVED)


@scoped
def reject_leave(actor: Actor, *, employee_id: UUID, request_id: UUID, note: str = "") -> None:
    """Reject a request that waits, with a word for the one who asked; raise Invalid for one's own leave."""
    row = _to_decide(actor, employee_id, request_id)
    row.decision_note = note.strip()[:NOTE_LENGTH]
    _decide(actor, row, LeaveStatus.REJECTED, LeaveStepKind.REJECTED)


@scoped
def withdraw_leave(actor: Actor, *, employee_id: UUID, request_id: UUID) -> None:
    """Take leave back, one's own or with the role somebody else's, whether it waits or is approved."""
    _asker(actor)
    lock_for_payroll(actor, employee_id, _to_ask(actor, employee_id))
    _decide(actor, _open_row(actor, employee_id, request_id), LeaveStatus.WITHDRAWN, LeaveStepKind.WITHDRAWN)


@scoped_part
def list_leave(actor: Actor, *, employee_id: UUID) -> list[LeaveLine]:
    """Return somebody's leave, the latest days first."""
    require_payroll(actor, employee_id, Permission.VIEW_PAYROLL)
    rows = _rows(actor).filter(employee_id=employee_id).order_by("-from_on", "-asked_at")
    return [as_line(row) for row in rows]


@scoped_part
def find_leave(actor: Actor, *, employee_id: UUID, request_id: UUID) -> LeaveLine:
    """Return one request; raise NotFound."""
    require_payroll(actor, employee_id, Permission.VIEW_PAYROLL)
    row = _rows(actor).filter(employee_id=employee_id, request_id=request_id).first()
    if row is None:
        raise NotFound
    return as_line(row)


@scoped_part
def list_waiting_leave(actor: Actor) -> list[LeaveLine]:
    """Return everything that waits for a decision, the soonest days first."""
    require_deciding(actor, Permission.VIEW_PAYROLL)
    waiting = _rows(actor).filter(status=LeaveStatus.REQUESTED.value, employee__deleted_at__isnull=True)
    return [as_line(row) for row in waiting.order_by("from_on", "asked_at")]


@scoped_part
def list_leave_steps(actor: Actor, *, employee_id: UUID, request_id: UUID) -> list[LeaveStepRecord]:
    """Return what happened to a request, newest first."""
    require_payroll(actor, employee_id, Permission.VIEW_PAYROLL)
    rows = LeaveStep.objects.filter(
        account_id=actor.account_id, request_id=request_id, request__employee_id=employee_id
    )
    return [
        LeaveStepRecord(row.at, row.by_user_id, LeaveStepKind(row.what), row.from_on, row.until_on)
        for row in rows.order_by("-step_id")
    ]


def as_line(row: LeaveAsked) -> LeaveLine:
    """Return a row as a value."""
    return LeaveLine(
        LeaveRequest(row.request_id, row.employee_id, terms_of(row), LeaveStatus(row.status)),
        as_record(row.employee).full_name,
        row.leave_type_name,
        row.asked_at,
        row.asked_by_id,
        row.decided_at,
        row.decided_by_id,
        row.decision_note,
        row.revision,
    )


def terms_of(row: LeaveAsked) -> LeaveTerms:
    """Return what a row asks for."""
    return LeaveTerms(row.leave_type_id, row.from_on, row.until_on, row.title, row.description)


def _asker(actor: Actor) -> UUID | None:
    """Return who is at the screen, None for a program with a key: never the product itself, nor a guest."""
    if actor.kind not in (ActorKind.USER, ActorKind.API):
        raise NotPermitted
    return actor.user_id


def _to_ask(actor: Actor, employee_id: UUID) -> Permission:
    """Return what it takes to ask: for one's own leave no more than to see it."""
    return Permission.VIEW_PAYROLL if actor.employee_id == employee_id else Permission.EDIT_PAYROLL


def _to_decide(actor: Actor, employee_id: UUID, request_id: UUID) -> LeaveAsked:
    """Return a request that waits, to somebody who may decide on it."""
    _asker(actor)
    lock_for_payroll(actor, employee_id)
    refuse_own(actor, employee_id)
    row = _open_row(actor, employee_id, request_id)
    if row.status != LeaveStatus.REQUESTED.value:
        raise Invalid(Problem("", OVER))
    return row


def refuse_own(actor: Actor, employee_id: UUID) -> None:
    """Return unless it is the actor's own leave; raise Invalid."""
    if actor.employee_id == employee_id:
        raise Invalid(Problem("", OWN))


def _rows(actor: Actor) -> QuerySet[LeaveAsked]:
    return LeaveAsked.objects.filter(account_id=actor.account_id).select_related("employee")


def _open_row(actor: Actor, employee_id: UUID, request_id: UUID) -> LeaveAsked:
    row = _rows(actor).filter(employee_id=employee_id, request_id=request_id).first()
    if row is None:
        raise NotFound
    if not LeaveStatus(row.status).is_open:
        raise Invalid(Problem("", OVER))
    return row


def _refuse_overlap(actor: Actor, employee_id: UUID, terms: LeaveTerms, *, but: UUID | None = None) -> None:
    others = others_between(actor, employee_id, terms.from_on, terms.until_on)
    if (others.exclude(request_id=but) if but else others).exists():
        raise Invalid(Problem("from_on", OVERLAPS))


def others_between(actor: Actor, employee_id: UUID, first: date, last: date) -> QuerySet[LeaveAsked]:
    """Return somebody's leave, asked for or approved, on any of these days."""
    is_open = [status.value for status in LeaveStatus if status.is_open]
    rows = LeaveAsked.objects.filter(account_id=actor.account_id, employee_id=employee_id, status__in=is_open)
    return rows.filter(from_on__lte=last, until_on__gte=first)


def _put(row: LeaveAsked, wanted: WantedLeave) -> None:
    terms = wanted.terms
    row.leave_type_id, row.leave_type_name = terms.leave_type_id, wanted.leave_type_name[:200]
    row.from_on, row.until_on = terms.from_on, terms.until_on
    row.title, row.description = terms.title, terms.description


def _decide(actor: Actor, row: LeaveAsked, status: LeaveStatus, what: LeaveStepKind) -> None:
    row.status, row.decided_at, row.decided_by_id = status.value, clock.now(), actor.user_id
    _save(actor, row, what)


def _save(actor: Actor, row: LeaveAsked, what: LeaveStepKind) -> None:
    row.revision += 1
    row.save()
    _note(actor, row, what)


def _note(actor: Actor, row: LeaveAsked, what: LeaveStepKind) -> None:
    """Put a step into the request's history, and that it happened into the timeline."""
    LeaveStep.objects.create(
        account_id=actor.account_id,
        request=row,
        at=clock.now(),
        by_user_id=actor.user_id,
        what=what.value,
        from_on=row.from_on,
        until_on=row.until_on,
    )
    record(actor, EVENTS[what], subject_kind="employee", subject_id=row.employee_id)


# --- what payroll says ---


@scoped_part
def list_leave_by_id(actor: Actor, *, request_ids: Iterable[UUID]) -> list[LeaveLine]:
    """Return these requests, of people who are on record, for whoever compares them with payroll."""
    require_deciding(actor, Permission.VIEW_PAYROLL)
    rows = _rows(actor).filter(request_id__in=list(request_ids), employee__deleted_at__isnull=True)
    return [as_line(row) for row in rows.order_by("from_on", "request_id")]


@scoped_part
def list_approved_leave(actor: Actor, *, until_from: date) -> list[LeaveLine]:
    """Return approved leave whose last day is this one or later, of people who are on record."""
    require_deciding(actor, Permission.VIEW_PAYROLL)
    rows = _rows(actor).filter(status=LeaveStatus.APPROVED.value, employee__deleted_at__isnull=True)
    return [as_line(row) for row in rows.filter(until_on__gte=until_from).order_by("decided_at", "request_id")]


def require_deciding(actor: Actor, permission: Permission = Permission.EDIT_PAYROLL) -> None:
    """Return where the actor decides on the leave of others, or sees it; raise NotPermitted."""
    actor.require(permission)
    actor.require(Permission.VIEW_EMPLOYEES)


@scoped
def take_leave_from_payroll(
    actor: Actor, *, employee_id: UUID, wanted: WantedLeave, status: LeaveStatus, request_id: UUID | None = None
) -> UUID:
    """Bring a request to what payroll holds, or enter one that was made there; return it.

    Nothing is checked against other leave: it is so already.
    """
    lock_for_payroll(actor, employee_id)
    row = _rows(actor).filter(employee_id=employee_id, request_id=request_id).first() if request_id else None
    is_new = row is None
    row = row or LeaveAsked(account_id=actor.account_id, employee_id=employee_id, asked_at=clock.now())
    _put(row, wanted)
    row.status = status.value
    if is_new:
        row.save(force_insert=True)
        _note(actor, row, LeaveStepKind.FROM_PAYROLL)
    else:
        row.decided_at, row.decided_by_id = clock.now(), None
        _save(actor, row, LeaveStepKind.CHANGED_IN_PAYROLL)
    return row.request_id
