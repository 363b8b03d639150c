"""What pages show of leave and Xero, and what a person decides where the two do not meet by themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, NotFound, Problem
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped, scoped_part
from tandem.people import leave as people_leave
from tandem.people.leave import WantedLeave
from tandem.people.leave_records import LeaveLine, LeaveStatus, LeaveTerms
from tandem.people.payroll import lock_for_payroll
from tandem.xero.catalog.selectors import list_leave_types
from tandem.xero.leave import journal
from tandem.xero.leave.settling import A_LEAVE_TYPE, STATUSES, leave_is_due
from tandem.xero.leave.stored import agreed_as_json, leave_from_json
from tandem.xero.mapping.leave_moves import PAID, Agreed, same_terms
from tandem.xero.mapping.leave_requests import XeroLeave
from tandem.xero.matching.matching import Side
from tandem.xero.models import Connection, LeaveDesk, LeaveLink

NOT_YET = "Not in Xero yet"
UNCONFIRMED = "Sent, and not confirmed by Xero yet"
IN_XERO, IN_PAY = "In Xero", "In Xero, in a posted pay run"
TO_CHANGE = "Changed here since Xero has it; the change goes there next"
SETTLED = "This was settled meanwhile. Nothing was changed."


@dataclass(frozen=True)
class LeaveState:
    """Where one request stands with Xero: a sentence and its tone, and what a person may do about it."""

    text: str
    tone: str
    asks: bool = False
    may_send_again: bool = False
    theirs: LeaveTerms | None = None
    theirs_status: LeaveStatus | None = None


@dataclass(frozen=True)
class LeaveOverview:
    """When Xero's leave was read last, what could not be read of it, and the requests that wait for a person in Xero."""

    read_at: datetime | None
    said: tuple[str, ...]
    tasks: tuple[LeaveLine, ...]


@scoped_part
def leave_states(actor: Actor, *, lines: Sequence[LeaveLine]) -> Mapping[UUID, LeaveState]:
    """Return where requests stand that the actor was shown; one of which there is nothing to say is left out."""
    actor.require(Permission.VIEW_SELF)
    in_use = Connection.objects.filter(account_id=actor.account_id)
    ids = [line.request.request_id for line in lines]
    rows = LeaveLink.objects.filter(account_id=actor.account_id, connection__in=in_use, request_id__in=ids)
    links = {row.request_id: row for row in rows}
    found = {line.request.request_id: _state(line, links.get(line.request.request_id)) for line in lines}
    return {request_id: state for request_id, state in found.items() if state}


def _state(line: LeaveLine, link: LeaveLink | None) -> LeaveState | None:
    is_approved = line.request.status is LeaveStatus.APPROVED
    if link is None:
        return LeaveState(NOT_YET, "idle") if is_approved else None
    if link.task:
        theirs = leave_from_json(link.theirs) if link.asks and link.theirs else None
        again = link.state in (journal.REFUSED, journal.UNCONFIRMED)
        status = STATUSES.get(theirs.status) if theirs else None
        return LeaveState(link.task, "warn", link.asks, again, theirs.terms if theirs else None, status)
    if link.state in journal.UNSETTLED:
        return LeaveState(UNCONFIRMED, "idle")
    if link.theirs is None or not is_approved:
        return LeaveState(NOT_YET, "idle") if is_approved else None
    theirs = leave_from_json(link.theirs)
    if not same_terms(line.request.terms, theirs.terms):
        return LeaveState(TO_CHANGE, "idle")
    return LeaveState(IN_PAY if theirs.status in PAID else IN_XERO, "good")


@scoped_part
def get_leave_overview(actor: Actor) -> LeaveOverview:
    """Return what of leave waits for a person, to those who decide on it."""
    people_leave.require_deciding(actor, Permission.VIEW_PAYROLL)
    in_use = Connection.objects.filter(account_id=actor.account_id)
    desk = LeaveDesk.objects.filter(account_id=actor.account_id, connection__in=in_use).first()
    rows = LeaveLink.objects.filter(account_id=actor.account_id, connection__in=in_use, request__isnull=False)
    ids = [one for one in rows.exclude(task="").values_list("request_id", flat=True) if one]
    tasks = people_leave.list_leave_by_id(actor, request_ids=ids)
    return LeaveOverview(desk.read_at if desk else None, tuple(desk.said) if desk else (), tuple(tasks))


@scoped
def choose_leave(actor: Actor, *, employee_id: UUID, request_id: UUID, keep: Side) -> None:
    """Keep Tandem's state or Xero's where both changed; raise Invalid where nothing is asked any more."""
    link = _to_act_on(actor, employee_id, request_id)
    if not link.asks or not link.theirs:
        raise Invalid(Problem("", SETTLED))
    theirs = leave_from_json(link.theirs)
    if keep is Side.XERO:
        people_leave.take_leave_from_payroll(
            actor,
            employee_id=employee_id,
            wanted=WantedLeave(theirs.terms, _name(actor, theirs)),
            status=STATUSES[theirs.status],
            request_id=request_id,
        )
    link.agreed = agreed_as_json(Agreed(theirs.terms, STATUSES[theirs.status]))
    _look_again(actor, link)


@scoped
def send_leave_again(actor: Actor, *, employee_id: UUID, request_id: UUID) -> None:
    """Send once more what Xero refused or never confirmed, under a new key; raise Invalid where that is settled."""
    link = _to_act_on(actor, employee_id, request_id)
    if link.state not in (journal.REFUSED, journal.UNCONFIRMED):
        raise Invalid(Problem("", SETTLED))
    link.state, link.failures, link.searched_at = "", 0, None
    _look_again(actor, link)


def _to_act_on(actor: Actor, employee_id: UUID, request_id: UUID) -> LeaveLink:
    people_leave.require_deciding(actor)
    people_leave.refuse_own(actor, employee_id)
    lock_for_payroll(actor, employee_id)
    in_use = Connection.objects.filter(account_id=actor.account_id)
    rows = LeaveLink.objects.select_for_update(of=("self",)).filter(account_id=actor.account_id, connection__in=in_use)
    link = rows.filter(request_id=request_id, request__employee_id=employee_id).first()
    if link is None:
        raise NotFound
    return link


def _look_again(actor: Actor, link: LeaveLink) -> None:
    link.task, link.asks, link.is_new = "", False, True
    link.save()
    leave_is_due(actor.account_id)


def _name(actor: Actor, theirs: XeroLeave) -> str:
    known = {one.leave_type_id: one.name for one in list_leave_types(actor)}
    return known.get(theirs.terms.leave_type_id, A_LEAVE_TYPE)
