"""Leave in the words of a page."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from uuid import UUID

from django.urls import reverse

from tandem.people.leave_records import LeaveLine, LeaveStatus, LeaveStepKind, LeaveStepRecord
from tandem.web.templatetags.tandem_ui import day
from tandem.web.xero.present import written
from tandem.xero import facade
from tandem.xero.facade import Balances, Side

SOMEBODY = "Somebody who no longer has access"
STATUSES: Mapping[LeaveStatus, tuple[str, str]] = {
    LeaveStatus.REQUESTED: ("Waits for a decision", "warn"),
    LeaveStatus.APPROVED: ("Approved", "good"),
    LeaveStatus.REJECTED: ("Rejected", "idle"),
    LeaveStatus.WITHDRAWN: ("Withdrawn", "idle"),
}
A_PROGRAM = "A program with a key"
STEPS: Mapping[LeaveStepKind, tuple[str, str, str]] = {
    LeaveStepKind.ASKED: ("calendar", "info", "{who} asked for it"),
    LeaveStepKind.CHANGED: ("edit", "info", "{who} changed it"),
    LeaveStepKind.APPROVED: ("check", "good", "{who} approved it"),
    LeaveStepKind.REJECTED: ("x", "idle", "{who} rejected it"),
    LeaveStepKind.WITHDRAWN: ("restore", "info", "{who} withdrew it"),
    LeaveStepKind.FROM_PAYROLL: ("download", "info", "It came from Xero"),
    LeaveStepKind.CHANGED_IN_PAYROLL: ("download", "info", "It was brought to what Xero holds"),
}


def days(first: date, last: date) -> str:
    """Return the days away."""
    return day(first) if first == last else f"{day(first)} to {day(last)}"


def balances(found: Balances | None) -> dict[str, object]:
    """Return what is left of each leave type, and when that was read."""
    if found is None:
        return {"rows": [], "read": "", "said": []}
    rows = [
        {"name": one.name or "(without a name)", "left": f"{one.units.normalize():f} {one.unit.lower()}".strip()}
        for one in found.balances
    ]
    return {"rows": rows, "read": f"As of {written(found.read_at)}", "said": found.sentences}


def rows(
    lines: Iterable[LeaveLine], slug: str, states: Mapping[UUID, facade.leave_pages.LeaveState] = MappingProxyType({})
) -> list[dict[str, object]]:
    """Return requests as lists show them."""
    return [{**facts(line, states.get(line.request.request_id)), "url": url(line, slug)} for line in lines]


def facts(line: LeaveLine, state: facade.leave_pages.LeaveState | None = None) -> dict[str, object]:
    """Return one request, and where it stands with Xero."""
    text, tone = STATUSES[line.request.status]
    terms = line.request.terms
    return {
        "name": line.full_name,
        "title": terms.title,
        "description": terms.description,
        "type": line.leave_type_name,
        "days": days(terms.from_on, terms.until_on),
        "status": tone,
        "status_text": text,
        "note": line.decision_note,
        "xero": state.text if state else "",
        "xero_tone": state.tone if state else "",
    }


def choices(line: LeaveLine, state: facade.leave_pages.LeaveState | None) -> list[dict[str, str]]:
    """Return the two sides between which a person chooses; none where nothing is asked."""
    if state is None or not state.asks or state.theirs is None:
        return []
    ours, theirs, status = line.request.terms, state.theirs, state.theirs_status
    known = STATUSES[status][0] if status else ""
    return [
        {
            "keep": Side.HR.value,
            "label": "Keep what is here",
            "text": f"{days(ours.from_on, ours.until_on)}, {STATUSES[line.request.status][0].lower()}",
        },
        {
            "keep": Side.XERO.value,
            "label": "Take what Xero has",
            "text": f"{days(theirs.from_on, theirs.until_on)}, {known.lower()}",
        },
    ]


def read_at(overview: facade.leave_pages.LeaveOverview) -> str:
    """Return when Xero's leave was read last."""
    return f"Read from Xero {written(overview.read_at)}" if overview.read_at else "Not read from Xero yet"


def url(line: LeaveLine, slug: str) -> str:
    """Return the address of a request."""
    return reverse("leave-request", args=[slug, line.request.employee_id, line.request.request_id])


def steps(found: Sequence[LeaveStepRecord], names: Mapping[UUID, str]) -> list[dict[str, object]]:
    """Return what happened to a request, as components/timeline.html takes it."""
    return [_step(step, names) for step in found]


def _step(step: LeaveStepRecord, names: Mapping[UUID, str]) -> dict[str, object]:
    icon, tone, text = STEPS[step.what]
    who = names.get(step.by_user_id, SOMEBODY) if step.by_user_id else A_PROGRAM
    sentence = text.format(who=who)
    return {"at": step.at, "icon": icon, "tone": tone, "text": sentence, "detail": days(step.from_on, step.until_on)}
