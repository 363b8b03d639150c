"""Webhooks: where messages go, the secret that is shown once, the log of what was sent, a test and a replay."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from tandem.access.selectors import names_of
from tandem.kernel.permissions import Permission
from tandem.web.answers import attempt, form_page, sent
from tandem.web.requests import Request, needs, needs_second_factor
from tandem.web.webhooks import present
from tandem.web.webhooks.forms import WebhookForm
from tandem.webhooks import announcing, endpoints, sending
from tandem.webhooks.posting import Outcome


@needs(Permission.MANAGE_USERS)
@needs_second_factor
def webhook_list(request: Request) -> HttpResponse:
    """List the account's endpoints."""
    found = endpoints.list_endpoints(request.actor)
    names = names_of(request.actor, user_ids=[one.made_by_user_id for one in found if one.made_by_user_id])
    return render(request, "webhooks/webhook_list.html", {"webhooks": [present.endpoint(one, names) for one in found]})


@needs(Permission.MANAGE_USERS)
@needs_second_factor
def webhook_new(request: Request) -> HttpResponse:
    """Add an endpoint, and show its secret this once."""
    form = WebhookForm(sent(request))
    made = attempt(form, lambda: endpoints.make_endpoint(request.actor, **form.cleaned_data))
    if made:
        context = {"url": made.record.url, "secret": made.secret, "endpoint_id": made.record.endpoint_id}
        response = render(request, "webhooks/webhook_made.html", context)
        response["Cache-Control"] = "no-store"
        return response
    list_url = reverse("webhook-list", kwargs={"account": request.account.slug})
    return form_page(request, "webhooks/webhook_form.html", form, {"cancel_url": list_url})


@needs(Permission.MANAGE_USERS)
@needs_second_factor
def webhook_detail(request: Request, endpoint_id: UUID) -> HttpResponse:
    """Show an endpoint and what was sent to it."""
    found = endpoints.get_endpoint(request.actor, endpoint_id=endpoint_id)
    names = names_of(request.actor, user_ids=[found.made_by_user_id] if found.made_by_user_id else [])
    log = endpoints.list_deliveries(request.actor, endpoint_id=endpoint_id)
    context = {"webhook": present.endpoint(found, names), "log": [present.delivery(one) for one in log]}
    return render(request, "webhooks/webhook.html", context)


@require_POST
@needs(Permission.MANAGE_USERS)
@needs_second_factor
def webhook_test(request: Request, endpoint_id: UUID) -> HttpResponse:
    """Send a test message now, and say what came of it."""
    written = announcing.write_test(request.actor, endpoint_id=endpoint_id)
    _say(request, sending.deliver_one(request.actor.account_id, written.delivery_id))
    return redirect("webhook-detail", account=request.account.slug, endpoint_id=endpoint_id)


@require_POST
@needs(Permission.MANAGE_USERS)
@needs_second_factor
def webhook_replay(request: Request, endpoint_id: UUID, delivery_id: UUID) -> HttpResponse:
    """Send a message once more now, and say what came of it."""
    written = announcing.replay(request.actor, delivery_id=delivery_id)
    _say(request, sending.deliver_one(request.actor.account_id, written.delivery_id))
    return redirect("webhook-detail", account=request.account.slug, endpoint_id=endpoint_id)


def _say(request: Request, outcome: Outcome | None) -> None:
    if outcome is None:
        messages.info(request, "A worker is sending it already. Look at the log in a moment.")
    elif outcome.is_taken:
        messages.success(request, f"The message was taken: {outcome.status}.")
    else:
        messages.error(request, f"The message was not taken. {present.problem(outcome.status, outcome.problem_code)}.")


def _switch(request: Request, endpoint_id: UUID, *, is_on: bool, said: str) -> HttpResponse:
    endpoints.switch_endpoint(request.actor, endpoint_id=endpoint_id, is_on=is_on)
    messages.success(request, said)
    return redirect("webhook-detail", account=request.account.slug, endpoint_id=endpoint_id)


@require_POST
@needs(Permission.MANAGE_USERS)
@needs_second_factor
def webhook_on(request: Request, endpoint_id: UUID) -> HttpResponse:
    """Begin to send to an endpoint."""
    return _switch(request, endpoint_id, is_on=True, said="Messages are sent there again, from now on.")


@require_POST
@needs(Permission.MANAGE_USERS)
@needs_second_factor
def webhook_off(request: Request, endpoint_id: UUID) -> HttpResponse:
    """Stop sending to an endpoint."""
    return _switch(request, endpoint_id, is_on=False, said="Nothing is sent there any more.")


@require_POST
@needs(Permission.MANAGE_USERS)
@needs_second_factor
def webhook_remove(request: Request, endpoint_id: UUID) -> HttpResponse:
    """Remove an endpoint with its secret and its log."""
    endpoints.remove_endpoint(request.actor, endpoint_id=endpoint_id)
    messages.success(request, "The webhook was removed, with its secret and its log.")
    return redirect("webhook-list", account=request.account.slug)
