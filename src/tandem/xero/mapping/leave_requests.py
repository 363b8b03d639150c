"""Leave applications: Xero's answer as a record, and ours as a request body. Pure.

Xero keeps the status on the pay periods that the leave falls in, and works the hours of each out by itself from the
pay calendar; Tandem sends none (xero.md 4.2).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from tandem.kernel.errors import Problem
from tandem.people.leave_records import LeaveTerms
from tandem.xero.client import wire_payroll as wire
from tandem.xero.client.moments import calendar_date, write_date
from tandem.xero.mapping.fields import clean, length_in_xero

TITLE_LENGTH = 50
DESCRIPTION_LENGTH = 200
NOBODYS = "Xero holds leave without a person or a leave type. Look at it in Xero."
NO_DATES = "Xero holds leave without readable dates. Look at it in Xero."
NEW_STATUS = "Xero gives this leave a status that Tandem does not know yet. It stays as it is."


class XeroLeaveStatus(StrEnum):
    """PART_PAID and PAID are leave that a posted pay run holds; UNKNOWN is a word, or a mixture, new to Tandem."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    PART_PAID = "part_paid"
    PAID = "paid"
    UNKNOWN = "unknown"


STATUSES: Mapping[frozenset[str], XeroLeaveStatus] = {
    frozenset({"REQUESTED"}): XeroLeaveStatus.REQUESTED,
    frozenset({"SCHEDULED"}): XeroLeaveStatus.APPROVED,
    frozenset({"REJECTED"}): XeroLeaveStatus.REJECTED,
    frozenset({"PROCESSED"}): XeroLeaveStatus.PAID,
    frozenset({"SCHEDULED", "PROCESSED"}): XeroLeaveStatus.PART_PAID,
}


@dataclass(frozen=True)
class LeaveType:
    """A leave type of the organisation's pay items; `is_current` False is one that was deleted there."""

    leave_type_id: UUID
    name: str
    unit: str
    is_current: bool


@dataclass(frozen=True)
class PaidPeriod:
    """A pay period that part of the leave falls in."""

    from_on: date | None
    until_on: date | None
    units: Decimal | None
    is_paid: bool


@dataclass(frozen=True)
class XeroLeave:
    """A leave application as Xero sent it; `sentences` say what was read with care."""

    application_id: UUID
    xero_employee_id: UUID
    terms: LeaveTerms
    status: XeroLeaveStatus
    is_cashed_out: bool = False
    periods: tuple[PaidPeriod, ...] = ()
    sentences: tuple[str, ...] = ()


def leave_types_from_xero(rows: Sequence[object]) -> tuple[LeaveType, ...]:
    """Return the leave types that can be chosen, and those that once could."""
    found, _ = wire.read_rows(wire.LeaveType, rows)
    return tuple(
        LeaveType(row.leave_type_id, clean(row.name), clean(row.type_of_units), row.current_record is not False)
        for row in found
        if row.leave_type_id
    )


def leave_from_xero(raw: object, *, time_zone: str) -> XeroLeave | str:
    """Return a leave application, or why this one stays in Xero."""
    found, _ = wire.read_rows(wire.LeaveApplication, [raw])
    row = found[0] if found else wire.LeaveApplication()
    if not (row.leave_application_id and row.employee_id and row.leave_type_id):
        return NOBODYS
    first, said_first = _day(row.start_date, time_zone)
    last, said_last = _day(row.end_date, time_zone)
    if first is None or last is None:
        return NO_DATES
    periods, _ = wire.read_rows(wire.LeavePeriod, row.leave_periods)
    status = status_of(periods)
    said_status = {NEW_STATUS} if status is XeroLeaveStatus.UNKNOWN else set()
    return XeroLeave(
        row.leave_application_id,
        row.employee_id,
        LeaveTerms(row.leave_type_id, first, last, clean(row.title), clean(row.description)),
        status,
        is_cashed_out=clean(row.pay_out_type).upper() == "CASHED_OUT",
        periods=tuple(_period(period, time_zone) for period in periods),
        sentences=tuple(sorted(said_first | said_last | said_status)),
    )


def _day(moment: datetime | str | None, time_zone: str) -> tuple[date | None, frozenset[str]]:
    """Return a day of leave: 22:00 UTC of the day before is the morning of the day in Sydney (xero.md 3.5)."""
    if not isinstance(moment, datetime):
        return None, frozenset()
    found = calendar_date(moment, time_zone)
    if not found.is_shifted:
        return found.on, frozenset()
    return found.on, frozenset({f"Xero sent the days of this leave with a time; Tandem took the dates in {time_zone}."})


def _period(row: wire.LeavePeriod, time_zone: str) -> PaidPeriod:
    units = row.number_of_units if isinstance(row.number_of_units, Decimal) else None
    is_paid = clean(row.leave_period_status).upper() == "PROCESSED"
    first, last = (_day(moment, time_zone)[0] for moment in (row.pay_period_start_date, row.pay_period_end_date))
    return PaidPeriod(first, last, units, is_paid)


def status_of(periods: Sequence[wire.LeavePeriod]) -> XeroLeaveStatus:
    """Return what became of leave from the statuses of its periods."""
    words = frozenset(clean(period.leave_period_status).upper() for period in periods)
    return STATUSES.get(words, XeroLeaveStatus.UNKNOWN)


def leave_to_xero(terms: LeaveTerms, *, xero_employee_id: UUID) -> dict[str, object]:
    """Return the body of a create or an update; the hours of each period are Xero's to work out."""
    body: dict[str, object] = {
        "EmployeeID": str(xero_employee_id),
        "LeaveTypeID": str(terms.leave_type_id),
        "Title": clean(terms.title),
        "StartDate": write_date(terms.from_on),
        "EndDate": write_date(terms.until_on),
    }
    if clean(terms.description):
        body["Description"] = clean(terms.description)
    return body


def check_leave(terms: LeaveTerms, *, leave_types: Sequence[LeaveType]) -> list[Problem]:
    """Return everything that Xero would refuse about leave, in HR terms."""
    problems: list[Problem] = []
    known = {leave_type.leave_type_id: leave_type for leave_type in leave_types}
    chosen = known.get(terms.leave_type_id)
    if chosen is None or not chosen.is_current:
        problems.append(Problem("leave_type_id", "Xero has this leave type no more. Choose another one."))
    if terms.until_on < terms.from_on:
        problems.append(Problem("until_on", "The last day away is before the first. Check both."))
    if not clean(terms.title):
        problems.append(Problem("title", "Xero needs a title for leave. Enter one."))
    for name, text, limit in (
        ("title", terms.title, TITLE_LENGTH),
        ("description", terms.description, DESCRIPTION_LENGTH),
    ):
        if (length := length_in_xero(text)) > limit:
            message = f"{name.capitalize()} has {length} characters and Xero takes at most {limit}. Shorten it."
            problems.append(Problem(name, message))
    return problems
