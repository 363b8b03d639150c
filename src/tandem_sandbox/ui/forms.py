"""What every page of the simulator shares: rendering, a strict content policy, a form token, pages for errors."""

import hmac
import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, make_response, render_template, request, session
from werkzeug.exceptions import HTTPException

from tandem_sandbox.http import unanswered
from tandem_sandbox.simulator import Simulator
from tandem_sandbox.ui import choosing, words
from tandem_sandbox.world.clock import Mode

BASE_POLICY = "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
MENU = (
    (
        "In this organisation",
        (
            ("/payroll/employees", "Employees"),
            ("/payroll/leave", "Leave"),
            ("/payroll/pay-runs", "Pay runs"),
            ("/users", "Users and roles"),
            ("/apps", "Manage app connections"),
            ("/organisations", "Organisations"),
        ),
    ),
    (
        "Behind the scenes",
        (
            ("/faults", "Faults"),
            ("/log", "Request log"),
            ("/switches", "Switches"),
            ("/limits", "Call limits"),
            ("/clock", "Clock"),
            ("/control", "Control API"),
        ),
    ),
)


def page(template: str, *, status: int = 200, form_targets: str = "", **values: object) -> Response:
    """Render a page; forms on it may also lead to the origin of `form_targets`, since Chromium checks redirects."""
    sim, said = here(), session.pop("said", None)
    about = {"token": form_token(), "clock_now": sim.clock.now(), "said": said, "menu": MENU, "state": _state(sim)}
    response = make_response(render_template(template, **about, **values), status)
    parts = urlsplit(form_targets)
    target = f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
    response.headers["Content-Security-Policy"] = f"{BASE_POLICY}; form-action 'self'{target}"
    return guarded(response)


def guarded(response: Response) -> Response:
    """Add the headers that every answer to a browser carries."""
    response.headers.setdefault("Content-Security-Policy", f"{BASE_POLICY}; form-action 'none'")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response


def _state(sim: Simulator) -> list[tuple[str, str]]:
    """Say what is not as it is at the start, for the top of every page."""
    on, changed = len(sim.faults.active()), len(sim.switches.changed())
    found = [("/faults", f"{words.times(on, one='fault')} on")] if on else []
    found += [("/limits", "Limits changed")] if sim.limits.is_changed else []
    found += [("/switches?changed=yes", f"{words.times(changed, one='switch')} changed")] if changed else []
    found += [("/clock", "Clock stopped")] if sim.clock.mode is Mode.FROZEN else []
    return found


def here() -> Simulator:
    """Return the simulator of this application."""
    found = current_app.extensions["tandem_sandbox"]
    assert isinstance(found, Simulator)  # noqa: S101  tells the type checker
    return found


def say(sentence: str) -> None:
    """Keep a sentence for the top of the next page."""
    session["said"] = sentence


def form_token() -> str:
    """Return this browser's form token, made on first use."""
    if "token" not in session:
        session["token"] = secrets.token_urlsafe(24)
    return str(session["token"])


def check_token() -> None:
    """Refuse a form that another site sent."""
    if not hmac.compare_digest(request.form.get("token", "").encode(), str(session.get("token", "-")).encode()):
        abort(400, "This form is no longer valid. Go back, reload the page and send it again.")


def typed() -> dict[str, str]:
    """Return what was typed into the form, without its token and without spaces around."""
    return {name: value.strip() for name, value in request.form.items() if name != "token"}


def sentence(error: HTTPException) -> str:
    """Write a refusal of the control API as a sentence."""
    first, space, rest = str(error.description).partition(" ")
    return first[:1].upper() + first[1:].replace("_", " ") + space + rest


def register(app: Flask) -> None:
    """Add filters and the page for what is missing."""
    for function in (words.day, words.moment, words.clock, words.number, words.value, choosing.page_link):
        app.jinja_env.filters[function.__name__] = function
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.register_error_handler(HTTPException, show_error)


def show_error(error: HTTPException) -> Response:
    """Show a page for what went wrong; API paths get plain text."""
    code = error.code or 500
    if unanswered.is_api(request.path):
        return unanswered.answer(error)
    if request.path.startswith("/_sandbox"):
        return make_response({"error": f"{request.method} {request.path} is not part of the control API."}, code)
    heading = "There is no such page" if code == 404 else "That did not work"
    text = "The address leads nowhere in the simulator." if code == 404 else str(error.description)
    return page("missing.html", status=code, heading=heading, text=text)
