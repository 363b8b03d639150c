"""Support writes to administrators: choose accounts, see the letters, send once, and see what came of it."""

from collections.abc import Iterable
from uuid import UUID, uuid4

import structlog
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from tandem.access.selectors import support_actor
from tandem.kernel.errors import NotFound
from tandem.web.requests import Request, signed_in
from tandem.web.support import present_outreach as present
from tandem.web.support.present_fleet import Chosen
from tandem.web.support.views import guard
from tandem.xero import facade
from tandem.xero.facade import Outcome, OutreachPreview

log = structlog.get_logger()


@require_http_methods(["GET", "POST"])
@signed_in
def support_outreach_new(request: Request) -> HttpResponse:
    """Show what would be sent to whom and who cannot be reached; a POST sends it, once however often it is pressed."""
    guard(request)
    if request.method == "POST":
        return _send(request)
    again = request.GET.get("again") == "on"
    found = _previews(request, _chosen(request, request.GET), again=again)
    chosen = Chosen.read(request.GET)
    return render(
        request, "support/outreach_new.html", present.preview(found, batch_id=uuid4(), chosen=chosen, again=again)
    )


def _chosen(request: Request, query: QueryDict) -> list[UUID]:
    if query.get("all"):
        question = Chosen.read(query).question()
        return facade.list_fleet_ids(request.user.id, question, limit=facade.BULK_LIMIT)
    given = (_uuid(text) for text in query.getlist("account"))
    return list(dict.fromkeys(one for one in given if one))[: facade.BULK_LIMIT]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _previews(request: Request, account_ids: Iterable[UUID], *, again: bool) -> list[OutreachPreview]:
    found = []
    for account_id in account_ids:
        try:
            actor = support_actor(request.user, account_id=account_id)
            found.append(facade.preview_outreach(actor, again=again))
        except NotFound:
            continue
    return found


def _send(request: Request) -> HttpResponse:
    batch_id, again = _uuid(request.POST.get("batch", "")), request.POST.get("again") == "on"
    account_ids = _chosen(request, request.POST)
    if batch_id is None or not account_ids:
        raise NotFound
    outcomes = []
    for account_id in account_ids:
        try:
            actor = support_actor(request.user, account_id=account_id)
            outcomes.append(facade.send_outreach(actor, batch_id=batch_id, again=again))
        except NotFound:
            continue
    written = sum(outcome is Outcome.SENT for outcome in outcomes)
    log.info("outreach_sent", batch_id=str(batch_id), accounts=len(outcomes), written=written)
    return redirect("support-outreach-batch", batch_id=batch_id)


@signed_in
def support_outreach(request: Request) -> HttpResponse:
    """List everybody written to in the last 30 days: still as it was, or recovered after how long."""
    guard(request)
    number = Chosen.read(request.GET).page
    page = facade.list_outreach(request.user.id, page=number)
    return render(request, "support/outreach.html", present.results(page))


@signed_in
def support_outreach_batch(request: Request, batch_id: UUID) -> HttpResponse:
    """Show the result of one sending, account by account; raise NotFound."""
    guard(request)
    page = facade.list_outreach(request.user.id, batch_id=batch_id, size=facade.BULK_LIMIT)
    if not page.rows:
        raise NotFound
    return render(request, "support/outreach_sent.html", present.sent(page.rows))
