"""The vendor's support room: every account whose connection needs somebody, by state and cause."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from tandem.access.selectors import support_actor
from tandem.kernel.errors import NotFound, TandemError
from tandem.web.requests import Request, signed_in
from tandem.web.xero.present import written
from tandem.web.xero.timeline_words import CAUSES
from tandem.xero import facade
from tandem.xero.facade import ConnectionState, FleetRow

# What support sees first is what a person must act on.
ORDER = (
    ConnectionState.BROKEN,
    ConnectionState.UNPROVEN,
    ConnectionState.ATTENTION,
    ConnectionState.WAITING,
    ConnectionState.DISCONNECTED,
    ConnectionState.NOT_SET_UP,
    ConnectionState.CONNECTED,
)
NEEDS_SOMEBODY = frozenset(ORDER[:4])


def _guard(request: Request) -> None:
    """Hide the room from everybody but support staff."""
    if not (request.user.is_active and request.user.is_support):
        raise NotFound


@signed_in
def support_room(request: Request) -> HttpResponse:
    """List accounts by state and cause."""
    _guard(request)
    rows = facade.list_fleet(request.user.id)
    chosen = request.GET.get("state", "")
    shown = [row for row in rows if (row.state.value == chosen if chosen else row.state in NEEDS_SOMEBODY)]
    context = {"groups": _groups(shown), "filters": _filters(rows, chosen), "state": chosen}
    return render(request, "support/fleet.html", context)


def _filters(rows: Iterable[FleetRow], chosen: str) -> list[dict[str, object]]:
    here, every = reverse("support-room"), list(rows)
    needing = sum(row.state in NEEDS_SOMEBODY for row in every)
    found = [{"label": "Needs somebody", "url": here, "current": not chosen, "count": needing}]
    for state in ORDER:
        count = sum(row.state is state for row in every)
        if count:
            url = f"{here}?state={state.value}"
            found.append({"label": state.label, "url": url, "current": chosen == state.value, "count": count})
    return found


def _groups(rows: Iterable[FleetRow]) -> list[dict[str, object]]:
    by_cause: dict[tuple[int, str], list[FleetRow]] = defaultdict(list)
    for row in rows:
        by_cause[ORDER.index(row.state), row.cause].append(row)
    return [_group(ORDER[rank], cause, found) for (rank, cause), found in sorted(by_cause.items())]


def _group(state: ConnectionState, cause: str, rows: list[FleetRow]) -> dict[str, object]:
    return {
        "title": CAUSES.get(cause, state.label),
        "state": state.value,
        "count": len(rows),
        "sentence": state.label,
        "accounts": [_account(row) for row in sorted(rows, key=lambda row: row.name)],
    }


def _account(row: FleetRow) -> dict[str, object]:
    return {
        "name": row.name,
        "state_text": row.state.label
        if row.cause_is_certain or not row.cause
        else f"{row.state.label}; the cause is likely",
        "since": f"{written(row.since)} UTC" if row.since else "",
        "proved": f"{written(row.proved_at)} UTC" if row.proved_at else "",
        "send_url": reverse("support-send-way-out", args=[row.account_id]) if row.state in NEEDS_SOMEBODY else "",
    }


@require_POST
@signed_in
def support_send_way_out(request: Request, account_id: UUID) -> HttpResponse:
    """Send the administrators of one account the link that opens their reconnect page."""
    _guard(request)
    try:
        told = facade.send_way_out(support_actor(request.user, account_id=account_id))
    except TandemError as error:
        messages.error(request, error.public_message)
    else:
        who = "1 administrator" if told == 1 else f"{told} administrators"
        messages.success(request, f"The way out was sent to {who}.")
    return redirect("support-room")
