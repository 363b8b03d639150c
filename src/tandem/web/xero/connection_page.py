"""Everything the connection page shows, composed from the facade's answers."""

from django.conf import settings
from django.urls import reverse

from tandem.access.selectors import names_of
from tandem.kernel.permissions import Permission
from tandem.timeline.selectors import list_entries
from tandem.web.requests import Request
from tandem.web.templatetags.tandem_ui import counted
from tandem.web.xero import guest_links, present, present_calls, present_drills, present_keys, present_runs
from tandem.web.xero.timeline_words import CONNECTION_EVENTS
from tandem.xero import facade
from tandem.xero.facade import Authoriser, ConnectionPage, ConnectionState, SyncSummary, WaitingChange

RECENT = 8
WAITING_SHOWN = 10
NEVER_CONNECTED = frozenset({ConnectionState.NOT_SET_UP, ConnectionState.DISCONNECTED})


def connection_context(request: Request, page: ConnectionPage) -> dict[str, object]:
    """Return the context of the whole page."""
    slug, health = request.account.slug, page.health
    may_act = request.actor.may(Permission.MANAGE_INTEGRATION)
    is_linked = health.state not in NEVER_CONNECTED
    return {
        **present.light_context(health, slug),
        "connection": {
            "state": health.state.value,
            "state_text": present.state_text(health),
            "organisation": page.summary.organisation_name,
            "authorised_text": _authorised(page.primary),
        },
        "cause": present.cause(health, slug=slug, may_act=may_act),
        "connect_url": reverse("xero-connect", args=[slug]) if may_act and not is_linked else "",
        "was_disconnected": health.state is ConnectionState.DISCONNECTED,
        "settings_url": reverse("integration-settings", args=[slug]) if may_act else "",
        "disconnect_url": reverse("xero-disconnect", args=[slug]) if may_act and is_linked else "",
        "probe_url": reverse("xero-probe", args=[slug]) if is_linked else "",
        "run_url": reverse("run-new", args=[slug]) if may_act and is_linked else "",
        "bundle_url": reverse("xero-bundle", args=[slug]) if may_act and is_linked else "",
        **(_drills(request) if may_act else {}),
        "mfa_way_round": settings.TANDEM.demo,
        "leftovers": [f"{one.name}: {one.sentence} {facade.WHERE_TO_LOOK}" for one in page.leftovers],
        **_history(request),
        **(_linked(request, page, may_act=may_act) if page.connected_at else {}),
    }


def _drills(request: Request) -> dict[str, object]:
    drills = facade.list_drills(request.actor, limit=2)
    return {
        "drill_text": present_drills.last_text(drills),
        "drills_url": reverse("xero-drills", args=[request.account.slug]),
    }


def _authorised(primary: Authoriser | None) -> str:
    return f"Authorised by {primary.name}, {present.on(primary.authorised_at)}" if primary else ""


def _history(request: Request) -> dict[str, object]:
    entries = list_entries(request.actor, limit=RECENT, events=CONNECTION_EVENTS)
    names = names_of(request.actor, user_ids=[entry.actor_id for entry in entries if entry.actor_id])
    return {
        "timeline": present.timeline(entries, names),
        "timeline_url": reverse("xero-timeline", args=[request.account.slug]),
    }


def _linked(request: Request, page: ConnectionPage, *, may_act: bool) -> dict[str, object]:
    slug = request.account.slug
    waiting = facade.list_waiting_changes(request.actor)
    summary = facade.sync_summary(request.actor)
    chosen = facade.get_preferences(request.actor).preferences.as_json()
    return {
        "holders": present_keys.holders(request, page),
        "keys": present_keys.keys(page, slug=slug) if may_act else [],
        **(guest_links.links_context(request) if may_act else {}),
        "no_standby": present_keys.no_standby(page),
        "writes": present_keys.writes(request, page),
        "takeover": present_keys.takeover(facade.last_takeover(request.actor)),
        "work": _work(page, summary, slug) + _move(request) if may_act else [],
        "runs": [present_runs.row(slug, run) for run in facade.list_runs(request.actor, limit=RECENT)],
        "runs_url": reverse("run-list", args=[slug]),
        "waiting": _waiting(waiting, slug),
        "waiting_text": counted(len(waiting), "person,people"),
        "calls": present_calls.calls(facade.call_spending(request.actor)),
        "settings": present.settings_in_force(chosen),
        "lists_url": reverse("xero-lists", args=[slug]),
        "move_url": reverse("xero-move", args=[slug]) if may_act else "",
        # Somebody has just allowed another organisation than the one that is linked.
        "offers_move": may_act and "wrong" in request.GET,
        "receipt_url": reverse("xero-receipt", args=[slug, page.receipt_id]) if page.receipt_id else "",
    }


def _work(page: ConnectionPage, summary: SyncSummary, slug: str) -> list[dict[str, object]]:
    differing = len(page.differences) if page.primary else 0
    shown = (
        (
            int(summary.gap_is_open),
            "Gap report",
            "Both sides compared; nothing is written before it is approved",
            "gap-report",
        ),
        (differing, "Restore the settings you had before", "They differ from the settings in force", "xero-restore"),
        (summary.open_conflicts, "Conflicts", "Both sides changed the same field", "conflict-list"),
        (summary.open_proposals, "Matches", "People who may be the same on both sides", "match-list"),
    )
    return [
        {"count": count, "label": label, "text": text, "url": reverse(name, args=[slug])}
        for count, label, text, name in shown
        if count
    ]


def _move(request: Request) -> list[dict[str, object]]:
    """Return the move that waits for a second person, or for its consent."""
    move = facade.find_move(request.actor)
    if move is None or not move.standing.is_open:
        return []
    waits = move.standing is facade.MoveStanding.WAITING
    text = "Another administrator has to approve it" if waits else "Approved: allow that organisation at Xero"
    url = reverse("xero-move", args=[request.account.slug])
    return [{"count": 1, "label": f"Move to {move.to_name}", "text": text, "url": url}]


def _waiting(waiting: list[WaitingChange], slug: str) -> list[dict[str, object]]:
    return [
        {"person": change.person, "url": present_runs.employee_url(slug, change.employee_id), **line}
        for change in waiting[:WAITING_SHOWN]
        for line in present_runs.lines(change.changes)
        or [{"field": "New in Xero", "before": "", "after": "will be added"}]
    ]
