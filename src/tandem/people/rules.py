"""Pure decisions about employee records: what may be saved, and what status a date gives. No Django.

What only Xero would refuse is not decided here; `xero.mapping.requests` says that beside the record.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import date

from tandem.kernel.errors import Problem
from tandem.people.records import Address, EmployeeDetails, EmployeeRecord, EmployeeStatus, TerminationReason

EMAIL = re.compile(r"^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+$")
PHONE = re.compile(r"^[0-9+()\-. /x#]*[0-9][0-9+()\-. /x#]*$", re.IGNORECASE)
POSTCODE = re.compile(r"^[0-9]{4}$")
STATES = frozenset({"ACT", "NSW", "NT", "QLD", "SA", "TAS", "VIC", "WA"})
AUSTRALIA = frozenset({"", "au", "aus", "australia"})
EARLIEST_BIRTH = date(1900, 1, 1)
LABELS: Mapping[str, str] = {
    "employee_number": "Employee ID",
    "title": "Title",
    "first_name": "First name",
    "middle_names": "Middle names",
    "last_name": "Last name",
    "preferred_name": "Preferred name",
    "phone": "Phone",
    "mobile": "Mobile",
    "work_email": "Work email",
    "home_email": "Home email",
    "job_title": "Job title",
}
#: What the database columns hold; Xero's tighter limits are its own affair.
LENGTHS: Mapping[str, int] = {
    "employee_number": 40,
    "title": 20,
    "first_name": 100,
    "middle_names": 100,
    "last_name": 100,
    "preferred_name": 100,
    "phone": 50,
    "mobile": 50,
    "work_email": 254,
    "home_email": 254,
    "job_title": 100,
}
ADDRESS_LABELS: Mapping[str, str] = {
    "line1": "Address line 1",
    "line2": "Address line 2",
    "suburb": "Suburb",
    "state": "State",
    "postcode": "Postcode",
    "country": "Country",
}
ADDRESS_LENGTH = 100


def check_details(details: EmployeeDetails, *, today: date) -> tuple[Problem, ...]:
    """Return everything that must be fixed before these details can be saved, all at once."""
    return (
        *check_names(details),
        *check_lengths(details),
        *check_dates(details, today),
        *check_contacts(details),
        *check_address(details.home_address),
    )


def details_of(record: EmployeeRecord) -> EmployeeDetails:
    """Return the editable part of a record."""
    return EmployeeDetails(**{item.name: getattr(record, item.name) for item in fields(EmployeeDetails)})


def check_changes(record: EmployeeRecord, changes: Mapping[str, object], *, today: date) -> tuple[Problem, ...]:
    """Return what is wrong with changed fields; an old fault in another field does not stop this edit."""
    changed = replace(details_of(record), **changes)  # type: ignore[arg-type]  # values are checked by the caller's form
    names = set(changes)
    return tuple(found for found in check_details(changed, today=today) if found.field.split(".")[0] in names)


def check_names(details: EmployeeDetails) -> Iterable[Problem]:
    """Ask for both names, and for an employee ID without spaces."""
    if not details.first_name.strip():
        yield Problem("first_name", "Enter the first name.")
    if not details.last_name.strip():
        yield Problem("last_name", "Enter the last name.")
    if any(character.isspace() for character in details.employee_number):
        yield Problem("employee_number", "Employee ID has a space in it. Take it out.")


def check_lengths(details: EmployeeDetails) -> Iterable[Problem]:
    """Refuse text that is too long to keep."""
    for name, limit in LENGTHS.items():
        if len(getattr(details, name)) > limit:
            yield Problem(name, f"{LABELS[name]} is longer than {limit} characters. Shorten it.")


def check_dates(details: EmployeeDetails, today: date) -> Iterable[Problem]:
    """Refuse a birth in the future, before 1900, or after the first day of work."""
    born = details.date_of_birth
    if born is None:
        return
    if born >= today:
        yield Problem("date_of_birth", "Date of birth is not in the past. Check the year.")
    elif born < EARLIEST_BIRTH:
        yield Problem("date_of_birth", "Date of birth is before 1900. Check the year.")
    elif details.start_on and details.start_on <= born:
        yield Problem("start_on", "Start date is not after the date of birth. Check both years.")


def check_contacts(details: EmployeeDetails) -> Iterable[Problem]:
    """Refuse e-mail addresses and phone numbers that cannot be ones."""
    for name in ("work_email", "home_email"):
        text = getattr(details, name)
        if text and not EMAIL.match(text):
            yield Problem(name, f"{LABELS[name]} is not an email address. It should look like name@example.com.")
    for name in ("phone", "mobile"):
        text = getattr(details, name)
        if text and not PHONE.match(text):
            yield Problem(name, f"{LABELS[name]} is not a phone number. Use digits, spaces and +.")


def check_address(address: Address) -> Iterable[Problem]:
    """Refuse parts that are too long, and in Australia an unknown state or a postcode that is not four digits."""
    for name, label in ADDRESS_LABELS.items():
        if len(getattr(address, name)) > ADDRESS_LENGTH:
            yield Problem(f"home_address.{name}", f"{label} is longer than {ADDRESS_LENGTH} characters. Shorten it.")
    if address.country.strip().casefold() not in AUSTRALIA:
        return
    if address.state and address.state.upper() not in STATES:
        yield Problem(
            "home_address.state", f"State is not an Australian one. Choose one of {', '.join(sorted(STATES))}."
        )
    if address.postcode and not POSTCODE.match(address.postcode):
        yield Problem("home_address.postcode", "Postcode is not four digits. Check it.")


def check_termination(
    record: EmployeeRecord, *, termination_on: date, reason: TerminationReason | None
) -> tuple[Problem, ...]:
    """Return what must be fixed before an employment can end on a day."""
    problems: list[Problem] = []
    if record.start_on and termination_on < record.start_on:
        problems.append(Problem("termination_on", "Termination date is before the start date. Check both."))
    if reason is None:
        problems.append(
            Problem("termination_reason", "Choose the reason for leaving; single touch payroll asks for it.")
        )
    return tuple(problems)


def status_on(termination_on: date | None, today: date) -> EmployeeStatus:
    """Return the status a termination date gives: the last day itself is still worked."""
    if termination_on is None:
        return EmployeeStatus.CURRENT
    return EmployeeStatus.TERMINATED if termination_on < today else EmployeeStatus.TERMINATING


def is_termination_due(record: EmployeeRecord, today: date) -> bool:
    """Say whether the daily job must turn Terminating into Terminated."""
    return record.status is EmployeeStatus.TERMINATING and status_on(record.termination_on, today) is (
        EmployeeStatus.TERMINATED
    )


def check_contract_end(record: EmployeeRecord, *, contract_ends_on: date | None) -> tuple[Problem, ...]:
    """Return what must be fixed before a contract can end on a day."""
    if contract_ends_on and record.start_on and contract_ends_on < record.start_on:
        return (Problem("contract_ends_on", "The contract ends before the start date. Check both."),)
    return ()


def check_absence(*, from_on: date, until_on: date | None) -> tuple[Problem, ...]:
    """Return what must be fixed before an absence can be entered."""
    if until_on is not None and until_on < from_on:
        return (Problem("until_on", "The last day away is before the first. Check both."),)
    return ()


def check_position_change(record: EmployeeRecord, *, from_on: date, job_title: str) -> tuple[Problem, ...]:
    """Return what must be fixed before another job title can be planned."""
    problems: list[Problem] = []
    if not job_title.strip():
        problems.append(Problem("job_title", "Enter the new job title."))
    elif len(job_title) > LENGTHS["job_title"]:
        problems.append(
            Problem("job_title", f"Job title is longer than {LENGTHS['job_title']} characters. Shorten it.")
        )
    if record.start_on and from_on < record.start_on:
        problems.append(Problem("from_on", "The change is before the start date. Check both."))
    return tuple(problems)


def without_private_leaving(record: EmployeeRecord) -> EmployeeRecord:
    """Return a record as those see it who may not know of a termination before its last day is over."""
    if not record.termination_is_private or record.status is EmployeeStatus.TERMINATED:
        return record
    return replace(
        record,
        status=EmployeeStatus.CURRENT,
        termination_on=None,
        termination_reason=None,
        termination_is_private=False,
    )
