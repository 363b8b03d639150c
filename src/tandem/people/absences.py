"""Long absences: enter, take back, list. One transaction each."""

from datetime import date
from uuid import UUID

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, NotFound
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped, scoped_part
from tandem.people import rules
from tandem.people.models import Absence
from tandem.people.records import AbsenceRecord
from tandem.people.selectors import get_employee
from tandem.timeline.actions import record
from tandem.timeline.events import Event


@scoped
def enter_absence(actor: Actor, *, employee_id: UUID, from_on: date, until_on: date | None) -> AbsenceRecord:
    """Say that somebody is away from a day on; without an end nobody knows until when."""
    actor.require(Permission.EDIT_EMPLOYEES)
    get_employee(actor, employee_id=employee_id)
    problems = rules.check_absence(from_on=from_on, until_on=until_on)
    if problems:
        raise Invalid(*problems)
    row = Absence.objects.create(
        account_id=actor.account_id,
        employee_id=employee_id,
        from_on=from_on,
        until_on=until_on,
        entered_at=clock.now(),
        entered_by_id=actor.user_id,
    )
    record(actor, Event.ABSENCE_ENTERED, subject_kind="employee", subject_id=employee_id)
    return _as_record(row)


@scoped
def take_back_absence(actor: Actor, *, absence_id: UUID) -> AbsenceRecord:
    """Say that an absence does not happen after all; taking it back twice changes nothing."""
    actor.require(Permission.EDIT_EMPLOYEES)
    rows = Absence.objects.select_for_update().filter(account_id=actor.account_id, employee__deleted_at__isnull=True)
    row = rows.filter(absence_id=absence_id).first()
    if row is None:
        raise NotFound
    if row.taken_back_at is None:
        row.taken_back_at, row.taken_back_by_id = clock.now(), actor.user_id
        row.save(update_fields=["taken_back_at", "taken_back_by_id"])
        record(actor, Event.ABSENCE_TAKEN_BACK, subject_kind="employee", subject_id=row.employee_id)
    return _as_record(row)


@scoped_part
def list_absences(actor: Actor, *, employee_id: UUID) -> list[AbsenceRecord]:
    """Return a person's absences, the latest first, with those that were taken back."""
    actor.require(Permission.VIEW_EMPLOYEES)
    rows = Absence.objects.filter(account_id=actor.account_id, employee_id=employee_id)
    return [_as_record(row) for row in rows.order_by("-from_on", "-entered_at")]


def _as_record(row: Absence) -> AbsenceRecord:
    return AbsenceRecord(
        absence_id=row.absence_id,
        employee_id=row.employee_id,
        from_on=row.from_on,
        until_on=row.until_on,
        entered_at=row.entered_at,
        entered_by_id=row.entered_by_id,
        is_taken_back=row.taken_back_at is not None,
    )
