"""The simulator's own pages: what somebody sees inside the simulated Xero, and the workshop behind it."""

from flask import Blueprint, Flask, Response

from tandem_sandbox.ui import forms

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def home() -> Response:
    """Show the launcher."""
    return forms.page("home.html")


def register(app: Flask) -> None:
    """Add what the pages need to the application."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
