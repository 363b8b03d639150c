"""People leave and return: the record, their access and the Xero connection, in one transaction."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from tandem.access.actions import end_access_of_employee, restore_access_of_employee
from tandem.kernel.actor import Actor
from tandem.kernel.scoping import scope, scoped
from tandem.people import actions
from tandem.people.records import EmployeeRecord, EmployeeStatus, TerminationReason
from tandem.tenancy.records import AccountRecord
from tandem.xero import facade


@dataclass(frozen=True)
class Departure:
    """A termination as it was saved; `handover_opened` says that this person holds the Xero connection."""

    employee: EmployeeRecord
    handover_opened: bool
    last_safe_on: date


@scoped
def terminate(
    actor: Actor,
    *,
    employee_id: UUID,
    termination_on: date,
    reason: TerminationReason | None,
    via: str = actions.ON_SCREEN,
) -> Departure:
    """End an employment; access ends with the last day, and a grant holder's hand-over task opens at once."""
    employee = actions.terminate_employee(
        actor, employee_id=employee_id, termination_on=termination_on, reason=reason, via=via
    )
    if employee.status is EmployeeStatus.TERMINATED:
        end_access_of_employee(actor, employee_id=employee_id)
    holds = facade.find_holder(actor, employee_id=employee_id) is not None
    if holds:
        facade.open_handover(actor, employee_id=employee_id, last_safe_on=termination_on)
    return Departure(employee=employee, handover_opened=holds, last_safe_on=termination_on)


@scoped
def reinstate(actor: Actor, *, employee_id: UUID, via: str = actions.ON_SCREEN) -> EmployeeRecord:
    """Take a termination back: the record is current, access that the termination ended returns, the task closes."""
    employee = actions.reinstate_employee(actor, employee_id=employee_id, via=via)
    restore_access_of_employee(actor, employee_id=employee_id)
    facade.close_handover(actor, employee_id=employee_id, because="reinstated")
    return employee


def complete_due_terminations(account: AccountRecord) -> list[UUID]:
    """Do the 00:15 job of one account: leavers become Terminated and their sign-ins lose the account; return who."""
    with scope(account.account_id):
        left = actions.complete_due_terminations(account)
        actor = Actor.system(account.account_id, because=actions.NIGHTLY)
        for employee_id in left:
            end_access_of_employee(actor, employee_id=employee_id)
        return left
