"""What every page of the simulator shares: rendering, a strict content policy, a form token."""

import hmac
import secrets
from urllib.parse import urlsplit

from flask import Response, abort, make_response, render_template, request, session

BASE_POLICY = "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"


def page(template: str, *, status: int = 200, form_targets: str = "", **values: object) -> Response:
    """Render a page; forms on it may also lead to the origin of `form_targets`, since Chromium checks redirects."""
    response = make_response(render_template(template, token=form_token(), **values), status)
    parts = urlsplit(form_targets)
    target = f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
    response.headers["Content-Security-Policy"] = f"{BASE_POLICY}; form-action 'self'{target}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response


def form_token() -> str:
    """Return this browser's form token, made on first use."""
    if "token" not in session:
        session["token"] = secrets.token_urlsafe(24)
    return str(session["token"])


def check_token() -> None:
    """Refuse a form that another site sent."""
    if not hmac.compare_digest(request.form.get("token", ""), str(session.get("token", "-"))):
        abort(400, "This form is no longer valid. Go back, reload the page and send it again.")
