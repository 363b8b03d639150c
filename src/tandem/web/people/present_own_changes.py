"""What people ask for of their own record, and everything that waits for a decision, in the words of a page."""

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import zip_longest
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.urls import reverse

from tandem.people.bank_changes import WaitingBankChange
from tandem.people.leave_records import LeaveLine
from tandem.people.own_change_records import (
    AMOUNTS,
    ANSWER,
    MEMBERSHIPS,
    OwnChangeKind,
    OwnChangeOutcome,
    OwnChangeRecord,
    Plain,
    memberships_of_plain,
)
from tandem.people.payroll_records import SuperMembership
from tandem.people.records import Address
from tandem.web.people import payroll_words, present, present_leave, present_payroll
from tandem.web.templatetags.tandem_ui import day
from tandem.web.xero.present import written

SOMEBODY = present_payroll.SOMEBODY
KINDS: Mapping[OwnChangeKind, str] = {OwnChangeKind.DETAILS: "Details", OwnChangeKind.TAX: "Tax"}
FIELD_WORDS: Mapping[str, str] = {
    **present.FIELD_WORDS,
    MEMBERSHIPS: "super funds",
    ANSWER: "tax file number",
    "residency": "residency",
    "tax_scale": "tax scale",
    "work_condition": "work of an artist or entertainer",
    "senior_status": "how a senior or pensioner lives",
    "country_of_residence": "country",
    "tax_free_threshold": "tax-free threshold",
    "student_debt": "study or training loan",
    "tax_offset": "tax offset",
    "extra_withholding": "extra tax of each pay",
    "withholding_variation": "withholding variation",
}
CHOICES: Mapping[str, Mapping[str, str]] = {
    "gender": present.GENDER_WORDS,
    "residency": {one.value: text for one, text in payroll_words.RESIDENCIES.items()},
    "tax_scale": {one.value: text for one, text in payroll_words.SCALES.items()},
    "work_condition": {one.value: text for one, text in payroll_words.CONDITIONS.items()},
    "senior_status": {one.value: text for one, text in payroll_words.SENIORS.items()},
}
EXEMPTIONS = {one.value: text for one, text in payroll_words.EXEMPTIONS.items()}
STATES: Mapping[OwnChangeOutcome | None, tuple[str, str]] = {
    None: ("Waits for a decision", "warn"),
    OwnChangeOutcome.APPROVED: ("Approved", "good"),
    OwnChangeOutcome.REFUSED: ("Refused", "idle"),
    OwnChangeOutcome.WITHDRAWN: ("Taken back", "idle"),
    OwnChangeOutcome.LAPSED: ("Not decided in time", "idle"),
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
        "moved": present.listed([FIELD_WORDS[name] for name in change.moved]),
    }


def rows(change: OwnChangeRecord) -> list[dict[str, str]]:
    """Return what was in force beside what is asked for, as components/diff_table.html takes it."""
    if change.kind is OwnChangeKind.SUPER and change.after:
        return _fund_rows(change.before[MEMBERSHIPS], change.after[MEMBERSHIPS])
    return [
        _row(FIELD_WORDS[name].capitalize(), _text(name, change.before[name]), _text(name, after))
        for name, after in change.after.items()
    ]


def _row(field: str, before: str, after: str) -> dict[str, str]:
    note = "The number changes" if before == after else ""
    return {"field": field, "before": before, "after": after, "note": note}


def _fund_rows(before: Iterable[Plain], after: Iterable[Plain]) -> list[dict[str, str]]:
    pairs = zip_longest(memberships_of_plain(before), memberships_of_plain(after))
    return [
        {**_row(f"Super fund {place}", _fund(old), _fund(new)), "note": "Does not change" if old == new else ""}
        for place, (old, new) in enumerate(pairs, 1)
    ]


def _fund(one: SuperMembership | None) -> str:
    if one is None:
        return ""
    numbers = f"USI {one.fund.usi}" if one.fund.usi else f"ABN {one.fund.abn}"
    return ", ".join(filter(None, [one.fund.name, numbers, f"member {one.member_number}"]))


def _text(name: str, value: Any) -> str:
    if name in CHOICES:
        return CHOICES[name].get(value, "")
    if name == ANSWER:
        return EXEMPTIONS.get(value["exemption"], "") or (f"Ends in {value['ending']}" if value["ending"] else "")
    if name in AMOUNTS and value is not None:
        return f"{value} per cent" if name == "withholding_variation" else f"${value}"
    if name == "home_address":
        return present.one_line(Address(**value))
    if name == "date_of_birth":
        return day(date.fromisoformat(value)) if value else ""
    return value if isinstance(value, str) else present_payroll.FLAG_WORDS[value]


def _what(change: OwnChangeRecord) -> str:
    if change.kind is OwnChangeKind.SUPER:
        return "Super funds"
    words = present.listed([FIELD_WORDS[name] for name in change.fields])
    return f"{KINDS[change.kind]}: {words}"


def waiting(changes: Iterable[OwnChangeRecord], kind: OwnChangeKind, slug: str) -> dict[str, str]:
    """Return what a tab says of a request of one kind that waits; nothing where none does."""
    for change in changes:
        if change.kind is kind and change.outcome is None:
            return {"text": f"A change waits for approval. {_what(change)}.", "url": _url(change, slug)}
    return {}


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
