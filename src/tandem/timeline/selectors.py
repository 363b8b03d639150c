"""Read the timeline, and prove that nobody altered it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped, scoped_part
from tandem.timeline.actions import digest_of
from tandem.timeline.checkpoints import CheckpointRecord, find_checkpoint
from tandem.timeline.models import Entry, Head

CHUNK = 500


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


@scoped_part
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
    return [_as_entry(row) for row in rows[:limit]]


def _as_entry(row: Entry) -> TimelineEntry:
    return TimelineEntry(
        sequence=row.sequence,
        at=row.at,
        event=row.event,
        actor_kind=row.actor_kind,
        actor_id=row.actor_id,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        facts=row.facts,
    )


@dataclass(frozen=True)
class ChainedEntry:
    """One entry with its link, so that whoever holds an export can check the chain without the product."""

    entry: TimelineEntry
    previous_digest: str
    digest: str

    def as_json(self) -> dict[str, Any]:
        """Return the entry as plain JSON; `digest` is the SHA-256 of the fields that docs/timeline.md names."""
        plain = {name: _plain(value) for name, value in vars(self.entry).items()}
        return {**plain, "previous_digest": self.previous_digest, "digest": self.digest}


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def iter_chain(actor: Actor) -> Iterator[ChainedEntry]:
    """Give every entry, the oldest first, in chunks that each are one transaction."""
    actor.require(Permission.MANAGE_INTEGRATION)
    after = 0
    while chunk := _chunk(actor, after=after):
        yield from chunk
        after = chunk[-1].entry.sequence


@scoped_part
def _chunk(actor: Actor, *, after: int) -> list[ChainedEntry]:
    rows = Entry.objects.filter(account_id=actor.account_id, sequence__gt=after).order_by("sequence")[:CHUNK]
    return [ChainedEntry(_as_entry(row), row.previous_digest, row.digest) for row in rows]


@dataclass(frozen=True)
class ChainVerdict:
    """How many entries there are, the sequence of the first that does not hold (None when all do), and the checkpoint."""

    entries: int
    broken_at: int | None
    checkpoint: CheckpointRecord | None


@scoped
def check_chain(actor: Actor) -> ChainVerdict:
    """Read the whole chain and say whether it holds, from its checkpoint where there is one, to its head."""
    checkpoint = find_checkpoint(actor)
    broken = _broken_link(actor, checkpoint)
    return ChainVerdict(Entry.objects.filter(account_id=actor.account_id).count(), broken, checkpoint)


@scoped_part
def find_broken_link(actor: Actor) -> int | None:
    """Return the sequence of the first entry whose chain does not hold, or None when it holds to the head.

    A checkpoint that is not as it was signed counts as the last entry that it stands for.
    """
    return _broken_link(actor, find_checkpoint(actor))


def _broken_link(actor: Actor, checkpoint: CheckpointRecord | None) -> int | None:
    previous, expected = "", 0
    if checkpoint is not None:
        if not checkpoint.holds:
            return checkpoint.sequence
        previous, expected = checkpoint.digest, checkpoint.sequence
    for entry in Entry.objects.filter(account_id=actor.account_id).order_by("sequence").iterator():
        expected += 1
        if entry.sequence != expected or entry.previous_digest != previous or entry.digest != digest_of(entry):
            return expected
        previous = entry.digest
    head = Head.objects.filter(account_id=actor.account_id).first()
    if head is not None and (head.sequence, head.digest) != (expected, previous):
        return expected + 1
    return None
