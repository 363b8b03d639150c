"""The Leave tab, leave that is asked for and decided, and the list of what waits for a decision."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from tandem.access.selectors import names_of
from tandem.flows import leave as flows
from tandem.kernel.errors import Invalid, NotFound, TandemError
from tandem.kernel.permissions import Permission
from tandem.people import leave, selectors
from tandem.people.leave_records import LeaveLine, LeaveStatus
from tandem.web.answers import attempt, form_page, sent
from tandem.web.people import present_leave as words
from tandem.web.people.leave_forms import NOTE_LENGTH, LeaveForm
from tandem.web.people.payroll_pages import above, may_ask, needs_payroll
from tandem.web.requests import Request
from tandem.xero import facade
from tandem.xero.facade import Side

MOST_DIGITS = 9


@needs_payroll(Permission.VIEW_PAYROLL, or_own=True)
def employee_leave(request: Request, employee_id: UUID) -> HttpResponse:
    """Show what is left of each leave type, and every request."""
    employee = selectors.get_employee(request.actor, employee_id=employee_id)
    lines = leave.list_leave(request.actor, employee_id=employee_id)
    context = {
        **above(request, employee, tab="employee-leave"),
        "balances": words.balances(facade.find_balances(request.actor, employee_id=employee_id)),
        "rows": words.rows(lines, request.account.slug, facade.leave_pages.leave_states(request.actor, lines=lines)),
        "may_ask": may_ask(request.actor, employee_id),
    }
    return render(request, "people/leave.html", context)


@require_POST
@needs_payroll(Permission.VIEW_PAYROLL)
def employee_leave_read(request: Request, employee_id: UUID) -> HttpResponse:
    """Read the balances anew, which is one call."""
    try:
        facade.read_balances_now(request.actor, employee_id=employee_id)
    except TandemError as error:
        messages.error(request, error.public_message)
    else:
        messages.success(request, "The balances were read from Xero.")
    return redirect("employee-leave", account=request.account.slug, employee_id=employee_id)


@needs_payroll(Permission.EDIT_PAYROLL, or_own=True)
def employee_leave_new(request: Request, employee_id: UUID) -> HttpResponse:
    """Ask for leave."""
    form = LeaveForm(sent(request), leave_types=facade.list_leave_types(request.actor))
    asked = attempt(form, lambda: flows.ask_leave(request.actor, employee_id=employee_id, terms=form.terms))
    if asked:
        messages.success(request, "The leave waits until somebody with the Payroll Tab role decides.")
        return _to_request(request, employee_id, asked)
    back = reverse("employee-leave", args=[request.account.slug, employee_id])
    return _form(request, employee_id, form, title="Ask for leave for", save="Ask for leave", back=back)


@needs_payroll(Permission.EDIT_PAYROLL, or_own=True)
def leave_request_edit(request: Request, employee_id: UUID, request_id: UUID) -> HttpResponse:
    """Change leave that waits, or with the role somebody else's approved leave."""
    held = leave.find_leave(request.actor, employee_id=employee_id, request_id=request_id)
    form = LeaveForm(sent(request), leave_types=facade.list_leave_types(request.actor), held=held)

    def save() -> tuple[bool]:
        where = {"employee_id": employee_id, "request_id": request_id}
        return (flows.change_leave(request.actor, **where, seen=form.revision, terms=form.terms),)

    saved = attempt(form, save)
    if saved:
        messages.success(request, "The leave was changed." if saved[0] else "Nothing was different.")
        return _to_request(request, employee_id, request_id)
    back = reverse("leave-request", args=[request.account.slug, employee_id, request_id])
    return _form(request, employee_id, form, title="Change the leave of", save="Save", back=back)


def _form(request: Request, employee_id: UUID, form: LeaveForm, *, title: str, save: str, back: str) -> HttpResponse:
    employee = selectors.get_employee(request.actor, employee_id=employee_id)
    has_types = any(one.is_current for one in facade.list_leave_types(request.actor))
    may_read = request.actor.may(Permission.VIEW_INTEGRATION)
    context = {
        "title": f"{title} {employee.full_name}",
        "save": save,
        "has_types": has_types,
        "lists_url": reverse("xero-lists", args=[request.account.slug]) if may_read else "",
        "cancel_url": back,
    }
    return form_page(request, "people/leave_form.html", form, context)


def _to_request(request: Request, employee_id: UUID, request_id: UUID) -> HttpResponse:
    return redirect("leave-request", account=request.account.slug, employee_id=employee_id, request_id=request_id)


@needs_payroll(Permission.VIEW_PAYROLL, or_own=True)
def leave_request(request: Request, employee_id: UUID, request_id: UUID) -> HttpResponse:
    """Show one request, its history, and what may be done with it."""
    line = leave.find_leave(request.actor, employee_id=employee_id, request_id=request_id)
    steps = leave.list_leave_steps(request.actor, employee_id=employee_id, request_id=request_id)
    employee = selectors.get_employee(request.actor, employee_id=employee_id)
    names = names_of(request.actor, user_ids=[step.by_user_id for step in steps if step.by_user_id])
    state = facade.leave_pages.leave_states(request.actor, lines=[line]).get(request_id)
    context = {
        **above(request, employee, tab="employee-leave"),
        "leave": words.facts(line, state),
        "history": words.steps(steps, names),
        "seen": line.revision,
        "is_own": request.actor.employee_id == employee_id,
        **_buttons(request, line, state),
        "choices": words.choices(line, state),
    }
    return render(request, "people/leave_request.html", context)


def _buttons(request: Request, line: LeaveLine, state: facade.leave_pages.LeaveState | None) -> dict[str, str]:
    """Return the addresses of what this person may do; an address that is "" is not offered."""
    asked, employee_id = line.request, line.request.employee_id
    decides = request.actor.may(Permission.EDIT_PAYROLL) and request.actor.may(Permission.VIEW_EMPLOYEES)
    decides = decides and request.actor.employee_id != employee_id
    waits = asked.status is LeaveStatus.REQUESTED
    withdraws = asked.status.is_open and may_ask(request.actor, employee_id)
    offered = {
        "approve": decides and waits,
        "reject": decides and waits,
        "withdraw": withdraws,
        "edit": withdraws and (waits or decides),
        "choose": decides and state is not None and state.asks,
        "again": decides and state is not None and state.may_send_again,
    }
    where = [request.account.slug, employee_id, asked.request_id]
    return {
        f"{name}_url": reverse(f"leave-request-{name}", args=where) if is_so else "" for name, is_so in offered.items()
    }


def _act(request: Request, employee_id: UUID, request_id: UUID, act: Callable[[], None], done: str) -> HttpResponse:
    try:
        act()
    except (Invalid, NotFound) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return _to_request(request, employee_id, request_id)


@require_POST
@needs_payroll(Permission.EDIT_PAYROLL)
def leave_request_approve(request: Request, employee_id: UUID, request_id: UUID) -> HttpResponse:
    """Approve what somebody else is to have, as the page showed it."""
    typed = request.POST.get("seen", "")[:MOST_DIGITS]
    seen = int(typed) if typed.isdecimal() else 0
    where = {"employee_id": employee_id, "request_id": request_id}
    return _act(
        request,
        **where,
        act=lambda: flows.approve_leave(request.actor, **where, seen=seen),
        done="You approved the leave.",
    )


@require_POST
@needs_payroll(Permission.EDIT_PAYROLL)
def leave_request_reject(request: Request, employee_id: UUID, request_id: UUID) -> HttpResponse:
    """Reject a request, with a word for the one who asked."""
    note = request.POST.get("note", "")[:NOTE_LENGTH]
    where = {"employee_id": employee_id, "request_id": request_id}
    return _act(
        request,
        **where,
        act=lambda: flows.reject_leave(request.actor, **where, note=note),
        done="You rejected the leave.",
    )


@require_POST
@needs_payroll(Permission.EDIT_PAYROLL, or_own=True)
def leave_request_withdraw(request: Request, employee_id: UUID, request_id: UUID) -> HttpResponse:
    """Take leave back, whether it waits or is approved."""
    where = {"employee_id": employee_id, "request_id": request_id}
    return _act(
        request,
        **where,
        act=lambda: flows.withdraw_leave(request.actor, **where),
        done="The leave was withdrawn.",
    )


@require_POST
@needs_payroll(Permission.EDIT_PAYROLL)
def leave_request_choose(request: Request, employee_id: UUID, request_id: UUID) -> HttpResponse:
    """Keep Tandem's state or Xero's where both changed."""
    keep = Side.XERO if request.POST.get("keep") == Side.XERO.value else Side.HR
    where = {"employee_id": employee_id, "request_id": request_id}
    return _act(
        request,
        **where,
        act=lambda: facade.leave_pages.choose_leave(request.actor, **where, keep=keep),
        done="You chose. The other side follows shortly." if keep is Side.HR else "You took what Xero holds.",
    )


@require_POST
@needs_payroll(Permission.EDIT_PAYROLL)
def leave_request_again(request: Request, employee_id: UUID, request_id: UUID) -> HttpResponse:
    """Send once more what Xero refused or never confirmed."""
    where = {"employee_id": employee_id, "request_id": request_id}
    return _act(
        request,
        **where,
        act=lambda: facade.leave_pages.send_leave_again(request.actor, **where),
        done="The leave is sent again shortly.",
    )


@needs_payroll(Permission.VIEW_PAYROLL)
def leave_list(request: Request) -> HttpResponse:
    """List the leave that waits for a decision, and what of it waits for a person in Xero."""
    waiting, overview = leave.list_waiting_leave(request.actor), facade.leave_pages.get_leave_overview(request.actor)
    slug, lines = request.account.slug, [*waiting, *overview.tasks]
    states = facade.leave_pages.leave_states(request.actor, lines=lines)
    decides = request.actor.may(Permission.EDIT_PAYROLL)
    context = {
        "rows": words.rows(waiting, slug, states),
        "tasks": words.rows(overview.tasks, slug, states),
        "read": words.read_at(overview),
        "said": overview.said,
        "send_url": reverse("leave-send", args=[slug]) if decides else "",
    }
    return render(request, "people/leave_list.html", context)


@require_POST
@needs_payroll(Permission.EDIT_PAYROLL)
def leave_send(request: Request) -> HttpResponse:
    """Read leave from Xero, and send there what is approved."""
    try:
        facade.settle_leave_now(request.actor)
    except TandemError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Leave was compared with Xero. What is approved was sent as far as Xero took it.")
    return redirect("leave-list", account=request.account.slug)
