"""Read one person in Xero, and find out what became of a write about them that Xero never confirmed."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings

from tandem.kernel import clock
from tandem.kernel.scoping import scope
from tandem.xero.catalog.selectors import lists_of
from tandem.xero.client.wire import ACTIVE, TERMINATED, Employee
from tandem.xero.connections.session import XeroSession
from tandem.xero.mapping.employee import XeroEmployee, from_xero, theirs_value
from tandem.xero.mapping.fields import SharedField
from tandem.xero.mapping.values import same
from tandem.xero.models import Step
from tandem.xero.sync import bindings, journal, mirror
from tandem.xero.sync.desk import Desk
from tandem.xero.sync.payroll_steps import person_in_full
from tandem.xero.sync.plan import Step as PlannedStep
from tandem.xero.sync.plan import Verb

SEARCH_OVERLAP = timedelta(minutes=2)


@dataclass(frozen=True)
class Look:
    """What reading back showed of an unconfirmed write; `edited` are fields that somebody changed in Xero since."""

    person: XeroEmployee | None
    is_done: bool
    edited: tuple[SharedField, ...] = ()


class ReadBack:
    """Reads people at Xero for one run, and remembers them so that the next plan sees what was seen."""

    def __init__(self, desk: Desk, session: XeroSession) -> None:
        self._desk = desk
        self._session = session

    def read(self, xero_employee_id: UUID) -> XeroEmployee:
        """Read a person in full and remember them."""
        return self.keep(self.fetch(xero_employee_id))

    def fetch(self, xero_employee_id: UUID) -> Employee:
        """Read a person in full, as Xero answers."""
        return self._desk.call(lambda: self._session.get_employee(xero_employee_id))

    def keep(self, found: Employee) -> XeroEmployee:
        """Remember an answer of Xero's."""
        with scope(self._desk.account_id):
            person = self.in_full(found)
            mirror.store_detail(self._desk.account_id, self._desk.connection_id, [person])
        return person

    def in_full(self, found: Employee) -> XeroEmployee:
        """Return what an answer of Xero's says of a person. Inside the account's scope."""
        lists = lists_of(self._desk.account_id, self._desk.connection_id)
        return person_in_full(self._desk.account_id, found, time_zone=self._desk.time_zone, lists=lists)

    def look(self, row: Step, step: PlannedStep) -> Look:
        """Read what Xero holds now of the person that a write was about."""
        if step.verb is Verb.CREATE or step.xero_employee_id is None:
            person = self.search(row, step)
            return Look(person, is_done=person is not None)
        person = self.read(step.xero_employee_id)
        missed = [one for one in step.changes if not same(one.field, one.after, theirs_value(person, one.field))]
        return Look(person, is_done=not missed, edited=edited_since(step, person))

    def search(self, row: Step, step: PlannedStep) -> XeroEmployee | None:
        """Look for the one unlinked person who changed since the intent and has the same name and birth date."""
        with scope(self._desk.account_id):
            since = (journal.first_intent_at(row) or clock.now()) - SEARCH_OVERLAP
        found: dict[UUID, Employee] = {}
        for status in (ACTIVE, TERMINATED):
            page = 1
            while True:
                rows = self._desk.call(
                    lambda: self._session.list_employees(page=page, status=status, modified_since=since)  # noqa: B023
                )
                found |= {record.employee_id: record for record in rows.records}
                if len(rows.records) + len(rows.rejects) < settings.TANDEM.xero.page_size:
                    break
                page += 1
        with scope(self._desk.account_id):
            taken = bindings.linked_in_xero(self._desk.account_id, self._desk.connection_id, found)
        people = [
            from_xero(record, time_zone=self._desk.time_zone, is_detail=False)
            for xero_employee_id, record in found.items()
            if xero_employee_id not in taken
        ]
        alike = [person for person in people if is_the_person(person, step)]
        if len(alike) != 1:
            return None
        return self.read(alike[0].xero_employee_id)


def is_the_person(person: XeroEmployee, step: PlannedStep) -> bool:
    """Say whether a listed person has the name and birth date that a create sent."""
    values = step.after
    return all(
        same(field, values.get(field, ""), theirs_value(person, field))
        for field in (SharedField.FIRST_NAME, SharedField.LAST_NAME)
    ) and same(SharedField.DATE_OF_BIRTH, values.get(SharedField.DATE_OF_BIRTH), person.date_of_birth)


def edited_since(step: PlannedStep, person: XeroEmployee) -> tuple[SharedField, ...]:
    """Return the fields that hold neither what was nor what was sent; once one holds what was sent, all it does not.

    A write lands whole, so a field that is back at its former value beside one that has landed was put back by somebody.
    """
    held = [(change, theirs_value(person, change.field)) for change in step.changes]
    changing = [(change, value) for change, value in held if not same(change.field, change.before, change.after)]
    has_landed = any(same(change.field, change.after, value) for change, value in changing)
    return tuple(
        change.field
        for change, value in held
        if not same(change.field, change.after, value) and (has_landed or not same(change.field, change.before, value))
    )
