"""The integrations page and the connection: whether it works, why not, what to do; check, disconnect, receipt."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from tandem.access.selectors import names_of
from tandem.kernel.crypto import VaultUnavailable
from tandem.kernel.errors import TandemError
from tandem.kernel.permissions import Permission
from tandem.timeline.checkpoints import find_checkpoint
from tandem.timeline.selectors import list_entries
from tandem.web.requests import Request, needs, needs_second_factor
from tandem.web.templatetags.tandem_ui import day
from tandem.web.xero import present, present_handovers
from tandem.web.xero.connection_page import connection_context
from tandem.web.xero.timeline_words import CONNECTION_EVENTS
from tandem.xero import facade
from tandem.xero.facade import ConnectionState, ReceiptOutcome, ReceiptRecord, StepCode

NOT_LINKED = frozenset({ConnectionState.NOT_SET_UP, ConnectionState.DISCONNECTED})
PAGE = 50


@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def integrations(request: Request) -> HttpResponse:
    """Offer the XERO card."""
    summary = facade.connection_summary(request.actor)
    card = {
        "state": summary.state.value,
        "state_text": present.state_text(summary.health),
        "organisation": summary.organisation_name,
        "text": "" if summary.state is ConnectionState.CONNECTED else summary.health.headline,
        "url": reverse("xero-connection", args=[request.account.slug]),
        "label": "Connect" if summary.state in NOT_LINKED else "Open",
    }
    return render(request, "xero/integrations.html", {"xero": card})


@needs(Permission.VIEW_INTEGRATION)
@needs_second_factor
def xero_connection(request: Request) -> HttpResponse:
    """Show the connection; htmx asks for the lights alone while they are being proved."""
    page = facade.get_connection_page(request.actor)
    if request.htmx:
        return render(request, "xero/connection.html#lights", present.light_context(page.health, request.account.slug))
    context, handovers = connection_context(request, page), present_handovers.cards(request)
    if handovers and page.health.next_step.code is StepCode.PLAN_HANDOVER:
        context["cause"] = None  # the task below says the same, with its day
    return render(request, "xero/connection.html", {**context, "tasks": handovers})


@require_POST
@needs(Permission.VIEW_INTEGRATION)
@needs_second_factor
def xero_probe(request: Request) -> HttpResponse:
    """Ask Xero now, and say what it came to."""
    try:
        health = facade.probe_now(request.actor)
    except TandemError as error:
        messages.error(request, error.public_message)
    else:
        is_green = health.state in present.WORKS
        (messages.success if is_green else messages.warning)(request, f"Checked: {present.state_text(health)}.")
    return redirect("xero-connection", account=request.account.slug)


@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def xero_disconnect(request: Request) -> HttpResponse:
    """Say what a disconnect does; do it when confirmed, and show the receipt."""
    slug = request.account.slug
    summary = facade.connection_summary(request.actor)
    if request.method == "POST":
        return _disconnect(request)
    if summary.state in NOT_LINKED:
        messages.info(request, "Xero is not connected, so there is nothing to disconnect.")
        return redirect("xero-connection", account=slug)
    waiting = len(facade.list_waiting_changes(request.actor))
    context = {
        "organisation": summary.organisation_name,
        "points": present.DISCONNECT_POINTS,
        "stake": present.at_stake(waiting),
        "token_is_dead": present.dead_sign_in(summary.health),
        "action": reverse("xero-disconnect", args=[slug]),
        "back_url": reverse("xero-connection", args=[slug]),
    }
    return render(request, "xero/disconnect_confirm.html", context)


def _disconnect(request: Request) -> HttpResponse:
    try:
        receipt = facade.disconnect(request.actor)
    except TandemError as error:
        messages.error(request, error.public_message)
        return redirect("xero-connection", account=request.account.slug)
    return redirect("xero-receipt", account=request.account.slug, receipt_id=receipt.receipt_id)


@needs(Permission.VIEW_INTEGRATION)
@needs_second_factor
def xero_receipt(request: Request, receipt_id: UUID) -> HttpResponse:
    """Show what a disconnect did, what was proved, and what cannot be known from here."""
    receipt = facade.get_receipt(request.actor, receipt_id=receipt_id)
    names = names_of(request.actor, user_ids=[receipt.by_user_id] if receipt.by_user_id else [])
    may_act = request.actor.may(Permission.MANAGE_INTEGRATION)
    is_linked = facade.connection_summary(request.actor).state not in NOT_LINKED
    context = {
        "receipt": _receipt(receipt, names),
        "reconnect_url": reverse("xero-reconnect", args=[request.account.slug]) if may_act and not is_linked else "",
        "connection_url": reverse("xero-connection", args=[request.account.slug]),
    }
    return render(request, "xero/disconnect_receipt.html", context)


def _receipt(receipt: ReceiptRecord, names: dict[UUID, str]) -> dict[str, object]:
    proved = all(step.outcome is ReceiptOutcome.DONE for step in receipt.steps)
    by = names.get(receipt.by_user_id, "") if receipt.by_user_id else ""
    return {
        "title": f"Disconnected from {receipt.organisation_name}" if receipt.is_finished else "Disconnecting",
        "at": receipt.at,
        "tone": "good" if proved and receipt.is_finished else "warn",
        "reference": str(receipt.receipt_id),
        "lines": [
            {"label": present.RECEIPT_STEPS[step.step.value], "value": step.sentence, "detail": step.holder_name}
            for step in receipt.steps
        ]
        + ([{"label": "By", "value": by}] if by else []),
        "cannot_prove": [receipt.where_to_look] if receipt.where_to_look else [],
    }


@needs(Permission.VIEW_INTEGRATION)
@needs_second_factor
def xero_timeline(request: Request) -> HttpResponse:
    """Show everything that happened to the connection, newest first."""
    text = request.GET.get("before", "")
    before = int(text) if text.isdecimal() and len(text) < 18 else None
    entries = list_entries(request.actor, limit=PAGE + 1, before=before, events=CONNECTION_EVENTS)
    names = names_of(request.actor, user_ids=[entry.actor_id for entry in entries if entry.actor_id])
    shown = entries[:PAGE]
    context = {
        "entries": present.timeline(shown, names),
        "older": f"?before={shown[-1].sequence}" if len(entries) > PAGE else "",
        "newer": "?" if before else "",
        "removed_text": "" if len(entries) > PAGE else _removed(request),
        "may_export": request.actor.may(Permission.MANAGE_INTEGRATION),
    }
    return render(request, "xero/timeline.html", context)


def _removed(request: Request) -> str:
    """Say below the oldest entry what was removed before it, and whether the checkpoint in its place is intact."""
    try:
        checkpoint = find_checkpoint(request.actor)
    except VaultUnavailable:
        return "Older entries were removed under retention. Their checkpoint cannot be checked without the master key."
    if checkpoint is None:
        return ""
    before, on = (day(timezone.localtime(at)) for at in (checkpoint.older_than, checkpoint.made_at))
    state = "is intact" if checkpoint.holds else "is not as it was signed: somebody changed it outside Tandem"
    return f"Entries from before {before} were removed under retention on {on}. The checkpoint in their place {state}."
