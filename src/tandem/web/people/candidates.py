"""Candidates: entered, hired, found to be on record already, removed."""

from datetime import timedelta
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from tandem.kernel.errors import NotFound, TandemError
from tandem.kernel.permissions import Permission
from tandem.people import candidates
from tandem.people.candidate_rules import CandidateDetails, CandidateRecord
from tandem.people.records import EmployeeRecord
from tandem.web.answers import attempt, form_page, sent
from tandem.web.forms import DayInput, OfARevision
from tandem.web.people.forms import DAY_FORMATS, NOT_A_DAY
from tandem.web.people.present import status_text
from tandem.web.requests import Request, needs
from tandem.web.templatetags.tandem_ui import day

HIRE, REMOVE = "hire", "remove"


class CandidateForm(OfARevision):
    """Somebody who may be hired."""

    first_name = forms.CharField(label="First name", error_messages={"required": "Enter the first name."})
    last_name = forms.CharField(label="Last name", error_messages={"required": "Enter the last name."})
    date_of_birth = forms.DateField(
        label="Date of birth",
        required=False,
        help_text="With it Tandem sees by itself when they are in Xero already.",
        widget=DayInput(),
        input_formats=DAY_FORMATS,
        error_messages={"invalid": NOT_A_DAY},
    )
    email = forms.CharField(label="Email", required=False, widget=forms.TextInput({"inputmode": "email"}))
    mobile = forms.CharField(label="Mobile", required=False, widget=forms.TextInput({"inputmode": "tel"}))
    job_title = forms.CharField(label="Job title", required=False)

    @property
    def details(self) -> CandidateDetails:
        """Return what was typed."""
        return CandidateDetails(**{name: value for name, value in self.cleaned_data.items() if name != "revision"})


@needs(Permission.EDIT_EMPLOYEES)
def candidate_list(request: Request) -> HttpResponse:
    """List the open candidates, each with the employees who may be them."""
    slug = request.account.slug
    rows = [_row(slug, one, alike) for one, alike in candidates.list_candidates(request.actor)]
    return render(request, "people/candidate_list.html", {"rows": rows})


def _row(slug: str, found: CandidateRecord, alike: tuple[EmployeeRecord, ...]) -> dict[str, object]:
    details = found.details
    return {
        "name": found.full_name,
        "born": day(details.date_of_birth),
        "contact": ", ".join(part for part in (details.email, details.mobile) if part),
        "job_title": details.job_title,
        "entered_at": found.entered_at,
        "kept_until": day((found.entered_at + timedelta(days=settings.TANDEM.handover.candidate_days)).date()),
        "edit_url": reverse("candidate-edit", args=[slug, found.candidate_id]),
        "decide_url": reverse("candidate-decide", args=[slug, found.candidate_id]),
        "alike": [
            {
                "value": str(record.employee_id),
                "name": f"{record.full_name} {record.employee_number}".strip(),
                "url": reverse("employee-detail", args=[slug, record.employee_id]),
                "text": f"born {day(record.date_of_birth)}" if record.date_of_birth else "no date of birth",
                "status": status_text(record),
            }
            for record in alike
        ],
    }


@needs(Permission.EDIT_EMPLOYEES)
def candidate_new(request: Request) -> HttpResponse:
    """Enter a candidate."""
    form = CandidateForm(sent(request))
    entered = attempt(form, lambda: candidates.enter_candidate(request.actor, details=form.details))
    if entered:
        messages.success(request, "The candidate was entered.")
        return redirect("candidate-list", account=request.account.slug)
    context = {"title": "Add candidate", "cancel_url": reverse("candidate-list", args=[request.account.slug])}
    return form_page(request, "people/employment_form.html", form, context)


@needs(Permission.EDIT_EMPLOYEES)
def candidate_edit(request: Request, candidate_id: UUID) -> HttpResponse:
    """Change what is known of a candidate."""
    back = reverse("candidate-list", args=[request.account.slug])
    try:
        held = candidates.find_candidate(request.actor, candidate_id)
    except NotFound as error:
        messages.error(request, error.public_message)
        return redirect(back)
    form = CandidateForm(sent(request), initial={**vars(held.details), "revision": held.revision})

    def save() -> tuple[bool]:
        seen = form.cleaned_data["revision"]
        changed = candidates.change_candidate(request.actor, candidate_id, details=form.details, seen_revision=seen)
        return (changed,)

    saved = attempt(form, save)
    if saved:
        messages.success(request, "The candidate was changed." if saved[0] else "Nothing was different.")
        return redirect(back)
    form.see_revision(held.revision)
    context = {"title": f"Edit candidate {held.full_name}", "cancel_url": back}
    return form_page(request, "people/employment_form.html", form, context)


@require_POST
@needs(Permission.EDIT_EMPLOYEES)
def candidate_decide(request: Request, candidate_id: UUID) -> HttpResponse:
    """Hire a candidate, join them to the employee they are, or remove them for good."""
    slug, choice = request.account.slug, request.POST.get("choice", "")
    try:
        if choice == REMOVE:
            candidates.remove_candidate(request.actor, candidate_id)
            messages.success(request, "The candidate was removed, with everything that was known of them.")
            return redirect("candidate-list", account=slug)
        employee = _become(request, candidate_id, choice)
    except (TandemError, ValueError) as error:
        messages.error(request, getattr(error, "public_message", "Choose what to do with the candidate."))
        return redirect("candidate-list", account=slug)
    return redirect("employee-detail", account=slug, employee_id=employee.employee_id)


def _become(request: Request, candidate_id: UUID, choice: str) -> EmployeeRecord:
    """Make an employee of a candidate; raise ValueError for a choice that the page does not offer."""
    if choice == HIRE:
        employee = candidates.hire_candidate(request.actor, candidate_id)
        messages.success(request, f"{employee.full_name} was hired as {employee.employee_number}.")
        return employee
    employee = candidates.join_candidate(request.actor, candidate_id, employee_id=UUID(choice))
    messages.success(request, f"The candidate is {employee.full_name}. What the record lacked was filled in.")
    return employee
