"""Xero's calls in the words and bars of a page."""

from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone

from tandem.kernel import clock
from tandem.web.templatetags.tandem_ui import moment
from tandem.xero.facade import CallSpending, DaySpent, Share

LABELS: Mapping[Share, str] = {
    Share.READS: "Imports",
    Share.WRITES: "Exports",
    Share.PEOPLE: "People",
    Share.PROBES: "Checks",
}
DETAILS: Mapping[Share, str] = {
    Share.READS: "what the others leave",
    Share.PEOPLE: "consents and buttons",
    Share.PROBES: "whether it works",
}
TONES: Mapping[Share, str] = {
    Share.READS: "imports",
    Share.WRITES: "exports",
    Share.PEOPLE: "people",
    Share.PROBES: "checks",
}
NAMES: Mapping[Share, str] = {
    Share.READS: "imports",
    Share.WRITES: "exports",
    Share.PEOPLE: "people",
    Share.PROBES: "checks",
}
COLUMN, HIGH, DAYS = 10, 40, 14


def calls(spending: CallSpending) -> dict[str, object]:
    """Return what components/calls_bar.html shows."""
    today = spending.today
    return {
        "used": f"{today.total if today else 0:,}",
        "limit": f"{spending.limit:,}",
        "sentence": _sentence(spending),
        "parts": _parts(spending),
        "rows": _rows(spending),
        "days": _days(spending),
    }


def _sentence(spending: CallSpending) -> str:
    if spending.resets_at is None:
        return "No call was made today. A day begins with its first call and lasts 24 hours."
    left = max(0, spending.limit - (spending.today.total if spending.today else 0))
    return f"{left:,} left until {moment(timezone.localtime(spending.resets_at))}, when Xero's day begins anew."


def _rows(spending: CallSpending) -> list[dict[str, str]]:
    today = spending.today
    rows = [
        {
            "label": label,
            "detail": DETAILS.get(share, ""),
            "tone": TONES[share],
            "used": f"{today.by.of(share) if today else 0:,}",
            "kept": f"{spending.still_kept(share):,}" if spending.kept.of(share) else "none",
        }
        for share, label in LABELS.items()
    ]
    if today and today.uncounted:
        rows.append(
            {
                "label": "Others",
                "detail": "counted by Xero alone",
                "tone": "others",
                "used": f"{today.uncounted:,}",
                "kept": "none",
            }
        )
    return rows


def _parts(spending: CallSpending) -> list[dict[str, object]]:
    """Return the bar: what was used from the left, what is kept from the right, never more than there is."""
    parts: list[dict[str, object]] = []
    limit, today = max(1, spending.limit), spending.today
    used = [(TONES[share], today.by.of(share)) for share in LABELS] if today else []
    used += [("others", today.uncounted)] if today else []
    x = 0.0
    for tone, count in used:
        width = min(100 - x, 100 * count / limit)
        parts.append({"tone": tone, "x": _number(x), "width": _number(width)})
        x += width
    kept = min(100 - x, 100 * sum(spending.still_kept(share) for share in LABELS) / limit)
    parts.append({"tone": "kept", "x": _number(100 - kept), "width": _number(kept)})
    return parts


def _days(spending: CallSpending) -> list[dict[str, str]]:
    return [_day(day, limit=max(1, spending.limit)) for day in spending.earlier]


def _day(day: DaySpent, *, limit: int) -> dict[str, str]:
    """Return a line of the table, and its column: yesterday stands on the right."""
    started_at = timezone.localtime(day.started_at)
    height = max(0.5, HIGH * min(1.0, day.total / limit))
    return {
        "label": moment(started_at),
        "total": f"{day.total:,}",
        "text": _text(day),
        "x": _number(COLUMN * (DAYS - _days_ago(started_at)) + 1),
        "y": _number(HIGH - height),
        "height": _number(height),
    }


def _days_ago(started_at: datetime) -> int:
    ago = (timezone.localtime(clock.now()).date() - started_at.date()).days
    return min(DAYS, max(1, ago))


def _text(day: DaySpent) -> str:
    return ", ".join(f"{day.by.of(share):,} for {name}" for share, name in NAMES.items() if day.by.of(share))


def _number(value: float) -> str:
    """Write a number as a drawing takes it, whatever the language of the page."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
