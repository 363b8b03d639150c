"""What the simulated Xero says where nothing answers: no such path, a verb that a path does not have (xero.md 3.2)."""

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from tandem_sandbox.http import errors, resource
from tandem_sandbox.http.access import simulator

ROOTS = ("/payroll.xro", "/api.xro", "/connections", "/connect/", "/.well-known")
NEVER = ("HEAD", "OPTIONS")


def is_api(path: str) -> bool:
    """Say whether programs ask here, not people."""
    return path.startswith(ROOTS)


def register(app: Flask) -> None:
    """Refuse the verbs that the framework would answer by itself."""
    app.before_request(_refuse_verbs)


def _refuse_verbs() -> None:
    if request.method in NEVER and is_api(request.path) and request.url_rule is not None:
        raise MethodNotAllowed(valid_methods=request.url_rule.methods)


def answer(error: HTTPException) -> Response:
    """Answer as Xero does, in plain text."""
    if isinstance(error, MethodNotAllowed):
        status = int(simulator().switches["unsupported_verb_status"] or 405)
        response = errors.answer(f"{status} {error.name}", status=status, content_type=errors.TEXT)
        response.headers["Allow"] = ", ".join(sorted(set(error.valid_methods or ()) - set(NEVER)))
        return response
    if error.code == 404:
        return resource.not_found()
    return errors.answer(f"{error.code} {error.name}", status=error.code or 500, content_type=errors.TEXT)
