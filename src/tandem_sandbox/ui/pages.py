"""The simulator's front pages: what this is, its organisations, and the apps connected to them."""

from typing import Any

from flask import Blueprint, abort, current_app, redirect, request
from flask import Response as FlaskResponse
from werkzeug.wrappers import Response

from tandem_sandbox.simulator import Simulator
from tandem_sandbox.ui import choosing, forms, words
from tandem_sandbox.ui.choosing import chosen, picker, sheet
from tandem_sandbox.world import events
from tandem_sandbox.world.state import Connection, Organisation, User

blueprint = Blueprint("pages", __name__)
WAYS = (
    ("/payroll/employees", "Employees", "Look up, add, edit and terminate, as a payroll officer would."),
    ("/payroll/leave", "Leave", "Ask for leave, approve it, reject it."),
    ("/payroll/pay-runs", "Pay runs", "Post the next one: leave is processed, balances move."),
    ("/users", "Users and roles", "Add and remove people, change roles, take payroll access away."),
    ("/apps/connected", "Connected apps", "One entry per connecting user, with a way to disconnect."),
    ("/faults", "Faults", "Lost answers, outages, limits and odd data at one press."),
    ("/log", "Request log", "Every call, its answer, its fault and its correlation id."),
    ("/switches", "Switches", "What nobody could establish about Xero, to be set either way."),
    ("/limits", "Call limits", "What is allowed a minute and a day, and what is left."),
    ("/clock", "Clock", "Tokens and windows expire by a time that you can move."),
)
SHOWN_AT_HOME = 5
DESTINATIONS = frozenset(
    {"/payroll/employees", "/payroll/leave", "/payroll/pay-runs", "/users", "/apps", "/apps/connected"}
)


@blueprint.get("/")
def home() -> FlaskResponse:
    """Say what this is, who can sign in, and where everything is."""
    sim = forms.here()
    with sim.world.lock:
        first = [org_id for org_id, _ in _few(sim)]
        return forms.page(
            "home.html",
            ways=WAYS,
            base=request.host_url.rstrip("/"),
            rows=[_organisation_row(sim, sim.world.organisations[org_id]) for org_id in first],
            total=len(sim.world.organisations),
            people=[_sign_in(sim, user) for user in list(sim.world.users.values())[:8]],
            users_total=len(sim.world.users),
            apps=list(sim.world.apps.values())[:8],
        )


def _few(sim: Simulator) -> list[tuple[str, str]]:
    found = choosing.names(sim.world)
    return [pair for pair, _ in zip(found, range(SHOWN_AT_HOME), strict=False)]


def _sign_in(sim: Simulator, user: User) -> dict[str, str]:
    org_id = next((org_id for org_id in user.roles if org_id in sim.world.organisations), None)
    if org_id is None:
        return {"name": user.name, "email": user.email, "where": "In no organisation"}
    role, more = user.roles[org_id], len(user.roles) - 1
    what = words.ROLES[role.role] + (", payroll administrator" if role.payroll_admin else "")
    where = f"{what} in {sim.world.organisations[org_id].name}" + (f" and {more:,} more" if more else "")
    return {"name": user.name, "email": user.email, "where": where}


def _organisation_row(sim: Simulator, org: Organisation) -> dict[str, object]:
    tags = []
    if org.trial_over:
        tags.append(("bad", "Trial over"))
    if not org.payroll_ready:
        tags.append(("warn", "Payroll not set up"))
    if org.offline:
        tags.append(("warn", "Offline"))
    if org.is_demo:
        tags.append(("plain", "Demo company"))
    return {
        "id": org.id,
        "name": org.name,
        "people_count": org.size,
        "connections": sim.world.connections.count("organisation", org.id),
        "tags": tags or [("good", "Active")],
    }


@blueprint.get("/organisations")
def organisations() -> FlaskResponse:
    """Find an organisation; `then` is the page to show about it."""
    sim, wanted = forms.here(), request.args.get("q", "").strip()
    then = request.args.get("then", "")
    with sim.world.lock:
        found = [pair for pair in choosing.names(sim.world) if wanted.casefold() in pair[1].casefold()]
        shown = sheet(found)
        return forms.page(
            "organisations.html",
            q=wanted,
            then=then if then in DESTINATIONS else "/payroll/employees",
            sheet=shown,
            rows=[_organisation_row(sim, sim.world.organisations[org_id]) for org_id, _ in shown.items],
        )


@blueprint.get("/control")
def control_api() -> FlaskResponse:
    """List the calls of the control API, as they are registered."""
    rules = [rule for rule in current_app.url_map.iter_rules() if rule.rule.startswith("/_sandbox/")]
    calls = [
        {"methods": method, "path": rule.rule, "about": _summary(rule.endpoint)}
        for rule in rules
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]
    ordered = sorted(calls, key=lambda call: (call["path"], call["methods"]))
    return forms.page("control.html", calls=ordered, base=request.host_url.rstrip("/"))


def _summary(endpoint: str) -> str:
    return (current_app.view_functions[endpoint].__doc__ or "").strip().partition("\n")[0]


@blueprint.get("/apps")
def apps() -> FlaskResponse:
    """Show the way to the connected apps."""
    sim = forms.here()
    with sim.world.lock:
        organisation = chosen(sim)
        count = sim.world.connections.count("organisation", organisation.id)
        return forms.page("apps.html", organisation=organisation, count=count, pick=picker(sim))


@blueprint.get("/apps/connected")
def connected() -> FlaskResponse:
    """List the connected apps, once per connecting user."""
    sim = forms.here()
    with sim.world.lock:
        organisation, world = chosen(sim), sim.world
        entries = [_entry(sim, organisation, item) for item in world.connections.where("organisation", organisation.id)]
        known = {grant.client_id for grant in world.grants.values()}
        return forms.page(
            "connected.html",
            pick=picker(sim),
            organisation=organisation,
            sheet=sheet(entries),
            hints=request.args.get("hints") == "on",
            absent=[app.name for app in world.apps.values() if app.client_id in known],
        )


def _entry(sim: Simulator, organisation: Organisation, connection: Connection) -> dict[str, Any]:
    user = sim.world.users[connection.user_id]
    role = user.roles.get(organisation.id)
    return {
        "connection": connection,
        "app": sim.world.apps[connection.client_id].name,
        "user": user,
        "role": words.ROLES[role.role] if role else "no longer a user",
    }


@blueprint.post("/apps/connected/<connection_id>/disconnect")
def disconnect(connection_id: str) -> Response:
    """Disconnect one entry, from inside Xero."""
    forms.check_token()
    sim = forms.here()
    with sim.world.lock:
        connection = sim.world.connections.get(connection_id)
        if connection is None:
            abort(404, "That connection is gone already.")
        name = sim.world.apps[connection.client_id].name
        organisation = sim.world.organisations[connection.organisation_id]
        events.disconnect(sim.world, connection)
    forms.say(f"{name} has been disconnected from {organisation.name}.")
    return redirect(f"/apps/connected?organisation={organisation.id}", 303)
