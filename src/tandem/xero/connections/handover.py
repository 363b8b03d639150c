"""The person who holds the Xero grant is leaving: somebody else must authorise before the last safe day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from tandem.access.selectors import list_administrators
from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped
from tandem.notices.actions import Recipient, Wording, close_incident, open_incident
from tandem.people.errors import EmployeeNotFound
from tandem.people.selectors import get_employee
from tandem.tenancy.selectors import get_account
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.xero.connections import state
from tandem.xero.connections.incidents import page_address
from tandem.xero.models import Grant, HandoverTask

NEEDED = "handover_needed"
ROLES = ("primary", "standby")


@dataclass(frozen=True)
class HolderRecord:
    """Somebody who holds a grant of the account."""

    employee_id: UUID
    grant_id: UUID
    role: str
    name: str


@dataclass(frozen=True)
class HandoverRecord:
    """One open hand-over task."""

    task_id: UUID
    grant_id: UUID
    employee_id: UUID
    last_safe_on: date
    opened_at: datetime


@scoped
def find_holder(actor: Actor, *, employee_id: UUID) -> HolderRecord | None:
    """Return the grant that this employee holds, the primary one first."""
    rows = Grant.objects.filter(account_id=actor.account_id, holder_employee_id=employee_id, role__in=ROLES)
    row = rows.order_by("role").first()
    return HolderRecord(employee_id, row.grant_id, row.role, row.holder_name) if row else None


@scoped
def open_handover(actor: Actor, *, employee_id: UUID, last_safe_on: date) -> bool:
    """Open a task for each grant that the leaver holds, or move its day; return whether there is one."""
    grants = list(Grant.objects.filter(account_id=actor.account_id, holder_employee_id=employee_id, role__in=ROLES))
    for grant in grants:
        _open(actor, grant, employee_id=employee_id, last_safe_on=last_safe_on)
    if grants:
        state.update(actor.account_id)
    return bool(grants)


@scoped
def close_handover(actor: Actor, *, employee_id: UUID, because: str = "reinstated") -> int:
    """Close the tasks of somebody who stays; return how many."""
    rows = HandoverTask.objects.select_for_update().filter(
        account_id=actor.account_id, employee_id=employee_id, closed_at__isnull=True
    )
    closed = _close(actor, list(rows), because=because)
    if closed:
        state.update(actor.account_id)
    return closed


def close_for_grant(actor: Actor, grant_id: UUID, *, because: str) -> int:
    """Close the tasks about a grant that another has replaced. Call inside the account's scope."""
    rows = HandoverTask.objects.select_for_update().filter(
        account_id=actor.account_id, grant_id=grant_id, closed_at__isnull=True
    )
    return _close(actor, list(rows), because=because)


def open_if_leaving(actor: Actor, grant: Grant) -> None:
    """Open a task where the person who has just authorised is leaving already. Call inside the account's scope."""
    if grant.holder_employee_id is None:
        return
    system = Actor.system(actor.account_id, because="handover")
    try:
        employee = get_employee(system, employee_id=grant.holder_employee_id)
    except EmployeeNotFound:
        return
    if employee.termination_on is not None:
        _open(actor, grant, employee_id=employee.employee_id, last_safe_on=employee.termination_on)


def leavers_of(account_id: UUID) -> set[UUID]:
    """Return the employees with an open task. Call inside the account's scope."""
    rows = HandoverTask.objects.filter(account_id=account_id, closed_at__isnull=True)
    return set(rows.values_list("employee_id", flat=True))


@scoped
def list_handovers(actor: Actor) -> list[HandoverRecord]:
    """Return the open tasks, the most pressing first."""
    actor.require(Permission.VIEW_INTEGRATION)
    rows = HandoverTask.objects.filter(account_id=actor.account_id, closed_at__isnull=True).order_by("last_safe_on")
    return [HandoverRecord(row.task_id, row.grant_id, row.employee_id, row.last_safe_on, row.opened_at) for row in rows]


def _open(actor: Actor, grant: Grant, *, employee_id: UUID, last_safe_on: date) -> None:
    task = (
        HandoverTask.objects.select_for_update()
        .filter(account_id=actor.account_id, grant_id=grant.grant_id, closed_at__isnull=True)
        .first()
    )
    if task is not None:
        task.last_safe_on = last_safe_on
        task.save(update_fields=["last_safe_on"])
        return
    task = HandoverTask.objects.create(
        account_id=actor.account_id,
        connection_id=grant.connection_id,
        grant_id=grant.grant_id,
        employee_id=employee_id,
        last_safe_on=last_safe_on,
        opened_at=clock.now(),
    )
    record(
        actor,
        Event.HANDOVER_OPENED,
        subject_kind="grant",
        subject_id=grant.grant_id,
        facts={"task": str(task.task_id), "last_safe_on": last_safe_on.isoformat()},
    )
    open_incident(
        actor,
        incident=_incident(task),
        kind=NEEDED,
        facts={"task": str(task.task_id), "last_safe_on": last_safe_on.isoformat()},
        tell=[
            Recipient(member.user_id, member.email)
            for member in list_administrators(actor, except_employee_ids=[employee_id])
        ],
        wording=_wording(actor, last_safe_on),
    )


def _close(actor: Actor, tasks: Iterable[HandoverTask], *, because: str) -> int:
    closed = 0
    for task in tasks:
        task.closed_at, task.closed_because = clock.now(), because
        task.save(update_fields=["closed_at", "closed_because"])
        record(
            actor,
            Event.HANDOVER_CLOSED,
            subject_kind="grant",
            subject_id=task.grant_id,
            facts={"task": str(task.task_id), "because": because},
        )
        close_incident(actor, incident=_incident(task))
        closed += 1
    return closed


def _incident(task: HandoverTask) -> str:
    return f"handover:{task.task_id}"


def _wording(actor: Actor, last_safe_on: date) -> Wording:
    """Say that a second authoriser is needed, and not why: a termination may not be public yet."""
    account = get_account(actor.account_id)
    day = f"{last_safe_on.day} {last_safe_on:%b %Y}"
    return Wording(
        subject=f"{account.name}: a second authoriser for Xero is needed by {day}",
        body=(
            f"The connection between {account.name} and Xero needs another authoriser by {day}.\n\n"
            f"What to do: open {page_address(account, 'xero-connection')} and let somebody who stays, and who is a "
            "payroll administrator in Xero, press Reconnect.\n"
        ),
    )
