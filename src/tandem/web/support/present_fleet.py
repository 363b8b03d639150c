"""The support room in the words of a page: tabs, causes, ages of the last proof, accounts. No person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Self
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from tandem.web.xero.present import written
from tandem.web.xero.timeline_words import CAUSES
from tandem.xero.facade import ORDER, SILENT, Age, CauseLine, ConnectionState, FleetPage, FleetRow, Question, Tally

SILENT_TAB, NO_CAUSE = "silent", "none"
STATES: Mapping[str, ConnectionState] = {state.value: state for state in ORDER}
AGES: Mapping[Age, str] = {
    Age.FRESH: "Inside its window",
    Age.DAY: "Up to a day ago",
    Age.WEEK: "Up to a week ago",
    Age.OLDER: "More than a week ago",
    Age.NEVER: "Never",
}


@dataclass(frozen=True)
class Chosen:
    """What the address of the page asks for; nonsense is left out."""

    tab: str = ""
    cause: str = ""
    age: str = ""
    search: str = ""
    page: int = 1

    @classmethod
    def read(cls, query: QueryDict) -> Self:
        """Read the query of an address."""
        tab, cause, age, page = (query.get(name, "") for name in ("state", "cause", "age", "page"))
        return cls(
            tab=tab if tab in STATES or tab == SILENT_TAB else "",
            cause=cause if cause in CAUSES or cause == NO_CAUSE else "",
            age=age if age in AGES else "",
            search=query.get("search", "").replace("\x00", "").strip()[:120],
            page=int(page) if page.isdecimal() and len(page) < 7 else 1,
        )

    def question(self) -> Question:
        """Return what is asked of the fleet."""
        found = Question(search=self.search, page=self.page)
        if self.tab == SILENT_TAB:
            found = replace(found, states=ORDER, ages=SILENT)
        elif self.tab:
            found = replace(found, states=(STATES[self.tab],))
        if self.age:
            found = replace(found, ages=tuple(age for age in found.ages if age == self.age))
        return replace(found, cause="" if self.cause == NO_CAUSE else self.cause) if self.cause else found

    def query(self) -> str:
        """Return the query string without the page."""
        named = {"state": self.tab, "cause": self.cause, "age": self.age, "search": self.search}
        return urlencode({name: value for name, value in named.items() if value})

    def url(self) -> str:
        """Return the address of the list without the page."""
        query = self.query()
        return f"{reverse('support-room')}?{query}" if query else reverse("support-room")


def fleet(chosen: Chosen, page: FleetPage) -> dict[str, object]:
    """Return the context of the page."""
    question, query = chosen.question(), chosen.query()
    causes = page.tally.by_cause(question)
    return {
        "filters": _tabs(chosen, page.tally),
        "causes": [_cause(chosen, line) for line in causes] if len(causes) > 1 else [],
        "ages": _ages(chosen, page.tally),
        "groups": _groups(page.rows),
        "page": page,
        "query": f"{query}&" if query else "",
        "chosen": chosen,
        "cause_title": _title(chosen),
        "cause_left_url": replace(chosen, cause="").url(),
        "is_narrowed": bool(chosen.cause or chosen.age or chosen.search),
        "is_silent": chosen.tab == SILENT_TAB,
        "everything_url": reverse("support-room"),
        "letters_url": reverse("support-outreach"),
        "write_url": reverse("support-outreach-new"),
        "write_all_url": _write_all(chosen, page),
    }


def _write_all(chosen: Chosen, page: FleetPage) -> str:
    """Return the address that writes to everybody in the list, where that is one cause or those who are silent."""
    is_one_kind = bool(chosen.cause) or chosen.tab == SILENT_TAB
    return f"{reverse('support-outreach-new')}?all=1&{chosen.query()}" if is_one_kind and page.total > 1 else ""


def _title(chosen: Chosen) -> str:
    return "No cause named" if chosen.cause == NO_CAUSE else CAUSES.get(chosen.cause, "")


def _tabs(chosen: Chosen, tally: Tally) -> list[dict[str, object]]:
    names = {"": "Needs somebody", SILENT_TAB: "Silent", **{state.value: state.label for state in ORDER}}
    found = []
    for tab, label in names.items():
        own = Chosen(tab=tab, search=chosen.search)
        count = tally.count(own.question())
        if count or tab in ("", SILENT_TAB, chosen.tab):
            found.append({"label": label, "url": own.url(), "current": chosen.tab == tab, "count": count})
    return found


def _cause(chosen: Chosen, line: CauseLine) -> dict[str, object]:
    narrowed = Chosen(
        tab=chosen.tab if chosen.tab == SILENT_TAB else line.state.value,
        cause=line.cause or NO_CAUSE,
        age=chosen.age,
        search=chosen.search,
    )
    return {
        "title": CAUSES.get(line.cause, line.state.label),
        "state": line.state.value,
        "state_text": line.state.label,
        "count": line.accounts,
        "oldest": utc(line.oldest) or "Never proved",
        "url": narrowed.url(),
    }


def _ages(chosen: Chosen, tally: Tally) -> list[dict[str, object]]:
    asked = replace(chosen, age="")
    return [
        {"value": age.value, "label": label, "chosen": chosen.age == age, "count": tally.count(question)}
        for age, label in AGES.items()
        for question in [replace(asked, age=age.value).question()]
    ]


def _groups(rows: Iterable[FleetRow]) -> list[dict[str, object]]:
    return [
        _group(state, cause, list(found))
        for (state, cause), found in groupby(rows, key=lambda row: (row.state, row.cause))
    ]


def _group(state: ConnectionState, cause: str, rows: list[FleetRow]) -> dict[str, object]:
    return {
        "title": CAUSES.get(cause, state.label),
        "state": state.value,
        "state_text": state.label,
        "accounts": [_account(row) for row in rows],
    }


def _account(row: FleetRow) -> dict[str, object]:
    is_waiting = row.state.value in {state.value for state in Question().states}
    return {
        "account_id": row.account_id,
        "name": row.name,
        "url": reverse("support-account", args=[row.account_id]),
        "state_text": row.state.label
        if row.cause_is_certain or not row.cause
        else f"{row.state.label}; the cause is likely",
        "since": utc(row.since),
        "proved": utc(row.proved_at),
        "send_url": f"{reverse('support-outreach-new')}?account={row.account_id}" if is_waiting else "",
    }


def utc(at: datetime | None) -> str:
    """Write a moment, which in the support room is always in UTC."""
    return f"{written(at)} UTC" if at else ""
