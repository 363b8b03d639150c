"""The request log as a person reads it: newest first, filtered, a page at a time, and as plain text."""

from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from tandem_sandbox.control_log import FILTERS, read_filters
from tandem_sandbox.faults import Kind
from tandem_sandbox.journal import Entry
from tandem_sandbox.simulator import Simulator
from tandem_sandbox.ui import forms, words
from tandem_sandbox.ui.choosing import picker, sheet

blueprint = Blueprint("log_pages", __name__, url_prefix="/log")
METHODS = (("", "Any"), *((method, method) for method in ("GET", "POST", "PUT", "DELETE")))
STATUSES = (("", "Any"), ("2xx", "2xx"), ("3xx", "3xx"), ("4xx", "4xx"), ("401", "401"), ("403", "403"), ("429", "429"),
            ("5xx", "5xx"), ("503", "503"), ("none", "No answer"))  # fmt: skip
HIDDEN = ("status", "organisation", "user", "fault")


@blueprint.get("")
def request_log() -> Response:
    """Show the requests."""
    sim = forms.here()
    found = _found(sim)
    return forms.page(
        "log.html",
        sheet=sheet(found),
        rows=[(entry, _organisation(sim, entry)) for entry in sheet(found).items],
        all=len(sim.log.entries()),
        asked=request.args,
        has_more=any(request.args.get(name) for name in HIDDEN),
        query=_query(),
        methods=METHODS,
        statuses=STATUSES,
        faults=[("", "Any"), *((kind.value, words.fault_name(kind)) for kind in Kind)],
        fault_names={kind.value: words.fault_name(kind) for kind in Kind},
        pick=picker(sim),
    )


def _found(sim: Simulator) -> list[Entry]:
    try:
        return sim.log.entries(read_filters(sim, request.args))[::-1]
    except HTTPException:
        return []


def _query() -> str:
    """Return the filters that are set, for the addresses of the same requests as text and as JSON."""
    return urlencode({name: request.args[name] for name in FILTERS if request.args.get(name)})


def _organisation(sim: Simulator, entry: Entry) -> str:
    found = sim.world.organisations.get(entry.organisation or "")
    return found.name if found else ""


@blueprint.get("/text")
def as_text() -> Response:
    """Show the same requests as plain text, oldest first, to be copied."""
    lines = [_line(entry) for entry in reversed(_found(forms.here()))]
    response = make_response("\n".join(lines or ["No request fits."]) + "\n")
    response.headers["Content-Type"] = "text/plain; charset=utf-8"
    return forms.guarded(response)


def _line(entry: Entry) -> str:
    target = f"{entry.path}?{entry.query}" if entry.query else entry.path
    words_ = [entry.at.isoformat(timespec="milliseconds"), str(entry.status or "---"), entry.method, target]
    if entry.user:
        words_.append(f"user={entry.user}")
    if entry.organisation:
        words_.append(f"organisation={entry.organisation}")
    if entry.fault:
        words_.append(f"fault={entry.fault}")
    if entry.idempotency_key:
        words_.append(f"key={entry.idempotency_key}{' (replayed)' if entry.replayed else ''}")
    return " ".join([*words_, f"correlation={entry.correlation_id}"])


@blueprint.post("/clear")
def clear_log() -> BaseResponse:
    """Empty the log."""
    forms.check_token()
    forms.here().log.clear()
    forms.say("The log is empty.")
    return redirect("/log", 303)
