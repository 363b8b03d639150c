"""Leave as people ask for it. Frozen values. No Django, no I/O."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID


class LeaveStatus(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


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
