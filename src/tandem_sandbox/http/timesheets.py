"""Payroll AU 1.0: timesheets, one number a day."""

from typing import Any

from flask import Blueprint, Response

from tandem_sandbox.http import envelope, resource
from tandem_sandbox.http.access import Visit, malformed, tenant_call
from tandem_sandbox.world import timesheets, wire
from tandem_sandbox.world.shapes import Malformed

blueprint = Blueprint("timesheets", __name__, url_prefix=resource.ROOT)
SCOPE = "payroll.timesheets"
TIMESHEETS = resource.Resource(
    "Timesheets", "Timesheet", "TimesheetID",
    {
        "TimesheetID": "guid", "EmployeeID": "guid", "StartDate": "day", "EndDate": "day", "Status": "text",
        "Hours": "number", "UpdatedDateUTC": "moment",
    },
)  # fmt: skip
KEPT_INSIDE = ("Lines", "PayrollCalendarID")


@blueprint.get("/timesheets")
def list_timesheets() -> Response:
    """Answer a page of timesheets."""
    return tenant_call(SCOPE, _list, payroll=True)


@blueprint.post("/timesheets")
def create_timesheets() -> Response:
    """Create timesheets (or update those that name their id)."""
    return tenant_call(SCOPE, lambda visit: _save(visit, target=None), payroll=True)


@blueprint.get("/timesheets/<sheet_id>")
def get_timesheet(sheet_id: str) -> Response:
    """Answer one timesheet, alone and not in a list."""
    return tenant_call(SCOPE, lambda visit: _get(visit, sheet_id), payroll=True)


@blueprint.post("/timesheets/<sheet_id>")
def update_timesheet(sheet_id: str) -> Response:
    """Update one timesheet."""
    return tenant_call(SCOPE, lambda visit: _update(visit, sheet_id), payroll=True)


def _list(visit: Visit) -> Response:
    ask = resource.read_ask(visit, TIMESHEETS)
    if isinstance(ask, Response):
        return ask
    rows = timesheets.of(visit.world, visit.organisation).values()
    page = ask.pick(rows, record=_filterable, updated=wire.updated_of)
    return envelope.collection(visit, TIMESHEETS.collection, [_written(visit, row) for row in page])


def _filterable(row: dict[str, Any]) -> dict[str, Any]:
    return {**wire.filterable(row), "Hours": timesheets.hours(row)}


def _get(visit: Visit, sheet_id: str) -> Response:
    row = timesheets.find(visit.world, visit.organisation, sheet_id)
    return envelope.single(visit, "Timesheet", _shown(row)) if row else resource.not_found()


def _update(visit: Visit, sheet_id: str) -> Response:
    if timesheets.find(visit.world, visit.organisation, sheet_id) is None:
        return resource.not_found()
    return _save(visit, target=sheet_id.lower())


def _save(visit: Visit, *, target: str | None) -> Response:
    records = resource.read_array(TIMESHEETS, target=target)
    if records is None:
        return resource.bad_request()
    switches = visit.simulator.switches
    try:
        saved = timesheets.save(
            visit.world, visit.organisation, records, target=target, switches=switches, now=visit.now
        )
    except Malformed:
        return malformed(visit)
    return resource.answer_saved(visit, TIMESHEETS, saved, write=lambda row: _written(visit, row))


def _written(visit: Visit, row: dict[str, Any]) -> str:
    return resource.written(_shown(row), visit.simulator.switches)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    shown = wire.row({name: value for name, value in row.items() if name not in KEPT_INSIDE})
    updated = shown["UpdatedDateUTC"]
    lines = [{**line, "UpdatedDateUTC": updated} for line in timesheets.grouped(row)]
    return {**shown, "Hours": timesheets.hours(row), "TimesheetLines": lines}
