"""Hand-overs: the list, one of them, who takes it in hand, putting it off."""

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from tandem.access.selectors import names_of
from tandem.kernel.errors import Invalid
from tandem.kernel.permissions import Permission
from tandem.web.answers import show_problems
from tandem.web.requests import Request, needs, needs_second_factor
from tandem.web.templatetags.tandem_ui import day
from tandem.web.xero import present_handovers
from tandem.web.xero.handover_forms import AppointForm, PutOffForm
from tandem.xero import facade
from tandem.xero.facade import HandoverPage, HandoverRecord


@needs(Permission.VIEW_INTEGRATION)
@needs_second_factor
def handover_list(request: Request) -> HttpResponse:
    """List the hand-overs that are open and those that were closed last."""
    tasks = facade.list_handovers(request.actor)
    closed = facade.list_closed_handovers(request.actor)
    names = _owners(request, [*tasks, *closed])
    slug = request.account.slug
    context = {
        "tasks": [present_handovers.row(task, slug, names) for task in tasks],
        "closed": [present_handovers.row(task, slug, names) for task in closed],
        "connection_url": reverse("xero-connection", args=[slug]),
    }
    return render(request, "xero/handover_list.html", context)


def _owners(request: Request, tasks: list[HandoverRecord]) -> dict[UUID, str]:
    return names_of(request.actor, user_ids=[task.owner_user_id for task in tasks if task.owner_user_id])


@needs(Permission.VIEW_INTEGRATION)
@needs_second_factor
def handover_detail(request: Request, task_id: UUID) -> HttpResponse:
    """Show one hand-over: why, by when, who does it, how far it is, and how to do it now."""
    return _detail(request, facade.get_handover(request.actor, task_id=task_id))


def _detail(
    request: Request, page: HandoverPage, *, appoint: AppointForm | None = None, put_off: PutOffForm | None = None
) -> HttpResponse:
    task, slug = page.task, request.account.slug
    owner = _owners(request, [task]).get(task.owner_user_id, "") if task.owner_user_id else ""
    may_act = task.is_open and bool(page.candidates)
    failed = next((form for form in (appoint, put_off) if form and form.errors), None)
    context = {
        "title": present_handovers.title(task),
        "task": task,
        "form": failed,
        "to_do": present_handovers.to_do(task),
        "closed_text": present_handovers.CLOSED.get(task.closed_because, ""),
        "warning": present_handovers.warning(task),
        "reasons": present_handovers.reasons(task),
        "steps": present_handovers.steps(page, owner) if task.may_know_why else [],
        "actions": present_handovers.actions(request, page),
        "record_url": _record_url(request, task),
        "appoint": (appoint or _appoint_form(page)) if may_act else None,
        "put_off": (put_off or PutOffForm(prefix="off")) if may_act else None,
        "appoint_url": reverse("handover-appoint", args=[slug, task.task_id]),
        "put_off_url": reverse("handover-put-off", args=[slug, task.task_id]),
    }
    return render(request, "xero/handover.html", context, status=422 if failed else 200)


def _record_url(request: Request, task: HandoverRecord) -> str:
    if task.employee_id is None or not request.actor.may(Permission.VIEW_EMPLOYEES):
        return ""
    return reverse("employee-detail", args=[request.account.slug, task.employee_id])


def _appoint_form(page: HandoverPage, sent: object = None) -> AppointForm:
    people = [(one.user_id, one.name or one.email) for one in page.candidates]
    return AppointForm(sent, people=people, initial={"user_id": page.task.owner_user_id})


def _act(form: forms.Form, act: Callable[[], None]) -> bool:
    """Do it if the form is filled in; problems from below go back onto the form."""
    if not form.is_valid():
        return False
    try:
        act()
    except Invalid as error:
        show_problems(form, error)
        return False
    return True


@require_POST
@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def handover_appoint(request: Request, task_id: UUID) -> HttpResponse:
    """Say who takes a hand-over in hand."""
    page = facade.get_handover(request.actor, task_id=task_id)
    form = _appoint_form(page, request.POST)
    if not _act(form, lambda: _appoint(request, form, task_id)):
        return _detail(request, page, appoint=form)
    name = dict(form.people).get(form.cleaned_data["user_id"], "")
    messages.success(request, f"{name} takes the hand-over in hand.")
    return redirect("handover-detail", account=request.account.slug, task_id=task_id)


def _appoint(request: Request, form: AppointForm, task_id: UUID) -> None:
    facade.appoint(request.actor, task_id=task_id, user_id=form.cleaned_data["user_id"])


@require_POST
@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def handover_put_off(request: Request, task_id: UUID) -> HttpResponse:
    """Let a hand-over rest until a day."""
    page = facade.get_handover(request.actor, task_id=task_id)
    form = PutOffForm(request.POST, prefix="off")
    if not _act(form, lambda: facade.put_off(request.actor, task_id=task_id, until=form.cleaned_data["until"])):
        return _detail(request, page, put_off=form)
    messages.success(request, f"Nobody is reminded before {day(form.cleaned_data['until'])}.")
    return redirect("handover-detail", account=request.account.slug, task_id=task_id)
