"""The vendor's support room: every account whose connection needs somebody, by state and cause."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from tandem.access.selectors import support_actor
from tandem.kernel.errors import NotFound, TandemError
from tandem.web.requests import Request, signed_in
from tandem.web.support import present_account
from tandem.web.support.present_fleet import Chosen, fleet
from tandem.xero import facade


def guard(request: Request) -> None:
    """Hide the room from everybody but support staff."""
    if not (request.user.is_active and request.user.is_support):
        raise NotFound


@signed_in
def support_room(request: Request) -> HttpResponse:
    """List accounts by state and cause, a page at a time; htmx gets the list alone."""
    guard(request)
    chosen = Chosen.read(request.GET)
    page = facade.get_fleet(request.user.id, chosen.question())
    rows_only = request.htmx and not request.htmx.boosted and not request.htmx.history_restore_request
    return render(request, f"support/fleet.html{'#list' if rows_only else ''}", fleet(chosen, page))


@signed_in
def support_account(request: Request, account_id: UUID) -> HttpResponse:
    """Show one account: state, cause, lights, last calls and support's part of the timeline."""
    guard(request)
    found = facade.get_fleet_account(support_actor(request.user, account_id=account_id))
    return render(request, "support/account.html", present_account.account(found))


@require_POST
@signed_in
def support_send_way_out(request: Request, account_id: UUID) -> HttpResponse:
    """Send the administrators of one account the link that opens their reconnect page."""
    guard(request)
    try:
        told = facade.send_way_out(support_actor(request.user, account_id=account_id))
    except TandemError as error:
        messages.error(request, error.public_message)
    else:
        who = "1 administrator" if told == 1 else f"{told} administrators"
        messages.success(request, f"The way out was sent to {who}.")
    return redirect("support-room")
