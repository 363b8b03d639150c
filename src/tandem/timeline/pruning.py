"""Remove entries that are older than the retention, behind a signed checkpoint (docs/adr/0028-a-signed-checkpoint.md).

What is removed is verified first: a record that somebody altered is left as it is, so that the alteration stays to be seen.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection as database

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import TandemError
from tandem.kernel.scoping import scoped, scoped_part
from tandem.timeline.actions import digest_of, record
from tandem.timeline.checkpoints import CheckpointRecord, find_checkpoint, sign
from tandem.timeline.events import Event
from tandem.timeline.models import Checkpoint, Entry, Head

AT_ONCE = 2000
Arguments = tuple[int, str, datetime, datetime, str, str]
PRUNE = "SELECT tandem_timeline_prune(%s, %s, %s, %s, %s, %s)"


class TimelineBroken(TandemError):
    """The part that would be removed does not hold."""

    code = "timeline_broken"
    public_message = (
        "The timeline was changed outside Tandem, so nothing was removed from it. Run `tandem timeline verify`, keep a "
        "copy of the database as it is, and compare a backup."
    )


def retention_starts_at() -> datetime:
    """Return the time before which entries are not kept."""
    return clock.now() - timedelta(days=settings.TANDEM.timeline_days)


@scoped_part
def count_prunable(actor: Actor, *, older_than: datetime) -> int:
    """Return how many entries would be removed."""
    young = Entry.objects.filter(account_id=actor.account_id, at__gte=older_than).order_by("sequence")
    first_kept = young.values_list("sequence", flat=True).first()
    rows = Entry.objects.filter(account_id=actor.account_id)
    if first_kept is None:
        return max(0, rows.count() - 1)
    return rows.filter(sequence__lt=first_kept).count()


def prune(actor: Actor, *, older_than: datetime) -> int:
    """Remove every entry from before a time but the newest; return how many. Raise TimelineBroken where one was altered."""
    removed = 0
    while batch := _prune_some(actor, older_than):
        removed += batch
    if removed:
        record(actor, Event.TIMELINE_PRUNED, subject_kind="timeline", facts={"removed": removed})
    return removed


@scoped
def _prune_some(actor: Actor, older_than: datetime) -> int:
    head = Head.objects.select_for_update().filter(account_id=actor.account_id).first()
    last = find_checkpoint(actor) if head else None
    if head is None:
        return 0
    if last is not None and not last.holds:
        raise TimelineBroken
    newest = _last_to_go(actor, last, older_than, head)
    if newest is None:
        return 0
    checkpoint = _checkpoint(newest, last, older_than)
    with database.cursor() as cursor:
        cursor.execute(PRUNE, _arguments(checkpoint))
        return int(cursor.fetchone()[0])


def _last_to_go(actor: Actor, last: CheckpointRecord | None, older_than: datetime, head: Head) -> Entry | None:
    """Verify the entries that are old enough, and return the last of them that may go now."""
    previous, sequence = (last.digest, last.sequence) if last else ("", 0)
    found = None
    rows = Entry.objects.filter(account_id=actor.account_id, sequence__gt=sequence).order_by("sequence")
    for entry in rows[:AT_ONCE]:
        if entry.at >= older_than or entry.sequence >= head.sequence:
            break
        sequence += 1
        if (entry.sequence, entry.previous_digest, entry.digest) != (sequence, previous, digest_of(entry)):
            raise TimelineBroken
        previous, found = entry.digest, entry
    return found


def _checkpoint(newest: Entry, last: CheckpointRecord | None, older_than: datetime) -> Checkpoint:
    row = Checkpoint(
        account_id=newest.account_id,
        sequence=newest.sequence,
        digest=newest.digest,
        removed=newest.sequence - (last.sequence if last else 0),
        older_than=older_than,
        made_at=clock.now(),
        previous_signature=last.signature if last else "",
    )
    row.signature = sign(row)
    return row


def _arguments(row: Checkpoint) -> Arguments:
    return (row.sequence, row.digest, row.older_than, row.made_at, row.previous_signature, row.signature)
