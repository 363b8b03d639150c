"""Write to Xero: read, compare, announce, send, note. One person a request; nothing is sent that was not announced.

The announcement (intent) is committed with the exact bytes before the call. Whatever stops the worker after that leaves
a step that is `intended`: `recovering` finds out what became of it before anything is sent again (design 6).
"""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from tandem.kernel.scoping import durable_scope, scope
from tandem.people.errors import EmployeeNotFound
from tandem.people.records import EmployeeRecord
from tandem.xero.client.errors import (
    AppRejected,
    BadPayload,
    GrantRevoked,
    NoAnswer,
    Refused,
    ServerError,
    ValidationFailed,
    XeroError,
)
from tandem.xero.client.wire import Employee
from tandem.xero.connections.session import XeroSession
from tandem.xero.mapping.employee import XeroEmployee, theirs_value
from tandem.xero.mapping.fields import OF_PAYROLL, FieldValue, SharedField, fields_of, ours_value
from tandem.xero.mapping.values import same
from tandem.xero.models import Step
from tandem.xero.sync import bindings, conflicts, groups, items, journal, lease, mirror, stops
from tandem.xero.sync.desk import Desk
from tandem.xero.sync.hr_steps import EDITED, LINKED, Superseded
from tandem.xero.sync.ours import get_employee
from tandem.xero.sync.pages import StepStatus
from tandem.xero.sync.payroll_steps import (
    NotSendable,
    agreed_fields,
    body_of,
    compared_fields,
    tells_payroll,
)
from tandem.xero.sync.plan import Step as PlannedStep
from tandem.xero.sync.plan import Verb
from tandem.xero.sync.reading_back import Look, ReadBack

SERVER_ERROR = "xero_server_error"
KEPT_OTHER = "xero_kept_another_value"
#: Somebody edited in Xero what a write may have changed before.
EDITED_SINCE = "edited_unconfirmed"
LAST_GROUP = 2
NESTED = frozenset({SharedField.HOME_ADDRESS}) | OF_PAYROLL


class Waiting(Exception):
    """The run has to wait before this step can be sent; the step itself is planned again."""

    def __init__(self, pause: stops.Pause) -> None:
        super().__init__(pause.code)
        self.pause = pause


class Writer:
    """Carries out the steps of one run at Xero."""

    def __init__(self, desk: Desk, session: XeroSession) -> None:
        self._desk = desk
        self._session = session
        self._back = ReadBack(desk, session)

    def apply(self, step_id: UUID) -> None:
        """Do one planned step, or leave it with its reason."""
        row = self._row(step_id)
        with scope(self._desk.account_id):
            step = items.planned_step(row)
        try:
            body = self._body(step)
        except (Superseded, NotSendable, BadPayload) as left:
            self._outcome(row, "skipped", code=left.code)
            return
        except Refused as error:
            self._outcome(row, "rejected", code=error.code, correlation_id=error.correlation_id)
            return
        self._announce(row, body)
        self._send(row, step, body)

    def _row(self, step_id: UUID) -> Step:
        with scope(self._desk.account_id):
            return Step.objects.get(account_id=self._desk.account_id, step_id=step_id)

    def _body(self, step: PlannedStep) -> dict[str, object]:
        """Read both sides once more; return what to send, or raise Superseded if either moved on."""
        record = self._ours(step)
        if step.verb is Verb.CREATE:
            with scope(self._desk.account_id):
                self._refuse_linked(record.employee_id)
                return body_of(self._desk, step.after, ours=record, theirs=None, read=None)
        if step.xero_employee_id is None:
            raise Superseded(LINKED)
        found = self._back.fetch(step.xero_employee_id)
        person = self._back.keep(found)
        for change in step.changes:
            if not same(change.field, theirs_value(person, change.field), change.before):
                raise Superseded(EDITED)
        with scope(self._desk.account_id):
            return body_of(self._desk, step.after, ours=record, theirs=person, read=found)

    def _ours(self, step: PlannedStep) -> EmployeeRecord:
        if step.employee_id is None:
            raise Superseded(LINKED)
        try:
            record = get_employee(self._desk.actor, employee_id=step.employee_id)
        except EmployeeNotFound:
            raise Superseded("missing_in_hr") from None
        is_other = any(
            not same(change.field, ours_value(record, change.field), change.after) for change in step.changes
        )
        if is_other and not step.is_undo:
            raise Superseded(EDITED)
        return record

    def _refuse_linked(self, employee_id: UUID) -> None:
        if bindings.is_linked(self._desk.account_id, self._desk.connection_id, employee_id):
            raise Superseded(LINKED)

    def _announce(self, row: Step, body: Mapping[str, object] | None = None) -> None:
        """Commit the intent, with the bytes and the key, before anything is sent."""
        journal.at_boundary("before intent")
        with durable_scope(self._desk.account_id):
            lease.hold(self._desk.lease)
            if body is not None:
                items.seal_request(row, dict(body))
            row.idempotency_key = row.idempotency_key or key_of(row, 1)
            journal.write(row, "intended")
        journal.at_boundary("after intent")

    def _send(self, row: Step, step: PlannedStep, body: Mapping[str, object], *, is_retry: bool = False) -> None:
        """Send what was announced, and note what came of it. A retry that must wait leaves the step unconfirmed."""
        try:
            answer = self._post(row, step, body, is_retry=is_retry)
        except NoAnswer as error:
            self._outcome(row, "unknown", code=error.code, correlation_id=error.correlation_id)
        except ValidationFailed as error:
            self._reject(row, error)
        except (Refused, GrantRevoked, AppRejected) as error:
            self._after_refusal(row, step, error, is_retry=is_retry)
        else:
            journal.at_boundary("after call")
            self._done(row, step, answer)

    def _after_refusal(self, row: Step, step: PlannedStep, error: XeroError, *, is_retry: bool) -> None:
        pause = stops.pause_for(error)
        if pause is not None:
            if not is_retry:
                self._new_group(row)
            raise Waiting(pause) from error
        if isinstance(error, ServerError):
            self._after_server_error(row, step, error)
            return
        self._outcome(row, "rejected", code=error.code, correlation_id=error.correlation_id)

    def _post(self, row: Step, step: PlannedStep, body: Mapping[str, object], *, is_retry: bool) -> Employee:
        """Send once; an answer, or its lack, is never repeated here.

        Where nothing may be sent yet, the step waits for its turn and then begins anew, since what was read would be old.
        """
        try:
            if step.verb is Verb.CREATE:
                return self._session.create_employee(body, idempotency_key=row.idempotency_key)
            assert step.xero_employee_id is not None  # noqa: S101  an update has its person
            return self._session.update_employee(step.xero_employee_id, body, idempotency_key=row.idempotency_key)
        except stops.BEFORE_SENDING as error:
            pause = stops.pause_for(error)
            if pause is None:
                raise
            if not is_retry:
                self._step_back(row, code=error.code)
            raise Waiting(pause) from error

    def _step_back(self, row: Step, *, code: str) -> None:
        """Nothing was sent: the step is merely planned again."""
        with scope(self._desk.account_id):
            lease.hold(self._desk.lease, over_is_fine=True)
            row.status, row.outcome_code, row.outcome_at = StepStatus.PLANNED.value, "", None
            journal.write(row, journal.STEPPED_BACK, code=code)

    def _new_group(self, row: Step) -> None:
        """Xero refused without looking at the record, and replays refusals: start over under a new key."""
        with scope(self._desk.account_id):
            lease.hold(self._desk.lease, over_is_fine=True)
            row.status = StepStatus.PLANNED.value
            row.idempotency_key = key_of(row, group_of(row) + 1)
            row.save(update_fields=["status", "idempotency_key"])

    def _done(self, row: Step, step: PlannedStep, answer: Employee) -> None:
        """Note what Xero holds now: outcome, base and link in one transaction (xero.md R25)."""
        with scope(self._desk.account_id):
            person = self._back.in_full(answer)
        changed = {change.field for change in step.changes}
        if person.unread or changed & NESTED or answer.updated_at is None or not tells_payroll(answer):
            try:
                person = self._back.read(person.xero_employee_id)
            except XeroError:
                # The write itself is confirmed; what it left behind is read by the next run.
                person = replace(person, payroll=None)
                with scope(self._desk.account_id):
                    mirror.want(self._desk.account_id, self._desk.connection_id, person.xero_employee_id)
        self.note_done(row, step, person, event="applied")

    def note_done(self, row: Step, step: PlannedStep, person: XeroEmployee, *, event: str) -> None:
        """Commit the outcome of a write that is known to have happened."""
        desk = self._desk
        is_kept = all(
            same(change.field, change.after, theirs_value(person, change.field))
            for change in step.changes
            if change.field in fields_of(person.payroll) and change.field not in person.unread
        )
        with scope(desk.account_id):
            lease.hold(desk.lease, over_is_fine=True)
            if not person.unread:
                mirror.store_detail(desk.account_id, desk.connection_id, [person])
            if step.employee_id is not None:
                self._agree(step, step.employee_id, person)
            journal.write(row, event, code="" if is_kept else KEPT_OTHER, xero_employee_id=person.xero_employee_id)
            journal.at_boundary("outcome written")
        journal.at_boundary("outcome committed")

    def _agree(self, step: PlannedStep, employee_id: UUID, person: XeroEmployee) -> None:
        """Move the base. What was sent is agreed even where Xero kept another value: then Xero's is the newer change."""
        desk = self._desk
        if step.is_undo:
            bindings.hold(desk.account_id, desk.connection_id, employee_id=employee_id, changes=step.changes)
            return
        values: dict[SharedField, FieldValue] = dict(step.after)
        record = get_employee(desk.actor, employee_id=employee_id)
        withheld = groups.withheld(desk.preferences)
        agreed = agreed_fields(record, person, withheld=withheld)
        if step.verb is Verb.CREATE:
            bindings.bind(
                desk.account_id,
                desk.connection_id,
                employee_id=employee_id,
                xero_employee_id=person.xero_employee_id,
                matched_by=bindings.CREATED_IN_XERO,
            )
            values = agreed | values
        bindings.agree(desk.account_id, desk.connection_id, employee_id=employee_id, values=values)
        if len(agreed) == len(compared_fields(record, person, withheld=withheld)):
            bindings.note_quiet(desk.account_id, desk.connection_id, {employee_id: record.revision})
        conflicts.settle(desk.account_id, desk.connection_id, employee_id, step.field_names)

    def _reject(self, row: Step, error: ValidationFailed) -> None:
        with scope(self._desk.account_id):
            payload = items.payload_of(row)
            payload["said"] = [["", rejection.message] for rejection in error.rejections]
            items.reseal(row, payload)
        self._outcome(row, "rejected", code=error.code, correlation_id=error.correlation_id)

    def _outcome(self, row: Step, event: str, *, code: str, correlation_id: str = "") -> None:
        with scope(self._desk.account_id):
            lease.hold(self._desk.lease, over_is_fine=True)
            journal.write(row, event, code=code, correlation_id=correlation_id)
            journal.at_boundary("outcome written")
        journal.at_boundary("outcome committed")

    def _after_server_error(self, row: Step, step: PlannedStep, error: ServerError) -> None:
        """Xero said 500, which proves nothing: read back, try once more under a new key, then park the record."""
        if group_of(row) >= LAST_GROUP:
            self._outcome(row, "rejected", code=SERVER_ERROR, correlation_id=error.correlation_id)
            return
        look = self._back.look(row, step)
        if look.is_done and look.person is not None:
            self.note_done(row, step, look.person, event="applied")
            return
        if look.edited:
            self._leave_to_a_person(row, step, look)
            return
        row.idempotency_key = key_of(row, LAST_GROUP)
        body = self._stored_body(row)
        self._announce(row)
        self._send(row, step, body)

    def _leave_to_a_person(self, row: Step, step: PlannedStep, look: Look) -> None:
        """Let fields flow nowhere that somebody edited in Xero after a write that may have landed before (ADR 40)."""
        desk = self._desk
        with scope(desk.account_id):
            lease.hold(desk.lease, over_is_fine=True)
            if step.employee_id is not None:
                bindings.doubt(desk.account_id, desk.connection_id, employee_id=step.employee_id, fields=look.edited)
            journal.write(row, "skipped", code=EDITED_SINCE)
            journal.at_boundary("outcome written")
        journal.at_boundary("outcome committed")

    def _stored_body(self, row: Step) -> dict[str, object]:
        with scope(self._desk.account_id):
            return items.request_of(row) or {}


def key_of(row: Step, group: int) -> str:
    """Return the key of one attempt group: the same for a retry, new after a definite refusal."""
    return f"{row.step_id}-{group}"


def group_of(row: Step) -> int:
    """Return the attempt group of a row's key."""
    return int(row.idempotency_key.rpartition("-")[2]) if row.idempotency_key else 1
