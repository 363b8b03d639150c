"""Payroll AU 1.0: super funds, and the products that regulated ones are chosen from."""

from flask import Blueprint, Response, request

from tandem_sandbox.http import envelope, resource
from tandem_sandbox.http.access import Visit, malformed, tenant_call
from tandem_sandbox.world import super_funds, wire
from tandem_sandbox.world.shapes import Malformed

blueprint = Blueprint("super_funds", __name__, url_prefix=resource.ROOT)
SCOPE = "payroll.settings"
SUPER_FUNDS = resource.Resource(
    "SuperFunds", "SuperFund", "SuperFundID",
    {
        "SuperFundID": "guid", "Type": "text", "Name": "text", "ABN": "text", "USI": "text", "SPIN": "text",
        "UpdatedDateUTC": "moment",
    },
)  # fmt: skip


@blueprint.get("/superfunds")
def list_super_funds() -> Response:
    """Answer a page of super funds."""
    return tenant_call(SCOPE, _list, payroll=True)


@blueprint.post("/superfunds")
def create_super_funds() -> Response:
    """Create super funds (or update those that name their id)."""
    return tenant_call(SCOPE, lambda visit: _save(visit, target=None), payroll=True)


@blueprint.get("/superfunds/<fund_id>")
def get_super_fund(fund_id: str) -> Response:
    """Answer one super fund."""
    return tenant_call(SCOPE, lambda visit: _get(visit, fund_id), payroll=True)


@blueprint.post("/superfunds/<fund_id>")
def update_super_fund(fund_id: str) -> Response:
    """Update one super fund."""
    return tenant_call(SCOPE, lambda visit: _update(visit, fund_id), payroll=True)


@blueprint.get("/superfundproducts")
def list_products() -> Response:
    """Answer the products of an ABN or with a USI."""
    return tenant_call(SCOPE, _products, payroll=True)


def _list(visit: Visit) -> Response:
    ask = resource.read_ask(visit, SUPER_FUNDS)
    if isinstance(ask, Response):
        return ask
    page = ask.pick(visit.organisation.super_funds, record=wire.filterable, updated=wire.updated_of)
    return envelope.collection(visit, "SuperFunds", [wire.dumps(wire.row(fund)) for fund in page])


def _get(visit: Visit, fund_id: str) -> Response:
    fund = super_funds.find(visit.organisation, fund_id)
    if fund is None:
        return resource.not_found()
    return envelope.collection(visit, "SuperFunds", [wire.dumps(wire.row(fund))])


def _update(visit: Visit, fund_id: str) -> Response:
    if super_funds.find(visit.organisation, fund_id) is None:
        return resource.not_found()
    return _save(visit, target=fund_id.lower())


def _save(visit: Visit, *, target: str | None) -> Response:
    records = resource.read_array(SUPER_FUNDS, target=target)
    if records is None:
        return resource.bad_request()
    try:
        saved = super_funds.save(
            visit.world, visit.organisation, records, target=target, switches=visit.simulator.switches, now=visit.now
        )
    except Malformed:
        return malformed(visit)
    if any(item.errors for item in saved):
        return resource.refused(
            visit, SUPER_FUNDS, [resource.Echo(item.sent, item.fund_id, item.errors) for item in saved]
        )
    return envelope.collection(visit, "SuperFunds", [wire.dumps(wire.row(item.fund)) for item in saved if item.fund])


def _products(visit: Visit) -> Response:
    abn, usi = request.args.get("ABN", ""), request.args.get("USI", "")
    if not abn.strip() and not usi.strip():
        return resource.invalid([["Give an ABN or a USI."]])
    return envelope.collection(
        visit, "SuperFundProducts", [wire.dumps(product) for product in super_funds.products(abn=abn, usi=usi)]
    )
