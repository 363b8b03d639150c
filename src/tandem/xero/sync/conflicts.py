"""Fields that both sides changed: kept until a person decides."""

from uuid import UUID

from tandem.kernel.actor import Actor
from tandem.xero.matching.matching import Side


def decide_conflict(actor: Actor, conflict_id: UUID, *, keep: Side) -> None:
    """Say which side's value is right; the next run writes it to the other."""
    raise NotImplementedError
