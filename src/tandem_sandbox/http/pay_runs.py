"""Payroll AU 1.0: pay runs."""

from flask import Blueprint, Response

from tandem_sandbox.http import envelope, resource
from tandem_sandbox.http.access import Visit, tenant_call
from tandem_sandbox.world import wire

blueprint = Blueprint("pay_runs", __name__, url_prefix=resource.ROOT)
PAY_RUNS = resource.Resource(
    "PayRuns", "PayRun", "PayRunID",
    {
        "PayRunID": "guid", "PayrollCalendarID": "guid", "PayRunStatus": "text", "PayRunPeriodStartDate": "day",
        "PayRunPeriodEndDate": "day", "PaymentDate": "day", "UpdatedDateUTC": "moment",
    },
)  # fmt: skip


@blueprint.get("/payruns")
def list_pay_runs() -> Response:
    """Answer the pay runs."""
    return tenant_call("payroll.payruns", _list, payroll=True)


def _list(visit: Visit) -> Response:
    ask = resource.read_ask(visit, PAY_RUNS)
    if isinstance(ask, Response):
        return ask
    rows = ask.pick(visit.organisation.pay_runs, record=wire.filterable, updated=wire.updated_of)
    return envelope.collection(visit, "PayRuns", [wire.dumps(wire.row(row)) for row in rows])
