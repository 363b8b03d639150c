"""Changes of position: plan, take back, carry out on their day. One transaction each."""

from datetime import date
from uuid import UUID

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, NotFound
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scope, scoped, scoped_part
from tandem.people import rules
from tandem.people.actions import NIGHTLY, ON_SCREEN, edit_employee
from tandem.people.models import PositionChange
from tandem.people.records import PositionChangeRecord
from tandem.people.selectors import get_employee
from tandem.tenancy.records import AccountRecord
from tandem.tenancy.selectors import get_account
from tandem.timeline.actions import record
from tandem.timeline.events import Event


@scoped
def plan_position_change(
    actor: Actor, *, employee_id: UUID, from_on: date, job_title: str, leaves_payroll: bool
) -> PositionChangeRecord:
    """Plan another job title; it is written into the record on its day, at once where that has come."""
    actor.require(Permission.EDIT_EMPLOYEES)
    employee = get_employee(actor, employee_id=employee_id)
    problems = rules.check_position_change(employee, from_on=from_on, job_title=job_title)
    if problems:
        raise Invalid(*problems)
    row = PositionChange.objects.create(
        account_id=actor.account_id,
        employee_id=employee_id,
        from_on=from_on,
        job_title=job_title.strip(),
        leaves_payroll=leaves_payroll,
        entered_at=clock.now(),
        entered_by_id=actor.user_id,
    )
    record(actor, Event.POSITION_CHANGE_PLANNED, subject_kind="employee", subject_id=employee_id)
    if from_on <= clock.today_in(get_account(actor.account_id).time_zone):
        _carry_out(actor, row, via=ON_SCREEN)
    return _as_record(row)


@scoped
def take_back_position_change(actor: Actor, *, change_id: UUID) -> PositionChangeRecord:
    """Say that a change does not happen; a job title that was written already stays, and is edited like any other."""
    actor.require(Permission.EDIT_EMPLOYEES)
    rows = PositionChange.objects.select_for_update().filter(
        account_id=actor.account_id, employee__deleted_at__isnull=True
    )
    row = rows.filter(change_id=change_id).first()
    if row is None:
        raise NotFound
    if row.taken_back_at is None:
        row.taken_back_at, row.taken_back_by_id = clock.now(), actor.user_id
        row.save(update_fields=["taken_back_at", "taken_back_by_id"])
        record(actor, Event.POSITION_CHANGE_TAKEN_BACK, subject_kind="employee", subject_id=row.employee_id)
    return _as_record(row)


def carry_out_due_changes(account: AccountRecord) -> int:
    """Write the job titles whose day has come; return how many. Running it twice, or late, changes nothing more."""
    actor = Actor.system(account.account_id, because=NIGHTLY)
    with scope(account.account_id):
        due = PositionChange.objects.select_for_update(of=("self",)).filter(
            account_id=account.account_id,
            from_on__lte=clock.today_in(account.time_zone),
            done_at__isnull=True,
            taken_back_at__isnull=True,
            employee__deleted_at__isnull=True,
        )
        rows = list(due.order_by("from_on", "entered_at"))
        for row in rows:
            _carry_out(actor, row, via=NIGHTLY)
        return len(rows)


@scoped_part
def list_position_changes(actor: Actor, *, employee_id: UUID) -> list[PositionChangeRecord]:
    """Return a person's changes of position, the latest first, with those that were taken back."""
    actor.require(Permission.VIEW_EMPLOYEES)
    rows = PositionChange.objects.filter(account_id=actor.account_id, employee_id=employee_id)
    return [_as_record(row) for row in rows.order_by("-from_on", "-entered_at")]


def _carry_out(actor: Actor, row: PositionChange, *, via: str) -> None:
    edit_employee(actor, employee_id=row.employee_id, changes={"job_title": row.job_title}, via=via)
    row.done_at = clock.now()
    row.save(update_fields=["done_at"])


def _as_record(row: PositionChange) -> PositionChangeRecord:
    return PositionChangeRecord(
        change_id=row.change_id,
        employee_id=row.employee_id,
        from_on=row.from_on,
        job_title=row.job_title,
        leaves_payroll=row.leaves_payroll,
        entered_at=row.entered_at,
        entered_by_id=row.entered_by_id,
        is_done=row.done_at is not None,
        is_taken_back=row.taken_back_at is not None,
    )
