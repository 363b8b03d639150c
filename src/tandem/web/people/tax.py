"""The Tax tab: the declaration, and the tax file number by its end; shown whole for a reason, after a second factor."""

from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from tandem.access.selectors import names_of
from tandem.flows import own_changes as own_flows
from tandem.flows import payroll as flows
from tandem.kernel import clock
from tandem.kernel.errors import NotFound
from tandem.kernel.permissions import Permission
from tandem.people import selectors, tax_numbers
from tandem.people.own_change_records import OwnChangeKind
from tandem.people.payroll import get_payroll
from tandem.people.payroll_records import TaxFileNumber
from tandem.people.tax_numbers import SecondFactorStale
from tandem.timeline.events import Event
from tandem.timeline.selectors import list_entries
from tandem.web.answers import attempt, form_page, sent
from tandem.web.people import present, present_payroll
from tandem.web.people.own_change_forms import OwnTaxForm
from tandem.web.people.own_changes import WAITS, own_hint, own_waiting
from tandem.web.people.payroll_forms import RevealForm, TaxForm
from tandem.web.people.payroll_pages import asks_only, needs_payroll, tab_context
from tandem.web.people.payroll_words import COLLECTION_NOTICE
from tandem.web.requests import Request, needs_second_factor

#: How many looks at a number the tab shows; the timeline keeps every one.
LOOKS = 20
REMOVAL_POINTS = [
    "The number is removed at once and cannot be brought back. The timeline keeps that you removed it.",
    "Xero is not changed: a number that it holds stays there.",
    "Until a number is entered or you choose why there is none, the question counts as not answered.",
]


@needs_payroll(Permission.VIEW_PAYROLL, or_own=True)
def employee_tax(request: Request, employee_id: UUID) -> HttpResponse:
    """Show the tax declaration, of the number its last three digits."""
    details = get_payroll(request.actor, employee_id=employee_id)
    employee = selectors.get_employee(request.actor, employee_id=employee_id)
    until = tax_numbers.kept_until(employee.termination_on, years=settings.TANDEM.handover.tax_number_years)
    may_reveal = request.actor.may(Permission.VIEW_PAYROLL) and request.actor.may(Permission.VIEW_EMPLOYEES)
    context = {
        **tab_context(request, employee_id, details, tab="employee-tax"),
        "waiting": own_waiting(request, employee_id, OwnChangeKind.TAX),
        "looked_at": _looked_at(request, employee_id) if may_reveal else [],
        "number": present_payroll.number_line(details, kept_until=until),
        "may_reveal": may_reveal,
        "sections": present_payroll.tax_sections(details),
    }
    return render(request, "people/payroll_tax.html", context)


def _looked_at(request: Request, employee_id: UUID) -> list[dict[str, object]]:
    entries = list_entries(request.actor, limit=LOOKS, events=[Event.TAX_NUMBER_SHOWN], subject_id=employee_id)
    names = names_of(request.actor, user_ids=[entry.actor_id for entry in entries if entry.actor_id])
    return present_payroll.looked_at(entries, names)


@never_cache
@needs_payroll(Permission.EDIT_PAYROLL, or_own=True)
def employee_tax_edit(request: Request, employee_id: UUID) -> HttpResponse:
    """Change the declaration, or one's own ask to; a number that was typed never comes back with the form."""
    asks, held = asks_only(request.actor, employee_id), get_payroll(request.actor, employee_id=employee_id)
    form = OwnTaxForm(sent(request), held=held) if asks else TaxForm(sent(request), held=held)
    saved = attempt(form, lambda: (_save(request, form, employee_id, asks=asks),))
    address = reverse("employee-tax", args=[request.account.slug, employee_id])
    if saved:
        said = WAITS if asks else "The tax declaration was saved."
        messages.success(request, said if saved[0] else "Nothing was different.")
        return redirect(address)
    employee = selectors.get_employee(request.actor, employee_id=employee_id)
    context = {
        "title": f"Tax declaration of {employee.full_name}",
        "notice": COLLECTION_NOTICE,
        "was_typed": form.is_bound and bool(request.POST.get("tax_file_number")),
        "groups": form.groups,
        "cancel_url": address,
        "hint": own_hint(request.actor, OwnChangeKind.TAX) if asks else "",
        "save": "Ask for the change" if asks else "Save",
    }
    return form_page(request, "people/payroll_tax_form.html", form, context)


def _save(request: Request, form: TaxForm, employee_id: UUID, *, asks: bool) -> bool:
    digits = form.cleaned_data["tax_file_number"]
    if asks:
        return own_flows.ask_own_tax(request.actor, details=form.details, exemption=form.exemption, digits=digits)
    return flows.save_tax(
        request.actor, employee_id=employee_id, details=form.details, exemption=form.exemption, digits=digits
    )


@never_cache
@needs_payroll(Permission.VIEW_PAYROLL)
@needs_second_factor
def employee_tax_reveal(request: Request, employee_id: UUID) -> HttpResponse:
    """Ask why, then show the whole number once; a second factor that is not fresh is asked for first."""
    employee = selectors.get_employee(request.actor, employee_id=employee_id)
    if not isinstance(get_payroll(request.actor, employee_id=employee_id).tax_file_number, TaxFileNumber):
        raise NotFound
    form = RevealForm(sent(request))
    try:
        digits = attempt(form, lambda: _reveal(request, form, employee_id))
    except SecondFactorStale:
        here = urlencode({"next": reverse("employee-tax-reveal", args=[request.account.slug, employee_id])})
        return redirect(f"{reverse('mfa_reauthenticate')}?{here}")
    context = {
        "employee": present.heading(employee),
        "digits": f"{digits[:3]} {digits[3:6]} {digits[6:]}" if digits else "",
        "back_url": reverse("employee-tax", args=[request.account.slug, employee_id]),
        "is_demo": settings.TANDEM.demo,
    }
    return form_page(request, "people/payroll_reveal.html", form, context)


def _reveal(request: Request, form: RevealForm, employee_id: UUID) -> str:
    return tax_numbers.reveal_tax_file_number(
        request.actor, employee_id=employee_id, reason=form.why, second_factor_at=_second_factor_at(request)
    )


def _second_factor_at(request: Request) -> datetime | None:
    """Return when this session last gave a second factor; the demo, whose people have none, counts as having just done so."""
    if settings.TANDEM.demo:
        return clock.now()
    proofs = request.session.get("account_authentication_methods", [])
    times = [proof["at"] for proof in proofs if proof.get("method") == "mfa"]
    return datetime.fromtimestamp(max(times), tz=UTC) if times else None


@needs_payroll(Permission.EDIT_PAYROLL)
def employee_tax_remove(request: Request, employee_id: UUID) -> HttpResponse:
    """Say what the removal of a number does; remove it when confirmed."""
    employee = selectors.get_employee(request.actor, employee_id=employee_id)
    back = reverse("employee-tax", args=[request.account.slug, employee_id])
    if request.method == "POST":
        tax_numbers.remove_tax_file_number(request.actor, employee_id=employee_id)
        messages.success(request, "The tax file number was removed.")
        return redirect(back)
    context = {
        "heading": "Remove the tax file number",
        "title": employee.full_name,
        "points": REMOVAL_POINTS,
        "label": "Remove the number",
        "danger": True,
        "back_url": back,
    }
    return render(request, "xero/confirm.html", context)
