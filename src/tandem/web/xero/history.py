"""The history of runs: what changed, when, from which side, in which run; as a list with filters and as a file."""

from urllib.parse import urlencode
from uuid import UUID

import structlog
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from tandem.kernel.permissions import Permission
from tandem.people.selectors import get_employee
from tandem.web.answers import form_page
from tandem.web.csv_files import csv_file
from tandem.web.people.present import query_without_page
from tandem.web.requests import Request, needs, needs_second_factor
from tandem.web.xero import present_history as present
from tandem.web.xero.history_forms import HistoryForm
from tandem.web.xero.runs import page_number
from tandem.xero import facade
from tandem.xero.facade import HistoryFilter

log = structlog.get_logger()
ON_A_RECORD = 10


@needs(Permission.VIEW_INTEGRATION)
@needs_second_factor
def run_history(request: Request) -> HttpResponse:
    """List what runs did, newest first, narrowed by dates, direction, field, outcome and person."""
    form = HistoryForm(request.GET)
    here = reverse("run-history", args=[request.account.slug])
    if not form.is_valid():
        return form_page(request, "xero/run_history.html", form, {"here_url": here})
    wanted = form.wanted
    page = facade.list_history(request.actor, wanted=wanted, page=page_number(request))
    context = {
        "form": form,
        "here_url": here,
        "lines": present.rows(request.account.slug, page.lines, present.names_for(request.actor, page.lines)),
        "page": page,
        "query": query_without_page(request.GET),
        "person": _name(request, wanted.employee_id),
        "is_narrow": form.is_narrow,
        "export_url": f"{reverse('run-history-export', args=[request.account.slug])}?{request.GET.urlencode()}",
    }
    return render(request, "xero/run_history.html", context)


def _name(request: Request, employee_id: UUID | None) -> str:
    return get_employee(request.actor, employee_id=employee_id).full_name if employee_id else ""


@needs(Permission.VIEW_INTEGRATION)
@needs_second_factor
def run_history_export(request: Request) -> HttpResponse | StreamingHttpResponse:
    """Hand out every line that fits, a row for each field; who may see what is as on the page."""
    form = HistoryForm(request.GET)
    if not form.is_valid():
        return redirect(f"{reverse('run-history', args=[request.account.slug])}?{request.GET.urlencode()}")
    chunks = facade.iter_history(request.actor, wanted=form.wanted)
    log.info("run_history_exported", is_of_one_person=form.wanted.employee_id is not None)
    rows = present.file_rows(request.actor, chunks, time_zone=request.account.time_zone)
    return csv_file(rows, name=f"history-{request.account.slug}.csv")


def history_panel(request: Request, employee_id: UUID) -> dict[str, object]:
    """Return what runs did to one person lately, and the ways to all of it, for the Xero tab of their record."""
    page = facade.list_history(request.actor, wanted=HistoryFilter(employee_id=employee_id), size=ON_A_RECORD)
    slug, query = request.account.slug, urlencode({"employee": employee_id})
    return {
        "lines": present.rows(slug, page.lines, present.names_for(request.actor, page.lines)),
        "total": page.total,
        "all_url": f"{reverse('run-history', args=[slug])}?{query}",
        "export_url": f"{reverse('run-history-export', args=[slug])}?{query}",
    }
