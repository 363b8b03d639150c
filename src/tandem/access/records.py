"""Sign-ins and memberships as values."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class MemberRecord:
    """A sign-in inside one account."""

    membership_id: UUID
    user_id: UUID
    email: str
    name: str
    roles: tuple[str, ...]
    is_active: bool
    ended_reason: str
    employee_id: UUID | None
    last_signed_in_at: datetime | None
