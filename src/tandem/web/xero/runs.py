"""Runs: choose, preview, approve, watch, cancel; and the gap report, which is one of them."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from tandem.kernel.errors import TandemError
from tandem.kernel.permissions import Permission
from tandem.people.selectors import get_employee
from tandem.web.answers import attempt, form_page, sent
from tandem.web.people.present import query_without_page
from tandem.web.requests import Request, needs, needs_second_factor
from tandem.web.xero import present_runs as present
from tandem.web.xero import present_undo
from tandem.web.xero.forms import RunForm
from tandem.xero import facade
from tandem.xero.facade import ItemKind, RunKind, RunPage, RunStatus

SHORT_OF = (RunStatus.PLANNED, RunStatus.STALE)


def page_number(request: Request) -> int:
    """Return the page that was asked for; nonsense means the first."""
    text = request.GET.get("page", "1")
    return max(1, int(text)) if text.isdecimal() and len(text) < 9 else 1


@needs(Permission.VIEW_INTEGRATION)
@needs_second_factor
def run_list(request: Request) -> HttpResponse:
    """List the newest runs."""
    slug = request.account.slug
    runs = [present.row(slug, run) for run in facade.list_runs(request.actor)]
    new = reverse("run-new", args=[slug]) if request.actor.may(Permission.MANAGE_INTEGRATION) else ""
    return render(request, "xero/run_list.html", {"runs": runs, "preview_url": new})


@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def run_new(request: Request) -> HttpResponse:
    """Choose what to preview; a preview reads and writes nothing."""
    initial = {"kind": "both", "reach": "authority", "employee": request.GET.get("employee", "")}
    form = RunForm(sent(request), initial=initial)
    run_id = attempt(form, lambda: _preview(request, form))
    if run_id:
        return redirect("run-detail", account=request.account.slug, run_id=run_id)
    cancel = reverse("xero-connection", args=[request.account.slug])
    expected = present.first_import(facade.foresee_whole_import(request.actor))
    return form_page(request, "xero/run_new.html", form, {"cancel_url": cancel, "expected_text": expected})


def _preview(request: Request, form: RunForm) -> UUID | None:
    if form.employee_id:
        get_employee(request.actor, employee_id=form.employee_id)
    try:
        return facade.preview_run(
            request.actor,
            kind=RunKind(form.cleaned_data["kind"]),
            reach=form.chosen_reach,
            employee_id=form.employee_id,
        )
    except TandemError as error:
        form.add_error(None, error.public_message)
        return None


@needs(Permission.VIEW_INTEGRATION)
@needs_second_factor
def run_detail(request: Request, run_id: UUID) -> HttpResponse:
    """Show a run: its plan while it waits for approval, else how far it is and how it went."""
    page = facade.get_run(request.actor, run_id, page=page_number(request), show=request.GET.get("show", ""))
    if request.htmx and not page.is_moving:
        return HttpResponseClientRefresh()
    if page.is_gap_report and page.summary.status in SHORT_OF:
        return redirect("gap-report", account=request.account.slug)
    if page.summary.status in SHORT_OF:
        return render(request, "xero/run_preview.html", _plan(request, page))
    template = "xero/run.html#progress" if request.htmx else "xero/run.html"
    return render(request, template, _course(request, page))


def _plan(request: Request, page: RunPage) -> dict[str, object]:
    slug, counts = request.account.slug, {**page.summary.counts, **page.item_counts}
    made = present.heading(page.summary)
    writes = any(counts.get(key) for key in present.TILES if "_" in key)
    return {
        "run": {"title": page.summary.title, "made_at": made["started_at"], "calls_text": present.cost(page)},
        "counts": present.tiles(counts, is_plan=True),
        "sections": present.sections(slug, page.items, is_undo=page.undo.undoes is not None),
        "irreversible": present.irreversible(page),
        "undo": present_undo.card(slug, page) if page.undo.undoes else None,
        "problems": present.problems(slug, page.items),
        "conflicts": counts.get("conflict", 0),
        "conflicts_url": reverse("conflict-list", args=[slug]),
        "proposals_text": present.proposals_text(counts),
        "matches_url": reverse("match-list", args=[slug]),
        "skips": present.left_alone(page.items),
        "page": present.Paging(page),
        "query": query_without_page(request.GET),
        "action": reverse("run-approve", args=[slug, page.summary.run_id]),
        "choose_url": reverse("run-choose", args=[slug, page.summary.run_id]) if writes else "",
        "may_approve": page.can_approve and request.actor.may(Permission.MANAGE_INTEGRATION),
        "back_url": reverse("run-new", args=[slug]),
        "cancel_url": reverse("run-cancel", args=[slug, page.summary.run_id]),
        "stale_text": page.stop_sentence if page.summary.status is RunStatus.STALE else "",
        "hold_text": page.stop_sentence if page.summary.status is RunStatus.PLANNED else "",
        "empty": not writes and not any(counts.get(key) for key in ("bind", "settle")),
    }


def _course(request: Request, page: RunPage) -> dict[str, object]:
    slug, run_id = request.account.slug, page.summary.run_id
    may = request.actor.may(Permission.MANAGE_INTEGRATION)
    here = reverse("run-detail", args=[slug, run_id])
    counts = page.item_counts
    return {
        "run": present.heading(page.summary),
        "progress": present.progress(page) if page.is_moving or page.stop_sentence else None,
        "is_running": page.is_moving,
        "progress_url": here,
        "counts": present.tiles({**page.item_counts, **page.summary.counts}),
        "outcomes": present.outcomes(slug, page.items, _undoable(request, page) if may else {}),
        "page": present.Paging(page),
        "query": query_without_page(request.GET),
        "cancel_url": reverse("run-cancel", args=[slug, run_id]) if page.can_cancel and may else None,
        "again_url": reverse("run-new", args=[slug]) if page.can_preview_again and may else None,
        "conflicts": counts.get("conflict", 0),
        "conflicts_url": reverse("conflict-list", args=[slug]),
        "undo": present_undo.card(slug, page),
        "proposals_text": present.left_to_match(counts),
        "matches_url": reverse("match-list", args=[slug]) if may else "",
        "linked_text": present.linked_text(counts),
        "linked_url": f"{here}?show={ItemKind.BIND.value}",
    }


def _undoable(request: Request, page: RunPage) -> dict[tuple[UUID, UUID], UUID]:
    """Return the links that lines of this page made and that still stand."""
    made = [item.employee_id for item in page.items if item.kind is ItemKind.BIND and item.employee_id]
    return facade.links_of(request.actor, employee_ids=made) if made else {}


@require_POST
@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def run_approve(request: Request, run_id: UUID) -> HttpResponse:
    """Let a plan go ahead as it was shown."""
    try:
        facade.approve_run(request.actor, run_id)
    except TandemError as error:
        messages.error(request, error.public_message)
    return redirect("run-detail", account=request.account.slug, run_id=run_id)


@require_POST
@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def run_cancel(request: Request, run_id: UUID) -> HttpResponse:
    """Stop a run; what was written stays and is listed."""
    try:
        facade.cancel_run(request.actor, run_id)
        messages.success(request, "The run was stopped. What it had written stays and is listed below.")
    except TandemError as error:
        messages.error(request, error.public_message)
    return redirect("run-detail", account=request.account.slug, run_id=run_id)


@require_POST
@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def step_decide(request: Request, step_id: UUID) -> HttpResponse:
    """Say whether somebody whose creation Xero never confirmed is sent again."""
    again = request.POST.get("again") == "yes"
    try:
        facade.decide_unknown(request.actor, step_id, send_again=again)
        messages.success(
            request, "The next run sends this person again." if again else "This person is not sent again."
        )
    except TandemError as error:
        messages.error(request, error.public_message)
    return redirect("run-list", account=request.account.slug)


@needs(Permission.VIEW_INTEGRATION)
@needs_second_factor
def gap_report(request: Request) -> HttpResponse:
    """Show what changed on each side while the link was down; approving it lets automatic runs go on."""
    page = facade.get_gap_report(request.actor)
    may = request.actor.may(Permission.MANAGE_INTEGRATION)
    if request.method == "POST" and page:
        request.actor.require(Permission.MANAGE_INTEGRATION)
        return _approve_gap(request, page)
    if page is None or page.is_moving:
        return render(request, "xero/gap_report.html", _gap_waits(request, page))
    return render(request, "xero/gap_report.html", {**_gap(request, page), "may_approve": may and page.can_approve})


def _approve_gap(request: Request, page: RunPage) -> HttpResponse:
    try:
        facade.approve_gap_report(request.actor, page.summary.run_id)
    except TandemError as error:
        messages.error(request, error.public_message)
        return redirect("gap-report", account=request.account.slug)
    messages.success(request, "The gap report was approved. Both sides are being brought together.")
    return redirect("run-detail", account=request.account.slug, run_id=page.summary.run_id)


def _gap_waits(request: Request, page: RunPage | None) -> dict[str, object]:
    return {
        "nothing": page is None and not facade.sync_summary(request.actor).gap_is_open,
        "progress": present.progress(page) if page else None,
        "outage_text": present.outage(page) if page else "",
        "progress_url": reverse("gap-report", args=[request.account.slug]),
        "connection_url": reverse("xero-connection", args=[request.account.slug]),
    }


def _gap(request: Request, page: RunPage) -> dict[str, object]:
    slug = request.account.slug
    return {
        **_plan(request, page),
        "outage_text": present.outage(page),
        "in_xero": present.changes_of(slug, page.items, target="hr"),
        "in_tandem": present.changes_of(slug, page.items, target="xero"),
        "action": reverse("gap-report", args=[slug]),
        "again_url": reverse("run-new", args=[slug]) if page.can_preview_again else "",
    }
