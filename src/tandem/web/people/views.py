"""Employees: list, record, add, edit, terminate, reinstate."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from tandem.access.selectors import names_of
from tandem.flows import people as flows
from tandem.kernel import clock
from tandem.kernel.permissions import Permission
from tandem.people import actions, selectors
from tandem.people.prospects import ProspectKind
from tandem.people.records import EmployeeRecord, EmployeeStatus
from tandem.web.answers import attempt, form_page, sent
from tandem.web.people import present, warnings
from tandem.web.people.forms import EmployeeForm, FilterForm, TerminateForm, as_typed
from tandem.web.people.own_changes import own_panel
from tandem.web.people.payroll_pages import has_payroll
from tandem.web.people.xero_tab import holder_notice, xero_panel
from tandem.web.requests import Request, needs
from tandem.web.templatetags.tandem_ui import day
from tandem.web.xero.history import history_panel


def _status(value: str) -> EmployeeStatus | None:
    return EmployeeStatus(value) if value in set(EmployeeStatus) else None


@needs(Permission.VIEW_EMPLOYEES)
def employee_list(request: Request) -> HttpResponse:
    """Search and page through the employees; htmx gets the rows alone."""
    form = FilterForm(request.GET)
    form.is_valid()
    search, status = form.cleaned_data.get("search", ""), _status(form.cleaned_data.get("status", ""))
    page = selectors.list_employees(
        request.actor, search=search, status=status, page=form.cleaned_data.get("page") or 1
    )
    context = {
        "search": search,
        "status": status or "",
        "statuses": present.statuses(status),
        "employees": [present.row(employee) for employee in page.rows],
        "page": page,
        "query": present.query_without_page(request.GET),
        "may_add": request.actor.may(Permission.EDIT_EMPLOYEES),
        "may_restore": request.actor.may(Permission.TERMINATE_EMPLOYEES),
        "approvals_url": reverse("approval-list", args=[request.account.slug]),
    }
    rows_only = request.htmx and not request.htmx.boosted and not request.htmx.history_restore_request
    return render(request, f"people/employee_list.html{'#rows' if rows_only else ''}", context)


def _record(request: Request, employee: EmployeeRecord, *, tab: str) -> dict[str, object]:
    may = request.actor.may
    return {
        "employee": present.heading(employee),
        "tabs": present.tabs(
            request.account.slug,
            employee.employee_id,
            current=tab,
            actor=request.actor,
            has_payroll=has_payroll(request.actor, employee.employee_id),
        ),
        "holds_xero": holder_notice(request, employee) if may(Permission.VIEW_INTEGRATION) else None,
        "may_edit": may(Permission.EDIT_EMPLOYEES),
        "may_terminate": may(Permission.TERMINATE_EMPLOYEES) and employee.status is not EmployeeStatus.TERMINATED,
        "may_reinstate": may(Permission.TERMINATE_EMPLOYEES) and employee.status is not EmployeeStatus.CURRENT,
    }


@needs(Permission.VIEW_SELF)
def employee_detail(request: Request, employee_id: UUID) -> HttpResponse:
    """Show a record; people without the role see their own."""
    employee = selectors.get_employee(request.actor, employee_id=employee_id)
    context = _record(request, employee, tab="employee-detail") | own_panel(request, employee_id)
    sections = present.sections(employee, selectors.list_branches(request.actor))
    return render(request, "people/employee_detail.html", {**context, "sections": sections})


@needs(Permission.VIEW_EMPLOYEES)
def employee_history(request: Request, employee_id: UUID) -> HttpResponse:
    """Show who changed which fields of a record, and when."""
    employee = selectors.get_employee(request.actor, employee_id=employee_id)
    entries = selectors.list_history(request.actor, employee_id=employee_id)
    names = names_of(request.actor, user_ids=[entry.by_user_id for entry in entries if entry.by_user_id])
    context = _record(request, employee, tab="employee-history")
    return render(request, "people/employee_detail.html", {**context, "history": present.history(entries, names)})


@needs(Permission.VIEW_INTEGRATION)
def employee_xero(request: Request, employee_id: UUID) -> HttpResponse:
    """Show how a record is linked to Xero, what waits to go there, and what runs did to it."""
    employee = selectors.get_employee(request.actor, employee_id=employee_id)
    context = _record(request, employee, tab="employee-xero")
    panels = {"xero": xero_panel(request, employee), "runs": history_panel(request, employee_id)}
    return render(request, "people/employee_detail.html", {**context, **panels})


@needs(Permission.EDIT_EMPLOYEES)
def employee_new(request: Request) -> HttpResponse:
    """Add an employee."""
    branches = selectors.list_branches(request.actor)
    form = EmployeeForm(sent(request), branches=branches, initial={"country": "Australia"})
    employee = attempt(form, lambda: actions.hire_employee(request.actor, details=form.details))
    if employee:
        messages.success(request, f"{employee.full_name} was added as {employee.employee_number}.")
        return redirect("employee-detail", account=request.account.slug, employee_id=employee.employee_id)
    cancel = reverse("employee-list", kwargs={"account": request.account.slug})
    context = {"title": "Add employee", "groups": form.groups, "cancel_url": cancel, "save_label": "Add employee"}
    return form_page(request, "people/employee_form.html", form, context)


@needs(Permission.EDIT_EMPLOYEES)
def employee_edit(request: Request, employee_id: UUID) -> HttpResponse:
    """Change an employee's details; only what really changed is saved."""
    before = selectors.get_employee(request.actor, employee_id=employee_id)
    branches = selectors.list_branches(request.actor)
    form = EmployeeForm(sent(request), branches=branches, initial=as_typed(before))
    employee = attempt(form, lambda: _save_edit(request, form, before))
    address = reverse("employee-detail", kwargs={"account": request.account.slug, "employee_id": employee_id})
    if employee:
        saved = employee.revision != before.revision
        messages.success(request, f"{employee.full_name} was saved." if saved else "Nothing was different.")
        return redirect(address)
    form.see_revision(before.revision)
    context = {"title": f"Edit {before.full_name}", "groups": form.groups, "cancel_url": address}
    return form_page(request, "people/employee_form.html", form, context)


def _save_edit(request: Request, form: EmployeeForm, before: EmployeeRecord) -> EmployeeRecord:
    typed = vars(form.details)
    changes = {name: value for name, value in typed.items() if value != getattr(before, name)}
    if not typed["employee_number"]:
        changes.pop("employee_number", None)
    return actions.edit_employee(
        request.actor,
        employee_id=before.employee_id,
        changes=changes,
        seen_revision=form.cleaned_data["revision"],
    )


@needs(Permission.TERMINATE_EMPLOYEES)
def employee_terminate(request: Request, employee_id: UUID) -> HttpResponse:
    """Give a person a last day; says beforehand, and afterwards, when they hold the Xero connection."""
    employee = selectors.get_employee(request.actor, employee_id=employee_id)
    initial = {
        "termination_on": employee.termination_on,
        "termination_reason": employee.termination_reason,
        "is_private": employee.termination_is_private,
    }
    form = TerminateForm(sent(request), initial=initial)
    departure = attempt(form, lambda: _terminate(request, form, employee_id))
    if departure:
        _say_left(request, departure)
        return redirect("employee-detail", account=request.account.slug, employee_id=employee_id)
    context = {
        "employee": present.heading(employee),
        "holder": warnings.of_employee(request, employee, ProspectKind.TERMINATION),
        "points": present.leaving_points(employee, today=clock.today_in(request.account.time_zone)),
    }
    return form_page(request, "people/employee_terminate.html", form, context)


def _terminate(request: Request, form: TerminateForm, employee_id: UUID) -> flows.Departure:
    return flows.terminate(
        request.actor,
        employee_id=employee_id,
        termination_on=form.cleaned_data["termination_on"],
        reason=form.reason,
        is_private=form.cleaned_data["is_private"],
    )


def _say_left(request: Request, departure: flows.Departure) -> None:
    employee = departure.employee
    messages.success(request, _last_day(employee))
    if departure.handover_opened:
        messages.warning(
            request,
            f"{employee.full_name} holds the Xero connection. A hand-over task is open: "
            f"somebody else must authorise it. Last safe day: {day(departure.last_safe_on)}.",
        )


def _last_day(employee: EmployeeRecord) -> str:
    verb = "was" if employee.status is EmployeeStatus.TERMINATED else "is"
    return f"The last day of {employee.full_name} {verb} {day(employee.termination_on)}."


@needs(Permission.TERMINATE_EMPLOYEES)
def employee_reinstate(request: Request, employee_id: UUID) -> HttpResponse:
    """Take a termination back."""
    employee = selectors.get_employee(request.actor, employee_id=employee_id)
    if request.method == "POST":
        flows.reinstate(request.actor, employee_id=employee_id)
        messages.success(request, f"{employee.full_name} is current again.")
        return redirect("employee-detail", account=request.account.slug, employee_id=employee_id)
    context = {
        "employee": present.heading(employee),
        "terminated_text": _last_day(employee),
        "points": present.returning_points(employee),
    }
    return render(request, "people/employee_reinstate.html", context)
