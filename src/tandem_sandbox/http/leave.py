"""Payroll AU 1.0: leave applications, in both versions of the list."""

from typing import Any

from flask import Blueprint, Response

from tandem_sandbox.http import envelope, resource
from tandem_sandbox.http.access import Visit, malformed, tenant_call
from tandem_sandbox.world import leave, leave_periods, wire
from tandem_sandbox.world.shapes import Malformed

blueprint = Blueprint("leave", __name__, url_prefix=resource.ROOT)
SCOPE = "payroll.employees"
LEAVE = resource.Resource(
    "LeaveApplications", "LeaveApplication", "LeaveApplicationID",
    {
        "LeaveApplicationID": "guid", "EmployeeID": "guid", "LeaveTypeID": "guid", "Title": "text",
        "Description": "text", "StartDate": "day", "EndDate": "day", "PayOutType": "text", "UpdatedDateUTC": "moment",
    },
)  # fmt: skip
NULLABLE = ("Description",)


@blueprint.get("/leaveapplications")
def list_approved() -> Response:
    """Answer a page of approved leave: scheduled or processed."""
    return tenant_call(SCOPE, lambda visit: _list(visit, every=False), payroll=True)


@blueprint.get("/leaveapplications/v2")
def list_every() -> Response:
    """Answer a page of leave in every status."""
    return tenant_call(SCOPE, lambda visit: _list(visit, every=True), payroll=True)


@blueprint.post("/leaveapplications")
def create() -> Response:
    """Create leave applications (or update those that name their id)."""
    return tenant_call(SCOPE, lambda visit: _save(visit, target=None), payroll=True)


@blueprint.get("/leaveapplications/<leave_id>")
def get_one(leave_id: str) -> Response:
    """Answer one leave application."""
    return tenant_call(SCOPE, lambda visit: _get(visit, leave_id), payroll=True)


@blueprint.post("/leaveapplications/<leave_id>")
def update(leave_id: str) -> Response:
    """Update one leave application."""
    return tenant_call(SCOPE, lambda visit: _update(visit, leave_id), payroll=True)


@blueprint.post("/leaveapplications/<leave_id>/approve")
def approve(leave_id: str) -> Response:
    """Approve requested leave; there is no body."""
    return tenant_call(SCOPE, lambda visit: _decide(visit, leave_id, approve=True), payroll=True)


@blueprint.post("/leaveapplications/<leave_id>/reject")
def reject(leave_id: str) -> Response:
    """Reject requested leave; there is no body."""
    return tenant_call(SCOPE, lambda visit: _decide(visit, leave_id, approve=False), payroll=True)


def _list(visit: Visit, *, every: bool) -> Response:
    ask = resource.read_ask(visit, LEAVE)
    if isinstance(ask, Response):
        return ask
    rows = leave.of(visit.world, visit.organisation).values()
    shown = [row for row in rows if every or leave.is_approved(row)]
    page = ask.pick(shown, record=wire.filterable, updated=wire.updated_of)
    return envelope.collection(visit, LEAVE.collection, [_written(visit, row) for row in page])


def _get(visit: Visit, leave_id: str) -> Response:
    row = leave.find(visit.world, visit.organisation, leave_id)
    return _one(visit, row) if row else resource.not_found()


def _update(visit: Visit, leave_id: str) -> Response:
    if leave.find(visit.world, visit.organisation, leave_id) is None:
        return resource.not_found()
    return _save(visit, target=leave_id.lower())


def _save(visit: Visit, *, target: str | None) -> Response:
    records = resource.read_array(LEAVE, target=target)
    if records is None:
        return resource.bad_request()
    switches = visit.simulator.switches
    try:
        saved = leave.save(visit.world, visit.organisation, records, target=target, switches=switches, now=visit.now)
    except Malformed:
        return malformed(visit)
    return resource.answer_saved(visit, LEAVE, saved, write=lambda row: _written(visit, row))


def _decide(visit: Visit, leave_id: str, *, approve: bool) -> Response:
    row = leave.find(visit.world, visit.organisation, leave_id)
    if row is None:
        return resource.not_found()
    refusal = leave.decide(visit.world, row, approve=approve, now=visit.now)
    return resource.invalid([[refusal]]) if refusal else _one(visit, row)


def _one(visit: Visit, row: dict[str, Any]) -> Response:
    return envelope.collection(visit, LEAVE.collection, [_written(visit, row)])


def _written(visit: Visit, row: dict[str, Any]) -> str:
    switches = visit.simulator.switches
    shown = wire.row(row)
    if switches["leave_dates"] == "evening_before":
        shown |= {name: leave_periods.evening_before(row[name]) for name in leave.DATES}
    return resource.written(shown, switches, nullable=NULLABLE)
