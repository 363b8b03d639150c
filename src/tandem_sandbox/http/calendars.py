"""Payroll AU 1.0: pay calendars."""

from flask import Blueprint, Response

from tandem_sandbox.http import envelope, resource
from tandem_sandbox.http.access import Visit, tenant_call
from tandem_sandbox.world import wire

blueprint = Blueprint("calendars", __name__, url_prefix=resource.ROOT)
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
    return tenant_call("payroll.settings", _list, payroll=True)


def _list(visit: Visit) -> Response:
    ask = resource.read_ask(visit, CALENDARS)
    if isinstance(ask, Response):
        return ask
    rows = ask.pick(visit.organisation.calendars, record=wire.filterable, updated=wire.updated_of)
    return envelope.collection(visit, "PayrollCalendars", [wire.dumps(wire.row(row)) for row in rows])
