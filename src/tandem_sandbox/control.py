"""The control API under /_sandbox/: set the scene, make trouble, read everything back. Never for a Xero token."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, jsonify, request

from tandem_sandbox import inspection
from tandem_sandbox.control_values import (
    body,
    guard,
    json_object,
    known_organisation,
    moment,
    number,
    possible,
    real,
    refuse,
    sentence,
    text,
    yes_or_no,
)
from tandem_sandbox.http import identity
from tandem_sandbox.http.access import simulator
from tandem_sandbox.simulator import Simulator
from tandem_sandbox.world import custom, events, founding, grants, people, seed
from tandem_sandbox.world.clock import Clock, Mode
from tandem_sandbox.world.state import App
from tandem_sandbox.world.switches import UnknownSwitch

blueprint = Blueprint("control", __name__, url_prefix="/_sandbox")
guard(blueprint)
LONGEST_STEP = 100 * 366 * 86_400
MODES = {Mode.RUNNING.value: Clock.run, Mode.FROZEN.value: Clock.freeze, "real": Clock.reset}


@blueprint.get("/health")
def health() -> Response:
    """Say that the simulator runs."""
    return jsonify({"ok": True, "name": "tandem_sandbox", "seed": simulator().world.seed})


@blueprint.post("/reset")
def reset() -> Response:
    """Start a fresh world."""
    sim, given = simulator(), body("seed", "employees", "orgs")
    extent = seed.Extent(
        seed=number(given, "seed", sim.world.seed, least=-(2**53), most=2**53),
        employees=number(given, "employees", sim.world.employees),
        orgs=number(given, "orgs", sim.world.orgs, least=1),
    )
    sim.reset(extent)
    return jsonify({"ok": True, "seed": extent.seed, "employees": extent.employees, "orgs": extent.orgs})


@blueprint.get("/clock")
def read_clock() -> Response:
    """Tell the simulated time."""
    clock = simulator().clock
    return jsonify({"now": clock.now().isoformat(), "mode": clock.mode.value})


@blueprint.post("/clock")
def move_clock() -> Response:
    """Set, advance, stop or start the clock, or give it the machine's own time back."""
    move(simulator().clock, body("set", "advance_seconds", "mode"))
    return read_clock()


def move(clock: Clock, given: Mapping[str, Any]) -> None:
    """Move a clock as told; refuses what it cannot show."""
    mode = text(given, "mode")
    if mode and mode not in MODES:
        refuse(f"mode is one of {', '.join(MODES)}.")
    seconds = real(given, "advance_seconds", 0, least=-LONGEST_STEP, most=LONGEST_STEP)
    target = moment(given["set"]) if "set" in given else None
    possible((target or clock.now()) + timedelta(seconds=seconds))
    if mode:
        MODES[mode](clock)
    if target:
        clock.set(target)
    if seconds:
        clock.advance(seconds)


@blueprint.get("/world")
def read_world() -> Response:
    """Show organisations, users, apps, connections and grants, or one organisation with its users and connections."""
    sim, wanted = simulator(), request.args.get("organisation")
    with sim.world.lock:
        return jsonify(inspection.world(sim.world, only=known_organisation(sim, wanted) if wanted else None))


@blueprint.get("/world/organisations/<org_id>/employees")
def read_employees(org_id: str) -> Response:
    """Show every record of an organisation in clear."""
    sim = simulator()
    with sim.world.lock:
        found = seed.people_of(sim.world, known_organisation(sim, org_id))
        return jsonify([inspection.person(person) for person in found.values()])


@blueprint.get("/world/organisations/<org_id>/employees/<person_id>")
def read_employee(org_id: str, person_id: str) -> Response:
    """Show one record in clear."""
    sim = simulator()
    with sim.world.lock:
        person = people.find(sim.world, known_organisation(sim, org_id), person_id)
        if person is None:
            refuse(f"There is no employee {person_id} in that organisation.", 404)
        return jsonify(inspection.person(person))


@blueprint.get("/world/tokens")
def read_tokens() -> Response:
    """Show every token that still works, in clear."""
    sim = simulator()
    with sim.world.lock:
        return jsonify(inspection.live_tokens(sim.world, now=sim.clock.now()))


@blueprint.post("/events")
def make_event() -> Response:
    """Make a life event happen."""
    sim = simulator()
    given = json_object()
    with sim.world.lock:
        try:
            return jsonify(events.happen(sim.world, given, now=sim.clock.now(), switches=sim.switches))
        except events.EventRefused as error:
            return sentence(error)


@blueprint.get("/switches")
def read_switches() -> Response:
    """Show every switch."""
    return jsonify(simulator().switches.describe())


@blueprint.patch("/switches")
def change_switches() -> Response:
    """Change switches: {"name": value, ...}."""
    try:
        simulator().switches.change(json_object())
    except UnknownSwitch as error:
        return sentence(error)
    return read_switches()


@blueprint.delete("/switches")
def reset_switches() -> Response:
    """Put every switch back to its default."""
    simulator().switches.reset()
    return read_switches()


@blueprint.post("/apps")
def register_app() -> Response:
    """Register an app, or add redirect addresses to one that exists."""
    sim = simulator()
    given = body("client_id", "name", "secret", "redirect_uris", "certified", "custom_connection", "user")
    redirects = given.get("redirect_uris", [])
    if not isinstance(redirects, list) or not all(isinstance(uri, str) and "://" in uri for uri in redirects):
        refuse("redirect_uris is a list of full addresses.")
    client_id, name = text(given, "client_id", seed.DEMO_APP), text(given, "name")
    secret = text(given, "secret") or None
    certified = yes_or_no(given, "certified", default=False) if "certified" in given else None
    with sim.world.lock:
        app = sim.world.apps.get(client_id) or App(client_id, name or client_id, secret, [])
        if given.get("custom_connection") is not None:
            _authorise_custom(sim, app, given)
        sim.world.apps[client_id] = app
        app.redirect_uris.extend(uri for uri in redirects if uri not in app.redirect_uris)
        app.name = name or app.name
        app.secret = secret if "secret" in given else app.secret
        app.certified = app.certified if certified is None else certified
        sim.world.touch()
        return jsonify(inspection.app(app))


def _authorise_custom(sim: Simulator, app: App, given: Mapping[str, Any]) -> None:
    organisation = known_organisation(sim, text(given, "custom_connection"))
    user = sim.world.user_by_email(text(given, "user"))
    if user is None or not (app.secret or given.get("secret")):
        refuse("A custom connection needs a secret, and a user who authorises it.")
    try:
        custom.authorise(sim.world, app, user, organisation, switches=sim.switches, now=sim.clock.now())
    except grants.ConsentRefused as error:
        refuse(str(error), 409)


@blueprint.post("/organisations")
def found_organisation() -> Response:
    """Make one more organisation, of any kind, and let users in."""
    sim, given = simulator(), body("kind", "name", "employees", "demo", "users")
    roles = given.get("users", {"amir.lim@example.com": "FINANCIALADVISER"})
    if not isinstance(roles, dict) or not all(isinstance(role, str) for role in roles.values()):
        refuse("users is an object of e-mail addresses and roles.")
    with sim.world.lock:
        try:
            made = founding.found(
                sim.world,
                kind=text(given, "kind"),
                name=text(given, "name").strip(),
                employees=number(given, "employees", 12),
                is_demo=yes_or_no(given, "demo", default=False),
                roles=roles,
            )
        except founding.FoundingRefused as error:
            return sentence(error)
        return jsonify({"id": made.id, "name": made.name, "country": made.country})


@blueprint.post("/consent")
def consent() -> Response:
    """Do what the sign-in and consent pages do, in one call."""
    sim, given = simulator(), body("authorize_url", "user", "organisations", "allow")
    allowed = yes_or_no(given, "allow", default=True)
    with sim.world.lock:
        user = sim.world.user_by_email(text(given, "user"))
        if user is None:
            refuse(f"There is no user {given.get('user')}.")
        query = text(given, "authorize_url").partition("?")[2]
        try:
            ask = identity.read_ask(sim.world, query)
            if not allowed:
                return jsonify({"redirect_to": identity.callback(ask, error="access_denied")})
            ids = _organisation_ids(sim, given.get("organisations"), default=lambda: list(user.roles)[:1])
            return jsonify({"redirect_to": identity.consent(sim, ask, user, organisation_ids=ids)})
        except identity.AskRefused as error:
            return sentence(error)
        except grants.ConsentRefused as error:
            return sentence(error, 409)


def _organisation_ids(sim: Simulator, wanted: object, *, default: Callable[[], list[str]]) -> list[str]:
    if wanted is None:
        return default()
    if not isinstance(wanted, list) or not all(isinstance(item, str) for item in wanted):
        refuse("organisations is a list of ids or names.")
    return [known_organisation(sim, item).id for item in wanted]
