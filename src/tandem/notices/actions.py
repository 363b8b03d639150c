"""Open and close incidents, and write letters. Words carry ids, codes and counts: no name of anybody who leaves.

A letter is a row until a worker sends it (`mail`), so nobody's page waits for a mail server. What climbs a ladder of people
is opened by `ladder`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import NotFound, NotPermitted
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped
from tandem.notices.choices import choices_of, quiet_of
from tandem.notices.letters import compose
from tandem.notices.models import Letter, Notice, Telling
from tandem.notices.records import Recipient, Wording
from tandem.notices.rules import Rung, Urgency, quiet_until
from tandem.tenancy.records import AccountRecord
from tandem.tenancy.selectors import get_account
from tandem.timeline.actions import Fact, record
from tandem.timeline.events import Event

__all__ = [
    "Recipient",
    "Wording",
    "acknowledge",
    "close_incident",
    "open_incident",
    "put_right",
    "release",
    "remind",
    "write_letters",
]
OVERTAKEN = "overtaken"
REMINDER = "reminder"


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
    notice = insert(actor, incident=incident, kind=kind, facts=facts or {})
    if notice is None:
        return False
    if wording is not None:
        write_letters(actor, to=tell, wording=wording, notice=notice)
    return True


def insert(
    actor: Actor,
    *,
    incident: str,
    kind: str,
    facts: Mapping[str, Fact],
    climbs_at: datetime | None = None,
    left_out_user_ids: Iterable[UUID] = (),
) -> Notice | None:
    """Open the incident; return None while it is open already. Call inside the account's scope."""
    notice = Notice(
        account_id=actor.account_id,
        incident=incident,
        kind=kind,
        facts=dict(facts),
        opened_at=clock.now(),
        is_ladder=climbs_at is not None,
        climbs_at=climbs_at,
        left_out_user_ids=list(left_out_user_ids),
    )
    Notice.objects.bulk_create([notice], ignore_conflicts=True)
    # PostgreSQL does not say which rows an ignored conflict left out, so ask whether ours is the open one.
    if not Notice.objects.filter(account_id=actor.account_id, notice_id=notice.notice_id).exists():
        return None
    record(actor, Event.NOTICE_OPENED, subject_kind="notice", subject_id=notice.notice_id, facts={"kind": kind})
    return notice


@scoped
def put_right(actor: Actor, *, incident: str, facts: Mapping[str, Fact]) -> None:
    """Say what is known of an open incident now; nobody is told anew."""
    rows = Notice.objects.select_for_update().filter(account_id=actor.account_id, incident=incident)
    for notice in rows.filter(closed_at__isnull=True):
        notice.facts = notice.facts | dict(facts)
        notice.save(update_fields=["facts"])


@scoped
def close_incident(actor: Actor, *, incident: str, wording: Wording | None = None) -> bool:
    """Close the incident and, with a wording, tell exactly those who were told of it; return False when none was open."""
    rows = Notice.objects.select_for_update().filter(account_id=actor.account_id, incident=incident)
    notice = rows.filter(closed_at__isnull=True).first()
    if notice is None:
        return False
    notice.closed_at, notice.climbs_at = clock.now(), None
    notice.save(update_fields=["closed_at", "climbs_at"])
    record(actor, Event.NOTICE_CLOSED, subject_kind="notice", subject_id=notice.notice_id, facts={"kind": notice.kind})
    _withdraw(notice)
    if wording is not None:
        told = Telling.objects.filter(account_id=actor.account_id, notice=notice)
        told = told.exclude(letter__given_up_at__isnull=False)
        people = dict(told.order_by("told_at").values_list("address", "user_id"))
        recipients = [Recipient(user_id, address) for address, user_id in people.items()]
        write(actor, to=recipients, wording=wording, notice=notice, kind="recovered")
    return True


def _withdraw(notice: Notice) -> None:
    """Keep back what was written about the incident and has not gone out: it is not true any more."""
    if not settings.TANDEM.smtp_url:
        return
    waiting = Letter.objects.filter(account_id=notice.account_id, notice=notice, delivered_at__isnull=True)
    now = clock.now()
    waiting = waiting.filter(next_try_at__isnull=False).exclude(leased_until__gt=now)
    waiting.update(next_try_at=None, given_up_at=now, problem_code=OVERTAKEN)


@scoped
def acknowledge(actor: Actor, *, notice_id: UUID) -> None:
    """Say "I am on it": nobody else is told for a while. Whoever said so last is the one who is named."""
    notice = _own(actor, notice_id)
    notice.acknowledged_at, notice.acknowledged_by_user_id = clock.now(), actor.user_id
    notice.climbs_at = clock.now() if notice.climbs_at is not None else None
    notice.save(update_fields=["acknowledged_at", "acknowledged_by_user_id", "climbs_at"])
    record(actor, Event.NOTICE_ACKNOWLEDGED, subject_kind="notice", subject_id=notice_id, facts={"kind": notice.kind})


@scoped
def release(actor: Actor, *, notice_id: UUID) -> None:
    """Take back "I am on it": the ladder goes on from where it was."""
    notice = _own(actor, notice_id)
    if notice.acknowledged_at is None:
        return
    notice.acknowledged_at, notice.acknowledged_by_user_id = None, None
    notice.climbs_at = clock.now() if notice.is_ladder else None
    notice.save(update_fields=["acknowledged_at", "acknowledged_by_user_id", "climbs_at"])
    record(actor, Event.NOTICE_RELEASED, subject_kind="notice", subject_id=notice_id, facts={"kind": notice.kind})


def _own(actor: Actor, notice_id: UUID) -> Notice:
    actor.require(Permission.VIEW_INTEGRATION)
    if actor.user_id is None:
        raise NotPermitted("Only a person can be on it. A program with an API key cannot.")
    rows = Notice.objects.select_for_update().filter(account_id=actor.account_id, notice_id=notice_id)
    notice = rows.filter(closed_at__isnull=True, calm_since__isnull=True).first()
    if notice is None:
        raise NotFound("This notice is closed already. Nothing was changed.")
    return notice


@scoped
def remind(actor: Actor, *, incident: str, to: Iterable[Recipient], wording: Wording) -> int:
    """Write once more about an open incident, also to people who were not told before; return how many letters."""
    rows = Notice.objects.filter(account_id=actor.account_id, incident=incident, closed_at__isnull=True)
    return write_letters(actor, to=to, wording=wording, notice=rows.first(), kind=REMINDER)


@scoped
def write_letters(
    actor: Actor, *, to: Iterable[Recipient], wording: Wording, notice: Notice | None = None, kind: str = "letter"
) -> int:
    """Write one letter to each, to go out after their quiet hours; return how many. With a notice they count as told."""
    recipients = list(to)
    letters = write(actor, to=recipients, wording=wording, notice=notice, kind=kind)
    if notice is not None:
        told = Telling.objects.filter(account_id=actor.account_id, notice=notice)
        known = set(told.values_list("address", flat=True))
        Telling.objects.bulk_create(
            Telling(
                account_id=actor.account_id,
                notice=notice,
                letter=letter,
                user_id=letter.to_user_id,
                address=letter.to_address,
                rung=(Rung.ADMINISTRATORS if letter.to_user_id else Rung.SUPPORT).value,
                urgency=Urgency.SOON.value,
                told_at=letter.written_at,
            )
            for letter in letters
            if letter.to_address not in known
        )
    return len(letters)


def write(
    actor: Actor,
    *,
    to: Sequence[Recipient],
    wording: Wording,
    notice: Notice | None = None,
    kind: str = "letter",
    is_urgent: bool = False,
) -> list[Letter]:
    """Write one letter to each and return them. Call inside the account's scope."""
    if not to:
        return []
    account, now = get_account(actor.account_id), clock.now()
    parts = compose(account, wording)
    quiet = choices_of(actor.account_id, [one.user_id for one in to if one.user_id]) if not is_urgent else {}
    letters = [
        Letter(
            account_id=actor.account_id,
            notice=notice,
            kind=kind,
            to_user_id=one.user_id,
            to_address=one.address,
            subject=wording.subject,
            body=parts.text,
            html=parts.html,
            written_at=now,
            next_try_at=quiet_until(
                quiet_of(quiet[one.user_id]) if one.user_id in quiet else None, now, account.time_zone
            ),
        )
        for one in to
    ]
    return Letter.objects.bulk_create(letters)


def list_address(account: AccountRecord) -> str:
    """Return the full address of the account's notices, for a letter."""
    try:
        path = reverse("notice-list", kwargs={"account": account.slug})
    except NoReverseMatch:
        path = f"/a/{account.slug}/"
    return settings.TANDEM.base_url.rstrip("/") + path
