"""Hand-overs in the words of a page. Who goes, and why, only where the record says so: it is blank for everybody else."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from tandem.kernel import clock
from tandem.kernel.permissions import Permission
from tandem.people.prospects import ProspectKind
from tandem.web.requests import Request
from tandem.web.templatetags.tandem_ui import day, in_days
from tandem.web.xero.present import on, written
from tandem.xero import facade
from tandem.xero.facade import HandoverPage, HandoverRecord, ReasonRecord

WHY: Mapping[ProspectKind, str] = {
    ProspectKind.TERMINATION: "is leaving",
    ProspectKind.CONTRACT_END: "has a contract that ends",
    ProspectKind.POSITION_CHANGE: "moves to other work",
    ProspectKind.ABSENCE: "will be away for long",
    ProspectKind.DELETION: "has a record in the recycle bin",
    ProspectKind.LOCK: "was locked out of Tandem",
    ProspectKind.ROLE_CHANGE: "has no payroll role here any more",
}
REASONS: Mapping[ProspectKind, str] = {
    ProspectKind.TERMINATION: "A last day of work",
    ProspectKind.CONTRACT_END: "The contract ends",
    ProspectKind.POSITION_CHANGE: "Another position",
    ProspectKind.ABSENCE: "A long absence",
    ProspectKind.DELETION: "The record was deleted",
    ProspectKind.LOCK: "The sign-in was locked",
    ProspectKind.ROLE_CHANGE: "The payroll roles were taken away",
}
CLOSED = {
    "taken_back": "The reason for it was taken back",
    "taken_over": "Another person's access carries the connection",
    "given_up": "The standby was given up",
    "disconnected": "Xero was disconnected",
}
NEEDED = "A second authoriser is needed for Xero"
LEFT_TO_DO = "Another person with payroll access in Xero authorises the connection. Settings and links stay."


def cards(request: Request) -> list[dict[str, object]]:
    """Return the open hand-overs for home and the connection page."""
    slug = request.account.slug
    return [_card(task, slug) for task in facade.list_handovers(request.actor)]


def _card(task: HandoverRecord, slug: str) -> dict[str, object]:
    return {
        "title": title(task),
        "detail": to_do(task),
        "due": f"Last safe day: {day(task.last_safe_on)}, {in_days(task.last_safe_on)}",
        "url": reverse("handover-detail", args=[slug, task.task_id]),
        "label": "Hand the connection over",
    }


def title(task: HandoverRecord) -> str:
    """Say who holds the connection and goes, or only what is needed."""
    if not task.may_know_why:
        return NEEDED
    part = "stands by for Xero" if task.role == "standby" else "holds the Xero connection"
    return f"{task.holder_name} {part} and {WHY[task.reasons[0].kind]}"


def to_do(task: HandoverRecord) -> str:
    """Say what is left to do."""
    if task.may_know_why and task.role == "primary" and task.second_name:
        return f"{task.second_name} stands by and carries on from that day by itself, while Xero gives them payroll."
    if task.may_know_why and task.role == "standby":
        return "Another person with payroll access in Xero stands by instead. The connection itself goes on."
    return LEFT_TO_DO


def row(task: HandoverRecord, slug: str, names: Mapping[UUID, str]) -> dict[str, object]:
    """Return one line of the list."""
    owner = names.get(task.owner_user_id, "") if task.owner_user_id else ""
    return {
        "title": title(task),
        "url": reverse("handover-detail", args=[slug, task.task_id]),
        "last_safe_text": day(task.last_safe_on),
        "in_days": in_days(task.last_safe_on) if task.is_open else "",
        "owner": owner or "Nobody yet",
        "state": "attention" if task.is_open else "done",
        "state_text": _state(task),
    }


def _state(task: HandoverRecord) -> str:
    if task.closed_at is not None:
        return f"Closed {on(task.closed_at)}"
    if task.put_off_until is not None and task.put_off_until > _today():
        return f"Put off until {day(task.put_off_until)}"
    return "Open"


def _today() -> date:
    return timezone.localtime(clock.now()).date()


def reasons(task: HandoverRecord) -> list[dict[str, str]]:
    """Return why, one line each."""
    return [
        {"label": REASONS[one.kind], "value": f"Last safe day {day(one.last_safe_on)}", "detail": _reason_detail(one)}
        for one in task.reasons
    ]


def _reason_detail(one: ReasonRecord) -> str:
    private = "Not public: only those who see the record know of it. " if one.is_private else ""
    ended = f" Taken back {on(one.ended_at)}." if one.ended_at else ""
    return f"{private}Entered {on(one.noted_at)}.{ended}"


def steps(page: HandoverPage, owner: str) -> list[dict[str, str]]:
    """Return what a hand-over goes through, ticked off by what is known."""
    task = page.task
    second = task.second_name
    authorised = f"{second}, {on(page.second_authorised_at)}" if second else "Nobody yet"
    retired = f"Retired {on(page.retired_at)}" if page.retired_at else f"By {day(task.last_safe_on)}"
    return [
        _step("done" if owner else "now", "Somebody takes it in hand", owner or "Nobody yet"),
        _step("done" if second else "now", "Another person authorises at Xero", authorised),
        _step(*_proved(page)),
        _step(
            "done" if task.closed_because == "taken_over" else "todo", "Their access carries the connection", retired
        ),
    ]


def _proved(page: HandoverPage) -> tuple[str, str, str]:
    text = "Xero gives them payroll"
    if page.second_is_refused:
        return "failed", text, "Refused"
    if page.second_proved_at:
        return "done", text, f"Proved {written(page.second_proved_at)}"
    return "todo", text, "Not proved yet"


def _step(status: str, text: str, says: str) -> dict[str, str]:
    return {"status": status, "text": text, "says": says, "detail": "", "url": ""}


def warning(task: HandoverRecord) -> str:
    """Say from when exports wait if nobody acts."""
    if not task.is_open or task.writes_stop_on is None or task.role == "standby" or task.second_name:
        return ""
    return f"If nobody acts, imports go on and exports wait from {day(task.writes_stop_on)} on."


def actions(request: Request, page: HandoverPage) -> list[dict[str, object]]:
    """Return the ways to hand over now, the plainest first."""
    if not page.task.is_open or not request.actor.may(Permission.MANAGE_INTEGRATION):
        return []
    slug, task = request.account.slug, page.task
    can_swap = task.role == "primary" and task.second_name and not page.second_is_refused
    if can_swap:
        return [_action(f"Let {task.second_name} carry it now", reverse("xero-swap", args=[slug]), is_main=True)]
    found = [_action("Hand over now: add a second person", reverse("xero-standby", args=[slug]), is_main=True)]
    link = f"{reverse('guest-link-new', args=[slug])}?for=standby"
    found.append(_action("Send a link to somebody else", link, is_main=False))
    if task.role != "standby":
        found.append(_action("Replace the access at once", reverse("xero-reconnect", args=[slug]), is_main=False))
    return found


def _action(label: str, url: str, *, is_main: bool) -> dict[str, object]:
    return {"label": label, "url": url, "main": is_main}
