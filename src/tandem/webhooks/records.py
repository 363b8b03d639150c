"""Endpoints and deliveries, as values. A secret is in none of them."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class EndpointRecord:
    """Where an account's messages go. `off_because` is "", "by_hand", "failing" or "gone"."""

    endpoint_id: UUID
    url: str
    events: tuple[str, ...]
    hint: str
    made_at: datetime
    made_by_user_id: UUID | None
    failing_since: datetime | None
    last_ok_at: datetime | None
    off_at: datetime | None
    off_because: str

    @property
    def is_on(self) -> bool:
        """Say whether messages are sent there."""
        return self.off_at is None


@dataclass(frozen=True, repr=False)
class NewEndpoint:
    """An endpoint that was just made: the only moment at which its secret is known."""

    record: EndpointRecord
    secret: str = field(repr=False)


@dataclass(frozen=True)
class DeliveryRecord:
    """One message on its way to one endpoint. `fate` is "sent", "waiting" or "failed"; `status` is HTTP's."""

    delivery_id: UUID
    message_id: UUID
    event: str
    body: str
    created_at: datetime
    tries: int
    next_try_at: datetime | None
    delivered_at: datetime | None
    given_up_at: datetime | None
    status: int | None
    problem_code: str

    @property
    def fate(self) -> str:
        """Return how far it came."""
        if self.delivered_at is not None:
            return "sent"
        return "failed" if self.given_up_at is not None else "waiting"
