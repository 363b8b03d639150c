"""Lists from Xero: what people pick from, when it was read, and reading it anew."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from tandem.kernel.errors import TandemError
from tandem.kernel.permissions import Permission
from tandem.people.selectors import list_branches
from tandem.web.requests import Request, needs, needs_second_factor
from tandem.web.xero import present_lists
from tandem.xero import facade


@needs(Permission.VIEW_INTEGRATION)
@needs_second_factor
def xero_lists(request: Request) -> HttpResponse:
    """Show every list with the time of its reading."""
    slug, is_linked = request.account.slug, facade.is_set_up(request.actor)
    context = {
        "cards": present_lists.cards(facade.list_catalog(request.actor), list_branches(request.actor)),
        "read_url": reverse("xero-lists-read", args=[slug]) if is_linked else "",
        "connection_url": reverse("xero-connection", args=[slug]),
    }
    return render(request, "xero/lists.html", context)


@require_POST
@needs(Permission.VIEW_INTEGRATION)
@needs_second_factor
def xero_lists_read(request: Request) -> HttpResponse:
    """Read the lists now, which takes a few calls."""
    try:
        is_whole = facade.read_lists_now(request.actor)
    except TandemError as error:
        messages.error(request, error.public_message)
    else:
        if is_whole:
            messages.success(request, "The lists were read from Xero.")
        else:
            messages.warning(request, "Not every list could be read. What was read before stays.")
    return redirect("xero-lists", account=request.account.slug)
