"""Leave follows its person to another record of theirs, and back. Inside the account's scope."""

from collections.abc import Iterable
from uuid import UUID

from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, Problem
from tandem.people.leave import others_between
from tandem.people.leave_records import LeaveStatus
from tandem.people.models import LeaveAsked

BOTH_AWAY = "Both records hold leave on the same days. Withdraw or reject it on one of them first."


def move_leave(actor: Actor, *, from_id: UUID, to_id: UUID) -> list[UUID]:
    """Move every request to another record; return which. Raise Invalid where both are, or may be, away on one day."""
    rows = list(LeaveAsked.objects.select_for_update().filter(account_id=actor.account_id, employee_id=from_id))
    for row in rows:
        if LeaveStatus(row.status).is_open and others_between(actor, to_id, row.from_on, row.until_on).exists():
            raise Invalid(Problem("", BOTH_AWAY))
    moved = [row.request_id for row in rows]
    LeaveAsked.objects.filter(account_id=actor.account_id, request_id__in=moved).update(employee_id=to_id)
    return moved


def move_leave_back(actor: Actor, request_ids: Iterable[UUID], *, from_id: UUID, to_id: UUID) -> None:
    """Move the requests that a merge moved back to the record they came from."""
    rows = LeaveAsked.objects.filter(account_id=actor.account_id, request_id__in=list(request_ids), employee_id=from_id)
    rows.update(employee_id=to_id)
