"""The Employment tab: the end of a contract, other work, absences, deletion; each with its warning and its way back."""

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from tandem.flows import people as flows
from tandem.kernel import clock
from tandem.kernel.errors import Invalid
from tandem.kernel.permissions import Permission
from tandem.people import selectors
from tandem.people.absences import list_absences
from tandem.people.merging import merges_of
from tandem.people.positions import list_position_changes
from tandem.people.prospects import ProspectKind
from tandem.people.records import EmployeeRecord
from tandem.web.answers import attempt, form_page, sent
from tandem.web.people import present, warnings
from tandem.web.people import present_employment as words
from tandem.web.people.employment_forms import AbsenceForm, ContractForm, PositionForm
from tandem.web.people.payroll_pages import has_payroll
from tandem.web.requests import Request, needs


@needs(Permission.VIEW_EMPLOYEES)
def employee_employment(request: Request, employee_id: UUID) -> HttpResponse:
    """Show what lies ahead of an employment."""
    employee = selectors.get_employee(request.actor, employee_id=employee_id)
    slug, may_edit = request.account.slug, request.actor.may(Permission.EDIT_EMPLOYEES)
    today = clock.today_in(request.account.time_zone)
    context = {
        "employee": present.heading(employee),
        "tabs": present.tabs(
            slug,
            employee_id,
            current="employee-employment",
            actor=request.actor,
            has_payroll=has_payroll(request.actor, employee_id),
        ),
        "contract": words.contract(employee),
        "changes": words.position_changes(
            list_position_changes(request.actor, employee_id=employee_id), slug, may_edit=may_edit
        ),
        "absences": words.absences(
            list_absences(request.actor, employee_id=employee_id), slug, today=today, may_edit=may_edit
        ),
        "may_edit": may_edit,
        "may_delete": request.actor.may(Permission.TERMINATE_EMPLOYEES),
    }
    return render(request, "people/employment.html", context)


def _form_page(
    request: Request, employee: EmployeeRecord, form: forms.Form, title: str, kind: ProspectKind
) -> HttpResponse:
    context = {
        "title": title,
        "employee": present.heading(employee),
        "holder": warnings.of_employee(request, employee, kind),
        "cancel_url": reverse("employee-employment", args=[request.account.slug, employee.employee_id]),
    }
    return form_page(request, "people/employment_form.html", form, context)


def _saved(request: Request, employee: EmployeeRecord, said: str, handover: UUID | None) -> HttpResponse:
    messages.success(request, said)
    if handover is not None:
        messages.warning(request, f"{employee.full_name} holds a key to Xero. A hand-over task is open.")
    return redirect("employee-employment", account=request.account.slug, employee_id=employee.employee_id)


def _after(save: Callable[[], UUID | None]) -> Callable[[], tuple[UUID | None]]:
    """Wrap what may be None, so that it is told from a form that came back."""
    return lambda: (save(),)


@needs(Permission.EDIT_EMPLOYEES)
def employee_contract(request: Request, employee_id: UUID) -> HttpResponse:
    """Say when a contract ends."""
    employee = selectors.get_employee(request.actor, employee_id=employee_id)
    form = ContractForm(sent(request), initial={"contract_ends_on": employee.contract_ends_on})
    done = attempt(
        form, _after(lambda: flows.set_contract_end(request.actor, employee_id=employee_id, **form.cleaned_data))
    )
    if done:
        return _saved(request, employee, f"The end of the contract of {employee.full_name} was saved.", done[0])
    return _form_page(request, employee, form, f"Contract of {employee.full_name}", ProspectKind.CONTRACT_END)


@needs(Permission.EDIT_EMPLOYEES)
def employee_position(request: Request, employee_id: UUID) -> HttpResponse:
    """Plan other work from a day on."""
    employee = selectors.get_employee(request.actor, employee_id=employee_id)
    form = PositionForm(sent(request))
    done = attempt(
        form, _after(lambda: flows.plan_position_change(request.actor, employee_id=employee_id, **form.cleaned_data))
    )
    if done:
        return _saved(request, employee, f"The new position of {employee.full_name} was saved.", done[0])
    return _form_page(request, employee, form, f"New position of {employee.full_name}", ProspectKind.POSITION_CHANGE)


@needs(Permission.EDIT_EMPLOYEES)
def employee_absence(request: Request, employee_id: UUID) -> HttpResponse:
    """Enter a long absence."""
    employee = selectors.get_employee(request.actor, employee_id=employee_id)
    form = AbsenceForm(sent(request))
    done = attempt(
        form, _after(lambda: flows.enter_absence(request.actor, employee_id=employee_id, **form.cleaned_data))
    )
    if done:
        return _saved(request, employee, f"The absence of {employee.full_name} was saved.", done[0])
    return _form_page(request, employee, form, f"Absence of {employee.full_name}", ProspectKind.ABSENCE)


@require_POST
@needs(Permission.EDIT_EMPLOYEES)
def employee_position_undo(request: Request, employee_id: UUID, change_id: UUID) -> HttpResponse:
    """Take a change of position back."""
    flows.take_back_position_change(request.actor, change_id=change_id)
    messages.success(request, "The change of position was taken back.")
    return redirect("employee-employment", account=request.account.slug, employee_id=employee_id)


@require_POST
@needs(Permission.EDIT_EMPLOYEES)
def employee_absence_undo(request: Request, employee_id: UUID, absence_id: UUID) -> HttpResponse:
    """Take an absence back."""
    flows.take_back_absence(request.actor, absence_id=absence_id)
    messages.success(request, "The absence was taken back.")
    return redirect("employee-employment", account=request.account.slug, employee_id=employee_id)


@needs(Permission.TERMINATE_EMPLOYEES)
def employee_delete(request: Request, employee_id: UUID) -> HttpResponse:
    """Say what a deletion does; put the record into the recycle bin when confirmed."""
    employee = selectors.get_employee(request.actor, employee_id=employee_id)
    if request.method == "POST":
        return _delete(request, employee)
    slug = request.account.slug
    days = settings.TANDEM.handover.recycle_bin_days
    context = {
        "holder": warnings.of_employee(request, employee, ProspectKind.DELETION),
        "title": employee.full_name,
        "points": [*words.DELETION_POINTS, f"It can be restored for {days} days; then it is removed for good."],
        "action": reverse("employee-delete", args=[slug, employee_id]),
        "back_url": reverse("employee-employment", args=[slug, employee_id]),
    }
    return render(request, "people/employee_delete.html", context)


def _delete(request: Request, employee: EmployeeRecord) -> HttpResponse:
    try:
        handover = flows.delete_record(request.actor, employee_id=employee.employee_id)
    except Invalid as error:
        messages.error(request, str(error))
        return redirect("employee-detail", account=request.account.slug, employee_id=employee.employee_id)
    messages.success(request, f"{employee.full_name} is in the recycle bin. You can restore the record here.")
    if handover is not None:
        messages.warning(request, f"{employee.full_name} holds a key to Xero. A hand-over task is open.")
    return redirect("employee-bin", account=request.account.slug)


@needs(Permission.TERMINATE_EMPLOYEES)
def employee_bin(request: Request) -> HttpResponse:
    """List the records in the recycle bin."""
    slug, deleted = request.account.slug, selectors.list_deleted(request.actor)
    merges = merges_of(request.actor, other_ids=[row.employee_id for row in deleted])
    may = request.actor.may(Permission.MANAGE_INTEGRATION)
    rows = [words.in_bin(row, slug, merges.get(row.employee_id), may_unmerge=may) for row in deleted]
    context = {"rows": rows, "days": settings.TANDEM.handover.recycle_bin_days}
    return render(request, "people/recycle_bin.html", context)


@require_POST
@needs(Permission.TERMINATE_EMPLOYEES)
def employee_restore(request: Request, employee_id: UUID) -> HttpResponse:
    """Take a record out of the recycle bin."""
    try:
        employee = flows.restore_record(request.actor, employee_id=employee_id)
    except Invalid as error:
        messages.error(request, str(error))
        return redirect("employee-bin", account=request.account.slug)
    messages.success(request, f"{employee.full_name} is back, as the record was.")
    return redirect("employee-detail", account=request.account.slug, employee_id=employee_id)
