"""Write to the timeline: one function, always inside the scope and transaction of what it records."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from uuid import UUID

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.scoping import do_last, scoped_part
from tandem.timeline.events import Event
from tandem.timeline.models import Entry, Head

Fact = str | int | bool | None | list[str]


def digest_of(entry: Entry) -> str:
    """Return the digest that chains an entry to the one before it."""
    body = json.dumps(
        [
            str(entry.account_id),
            entry.sequence,
            entry.at.isoformat(),
            entry.actor_kind,
            str(entry.actor_id or ""),
            entry.event,
            entry.subject_kind,
            str(entry.subject_id or ""),
            entry.facts,
            entry.previous_digest,
        ],
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(body.encode()).hexdigest()


@scoped_part
def record(
    actor: Actor,
    event: Event,
    *,
    subject_kind: str = "",
    subject_id: UUID | None = None,
    facts: Mapping[str, Fact] | None = None,
) -> None:
    """Append one entry. `facts` are ids, codes and counts, never values.

    It is written as the last thing of the transaction. All that record lock the end of the account's chain: who held it
    and then waited for a row would be waited for by whoever holds that row and records next (ADR 41).
    """
    entry = Entry(
        account_id=actor.account_id,
        actor_kind=actor.kind.value,
        actor_id=actor.user_id or actor.key_id,
        event=event.value,
        subject_kind=subject_kind,
        subject_id=subject_id,
        facts=dict(facts or {}),
    )
    do_last(_append, entry)


def _append(account_id: UUID, entries: Sequence[Entry]) -> None:
    head = _locked_head(account_id)
    for entry in entries:
        entry.sequence, entry.previous_digest, entry.at = head.sequence + 1, head.digest, clock.now()
        entry.digest = digest_of(entry)
        head.sequence, head.digest = entry.sequence, entry.digest
    Entry.objects.bulk_create(entries)
    head.save(update_fields=["sequence", "digest"])


def _locked_head(account_id: UUID) -> Head:
    """Lock the end of the account's chain, making it where this is the first entry."""
    heads = Head.objects.select_for_update().filter(account_id=account_id)
    if (found := heads.first()) is not None:
        return found
    Head.objects.bulk_create([Head(account_id=account_id)], ignore_conflicts=True)
    return heads.get()
