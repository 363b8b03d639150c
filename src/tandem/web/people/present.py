"""Employees in the words of a page."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse

from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.people import own_changes
from tandem.people.records import Address, EmployeeRecord, EmployeeStatus
from tandem.people.selectors import BranchRecord, HistoryEntry
from tandem.web.people.forms import GENDERS, REASON_WORDS
from tandem.web.templatetags.tandem_ui import day

GENDER_WORDS = dict(GENDERS)
STATUS_WORDS = {
    EmployeeStatus.CURRENT: "Current",
    EmployeeStatus.TERMINATING: "Terminating",
    EmployeeStatus.TERMINATED: "Terminated",
}
FIELD_WORDS = {
    "employee_number": "employee ID",
    "payroll_details": "payroll details",
    "title": "title",
    "first_name": "first name",
    "middle_names": "middle names",
    "last_name": "last name",
    "preferred_name": "preferred name",
    "date_of_birth": "date of birth",
    "gender": "gender",
    "home_address": "home address",
    "phone": "phone",
    "mobile": "mobile",
    "work_email": "work email",
    "home_email": "home email",
    "job_title": "job title",
    "start_on": "start date",
    "branch_id": "branch",
    "status": "status",
    "termination_on": "last day",
    "termination_reason": "reason for leaving",
    "termination_is_private": "whether the leaving is public",
    "contract_ends_on": "end of contract",
    "deleted_at": "recycle bin",
}
PAYROLL_TABS = (
    ("Bank", "employee-bank", Permission.VIEW_SELF),
    ("Super", "employee-super", Permission.VIEW_SELF),
    ("Tax", "employee-tax", Permission.VIEW_SELF),
    ("Leave", "employee-leave", Permission.VIEW_SELF),
)


def status_text(employee: EmployeeRecord) -> str:
    """Return the status with its date."""
    if employee.status is EmployeeStatus.CURRENT:
        return "Current"
    return f"{STATUS_WORDS[employee.status]} {day(employee.termination_on)}"


def row(employee: EmployeeRecord) -> dict[str, object]:
    """Return what a list shows of one employee."""
    return {
        "employee_id": employee.employee_id,
        "name": f"{employee.last_name}, {employee.preferred_name or employee.first_name}",
        "number": employee.employee_number,
        "job_title": employee.job_title,
        "start_on": employee.start_on,
        "status": employee.status,
        "status_text": status_text(employee),
    }


def heading(employee: EmployeeRecord) -> dict[str, object]:
    """Return what stands above every tab of a record."""
    return {**row(employee), "name": employee.full_name}


def statuses(chosen: EmployeeStatus | None) -> list[dict[str, object]]:
    """Return the options of the status filter."""
    every = [("", "Every status"), *((status.value, words) for status, words in STATUS_WORDS.items())]
    return [{"value": value, "label": label, "chosen": value == (chosen or "")} for value, label in every]


def sections(employee: EmployeeRecord, branches: Iterable[BranchRecord]) -> list[dict[str, object]]:
    """Return the facts of the Details tab."""
    names = {branch.branch_id: branch.name for branch in branches}
    return [
        _section(
            "Name",
            ("Title", employee.title),
            ("First name", employee.first_name),
            ("Middle names", employee.middle_names),
            ("Last name", employee.last_name),
            ("Preferred name", employee.preferred_name),
            ("Date of birth", day(employee.date_of_birth)),
            ("Gender", GENDER_WORDS[employee.gender.value]),
        ),
        _section(
            "Contact",
            ("Work email", employee.work_email),
            ("Home email", employee.home_email),
            ("Mobile", employee.mobile),
            ("Phone", employee.phone),
            ("Home address", one_line(employee.home_address)),
        ),
        _section(
            "Job",
            ("Employee ID", employee.employee_number),
            ("Job title", employee.job_title),
            ("Start date", day(employee.start_on)),
            ("Branch", names.get(employee.branch_id, "") if employee.branch_id else ""),
        ),
        *_leaving(employee),
    ]


def _leaving(employee: EmployeeRecord) -> list[dict[str, object]]:
    if employee.status is EmployeeStatus.CURRENT:
        return []
    reason = employee.termination_reason
    return [
        _section(
            "Leaving",
            ("Last day", day(employee.termination_on)),
            ("Reason", REASON_WORDS[reason.value] if reason else ""),
            ("Known to", "Only those who may see this record" if employee.termination_is_private else "Everybody"),
        )
    ]


def _section(title: str, *facts: tuple[str, str]) -> dict[str, object]:
    return {"title": title, "facts": [{"label": label, "value": value} for label, value in facts]}


def one_line(address: Address) -> str:
    """Return an address on one line."""
    place = " ".join(part for part in (address.suburb, address.state, address.postcode) if part)
    return ", ".join(part for part in (address.line1, address.line2, place, address.country) if part)


def tabs(
    slug: str, employee_id: UUID, *, current: str, actor: Actor, has_payroll: bool = False
) -> list[dict[str, object]]:
    """Return the tabs of a record that the actor may open."""
    known = [
        ("Details", "employee-detail", Permission.VIEW_SELF),
        ("Employment", "employee-employment", Permission.VIEW_EMPLOYEES),
        *(PAYROLL_TABS if has_payroll else ()),
        ("History", "employee-history", Permission.VIEW_EMPLOYEES),
        ("Xero", "employee-xero", Permission.VIEW_INTEGRATION),
    ]
    return [
        {
            "label": label,
            "url": reverse(name, kwargs={"account": slug, "employee_id": employee_id}),
            "current": name == current,
        }
        for label, name, permission in known
        if actor.may(permission)
    ]


def history(entries: Iterable[HistoryEntry], names: Mapping[UUID, str]) -> list[dict[str, object]]:
    """Return the changes of a record as a timeline: who, which fields, through what; never the values."""
    return [
        {
            "at": entry.at,
            "icon": "plus" if entry.is_first else "edit",
            "tone": "good" if entry.is_first else "info",
            "text": f"{who(entry, names)} {_did(entry)}",
            "detail": came_through(entry.via),
        }
        for entry in entries
    ]


def who(entry: HistoryEntry, names: Mapping[UUID, str]) -> str:
    """Return who made a change."""
    return names.get(entry.by_user_id, "Somebody who no longer has access") if entry.by_user_id else "Tandem"


def _did(entry: HistoryEntry) -> str:
    if entry.is_first:
        return "added this record"
    words = [FIELD_WORDS[name] for name in entry.fields]
    return f"changed {listed(words)}" if words else "saved the record"


def listed(words: Sequence[str]) -> str:
    """Return words as they are read out: "a, b and c"."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def came_through(via: str) -> str:
    """Return what a change came through, in words."""
    if via.startswith("xero"):
        return "Imported from Xero"
    if via.startswith(own_changes.VIA):
        return "The person asked for it"
    return {
        "screen": "",
        "nightly": "The day after the last day of work",
        "file": "From a file",
        "api": "Through the API",
        "demo": "Set up for the demo",
        "merge": "With the merge of two records",
        "candidate": "From a candidate",
    }.get(via, via)


def leaving_points(employee: EmployeeRecord, *, today: date) -> list[str]:
    """Return what a termination does, for the page that asks for it."""
    return [
        f"Until the end of that day {employee.full_name} is Terminating and stays in every list of current people.",
        "The day after, the record becomes Terminated and the sign-in linked to it loses this account.",
        f"A day before today ({day(today)}) ends the employment, and the access, at once.",
        "The record and its history stay. You can reinstate.",
    ]


def returning_points(employee: EmployeeRecord) -> list[str]:
    """Return what taking a termination back does."""
    return [
        "The record becomes Current; the last day and the reason are cleared.",
        "If the termination ended a sign-in's access, that access returns.",
        f"What Xero holds of {employee.full_name} stays as it is until the next run that you approve or schedule.",
    ]


def query_without_page(query: QueryDict) -> str:
    """Return the query string for links to other pages of the same list."""
    kept = query.copy()
    kept.pop("page", None)
    return f"{kept.urlencode()}&" if kept else ""
