"""The vendor's support room: every account whose connection needs somebody, by state and cause."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from tandem.access.selectors import support_actor
from tandem.kernel.errors import NotFound
from tandem.web.requests import Request, signed_in
from tandem.web.support import present_account, present_outreach
from tandem.web.support.present_fleet import Chosen, fleet
from tandem.web.xero.bundle import as_file
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
    written = facade.list_outreach(request.user.id, account_id=account_id)
    context = {**present_account.account(found), "outreach": [present_outreach.result(row) for row in written.rows]}
    return render(request, "support/account.html", context)


@require_POST
@signed_in
def support_bundle(request: Request, account_id: UUID) -> HttpResponse:
    """Hand out the account's diagnostic bundle; where it is refused, say so on the account's page."""
    guard(request)
    try:
        return as_file(facade.make_bundle(support_actor(request.user, account_id=account_id)))
    except facade.BundleRefused as error:
        messages.error(request, error.public_message)
        return redirect("support-account", account_id=account_id)
