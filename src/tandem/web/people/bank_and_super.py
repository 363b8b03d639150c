"""The Bank and Super tabs, their forms, and what a second person says to a change of bank accounts."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from tandem.access.selectors import names_of
from tandem.flows import own_changes as own_flows
from tandem.flows import payroll as flows
from tandem.kernel.errors import Invalid, NotFound
from tandem.kernel.permissions import Permission
from tandem.people import bank_changes, selectors
from tandem.people.bank_changes import BankChangeOutcome, BankChangeRecord
from tandem.people.own_change_records import OwnChangeKind
from tandem.people.payroll import get_payroll
from tandem.web.answers import form_page, sent
from tandem.web.people import present_payroll as words
from tandem.web.people.own_changes import WAITS, own_hint, own_waiting
from tandem.web.people.payroll_forms import BankForm, RowsForm
from tandem.web.people.payroll_pages import asks_only, may_ask, needs_payroll, tab_context
from tandem.web.people.super_forms import SuperForm
from tandem.web.requests import Request
from tandem.xero import facade

ENDED = {
    BankChangeOutcome.WITHDRAWN: "You took the change back. The bank accounts stay as they were.",
    BankChangeOutcome.REFUSED: "You refused the change. The bank accounts stay as they were.",
}


@needs_payroll(Permission.VIEW_PAYROLL, or_own=True)
def employee_bank(request: Request, employee_id: UUID) -> HttpResponse:
    """Show the bank accounts in force, and the change that waits."""
    details = get_payroll(request.actor, employee_id=employee_id)
    change = bank_changes.find_bank_change(request.actor, employee_id=employee_id)
    context = {
        **tab_context(request, employee_id, details, tab="employee-bank"),
        "sections": words.bank_sections(details.bank_accounts),
        "may_ask": may_ask(request.actor, employee_id),
    }
    if change:
        context |= _waiting(request, change, words.change_rows(details.bank_accounts, change.accounts))
    return render(request, "people/payroll_bank.html", context)


def _waiting(request: Request, change: BankChangeRecord, rows: list[dict[str, str]]) -> dict[str, object]:
    is_asker = change.asked_by_id is not None and change.asked_by_id == request.actor.user_id
    names = names_of(request.actor, user_ids=[change.asked_by_id] if change.asked_by_id else [])
    may_edit = request.actor.may(Permission.EDIT_PAYROLL)
    is_own = request.actor.employee_id == change.employee_id
    where = [request.account.slug, change.employee_id, change.change_id]
    return {
        "change": words.waiting(change, names),
        "change_rows": rows,
        "is_asker": is_asker,
        "is_own": is_own,
        "approve_url": reverse("bank-change-approve", args=where) if may_edit and not is_asker and not is_own else "",
        "end_url": reverse("bank-change-end", args=where) if may_edit or is_asker else "",
    }


def _asks_for_more(request: Request) -> bool:
    return request.method == "POST" and "more" in request.POST


def _rows_page(request: Request, employee_id: UUID, form: RowsForm, context: dict[str, str]) -> HttpResponse:
    employee = selectors.get_employee(request.actor, employee_id=employee_id)
    title = f"{context.pop('title')} of {employee.full_name}"
    cancel = reverse(context.pop("back"), args=[request.account.slug, employee_id])
    return form_page(
        request,
        "people/payroll_rows_form.html",
        form,
        {**context, "title": title, "groups": form.groups, "cancel_url": cancel},
    )


@needs_payroll(Permission.EDIT_PAYROLL, or_own=True)
def employee_bank_edit(request: Request, employee_id: UUID) -> HttpResponse:
    """Ask for other bank accounts; a second person puts them in force."""
    held = get_payroll(request.actor, employee_id=employee_id).bank_accounts
    form = BankForm(sent(request), held=held, asks_for_more=_asks_for_more(request))
    if form.is_bound and form.is_valid():
        try:
            asked = flows.ask_bank_change(request.actor, employee_id=employee_id, accounts=form.accounts)
        except Invalid as error:
            form.take_problems(error)
        else:
            said = "The change waits until somebody else with the Payroll Tab role approves it."
            messages.success(request, said if asked else "Nothing was different.")
            return redirect("employee-bank", account=request.account.slug, employee_id=employee_id)
    context = {
        "title": "Bank accounts",
        "back": "employee-bank",
        "more": "Another account",
        "save": "Ask for the change",
    }
    return _rows_page(request, employee_id, form, {**context, "hint": "Somebody else has to approve the change."})


@require_POST
@needs_payroll(Permission.EDIT_PAYROLL)
def bank_change_approve(request: Request, employee_id: UUID, change_id: UUID) -> HttpResponse:
    """Put in force what somebody else asked for."""
    try:
        bank_changes.approve_bank_change(request.actor, employee_id=employee_id, change_id=change_id)
    except (Invalid, NotFound) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "You approved the change. The new bank accounts are in force.")
    return redirect("employee-bank", account=request.account.slug, employee_id=employee_id)


@require_POST
@needs_payroll(Permission.EDIT_PAYROLL, or_own=True)
def bank_change_end(request: Request, employee_id: UUID, change_id: UUID) -> HttpResponse:
    """Refuse a change, or take one's own back."""
    try:
        ended = bank_changes.end_bank_change(request.actor, employee_id=employee_id, change_id=change_id)
    except NotFound as error:
        messages.error(request, str(error))
    else:
        messages.success(request, ENDED[ended])
    return redirect("employee-bank", account=request.account.slug, employee_id=employee_id)


@needs_payroll(Permission.VIEW_PAYROLL, or_own=True)
def employee_super(request: Request, employee_id: UUID) -> HttpResponse:
    """Show the super funds."""
    details = get_payroll(request.actor, employee_id=employee_id)
    context = tab_context(request, employee_id, details, tab="employee-super")
    sections = words.super_sections(details.super_memberships)
    funds = facade.list_super_funds(request.actor)
    tasks = [] if funds is None else facade.fund_tasks(details.super_memberships, funds=funds)
    waiting = own_waiting(request, employee_id, OwnChangeKind.SUPER)
    found = {"sections": sections, "tasks": [task.sentence for task in tasks], "waiting": waiting}
    return render(request, "people/payroll_super.html", {**context, **found})


@needs_payroll(Permission.EDIT_PAYROLL, or_own=True)
def employee_super_edit(request: Request, employee_id: UUID) -> HttpResponse:
    """Change the super funds; people without the role ask for other ones of their own."""
    held = get_payroll(request.actor, employee_id=employee_id).super_memberships
    funds = facade.list_super_funds(request.actor) or ()
    asks = asks_only(request.actor, employee_id)
    form = SuperForm(sent(request), held=held, funds=funds, asks_for_more=_asks_for_more(request))
    if form.is_bound and form.is_valid():
        try:
            saved = _save_super(request, employee_id, form, asks=asks)
        except Invalid as error:
            form.take_problems(error)
        else:
            said = WAITS if asks else "The super funds were saved."
            messages.success(request, said if saved else "Nothing was different.")
            return redirect("employee-super", account=request.account.slug, employee_id=employee_id)
    save, hint = ("Ask for the change", own_hint(request.actor, OwnChangeKind.SUPER)) if asks else ("Save", "")
    context = {"title": "Super funds", "back": "employee-super", "more": "Another fund", "save": save, "hint": hint}
    return _rows_page(request, employee_id, form, context)


def _save_super(request: Request, employee_id: UUID, form: SuperForm, *, asks: bool) -> bool:
    if asks:
        return own_flows.ask_own_super(request.actor, memberships=form.memberships)
    return flows.save_super(request.actor, employee_id=employee_id, memberships=form.memberships)
