"""The people room's currency: frozen values that cross between rooms. No Django, no I/O.

Missing text is "", never None. Payroll dates are dates, never midnights.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from tandem.people.payroll_records import PayrollDetails


class Gender(StrEnum):
    MALE = "male"
    FEMALE = "female"
    NON_BINARY = "non_binary"
    NOT_STATED = "not_stated"


class EmployeeStatus(StrEnum):
    CURRENT = "current"
    TERMINATING = "terminating"
    TERMINATED = "terminated"


class TerminationReason(StrEnum):
    """The seven cessation codes of single touch payroll, phase 2 (xero.md 4.1)."""

    VOLUNTARY = "V"
    ILL_HEALTH = "I"
    DECEASED = "D"
    REDUNDANCY = "R"
    DISMISSAL = "F"
    CONTRACT_END = "C"
    TRANSFER = "T"


@dataclass(frozen=True)
class Address:
    line1: str = ""
    line2: str = ""
    suburb: str = ""
    state: str = ""
    postcode: str = ""
    country: str = ""

    @property
    def is_blank(self) -> bool:
        """Say whether nothing but a country, at most, is known."""
        return not (self.line1 or self.line2 or self.suburb or self.state or self.postcode)


@dataclass(frozen=True)
class EmployeeDetails:
    """What a person may fill in for a new employee; `employee_number` left blank is assigned on hiring."""

    first_name: str
    last_name: str
    employee_number: str = ""
    title: str = ""
    middle_names: str = ""
    preferred_name: str = ""
    date_of_birth: date | None = None
    gender: Gender = Gender.NOT_STATED
    home_address: Address = field(default_factory=Address)
    phone: str = ""
    mobile: str = ""
    work_email: str = ""
    home_email: str = ""
    job_title: str = ""
    start_on: date | None = None
    branch_id: UUID | None = None


@dataclass(frozen=True)
class EmployeeRecord:
    """One employee as Tandem holds them at `revision`; `payroll` is None where it was not asked for."""

    employee_id: UUID
    employee_number: str
    title: str
    first_name: str
    middle_names: str
    last_name: str
    preferred_name: str
    date_of_birth: date | None
    gender: Gender
    home_address: Address
    phone: str
    mobile: str
    work_email: str
    home_email: str
    job_title: str
    start_on: date | None
    branch_id: UUID | None
    status: EmployeeStatus
    termination_on: date | None
    termination_reason: TerminationReason | None
    revision: int
    changed_at: datetime
    termination_is_private: bool = False
    contract_ends_on: date | None = None
    payroll: PayrollDetails | None = None

    @property
    def full_name(self) -> str:
        """Return the name as it is read out: preferred or first name, then last name."""
        return name_read_out(self.first_name, self.preferred_name, self.last_name)


def name_read_out(first: str, preferred: str, last: str) -> str:
    """Return a name as it is read out: preferred or first name, then last name."""
    return f"{preferred or first} {last}".strip()


@dataclass(frozen=True)
class NamedRecord:
    """Somebody as a list to pick from names them."""

    employee_id: UUID
    full_name: str
    employee_number: str


@dataclass(frozen=True)
class AbsenceRecord:
    """Somebody is away from a day on; `until_on` is the last day of it, None where nobody knows."""

    absence_id: UUID
    employee_id: UUID
    from_on: date
    until_on: date | None
    entered_at: datetime
    entered_by_id: UUID | None
    is_taken_back: bool = False


@dataclass(frozen=True)
class PositionChangeRecord:
    """Another job title from a day on; `leaves_payroll` where the new work is no longer payroll."""

    change_id: UUID
    employee_id: UUID
    from_on: date
    job_title: str
    leaves_payroll: bool
    entered_at: datetime
    entered_by_id: UUID | None
    is_done: bool = False
    is_taken_back: bool = False


@dataclass(frozen=True)
class DeletedRecord:
    """A record in the recycle bin."""

    employee_id: UUID
    full_name: str
    employee_number: str
    deleted_at: datetime
