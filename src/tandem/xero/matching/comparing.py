"""One of ours beside one of theirs: what agrees, what differs, and what only one side says. Pure.

For people who decide whether two records are one person; the planner compares by its own rules (sync.threeway).
"""

from dataclasses import dataclass
from enum import StrEnum

from tandem.people.records import EmployeeRecord
from tandem.xero.mapping.employee import XeroEmployee, theirs_value
from tandem.xero.mapping.fields import FieldValue, SharedField, clean, ours_value
from tandem.xero.mapping.values import is_blank, same

#: What tells people apart, in the order in which a reviewer looks.
COMPARED = (
    SharedField.FIRST_NAME,
    SharedField.MIDDLE_NAMES,
    SharedField.LAST_NAME,
    SharedField.DATE_OF_BIRTH,
    SharedField.HOME_ADDRESS,
    SharedField.MOBILE,
    SharedField.EMAIL,
    SharedField.JOB_TITLE,
    SharedField.START_ON,
    SharedField.TERMINATION,
)
NAMES = frozenset({SharedField.FIRST_NAME, SharedField.MIDDLE_NAMES, SharedField.LAST_NAME})


class Agreement(StrEnum):
    """How two values of one field stand to each other."""

    SAME = "same"
    DIFFERENT = "different"
    ONLY_HERE = "only_here"
    ONLY_IN_XERO = "only_in_xero"
    NOT_READ = "not_read"


@dataclass(frozen=True)
class Compared:
    """One field of two records side by side; `theirs` is None where Xero's value was not read."""

    field: SharedField
    ours: FieldValue
    theirs: FieldValue
    agreement: Agreement


def compare(ours: EmployeeRecord, theirs: XeroEmployee) -> tuple[Compared, ...]:
    """Return the fields that either side says something about."""
    found = (_compare(field, ours_value(ours, field), theirs) for field in COMPARED)
    return tuple(line for line in found if line is not None)


def _compare(field: SharedField, ours: FieldValue, person: XeroEmployee) -> Compared | None:
    is_here = not is_blank(field, ours)
    if field in person.unread:
        return Compared(field, ours, None, Agreement.NOT_READ) if is_here else None
    theirs = theirs_value(person, field)
    is_there = not is_blank(field, theirs)
    if not (is_here or is_there):
        return None
    if not is_there:
        return Compared(field, ours, theirs, Agreement.ONLY_HERE)
    if not is_here:
        return Compared(field, ours, theirs, Agreement.ONLY_IN_XERO)
    return Compared(field, ours, theirs, Agreement.SAME if _alike(field, ours, theirs) else Agreement.DIFFERENT)


def _alike(field: SharedField, ours: FieldValue, theirs: FieldValue) -> bool:
    """Say whether two values mean the same; names are compared as matching does, whatever their case."""
    if field in NAMES:
        return clean(str(ours)).casefold() == clean(str(theirs)).casefold()
    return same(field, ours, theirs)
