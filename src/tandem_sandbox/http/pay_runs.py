"""Payroll AU 1.0: pay runs and their payslips."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response

from tandem_sandbox.http import envelope, resource
from tandem_sandbox.http.access import Visit, malformed, tenant_call
from tandem_sandbox.http.bodies import Unreadable, read_json
from tandem_sandbox.http.xml_bodies import read_xml, sent_as_xml
from tandem_sandbox.world import pay_runs, payslips, wire
from tandem_sandbox.world.shapes import Malformed

blueprint = Blueprint("pay_runs", __name__, url_prefix=resource.ROOT)
SCOPE, PAYSLIP_SCOPE = "payroll.payruns", "payroll.payslip"
PAY_RUNS = resource.Resource(
    "PayRuns", "PayRun", "PayRunID",
    {
        "PayRunID": "guid", "PayrollCalendarID": "guid", "PayRunStatus": "text", "PayRunPeriodStartDate": "day",
        "PayRunPeriodEndDate": "day", "PaymentDate": "day", **dict.fromkeys(pay_runs.TOTALS, "number"),
        "UpdatedDateUTC": "moment",
    },
)  # fmt: skip
SUMMARY = (
    "EmployeeID", "PayslipID", "FirstName", "LastName", "EmployeeGroup", *payslips.TOTALS, "UpdatedDateUTC",
)  # fmt: skip


@blueprint.get("/payruns")
def list_pay_runs() -> Response:
    """Answer the pay runs, without their payslips."""
    return tenant_call(SCOPE, _list, payroll=True)


@blueprint.post("/payruns")
def create_pay_runs() -> Response:
    """Create draft pay runs."""
    return tenant_call(SCOPE, lambda visit: _save(visit, target=None), payroll=True)


@blueprint.get("/payruns/<run_id>")
def get_pay_run(run_id: str) -> Response:
    """Answer one pay run with its payslips in short."""
    return tenant_call(SCOPE, lambda visit: _get(visit, run_id), payroll=True)


@blueprint.post("/payruns/<run_id>")
def update_pay_run(run_id: str) -> Response:
    """Change a draft, or post it."""
    return tenant_call(SCOPE, lambda visit: _update(visit, run_id), payroll=True)


@blueprint.get("/payslip/<slip_id>")
def get_payslip(slip_id: str) -> Response:
    """Answer one payslip with its lines."""
    return tenant_call(PAYSLIP_SCOPE, lambda visit: _get_payslip(visit, slip_id), payroll=True)


@blueprint.post("/payslip/<slip_id>")
def update_payslip(slip_id: str) -> Response:
    """Replace lists of lines of a payslip whose pay run is a draft."""
    return tenant_call(PAYSLIP_SCOPE, lambda visit: _edit_payslip(visit, slip_id), payroll=True)


def _list(visit: Visit) -> Response:
    ask = resource.read_ask(visit, PAY_RUNS)
    if isinstance(ask, Response):
        return ask
    runs = [pay_runs.with_totals(visit.world, visit.organisation, run) for run in visit.organisation.pay_runs]
    page = ask.pick(runs, record=wire.filterable, updated=wire.updated_of)
    return envelope.collection(visit, PAY_RUNS.collection, [_written(visit, run) for run in page])


def _get(visit: Visit, run_id: str) -> Response:
    run = pay_runs.find(visit.organisation, run_id)
    if run is None:
        return resource.not_found()
    summed, slips = pay_runs.in_full(visit.world, visit.organisation, run)
    return envelope.collection(
        visit, PAY_RUNS.collection, [_written(visit, {**summed, "Payslips": [_in_short(slip) for slip in slips]})]
    )


def _in_short(slip: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{name: slip[name] for name in SUMMARY if name in slip},
        "UpdatedDateUTC": wire.ms_moment(wire.updated_of(slip)),
    }


def _update(visit: Visit, run_id: str) -> Response:
    if pay_runs.find(visit.organisation, run_id) is None:
        return resource.not_found()
    return _save(visit, target=run_id.lower())


def _save(visit: Visit, *, target: str | None) -> Response:
    records = resource.read_array(PAY_RUNS, target=target)
    if records is None:
        return resource.bad_request()
    switches = visit.simulator.switches
    try:
        saved = pay_runs.save(visit.world, visit.organisation, records, target=target, switches=switches, now=visit.now)
    except Malformed:
        return malformed(visit)
    return resource.answer_saved(visit, PAY_RUNS, saved, write=lambda run: _written(visit, run))


def _written(visit: Visit, run: dict[str, Any]) -> str:
    return resource.written(wire.row(run), visit.simulator.switches)


def _get_payslip(visit: Visit, slip_id: str) -> Response:
    found = payslips.find(visit.world, visit.organisation, slip_id)
    return envelope.single(visit, "Payslip", _in_full(found[1])) if found else resource.not_found()


def _edit_payslip(visit: Visit, slip_id: str) -> Response:
    found = payslips.find(visit.world, visit.organisation, slip_id)
    if found is None:
        return resource.not_found()
    sent = _sent_lines()
    if sent is None:
        return resource.bad_request()
    try:
        wrong = payslips.edit(visit.world, visit.organisation, *found, sent, now=visit.now)
    except Malformed:
        return malformed(visit)
    if wrong:
        return resource.invalid([wrong])
    again = payslips.find(visit.world, visit.organisation, slip_id)
    return envelope.collection(visit, "Payslips", [wire.dumps(_in_full(again[1]))] if again else [])


def _sent_lines() -> Mapping[str, Any] | None:
    """Read an array of one, as the specification says, or the object that its example holds."""
    try:
        body = read_xml(roots=("Payslips", "Payslip")) if sent_as_xml() else read_json()
    except Unreadable:
        return None
    if isinstance(body, dict):
        body = [body if sent_as_xml() else body.get("Payslip")]
    if not isinstance(body, list) or len(body) != 1 or not isinstance(body[0], dict):
        return None
    return body[0]


def _in_full(slip: Mapping[str, Any]) -> dict[str, Any]:
    return wire.row({name: value for name, value in slip.items() if name != "EmployeeGroup"})
