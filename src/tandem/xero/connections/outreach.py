"""Support writes to the administrators of accounts that need somebody: preview, send once, and what came of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db import connection as database

from tandem.access.records import MemberRecord
from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped, user_scope
from tandem.notices.actions import Recipient, Wording, write_letters
from tandem.tenancy.records import AccountRecord
from tandem.tenancy.selectors import get_account
from tandem.timeline.actions import Fact, record
from tandem.timeline.events import Event
from tandem.xero.connections.assembling import windows
from tandem.xero.connections.causes import Cause
from tandem.xero.connections.fleet_tally import NEEDS_SOMEBODY, shown_state
from tandem.xero.connections.handover import who_stays
from tandem.xero.connections.health import ConnectionState
from tandem.xero.connections.incidents import page_address
from tandem.xero.connections.outreach_letters import fill, template_for
from tandem.xero.models import Connection, Outreach

BULK_LIMIT = 200
PAGE_SIZE = 50
LATELY = timedelta(hours=24)
LOOKED_BACK = timedelta(days=30)
RESULTS = (
    "SELECT account_id, account_name, batch_id, sent_at, state_then, cause, outcome, letters, state_now, recovered_at,"
    " total FROM tandem_support_outreach(%s, make_interval(secs => %s), %s, %s, %s, %s, %s)"
)


class Outcome(StrEnum):
    """What becomes of one account in one sending."""

    SENT = "sent"
    NO_ADMINISTRATOR = "no_administrator"
    WRITTEN_LATELY = "written_lately"
    NOTHING_TO_DO = "nothing_to_do"


@dataclass(frozen=True)
class OutreachPreview:
    """What would be sent to one account: how many letters and their text, or why none goes."""

    account_id: UUID
    name: str
    state: ConnectionState
    cause: str
    outcome: Outcome
    letters: int
    last_sent_at: datetime | None
    wording: Wording


@dataclass(frozen=True)
class OutreachResult:
    """One account in one sending, how it stands now, and when it first worked again after the letter."""

    account_id: UUID
    name: str
    batch_id: UUID
    sent_at: datetime
    state_then: ConnectionState
    cause: str
    outcome: Outcome
    letters: int
    state_now: ConnectionState
    recovered_at: datetime | None


@dataclass(frozen=True)
class OutreachPage:
    """One page of results, newest first."""

    rows: tuple[OutreachResult, ...]
    number: int
    total: int

    @property
    def pages(self) -> int:
        """Return how many pages there are."""
        return max(1, -(-self.total // PAGE_SIZE))

    @property
    def first(self) -> int:
        """Return the number of the first row shown, 0 where there is none."""
        return (self.number - 1) * PAGE_SIZE + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """Return the number of the last row shown."""
        return (self.number - 1) * PAGE_SIZE + len(self.rows)


@scoped
def preview_outreach(actor: Actor, *, again: bool = False) -> OutreachPreview:
    """Return what would be sent; `again` writes though a letter went within 24 hours. Raise NotFound."""
    actor.require(Permission.SEND_WAY_OUT)
    row = Connection.objects.filter(account_id=actor.account_id).first()
    return _plan(actor, row, again=again)[0]


@scoped
def send_outreach(actor: Actor, *, batch_id: UUID, again: bool = False) -> Outcome:
    """Write to the account's administrators, but not to whoever leaves; once for a batch, however often it is asked."""
    actor.require(Permission.SEND_WAY_OUT)
    # The row is the lock: of two sendings at once the second sees what the first wrote.
    row = Connection.objects.select_for_update(no_key=True).filter(account_id=actor.account_id).first()
    done = Outreach.objects.filter(account_id=actor.account_id, batch_id=batch_id).first()
    if done is not None:
        return Outcome(done.outcome)
    plan, members = _plan(actor, row, again=again)
    sent = 0
    if plan.outcome is Outcome.SENT:
        to = [Recipient(member.user_id, member.email) for member in members]
        sent = write_letters(actor, to=to, wording=plan.wording)
    _write_down(actor, plan, batch_id=batch_id, sent=sent)
    return plan.outcome


def _write_down(actor: Actor, plan: OutreachPreview, *, batch_id: UUID, sent: int) -> None:
    row = Outreach(
        account_id=actor.account_id,
        batch_id=batch_id,
        at=clock.now(),
        by_user_id=actor.user_id,
        state=plan.state.value,
        cause=plan.cause,
        outcome=plan.outcome.value,
        letters=sent,
    )
    Outreach.objects.bulk_create([row], ignore_conflicts=True)
    if sent:
        facts: dict[str, Fact] = {"letters": sent, "cause": plan.cause}
        record(actor, Event.WAY_OUT_SENT, subject_kind="account", subject_id=actor.account_id, facts=facts)


def list_outreach(
    user_id: UUID, *, batch_id: UUID | None = None, account_id: UUID | None = None, page: int = 1, size: int = PAGE_SIZE
) -> OutreachPage:
    """Return who was written to in the last 30 days, or one whole sending; nothing unless a support agent asks."""
    now, number = clock.now(), max(1, page)
    after = now - LOOKED_BACK
    fresh, skipped = windows().data.total_seconds(), (number - 1) * size
    with user_scope(user_id), database.cursor() as cursor:
        cursor.execute(RESULTS, [now, fresh, after, batch_id, account_id, size, skipped])
        found = cursor.fetchall()
    return OutreachPage(tuple(_result(*row[:10]) for row in found), number, found[0][10] if found else 0)


def _result(
    account_id: UUID,
    name: str,
    batch_id: UUID,
    sent_at: datetime,
    state_then: str,
    cause: str,
    outcome: str,
    letters: int,
    state_now: str,
    recovered_at: datetime | None,
) -> OutreachResult:
    then, now = ConnectionState(state_then), ConnectionState(state_now)
    return OutreachResult(
        account_id, name, batch_id, sent_at, then, cause, Outcome(outcome), letters, now, recovered_at
    )


def _plan(actor: Actor, row: Connection | None, *, again: bool) -> tuple[OutreachPreview, list[MemberRecord]]:
    account, members = get_account(actor.account_id), who_stays(actor)
    state = ConnectionState.NOT_SET_UP
    if row is not None:
        state = shown_state(
            ConnectionState(row.state),
            row.proved_at,
            now=clock.now(),
            window=windows().data,
            proved_until=row.proved_until,
        )
    last = Outreach.objects.filter(account_id=actor.account_id, letters__gt=0).order_by("-at").first()
    outcome = _outcome(state, members, last.at if last else None, again=again)
    return (
        OutreachPreview(
            account_id=account.account_id,
            name=account.name,
            state=state,
            cause=row.cause if row else "",
            outcome=outcome,
            letters=len(members) if outcome is Outcome.SENT else 0,
            last_sent_at=last.at if last else None,
            wording=_wording(account, row),
        ),
        members,
    )


def _outcome(state: ConnectionState, members: list[MemberRecord], last: datetime | None, *, again: bool) -> Outcome:
    if state not in NEEDS_SOMEBODY:
        return Outcome.NOTHING_TO_DO
    if not members:
        return Outcome.NO_ADMINISTRATOR
    if last is not None and clock.now() - last < LATELY and not again:
        return Outcome.WRITTEN_LATELY
    return Outcome.SENT


def _wording(account: AccountRecord, row: Connection | None) -> Wording:
    cause = Cause(row.cause) if row and row.cause else None
    subject, body = fill(
        template_for(cause),
        account=account.name,
        is_certain=cause is None or bool(row and row.cause_is_certain),
        reconnect=page_address(account, "xero-reconnect"),
        connection=page_address(account, "xero-connection"),
    )
    return Wording(subject=subject, body=body)
