"""The control API's faults: list them, switch them on and off."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify

from tandem_sandbox import control_limits
from tandem_sandbox.control_values import body, guard, known_organisation, number, real, refuse, text
from tandem_sandbox.faults import DEFAULT_SECONDS, SECONDS, TAKES_WHEN, Fault, Kind
from tandem_sandbox.http.access import simulator
from tandem_sandbox.http.errors import TEXTS_503
from tandem_sandbox.presets import BY_KEY, PRESETS, Preset
from tandem_sandbox.simulator import Simulator

blueprint = Blueprint("control_faults", __name__, url_prefix="/_sandbox/faults")
guard(blueprint)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
WHEN = ("before", "after")


@blueprint.get("")
def list_faults() -> Response:
    """List the faults that are on."""
    return jsonify([fault.describe() for fault in simulator().faults.active()])


@blueprint.post("")
def add_fault() -> Response:
    """Switch a fault on."""
    given = body("path", "method", "organisation", "fault", "status", "text", "when", "seconds", "count", "probability")
    fault = simulator().faults.add(read_fault(given))
    return jsonify(fault.describe())


@blueprint.get("/presets")
def list_presets() -> Response:
    """List the troubles that are ready to be switched on."""
    return jsonify([vars(preset) for preset in PRESETS])


@blueprint.post("/presets/<key>")
def press_preset(key: str) -> Response:
    """Switch one of those on, for every organisation or for one."""
    preset, organisation = BY_KEY.get(key), text(body("organisation"), "organisation")
    if preset is None:
        refuse(f"There is no preset {key}. There are: {', '.join(BY_KEY)}.", 404)
    switch_on(simulator(), preset, organisation=organisation)
    return jsonify({"ok": True, "preset": key})


def switch_on(sim: Simulator, preset: Preset, *, organisation: str = "") -> None:
    """Make a preset's trouble, for every organisation or for the one named."""
    about = {"organisation": organisation} if organisation else {}
    if preset.limits:
        control_limits.change(sim, {**preset.limits, **about})
    if preset.fault:
        sim.faults.add(read_fault({**preset.fault, **about}))


def read_fault(given: Mapping[str, Any]) -> Fault:
    """Check the description of a fault."""
    name, path = text(given, "fault"), text(given, "path")
    if name not in tuple(Kind):
        refuse(f"fault is one of {', '.join(Kind)}.")
    if not path.startswith(("/", "*")):
        refuse("path is a glob that starts with / or *, for example /payroll.xro/1.0/employees*.")
    kind, organisation = Kind(name), text(given, "organisation")
    least, most = SECONDS.get(kind, (0, 600))
    return Fault(
        id=0,
        path=path,
        kind=kind,
        method=_method(given),
        organisation=known_organisation(simulator(), organisation).id if organisation else None,
        status=number(given, "status", 503, least=400, most=599),
        text=_one_of(given, "text", tuple(TEXTS_503)),
        when=_when(given, kind),
        seconds=real(given, "seconds", DEFAULT_SECONDS.get(kind, 2.0), least=least, most=most),
        remaining=None if given.get("count") is None else number(given, "count", 1, least=1),
        probability=real(given, "probability", 1, least=0, most=1),
    )


def _method(given: Mapping[str, Any]) -> str | None:
    method = text(given, "method").upper()
    if method and method not in METHODS:
        refuse(f"method is one of {', '.join(METHODS)}.")
    return method or None


def _one_of(given: Mapping[str, Any], name: str, choices: tuple[str, ...]) -> str:
    value = text(given, name, choices[0])
    if value not in choices:
        refuse(f"{name} is one of {', '.join(choices)}.")
    return value


def _when(given: Mapping[str, Any], kind: Kind) -> str:
    when = _one_of(given, "when", WHEN)
    if when == "after" and kind not in TAKES_WHEN:
        refuse(f"Only {' and '.join(sorted(TAKES_WHEN))} can come after the work is done; see committed_but_lost.")
    return when


@blueprint.delete("")
def clear_faults() -> Response:
    """Switch every fault off."""
    simulator().faults.clear()
    return jsonify({"ok": True})


@blueprint.delete("/<int:fault_id>")
def remove_fault(fault_id: int) -> Response:
    """Switch one fault off."""
    if not simulator().faults.remove(fault_id):
        refuse(f"There is no fault {fault_id}; it may have struck as often as it should.", 404)
    return jsonify({"ok": True})
