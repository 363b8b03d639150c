"""The control API's request log: what came in, filtered as the page filters it."""

from collections.abc import Mapping

from flask import Blueprint, Response, jsonify, request

from tandem_sandbox.control_values import guard, refuse
from tandem_sandbox.http.access import simulator
from tandem_sandbox.journal import Wanted
from tandem_sandbox.simulator import Simulator

blueprint = Blueprint("control_log", __name__, url_prefix="/_sandbox/log")
guard(blueprint)
TEXTS = ("path", "method", "status", "user", "fault")
FILTERS = ("since", *TEXTS, "organisation", "failed")


@blueprint.get("")
def read_log() -> Response:
    """Show the requests, oldest first, that fit the filters since, path, method, status, organisation, user, fault, failed."""
    sim = simulator()
    return jsonify([entry.describe() for entry in sim.log.entries(read_filters(sim, request.args))])


@blueprint.delete("")
def clear_log() -> Response:
    """Forget the request log."""
    simulator().log.clear()
    return jsonify({"ok": True})


def read_filters(sim: Simulator, given: Mapping[str, str]) -> Wanted:
    """Check what somebody wants to see of the log."""
    since = given.get("since") or "0"
    if not (since.isascii() and since.isdigit() and len(since) < 16):
        refuse("since is a sequence number.")
    organisation = given.get("organisation", "").strip()
    found = sim.world.organisation_named(organisation) if organisation else None
    texts = {name: given.get(name, "").strip() for name in TEXTS}
    failed = given.get("failed", "").lower() in ("1", "true", "yes")
    return Wanted(since=int(since), organisation=found.id if found else organisation, failed=failed, **texts)
