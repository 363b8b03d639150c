"""People twice on one side, and what a merge leaves, in the words of a page."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.urls import reverse

from tandem.flows.merging import MergePreview
from tandem.people.merge_rules import Origin, Survivor
from tandem.people.merging import MergeRecord
from tandem.people.records import Address, EmployeeRecord
from tandem.people.selectors import BranchRecord
from tandem.web.people.present import FIELD_WORDS, status_text
from tandem.web.templatetags.tandem_ui import counted, day
from tandem.web.xero.present import written
from tandem.web.xero.present_runs import employee_url
from tandem.xero import facade
from tandem.xero.facade import Side

KEPT, OTHER = Origin.KEPT.value, Origin.OTHER.value
SIDES = {Side.HR: "In Tandem", Side.XERO: "In Xero"}


def duplicates(slug: str, page: facade.duplicates.DuplicatesPage, names: Mapping[UUID, str]) -> dict[str, object]:
    """Return the groups of both sides, and what was said of others."""
    return {
        "here": [_group_here(slug, why, [(one.record, one.is_linked) for one in group]) for why, group in page.ours],
        "in_xero": [
            {
                "why": why,
                "name": group[0].person.full_name,
                "people": [
                    {
                        "id": one.person.xero_employee_id,
                        "born": day(one.person.date_of_birth),
                        "started": day(one.person.start_on),
                        "ended": day(one.person.termination.on) if one.person.termination else "",
                        "email": one.person.email,
                        "linked": one.linked_to,
                    }
                    for one in group
                ],
            }
            for why, group in page.theirs
        ],
        "here_cut": page.here - len(page.ours),
        "in_xero_cut": page.in_xero - len(page.theirs),
        "apart": [_apart(slug, one, names) for one in page.apart],
        "apart_url": reverse("match-apart", args=[slug]),
        "back_url": reverse("match-list", args=[slug]),
    }


def _apart(slug: str, found: facade.duplicates.Apart, names: Mapping[UUID, str]) -> dict[str, object]:
    return {
        "people": ", ".join(found.names),
        "side": SIDES[found.side],
        "by": names.get(found.by_user_id, "Somebody who no longer has access") if found.by_user_id else "",
        "decided_at": found.decided_at,
        "again_url": reverse("match-apart-again", args=[slug, found.apart_id]),
    }


def _group_here(slug: str, why: str, group: Sequence[tuple[EmployeeRecord, bool]]) -> dict[str, object]:
    records = [record for record, _ in group]
    return {
        "why": why,
        "name": records[0].full_name,
        "people": [
            {
                "id": record.employee_id,
                "name": _named(record),
                "url": employee_url(slug, record.employee_id),
                "born": day(record.date_of_birth),
                "started": day(record.start_on),
                "status": status_text(record),
                "is_linked": is_linked,
                "merges": [
                    {"label": _named(other), "url": _merge_url(slug, record, other)}
                    for other in records
                    if other is not record
                ],
            }
            for record, is_linked in group
        ],
    }


def _merge_url(slug: str, kept: EmployeeRecord, other: EmployeeRecord) -> str:
    return f"{reverse('match-merge', args=[slug])}?keep={kept.employee_id}&other={other.employee_id}"


def _named(record: EmployeeRecord) -> str:
    return f"{record.full_name} {record.employee_number}".strip()


def merge(slug: str, found: MergePreview, branches: Iterable[BranchRecord], *, days: int) -> dict[str, Any]:
    """Return the page before a merge: what survives field by field, and what else it touches."""
    names = {branch.branch_id: branch.name for branch in branches}
    return {
        "kept": _named(found.kept),
        "other": _named(found.other),
        "kept_url": employee_url(slug, found.kept.employee_id),
        "other_url": employee_url(slug, found.other.employee_id),
        "seen_kept": found.kept.revision,
        "seen_other": found.other.revision,
        "fields": [_field(one, names) for one in found.survivors if one.kept != one.other],
        "obstacle": found.obstacle,
        "points": _points(found, days),
        "swap_url": _merge_url(slug, found.other, found.kept),
        "back_url": reverse("match-duplicates", args=[slug]),
        "problems": [],
    }


def _field(one: Survivor, branches: Mapping[UUID, str]) -> dict[str, object]:
    return {
        "name": one.field,
        "label": FIELD_WORDS[one.field].capitalize(),
        "kept": _words(one.kept, branches),
        "other": _words(one.other, branches),
        "origin": one.origin.value,
        "is_choice": one.is_choice,
    }


def _words(value: object, branches: Mapping[UUID, str]) -> str:
    if isinstance(value, Address):
        parts = (value.line1, value.line2, value.suburb, f"{value.state} {value.postcode}".strip(), value.country)
        return ", ".join(part for part in parts if part)
    if isinstance(value, UUID):
        return branches.get(value, "A branch that is gone")
    if value is None or isinstance(value, str):
        return str(value or "").replace("_", " ")
    return day(value)  # type: ignore[arg-type]  # what is left is a date


def keep_choices(fields: Iterable[Mapping[str, object]], chosen: Mapping[str, Origin]) -> list[dict[str, object]]:
    """Return the fields with what was chosen before something was refused."""
    return [
        {**field, "origin": OTHER if str(field["name"]) in chosen else KEPT} if field["is_choice"] else dict(field)
        for field in fields
    ]


def _points(found: MergePreview, days: int) -> list[str]:
    other = _named(found.other)
    points = [
        f"{_named(found.kept)} keeps its employee ID, its status, its bank accounts, super and tax, and its history.",
        f"{other} goes to the recycle bin with everything else it holds: bank accounts, super, tax, absences, planned "
        "changes. None of that is added to the record that is kept.",
        "Leave that was asked for on that record goes over to the one that is kept.",
        "A sign-in linked to that record loses this account.",
        f"The merge can be undone from the recycle bin for {days} days. After that the other record is gone for good.",
    ]
    if found.link_moves:
        points.insert(1, "Its link to Xero moves to the record that is kept; the next run compares the values anew.")
    elif found.is_kept_linked:
        points.insert(1, "The link to Xero stays. What changes here is sent, or asked about, as your settings say.")
    if found.holds_xero:
        points.append("Its person holds a key to Xero: a hand-over task opens.")
    return points


def unmerging(slug: str, found: MergeRecord) -> dict[str, object]:
    """Return the page before a merge is undone."""
    taken = counted(len(found.fields), "value,values")
    points = [
        f"{found.other_name} comes back from the recycle bin as it was, with the access of somebody who has not left.",
        f"{found.kept_name} gets back what it held before, where it still holds what the merge gave it: {taken}.",
        "What was edited since stays as it is now. Leave that came over with the merge goes back.",
    ]
    if found.moved_link is not None:
        points.append("The link to Xero goes back to that record, unless it was undone meanwhile.")
    return {
        "heading": "Undo a merge",
        "title": f"{found.other_name}, merged into {found.kept_name}",
        "text": f"Merged {written(found.merged_at)}.",
        "points": points,
        "label": "Undo the merge",
        "danger": True,
        "back_url": reverse("employee-bin", args=[slug]),
    }


def left_text(left: Sequence[str]) -> str:
    """Say which fields an undo left alone."""
    if not left:
        return ""
    return f"Edited since, so left as they are: {', '.join(FIELD_WORDS[name] for name in left)}."
