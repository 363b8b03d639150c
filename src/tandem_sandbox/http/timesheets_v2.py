"""Payroll AU 2.0: timesheets in the other dialect: camel case, ISO dates, pagination, problems (xero.md 3.3)."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import Blueprint, Response, request

from tandem_sandbox.http import errors, resource
from tandem_sandbox.http.access import Visit, tenant_call
from tandem_sandbox.http.envelope import PROVIDER
from tandem_sandbox.http.paging import PAGE_SIZE, page_of
from tandem_sandbox.world import shapes, timesheet_lines, timesheets, wire
from tandem_sandbox.world.batch import Row
from tandem_sandbox.world.state import run_time_id
from tandem_sandbox.world.timesheet_lines import Invalid, Refused

blueprint = Blueprint("timesheets_v2", __name__, url_prefix="/payroll.xro/2.0/timesheets")
SCOPE = "payroll.timesheets"
STATUSES = {
    "DRAFT": "Draft",
    "REQUESTED": "Draft",
    "REJECTED": "Draft",
    "APPROVED": "Approved",
    "PROCESSED": "Completed",
}
FILTER = re.compile(r'\s*(employeeid|payrollcalendarid)\s*==\s*"?([0-9a-f-]{36})"?\s*', re.IGNORECASE)
Answer = Callable[[Visit, Row], Response]


@blueprint.get("")
def list_timesheets() -> Response:
    """Answer a page of timesheets, without their lines."""
    return _call(_list)


@blueprint.post("")
def create_timesheet() -> Response:
    """Create one timesheet with its lines."""
    return _call(_create)


@blueprint.get("/<sheet_id>")
def get_timesheet(sheet_id: str) -> Response:
    """Answer one timesheet with its lines."""
    return _with(sheet_id, _one)


@blueprint.delete("/<sheet_id>")
def delete_timesheet(sheet_id: str) -> Response:
    """Delete a draft."""
    return _with(sheet_id, _delete)


@blueprint.post("/<sheet_id>/approve")
def approve(sheet_id: str) -> Response:
    """Approve a timesheet; there is no body."""
    return _with(sheet_id, lambda visit, row: _one(visit, timesheet_lines.approve(*_at(visit), row, now=visit.now)))


@blueprint.post("/<sheet_id>/reverttodraft")
def revert(sheet_id: str) -> Response:
    """Make an approved timesheet a draft again; there is no body."""
    return _with(sheet_id, lambda visit, row: _one(visit, timesheet_lines.revert(*_at(visit), row, now=visit.now)))


@blueprint.post("/<sheet_id>/lines")
def add_line(sheet_id: str) -> Response:
    """Add a line."""
    return _with(sheet_id, lambda visit, row: _save_line(visit, row, line_id=None))


@blueprint.put("/<sheet_id>/lines/<line_id>")
def replace_line(sheet_id: str, line_id: str) -> Response:
    """Replace a line."""
    return _with(sheet_id, lambda visit, row: _save_line(visit, row, line_id=line_id.strip().lower()))


@blueprint.delete("/<sheet_id>/lines/<line_id>")
def delete_line(sheet_id: str, line_id: str) -> Response:
    """Delete a line."""
    return _with(sheet_id, lambda visit, row: _delete_line(visit, row, line_id))


def _call(handler: Callable[[Visit], Response]) -> Response:
    def handled(visit: Visit) -> Response:
        try:
            return handler(visit)
        except Refused as error:
            return _problem(visit, error.fields)

    return tenant_call(SCOPE, handled, payroll=True)


def _with(sheet_id: str, answer: Answer) -> Response:
    def handled(visit: Visit) -> Response:
        row = timesheets.find(*_at(visit), sheet_id)
        return answer(visit, row) if row else resource.not_found()

    return _call(handled)


def _at(visit: Visit) -> tuple[Any, Any]:
    return visit.world, visit.organisation


def _list(visit: Visit) -> Response:
    page = request.args.get("page", "1")
    if not (page.isascii() and page.isdigit() and len(page) < 10) or int(page) < 1:
        raise Refused(Invalid("Page", "The Page must be a number from 1."))
    found = list(_chosen(timesheets.of(*_at(visit)).values()))
    if request.args.get("sort"):
        found.sort(key=lambda row: str(row["StartDate"]), reverse=True)
    shown = [_shown(row) for row in page_of(found, int(page))]
    pagination = {
        "page": int(page),
        "pageSize": PAGE_SIZE,
        "pageCount": -(-len(found) // PAGE_SIZE),
        "itemCount": len(found),
    }
    return _answer(visit, "timesheets", shown, pagination=pagination)


def _chosen(rows: Iterable[Row]) -> Iterable[Row]:
    wanted = _filter(request.args.get("filter", ""))
    status, start, end = request.args.get("status", ""), _day("startDate"), _day("endDate")
    for row in rows:
        if status and STATUSES[row["Status"]].lower() != status.strip().lower():
            continue
        if (start and row["StartDate"] < start) or (end and row["EndDate"] > end):
            continue
        shown = _shown(row)
        if all(shown[name] == value for name, value in wanted.items()):
            yield row


def _filter(text: str) -> dict[str, str]:
    wanted = {}
    for part in re.split(r",|&&", text) if text.strip() else ():
        found = FILTER.fullmatch(part)
        if found is None:
            raise Refused(Invalid("Filter", "The Filter takes employeeId==id and payrollCalendarId==id."))
        name = "employeeID" if found[1].lower() == "employeeid" else "payrollCalendarID"
        wanted[name] = found[2].lower()
    return wanted


def _day(name: str) -> str | None:
    text = request.args.get(name)
    found = wire.read_day(text)
    if text and found is None:
        title = name[0].upper() + name[1:]
        raise Refused(Invalid(title, f"The {shapes.label(title)} is not a valid date."))
    return found


def _create(visit: Visit) -> Response:
    return _one(visit, timesheet_lines.create(*_at(visit), _body(), now=visit.now))


def _body() -> Mapping[str, Any]:
    body = resource.read_object()
    if body is None:
        raise Refused(Invalid("Body", "The body is not a JSON object."))
    return body


def _one(visit: Visit, row: Row) -> Response:
    return _answer(visit, "timesheet", {**_shown(row), "timesheetLines": [_line(line) for line in row["Lines"]]})


def _save_line(visit: Visit, row: Row, *, line_id: str | None) -> Response:
    if line_id is not None and timesheet_lines.find_line(row, line_id) is None:
        return resource.not_found()
    line = timesheet_lines.save_line(*_at(visit), row, _body(), line_id=line_id, now=visit.now)
    return _answer(visit, "timesheetLine", _line(line))


def _delete(visit: Visit, row: Row) -> Response:
    timesheet_lines.delete(*_at(visit), row)
    return _deleted(visit, row["Lines"][-1:])


def _delete_line(visit: Visit, row: Row, line_id: str) -> Response:
    line = timesheet_lines.find_line(row, line_id)
    if line is None:
        return resource.not_found()
    timesheet_lines.delete_line(*_at(visit), row, line, now=visit.now)
    return _deleted(visit, [line])


def _deleted(visit: Visit, lines: list[Row]) -> Response:
    if lines and visit.simulator.switches["timesheet_deleted_answer"] == "line":
        return errors.answer(wire.dumps(_line(lines[0])), status=200)
    return _answer(visit, "timesheetLine", None)


def _shown(row: Row) -> Row:
    return {
        "timesheetID": row["TimesheetID"],
        "payrollCalendarID": row["PayrollCalendarID"],
        "employeeID": row["EmployeeID"],
        "startDate": _midnight(row["StartDate"]),
        "endDate": _midnight(row["EndDate"]),
        "status": STATUSES[row["Status"]],
        "totalHours": timesheets.hours(row),
        "updatedDateUTC": wire.seven_decimals(wire.updated_of(row)),
    }


def _line(line: Row) -> Row:
    return {
        "timesheetLineID": line["TimesheetLineID"],
        "date": _midnight(line["Date"]),
        "earningsRateID": line["EarningsRateID"],
        "trackingItemID": line.get("TrackingItemID"),
        "numberOfUnits": line["NumberOfUnits"],
    }


def _midnight(iso: str) -> str:
    return f"{iso}T00:00:00"


def _answer(visit: Visit, name: str, value: object, *, pagination: object = None) -> Response:
    return errors.answer(
        wire.dumps({**_head(visit, "OK"), "pagination": pagination, "problem": None, name: value}), status=200
    )


def _head(visit: Visit, status: str) -> Row:
    return {
        "id": run_time_id(visit.world, "envelope"),
        "providerName": PROVIDER,
        "dateTimeUTC": wire.seven_decimals(visit.now),
        "httpStatusCode": status,
    }


def _problem(visit: Visit, fields: Iterable[Invalid]) -> Response:
    problem = {
        "type": "application/problem+json",
        "title": "BadRequest",
        "status": "400",
        "detail": "Validation error occurred.",
        "invalidFields": [item._asdict() for item in fields],
    }
    if visit.simulator.switches["timesheet_problem_shape"] == "problem":
        return errors.answer(wire.dumps(problem), status=400)
    return errors.answer(wire.dumps({**_head(visit, "BadRequest"), "pagination": None, "problem": problem}), status=400)
