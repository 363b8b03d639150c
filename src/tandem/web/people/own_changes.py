"""What people ask for of their own record: the form, the request and what somebody else says to it, and the list of approvals."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from tandem.access.selectors import names_of
from tandem.flows import own_changes as flows
from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, NotFound, NotPermitted
from tandem.kernel.permissions import Permission
from tandem.people import bank_changes, leave, own_changes, selectors
from tandem.people.bank_changes import WaitingBankChange
from tandem.people.leave_records import LeaveLine
from tandem.people.own_change_parts import PARTS
from tandem.people.own_change_records import OwnChangeKind, OwnChangeRecord
from tandem.web.answers import attempt, form_page, sent
from tandem.web.people import present
from tandem.web.people import present_own_changes as words
from tandem.web.people.own_change_forms import OwnDetailsForm, RefuseForm, own_details_as_typed
from tandem.web.requests import Request, needs

REPLACES = "A request of yours waits. What you ask for now takes its place, whole: what was in it is not kept."
WAITS = "Your change waits until somebody approves it. You get a letter when it is decided."
ASK_PAGES = {
    OwnChangeKind.DETAILS: "employee-ask",
    OwnChangeKind.SUPER: "employee-super-edit",
    OwnChangeKind.TAX: "employee-tax-edit",
}


def own_panel(request: Request, employee_id: UUID) -> dict[str, object]:
    """Return what the record shows of its person's own requests, and where the person asks for a change."""
    changes = own_changes.list_own_changes(request.actor, employee_id=employee_id)
    asks = request.actor.employee_id == employee_id and not request.actor.may(Permission.EDIT_EMPLOYEES)
    return {
        "asked": [words.line(change, request.account.slug) for change in changes],
        "ask_url": reverse("employee-ask", args=[request.account.slug, employee_id]) if asks else "",
    }


def own_waiting(request: Request, employee_id: UUID, kind: OwnChangeKind) -> dict[str, str]:
    """Return what a tab says of a request of its kind that waits."""
    changes = own_changes.list_own_changes(request.actor, employee_id=employee_id)
    return words.waiting(changes, kind, request.account.slug)


def own_hint(actor: Actor, kind: OwnChangeKind) -> str:
    """Return what to say above a form in which people ask for something of their own."""
    waits = bool(own_changes.find_own_request(actor, kind=kind))
    return REPLACES if waits else "Somebody else has to approve the change."


@needs(Permission.VIEW_SELF)
def employee_ask(request: Request, employee_id: UUID) -> HttpResponse:
    """Ask for other details of one's own record; what waits already stands in the form."""
    if request.actor.employee_id != employee_id:
        raise NotPermitted
    employee = selectors.get_employee(request.actor, employee_id=employee_id)
    waiting = own_changes.find_own_request(request.actor, kind=OwnChangeKind.DETAILS)
    form = OwnDetailsForm(sent(request), initial=own_details_as_typed(employee, waiting))
    asked = attempt(form, lambda: (flows.ask_own_details(request.actor, wanted=form.wanted),))
    back = reverse("employee-detail", args=[request.account.slug, employee_id])
    if asked:
        messages.success(request, WAITS if asked[0] else "Nothing was different from your record.")
        return redirect(back)
    context = {"title": "Ask for a change", "groups": form.groups, "cancel_url": back, "save_label": "Ask for it"}
    return form_page(request, "people/employee_form.html", form, context)


@needs(Permission.VIEW_SELF)
def own_change(request: Request, employee_id: UUID, change_id: UUID) -> HttpResponse:
    """Show what is on record beside what is asked for, and what may be done with the request."""
    return _page(request, employee_id, change_id, RefuseForm())


def _page(request: Request, employee_id: UUID, change_id: UUID, form: RefuseForm) -> HttpResponse:
    change = own_changes.get_own_change(request.actor, employee_id=employee_id, change_id=change_id)
    employee = selectors.get_employee(request.actor, employee_id=employee_id)
    who = [user_id for user_id in (change.asked_by_id, change.decided_by_id) if user_id]
    is_own = request.actor.employee_id == employee_id
    context = {
        "employee": present.heading(employee),
        "change": words.facts(change, names_of(request.actor, user_ids=who)),
        "rows": words.rows(change),
        "is_own": is_own,
        "ask_url": reverse(ASK_PAGES[change.kind], args=[request.account.slug, employee_id]),
        **_buttons(request, change, is_own=is_own),
    }
    return form_page(request, "people/own_change.html", form, context)


def _buttons(request: Request, change: OwnChangeRecord, *, is_own: bool) -> dict[str, str]:
    """Return the addresses of what this person may do; an address that is "" is not offered."""
    waits = change.outcome is None
    decides = not is_own and all(map(request.actor.may, PARTS[change.kind].to_decide))
    offered = {
        "approve": waits and decides and not change.moved,
        "refuse": waits and decides,
        "withdraw": waits and is_own,
    }
    where = [request.account.slug, change.employee_id, change.change_id]
    return {
        f"{name}_url": reverse(f"own-change-{name}", args=where) if is_so else "" for name, is_so in offered.items()
    }


@require_POST
@needs(Permission.VIEW_EMPLOYEES)
def own_change_approve(request: Request, employee_id: UUID, change_id: UUID) -> HttpResponse:
    """Put in force what somebody asked for."""
    try:
        flows.approve_own_change(request.actor, employee_id=employee_id, change_id=change_id)
    except (Invalid, NotFound) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "You approved the change. It is on the record now.")
    return redirect("approval-list", account=request.account.slug)


@require_POST
@needs(Permission.VIEW_EMPLOYEES)
def own_change_refuse(request: Request, employee_id: UUID, change_id: UUID) -> HttpResponse:
    """Refuse a request, with the reason; without one the page comes back."""
    form = RefuseForm(sent(request))
    if not form.is_valid():
        return _page(request, employee_id, change_id, form)
    note = form.cleaned_data["note"]
    try:
        flows.refuse_own_change(request.actor, employee_id=employee_id, change_id=change_id, note=note)
    except (Invalid, NotFound) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "You refused the change. The record stays as it is.")
    return redirect("approval-list", account=request.account.slug)


@require_POST
@needs(Permission.VIEW_SELF)
def own_change_withdraw(request: Request, employee_id: UUID, change_id: UUID) -> HttpResponse:
    """Take one's own request back."""
    if request.actor.employee_id != employee_id:
        raise NotPermitted
    try:
        own_changes.withdraw_own_change(request.actor, change_id=change_id)
    except NotFound as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "You took it back. Your record stays as it is.")
    return redirect("employee-detail", account=request.account.slug, employee_id=employee_id)


@needs(Permission.VIEW_EMPLOYEES)
def approval_list(request: Request) -> HttpResponse:
    """List everything that waits for a decision: details, super, tax, bank accounts and leave."""
    own = own_changes.list_waiting_own_changes(request.actor)
    banks, leaves = _of_payroll(request.actor)
    asked_by = [
        *(one.asked_by_id for one in own),
        *(one.asked_by_id for one in banks),
        *(one.asked_by_id for one in leaves),
    ]
    names = names_of(request.actor, user_ids=[user_id for user_id in asked_by if user_id])
    rows = words.queue(own, banks, leaves, names, request.account.slug)
    return render(request, "people/approvals.html", {"rows": rows})


def _of_payroll(actor: Actor) -> tuple[list[WaitingBankChange], list[LeaveLine]]:
    """Return the bank changes and the leave that wait, to those who may see them."""
    if not actor.may(Permission.VIEW_PAYROLL):
        return [], []
    return bank_changes.list_bank_changes(actor), leave.list_waiting_leave(actor)
