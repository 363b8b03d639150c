"""Open and close incidents, and write letters. Words carry ids, codes and counts: no name of anybody who leaves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.scoping import scoped
from tandem.notices import mail
from tandem.notices.models import Letter, Notice
from tandem.timeline.actions import Fact, record
from tandem.timeline.events import Event


@dataclass(frozen=True)
class Recipient:
    """Somebody with a sign-in, and where mail reaches them."""

    user_id: UUID | None
    address: str


@dataclass(frozen=True)
class Wording:
    """A letter's text, ready to send."""

    subject: str
    body: str


@scoped
def open_incident(
    actor: Actor,
    *,
    incident: str,
    kind: str,
    facts: Mapping[str, Fact] | None = None,
    tell: Iterable[Recipient] = (),
    wording: Wording | None = None,
) -> bool:
    """Open the incident and tell people once; do nothing and return False while it is open already."""
    recipients = list(tell)
    told = [person.user_id for person in recipients if person.user_id is not None]
    made = Notice.objects.bulk_create(
        [
            Notice(
                account_id=actor.account_id,
                incident=incident,
                kind=kind,
                facts=dict(facts or {}),
                opened_at=clock.now(),
                told_user_ids=told,
            )
        ],
        ignore_conflicts=True,
    )
    # PostgreSQL does not say which rows an ignored conflict left out, so ask whether ours is the open one.
    if not Notice.objects.filter(account_id=actor.account_id, notice_id=made[0].notice_id).exists():
        return False
    record(actor, Event.NOTICE_OPENED, subject_kind="notice", subject_id=made[0].notice_id, facts={"kind": kind})
    if wording is not None:
        write_letters(actor, to=recipients, wording=wording)
    return True


@scoped
def close_incident(actor: Actor, *, incident: str, wording: Wording | None = None) -> bool:
    """Close the incident and, with a wording, tell those who were told of it; return False when none was open."""
    notice = (
        Notice.objects.select_for_update()
        .filter(account_id=actor.account_id, incident=incident, closed_at__isnull=True)
        .first()
    )
    if notice is None:
        return False
    notice.closed_at = clock.now()
    notice.save(update_fields=["closed_at"])
    record(actor, Event.NOTICE_CLOSED, subject_kind="notice", subject_id=notice.notice_id, facts={"kind": notice.kind})
    if wording is not None:
        told = Letter.objects.filter(
            account_id=actor.account_id, to_user_id__in=notice.told_user_ids, written_at__gte=notice.opened_at
        )
        addresses = dict(told.values_list("to_user_id", "to_address"))
        write_letters(
            actor, to=[Recipient(user_id, address) for user_id, address in addresses.items()], wording=wording
        )
    return True


@scoped
def write_letters(actor: Actor, *, to: Iterable[Recipient], wording: Wording) -> int:
    """Write one letter to each; they are delivered once the transaction is committed. Return how many."""
    letters = [
        Letter(
            account_id=actor.account_id,
            to_user_id=person.user_id,
            to_address=person.address,
            subject=wording.subject,
            body=wording.body,
            written_at=clock.now(),
        )
        for person in to
    ]
    Letter.objects.bulk_create(letters)
    if letters:
        account_id = actor.account_id
        transaction.on_commit(lambda: mail.deliver_waiting(account_id))
    return len(letters)
