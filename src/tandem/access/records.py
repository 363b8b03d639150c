"""Sign-ins and memberships as values."""

from dataclasses import dataclass
from datetime import date, datetime
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
    ended_at: datetime | None = None
    left_payroll_at: datetime | None = None


@dataclass(frozen=True)
class ApiKeyRecord:
    """A key of the account without its secret; `hint` is the end of it, so that a person can tell keys apart."""

    key_id: UUID
    name: str
    hint: str
    roles: tuple[str, ...]
    made_at: datetime
    made_by_user_id: UUID | None
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_on: date | None

    def is_live(self, now: datetime) -> bool:
        """Say whether the key opens anything."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)
