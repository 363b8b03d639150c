"""Rehearse a break: begin a drill, watch it step by step, reconnect in one press, keep the receipt."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from tandem.access.selectors import names_of
from tandem.kernel.errors import Invalid, TandemError
from tandem.kernel.permissions import Permission
from tandem.web.requests import Request, needs, needs_second_factor
from tandem.web.xero import present_drills
from tandem.xero import facade
from tandem.xero.facade import DrillRecord


class DrillForm(forms.Form):
    """Who gets the letter."""

    tell_others = forms.BooleanField(
        label="Write to everybody whom a real break would reach",
        required=False,
        help_text="Each letter says that it is a drill. Left empty, only you get it.",
    )


@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def xero_drills(request: Request) -> HttpResponse:
    """Say what a drill does and how earlier ones went; begin one when asked."""
    if request.method == "POST":
        return _begin(request)
    drills, slug = facade.list_drills(request.actor), request.account.slug
    context = {
        "form": DrillForm(),
        **present_drills.list_context(drills, _names(request, drills), slug=slug),
        "has_simulator": facade.has_simulator(),
        "connection_url": reverse("xero-connection", args=[slug]),
    }
    return render(request, "xero/drill_list.html", context)


def _begin(request: Request) -> HttpResponse:
    slug, form = request.account.slug, DrillForm(request.POST)
    try:
        drill = facade.start_drill(request.actor, tells_others=form.is_valid() and form.cleaned_data["tell_others"])
    except TandemError as error:
        messages.error(request, str(error) if isinstance(error, Invalid) else error.public_message)
        return redirect("xero-drills", account=slug)
    return redirect("xero-drill", account=slug, drill_id=drill.drill_id)


def _names(request: Request, drills: list[DrillRecord]) -> dict[UUID, str]:
    people = {drill.by_user_id for drill in drills} | {who for drill in drills for who in present_drills.told(drill)}
    return names_of(request.actor, user_ids=[who for who in people if who is not None])


@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def xero_drill(request: Request, drill_id: UUID) -> HttpResponse:
    """Show one drill as far as it is."""
    return _page(request, facade.get_drill(request.actor, drill_id=drill_id))


@require_POST
@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def xero_drill_advance(request: Request, drill_id: UUID) -> HttpResponse:
    """Do the next step; without htmx, come back to the page."""
    pressed = request.POST.get("pressed") == "yes"
    drill = facade.advance_drill(request.actor, drill_id=drill_id, pressed=pressed)
    if request.htmx:
        return _page(request, drill)
    return redirect("xero-drill", account=request.account.slug, drill_id=drill_id)


@require_POST
@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def xero_drill_clean_up(request: Request, drill_id: UUID) -> HttpResponse:
    """End an interrupted drill and remove what is left of its link."""
    try:
        facade.clean_up_drill(request.actor, drill_id=drill_id)
    except Invalid as error:
        messages.error(request, str(error))
    return redirect("xero-drill", account=request.account.slug, drill_id=drill_id)


def _page(request: Request, drill: DrillRecord) -> HttpResponse:
    context = present_drills.drill_context(drill, _names(request, [drill]), account=request.account)
    return render(request, "xero/drill.html#drill" if request.htmx else "xero/drill.html", context)
