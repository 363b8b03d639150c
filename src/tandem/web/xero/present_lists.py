"""Xero's lists in the words of a page."""

from collections.abc import Mapping, Sequence
from datetime import date

from tandem.people.selectors import BranchRecord
from tandem.web.templatetags.tandem_ui import counted, day
from tandem.web.xero.present import on, written
from tandem.xero.facade import CatalogPage, ListKind

TITLES: Mapping[ListKind, tuple[str, str]] = {
    ListKind.LEAVE_TYPES: ("Leave types", "What leave is asked for from."),
    ListKind.EARNINGS_RATES: ("Earnings rates", "What hours are paid with."),
    ListKind.PAY_CALENDARS: ("Pay calendars", "When people are paid."),
    ListKind.SUPER_FUNDS: ("Super funds", "What a membership is picked from."),
    ListKind.EMPLOYEE_GROUPS: (
        "Employee groups",
        "Each stands for the branch that has its name as Integration API Key, chosen on the tab Branches.",
    ),
}
CALENDARS: Mapping[str, str] = {
    "WEEKLY": "Weekly",
    "FORTNIGHTLY": "Every two weeks",
    "FOURWEEKLY": "Every four weeks",
    "MONTHLY": "Monthly",
    "TWICEMONTHLY": "Twice a month",
    "QUARTERLY": "Every three months",
}
WHY_NOT: Mapping[str, str] = {
    "xero_missing_scope": "The consent does not let Tandem read it. Reconnect and allow everything that Xero's page lists.",
    "xero_forbidden": "Xero refused it to the person who authorised.",
    "must_wait": "The calls that are left are kept for other work. It is asked for again at night.",
}
NO_ANSWER = "Xero did not give it when it was asked last."


def cards(pages: Sequence[CatalogPage], branches: Sequence[BranchRecord]) -> list[dict[str, object]]:
    """Return one card for each list: title, about, when it was read, why not, rows (name, detail, state)."""
    return [_card(page, branches) for page in pages]


def _card(page: CatalogPage, branches: Sequence[BranchRecord]) -> dict[str, object]:
    title, about = TITLES[page.kind]
    return {
        "title": title,
        "about": about,
        "read": f"Read {written(page.read_at)}" if page.read_at else "Not read yet",
        "count": counted(sum(one.entry.is_current for one in page.entries), "entry,entries"),
        "trouble": WHY_NOT.get(page.code, NO_ANSWER) if page.code else "",
        "rows": [
            {
                "name": one.entry.name or "(without a name)",
                "detail": _detail(page.kind, one.entry.name, one.entry.facts, branches),
                "state": _state(is_current=one.entry.is_current, gone=on(one.gone_since)),
            }
            for one in page.entries
        ],
    }


def _state(*, is_current: bool, gone: str) -> str:
    if gone:
        return f"Not in Xero any more, noticed {gone}"
    return "" if is_current else "Not offered any more"


def _detail(kind: ListKind, name: str, facts: Mapping[str, str], branches: Sequence[BranchRecord]) -> str:
    if kind is ListKind.PAY_CALENDARS:
        paid = f"payment date {day(date.fromisoformat(facts['paid_on']))}" if facts.get("paid_on") else ""
        return ", ".join(filter(None, [CALENDARS.get(facts.get("type", ""), facts.get("type", "")), paid]))
    if kind is ListKind.SUPER_FUNDS:
        return f"USI {facts['usi']}" if facts.get("usi") else f"ABN {facts.get('abn') or 'not given'}"
    if kind is ListKind.EMPLOYEE_GROUPS:
        known = [one.name for one in branches if one.integration_api_key.casefold() == name.casefold()]
        return f"Branch: {' and '.join(known)}" if known else "No branch has it"
    return facts.get("unit", "").lower()
