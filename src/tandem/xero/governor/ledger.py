"""The calls to Xero that all processes make, counted in PostgreSQL: admitted before, noted after, in short transactions.

The counters of one organisation are one row, and its lock is the queue. Those of the whole app are one row a minute.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection

from tandem.kernel import clock
from tandem.kernel.errors import TandemError
from tandem.kernel.scoping import joined_scope
from tandem.xero.client.errors import AnswerClass, RateLimited, XeroError
from tandem.xero.client.transport import Answer
from tandem.xero.governor.rules import SHARES, Ledger, LimitKind, Limits, Purpose, Signals, Wait, admit, note_answer
from tandem.xero.governor.shares import Counts, Share
from tandem.xero.models import AppBudget, CallBudget, CallDay

PROBLEMS: Mapping[AnswerClass, LimitKind] = {
    AnswerClass.MINUTE_LIMIT: LimitKind.MINUTE,
    AnswerClass.DAY_LIMIT: LimitKind.DAY,
    AnswerClass.CONCURRENT_LIMIT: LimitKind.CONCURRENT,
    AnswerClass.APP_LIMIT: LimitKind.APP,
    AnswerClass.UNKNOWN_LIMIT: LimitKind.RETRY_AFTER,
}
ALL = "all"
KEPT_MINUTES = timedelta(hours=1)
KEPT_DAYS = timedelta(days=14)
# What every call asks twice, and the ORM would compose anew each time.
LOCK = "SELECT * FROM xero_callbudget WHERE account_id = %s AND connection_id = %s FOR UPDATE"
STORE = """
UPDATE xero_callbudget
SET minute_started_at = %s, minute_calls = %s, minute_by = %s, day_started_at = %s, day_calls = %s, day_remaining = %s,
    day_remaining_at = %s, minute_remaining = %s, blocked_until = %s, blocked_by = %s
WHERE account_id = %s AND connection_id = %s
"""
# The organisation's row, the calls in progress and the whole app's minute, in one go.
COUNT_ONE = f"""
WITH stored AS ({STORE}),
     begun AS (INSERT INTO xero_inflight (call_id, account_id, connection_id, expires_at, share)
               VALUES (%s, %s, %s, %s, %s))
INSERT INTO xero_appbudget (minute_started_at, calls) VALUES (%s, 1)
ON CONFLICT (minute_started_at) DO UPDATE SET calls = xero_appbudget.calls + 1 RETURNING calls
"""  # noqa: S608  made of constants alone
# Both after the organisation's row is locked, so that what others counted before is seen.
COUNTS = """
WITH ended AS (DELETE FROM xero_inflight WHERE call_id = %s),
     flying AS (SELECT share, count(*) AS calls FROM xero_inflight
                WHERE account_id = %s AND connection_id = %s AND expires_at > %s GROUP BY share)
SELECT (SELECT coalesce(jsonb_object_agg(share, calls), '{}') FROM flying)::text,
       (SELECT calls FROM xero_appbudget WHERE minute_started_at = %s)
"""


class MustWait(TandemError):
    """A limit is reached: nothing was sent, and nothing should be before `until`."""

    code = "must_wait"
    public_message = "Xero's call limit is reached. Tandem goes on by itself when Xero allows it."

    def __init__(self, until: datetime, limit: LimitKind) -> None:
        super().__init__(code=f"must_wait_{limit.value}")
        self.until = until
        self.limit = limit


@dataclass(frozen=True)
class Ticket:
    """One admitted call."""

    call_id: UUID
    account_id: UUID
    connection_id: UUID


def limits() -> Limits:
    """Return the installation's limits."""
    xero = settings.TANDEM.xero
    return Limits(
        in_flight=xero.calls_in_flight,
        per_minute=xero.calls_per_minute,
        per_day=xero.calls_per_day,
        app_per_minute=xero.app_calls_per_minute,
        write_reserve_share=xero.write_reserve_percent / 100,
    )


def enter(account_id: UUID, connection_id: UUID, purpose: Purpose) -> Ticket:
    """Count one call and let it go; raise MustWait when it may not go now."""
    now = clock.now()
    with joined_scope(account_id):
        budget = _locked(account_id, connection_id)
        decision = admit(_ledger(budget, now), purpose, now, limits=limits())
        if isinstance(decision, Wait):
            raise MustWait(decision.until, decision.problem)
        ticket = Ticket(uuid.uuid4(), account_id, connection_id)
        _take(budget, decision.ledger, purpose=purpose)
        _count(ticket, budget, SHARES[purpose], now)
    return ticket


def leave(ticket: Ticket, *, answer: Answer | None, error: XeroError | None) -> None:
    """Note how an admitted call ended. Call inside the account's scope."""
    now = clock.now()
    budget = _locked(ticket.account_id, ticket.connection_id)
    ledger = _ledger(budget, now, ended=ticket.call_id)
    signals = _signals(answer, error)
    _take(budget, note_answer(ledger, signals, now, limits=limits()))
    if signals.day_remaining is not None:
        budget.day_remaining, budget.day_remaining_at = signals.day_remaining, now
    budget.minute_remaining = signals.minute_remaining
    with connection.cursor() as cursor:
        cursor.execute(STORE, _values(budget))


def _longest_call() -> timedelta:
    xero = settings.TANDEM.xero
    return timedelta(seconds=xero.connect_timeout_seconds + xero.read_timeout_seconds + 30)


def _locked(account_id: UUID, connection_id: UUID) -> CallBudget:
    """Lock the organisation's row, making it where this is the first call."""
    for found in CallBudget.objects.raw(LOCK, [account_id, connection_id]):
        return found
    CallBudget.objects.bulk_create(
        [CallBudget(account_id=account_id, connection_id=connection_id)], ignore_conflicts=True
    )
    return CallBudget.objects.select_for_update().get(account_id=account_id, connection_id=connection_id)


def _values(budget: CallBudget) -> list[int | str | datetime | UUID | None]:
    """Return what STORE takes: the row as it is to be, and which it is."""
    return [
        *(budget.minute_started_at, budget.minute_calls, json.dumps(budget.minute_by)),
        *(budget.day_started_at, json.dumps(budget.day_calls)),
        *(budget.day_remaining, budget.day_remaining_at, budget.minute_remaining),
        *(budget.blocked_until, budget.blocked_by),
        *(budget.account_id, budget.connection_id),
    ]


def _ledger(budget: CallBudget, now: datetime, *, ended: UUID | None = None) -> Ledger:
    """Read what is counted, the call that has just ended among it, which is no longer counted after."""
    minute = now.replace(second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, [ended, budget.account_id, budget.connection_id, now, minute])
        found, app_calls = cursor.fetchone()
    flying: dict[str, int] = json.loads(found)
    return Ledger(
        in_flight=sum(flying.values()),
        minute_started_at=budget.minute_started_at,
        minute_calls=budget.minute_calls,
        day_started_at=budget.day_started_at,
        day_calls=int(budget.day_calls.get(ALL, 0)),
        app_minute_started_at=None if app_calls is None else minute,
        app_minute_calls=app_calls or 0,
        blocked_until=budget.blocked_until,
        blocked_by=LimitKind(budget.blocked_by) if budget.blocked_by else None,
        flying_by=Counts(**flying),
        minute_by=by_share(budget.minute_by),
        day_by=by_share(budget.day_calls),
    )


def by_share(calls: Mapping[str, int]) -> Counts:
    """Add up calls by purpose to whose share they are of."""
    return Counts(
        **{
            share.value: sum(int(calls.get(purpose.value, 0)) for purpose, owner in SHARES.items() if owner is share)
            for share in Share
        }
    )


def _take(budget: CallBudget, ledger: Ledger, *, purpose: Purpose | None = None) -> None:
    """Bring the row's counters to those of the ledger; it is written by whoever asked."""
    if budget.day_started_at is not None and ledger.day_started_at != budget.day_started_at:
        _close_day(budget, budget.day_started_at)
    by_day = {} if ledger.day_started_at != budget.day_started_at else budget.day_calls
    by_minute = {} if ledger.minute_started_at != budget.minute_started_at else budget.minute_by
    budget.day_calls = {**_with(by_day, purpose), ALL: ledger.day_calls}
    budget.minute_by = _with(by_minute, purpose)
    budget.day_started_at = ledger.day_started_at
    budget.minute_started_at, budget.minute_calls = ledger.minute_started_at, ledger.minute_calls
    budget.blocked_until = ledger.blocked_until
    budget.blocked_by = ledger.blocked_by.value if ledger.blocked_by else ""


def _close_day(budget: CallBudget, started_at: datetime) -> None:
    """Keep what a day that is over came to, for two weeks."""
    mine = CallDay.objects.filter(account_id=budget.account_id, connection_id=budget.connection_id)
    mine.filter(started_at__lt=clock.now() - KEPT_DAYS).delete()
    CallDay.objects.create(
        account_id=budget.account_id,
        connection_id=budget.connection_id,
        started_at=started_at,
        calls=budget.day_calls,
    )


def _with(calls: Mapping[str, int], purpose: Purpose | None) -> dict[str, int]:
    if purpose is None:
        return dict(calls)
    return {**calls, purpose.value: int(calls.get(purpose.value, 0)) + 1}


def _count(ticket: Ticket, budget: CallBudget, share: Share, now: datetime) -> None:
    """Write the row back, and count a call among those in progress and among the whole app's of this minute."""
    minute = now.replace(second=0, microsecond=0)
    call = (ticket.call_id, ticket.account_id, ticket.connection_id, now + _longest_call(), share.value)
    with connection.cursor() as cursor:
        cursor.execute(COUNT_ONE, [*_values(budget), *call, minute])
        (calls,) = cursor.fetchone()
    if calls == 1:
        AppBudget.objects.filter(minute_started_at__lt=minute - KEPT_MINUTES).delete()


def _signals(answer: Answer | None, error: XeroError | None) -> Signals:
    headers = answer.headers if answer else {}
    limited = error if isinstance(error, RateLimited) else None
    return Signals(
        minute_remaining=_number(headers, "x-minlimit-remaining"),
        day_remaining=_number(headers, "x-daylimit-remaining"),
        app_minute_remaining=_number(headers, "x-appminlimit-remaining"),
        problem=PROBLEMS[limited.answer] if limited else None,
        retry_after=limited.retry_after if limited else None,
    )


def _number(headers: Mapping[str, str], name: str) -> int | None:
    """Return a count that a header gives; missing or unreadable is unknown, never zero (xero.md 3.1)."""
    try:
        return int(headers[name])
    except (KeyError, ValueError):
        return None
