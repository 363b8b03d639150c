"""Read open incidents and letters."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tandem.kernel.actor import Actor
from tandem.kernel.errors import NotFound
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped
from tandem.notices.models import Letter, Notice


@dataclass(frozen=True)
class NoticeRecord:
    """One open incident; the page makes the sentence."""

    notice_id: UUID
    incident: str
    kind: str
    facts: dict[str, Any]
    opened_at: datetime


@dataclass(frozen=True)
class LetterRecord:
    """One letter as it was written."""

    letter_id: UUID
    to_address: str
    subject: str
    body: str
    written_at: datetime
    delivered_at: datetime | None
    problem_code: str


@scoped
def list_open(actor: Actor) -> list[NoticeRecord]:
    """Return the open incidents that the actor should know of, newest first."""
    if not actor.may(Permission.VIEW_INTEGRATION):
        return []
    rows = Notice.objects.filter(account_id=actor.account_id, closed_at__isnull=True).order_by("-opened_at")
    return [NoticeRecord(row.notice_id, row.incident, row.kind, row.facts, row.opened_at) for row in rows]


@scoped
def list_letters(actor: Actor, *, limit: int = 100) -> list[LetterRecord]:
    """Return the newest letters first; for administrators."""
    actor.require(Permission.MANAGE_USERS)
    rows = Letter.objects.filter(account_id=actor.account_id).order_by("-written_at", "letter_id")[:limit]
    return [_as_record(row) for row in rows]


@scoped
def get_letter(actor: Actor, *, letter_id: UUID) -> LetterRecord:
    """Return one letter; raise NotFound."""
    actor.require(Permission.MANAGE_USERS)
    row = Letter.objects.filter(account_id=actor.account_id, letter_id=letter_id).first()
    if row is None:
        raise NotFound
    return _as_record(row)


def _as_record(row: Letter) -> LetterRecord:
    return LetterRecord(
        letter_id=row.letter_id,
        to_address=row.to_address,
        subject=row.subject,
        body=row.body,
        written_at=row.written_at,
        delivered_at=row.delivered_at,
        problem_code=row.problem_code,
    )
