"""People leave, change and return: the record, their access and the Xero connection, in one transaction.

One function per intent; pages, the API, spreadsheets and the nightly job call the same ones. Each answers with the open
hand-over task about this person, if there is one: the way on for whoever caused it.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from uuid import UUID

import structlog
from django.conf import settings

from tandem.access.actions import end_access_of_employee, restore_access_of_employee
from tandem.kernel.actor import Actor
from tandem.kernel.crypto import VaultUnavailable
from tandem.kernel.scoping import scope, scoped
from tandem.people import absences, actions, positions
from tandem.people.candidates import purge_candidates
from tandem.people.merging import refuse_merged
from tandem.people.own_changes import lapse_own_changes
from tandem.people.records import EmployeeRecord, EmployeeStatus, TerminationReason
from tandem.people.standing import purge_deleted
from tandem.people.tax_numbers import purge_tax_file_numbers
from tandem.tenancy.records import AccountRecord
from tandem.timeline.pruning import TimelineBroken, prune, retention_starts_at
from tandem.xero import facade

log = structlog.get_logger()


@dataclass(frozen=True)
class Departure:
    """A termination as it was saved; a task says that this person holds the Xero connection."""

    employee: EmployeeRecord
    handover_task_id: UUID | None
    last_safe_on: date

    @property
    def handover_opened(self) -> bool:
        """Say whether a hand-over is needed."""
        return self.handover_task_id is not None


@scoped
def terminate(
    actor: Actor,
    *,
    employee_id: UUID,
    termination_on: date,
    reason: TerminationReason | None,
    is_private: bool = False,
    via: str = actions.ON_SCREEN,
) -> Departure:
    """End an employment; access ends with the last day, and a grant holder's hand-over task opens at once."""
    employee = actions.terminate_employee(
        actor,
        employee_id=employee_id,
        termination_on=termination_on,
        reason=reason,
        is_private=is_private,
        via=via,
    )
    if employee.status is EmployeeStatus.TERMINATED:
        end_access_of_employee(actor, employee_id=employee_id)
    return Departure(employee, _foreseen(actor, employee_id), last_safe_on=termination_on)


@scoped
def reinstate(actor: Actor, *, employee_id: UUID, via: str = actions.ON_SCREEN) -> EmployeeRecord:
    """Take a termination back: the record is current, access that the termination ended returns, the task closes."""
    employee = actions.reinstate_employee(actor, employee_id=employee_id, via=via)
    restore_access_of_employee(actor, employee_id=employee_id)
    facade.foresee(actor)
    return employee


@scoped
def set_contract_end(
    actor: Actor, *, employee_id: UUID, contract_ends_on: date | None, via: str = actions.ON_SCREEN
) -> UUID | None:
    """Say on which day a contract ends, or (None) that it does not."""
    actions.set_contract_end(actor, employee_id=employee_id, contract_ends_on=contract_ends_on, via=via)
    return _foreseen(actor, employee_id)


@scoped
def plan_position_change(
    actor: Actor, *, employee_id: UUID, from_on: date, job_title: str, leaves_payroll: bool
) -> UUID | None:
    """Plan another position from a day on, and say whether the new work is payroll no longer."""
    positions.plan_position_change(
        actor, employee_id=employee_id, from_on=from_on, job_title=job_title, leaves_payroll=leaves_payroll
    )
    return _foreseen(actor, employee_id)


@scoped
def take_back_position_change(actor: Actor, *, change_id: UUID) -> UUID | None:
    """Say that a change of position does not happen."""
    return _foreseen(actor, positions.take_back_position_change(actor, change_id=change_id).employee_id)


@scoped
def enter_absence(actor: Actor, *, employee_id: UUID, from_on: date, until_on: date | None) -> UUID | None:
    """Say that somebody is away; a long absence of a grant holder needs a hand-over."""
    absences.enter_absence(actor, employee_id=employee_id, from_on=from_on, until_on=until_on)
    return _foreseen(actor, employee_id)


@scoped
def take_back_absence(actor: Actor, *, absence_id: UUID) -> UUID | None:
    """Say that an absence does not happen."""
    return _foreseen(actor, absences.take_back_absence(actor, absence_id=absence_id).employee_id)


@scoped
def delete_record(actor: Actor, *, employee_id: UUID, via: str = actions.ON_SCREEN) -> UUID | None:
    """Put a record into the recycle bin; the sign-in linked to it loses the account until it is restored."""
    actions.delete_employee(actor, employee_id=employee_id, via=via)
    end_access_of_employee(actor, employee_id=employee_id)
    return _foreseen(actor, employee_id)


@scoped
def restore_record(actor: Actor, *, employee_id: UUID, via: str = actions.ON_SCREEN) -> EmployeeRecord:
    """Take a record out of the recycle bin as it was; the access of somebody who has not left returns.

    One that was merged comes back with the merge alone (`flows.merging.undo_merge`).
    """
    refuse_merged(actor, other_id=employee_id)
    return bring_back(actor, employee_id=employee_id, via=via)


def bring_back(actor: Actor, *, employee_id: UUID, via: str) -> EmployeeRecord:
    """Take a record out of the recycle bin, with its access. Inside the account's scope."""
    employee = actions.restore_employee(actor, employee_id=employee_id, via=via)
    if employee.status is not EmployeeStatus.TERMINATED:
        restore_access_of_employee(actor, employee_id=employee_id)
    facade.foresee(actor)
    return employee


def complete_due_terminations(account: AccountRecord) -> list[UUID]:
    """Turn leavers into Terminated and end the access of their sign-ins; return who."""
    with scope(account.account_id):
        left = actions.complete_due_terminations(account)
        actor = Actor.system(account.account_id, because=actions.NIGHTLY)
        for employee_id in left:
            end_access_of_employee(actor, employee_id=employee_id)
        return left


def do_nightly_work(account: AccountRecord) -> None:
    """Do the 00:15 job of one account; running it twice, or late, changes nothing more.

    Each part is a transaction of its own, the reminders last: they go by what the other parts found.
    """
    actor = Actor.system(account.account_id, because=actions.NIGHTLY)
    complete_due_terminations(account)
    positions.carry_out_due_changes(account)
    kept_for = timedelta(days=settings.TANDEM.handover.recycle_bin_days)
    purge_deleted(account, kept_for=kept_for, needed=partial(facade.needed_here, actor))
    lapse_own_changes(account)
    purge_tax_file_numbers(account, years=settings.TANDEM.handover.tax_number_years)
    purge_candidates(account, kept_for=timedelta(days=settings.TANDEM.handover.candidate_days))
    facade.foresee(actor)
    facade.remind_due(account)
    facade.clean_up_left(actor)
    _prune_timeline(actor)


def _prune_timeline(actor: Actor) -> None:
    """Let go what is older than the retention; a record that was altered keeps everything, and the rest of the night."""
    try:
        prune(actor, older_than=retention_starts_at())
    except (TimelineBroken, VaultUnavailable) as error:
        log.error("timeline_not_pruned", account_id=str(actor.account_id), code=error.code)


def _foreseen(actor: Actor, employee_id: UUID) -> UUID | None:
    facade.foresee(actor)
    return facade.find_open_handover(actor, employee_id=employee_id)
