"""Leave as people ask for it. Frozen values. No Django, no I/O."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class LeaveStatus(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"

    @property
    def is_open(self) -> bool:
        """Say whether the days are, or may become, days away."""
        return self in (LeaveStatus.REQUESTED, LeaveStatus.APPROVED)


class LeaveStepKind(StrEnum):
    """What may happen to a request; values are stored."""

    ASKED = "asked"
    CHANGED = "changed"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    FROM_PAYROLL = "from_payroll"
    CHANGED_IN_PAYROLL = "changed_in_payroll"


@dataclass(frozen=True)
class LeaveTerms:
    """What is asked for; `leave_type_id` is one of the payroll's leave types, `until_on` the last day away."""

    leave_type_id: UUID
    from_on: date
    until_on: date
    title: str = ""
    description: str = ""


@dataclass(frozen=True)
class LeaveRequest:
    request_id: UUID
    employee_id: UUID
    terms: LeaveTerms
    status: LeaveStatus = LeaveStatus.REQUESTED


@dataclass(frozen=True)
class LeaveLine:
    """A request as lists show it; `asked_by_id` is None where it was entered in payroll, or by a program."""

    request: LeaveRequest
    full_name: str
    leave_type_name: str
    asked_at: datetime
    asked_by_id: UUID | None
    decided_at: datetime | None
    decided_by_id: UUID | None
    decision_note: str
    revision: int


@dataclass(frozen=True)
class LeaveStepRecord:
    """One step of a request, with the days as they were then."""

    at: datetime
    by_user_id: UUID | None
    what: LeaveStepKind
    from_on: date
    until_on: date
