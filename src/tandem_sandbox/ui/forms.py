"""What every page of the simulator shares: rendering, a strict content policy, a form token, words for values."""

import hmac
import secrets
from datetime import date, datetime
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, make_response, render_template, request, session
from werkzeug.exceptions import HTTPException

from tandem_sandbox.faults import SECONDS, Fault, Kind
from tandem_sandbox.http import unanswered
from tandem_sandbox.simulator import Simulator

BASE_POLICY = "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def page(template: str, *, status: int = 200, form_targets: str = "", **values: object) -> Response:
    """Render a page; forms on it may also lead to the origin of `form_targets`, since Chromium checks redirects."""
    now = here().clock.now()
    said = session.pop("said", None)
    body = render_template(template, token=form_token(), clock_now=now, said=said, **values)
    response = make_response(body, status)
    parts = urlsplit(form_targets)
    target = f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
    response.headers["Content-Security-Policy"] = f"{BASE_POLICY}; form-action 'self'{target}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response


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


def day(value: str) -> str:
    """Write an ISO day as 22 Nov 2026."""
    parsed = date.fromisoformat(value)
    return f"{parsed.day} {MONTHS[parsed.month - 1]} {parsed.year}"


def moment(value: datetime) -> str:
    """Write a moment as 22 Nov 2026, 10:20 UTC."""
    return f"{day(value.date().isoformat())}, {value:%H:%M} UTC"


def clock(value: datetime) -> str:
    """Write a moment as 22 Nov 10:20:05."""
    return f"{value.day} {MONTHS[value.month - 1]} {value:%H:%M:%S}"


def facts(fault: Fault) -> str:
    """Say in words where and how often a fault strikes."""
    organisation = here().world.organisations.get(fault.organisation or "")
    words = [organisation.name if organisation else "every organisation"]
    if fault.kind is Kind.STATUS:
        words.append(f"status {fault.status}")
    if fault.kind in SECONDS:
        words.append(f"{fault.seconds:g} seconds")
    words.append(
        "until switched off" if fault.remaining is None else f"{fault.remaining} more {_times(fault.remaining)}"
    )
    if fault.probability < 1:
        words.append(f"{fault.probability:.0%} of calls")
    words.append(f"struck {fault.struck} {_times(fault.struck)}")
    return ", ".join(words)


def _times(count: int) -> str:
    return "time" if count == 1 else "times"


def value_words(value: object) -> str:
    """Write a switch's value in words."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).replace("_", " ")


def register(app: Flask) -> None:
    """Add filters and the page for what is missing."""
    for name, function in (
        ("day", day),
        ("moment", moment),
        ("clock", clock),
        ("facts", facts),
        ("value", value_words),
    ):
        app.jinja_env.filters[name] = function
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
