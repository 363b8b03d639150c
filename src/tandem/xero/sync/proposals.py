"""People who may be one person: kept until somebody decides. Automatic matches can be undone."""

from enum import StrEnum
from uuid import UUID

from tandem.kernel.actor import Actor


class ProposalDecision(StrEnum):
    """What a person says about a Xero person that may be one of ours."""

    MATCH = "match"
    NEW_PERSON = "new_person"
    LEAVE = "leave"


def decide_proposal(
    actor: Actor, proposal_id: UUID, *, decision: ProposalDecision, employee_id: UUID | None = None
) -> None:
    """Link the Xero person to one of ours, say it is somebody new, or leave it for later."""
    raise NotImplementedError


def undo_match(actor: Actor, binding_id: UUID) -> None:
    """Unlink a pair; nothing is deleted on either side and the pair goes back to the review list."""
    raise NotImplementedError
