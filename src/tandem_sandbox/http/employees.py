"""Payroll AU 1.0: employees."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response

from tandem_sandbox.http import envelope, resource
from tandem_sandbox.http.access import Visit, malformed, tenant_call
from tandem_sandbox.world import people, seed, wire
from tandem_sandbox.world.rules import Malformed
from tandem_sandbox.world.state import Person

blueprint = Blueprint("employees", __name__, url_prefix=resource.ROOT)
SCOPE = "payroll.employees"
EMPLOYEES = resource.Resource(
    "Employees", "Employee", "EmployeeID",
    {
        "EmployeeID": "guid", "FirstName": "text", "MiddleNames": "text", "LastName": "text", "Status": "text",
        "Email": "text", "DateOfBirth": "day", "Gender": "text", "Phone": "text", "Mobile": "text",
        "StartDate": "day", "TerminationDate": "day", "TerminationReason": "text", "OrdinaryEarningsRateID": "guid",
        "PayrollCalendarID": "guid", "EmployeeGroupName": "text", "UpdatedDateUTC": "moment",
        "IsSTP2Qualified": "bool",
    },
)  # fmt: skip


@blueprint.get("/employees")
def list_employees() -> Response:
    """Answer a page of employees."""
    return tenant_call(SCOPE, _list, payroll=True)


@blueprint.post("/employees")
def create_employees() -> Response:
    """Create employees (or update those that name their id)."""
    return tenant_call(SCOPE, lambda visit: _save(visit, target=None), payroll=True)


@blueprint.get("/employees/<employee_id>")
def get_employee(employee_id: str) -> Response:
    """Answer one employee in full."""
    return tenant_call(SCOPE, lambda visit: _get(visit, employee_id), payroll=True)


@blueprint.post("/employees/<employee_id>")
def update_employee(employee_id: str) -> Response:
    """Update one employee."""
    return tenant_call(SCOPE, lambda visit: _update(visit, employee_id), payroll=True)


def _list(visit: Visit) -> Response:
    ask = resource.read_ask(visit, EMPLOYEES)
    if isinstance(ask, Response):
        return ask
    switches = visit.simulator.switches
    found: Iterable[Person] = seed.people_of(visit.world, visit.organisation).values()
    shows_all = ask.since is not None and bool(switches["modified_since_shows_terminated"])
    if not ask.names("Status") and not shows_all:
        found = (person for person in found if not person.fields.get("TerminationDate"))
    ask = replace(ask, key=(*ask.key, shows_all))
    page = ask.pick(
        found, record=_filterable, updated=lambda person: person.updated_at, kept=visit.organisation.listings
    )
    if switches["null_fields"] == "absent" and not switches["unknown_fields"]:
        return envelope.collection(visit, "Employees", [wire.summary_text(person) for person in page])
    return envelope.collection(visit, "Employees", [_written(visit, wire.summary(person)) for person in page])


def _filterable(person: Person) -> dict[str, Any]:
    return {
        **person.fields,
        "EmployeeID": person.id,
        "Status": wire.status_of(person.fields),
        "UpdatedDateUTC": person.updated_at,
    }


def _written(visit: Visit, record: dict[str, Any]) -> str:
    return resource.written(record, visit.simulator.switches, nullable=wire.NULLABLE)


def _get(visit: Visit, employee_id: str) -> Response:
    person = people.find(visit.world, visit.organisation, employee_id)
    if person is None:
        return resource.not_found()
    return envelope.collection(visit, "Employees", [_written(visit, wire.detail(person))])


def _update(visit: Visit, employee_id: str) -> Response:
    if people.find(visit.world, visit.organisation, employee_id) is None:
        return resource.not_found()
    return _save(visit, target=employee_id.lower())


def _save(visit: Visit, *, target: str | None) -> Response:
    records = resource.read_array(EMPLOYEES, target=target)
    if records is None:
        return resource.bad_request()
    try:
        saved = people.save(
            visit.world,
            visit.organisation,
            records,
            target=target,
            switches=visit.simulator.switches,
            now=visit.now,
        )
    except Malformed:
        return malformed(visit)
    if any(item.errors for item in saved):
        echoes = [resource.Echo(item.sent, item.person_id, item.errors) for item in saved]
        return resource.refused(visit, EMPLOYEES, echoes)
    written = [_written(visit, wire.detail(item.person)) for item in saved if item.person]
    return envelope.collection(visit, "Employees", written)
