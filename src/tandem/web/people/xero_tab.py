"""What a record's pages say about Xero: who holds the connection, how the record is linked, what waits."""

from django.urls import reverse

from tandem.kernel.permissions import Permission
from tandem.people.records import EmployeeRecord
from tandem.web.requests import Request
from tandem.web.templatetags.tandem_ui import day
from tandem.web.xero import present_handovers
from tandem.web.xero.present import written
from tandem.xero import facade
from tandem.xero.facade import HolderRecord, MatchPage


def holder_notice(request: Request, employee: EmployeeRecord) -> dict[str, object] | None:
    """Return the note that this person holds the connection, for those who may see the integration."""
    holder = facade.find_holder(request.actor, employee_id=employee.employee_id)
    if holder is None:
        return None
    slug, who = request.account.slug, employee.full_name
    tasks = [one for one in facade.list_handovers(request.actor) if one.employee_id == employee.employee_id]
    part = "stands by for" if holder.role == "standby" else "holds"
    likely = "" if holder.is_certain else "Most likely "
    found = {"title": f"{likely}{who} {part} the Xero connection", "text": _what_it_means(holder)}
    if tasks:
        due = f"{present_handovers.to_do(tasks[0])} Last safe day: {day(tasks[0].last_safe_on)}."
        url = reverse("handover-detail", args=[slug, tasks[0].task_id])
        return {**found, "text": f"{found['text']} {due}", "url": url, "label": "Hand over", "tone": "warn"}
    rest = "If they leave, somebody else must authorise first."
    url = reverse("xero-connection", args=[slug])
    return {**found, "text": f"{found['text']} {rest}", "url": url, "label": "See the connection", "tone": "info"}


def _what_it_means(holder: HolderRecord) -> str:
    if holder.role == "standby":
        return (
            "If the access of the one who carries the connection ends, Tandem goes on with the rights of this person."
        )
    return "Tandem reads and writes in Xero with the rights of this person."


def xero_panel(request: Request, employee: EmployeeRecord) -> dict[str, object]:
    """Return how this record is linked to Xero, and what of it waits to be exported."""
    link = next(iter(facade.list_matches(request.actor, employee_id=employee.employee_id)), None)
    waiting = facade.list_waiting_changes(request.actor, employee_id=employee.employee_id)
    lines = [line for change in waiting for line in change.changes]
    return {
        "state": "connected" if link else "not_set_up",
        "text": "Linked" if link else "Not linked",
        "detail": link.sentence
        if link
        else "No employee in Xero is linked to this record yet. A run links or creates one.",
        "linked_at": written(link.bound_at) if link else "",
        "last_read": written(link.read_at) if link and link.read_at else "",
        "sides": [{"field": line.label, "before": line.before, "after": line.after} for line in lines],
        "unlink_url": _unlink(request, link),
        "run_url": f"{reverse('run-new', kwargs={'account': request.account.slug})}?employee={employee.employee_id}",
    }


def _unlink(request: Request, link: MatchPage | None) -> str:
    may = request.actor.may(Permission.MANAGE_INTEGRATION)
    return reverse("match-undo", args=[request.account.slug, link.binding_id]) if link and may else ""
