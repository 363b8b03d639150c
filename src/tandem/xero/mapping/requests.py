"""Our changes as the body of a request to Xero, and what Xero would refuse about them. Pure.

Only what changed is sent, nested objects whole; first name, last name and birth date always go along with the values
just read, which Xero's own specification asks of every update (xero.md 3.4, 7; R24).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from tandem.kernel.errors import Problem
from tandem.people.records import Address, EmployeeRecord, Gender
from tandem.xero.client.moments import write_date
from tandem.xero.mapping.employee import XeroEmployee, theirs_value
from tandem.xero.mapping.fields import (
    DETAIL_FIELDS,
    REGION_CODES,
    FieldValue,
    SharedField,
    Termination,
    clean,
    is_australian,
    length_in_xero,
    ours_value,
    region_code,
)
from tandem.xero.mapping.values import is_blank

ALWAYS_SENT = (SharedField.FIRST_NAME, SharedField.LAST_NAME, SharedField.DATE_OF_BIRTH)
GENDER_CODES: Mapping[Gender, str] = {
    Gender.NOT_STATED: "N",
    Gender.MALE: "M",
    Gender.FEMALE: "F",
    Gender.NON_BINARY: "I",
}
#: Xero's limits (xero.md 4.1).
LENGTHS: Mapping[SharedField, int] = {
    SharedField.TITLE: 10,
    SharedField.FIRST_NAME: 35,
    SharedField.MIDDLE_NAMES: 35,
    SharedField.LAST_NAME: 35,
    SharedField.EMAIL: 100,
    SharedField.PHONE: 50,
    SharedField.MOBILE: 50,
    SharedField.JOB_TITLE: 50,
}
ADDRESS_LENGTHS = (("line1", "Address line 1", 50), ("line2", "Address line 2", 50), ("suburb", "Suburb", 50))
REQUIRED = (
    (SharedField.FIRST_NAME, "Xero needs a first name. Enter one."),
    (SharedField.LAST_NAME, "Xero needs a last name. Enter one."),
    (SharedField.DATE_OF_BIRTH, "Xero needs a date of birth. Enter it on the person's Details tab."),
    (SharedField.HOME_ADDRESS, "Xero needs a home address. Enter at least the street, suburb, state and postcode."),
)


def to_xero(
    changes: Mapping[SharedField, FieldValue], *, ours: EmployeeRecord, theirs: XeroEmployee | None
) -> dict[str, object]:
    """Return the one-employee JSON body of a create (`theirs` is None) or an update."""
    values: dict[SharedField, FieldValue] = {}
    for field in ALWAYS_SENT:
        value = theirs_value(theirs, field) if theirs else None
        values[field] = ours_value(ours, field) if value in ("", None) else value
    values.update(changes)
    body: dict[str, object] = {}
    for field in DETAIL_FIELDS:
        if field in values and (theirs or not is_blank(field, values[field])):
            body.update(WRITERS[field](values[field]))
    return body


def write_text(name: str) -> Callable[[FieldValue], dict[str, object]]:
    """Return the writer of a text field of that name."""

    def write(value: FieldValue) -> dict[str, object]:
        return {name: clean(str(value or ""))}

    return write


def write_day(name: str) -> Callable[[FieldValue], dict[str, object]]:
    """Return the writer of a date field of that name; a date we do not have is not sent."""

    def write(value: FieldValue) -> dict[str, object]:
        return {name: write_date(value)} if isinstance(value, date) else {}

    return write


def write_gender(value: FieldValue) -> dict[str, object]:
    """Return Xero's letter for a gender."""
    return {"Gender": GENDER_CODES[value]} if isinstance(value, Gender) else {}


def write_address(value: FieldValue) -> dict[str, object]:
    """Return the whole address, which Xero replaces whole."""
    address = value if isinstance(value, Address) else Address()
    country = "AUSTRALIA" if is_australian(address.country) else clean(address.country)
    return {
        "HomeAddress": {
            "AddressLine1": clean(address.line1),
            "AddressLine2": clean(address.line2),
            "City": clean(address.suburb),
            "Region": region_code(address.state),
            "PostalCode": clean(address.postcode),
            "Country": country,
        }
    }


def write_termination(value: FieldValue) -> dict[str, object]:
    """Return date and reason; that a termination ended is never sent: Xero may not allow it (xero.md 4.1)."""
    if not isinstance(value, Termination):
        return {}
    body: dict[str, object] = {"TerminationDate": write_date(value.on)}
    if value.reason:
        body["TerminationReason"] = value.reason.value
    return body


WRITERS: Mapping[SharedField, Callable[[FieldValue], dict[str, object]]] = {
    SharedField.TITLE: write_text("Title"),
    SharedField.FIRST_NAME: write_text("FirstName"),
    SharedField.MIDDLE_NAMES: write_text("MiddleNames"),
    SharedField.LAST_NAME: write_text("LastName"),
    SharedField.DATE_OF_BIRTH: write_day("DateOfBirth"),
    SharedField.GENDER: write_gender,
    SharedField.HOME_ADDRESS: write_address,
    SharedField.PHONE: write_text("Phone"),
    SharedField.MOBILE: write_text("Mobile"),
    SharedField.EMAIL: write_text("Email"),
    SharedField.JOB_TITLE: write_text("JobTitle"),
    SharedField.START_ON: write_day("StartDate"),
    SharedField.TERMINATION: write_termination,
}


def check_for_xero(record: EmployeeRecord, fields: Iterable[SharedField] | None = None) -> tuple[Problem, ...]:
    """Return everything Xero would refuse about a record, or about some fields of it, in HR terms."""
    wanted = frozenset(DETAIL_FIELDS if fields is None else fields)
    problems = [
        Problem(field.value, message)
        for field, message in REQUIRED
        if field in wanted and is_blank(field, ours_value(record, field))
    ]
    for field, limit in LENGTHS.items():
        if field in wanted:
            name = email_name(record) if field is SharedField.EMAIL else field.value
            problems += too_long(name, field.label, str(ours_value(record, field)), limit)
    if SharedField.HOME_ADDRESS in wanted and not record.home_address.is_blank:
        problems += check_address(record.home_address)
    if SharedField.TERMINATION in wanted and record.termination_on and not record.termination_reason:
        problems.append(
            Problem("termination_reason", "Xero needs a reason for leaving with a termination date. Choose one.")
        )
    return tuple(problems)


def email_name(record: EmployeeRecord) -> str:
    """Return which of the two e-mail fields is the one that goes to Xero."""
    return "work_email" if clean(record.work_email) else "home_email"


def too_long(name: str, label: str, text: str, limit: int) -> list[Problem]:
    """Return the problem of a text that is longer than Xero takes, if it is."""
    length = length_in_xero(text)
    if length <= limit:
        return []
    return [Problem(name, f"{label} has {length} characters and Xero takes at most {limit}. Shorten it.")]


def check_address(address: Address) -> list[Problem]:
    """Return what Xero would refuse about an address: a missing first line, a foreign region, a long line."""
    problems: list[Problem] = []
    if not clean(address.line1):
        problems.append(Problem("home_address.line1", "Xero needs the first line of the home address. Enter it."))
    for name, label, limit in ADDRESS_LENGTHS:
        problems += too_long(f"home_address.{name}", label, getattr(address, name), limit)
    problems += too_long("home_address.postcode", "Postcode", address.postcode, 4)
    if (state := region_code(address.state)) and state not in REGION_CODES:
        choices = ", ".join(sorted(REGION_CODES))
        problems.append(Problem("home_address.state", f"Xero takes only these states: {choices}. Choose one of them."))
    return problems
