"""When a move to another organisation may go on: who may decide, until when, and whether it is the one approved. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

TO_DECIDE = timedelta(days=3)
TO_CONSENT = timedelta(days=1)


class Closed(StrEnum):
    """Why a request is over. Values are stored: never rename one."""

    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class MoveStanding(StrEnum):
    """Where a request stands."""

    WAITING = "waiting"
    APPROVED = "approved"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"

    @property
    def is_open(self) -> bool:
        """Say whether something can still come of it."""
        return self in (MoveStanding.WAITING, MoveStanding.APPROVED)


@dataclass(frozen=True)
class MoveFacts:
    """What the standing of a request follows from."""

    expires_at: datetime
    approved_at: datetime | None
    closed_because: str


#: Why a person may not approve, by what they are.
NOT_BY: Mapping[str, str] = {
    "asker": "You asked for this move. Another administrator has to approve it.",
    "program": "Only a person who is signed in can ask for a move, or approve one.",
}


def standing(facts: MoveFacts, now: datetime) -> MoveStanding:
    """Return where a request stands; one whose time is over is expired, whether or not anybody closed it."""
    if facts.closed_because:
        return MoveStanding(facts.closed_because)
    if now >= facts.expires_at:
        return MoveStanding.EXPIRED
    return MoveStanding.APPROVED if facts.approved_at is not None else MoveStanding.WAITING


def same_name(one: str, other: str) -> bool:
    """Say whether two names of organisations are the same but for capitals and spaces."""
    return one.casefold().split() == other.casefold().split()


def is_target(*, name: str, tenant_id: UUID, to_name: str, back_to: UUID | None, present: UUID | None) -> bool:
    """Say whether an organisation is the one that was approved: by its id where the account knew it, else by its name."""
    if tenant_id == present:
        return False
    return tenant_id == back_to if back_to is not None else same_name(name, to_name)


def why_not_decide(*, asked_by: UUID, user_id: UUID | None) -> str:
    """Return why somebody may not approve or refuse a request, or ""."""
    if user_id is None:
        return NOT_BY["program"]
    return NOT_BY["asker"] if user_id == asked_by else ""
