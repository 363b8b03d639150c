"""The people of these tests, and a pure stand-in for executing a plan on both sides."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

from tandem.people import rules
from tandem.people.records import Address, EmployeeRecord, EmployeeStatus, Gender
from tandem.xero.client.wire import Employee
from tandem.xero.mapping.employee import XeroEmployee, details_from_xero, from_xero, hr_changes, theirs_value
from tandem.xero.mapping.fields import DETAIL_FIELDS, FieldValue, SharedField, Termination, ours_value
from tandem.xero.mapping.requests import to_xero
from tandem.xero.matching.matching import Side
from tandem.xero.sync.plan import Plan, Step, Verb
from tandem.xero.sync.records import Base, Binding, Snapshot

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
ZONE = "Australia/Sydney"
HOME = Address(line1="4 Harbour Lane", suburb="Balmain", state="NSW", postcode="2041", country="Australia")


def hr_id(number: int) -> UUID:
    return UUID(int=number)


def xero_id(number: int) -> UUID:
    return UUID(int=number + (1 << 64))


ADA = EmployeeRecord(
    employee_id=hr_id(1),
    employee_number="E1",
    title="Ms",
    first_name="Ada",
    middle_names="",
    last_name="Byron",
    preferred_name="",
    date_of_birth=date(1985, 12, 10),
    gender=Gender.FEMALE,
    home_address=HOME,
    phone="02 9000 0000",
    mobile="0400 000 000",
    work_email="ada@example.com",
    home_email="",
    job_title="Baker",
    start_on=date(2020, 2, 3),
    branch_id=None,
    status=EmployeeStatus.CURRENT,
    termination_on=None,
    termination_reason=None,
    revision=1,
    changed_at=NOW,
)


def as_theirs(record: EmployeeRecord, number: int = 1) -> XeroEmployee:
    """Return the same person as Xero would show them."""
    body = to_xero({field: ours_value(record, field) for field in DETAIL_FIELDS}, ours=record, theirs=None)
    return from_xero(Employee.model_validate({"EmployeeID": str(xero_id(number)), **body}), time_zone=ZONE)


def base_of(record: EmployeeRecord) -> Base:
    return {field: ours_value(record, field) for field in DETAIL_FIELDS}


def linked(record: EmployeeRecord, theirs: XeroEmployee, base: Base) -> Snapshot:
    """Return a snapshot of one linked person."""
    binding = Binding(record.employee_id, theirs.xero_employee_id, base)
    return Snapshot(NOW, (record,), (theirs,), (binding,), time_zone=ZONE)


def execute(plan: Plan, snapshot: Snapshot) -> Snapshot:
    """Return the snapshot as it is after a plan was executed faithfully."""
    world = World(snapshot)
    for match in plan.new_bindings:
        world.bind(match.employee_id, match.xero_employee_id)
    for settlement in plan.settlements:
        world.agree(settlement.employee_id, settlement.values)
    for step in plan.steps:
        world.take(step)
    return world.snapshot()


class World:
    """Both sides, changeable; every step goes through the real mapping."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.before = snapshot
        self.ours = {record.employee_id: record for record in snapshot.ours}
        self.theirs = {person.xero_employee_id: person for person in snapshot.theirs}
        self.bindings = {binding.employee_id: binding for binding in snapshot.bindings}

    def snapshot(self) -> Snapshot:
        return replace(
            self.before,
            ours=tuple(self.ours.values()),
            theirs=tuple(self.theirs.values()),
            bindings=tuple(self.bindings.values()),
        )

    def bind(self, employee_id: UUID, xero_employee_id: UUID) -> None:
        self.bindings[employee_id] = Binding(employee_id, xero_employee_id)

    def agree(self, employee_id: UUID, values: Mapping[SharedField, FieldValue]) -> None:
        binding = self.bindings[employee_id]
        self.bindings[employee_id] = replace(
            binding, base={**binding.base, **values}, held=binding.held - values.keys()
        )

    def take(self, step: Step) -> None:
        if step.verb is Verb.REMOVE:
            assert step.employee_id
            del self.ours[step.employee_id]
            return
        employee_id = self._in_hr(step) if step.target is Side.HR else self._in_xero(step)
        if step.is_undo:
            self.hold(employee_id, step)
        else:
            self.agree(employee_id, step.after)

    def hold(self, employee_id: UUID, step: Step) -> None:
        binding = self.bindings[employee_id]
        fields = {change.field for change in step.changes}
        base = {field: value for field, value in binding.base.items() if field not in fields}
        base |= {change.field: change.base for change in step.changes if change.has_base}
        self.bindings[employee_id] = replace(binding, base=base, held=binding.held | fields)

    def _in_hr(self, step: Step) -> UUID:
        if step.verb is Verb.CREATE:
            assert step.xero_employee_id
            employee_id = UUID(int=step.xero_employee_id.int + (1 << 96))
            details = details_from_xero(self.theirs[step.xero_employee_id])
            fields = {name: getattr(details, name) for name in details.__dataclass_fields__}
            self.ours[employee_id] = replace(ADA, employee_id=employee_id, **fields)
            self.bind(employee_id, step.xero_employee_id)
        else:
            assert step.employee_id
            employee_id = step.employee_id
        record = replace(self.ours[employee_id], **hr_changes(step.after))  # type: ignore[arg-type]
        if SharedField.TERMINATION in step.after:
            record = end(record, step.after[SharedField.TERMINATION])
        self.ours[employee_id] = record
        return employee_id

    def _in_xero(self, step: Step) -> UUID:
        assert step.employee_id
        record = self.ours[step.employee_id]
        person = self.theirs.get(step.xero_employee_id) if step.xero_employee_id else None
        found = XeroEmployee(xero_id(record.employee_id.int)) if person is None else person
        if step.verb is Verb.CREATE:
            self.bind(step.employee_id, found.xero_employee_id)
        body = to_xero(step.after, ours=record, theirs=person)
        kept = {field: theirs_value(found, field) for field in DETAIL_FIELDS}
        full = to_xero({**kept}, ours=record, theirs=found) | body | {"EmployeeID": str(found.xero_employee_id)}
        read = from_xero(Employee.model_validate(full), time_zone=ZONE)
        self.theirs[found.xero_employee_id] = replace(read, updated_at=found.updated_at)
        return step.employee_id


def end(record: EmployeeRecord, termination: FieldValue) -> EmployeeRecord:
    """Return a record ended on a day, or brought back."""
    if not isinstance(termination, Termination):
        return replace(record, status=EmployeeStatus.CURRENT, termination_on=None, termination_reason=None)
    return replace(
        record,
        status=rules.status_on(termination.on, TODAY),
        termination_on=termination.on,
        termination_reason=termination.reason,
    )
