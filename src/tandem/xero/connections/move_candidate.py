"""A consent for the organisation that a move was approved to: the same proofs, another organisation, another change."""

from datetime import datetime
from uuid import UUID

from tandem.kernel.actor import Actor
from tandem.kernel.scoping import scope
from tandem.xero.client.wire import Connection as Offer
from tandem.xero.connections import moving, reliance, switching
from tandem.xero.connections.candidate import Candidate
from tandem.xero.connections.consent_outcome import ConsentResult
from tandem.xero.connections.move_rules import is_target
from tandem.xero.connections.readiness import Proof
from tandem.xero.models import Connection
from tandem.xero.oauth.flow import ConsentPurpose


class MoveCandidate(Candidate):
    """A quarantined grant on its way to carry another organisation, or nothing."""

    _to_name = ""

    def _is_wanted(self, offer: Offer) -> bool:
        """Say whether this is the organisation that was approved; raise Stopped where nothing is approved any more."""
        with scope(self._account_id):
            move = moving.require_approved(self._account_id)
            self._to_name = move.to_name
            return is_target(
                name=offer.tenant_name,
                tenant_id=offer.tenant_id,
                to_name=move.to_name,
                back_to=move.back_to.xero_tenant_id if move.back_to else None,
                present=Connection.objects.get(account_id=self._account_id).xero_tenant_id,
            )

    def _is_taken(self, offer: Offer) -> bool:
        with scope(self._account_id):
            return reliance.others_use_organisation(self._account_id, offer.tenant_id)

    def _put_in_place(self, offer: Offer, proof: Proof) -> ConsentResult:
        switching.switch(self._actor, grant_id=self._grant_id, offer=offer, proof=proof)
        return ConsentResult.MOVED

    def _wrong(self, left: str) -> tuple[str, str]:
        return "wrong_move", (
            f"The move to {self._to_name} was approved, and you allowed another organisation. Nothing was read from it, and "
            f"the connection is as it was. {left} Start again and choose {self._to_name}; if Xero spells it differently, "
            "take the request back and ask again with that name."
        )


def candidate_of(
    actor: Actor,
    *,
    purpose: ConsentPurpose,
    started_at: datetime,
    grant_id: UUID,
    guest_link_id: UUID | None = None,
) -> Candidate:
    """Return the candidate that a consent for this purpose makes."""
    kind = MoveCandidate if purpose is ConsentPurpose.MOVE else Candidate
    return kind(actor, purpose=purpose, started_at=started_at, grant_id=grant_id, guest_link_id=guest_link_id)
