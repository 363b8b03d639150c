"""Payroll AU 1.0: pay calendars."""

from typing import Any

from flask import Blueprint, Response

from tandem_sandbox.http import envelope, resource
from tandem_sandbox.http.access import Visit, malformed, tenant_call
from tandem_sandbox.world import calendars, wire
from tandem_sandbox.world.shapes import Malformed

blueprint = Blueprint("calendars", __name__, url_prefix=resource.ROOT)
SCOPE = "payroll.settings"
CALENDARS = resource.Resource(
    "PayrollCalendars", "PayrollCalendar", "PayrollCalendarID",
    {
        "PayrollCalendarID": "guid", "Name": "text", "CalendarType": "text", "StartDate": "day",
        "PaymentDate": "day", "ReferenceDate": "day", "UpdatedDateUTC": "moment",
    },
)  # fmt: skip


@blueprint.get("/payrollcalendars")
def list_calendars() -> Response:
    """Answer the pay calendars."""
    return tenant_call(SCOPE, _list, payroll=True)


@blueprint.post("/payrollcalendars")
def create_calendars() -> Response:
    """Create pay calendars."""
    return tenant_call(SCOPE, _create, payroll=True)


@blueprint.get("/payrollcalendars/<calendar_id>")
def get_calendar(calendar_id: str) -> Response:
    """Answer one pay calendar."""
    return tenant_call(SCOPE, lambda visit: _get(visit, calendar_id), payroll=True)


def _list(visit: Visit) -> Response:
    ask = resource.read_ask(visit, CALENDARS)
    if isinstance(ask, Response):
        return ask
    rows = ask.pick(visit.organisation.calendars, record=wire.filterable, updated=wire.updated_of)
    return envelope.collection(visit, CALENDARS.collection, [_written(visit, row) for row in rows])


def _get(visit: Visit, calendar_id: str) -> Response:
    row = calendars.find(visit.organisation, calendar_id)
    if row is None:
        return resource.not_found()
    return envelope.collection(visit, CALENDARS.collection, [_written(visit, row)])


def _create(visit: Visit) -> Response:
    records = resource.read_array(CALENDARS, target=None)
    if records is None:
        return resource.bad_request()
    try:
        saved = calendars.save(
            visit.world, visit.organisation, records, switches=visit.simulator.switches, now=visit.now
        )
    except Malformed:
        return malformed(visit)
    return resource.answer_saved(visit, CALENDARS, saved, write=lambda row: _written(visit, row))


def _written(visit: Visit, row: dict[str, Any]) -> str:
    return resource.written(wire.row(row), visit.simulator.switches)
