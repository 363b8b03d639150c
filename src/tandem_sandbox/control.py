"""The control API under /_sandbox/: set the scene, make trouble, read everything back. Never for a Xero token."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

from flask import Blueprint, Response, abort, jsonify, request
from werkzeug.exceptions import HTTPException

from tandem_sandbox import inspection
from tandem_sandbox.faults import Fault, Kind
from tandem_sandbox.http import identity
from tandem_sandbox.http.access import simulator
from tandem_sandbox.limits import Allowance
from tandem_sandbox.simulator import Simulator
from tandem_sandbox.world import events, grants, people, seed
from tandem_sandbox.world.clock import Mode
from tandem_sandbox.world.state import App, Organisation
from tandem_sandbox.world.switches import UnknownSwitch

blueprint = Blueprint("control", __name__, url_prefix="/_sandbox")
SMALLEST, LARGEST = 0, 10_000


@blueprint.before_request
def _never_for_a_token() -> None:
    if "Authorization" in request.headers:
        abort(403, "The control API does not take an Authorization header; it is not part of Xero.")


@blueprint.errorhandler(HTTPException)
def _say_why(error: HTTPException) -> tuple[Response, int]:
    return jsonify({"error": error.description}), error.code or 500


def refuse(sentence: str, status: int = 400) -> NoReturn:
    """Answer with a sentence."""
    abort(status, sentence)


def body(*allowed: str) -> dict[str, Any]:
    """Read a JSON object whose keys are all known."""
    given = request.get_json(silent=True, force=True) if request.get_data(cache=True) else {}
    if not isinstance(given, dict):
        refuse("Send a JSON object.")
    surplus = sorted(set(given) - set(allowed))
    if surplus:
        refuse(f"Not known here: {', '.join(surplus)}. Known are: {', '.join(allowed)}.")
    return dict(given)


def number(given: Mapping[str, Any], name: str, default: int, *, least: int = SMALLEST, most: int = LARGEST) -> int:
    """Read a whole number."""
    value = given.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        refuse(f"{name} must be a whole number from {least} to {most}.")
    return int(value)


def moment(value: object) -> datetime:
    """Read an ISO moment; without a zone it is UTC."""
    try:
        parsed = datetime.fromisoformat(str(value))
    except ValueError:
        refuse("Give the moment as ISO 8601, for example 2026-11-22T09:00:00+00:00.")
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


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
    """Set, advance, stop or start the clock."""
    clock, given = simulator().clock, body("set", "advance_seconds", "mode")
    mode, seconds = given.get("mode"), given.get("advance_seconds")
    if mode is not None and mode not in tuple(Mode):
        refuse("mode is running or frozen.")
    if seconds is not None and (isinstance(seconds, bool) or not isinstance(seconds, int | float)):
        refuse("advance_seconds is a number.")
    target = moment(given["set"]) if "set" in given else None
    if mode:
        clock.freeze() if mode == Mode.FROZEN else clock.run()
    if target:
        clock.set(target)
    if seconds:
        clock.advance(seconds)
    return read_clock()


@blueprint.get("/world")
def read_world() -> Response:
    """Show organisations, users, apps, connections and grants."""
    sim = simulator()
    with sim.world.lock:
        return jsonify(inspection.world(sim.world))


@blueprint.get("/world/organisations/<org_id>/employees")
def read_employees(org_id: str) -> Response:
    """Show every record of an organisation in clear."""
    sim = simulator()
    with sim.world.lock:
        found = seed.people_of(sim.world, _known_organisation(sim, org_id))
        return jsonify([inspection.person(person) for person in found.values()])


@blueprint.get("/world/organisations/<org_id>/employees/<person_id>")
def read_employee(org_id: str, person_id: str) -> Response:
    """Show one record in clear."""
    sim = simulator()
    with sim.world.lock:
        person = people.find(sim.world, _known_organisation(sim, org_id), person_id)
        if person is None:
            refuse(f"There is no employee {person_id} in that organisation.", 404)
        return jsonify(inspection.person(person))


def _known_organisation(sim: Simulator, org_id: str) -> Organisation:
    organisation = sim.world.organisation_named(org_id)
    if organisation is None:
        refuse(f"There is no organisation {org_id}.", 404)
    return organisation


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
    given = request.get_json(silent=True, force=True)
    if not isinstance(given, dict):
        refuse("Send a JSON object with a kind.")
    with sim.world.lock:
        try:
            return jsonify(events.happen(sim.world, given, now=sim.clock.now()))
        except events.EventRefused as error:
            return _sentence(error)


def _sentence(error: Exception, status: int = 400) -> Response:
    response = jsonify({"error": str(error)})
    response.status_code = status
    return response


@blueprint.get("/faults")
def list_faults() -> Response:
    """List the faults that are on."""
    return jsonify([fault.describe() for fault in simulator().faults.active()])


@blueprint.post("/faults")
def add_fault() -> Response:
    """Switch a fault on."""
    given = body("path", "method", "organisation", "fault", "status", "seconds", "count", "probability")
    fault = simulator().faults.add(read_fault(given))
    return jsonify(fault.describe())


def read_fault(given: Mapping[str, Any]) -> Fault:
    """Check the description of a fault."""
    kind, path = given.get("fault"), given.get("path")
    if kind not in tuple(Kind):
        refuse(f"fault is one of {', '.join(Kind)}.")
    if not isinstance(path, str) or not path.startswith(("/", "*")):
        refuse("path is a glob that starts with / or *, for example /payroll.xro/1.0/employees*.")
    seconds, probability = given.get("seconds", 2), given.get("probability", 1)
    for name, value, most in (("seconds", seconds, 600), ("probability", probability, 1)):
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
            refuse(f"{name} is a number from 0 to {most}.")
    sim, organisation = simulator(), given.get("organisation")
    if organisation is not None:
        organisation = _known_organisation(sim, str(organisation)).id
    return Fault(
        id=0,
        path=str(path),
        kind=Kind(str(kind)),
        method=str(given["method"]).upper() if given.get("method") else None,
        organisation=organisation,
        status=number(given, "status", 503, least=400, most=599),
        seconds=float(seconds),
        remaining=None if given.get("count") is None else number(given, "count", 1, least=1),
        probability=float(probability),
    )


@blueprint.delete("/faults")
def clear_faults() -> Response:
    """Switch every fault off."""
    simulator().faults.clear()
    return jsonify({"ok": True})


@blueprint.delete("/faults/<int:fault_id>")
def remove_fault(fault_id: int) -> Response:
    """Switch one fault off."""
    if not simulator().faults.remove(fault_id):
        refuse(f"There is no fault {fault_id}; it may have struck as often as it should.", 404)
    return jsonify({"ok": True})


@blueprint.get("/switches")
def read_switches() -> Response:
    """Show every switch."""
    return jsonify(simulator().switches.describe())


@blueprint.patch("/switches")
def change_switches() -> Response:
    """Change switches: {"name": value, ...}."""
    given = request.get_json(silent=True, force=True)
    if not isinstance(given, dict):
        refuse("Send a JSON object of switch names and values.")
    try:
        simulator().switches.change(dict(given))
    except UnknownSwitch as error:
        return _sentence(error)
    return read_switches()


@blueprint.get("/log")
def read_log() -> Response:
    """Show the request log."""
    since = request.args.get("since", "0")
    if not since.isdigit():
        refuse("since is a sequence number.")
    found = simulator().log.entries(since=int(since), path=request.args.get("path"), method=request.args.get("method"))
    return jsonify([entry.describe() for entry in found])


@blueprint.delete("/log")
def clear_log() -> Response:
    """Forget the request log."""
    simulator().log.clear()
    return jsonify({"ok": True})


@blueprint.get("/limits")
def read_limits() -> Response:
    """Show the call limits."""
    limits = simulator().limits
    return jsonify({**vars(limits.default), "organisations": {org: vars(own) for org, own in limits.own.items()}})


@blueprint.patch("/limits")
def change_limits() -> Response:
    """Change the call limits, of all organisations or of one; null switches a limit off."""
    sim, given = simulator(), body("minute", "day", "concurrent", "app_minute", "organisation")
    organisation = given.pop("organisation", None)
    for name, value in given.items():
        if value is not None:
            number(given, name, 0, most=100_000_000)
    if organisation is None:
        sim.limits.default = Allowance(**{**vars(sim.limits.default), **given})
    else:
        org_id = _known_organisation(sim, str(organisation)).id
        sim.limits.own[org_id] = Allowance(**{**vars(sim.limits.allowance(org_id)), **given})
    return read_limits()


@blueprint.post("/apps")
def register_app() -> Response:
    """Register an app, or add redirect addresses to one that exists."""
    sim, given = simulator(), body("client_id", "name", "secret", "redirect_uris", "certified")
    redirects = given.get("redirect_uris", [])
    if not isinstance(redirects, list) or not all(isinstance(uri, str) and "://" in uri for uri in redirects):
        refuse("redirect_uris is a list of full addresses.")
    with sim.world.lock:
        client_id = str(given.get("client_id") or seed.DEMO_APP)
        app = sim.world.apps.get(client_id)
        if app is None:
            app = App(client_id, str(given.get("name") or client_id), given.get("secret"), [])
            sim.world.apps[client_id] = app
        app.redirect_uris.extend(uri for uri in redirects if uri not in app.redirect_uris)
        app.name = str(given.get("name") or app.name)
        app.secret = given.get("secret", app.secret)
        app.certified = bool(given.get("certified", app.certified))
        sim.world.touch()
        return jsonify({"client_id": app.client_id, "name": app.name, "redirect_uris": app.redirect_uris})


@blueprint.post("/consent")
def consent() -> Response:
    """Do what the sign-in and consent pages do, in one call."""
    sim, given = simulator(), body("authorize_url", "user", "organisations", "allow")
    with sim.world.lock:
        user = sim.world.user_by_email(str(given.get("user", "")))
        if user is None:
            refuse(f"There is no user {given.get('user')}.")
        query = str(given.get("authorize_url", "")).partition("?")[2]
        try:
            ask = identity.read_ask(sim.world, query)
            if given.get("allow", True) is not True:
                return jsonify({"redirect_to": identity.callback(ask, error="access_denied")})
            ids = _organisation_ids(sim, given.get("organisations"), default=lambda: list(user.roles)[:1])
            return jsonify({"redirect_to": identity.consent(sim, ask, user, organisation_ids=ids)})
        except identity.AskRefused as error:
            return _sentence(error)
        except grants.ConsentRefused as error:
            return _sentence(error, 409)


def _organisation_ids(sim: Simulator, wanted: object, *, default: Callable[[], list[str]]) -> list[str]:
    if wanted is None:
        return default()
    if not isinstance(wanted, list):
        refuse("organisations is a list of ids or names.")
    return [_known_organisation(sim, str(item)).id for item in wanted]
