"""Write messages down for the endpoints that want them, in the transaction in which the thing happened."""

import json
from collections.abc import Mapping
from uuid import UUID, uuid4

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import NotFound
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped
from tandem.webhooks.endpoints import as_delivery
from tandem.webhooks.models import Delivery, Endpoint
from tandem.webhooks.records import DeliveryRecord
from tandem.webhooks.rules import EventType

Fact = str | bool | int | None


@scoped
def announce(actor: Actor, event: EventType, data: Mapping[str, Fact]) -> int:
    """Write a message for every endpoint that wants the event; return how many. Ids, codes, counts and times alone.

    Programs hear at once; people hear of what lasts.
    """
    wanting = Endpoint.objects.filter(account_id=actor.account_id, off_at__isnull=True, events__contains=[event.value])
    endpoints = list(wanting.values_list("endpoint_id", flat=True))
    if endpoints:
        body, message_id = _body(actor, event, data), uuid4()
        Delivery.objects.bulk_create(_delivery(actor, one, event.value, body, message_id) for one in endpoints)
    return len(endpoints)


@scoped
def write_test(actor: Actor, *, endpoint_id: UUID) -> DeliveryRecord:
    """Write a test message for one endpoint, switched on or not."""
    actor.require(Permission.MANAGE_USERS)
    if not Endpoint.objects.filter(account_id=actor.account_id, endpoint_id=endpoint_id).exists():
        raise NotFound
    body = _body(actor, EventType.TEST, {"endpoint_id": str(endpoint_id)})
    row = _delivery(actor, endpoint_id, EventType.TEST.value, body, uuid4())
    row.save()
    return as_delivery(row)


@scoped
def replay(actor: Actor, *, delivery_id: UUID) -> DeliveryRecord:
    """Send a message once more, with the id and the text that it had; raise NotFound."""
    actor.require(Permission.MANAGE_USERS)
    sent = Delivery.objects.filter(account_id=actor.account_id, delivery_id=delivery_id).first()
    if sent is None:
        raise NotFound
    row = _delivery(actor, sent.endpoint_id, sent.event, sent.body, sent.message_id)
    row.save()
    return as_delivery(row)


def _body(actor: Actor, event: EventType, data: Mapping[str, Fact]) -> str:
    message = {
        "type": event.value,
        "timestamp": clock.now().isoformat(timespec="seconds"),
        "data": {"account_id": str(actor.account_id), **data},
    }
    return json.dumps(message, separators=(",", ":"))


def _delivery(actor: Actor, endpoint_id: UUID, event: str, body: str, message_id: UUID) -> Delivery:
    now = clock.now()
    return Delivery(
        account_id=actor.account_id,
        endpoint_id=endpoint_id,
        message_id=message_id,
        event=event,
        body=body,
        created_at=now,
        next_try_at=now,
    )
