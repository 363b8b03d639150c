"""Read notices, who was told of them, and letters."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection as database
from django.db.models import Count, Q, QuerySet

from tandem.kernel.actor import Actor
from tandem.kernel.errors import NotFound
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped_part
from tandem.notices.models import Letter, Notice, Telling
from tandem.notices.records import LetterRecord, NoticeRecord, TellingRecord
from tandem.notices.rules import CAN_WAIT, Urgency

HEARD_AGAIN = ("reminder", "recovered")
IS_OVER = Q(closed_at__isnull=False) | Q(calm_since__isnull=False)


@scoped_part
def list_open(actor: Actor) -> list[NoticeRecord]:
    """Return the open incidents that the actor should know of, newest first."""
    if not actor.may(Permission.VIEW_INTEGRATION):
        return []
    rows = Notice.objects.filter(account_id=actor.account_id, closed_at__isnull=True, calm_since__isnull=True)
    return [as_notice(row) for row in _counted(rows).order_by("-opened_at")]


@scoped_part
def is_open(actor: Actor, *, incident: str) -> bool:
    """Say whether an incident is open, for the room that opens it."""
    return Notice.objects.filter(account_id=actor.account_id, incident=incident, closed_at__isnull=True).exists()


@scoped_part
def count_open(actor: Actor) -> int:
    """Return how many incidents that press are open and nobody is on."""
    if not actor.may(Permission.VIEW_INTEGRATION):
        return 0
    rows = Notice.objects.filter(account_id=actor.account_id, closed_at__isnull=True, calm_since__isnull=True)
    return rows.filter(acknowledged_at__isnull=True).exclude(kind__in=CAN_WAIT).count()


@scoped_part
def list_closed(actor: Actor, *, limit: int = 50, before: datetime | None = None) -> list[NoticeRecord]:
    """Return what is over, the latest first, opened before a time when given."""
    actor.require(Permission.VIEW_INTEGRATION)
    rows = Notice.objects.filter(account_id=actor.account_id).filter(IS_OVER)
    if before is not None:
        rows = rows.filter(opened_at__lt=before)
    return [as_notice(row) for row in _counted(rows).order_by("-opened_at", "notice_id")[:limit]]


def _counted(rows: QuerySet[Notice]) -> QuerySet[Notice]:
    return rows.annotate(people_told=Count("tellings__address", distinct=True))


@scoped_part
def get_notice(actor: Actor, *, notice_id: UUID) -> NoticeRecord:
    """Return one incident, open or over; raise NotFound."""
    actor.require(Permission.VIEW_INTEGRATION)
    row = Notice.objects.filter(account_id=actor.account_id, notice_id=notice_id).first()
    if row is None:
        raise NotFound
    return as_notice(row)


@scoped_part
def list_tellings(actor: Actor, *, notice_id: UUID) -> list[TellingRecord]:
    """Return who was told of an incident, in the order in which they were, who was reminded, and who heard that it is over."""
    actor.require(Permission.VIEW_INTEGRATION)
    rows = Telling.objects.filter(account_id=actor.account_id, notice_id=notice_id).select_related("letter")
    told = [
        TellingRecord(
            user_id=row.user_id,
            address=row.address,
            rung=row.rung,
            urgency=Urgency(row.urgency),
            told_at=row.told_at,
            letter_id=row.letter_id,
            fate=fate_of(row.letter),
            problem_code=row.letter.problem_code if row.letter else "",
        )
        for row in rows.order_by("told_at", "address")
    ]
    return sorted([*told, *_heard_again(actor, notice_id)], key=lambda one: one.told_at)


def _heard_again(actor: Actor, notice_id: UUID) -> Iterable[TellingRecord]:
    """Yield who was reminded, and who heard that it is over."""
    rows = Letter.objects.filter(account_id=actor.account_id, notice_id=notice_id, kind__in=HEARD_AGAIN)
    rows = rows.filter(telling__isnull=True)
    for row in rows.order_by("written_at", "to_address"):
        yield TellingRecord(
            user_id=row.to_user_id,
            address=row.to_address,
            rung=row.kind,
            urgency=Urgency.SOON,
            told_at=row.written_at,
            letter_id=row.letter_id,
            fate=fate_of(row),
            problem_code=row.problem_code,
        )


def fate_of(letter: Letter | None) -> str:
    """Return what became of a letter: sent, failed, waiting, or kept here because no mail server is set."""
    if letter is None or letter.delivered_at is not None:
        return "sent"
    if letter.given_up_at is not None:
        return "failed"
    return "waiting" if settings.TANDEM.smtp_url else "kept"


@scoped_part
def list_letters(actor: Actor, *, limit: int = 100) -> list[LetterRecord]:
    """Return the newest letters first; for administrators."""
    actor.require(Permission.MANAGE_USERS)
    rows = Letter.objects.filter(account_id=actor.account_id).order_by("-written_at", "letter_id")[:limit]
    return [_as_letter(row) for row in rows]


@scoped_part
def get_letter(actor: Actor, *, letter_id: UUID) -> LetterRecord:
    """Return one letter; raise NotFound."""
    actor.require(Permission.MANAGE_USERS)
    row = Letter.objects.filter(account_id=actor.account_id, letter_id=letter_id).first()
    if row is None:
        raise NotFound
    return _as_letter(row)


def accounts_with_something_due(now: datetime) -> list[UUID]:
    """Return the accounts for which a ladder is to be climbed or a letter to be sent; ids alone, of every account."""
    with database.cursor() as cursor:
        cursor.execute("SELECT account_id FROM tandem_notices_due(%s, %s)", [now, bool(settings.TANDEM.smtp_url)])
        return [row[0] for row in cursor.fetchall()]


def as_notice(row: Notice) -> NoticeRecord:
    """Return the incident as a value."""
    return NoticeRecord(
        notice_id=row.notice_id,
        incident=row.incident,
        kind=row.kind,
        facts=row.facts,
        opened_at=row.opened_at,
        urgency=Urgency(row.urgency),
        closed_at=row.calm_since or row.closed_at,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by_user_id=row.acknowledged_by_user_id,
        people_told=getattr(row, "people_told", 0),
    )


def _as_letter(row: Letter) -> LetterRecord:
    return LetterRecord(
        letter_id=row.letter_id,
        kind=row.kind,
        to_address=row.to_address,
        subject=row.subject,
        body=row.body,
        html=row.html,
        written_at=row.written_at,
        tries=row.tries,
        next_try_at=row.next_try_at,
        delivered_at=row.delivered_at,
        given_up_at=row.given_up_at,
        problem_code=row.problem_code,
        fate=fate_of(row),
    )
