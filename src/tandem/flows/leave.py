"""Leave: the people room's own requests, checked by what payroll would refuse before it could.

Everything that is wrong is said at once. What Xero takes is known to the Xero room alone.
"""

from uuid import UUID

from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid
from tandem.kernel.scoping import scoped
from tandem.people import leave
from tandem.people.leave import WantedLeave
from tandem.people.leave_records import LeaveTerms
from tandem.xero import facade


@scoped
def ask_leave(actor: Actor, *, employee_id: UUID, terms: LeaveTerms) -> UUID:
    """Ask for leave and return the request; raise Invalid with everything that is wrong with it."""
    return leave.ask_leave(actor, employee_id=employee_id, wanted=_checked(actor, terms))


@scoped
def change_leave(actor: Actor, *, employee_id: UUID, request_id: UUID, seen: int, terms: LeaveTerms) -> bool:
    """Change leave that waits or is approved; raise Invalid with everything that is wrong with it."""
    wanted = _checked(actor, terms)
    where = {"employee_id": employee_id, "request_id": request_id}
    is_changed = leave.change_leave(actor, **where, seen=seen, wanted=wanted)
    facade.leave_is_due(actor.account_id)
    return is_changed


@scoped
def approve_leave(actor: Actor, *, employee_id: UUID, request_id: UUID, seen: int) -> None:
    """Approve what somebody else is to have, and have it sent; raise Invalid."""
    leave.approve_leave(actor, employee_id=employee_id, request_id=request_id, seen=seen)
    facade.leave_is_due(actor.account_id)


@scoped
def reject_leave(actor: Actor, *, employee_id: UUID, request_id: UUID, note: str = "") -> None:
    """Reject a request, in Xero too where it was made there; raise Invalid."""
    leave.reject_leave(actor, employee_id=employee_id, request_id=request_id, note=note)
    facade.leave_is_due(actor.account_id)


@scoped
def withdraw_leave(actor: Actor, *, employee_id: UUID, request_id: UUID) -> None:
    """Take leave back; where Xero has it, what is left to do there becomes a task. Raise Invalid."""
    leave.withdraw_leave(actor, employee_id=employee_id, request_id=request_id)
    facade.leave_is_due(actor.account_id)


def _checked(actor: Actor, terms: LeaveTerms) -> WantedLeave:
    known = facade.list_leave_types(actor)
    problems = facade.check_leave(terms, leave_types=known)
    if problems:
        raise Invalid(*problems)
    (name,) = (one.name for one in known if one.leave_type_id == terms.leave_type_id)
    return WantedLeave(terms, name)
