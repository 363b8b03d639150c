"""One employee, both ways: Xero's wire model to our record of it, and our changes to the body of a request. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from tandem.kernel.errors import Problem
from tandem.people.records import Address, EmployeeDetails, EmployeeRecord, Gender
from tandem.xero.client import wire
from tandem.xero.mapping.fields import FieldValue, SharedField, Termination


@dataclass(frozen=True)
class Oddity:
    """Something in Xero's answer that was kept but not understood; `is_usable` is False if the field must not flow."""

    field: SharedField
    sentence: str
    is_usable: bool


@dataclass(frozen=True)
class XeroEmployee:
    """The shared fields of one person as Xero sent them; `unread` names those a list does not carry."""

    xero_employee_id: UUID
    title: str
    first_name: str
    middle_names: str
    last_name: str
    date_of_birth: date | None
    gender: Gender
    home_address: Address
    phone: str
    mobile: str
    email: str
    job_title: str
    start_on: date | None
    termination: Termination | None
    status: str
    employee_group: str
    updated_at: datetime | None
    unread: frozenset[SharedField] = frozenset()
    oddities: tuple[Oddity, ...] = ()

    @property
    def is_detailed(self) -> bool:
        """Say whether every shared field was in the answer."""
        return not self.unread


def from_xero(employee: wire.Employee, *, time_zone: str, is_detail: bool = True) -> XeroEmployee:
    """Return what Xero sent as a record; a list row (`is_detail=False`) names what it does not carry."""
    raise NotImplementedError


def to_xero(
    changes: Mapping[SharedField, FieldValue], *, ours: EmployeeRecord, theirs: XeroEmployee | None
) -> dict[str, object]:
    """Return the one-employee JSON body of a create (`theirs` is None) or an update."""
    raise NotImplementedError


def check_for_xero(record: EmployeeRecord, fields: Iterable[SharedField] | None = None) -> tuple[Problem, ...]:
    """Return everything Xero would refuse about a record, or about some fields of it, in HR terms."""
    raise NotImplementedError


def details_from_xero(theirs: XeroEmployee) -> EmployeeDetails:
    """Return a new Tandem person from one that exists in Xero."""
    raise NotImplementedError


def hr_changes(changes: Mapping[SharedField, FieldValue]) -> dict[str, object]:
    """Return shared changes as `people.actions.edit_employee` takes them; termination is not among them."""
    raise NotImplementedError
