"""Refusals in the bodies that Xero was seen to send (xero.md 2.5 and 3.2)."""

from flask import Response

from tandem_sandbox.faults import Fault, Kind
from tandem_sandbox.world.state import World, run_time_id
from tandem_sandbox.world.switches import Switches
from tandem_sandbox.world.wire import dumps

JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"
MAINTENANCE = "The Xero API is currently offline for maintenance"
UNAVAILABLE = "The Xero API is temporarily unavailable"
ORGANISATION_OFFLINE = "The Organisation is offline"
BROKEN = (
    "An error occurred in Xero. Check the API Status page http://status.developer.xero.com for current service status."
)
EDGE_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
EDGE_BLOCK = "<html><head><title>Access Denied</title></head><body><h1>Access Denied</h1></body></html>"
TEXTS_503 = {
    "maintenance": MAINTENANCE,
    "unavailable": UNAVAILABLE,
    "organisation_offline": ORGANISATION_OFFLINE,
}
TITLES = {401: "Unauthorized", 403: "Forbidden"}


def answer(body: str, *, status: int, content_type: str = JSON) -> Response:
    """Make a response that nobody may cache."""
    response = Response(body, status=status)
    response.headers["Content-Type"] = content_type
    response.headers["Cache-Control"] = "no-store"
    return response


def problem(world: World, switches: Switches, *, status: int, detail: str) -> Response:
    """Answer 401 or 403 with the problem-like body; recorded 401s say Title, recorded 403s title."""
    values: dict[str, object] = {
        "Title": TITLES[status],
        "Status": status,
        "Detail": detail,
        "Instance": run_time_id(world, "instance"),
    }
    if switches["problem_extras"]:
        values = {"Type": None, **values, "Extensions": {}}
    casing = switches["problem_casing"]
    if casing == "lower" or (casing == "recorded" and status == 403):
        values = {name.lower(): value for name, value in values.items()}
    return answer(dumps(values), status=status)


def broken(instance: str) -> Response:
    """Answer 500 with the body recorded on Payroll AU."""
    body = {"Title": "An error occurred", "Detail": BROKEN, "Status": 500, "Instance": instance}
    return answer(dumps(body), status=500)


def exception(kind: str, message: str, *, number: int, elements: list[dict[str, object]] | None = None) -> Response:
    """Answer 400 in the second shape: an exception (xero.md 3.4)."""
    body: dict[str, object] = {"ErrorNumber": number, "Type": kind, "Message": message}
    if elements is not None:
        body["Elements"] = elements
    return answer(dumps(body), status=400)


def unreadable(language: str) -> Response:
    """Answer 400 to a body that is no JSON or no XML, as Accounting does."""
    return exception("PostDataInvalidException", f"{language} request body could not be read", number=14)


def injected(world: World, switches: Switches, fault: Fault) -> Response:
    """Answer an injected status with the body that Xero gives with it."""
    if fault.kind is Kind.HTML_502 or fault.status == 502:
        return answer(EDGE_PAGE, status=502, content_type=HTML)
    if fault.status in TITLES:
        return problem(world, switches, status=fault.status, detail="AuthenticationUnsuccessful")
    if fault.status == 500:
        return broken(run_time_id(world, "instance"))
    if fault.status == 400:
        return exception("Error", "Bad request", number=0)
    if fault.status == 503:
        return answer(TEXTS_503[fault.text], status=503, content_type=TEXT)
    return answer("", status=fault.status, content_type=TEXT)


def blocked() -> Response:
    """Answer 403 as the edge in front of Xero does to who asks for the discovery document too often (xero.md 2.1)."""
    return answer(EDGE_BLOCK, status=403, content_type=HTML)
