"""Payroll AU 1.0: employees in full; settings, calendars and pay runs to read."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, request

from tandem_sandbox.http import envelope, errors
from tandem_sandbox.http.access import Visit, instance, tenant_call
from tandem_sandbox.world import people, query, seed, wire
from tandem_sandbox.world.rules import Malformed
from tandem_sandbox.world.state import ZERO_ID, Person, derive_id
from tandem_sandbox.world.switches import Switches

blueprint = Blueprint("payroll_au", __name__, url_prefix="/payroll.xro/1.0")
PAGE_SIZE = 100
EMPLOYEE_KINDS = {
    "EmployeeID": "guid", "FirstName": "text", "MiddleNames": "text", "LastName": "text", "Status": "text",
    "Email": "text", "DateOfBirth": "day", "Gender": "text", "Phone": "text", "Mobile": "text", "StartDate": "day",
    "TerminationDate": "day", "TerminationReason": "text", "OrdinaryEarningsRateID": "guid",
    "PayrollCalendarID": "guid", "EmployeeGroupName": "text", "UpdatedDateUTC": "moment", "IsSTP2Qualified": "bool",
}  # fmt: skip
CALENDAR_KINDS = {"PayrollCalendarID": "guid", "Name": "text", "CalendarType": "text", "StartDate": "day"}
PAY_RUN_KINDS = {"PayRunID": "guid", "PayrollCalendarID": "guid", "PayRunStatus": "text", "PaymentDate": "day"}
CALENDAR_DATES = frozenset({"StartDate", "PaymentDate", "ReferenceDate"})
PAY_RUN_DATES = frozenset({"PayRunPeriodStartDate", "PayRunPeriodEndDate", "PaymentDate"})
LATER = (
    "leaveapplications", "payitems", "payslip", "superfunds", "superfundproducts", "timesheets",
)  # fmt: skip


@blueprint.get("/employees")
def list_employees() -> Response:
    """Answer a page of employees."""
    return tenant_call("payroll.employees", _list_employees, payroll=True)


@blueprint.post("/employees")
def create_employees() -> Response:
    """Create employees (or update those that name their id)."""
    return tenant_call("payroll.employees", lambda visit: _save(visit, target=None), payroll=True)


@blueprint.get("/employees/<employee_id>")
def get_employee(employee_id: str) -> Response:
    """Answer one employee in full."""
    return tenant_call("payroll.employees", lambda visit: _get_employee(visit, employee_id), payroll=True)


@blueprint.post("/employees/<employee_id>")
def update_employee(employee_id: str) -> Response:
    """Update one employee."""
    return tenant_call("payroll.employees", lambda visit: _update(visit, employee_id), payroll=True)


@blueprint.get("/settings")
def get_settings() -> Response:
    """Answer the payroll settings."""
    return tenant_call("payroll.settings", _settings, payroll=True)


@blueprint.get("/payrollcalendars")
def list_calendars() -> Response:
    """Answer the pay calendars."""
    return tenant_call("payroll.settings", _calendars, payroll=True)


@blueprint.get("/payruns")
def list_pay_runs() -> Response:
    """Answer the pay runs."""
    return tenant_call("payroll.payruns", _pay_runs, payroll=True)


@blueprint.route("/<resource>", methods=["GET", "POST"])
@blueprint.route("/<resource>/<path:rest>", methods=["GET", "POST"])
def elsewhere(resource: str, rest: str = "") -> Response:
    """Say honestly that Xero has this and the sandbox not yet, or that nobody has it."""
    del rest
    if resource in LATER:
        text = "The sandbox does not have this resource yet."
        return errors.answer(text, status=501, content_type=errors.TEXT)
    return not_found()


def not_found() -> Response:
    """Answer 404 as plain text (xero.md 3.2)."""
    text = "The resource you're looking for cannot be found"
    return errors.answer(text, status=404, content_type=errors.TEXT)


def _list_employees(visit: Visit) -> Response:
    found: Iterable[Person] = seed.people_of(visit.world, visit.organisation).values()
    try:
        since = _since(visit)
        where_text = request.args.get("where")
        where = query.parse_where(where_text, kinds=EMPLOYEE_KINDS, type_name="Employee") if where_text else None
        page = _page()
        order_text = request.args.get("order")
        order = query.parse_order(order_text, kinds=EMPLOYEE_KINDS, type_name="Employee") if order_text else None
    except (query.QueryParseError, query.BadSince, _Refuse) as error:
        return _query_refusal(visit, error)
    if since:
        found = [person for person in found if person.updated_at >= since]
    if where is None or "Status" not in where.names:
        shows_all = since is not None and bool(visit.simulator.switches["modified_since_shows_terminated"])
        found = [person for person in found if shows_all or not person.fields.get("TerminationDate")]
    if where:
        found = [person for person in found if where.test(_filterable(person))]
    if order:
        found = [record["person"] for record in order([{**_filterable(person), "person": person} for person in found])]
    people_of_page = list(found)[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    switches = visit.simulator.switches
    if switches["null_fields"] == "absent" and not switches["unknown_fields"]:
        written = [wire.summary_text(person) for person in people_of_page]
    else:
        written = [_written(wire.summary(person), switches) for person in people_of_page]
    return envelope.collection(visit, "Employees", written)


class _Refuse(Exception):
    """A query that gets a plain bad request."""


def _query_refusal(visit: Visit, error: Exception) -> Response:
    if isinstance(error, query.QueryParseError):
        return errors.exception("QueryParseException", str(error), number=16)
    if isinstance(error, query.BadSince):
        return errors.answer("", status=412, content_type=errors.TEXT)
    if isinstance(error, _Broken):
        return errors.broken(instance(visit))
    return errors.exception("Error", "Bad request", number=0)


class _Broken(_Refuse):
    """Something Payroll AU answers 500 to."""


def _since(visit: Visit) -> Any:
    text = request.headers.get("If-Modified-Since")
    if not text:
        return None
    moment, fancy = query.parse_since(text)
    if fancy and visit.simulator.switches["modified_since_with_milliseconds"] == 500:
        raise _Broken
    return moment


def _page() -> int:
    text = request.args.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) < 10) or int(text) < 1:
        raise _Refuse
    return int(text)


def _filterable(person: Person) -> dict[str, Any]:
    return {
        **person.fields,
        "EmployeeID": person.id,
        "Status": wire.status_of(person.fields),
        "UpdatedDateUTC": person.updated_at,
    }


def _written(record: dict[str, Any], switches: Switches) -> str:
    if switches["null_fields"] == "null":
        record = wire.with_nulls(record)
    if switches["unknown_fields"]:
        record = wire.with_unknown(record)
    return wire.dumps(record)


def _get_employee(visit: Visit, employee_id: str) -> Response:
    person = people.find(visit.world, visit.organisation, employee_id)
    if person is None:
        return not_found()
    return envelope.collection(visit, "Employees", [_written(wire.detail(person), visit.simulator.switches)])


def _update(visit: Visit, employee_id: str) -> Response:
    if people.find(visit.world, visit.organisation, employee_id) is None:
        return not_found()
    return _save(visit, target=employee_id.lower())


def _save(visit: Visit, *, target: str | None) -> Response:
    records = _records()
    if records is None or (target is not None and len(records) > 1):
        return errors.exception("Error", "Bad request", number=0)
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
        return errors.broken(instance(visit))
    if any(item.errors for item in saved):
        return _refused(visit, saved)
    written = [_written(wire.detail(item.person), visit.simulator.switches) for item in saved if item.person]
    return envelope.collection(visit, "Employees", written)


def _records() -> list[Mapping[str, Any]] | None:
    try:
        body = json.loads(request.get_data(cache=True))
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, list) or not body or not all(isinstance(record, dict) for record in body):
        return None
    return body


def _refused(visit: Visit, saved: Sequence[people.Saved]) -> Response:
    records = [_echo(item) for item in saved]
    if visit.simulator.switches["validation_error_shape"] == "exception":
        bad = [{"ValidationErrors": record["ValidationErrors"]} for record in records if "ValidationErrors" in record]
        return errors.exception("ValidationException", "A validation exception occurred", number=10, elements=bad)
    return envelope.rejected("Employees", records)


def _echo(item: people.Saved) -> dict[str, Any]:
    echoed = {**item.sent, "EmployeeID": item.person_id or ZERO_ID}
    if item.errors:
        echoed["ValidationErrors"] = [{"Message": message} for message in item.errors]
    return echoed


def _settings(visit: Visit) -> Response:
    organisation = visit.organisation
    days: str | int = "364" if visit.simulator.switches["days_in_payroll_year"] == "text" else 364
    categories = {
        name: {
            "TrackingCategoryID": derive_id(visit.world.seed, organisation.id, name),
            "TrackingCategoryName": shown,
        }
        for name, shown in (("EmployeeGroups", "Team"), ("TimesheetCategories", "Location"))
    }
    settings = {
        "Accounts": organisation.accounts,
        "TrackingCategories": categories,
        "DaysInPayrollYear": days,
        "EmployeesAreSTP2": organisation.stp2,
    }
    return envelope.single(visit, "Settings", settings)


def _calendars(visit: Visit) -> Response:
    rows = _dated(visit.organisation.calendars, CALENDAR_DATES)
    return _plain_list(visit, "PayrollCalendars", rows, kinds=CALENDAR_KINDS, type_name="PayrollCalendar")


def _pay_runs(visit: Visit) -> Response:
    rows = _dated(visit.organisation.pay_runs, PAY_RUN_DATES)
    return _plain_list(visit, "PayRuns", rows, kinds=PAY_RUN_KINDS, type_name="PayRun")


def _dated(rows: list[dict[str, Any]], dates: frozenset[str]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [
        (row, {name: wire.ms_day(value) if name in dates else value for name, value in row.items()}) for row in rows
    ]


def _plain_list(
    visit: Visit,
    name: str,
    rows: list[tuple[dict[str, Any], dict[str, Any]]],
    *,
    kinds: Mapping[str, str],
    type_name: str,
) -> Response:
    updated = seed.SEEDED_AT
    try:
        since = _since(visit)
        where_text = request.args.get("where")
        where = query.parse_where(where_text, kinds=kinds, type_name=type_name) if where_text else None
        page = _page()
    except (query.QueryParseError, query.BadSince, _Refuse) as error:
        return _query_refusal(visit, error)
    shown = [
        wire.dumps({**row, "UpdatedDateUTC": wire.ms_moment(updated)})
        for plain, row in rows
        if (where is None or where.test(plain)) and (since is None or updated >= since)
    ]
    return envelope.collection(visit, name, shown[(page - 1) * PAGE_SIZE : page * PAGE_SIZE])
