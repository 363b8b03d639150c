"""Checkpoints: what stands in place of entries that were removed, and whether it is still what was signed.

The signature's key is derived from the master key, so whoever can write the database alone cannot make a checkpoint.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from tandem.kernel import crypto
from tandem.kernel.actor import Actor
from tandem.kernel.crypto import MasterKey
from tandem.kernel.scoping import scoped_part
from tandem.timeline.models import Checkpoint

PURPOSE = "timeline checkpoint"


@dataclass(frozen=True)
class CheckpointRecord:
    """The newest checkpoint: entries up to `sequence`, all from before `older_than`, were removed; `holds` as signed."""

    sequence: int
    digest: str
    removed_in_all: int
    older_than: datetime
    made_at: datetime
    signature: str
    holds: bool

    def as_json(self) -> dict[str, object]:
        """Return it as plain JSON, for an export: the entry after it names `digest` as the one before."""
        return {
            "checkpoint": self.sequence,
            "digest": self.digest,
            "removed": self.removed_in_all,
            "older_than": self.older_than.isoformat(),
            "made_at": self.made_at.isoformat(),
            "signature": self.signature,
        }


def body_of(row: Checkpoint) -> str:
    """Return what is signed: every field, and the signature before it, so that no checkpoint can be left out."""
    fields = [
        str(row.account_id),
        row.sequence,
        row.digest,
        row.removed,
        row.older_than.astimezone(UTC).isoformat(),
        row.made_at.astimezone(UTC).isoformat(),
        row.previous_signature,
    ]
    return json.dumps(fields, separators=(",", ":"))


def sign(row: Checkpoint, *, master: MasterKey | None = None) -> str:
    """Return the signature of a checkpoint; raise VaultUnavailable without a master key."""
    return crypto.sign(master or settings.TANDEM.master_key, body_of(row), purpose=PURPOSE)


@scoped_part
def find_checkpoint(actor: Actor) -> CheckpointRecord | None:
    """Return the newest checkpoint and whether all of them are as they were signed; None while nothing was removed."""
    rows = list(Checkpoint.objects.filter(account_id=actor.account_id).order_by("sequence"))
    if not rows:
        return None
    last = rows[-1]
    return CheckpointRecord(
        sequence=last.sequence,
        digest=last.digest,
        removed_in_all=sum(row.removed for row in rows),
        older_than=last.older_than,
        made_at=last.made_at,
        signature=last.signature,
        holds=_hold(rows, settings.TANDEM.master_key),
    )


def _hold(rows: Sequence[Checkpoint], master: MasterKey) -> bool:
    """Say whether each is signed, follows the one before it, and counts what lies between them."""
    previous, sequence = "", 0
    for row in rows:
        is_next = row.previous_signature == previous and row.sequence - sequence == row.removed
        if not is_next or not crypto.is_signed(master, body_of(row), row.signature, purpose=PURPOSE):
            return False
        previous, sequence = row.signature, row.sequence
    return True


def sign_anew(*, old: MasterKey, new: MasterKey, database: str) -> int:
    """Sign every account's checkpoints with a new master key; return how many accounts.

    Run as the owner, inside a transaction on `database`. Checkpoints that do not hold are left as they are, so that they
    do not hold afterwards either.
    """
    with transaction.atomic(using=database):
        rows = Checkpoint.objects.using(database).select_for_update().order_by("account_id", "sequence")
        by_account: dict[UUID, list[Checkpoint]] = {}
        for row in rows:
            by_account.setdefault(row.account_id, []).append(row)
        sound = [found for found in by_account.values() if _hold(found, old)]
        for found in sound:
            _sign_all(found, new, database)
        return len(sound)


def _sign_all(rows: Iterable[Checkpoint], master: MasterKey, database: str) -> None:
    previous = ""
    for row in rows:
        row.previous_signature = previous
        row.signature = previous = sign(row, master=master)
        row.save(using=database, update_fields=["previous_signature", "signature"])
