"""Make, switch and remove endpoints, and read what was sent to them; for administrators."""

import base64
import secrets
from collections.abc import Iterable
from uuid import UUID, uuid4

from django.conf import settings

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, NotFound, Problem
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped, scoped_part
from tandem.notices.actions import close_incident
from tandem.tenancy import vault
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.webhooks.models import Delivery, Endpoint
from tandem.webhooks.records import DeliveryRecord, EndpointRecord, NewEndpoint
from tandem.webhooks.rules import CHOICES, EventType, read_address

SEALED_IN = "webhooks_endpoint.secret"
SECRET_BYTES = 32
PREFIX = "whsec_"
HINT_LENGTH = 4
MOST = 10
BY_HAND = "by_hand"


@scoped
def make_endpoint(actor: Actor, *, url: str, events: Iterable[EventType]) -> NewEndpoint:
    """Add an endpoint and the secret that signs what is sent there; raise Invalid."""
    actor.require(Permission.MANAGE_USERS)
    wanted = [event.value for event in events if event in CHOICES]
    problems = _problems(actor, url, wanted)
    if problems:
        raise Invalid(*problems)
    endpoint_id, secret = uuid4(), base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    row = Endpoint.objects.create(
        endpoint_id=endpoint_id,
        account_id=actor.account_id,
        url=url,
        events=wanted,
        secret=vault.seal(actor.account_id, secret, column=SEALED_IN, row_id=endpoint_id),
        hint=secret.rstrip("=")[-HINT_LENGTH:],
        made_at=clock.now(),
        made_by_user_id=actor.user_id,
    )
    _record(actor, Event.WEBHOOK_MADE, row)
    return NewEndpoint(as_endpoint(row), PREFIX + secret)


def _problems(actor: Actor, url: str, events: list[str]) -> list[Problem]:
    found = []
    try:
        read_address(url, allows_loopback=settings.TANDEM.demo)
    except ValueError as error:
        found.append(Problem("url", str(error)))
    if not events:
        found.append(Problem("events", "Choose at least one event: without one, nothing is ever sent."))
    if Endpoint.objects.filter(account_id=actor.account_id).count() >= MOST:
        found.append(Problem("url", f"An account can have {MOST} endpoints. Remove one that is not used any more."))
    return found


@scoped
def switch_endpoint(actor: Actor, *, endpoint_id: UUID, is_on: bool) -> EndpointRecord:
    """Begin or stop sending to an endpoint; what happened while it was off is not sent later."""
    row = _own(actor, endpoint_id)
    if (row.off_at is None) == is_on:
        return as_endpoint(row)
    row.off_at, row.off_because = (None, "") if is_on else (clock.now(), BY_HAND)
    row.failing_since = None
    row.save(update_fields=["off_at", "off_because", "failing_since"])
    close_incident(actor, incident=incident_of(row.endpoint_id))
    _record(actor, Event.WEBHOOK_SWITCHED_ON if is_on else Event.WEBHOOK_SWITCHED_OFF, row)
    return as_endpoint(row)


@scoped
def remove_endpoint(actor: Actor, *, endpoint_id: UUID) -> None:
    """Remove an endpoint with its secret and its log."""
    row = _own(actor, endpoint_id)
    close_incident(actor, incident=incident_of(endpoint_id))
    _record(actor, Event.WEBHOOK_REMOVED, row)
    row.delete()


@scoped_part
def list_endpoints(actor: Actor) -> list[EndpointRecord]:
    """Return the account's endpoints, the oldest first."""
    actor.require(Permission.MANAGE_USERS)
    rows = Endpoint.objects.filter(account_id=actor.account_id).defer("secret")
    return [as_endpoint(row) for row in rows.order_by("made_at")]


@scoped_part
def get_endpoint(actor: Actor, *, endpoint_id: UUID) -> EndpointRecord:
    """Return one endpoint; raise NotFound."""
    return as_endpoint(_own(actor, endpoint_id))


@scoped_part
def list_deliveries(actor: Actor, *, endpoint_id: UUID, limit: int = 50) -> list[DeliveryRecord]:
    """Return what was sent to an endpoint, the newest first."""
    actor.require(Permission.MANAGE_USERS)
    rows = Delivery.objects.filter(account_id=actor.account_id, endpoint_id=endpoint_id)
    return [as_delivery(row) for row in rows.order_by("-created_at", "delivery_id")[:limit]]


@scoped_part
def get_delivery(actor: Actor, *, delivery_id: UUID) -> DeliveryRecord:
    """Return one message on its way; raise NotFound."""
    actor.require(Permission.MANAGE_USERS)
    row = Delivery.objects.filter(account_id=actor.account_id, delivery_id=delivery_id).first()
    if row is None:
        raise NotFound
    return as_delivery(row)


def incident_of(endpoint_id: UUID) -> str:
    """Return the name of the one incident about an endpoint."""
    return f"webhook:{endpoint_id}"


def _own(actor: Actor, endpoint_id: UUID) -> Endpoint:
    actor.require(Permission.MANAGE_USERS)
    rows = Endpoint.objects.select_for_update().filter(account_id=actor.account_id, endpoint_id=endpoint_id)
    row = rows.first()
    if row is None:
        raise NotFound
    return row


def _record(actor: Actor, event: Event, row: Endpoint) -> None:
    record(actor, event, subject_kind="webhook", subject_id=row.endpoint_id, facts={"events": list(row.events)})


def as_endpoint(row: Endpoint) -> EndpointRecord:
    """Return the endpoint as a value, without its secret."""
    return EndpointRecord(
        endpoint_id=row.endpoint_id,
        url=row.url,
        events=tuple(row.events),
        hint=row.hint,
        made_at=row.made_at,
        made_by_user_id=row.made_by_user_id,
        failing_since=row.failing_since,
        last_ok_at=row.last_ok_at,
        off_at=row.off_at,
        off_because=row.off_because,
    )


def as_delivery(row: Delivery) -> DeliveryRecord:
    """Return the delivery as a value."""
    return DeliveryRecord(
        delivery_id=row.delivery_id,
        message_id=row.message_id,
        event=row.event,
        body=row.body,
        created_at=row.created_at,
        tries=row.tries,
        next_try_at=row.next_try_at,
        delivered_at=row.delivered_at,
        given_up_at=row.given_up_at,
        status=row.status,
        problem_code=row.problem_code,
    )
