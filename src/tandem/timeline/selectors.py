"""Read the timeline, and prove that nobody altered it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tandem.kernel.actor import Actor
from tandem.kernel.scoping import scoped
from tandem.timeline.actions import digest_of
from tandem.timeline.models import Entry, Head


@dataclass(frozen=True)
class TimelineEntry:
    """One entry as pages need it."""

    sequence: int
    at: datetime
    event: str
    actor_kind: str
    actor_id: UUID | None
    subject_kind: str
    subject_id: UUID | None
    facts: dict[str, Any]


@scoped
def list_entries(
    actor: Actor,
    *,
    limit: int = 50,
    before: int | None = None,
    events: Collection[str] | None = None,
    subject_id: UUID | None = None,
) -> list[TimelineEntry]:
    """Return the newest entries first, below sequence `before` when given."""
    rows = Entry.objects.filter(account_id=actor.account_id).order_by("-sequence")
    if before is not None:
        rows = rows.filter(sequence__lt=before)
    if events is not None:
        rows = rows.filter(event__in=list(events))
    if subject_id is not None:
        rows = rows.filter(subject_id=subject_id)
    return [
        TimelineEntry(
            sequence=row.sequence,
            at=row.at,
            event=row.event,
            actor_kind=row.actor_kind,
            actor_id=row.actor_id,
            subject_kind=row.subject_kind,
            subject_id=row.subject_id,
            facts=row.facts,
        )
        for row in rows[:limit]
    ]


@scoped
def find_broken_link(actor: Actor) -> int | None:
    """Return the sequence of the first entry whose chain does not hold, or None when it holds to the head."""
    previous, expected = "", 0
    for entry in Entry.objects.filter(account_id=actor.account_id).order_by("sequence").iterator():
        expected += 1
        if entry.sequence != expected or entry.previous_digest != previous or entry.digest != digest_of(entry):
            return expected
        previous = entry.digest
    head = Head.objects.filter(account_id=actor.account_id).first()
    if head is not None and (head.sequence, head.digest) != (expected, previous):
        return expected + 1
    return None
