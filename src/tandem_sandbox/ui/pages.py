"""The simulator's own pages: what somebody sees inside the simulated Xero, and the workshop behind it."""

from datetime import UTC, datetime

from flask import Blueprint, abort, redirect, request
from flask import Response as FlaskResponse
from werkzeug.wrappers import Response

from tandem_sandbox.faults import Fault, Kind
from tandem_sandbox.simulator import Simulator
from tandem_sandbox.ui import forms
from tandem_sandbox.world import events
from tandem_sandbox.world.state import Organisation
from tandem_sandbox.world.switches import BY_NAME, NUMBER, UnknownSwitch, Value

blueprint = Blueprint("pages", __name__)
TILES = (
    ("/payroll/employees", "Employees", "Look up, add, edit and terminate, as a payroll officer would in Xero."),
    ("/users", "Users and roles", "Remove somebody, change a role, take payroll access away, put it back."),
    ("/apps", "Manage app connections", "See which apps are connected, and disconnect them."),
    ("/faults", "Faults", "Make answers slow, wrong, lost or refused."),
    ("/switches", "Switches", "Choose how to behave where nobody knows what Xero does."),
    ("/log", "Request log", "Every request to the simulated Xero, with its answer."),
    ("/clock", "Clock", "Move the simulated time on, or stop it."),
)
ROLE_NAMES = {
    "READONLY": "Read only",
    "INVOICEONLY": "Invoice only",
    "STANDARD": "Standard",
    "FINANCIALADVISER": "Adviser",
    "MANAGEDCLIENT": "Managed client",
    "CASHBOOKCLIENT": "Cashbook client",
}
FAULT_NAMES = {
    "status": "Answer with a status",
    "html_502": "502 with an HTML page",
    "slow": "Slow",
    "clock_skew": "Clock ahead or behind",
    "dropped": "Dropped before anything is done",
    "committed_but_lost": "Done, but the answer is lost",
    "committed_late": "Answer lost, done some seconds later",
    "truncated": "Answer cut in half",
    "broken_json": "JSON that stops half way",
    "wrong_content_type": "Wrong content type",
    "gzip": "Compressed answer",
    "xml": "XML in place of JSON",
    "record_doubled": "One record on two pages",
    "record_missing": "One record on no page",
    "unknown_enum": "Values nobody has heard of",
    "extra_field": "Elements nobody has heard of",
    "null_list": "Null in place of lists",
    "connection_left_behind": "Connection left behind on delete",
}
METHODS = (("", "Any"), ("GET", "GET"), ("POST", "POST"), ("DELETE", "DELETE"))
LOG_SHOWN = 200


def organisations(sim: Simulator) -> list[Organisation]:
    """List the organisations that exist now."""
    return [org for org in sim.world.organisations.values() if not org.retired]


def chosen(sim: Simulator) -> Organisation:
    """Return the organisation a page is about."""
    given = request.values.get("organisation")
    found = sim.world.organisations.get(given) if given else next(iter(organisations(sim)), None)
    if found is None or found.retired:
        abort(404)
    return found


@blueprint.get("/")
def home() -> FlaskResponse:
    """Show the launcher."""
    sim = forms.here()
    with sim.world.lock:
        rows = [_home_row(sim, org) for org in organisations(sim)[:50]]
    return forms.page("home.html", tiles=TILES, organisations=rows)


def _home_row(sim: Simulator, org: Organisation) -> dict[str, object]:
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
        "name": org.name,
        "people_count": org.size,
        "connections": sim.world.connections.count("organisation", org.id),
        "tags": tags or [("good", "Active")],
    }


@blueprint.get("/apps")
def apps() -> FlaskResponse:
    """Show the way to the connected apps."""
    sim = forms.here()
    organisation = chosen(sim)
    count = sim.world.connections.count("organisation", organisation.id)
    return forms.page("apps.html", organisation=organisation, count=count)


@blueprint.get("/apps/connected")
def connected() -> FlaskResponse:
    """List the connected apps, once per connecting user."""
    sim = forms.here()
    with sim.world.lock:
        organisation, world = chosen(sim), sim.world
        entries = []
        for connection in world.connections.where("organisation", organisation.id):
            user = world.users[connection.user_id]
            role = user.roles.get(organisation.id)
            entries.append(
                {
                    "connection": connection,
                    "app": world.apps[connection.client_id].name,
                    "user": user,
                    "role": ROLE_NAMES[role.role] if role else "no longer a user",
                }
            )
        known = {grant.client_id for grant in world.grants.values()}
        absent = [app.name for app in world.apps.values() if app.client_id in known]
        return forms.page(
            "connected.html",
            organisations=organisations(sim),
            organisation=organisation,
            entries=entries,
            absent=absent,
        )


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


@blueprint.get("/users")
def users() -> FlaskResponse:
    """Show who may do what."""
    sim = forms.here()
    with sim.world.lock:
        return forms.page(
            "users.html",
            organisations=organisations(sim),
            organisation=chosen(sim),
            users=list(sim.world.users.values()),
            roles=ROLE_NAMES,
        )


@blueprint.post("/users/<user_id>")
def change_user(user_id: str) -> Response:
    """Remove, restore or change a user."""
    forms.check_token()
    sim = forms.here()
    with sim.world.lock:
        organisation, user = chosen(sim), sim.world.users.get(user_id)
        if user is None:
            abort(404, "There is no such user.")
        about = {"user": user.email, "organisation": organisation.id}
        decision, now = request.form.get("decision"), sim.clock.now()
        if decision == "change":
            admin = "restore_payroll_admin" if request.form.get("payroll_admin") else "drop_payroll_admin"
            events.happen(sim.world, {"kind": "change_role", "role": request.form.get("role"), **about}, now=now)
            events.happen(sim.world, {"kind": admin, **about}, now=now)
            forms.say(f"The role of {user.name} was changed.")
        elif decision == "restore":
            events.happen(sim.world, {"kind": "restore_user", **about}, now=now)
            forms.say(f"{user.name} is back in {organisation.name}.")
        else:
            events.happen(sim.world, {"kind": "remove_user", **about}, now=now)
            forms.say(f"{user.name} was removed from {organisation.name}.")
    return redirect(f"/users?organisation={organisation.id}", 303)


@blueprint.post("/put-back")
def put_back() -> Response:
    """Undo every life event."""
    forms.check_token()
    sim = forms.here()
    with sim.world.lock:
        done = events.happen(sim.world, {"kind": "put_back"}, now=sim.clock.now())["events"]
    forms.say(f"{done} event{'' if done == 1 else 's'} put back.")
    return redirect("/users", 303)


@blueprint.get("/faults")
def faults() -> FlaskResponse:
    """Show the fault panel."""
    return _faults_page({}, [])


def _faults_page(values: dict[str, str], wrong: list[tuple[str, str]]) -> FlaskResponse:
    sim = forms.here()
    everyone = [("", "Every organisation"), *((org.id, org.name) for org in organisations(sim))]
    return forms.page(
        "faults.html",
        status=400 if wrong else 200,
        faults=sim.faults.active(),
        names=FAULT_NAMES,
        kinds=list(FAULT_NAMES.items()),
        methods=METHODS,
        organisation_options=everyone,
        values=values,
        errors=wrong,
    )


@blueprint.post("/faults")
def add_fault() -> Response:
    """Switch a fault on."""
    forms.check_token()
    given = {key: value.strip() for key, value in request.form.items()}
    wrong = _fault_errors(given)
    if wrong:
        return _faults_page(given, wrong)
    forms.here().faults.add(
        Fault(
            id=0,
            path=given["path"],
            kind=Kind(given["fault"]),
            method=given.get("method") or None,
            organisation=given.get("organisation") or None,
            status=int(given.get("status") or 503),
            seconds=float(given.get("seconds") or 2),
            remaining=int(given["count"]) if given.get("count") else None,
        )
    )
    forms.say("The fault is on.")
    return redirect("/faults", 303)


def _fault_errors(given: dict[str, str]) -> list[tuple[str, str]]:
    wrong = []
    if given.get("fault") not in FAULT_NAMES:
        wrong.append(("fault", "Choose what happens."))
    if not given.get("path", "").startswith(("/", "*")):
        wrong.append(("path", "The path starts with / or *, for example /payroll.xro/1.0/*."))
    if not _is_whole(given.get("status") or "503", 400, 599):
        wrong.append(("status", "The status is a number from 400 to 599."))
    if not _is_whole(given.get("seconds") or "2", 0, 600):
        wrong.append(("seconds", "The seconds are a whole number from 0 to 600."))
    if given.get("count") and not _is_whole(given["count"], 1, 10_000):
        wrong.append(("count", "How many times is a number from 1 to 10000, or empty."))
    return wrong


def _is_whole(text: str, least: int, most: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 9 and least <= int(text) <= most


@blueprint.post("/faults/clear")
def clear_faults() -> Response:
    """Switch every fault off."""
    forms.check_token()
    forms.here().faults.clear()
    forms.say("Every fault is off.")
    return redirect("/faults", 303)


@blueprint.post("/faults/<int:fault_id>/off")
def remove_fault(fault_id: int) -> Response:
    """Switch one fault off."""
    forms.check_token()
    forms.here().faults.remove(fault_id)
    forms.say("The fault is off.")
    return redirect("/faults", 303)


@blueprint.get("/switches")
def switches() -> FlaskResponse:
    """Show every switch."""
    return forms.page("switches.html", switches=forms.here().switches.describe())


@blueprint.post("/switches")
def change_switches() -> Response:
    """Save the switches."""
    forms.check_token()
    sim = forms.here()
    if request.form.get("decision") == "reset":
        sim.switches.reset()
        forms.say("Every switch is back to its default.")
        return redirect("/switches", 303)
    try:
        sim.switches.change({name: _switch_value(name, request.form[name]) for name in BY_NAME if name in request.form})
    except (UnknownSwitch, ValueError, IndexError):
        abort(400, "A switch was given a value that it does not take. Nothing was changed.")
    forms.say("The switches are saved.")
    return redirect("/switches", 303)


def _switch_value(name: str, text: str) -> Value:
    if BY_NAME[name].choices == NUMBER:
        return int(text) if text.strip() else None
    return BY_NAME[name].choices[int(text)]


@blueprint.get("/log")
def request_log() -> FlaskResponse:
    """Show the newest requests."""
    path, method = request.args.get("path", "").strip(), request.args.get("method", "")
    found = forms.here().log.entries(path=path or None, method=method or None)
    return forms.page(
        "log.html",
        entries=found[: -LOG_SHOWN - 1 : -1],
        total=len(found),
        path=path,
        method=method,
        methods=METHODS,
    )


@blueprint.post("/log/clear")
def clear_log() -> Response:
    """Empty the log."""
    forms.check_token()
    forms.here().log.clear()
    forms.say("The log is empty.")
    return redirect("/log", 303)


@blueprint.get("/clock")
def clock_page() -> FlaskResponse:
    """Show the clock."""
    return forms.page("clock.html", mode=forms.here().clock.mode.value, errors=[])


@blueprint.post("/clock")
def move_clock() -> Response:
    """Move, stop or start the clock."""
    forms.check_token()
    clock = forms.here().clock
    mode, advance, target = (request.form.get(name, "") for name in ("mode", "advance", "set"))
    if mode:
        {"frozen": clock.freeze, "running": clock.run, "reset": clock.reset}.get(mode, clock.run)()
    elif advance:
        clock.advance(int(advance) if _is_whole(advance, 0, 99_999_999) else 0)
    else:
        try:
            clock.set(datetime.fromisoformat(target).replace(tzinfo=UTC))
        except ValueError:
            wrong = [("set", "Give a date and a time, for example 2026-11-22T09:00.")]
            return forms.page("clock.html", status=400, mode=clock.mode.value, errors=wrong)
    forms.say(f"It is now {forms.moment(clock.now())}.")
    return redirect("/clock", 303)
