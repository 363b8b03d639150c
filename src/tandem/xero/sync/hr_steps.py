"""Write to Tandem: the record, the base and the outcome in one transaction, so that a crash never does a step twice."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from tandem.access.actions import end_access_of_employee, restore_access_of_employee
from tandem.access.selectors import find_user_of_employee
from tandem.kernel import clock
from tandem.kernel.errors import Invalid, TandemError
from tandem.kernel.scoping import scope
from tandem.people.actions import delete_employee, edit_employee, hire_employee, reinstate_employee, terminate_employee
from tandem.people.errors import ChangedMeanwhile, EmployeeNotFound
from tandem.people.payroll_records import PayrollDetails
from tandem.people.records import EmployeeRecord, EmployeeStatus
from tandem.xero.connections import foresight
from tandem.xero.mapping.employee import XeroEmployee, details_from_xero, hr_changes, payroll_changes
from tandem.xero.mapping.fields import OF_PAYROLL, FieldValue, SharedField, Termination, ours_value
from tandem.xero.mapping.values import same
from tandem.xero.models import Step
from tandem.xero.sync import bindings, conflicts, groups, items, journal, lease, mirror
from tandem.xero.sync.branches import NoBranch, branch_changes
from tandem.xero.sync.desk import Desk
from tandem.xero.sync.ours import get_employee
from tandem.xero.sync.pages import ItemKind, StepStatus
from tandem.xero.sync.payroll_steps import agreed_fields, take_over
from tandem.xero.sync.plan import Step as PlannedStep
from tandem.xero.sync.plan import Verb
from tandem.xero.sync.stored import base_from_json

BATCH = 20
#: Whom a step was about, and what is to be said of it beyond that it was done.
Done = tuple[UUID, str]
NO_PAYROLL = PayrollDetails()
EDITED = "edited_meanwhile"
LINKED = "already_linked"
BANK_CHANGE_ASKED = "bank_change_asked"


class Superseded(Exception):
    """The record is no longer what the plan saw, so the step is left; the next plan looks again."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def apply_batch(desk: Desk, step_ids: Sequence[UUID]) -> None:
    """Do a few local lines in one transaction, each in a savepoint of its own: one bad record never stops the rest."""
    with scope(desk.account_id):
        lease.hold(desk.lease)
        rows = Step.objects.select_for_update().filter(
            account_id=desk.account_id, step_id__in=step_ids, status=StepStatus.PLANNED.value
        )
        for row in rows.order_by("position"):
            _apply(desk, row)
        journal.at_boundary("hr batch written")
    journal.at_boundary("hr batch committed")


def _apply(desk: Desk, row: Step) -> None:
    try:
        with scope(desk.account_id):
            code = _do(desk, row)
    except Superseded as left:
        _close(row, StepStatus.SKIPPED, left.code)
    except NoBranch as left:
        _close(row, StepStatus.SKIPPED, left.code)
    except bindings.AlreadyLinked:
        _close(row, StepStatus.SKIPPED, LINKED)
    except Invalid as refused:
        payload = items.payload_of(row)
        payload["said"] = [[problem.field, problem.message] for problem in refused.problems]
        items.reseal(row, payload)
        _close(row, StepStatus.REJECTED, refused.code)
    except TandemError as refused:
        _close(row, StepStatus.REJECTED, refused.code)
    else:
        _close(row, StepStatus.APPLIED, code)


def _close(row: Step, status: StepStatus, code: str) -> None:
    row.status, row.outcome_code, row.outcome_at = status.value, code[:60], clock.now()
    row.save()


def _do(desk: Desk, row: Step) -> str:
    """Do one line; return what is to be said of it beyond that it was done."""
    if row.item == ItemKind.BIND.value:
        _bind(desk, row)
        return ""
    if row.item == ItemKind.SETTLE.value:
        _settle(desk, row)
        return ""
    row.employee_id, code = VERBS[Verb(row.verb)](desk, items.planned_step(row))
    return code


def _bind(desk: Desk, row: Step) -> None:
    if row.employee_id is None or row.xero_employee_id is None:
        raise Superseded(LINKED)
    bindings.bind(
        desk.account_id,
        desk.connection_id,
        employee_id=row.employee_id,
        xero_employee_id=row.xero_employee_id,
        matched_by=row.reason_code,
    )


def _settle(desk: Desk, row: Step) -> None:
    values = base_from_json(items.payload_of(row)["values"])
    if row.employee_id is None:
        raise Superseded(LINKED)
    bindings.agree(desk.account_id, desk.connection_id, employee_id=row.employee_id, values=values)
    conflicts.settle(desk.account_id, desk.connection_id, row.employee_id, [field.value for field in values])


def _create(desk: Desk, step: PlannedStep) -> Done:
    if step.xero_employee_id is None:
        raise Superseded(LINKED)
    values = step.after
    termination = values.pop(SharedField.TERMINATION, None)
    plain = {field.value: value for field, value in values.items() if field not in OF_PAYROLL}
    person = XeroEmployee(step.xero_employee_id, **plain)  # type: ignore[arg-type]  # by field
    details = replace(details_from_xero(person), **branch_changes(desk, values))
    record = hire_employee(desk.actor, details=details, via=desk.via)
    record = replace(record, revision=take_over(desk, record, values).revision)
    if isinstance(termination, Termination):
        record = _end(desk, record.employee_id, termination)
    bindings.bind(
        desk.account_id,
        desk.connection_id,
        employee_id=record.employee_id,
        xero_employee_id=step.xero_employee_id,
        matched_by=bindings.CREATED_IN_HR,
        base=_agreed(desk, step.xero_employee_id, replace(record, payroll=payroll_changes(NO_PAYROLL, values))),
        seen_revision=record.revision,
    )
    return record.employee_id, ""


def _agreed(desk: Desk, xero_employee_id: UUID, record: EmployeeRecord) -> dict[SharedField, FieldValue]:
    """Return the fields that both sides hold alike now, blank ones included."""
    known = mirror.load(desk.account_id, desk.connection_id, only=[xero_employee_id])
    return agreed_fields(record, known[0][1], withheld=groups.withheld(desk.preferences)) if known else {}


def _update(desk: Desk, step: PlannedStep) -> Done:
    record = _as_planned(desk, step)
    try:
        after = edit_employee(
            desk.actor,
            employee_id=record.employee_id,
            changes={**hr_changes(step.after), **branch_changes(desk, step.after)},
            via=desk.via,
            seen_revision=record.revision,
        )
    except ChangedMeanwhile:
        raise Superseded(EDITED) from None
    imported = take_over(desk, replace(after, payroll=record.payroll), step.after)
    after = replace(after, revision=imported.revision)
    if not imported.bank_waits:
        return _agree(desk, record, after, step)
    kept = tuple(change for change in step.changes if change.field is not SharedField.BANK_ACCOUNTS)
    return _agree(desk, record, after, replace(step, changes=kept))[0], BANK_CHANGE_ASKED


def _terminate(desk: Desk, step: PlannedStep) -> Done:
    record = _as_planned(desk, step)
    termination = step.after.get(SharedField.TERMINATION)
    after = _end(desk, record.employee_id, termination) if isinstance(termination, Termination) else record
    return _agree(desk, record, after, step)


def _end(desk: Desk, employee_id: UUID, termination: Termination) -> EmployeeRecord:
    """End an employment with all that follows from it here: access, and the connection this person may hold."""
    record = terminate_employee(
        desk.actor, employee_id=employee_id, termination_on=termination.on, reason=termination.reason, via=desk.via
    )
    if record.status is EmployeeStatus.TERMINATED:
        end_access_of_employee(desk.actor, employee_id=employee_id)
    foresight.foresee(desk.actor)
    return record


def _reinstate(desk: Desk, step: PlannedStep) -> Done:
    record = _as_planned(desk, step)
    after = reinstate_employee(desk.actor, employee_id=record.employee_id, via=desk.via)
    restore_access_of_employee(desk.actor, employee_id=record.employee_id)
    foresight.foresee(desk.actor)
    return _agree(desk, record, after, step)


def _remove(desk: Desk, step: PlannedStep) -> Done:
    """Put somebody whom a run added into the recycle bin; the link stays, so that no run adds them again."""
    record = _as_planned(desk, step)
    if find_user_of_employee(desk.actor, employee_id=record.employee_id) is not None:
        raise Superseded(EDITED)
    delete_employee(desk.actor, employee_id=record.employee_id, via=desk.via)
    foresight.foresee(desk.actor)
    return record.employee_id, ""


VERBS = {
    Verb.CREATE: _create,
    Verb.UPDATE: _update,
    Verb.TERMINATE: _terminate,
    Verb.REINSTATE: _reinstate,
    Verb.REMOVE: _remove,
}


def _as_planned(desk: Desk, step: PlannedStep) -> EmployeeRecord:
    """Return the record if its fields are still what the plan saw; else the next plan must look again."""
    if step.employee_id is None:
        raise Superseded(EDITED)
    try:
        record = get_employee(desk.actor, employee_id=step.employee_id)
    except EmployeeNotFound:
        raise Superseded("missing_in_hr") from None
    if any(not same(change.field, ours_value(record, change.field), change.before) for change in step.changes):
        raise Superseded(EDITED)
    return record


def _agree(desk: Desk, before: EmployeeRecord, after: EmployeeRecord, step: PlannedStep) -> Done:
    employee_id = before.employee_id
    if step.is_undo:
        bindings.hold(desk.account_id, desk.connection_id, employee_id=employee_id, changes=step.changes)
        return employee_id, ""
    bindings.agree(desk.account_id, desk.connection_id, employee_id=employee_id, values=step.after)
    bindings.follow_import(
        desk.account_id, desk.connection_id, employee_id, before=before.revision, after=after.revision
    )
    conflicts.settle(desk.account_id, desk.connection_id, employee_id, step.field_names)
    return employee_id, ""
