"""What every call of the control API checks first, and how it reads the values it is given."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

from flask import Blueprint, Response, abort, jsonify, request
from werkzeug.exceptions import HTTPException

from tandem_sandbox.http.bodies import Unreadable, read_json
from tandem_sandbox.simulator import Simulator
from tandem_sandbox.world.state import Organisation

SMALLEST, LARGEST = 0, 10_000
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)


def guard(blueprint: Blueprint) -> None:
    """Make a part of the control API refuse tokens, and answer every refusal with a sentence."""
    blueprint.before_request(_never_for_a_token)
    blueprint.register_error_handler(HTTPException, _say_why)


def _never_for_a_token() -> None:
    if "Authorization" in request.headers:
        abort(403, "The control API does not take an Authorization header; it is not part of Xero.")


def _say_why(error: HTTPException) -> tuple[Response, int]:
    return jsonify({"error": error.description}), error.code or 500


def refuse(text: str, status: int = 400) -> NoReturn:
    """Answer with a sentence."""
    abort(status, text)


def sentence(error: Exception, status: int = 400) -> Response:
    """Answer with an exception's sentence."""
    response = jsonify({"error": str(error)})
    response.status_code = status
    return response


def json_object() -> dict[str, Any]:
    """Read a JSON object; no body is an empty one."""
    if not request.get_data(cache=True):
        return {}
    try:
        given = read_json()
    except Unreadable:
        refuse("The body is not JSON.")
    if not isinstance(given, dict):
        refuse("Send a JSON object.")
    return given


def body(*allowed: str) -> dict[str, Any]:
    """Read a JSON object whose keys are all known."""
    given = json_object()
    surplus = sorted(set(given) - set(allowed))
    if surplus:
        refuse(f"Not known here: {', '.join(surplus)}. Known are: {', '.join(allowed)}.")
    return given


def text(given: Mapping[str, Any], name: str, default: str = "") -> str:
    """Read a text; null and absence are the default."""
    value = given.get(name)
    if value is None:
        return default
    if not isinstance(value, str) or len(value) > 4000:
        refuse(f"{name} is a text.")
    return value


def yes_or_no(given: Mapping[str, Any], name: str, *, default: bool) -> bool:
    """Read true or false."""
    value = given.get(name, default)
    if not isinstance(value, bool):
        refuse(f"{name} is true or false.")
    return value


def number(given: Mapping[str, Any], name: str, default: int, *, least: int = SMALLEST, most: int = LARGEST) -> int:
    """Read a whole number."""
    value = given.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        refuse(f"{name} must be a whole number from {least} to {most}.")
    return int(value)


def real(given: Mapping[str, Any], name: str, default: float, *, least: float, most: float) -> float:
    """Read a number."""
    value = given.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        refuse(f"{name} is a number from {least:g} to {most:g}.")
    return float(value)


def moment(value: object) -> datetime:
    """Read an ISO moment; without a zone it is UTC."""
    try:
        parsed = datetime.fromisoformat(str(value))
    except ValueError:
        refuse("Give the moment as ISO 8601, for example 2026-11-22T09:00:00+00:00.")
    return possible(parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC))


def possible(when: datetime) -> datetime:
    """Refuse a moment that the simulator's clock cannot show."""
    if not EARLIEST <= when < LATEST:
        refuse(f"The clock goes from {EARLIEST.year} to {LATEST.year}.")
    return when


def known_organisation(sim: Simulator, given: str) -> Organisation:
    """Find an organisation by id or name, or refuse."""
    organisation = sim.world.organisation_named(given)
    if organisation is None:
        refuse(f"There is no organisation {given}.", 404)
    return organisation
