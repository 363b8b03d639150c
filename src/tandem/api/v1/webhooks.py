"""Webhooks and notices: where messages go and what came of them; what people were told of."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import Path, Router, Schema, Status

from tandem.api.auth import actor_of
from tandem.notices.records import NoticeRecord
from tandem.notices.selectors import list_closed, list_open
from tandem.webhooks import announcing, endpoints, sending
from tandem.webhooks.records import DeliveryRecord, EndpointRecord
from tandem.webhooks.rules import CHOICES, EventType
from tandem.xero import facade

router = Router(tags=["webhooks and notices"])


class WebhookIn(Schema):
    """Where messages go, and which; all of them when none is named."""

    url: str
    events: list[EventType] = list(CHOICES)


class WebhookOut(Schema):
    """An endpoint. Its secret is in the answer that made it, and nowhere else."""

    endpoint_id: UUID
    url: str
    events: list[str]
    is_on: bool
    off_because: str
    failing_since: datetime | None
    last_ok_at: datetime | None

    @classmethod
    def of(cls, one: EndpointRecord) -> "WebhookOut":
        """Make it from the room's value."""
        return cls(
            endpoint_id=one.endpoint_id,
            url=one.url,
            events=list(one.events),
            is_on=one.is_on,
            off_because=one.off_because,
            failing_since=one.failing_since,
            last_ok_at=one.last_ok_at,
        )


class NewWebhookOut(Schema):
    """An endpoint that was just made, and its secret, this once."""

    webhook: WebhookOut
    secret: str


class DeliveryOut(Schema):
    """One message on its way: `fate` is sent, waiting or failed; `status` is what the endpoint answered."""

    delivery_id: UUID
    message_id: str
    event: str
    fate: str
    status: int | None
    problem: str
    tries: int
    created_at: datetime
    next_try_at: datetime | None

    @classmethod
    def of(cls, one: DeliveryRecord) -> "DeliveryOut":
        """Make it from the room's value."""
        return cls(
            delivery_id=one.delivery_id,
            message_id=f"msg_{one.message_id.hex}",
            event=one.event,
            fate=one.fate,
            status=one.status,
            problem=one.problem_code,
            tries=one.tries,
            created_at=one.created_at,
            next_try_at=one.next_try_at,
        )


class NoticeOut(Schema):
    """One incident, open or over, and how many people were told."""

    notice_id: UUID
    kind: str
    urgency: str
    text: str
    opened_at: datetime
    closed_at: datetime | None
    acknowledged_at: datetime | None
    people_told: int

    @classmethod
    def of(cls, one: NoticeRecord) -> "NoticeOut":
        """Make it from the room's value."""
        return cls(
            notice_id=one.notice_id,
            kind=one.kind,
            urgency=one.urgency.value,
            text=facade.notice_line(one),
            opened_at=one.opened_at,
            closed_at=one.closed_at,
            acknowledged_at=one.acknowledged_at,
            people_told=one.people_told,
        )


@router.get("/notices", response=list[NoticeOut], summary="What is wrong, and what was")
def show_notices(request: HttpRequest, account_id: Path[UUID]) -> list[NoticeOut]:  # noqa: ARG001  the key is checked against it
    """Return the open notices, then the newest of those that are over."""
    actor = actor_of(request)
    over = list_closed(actor)
    return [NoticeOut.of(one) for one in [*list_open(actor), *over]]


@router.get("/webhooks", response=list[WebhookOut], summary="Where messages go")
def show_webhooks(request: HttpRequest, account_id: Path[UUID]) -> list[WebhookOut]:  # noqa: ARG001
    """Return the account's endpoints, without their secrets."""
    return [WebhookOut.of(one) for one in endpoints.list_endpoints(actor_of(request))]


@router.post("/webhooks", response={201: NewWebhookOut}, summary="Add an endpoint")
def add_webhook(request: HttpRequest, account_id: Path[UUID], payload: WebhookIn) -> Status[NewWebhookOut]:  # noqa: ARG001
    """Add an endpoint and return the secret that signs its messages; it is not shown again."""
    made = endpoints.make_endpoint(actor_of(request), url=payload.url, events=payload.events)
    return Status(201, NewWebhookOut(webhook=WebhookOut.of(made.record), secret=made.secret))


@router.post("/webhooks/{endpoint_id}/on", response=WebhookOut, summary="Switch an endpoint on")
def switch_on(request: HttpRequest, account_id: Path[UUID], endpoint_id: UUID) -> WebhookOut:  # noqa: ARG001
    """Begin to send to an endpoint; what happened while it was off is not sent."""
    return WebhookOut.of(endpoints.switch_endpoint(actor_of(request), endpoint_id=endpoint_id, is_on=True))


@router.post("/webhooks/{endpoint_id}/off", response=WebhookOut, summary="Switch an endpoint off")
def switch_off(request: HttpRequest, account_id: Path[UUID], endpoint_id: UUID) -> WebhookOut:  # noqa: ARG001
    """Stop sending to an endpoint."""
    return WebhookOut.of(endpoints.switch_endpoint(actor_of(request), endpoint_id=endpoint_id, is_on=False))


@router.delete("/webhooks/{endpoint_id}", response=list[WebhookOut], summary="Remove an endpoint")
def remove_webhook(request: HttpRequest, account_id: Path[UUID], endpoint_id: UUID) -> list[WebhookOut]:  # noqa: ARG001
    """Remove an endpoint with its secret and its log; return those that are left."""
    actor = actor_of(request)
    endpoints.remove_endpoint(actor, endpoint_id=endpoint_id)
    return [WebhookOut.of(one) for one in endpoints.list_endpoints(actor)]


@router.post("/webhooks/{endpoint_id}/test", response=DeliveryOut, summary="Send a test")
def send_test(request: HttpRequest, account_id: Path[UUID], endpoint_id: UUID) -> DeliveryOut:  # noqa: ARG001
    """Send a test message now and return what came of it."""
    actor = actor_of(request)
    written = announcing.write_test(actor, endpoint_id=endpoint_id)
    sending.deliver_one(actor.account_id, written.delivery_id)
    return DeliveryOut.of(endpoints.get_delivery(actor, delivery_id=written.delivery_id))


@router.get("/webhooks/{endpoint_id}/deliveries", response=list[DeliveryOut], summary="What was sent to an endpoint")
def show_deliveries(request: HttpRequest, account_id: Path[UUID], endpoint_id: UUID) -> list[DeliveryOut]:  # noqa: ARG001
    """Return the newest messages first, of the last 30 days."""
    return [DeliveryOut.of(one) for one in endpoints.list_deliveries(actor_of(request), endpoint_id=endpoint_id)]


@router.post("/webhooks/deliveries/{delivery_id}/replay", response=DeliveryOut, summary="Send a message again")
def send_again(request: HttpRequest, account_id: Path[UUID], delivery_id: UUID) -> DeliveryOut:  # noqa: ARG001
    """Send a message once more now, with the id and the text that it had."""
    actor = actor_of(request)
    written = announcing.replay(actor, delivery_id=delivery_id)
    sending.deliver_one(actor.account_id, written.delivery_id)
    return DeliveryOut.of(endpoints.get_delivery(actor, delivery_id=written.delivery_id))
