"""Write to the timeline: one function, always inside the scope and transaction of what it records."""

import hashlib
import json
from collections.abc import Mapping
from uuid import UUID

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.scoping import scoped_part
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
    """Append one entry. `facts` are ids, codes and counts, never values."""
    head = _locked_head(actor.account_id)
    entry = Entry(
        account_id=actor.account_id,
        sequence=head.sequence + 1,
        at=clock.now(),
        actor_kind=actor.kind.value,
        actor_id=actor.user_id or actor.key_id,
        event=event.value,
        subject_kind=subject_kind,
        subject_id=subject_id,
        facts=dict(facts or {}),
        previous_digest=head.digest,
    )
    entry.digest = digest_of(entry)
    entry.save(force_insert=True)
    head.sequence, head.digest = entry.sequence, entry.digest
    head.save(update_fields=["sequence", "digest"])


def _locked_head(account_id: UUID) -> Head:
    """Lock the end of the account's chain, making it where this is the first entry."""
    heads = Head.objects.select_for_update().filter(account_id=account_id)
    if (found := heads.first()) is not None:
        return found
    Head.objects.bulk_create([Head(account_id=account_id)], ignore_conflicts=True)
    return heads.get()
