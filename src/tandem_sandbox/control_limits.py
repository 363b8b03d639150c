"""The control API's call limits: what they are, what is left of them, and how to change them."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify

from tandem_sandbox.control_values import body, guard, known_organisation, number, text
from tandem_sandbox.http.access import simulator
from tandem_sandbox.limits import Allowance
from tandem_sandbox.simulator import Simulator

blueprint = Blueprint("control_limits", __name__, url_prefix="/_sandbox/limits")
guard(blueprint)
NAMES = ("minute", "day", "concurrent", "app_minute")
MOST = 100_000_000


@blueprint.get("")
def read_limits() -> Response:
    """Show the call limits, and what is left of them where calls were made today."""
    sim = simulator()
    limits, now = sim.limits, sim.clock.now()
    own = {org: vars(allowance) for org, allowance in limits.own.items()}
    left = [vars(usage) for usage in limits.usage(now=now)]
    return jsonify({**vars(limits.default), "organisations": own, "remaining": left})


@blueprint.patch("")
def change_limits() -> Response:
    """Change the call limits, of all organisations or of one; null switches a limit off."""
    change(simulator(), body(*NAMES, "organisation"))
    return read_limits()


@blueprint.delete("")
def restore_limits() -> Response:
    """Put every limit back to what it is at the start."""
    simulator().limits.restore()
    return read_limits()


def check(sim: Simulator, given: Mapping[str, Any]) -> str | None:
    """Refuse what is no limit; return the id of the organisation that is meant, or None for all."""
    for name in NAMES:
        if given.get(name) is not None:
            number(given, name, 0, most=MOST)
    organisation = text(given, "organisation")
    return known_organisation(sim, organisation).id if organisation else None


def change(sim: Simulator, given: Mapping[str, Any]) -> None:
    """Change what is named, of all organisations or of one."""
    org_id = check(sim, given)
    wanted = {name: given[name] for name in NAMES if name in given}
    if org_id is None:
        sim.limits.default = Allowance(**{**vars(sim.limits.default), **wanted})
    else:
        sim.limits.own[org_id] = Allowance(**{**vars(sim.limits.allowance(org_id)), **wanted})
