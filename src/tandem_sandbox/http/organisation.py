"""What Accounting 2.0 says of an organisation, its users and its currencies; all of it is only read."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response

from tandem_sandbox.http import envelope, resource
from tandem_sandbox.http.access import Visit, tenant_call
from tandem_sandbox.world import companies, wire

blueprint = Blueprint("accounting", __name__, url_prefix="/api.xro/2.0")
SCOPE = "accounting.settings"
USERS = resource.Resource(
    "Users", "User", "UserID",
    {
        "UserID": "guid", "EmailAddress": "text", "FirstName": "text", "LastName": "text",
        "UpdatedDateUTC": "moment", "IsSubscriber": "bool", "OrganisationRole": "text",
    },
)  # fmt: skip
CURRENCIES = resource.Resource("Currencies", "Currency", "Code", {"Code": "text", "Description": "text"})


@blueprint.get("/organisation")
@blueprint.get("/organisations")
def get_organisation() -> Response:
    """Answer the organisation of the tenant header."""
    return tenant_call(SCOPE, _organisation, payroll=False)


@blueprint.get("/organisation/actions")
@blueprint.get("/organisations/actions")
def list_actions() -> Response:
    """Answer what an app may do in the organisation; it is all about invoices and bills."""
    return tenant_call(SCOPE, _actions, payroll=False)


@blueprint.get("/organisation/<organisation_id>/cissettings")
def get_construction_scheme(organisation_id: str) -> Response:
    """Answer the settings of the British construction industry scheme."""
    return tenant_call(SCOPE, lambda visit: _construction_scheme(visit, organisation_id), payroll=False)


@blueprint.get("/users")
def list_users() -> Response:
    """Answer the organisation's users; the payroll administrator flag is not among it (xero.md 2.4)."""
    return tenant_call(SCOPE, _users, payroll=False)


@blueprint.get("/users/<user_id>")
def get_user(user_id: str) -> Response:
    """Answer one user."""
    return tenant_call(SCOPE, lambda visit: _user(visit, user_id), payroll=False)


@blueprint.get("/currencies")
def list_currencies() -> Response:
    """Answer the currencies: programs read them to prove that their access works."""
    return tenant_call(SCOPE, _currencies, payroll=False)


def _organisation(visit: Visit) -> Response:
    return envelope.collection(visit, "Organisations", [wire.dumps(companies.described(visit.organisation))])


def _actions(visit: Visit) -> Response:
    status = visit.simulator.switches["organisation_actions"]
    rows = [{"Name": name, "Status": status} for name in companies.ACTIONS]
    return envelope.collection(visit, "Actions", [wire.dumps(row) for row in rows])


def _construction_scheme(visit: Visit, organisation_id: str) -> Response:
    known = organisation_id.lower() == visit.organisation.id
    if not known or visit.simulator.switches["construction_scheme_elsewhere_status"] == 404:
        return resource.not_found()
    off = {"CISContractorEnabled": False, "CISSubContractorEnabled": False}
    return envelope.collection(visit, "CISSettings", [wire.dumps(off)])


def _users(visit: Visit) -> Response:
    ask = resource.read_ask(visit, USERS)
    if isinstance(ask, Response):
        return ask
    everybody = companies.users(visit.world, visit.organisation, switches=visit.simulator.switches)
    found = ask.pick(everybody, record=wire.filterable, updated=wire.updated_of)
    return envelope.collection(visit, "Users", [wire.dumps(wire.row(user)) for user in found])


def _user(visit: Visit, user_id: str) -> Response:
    everybody = companies.users(visit.world, visit.organisation, switches=visit.simulator.switches)
    found = [wire.row(user) for user in everybody if user["UserID"] == user_id.lower()]
    return _one(visit, "Users", found)


def _currencies(visit: Visit) -> Response:
    ask = resource.read_ask(visit, CURRENCIES)
    if isinstance(ask, Response):
        return ask
    found = ask.pick(
        companies.currencies(visit.organisation), record=dict, updated=lambda _row: visit.organisation.created_at
    )
    return envelope.collection(visit, "Currencies", [wire.dumps(row) for row in found])


def _one(visit: Visit, name: str, found: Sequence[dict[str, Any]]) -> Response:
    return envelope.collection(visit, name, [wire.dumps(row) for row in found]) if found else resource.not_found()
