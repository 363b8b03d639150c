"""One account in the words of the support room. Headlines that name somebody are left to the account's own pages."""

from collections.abc import Mapping
from datetime import datetime

from django.urls import reverse

from tandem.web.support.present_fleet import utc
from tandem.web.templatetags.tandem_ui import day
from tandem.web.xero import present
from tandem.xero.facade import CAUSES, NEEDS_SOMEBODY, ConnectionState, FleetAccount, Health

KINDS: Mapping[str, str] = {
    "refresh": "Renewal of the sign-in",
    "connections": "List of connections",
    "organisation": "Organisation",
    "payroll": "Payroll",
    "list": "List of people",
    "detail": "One person",
    "write": "Write",
    "vault": "Stored sign-in",
}
NEXT: Mapping[ConnectionState, str] = {
    ConnectionState.NOT_SET_UP: "Nothing is broken: nobody has connected Xero yet.",
    ConnectionState.CONNECTED: "Nothing needs to be done.",
    ConnectionState.DISCONNECTED: "An administrator connects again when the link is wanted.",
    ConnectionState.ATTENTION: "An administrator opens the connection page and does what it says there.",
    ConnectionState.UNPROVEN: "Look at the last calls below; the next probe decides.",
    ConnectionState.WAITING: "Tandem goes on by itself.",
}


def account(found: FleetAccount) -> dict[str, object]:
    """Return the context of the page."""
    health = found.health
    return {
        "name": found.name,
        "bundle_url": reverse("support-bundle", args=[found.account_id]),
        "write_url": f"{reverse('support-outreach-new')}?account={found.account_id}"
        if health.state in NEEDS_SOMEBODY
        else "",
        "state": health.state.value,
        "state_text": present.state_text(health),
        "cause": _cause(health),
        "proved": utc(found.proved_at),
        "needed_by": day(found.authoriser_needed_by) if found.authoriser_needed_by else "",
        "lights": present.lights(health),
        "evidence": [
            {
                "at": utc(line.at),
                "kind": KINDS.get(line.request_kind, line.request_kind),
                "answer": line.answer.replace("_", " "),
                "status": line.status or "",
                "correlation_id": line.correlation_id,
            }
            for line in found.evidence
        ],
        "timeline": present.timeline(found.timeline, {}),
    }


def _cause(health: Health) -> dict[str, object]:
    entry = CAUSES.get(health.cause) if health.cause else None
    title = entry.title if entry else health.state.label
    is_plain = health.certain or health.cause is None or health.cause.value == "unknown"
    return {
        "title": title if is_plain else f"Most likely: {title[:1].lower()}{title[1:]}",
        "because": entry.remedy if entry else NEXT.get(health.state, "An administrator opens the connection page."),
        "tone": present.TONES.get(health.state, "info"),
        "facts": _facts(health.since, health.resumes_at),
    }


def _facts(since: datetime | None, resumes_at: datetime | None) -> list[str]:
    said = [f"Since {utc(since)}."] if since else []
    return [*said, f"Tandem goes on by itself at {utc(resumes_at)}."] if resumes_at else said
