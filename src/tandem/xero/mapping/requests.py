"""Our changes as the body of a request to Xero, and what Xero would refuse about them. Pure.

Only what changed is sent, nested objects whole; first name, last name and birth date always go along with the values
just read, which Xero's own specification asks of every update (xero.md 3.4, 7; R24).
"""

from collections.abc import Callable, Iterable, Mapping

from tandem.kernel.errors import Problem
from tandem.people.records import Address, EmployeeRecord
from tandem.xero.mapping import details
from tandem.xero.mapping.employee import XeroEmployee, theirs_value
from tandem.xero.mapping.fields import (
    DETAIL_FIELDS,
    REGION_CODES,
    FieldValue,
    SharedField,
    clean,
    length_in_xero,
    ours_value,
    region_code,
)
from tandem.xero.mapping.values import is_blank

ALWAYS_SENT = (SharedField.FIRST_NAME, SharedField.LAST_NAME, SharedField.DATE_OF_BIRTH)
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
POSTCODE_LENGTH = 4
REQUIRED = (
    (SharedField.FIRST_NAME, "Xero needs a first name. Enter one."),
    (SharedField.LAST_NAME, "Xero needs a last name. Enter one."),
    (SharedField.DATE_OF_BIRTH, "Xero needs a date of birth. Enter it on the person's Details tab."),
    (SharedField.HOME_ADDRESS, "Xero needs a home address. Enter at least the street, suburb, state and postcode."),
)


def to_xero(
    changes: Mapping[SharedField, FieldValue], *, ours: EmployeeRecord, theirs: XeroEmployee | None
) -> dict[str, object]:
    """Return the one-employee JSON body of a create (`theirs` is None) or an update.

    Payroll details have a body of their own (`payroll_to_xero`): one that comes here by mistake is a KeyError, never
    left out in silence.
    """
    values: dict[SharedField, FieldValue] = {}
    for field in ALWAYS_SENT:
        value = theirs_value(theirs, field) if theirs else None
        values[field] = ours_value(ours, field) if value in ("", None) else value
    values.update(changes)
    body: dict[str, object] = {}
    for field in SharedField:
        if field in values and (theirs or not is_blank(field, values[field])):
            body.update(WRITERS[field](values[field]))
    return body


WRITERS: Mapping[SharedField, Callable[[FieldValue], details.Parts]] = {
    SharedField.TITLE: details.title_to_xero,
    SharedField.FIRST_NAME: details.first_name_to_xero,
    SharedField.MIDDLE_NAMES: details.middle_names_to_xero,
    SharedField.LAST_NAME: details.last_name_to_xero,
    SharedField.DATE_OF_BIRTH: details.date_of_birth_to_xero,
    SharedField.GENDER: details.gender_to_xero,
    SharedField.HOME_ADDRESS: details.home_address_to_xero,
    SharedField.PHONE: details.phone_to_xero,
    SharedField.MOBILE: details.mobile_to_xero,
    SharedField.EMAIL: details.email_to_xero,
    SharedField.JOB_TITLE: details.job_title_to_xero,
    SharedField.START_ON: details.start_on_to_xero,
    SharedField.TERMINATION: details.termination_to_xero,
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
    problems += too_long("home_address.postcode", "Postcode", address.postcode, POSTCODE_LENGTH)
    if (state := region_code(address.state)) and state not in REGION_CODES:
        choices = ", ".join(sorted(REGION_CODES))
        problems.append(Problem("home_address.state", f"Xero takes only these states: {choices}. Choose one of them."))
    return problems
