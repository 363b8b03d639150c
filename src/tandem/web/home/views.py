"""Home: what needs this person today."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from tandem.kernel import clock
from tandem.kernel.permissions import Permission
from tandem.people.leave import list_waiting_leave
from tandem.people.own_changes import list_waiting_own_changes
from tandem.people.records import EmployeeStatus
from tandem.people.selectors import count_by_status
from tandem.web.requests import Request, needs
from tandem.web.templatetags.tandem_ui import counted, day
from tandem.web.xero import present, present_handovers
from tandem.xero import facade
from tandem.xero.facade import ConnectionState

GREETINGS = ((5, "Good evening"), (12, "Good morning"), (18, "Good afternoon"), (24, "Good evening"))

GAP_WAITS = "The gap report waits for your approval. Automatic runs write nothing until then."


@needs(Permission.VIEW_SELF)
def home(request: Request) -> HttpResponse:
    """Show the connection, the open tasks and the counts that this person may see."""
    now = timezone.localtime(clock.now())
    hello = next(words for before, words in GREETINGS if now.hour < before)
    notices: list[dict[str, object]] = []
    context: dict[str, object] = {
        "greeting": f"{hello}, {request.actor.label.split()[0]}",
        "today": f"{now:%A} {day(now)}",
        "own_url": _own(request),
    }
    if request.actor.may(Permission.VIEW_INTEGRATION):
        context |= _integration(request)
        notices += _work(request)
    if request.actor.may(Permission.VIEW_EMPLOYEES):
        context["counts"] = _counts(request)
        notices += _approvals(request) + _leave(request)
    return render(request, "home.html", {**context, "notices": notices})


def _own(request: Request) -> str:
    employee_id: UUID | None = request.actor.employee_id
    return reverse("employee-detail", args=[request.account.slug, employee_id]) if employee_id else ""


def _integration(request: Request) -> dict[str, object]:
    slug, summary = request.account.slug, facade.connection_summary(request.actor)
    health = summary.health
    panel, open_tasks = present.cause(health, slug=slug, may_act=False), present_handovers.cards(request)
    card = {
        "state": health.state.value,
        "state_text": present.state_text(health),
        "organisation": summary.organisation_name,
        "lights": present.lights(health, with_detail=False),
        "sentence": health.headline,
        "url": reverse("xero-connection", args=[slug]),
        "label": "Connect Xero" if health.state is ConnectionState.NOT_SET_UP else "Open the connection",
        "main": bool(panel) and not open_tasks,
    }
    return {"connection": card, "tasks": open_tasks}


def _work(request: Request) -> list[dict[str, object]]:
    """Return what of the sync waits for a person."""
    if not request.actor.may(Permission.MANAGE_INTEGRATION):
        return []
    summary, slug = facade.sync_summary(request.actor), request.account.slug
    conflicts = counted(summary.open_conflicts, "conflict waits,conflicts wait")
    people = counted(summary.open_proposals, "person waits,people wait")
    waiting = (
        (int(summary.gap_is_open), GAP_WAITS, "gap-report", "Read it"),
        (summary.open_conflicts, f"{conflicts} for a decision.", "conflict-list", "Decide"),
        (summary.open_proposals, f"{people} to be matched.", "match-list", "Match"),
    )
    return [
        {"level": "warning", "text": text, "url": reverse(name, args=[slug]), "label": label}
        for number, text, name, label in waiting
        if number
    ]


def _approvals(request: Request) -> list[dict[str, object]]:
    """Return the changes of people's own records that wait, to those who decide on them."""
    waiting = len(list_waiting_own_changes(request.actor))
    text = counted(waiting, "change that somebody asked for waits,changes that people asked for wait")
    url = reverse("approval-list", args=[request.account.slug])
    return [{"level": "warning", "text": f"{text} for a decision.", "url": url, "label": "Decide"}] if waiting else []


def _leave(request: Request) -> list[dict[str, object]]:
    """Return the leave that waits, to those who decide on it."""
    if not request.actor.may(Permission.EDIT_PAYROLL):
        return []
    waiting = len(list_waiting_leave(request.actor))
    text = counted(waiting, "request for leave waits,requests for leave wait")
    url = reverse("leave-list", args=[request.account.slug])
    return [{"level": "warning", "text": f"{text} for a decision.", "url": url, "label": "Decide"}] if waiting else []


def _counts(request: Request) -> list[dict[str, object]]:
    people, url = count_by_status(request.actor), reverse("employee-list", args=[request.account.slug])
    shown = (
        (EmployeeStatus.CURRENT, "current employees", "good"),
        (EmployeeStatus.TERMINATING, "leaving", "warn"),
        (EmployeeStatus.TERMINATED, "have left", "idle"),
    )
    return [
        {"value": people[status], "label": label, "url": f"{url}?status={status.value}", "tone": tone}
        for status, label, tone in shown
    ]
