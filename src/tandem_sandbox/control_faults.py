"""The control API's faults: list them, switch them on and off."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify

from tandem_sandbox.control_values import body, guard, known_organisation, number, real, refuse, text
from tandem_sandbox.faults import DEFAULT_SECONDS, SECONDS, TAKES_WHEN, Fault, Kind
from tandem_sandbox.http.access import simulator
from tandem_sandbox.http.errors import TEXTS_503

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
