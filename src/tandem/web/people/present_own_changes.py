"""What people ask for of their own record, and everything that waits for a decision, in the words of a page."""

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.urls import reverse

from tandem.people.bank_changes import WaitingBankChange
from tandem.people.leave_records import LeaveLine
from tandem.people.own_change_records import OwnChangeKind, OwnChangeOutcome, OwnChangeRecord, details_of_plain
from tandem.people.records import Address
from tandem.web.people import present, present_leave, present_payroll
from tandem.web.templatetags.tandem_ui import day
from tandem.web.xero.present import written

SOMEBODY = present_payroll.SOMEBODY
KINDS: Mapping[OwnChangeKind, str] = {OwnChangeKind.DETAILS: "Details"}
STATES: Mapping[OwnChangeOutcome | None, tuple[str, str]] = {
    None: ("Waits for a decision", "warn"),
    OwnChangeOutcome.APPROVED: ("Approved", "good"),
    OwnChangeOutcome.REFUSED: ("Refused", "idle"),
    OwnChangeOutcome.WITHDRAWN: ("Taken back", "idle"),
    OwnChangeOutcome.REPLACED: ("Replaced by a newer one", "idle"),
}


def line(change: OwnChangeRecord, slug: str) -> dict[str, object]:
    """Return a request as the record shows it."""
    text, tone = STATES[change.outcome]
    return {
        "text": _what(change),
        "status": tone,
        "status_text": text,
        "when": written(change.decided_at or change.asked_at),
        "note": change.note,
        "url": _url(change, slug),
    }


def facts(change: OwnChangeRecord, names: Mapping[UUID, str]) -> dict[str, object]:
    """Return one request as its page shows it."""
    text, tone = STATES[change.outcome]
    return {
        "what": _what(change),
        "status": tone,
        "status_text": text,
        "who": names.get(change.asked_by_id, SOMEBODY),
        "when": written(change.asked_at),
        "decided_by": names.get(change.decided_by_id, SOMEBODY) if change.decided_by_id else "",
        "decided_at": written(change.decided_at) if change.decided_at else "",
        "note": change.note,
        "waits": change.outcome is None,
        "moved": present.listed([present.FIELD_WORDS[name] for name in change.moved]),
    }


def rows(change: OwnChangeRecord) -> list[dict[str, str]]:
    """Return what was in force beside what is asked for, as components/diff_table.html takes it."""
    before, after = details_of_plain(change.before), details_of_plain(change.after)
    return [
        {
            "field": present.FIELD_WORDS[name].capitalize(),
            "before": _text(name, before[name]),
            "after": _text(name, after[name]),
            "note": "",
        }
        for name in after
    ]


def _text(name: str, value: Any) -> str:
    if isinstance(value, Address):
        return present.one_line(value)
    if name == "gender":
        return present.GENDER_WORDS[value]
    return value if isinstance(value, str) else day(value)


def _what(change: OwnChangeRecord) -> str:
    words = present.listed([present.FIELD_WORDS[name] for name in change.fields])
    return f"{KINDS[change.kind]}: {words}"


def _url(change: OwnChangeRecord, slug: str) -> str:
    return reverse("own-change", args=[slug, change.employee_id, change.change_id])


def queue(
    own: Iterable[OwnChangeRecord],
    banks: Iterable[WaitingBankChange],
    leaves: Iterable[LeaveLine],
    names: Mapping[UUID, str],
    slug: str,
) -> list[dict[str, str]]:
    """Return everything that waits for a decision, the oldest first."""
    found = [
        *((one.asked_at, _of_own(one, names, slug)) for one in own),
        *((one.asked_at, _of_bank(one, names, slug)) for one in banks),
        *((one.asked_at, _of_leave(one, names, slug)) for one in leaves),
    ]
    return [{**row, "when": written(at)} for at, row in sorted(found, key=itemgetter(0))]


def _of_own(one: OwnChangeRecord, names: Mapping[UUID, str], slug: str) -> dict[str, str]:
    asker = names.get(one.asked_by_id, SOMEBODY)
    return {"what": _what(one), "name": one.full_name, "who": asker, "url": _url(one, slug)}


def _of_bank(one: WaitingBankChange, names: Mapping[UUID, str], slug: str) -> dict[str, str]:
    url = reverse("employee-bank", args=[slug, one.employee_id])
    return {"what": "Bank accounts", "name": one.full_name, "who": present_payroll.asker(one, names), "url": url}


def _of_leave(one: LeaveLine, names: Mapping[UUID, str], slug: str) -> dict[str, str]:
    terms = one.request.terms
    asker = names.get(one.asked_by_id, SOMEBODY) if one.asked_by_id else "Somebody in Xero"
    what = f"Leave: {present_leave.days(terms.from_on, terms.until_on)}"
    return {"what": what, "name": one.full_name, "who": asker, "url": present_leave.url(one, slug)}
