"""Letters, who gets them and what came of them, in the words of a page. No person is named."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

from django.urls import reverse

from tandem.web.support.present_fleet import Chosen, utc
from tandem.web.templatetags.tandem_ui import counted
from tandem.web.xero.timeline_words import CAUSES
from tandem.xero.facade import BULK_LIMIT, ConnectionState, Outcome, OutreachPage, OutreachPreview, OutreachResult

WHY_NOT: Mapping[Outcome, str] = {
    Outcome.NO_ADMINISTRATOR: "No administrator who stays. Ring the customer.",
    Outcome.WRITTEN_LATELY: "Written to in the last 24 hours.",
    Outcome.NOTHING_TO_DO: "Needs nobody any more.",
}
GREEN = frozenset({ConnectionState.CONNECTED, ConnectionState.ATTENTION})


def preview(found: Sequence[OutreachPreview], *, batch_id: UUID, chosen: Chosen, again: bool) -> dict[str, object]:
    """Return the context of the page that comes before sending."""
    reached = [one for one in found if one.outcome is Outcome.SENT]
    amount = sum(one.letters for one in reached)
    return {
        "batch_id": batch_id,
        "accounts": [_chosen(one) for one in found],
        "reached": len(reached),
        "letters": counted(amount, "letter,letters"),
        "accounts_text": counted(len(reached), "account,accounts"),
        "unreached": [{**_chosen(one), "why": WHY_NOT[one.outcome]} for one in found if one not in reached],
        "samples": _samples(reached or found),
        "again": again,
        "may_ask_again": any(one.outcome is Outcome.WRITTEN_LATELY for one in found),
        "is_cut": len(found) == BULK_LIMIT,
        "limit": BULK_LIMIT,
        "back_url": chosen.url(),
    }


def _chosen(one: OutreachPreview) -> dict[str, object]:
    return {
        "account_id": one.account_id,
        "name": one.name,
        "url": reverse("support-account", args=[one.account_id]),
        "letters": one.letters,
        "last": utc(one.last_sent_at),
        "state": one.state.value,
        "state_text": one.state.label,
    }


def _samples(found: Iterable[OutreachPreview]) -> list[dict[str, object]]:
    """Return one letter for each cause, as the first account of that cause gets it."""
    by_cause = groupby(sorted(found, key=lambda one: (one.cause, one.name)), key=lambda one: one.cause)
    return [
        {"cause": CAUSES.get(cause, first.state.label), "name": first.name, "wording": first.wording}
        for cause, group in by_cause
        for first in [next(group)]
    ]


def results(page: OutreachPage) -> dict[str, object]:
    """Return the context of the list of what came of it."""
    recovered = sum(row.recovered_at is not None for row in page.rows)
    return {
        "rows": [result(row) for row in page.rows],
        "page": page,
        "query": "",
        "recovered": recovered,
        "tabs": tabs(),
    }


def sent(rows: Sequence[OutreachResult]) -> dict[str, object]:
    """Return the context of the result of one sending."""
    written = [row for row in rows if row.outcome is Outcome.SENT]
    return {
        "rows": [result(row) for row in rows],
        "letters": counted(sum(row.letters for row in rows), "letter,letters"),
        "accounts_text": counted(len(written), "account,accounts"),
        "at": utc(rows[0].sent_at),
        "missed": len(rows) - len(written),
    }


def tabs() -> list[dict[str, object]]:
    """Return the two halves of the room."""
    return [
        {"label": "Accounts", "url": reverse("support-room")},
        {"label": "What came of it", "url": reverse("support-outreach"), "current": True},
    ]


def result(row: OutreachResult) -> dict[str, object]:
    """Return one account in one sending."""
    return {
        "name": row.name,
        "url": reverse("support-account", args=[row.account_id]),
        "batch_url": reverse("support-outreach-batch", args=[row.batch_id]),
        "at": utc(row.sent_at),
        "cause": CAUSES.get(row.cause, row.state_then.label),
        "letters": row.letters,
        "result": counted(row.letters, "letter,letters") if row.outcome is Outcome.SENT else WHY_NOT[row.outcome],
        "state": row.state_now.value,
        "state_text": row.state_now.label,
        "came": _came(row.sent_at, row.recovered_at, row.state_now),
    }


def _came(sent_at: datetime, recovered_at: datetime | None, state: ConnectionState) -> str:
    if recovered_at is None:
        return "Still needs somebody" if state not in GREEN else "Works"
    hours = round((recovered_at - sent_at).total_seconds() / 3600)
    after = counted(hours, "hour,hours") if hours else "less than an hour"
    return f"Recovered after {after}" if state in GREEN else f"Recovered after {after}, and needs somebody again"
