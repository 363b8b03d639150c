"""What is said before something is saved about a person who holds the Xero connection. Whoever may save it may know why."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from tandem.people.prospects import ONLY_WARNS, ProspectKind
from tandem.people.records import EmployeeRecord
from tandem.web.requests import Request
from tandem.web.templatetags.tandem_ui import counted
from tandem.xero import facade
from tandem.xero.facade import HolderRecord

LAST_SAFE_DAY: Mapping[ProspectKind, str] = {
    ProspectKind.TERMINATION: "The last safe day is the last day of work that you enter below.",
    ProspectKind.CONTRACT_END: "The last safe day is the day on which the contract ends.",
    ProspectKind.POSITION_CHANGE: "The last safe day is the day before the new work begins, if it is no longer payroll.",
    ProspectKind.ABSENCE: "The last safe day is the day before the absence begins.",
    ProspectKind.DELETION: "The last safe day is today.",
    ProspectKind.LOCK: "The last safe day is today.",
}
SAVING_OPENS = "Saving opens a hand-over task. The administrators are told by when, in letters that do not say why."
AUTHORISE = "Another person with payroll access in Xero authorises the connection; settings and links stay."


@dataclass(frozen=True)
class Warned:
    """The warning as a page draws it."""

    title: str
    text: str
    last_safe_day: str
    points: tuple[str, ...]


def of_employee(request: Request, employee: EmployeeRecord, kind: ProspectKind) -> Warned | None:
    """Return the warning for a person by their record."""
    holder = facade.find_holder(request.actor, employee_id=employee.employee_id)
    return _warned(holder, employee.full_name, kind) if holder else None


def of_member(request: Request, *, membership_id: UUID, name: str, kind: ProspectKind) -> Warned | None:
    """Return the warning for a person by their sign-in."""
    holder = facade.find_holder_with_sign_in(request.actor, membership_id=membership_id)
    return _warned(holder, name, kind) if holder else None


def _warned(holder: HolderRecord, name: str, kind: ProspectKind) -> Warned:
    is_standby = holder.role == "standby"
    likely = "" if holder.is_certain else "Most likely "
    return Warned(
        title=f"{likely}{name} {'stands by for' if is_standby else 'holds'} the Xero connection",
        text=_text(is_standby=is_standby),
        last_safe_day=LAST_SAFE_DAY.get(kind) or _grace(),
        points=(_what_waits(holder, kind), *_when_it_opens(kind), SAVING_OPENS, AUTHORISE),
    )


def _text(*, is_standby: bool) -> str:
    if is_standby:
        return "This person's access would carry the connection if the first one's ended. Without it nobody stands by."
    return (
        "Tandem reads and writes in Xero with the rights of this person. When their access there ends, nothing flows."
    )


def _what_waits(holder: HolderRecord, kind: ProspectKind) -> str:
    """Say from when exports wait, and what else happens on that day."""
    if holder.role == "standby":
        return "Imports and exports go on with the access of whoever carries the connection."
    if kind in ONLY_WARNS:
        return "Imports and exports go on, for as long as Xero gives this person payroll."
    if holder.has_second:
        return "Another person stands by and carries on from that day by itself, while Xero gives them payroll."
    return "From the last safe day on exports wait until somebody else has authorised. Imports go on."


def _when_it_opens(kind: ProspectKind) -> tuple[str, ...]:
    if kind is ProspectKind.ABSENCE:
        length = counted(settings.TANDEM.handover.long_absence_days, "day,days")
        return (f"An absence counts from {length} on, or when nobody knows its end.",)
    if kind is ProspectKind.ROLE_CHANGE:
        return ("It counts when the last role that works with payroll is taken away.",)
    return ()


def _grace() -> str:
    return f"The last safe day is {counted(settings.TANDEM.handover.grace_days, 'day,days')} from today."
