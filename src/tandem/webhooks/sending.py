"""Carry messages to their endpoints: leased, sent outside any transaction, noted, tried again later, given up after days.

A worker that dies between the sending and the note leaves a message that is sent again with the same id: at least once.
"""

from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from django.db import connection as database
from standardwebhooks import Webhook

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.scoping import scope
from tandem.notices.ladder import open_ladder
from tandem.tenancy import vault
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.webhooks.endpoints import SEALED_IN, incident_of
from tandem.webhooks.models import Delivery, Endpoint
from tandem.webhooks.posting import Outcome, post
from tandem.webhooks.rules import GONE, EventType, is_to_be_switched_off, next_try_at

log = structlog.get_logger()
LEASE = timedelta(minutes=2)
KEPT_FOR = timedelta(days=30)
SWITCHED_OFF = "webhook_disabled"
OFF = "endpoint_off"


def accounts_with_messages(now: datetime) -> list[UUID]:
    """Return the accounts that have a message to be sent; ids alone, of every account."""
    with database.cursor() as cursor:
        cursor.execute("SELECT account_id FROM tandem_webhooks_due(%s)", [now])
        return [row[0] for row in cursor.fetchall()]


def deliver_waiting(account_id: UUID) -> int:
    """Send the account's messages that are due; return how many were taken. Run outside a transaction."""
    taken = 0
    while (delivery := _claim(account_id)) is not None:
        taken += _deliver(delivery).is_taken
    return taken


def deliver_one(account_id: UUID, delivery_id: UUID) -> Outcome | None:
    """Send one message now, for somebody who waits for it; None when a worker is sending it already."""
    delivery = _claim(account_id, only=delivery_id)
    return _deliver(delivery) if delivery is not None else None


def purge(account_id: UUID) -> int:
    """Forget the log of what was sent a month ago."""
    with scope(account_id):
        rows = Delivery.objects.filter(account_id=account_id, created_at__lt=clock.now() - KEPT_FOR)
        return rows.delete()[0]


def _claim(account_id: UUID, *, only: UUID | None = None) -> Delivery | None:
    """Lease the next message that is due, so that no other worker sends it meanwhile."""
    now = clock.now()
    with scope(account_id):
        rows = Delivery.objects.select_for_update(skip_locked=True, of=("self",)).select_related("endpoint")
        rows = rows.filter(account_id=account_id, next_try_at__lte=now).exclude(leased_until__gt=now)
        delivery = (rows.filter(delivery_id=only) if only else rows).order_by("next_try_at", "delivery_id").first()
        if delivery is not None:
            delivery.leased_until = now + LEASE
            delivery.save(update_fields=["leased_until"])
    return delivery


def _deliver(delivery: Delivery) -> Outcome:
    if delivery.endpoint.off_at is not None and delivery.event != EventType.TEST.value:
        outcome = Outcome(problem_code=OFF)
    else:
        outcome = post(delivery.endpoint.url, body=delivery.body.encode(), headers=_headers(delivery))
    with scope(delivery.account_id):
        _note(delivery, outcome)
        if outcome.problem_code != OFF:
            _judge(delivery, outcome)
    log.info("webhook_sent", webhook=str(delivery.endpoint_id), status=outcome.status, problem=outcome.problem_code)
    return outcome


def _headers(delivery: Delivery) -> dict[str, str]:
    """Sign the message as Standard Webhooks says, with the time of this attempt."""
    now, message_id = clock.now(), f"msg_{delivery.message_id.hex}"
    with scope(delivery.account_id):
        secret = vault.unseal(
            delivery.account_id, delivery.endpoint.secret, column=SEALED_IN, row_id=delivery.endpoint_id
        )
    return {
        "Content-Type": "application/json",
        "User-Agent": "Tandem",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, now, delivery.body),
    }


def _note(delivery: Delivery, outcome: Outcome) -> None:
    """Write down what came of it: taken, to be tried again later, or given up. A test is tried once."""
    now = clock.now()
    delivery.tries += 1
    delivery.leased_until, delivery.status, delivery.problem_code = None, outcome.status, outcome.problem_code
    may_again = outcome.problem_code != OFF and delivery.event != EventType.TEST.value
    delivery.next_try_at = next_try_at(tries=delivery.tries, now=now) if may_again and not outcome.is_taken else None
    if outcome.is_taken:
        delivery.delivered_at = now
    elif delivery.next_try_at is None:
        delivery.given_up_at = now
    delivery.save()


def _judge(delivery: Delivery, outcome: Outcome) -> None:
    """Keep how the endpoint does, and switch it off when it took nothing for days or says that it is gone."""
    now = clock.now()
    row = Endpoint.objects.select_for_update().filter(endpoint_id=delivery.endpoint_id).first()
    if row is None:
        return
    if outcome.is_taken:
        row.failing_since, row.last_ok_at = None, now
    elif delivery.event != EventType.TEST.value:
        row.failing_since = row.failing_since or now
        if row.off_at is None and is_to_be_switched_off(
            failing_since=row.failing_since, now=now, status=outcome.status
        ):
            _switch_off(row, because="gone" if outcome.status == GONE else "failing")
    row.save(update_fields=["failing_since", "last_ok_at", "off_at", "off_because"])


def _switch_off(row: Endpoint, *, because: str) -> None:
    """Stop sending there and say so in a notice; whatever waits is given up when its time comes."""
    actor = Actor.system(row.account_id, because="webhooks")
    row.off_at, row.off_because = clock.now(), because
    record(
        actor,
        Event.WEBHOOK_SWITCHED_OFF,
        subject_kind="webhook",
        subject_id=row.endpoint_id,
        facts={"events": list(row.events), "because": because},
    )
    host = urlsplit(row.url).hostname or ""
    open_ladder(actor, incident=incident_of(row.endpoint_id), kind=SWITCHED_OFF, facts={"host": host})
