"""Payroll AU 1.0: pay items, four lists in one object."""

from typing import Any

from flask import Blueprint, Response

from tandem_sandbox.http import envelope, resource
from tandem_sandbox.http.access import Visit, malformed, tenant_call
from tandem_sandbox.world import pay_items, wire
from tandem_sandbox.world.shapes import Malformed
from tandem_sandbox.world.switches import Switches

blueprint = Blueprint("pay_items", __name__, url_prefix=resource.ROOT)
SCOPE = "payroll.settings"
PAY_ITEMS = resource.Resource(
    "PayItems", "PayItem", "EarningsRateID", {"Name": "text", "CurrentRecord": "bool", "UpdatedDateUTC": "moment"}
)


@blueprint.get("/payitems")
def list_pay_items() -> Response:
    """Answer the four lists."""
    return tenant_call(SCOPE, _list, payroll=True)


@blueprint.post("/payitems")
def save_pay_items() -> Response:
    """Replace the lists that were sent."""
    return tenant_call(SCOPE, _save, payroll=True)


def _list(visit: Visit) -> Response:
    ask = resource.read_ask(visit, PAY_ITEMS)
    if isinstance(ask, Response):
        return ask
    switches = visit.simulator.switches
    lists = {
        kind: [_shown(row, switches) for row in ask.pick(rows, record=wire.filterable, updated=wire.updated_of)]
        for kind, rows in pay_items.of(visit.organisation).items()
    }
    return envelope.single(visit, "PayItems", lists)


def _shown(row: dict[str, Any], switches: Switches) -> dict[str, Any]:
    shown = wire.row(row)
    if switches["rate_per_unit"] == "number" and "RatePerUnit" in shown:
        shown["RatePerUnit"] = float(shown["RatePerUnit"])
    if switches["unknown_allowance_type"] and shown.get("AllowanceType") == "TOOLS":
        shown["AllowanceType"] = "STANDBY"
    return shown


def _save(visit: Visit) -> Response:
    body = resource.read_object("PayItems")
    if body is None:
        return resource.bad_request()
    switches = visit.simulator.switches
    try:
        wrong = pay_items.save(visit.world, visit.organisation, body, switches=switches, now=visit.now)
    except Malformed:
        return malformed(visit)
    if wrong:
        return resource.invalid([wrong])
    lists = pay_items.of(visit.organisation)
    reply: object = {
        "empty": {},
        "array": [],
        "lists": {kind: [_shown(row, switches) for row in rows] for kind, rows in lists.items()},
    }[str(switches["pay_items_reply"])]
    return envelope.single(visit, "PayItems", reply)
