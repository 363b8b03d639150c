"""The two keys: use the standby, give it up, do without; who a Xero user is; let a leaver's access write on."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from tandem.flows import access as flows
from tandem.kernel.errors import Invalid, NotFound, TandemError
from tandem.kernel.permissions import Permission
from tandem.web.answers import attempt, form_page, sent
from tandem.web.people.choices import people_by_name
from tandem.web.requests import Request, needs, needs_second_factor
from tandem.web.xero import present, present_keys
from tandem.web.xero.key_forms import ApproveWritesForm, HolderForm
from tandem.xero import facade
from tandem.xero.facade import Authoriser


def _back(request: Request) -> HttpResponse:
    return redirect("xero-connection", account=request.account.slug)


@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def xero_swap(request: Request) -> HttpResponse:
    """Say what changes when the standby carries; do it when confirmed."""
    page = facade.get_connection_page(request.actor)
    if page.primary is None or page.standby is None:
        messages.info(request, "There is no standby that could take over. Add one first.")
        return _back(request)
    if request.method == "POST":
        return _swap(request, page.standby)
    return render(request, "xero/confirm.html", present_keys.swap_question(page, slug=request.account.slug))


def _swap(request: Request, standby: Authoriser) -> HttpResponse:
    try:
        facade.swap(request.actor)
    except TandemError as error:
        messages.error(request, str(error) if isinstance(error, Invalid) else error.public_message)
    else:
        messages.success(request, f"{standby.name} carries the connection now.")
    return _back(request)


@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def xero_standby_give_up(request: Request) -> HttpResponse:
    """Say what ends with the standby; do it when confirmed."""
    page = facade.get_connection_page(request.actor)
    if page.standby is None:
        messages.info(request, "There is no standby, so there is nothing to give up.")
        return _back(request)
    if request.method == "POST":
        facade.retire_standby(request.actor)
        messages.success(request, f"{page.standby.name} does not stand by any more.")
        return _back(request)
    return render(request, "xero/confirm.html", present_keys.give_up_question(page, slug=request.account.slug))


@require_POST
@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def xero_standby_later(request: Request) -> HttpResponse:
    """Put the question for a standby off."""
    try:
        until = facade.put_off_standby(request.actor)
    except NotFound as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"You are asked for a standby again on {present.on(until)}.")
    return _back(request)


@require_POST
@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def xero_standby_wanted(request: Request) -> HttpResponse:
    """Say whether the account wants a standby at all."""
    wanted = request.POST.get("wanted") == "yes"
    try:
        facade.want_standby(request.actor, wanted=wanted)
    except NotFound as error:
        messages.error(request, str(error))
    else:
        said = "Tandem asks for a standby." if wanted else "This account does without a standby. Tandem asks no more."
        messages.success(request, said)
    return _back(request)


@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def xero_holder(request: Request, grant_id: UUID) -> HttpResponse:
    """Say who a Xero user is in Tandem."""
    page = facade.get_connection_page(request.actor)
    one = next((key for key in (page.primary, page.standby) if key and key.grant_id == grant_id), None)
    if one is None:
        raise NotFound
    people = people_by_name(request.actor)
    form = HolderForm(sent(request), people=people, initial={"employee_id": one.employee_id})
    if attempt(form, lambda: _assign(request, form, grant_id)):
        messages.success(request, f"It is kept who {one.name} is in Tandem.")
        return _back(request)
    context = {"name": one.name, "email": one.email, "found": present_keys.how_found(one, dict(people))}
    return form_page(request, "xero/holder.html", form, {**context, "cancel_url": _connection_url(request)})


def _assign(request: Request, form: HolderForm, grant_id: UUID) -> object:
    return flows.assign_holder(request.actor, grant_id=grant_id, employee_id=form.cleaned_data["employee_id"])


def _connection_url(request: Request) -> str:
    return reverse("xero-connection", args=[request.account.slug])


@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def xero_writes(request: Request) -> HttpResponse:
    """Let exports go on with the access of somebody who leaves, for a time and with a reason."""
    form = ApproveWritesForm(sent(request))
    approval = attempt(form, lambda: _approve(request, form))
    if approval:
        messages.success(request, f"Exports go on until {present.written(approval.until)}.")
        return _back(request)
    context = {"points": present_keys.APPROVAL_POINTS, "cancel_url": _connection_url(request)}
    return form_page(request, "xero/writes.html", form, context)


def _approve(request: Request, form: ApproveWritesForm) -> facade.ApprovalRecord:
    return facade.approve_writes(request.actor, reason=form.cleaned_data["reason"], lasting=form.time)


@require_POST
@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def xero_writes_withdraw(request: Request) -> HttpResponse:
    """Take the approval back at once."""
    try:
        facade.withdraw_approval(request.actor)
    except NotFound as error:
        messages.info(request, str(error))
    else:
        messages.success(request, "Exports wait again.")
    return _back(request)
