"""The calls to Xero that all processes make, counted in PostgreSQL: admitted before, noted after, in short transactions.

The counters of one organisation are one row, and its lock is the queue. Those of the whole app are one row a minute.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection

from tandem.kernel import clock
from tandem.kernel.errors import TandemError
from tandem.kernel.scoping import scope
from tandem.xero.client.errors import AnswerClass, RateLimited, XeroError
from tandem.xero.client.transport import Answer
from tandem.xero.governor.rules import Ledger, LimitKind, Limits, Purpose, Signals, Wait, admit, note_answer
from tandem.xero.models import AppBudget, CallBudget, InFlight

PROBLEMS: Mapping[AnswerClass, LimitKind] = {
    AnswerClass.MINUTE_LIMIT: LimitKind.MINUTE,
    AnswerClass.DAY_LIMIT: LimitKind.DAY,
    AnswerClass.CONCURRENT_LIMIT: LimitKind.CONCURRENT,
    AnswerClass.APP_LIMIT: LimitKind.APP,
    AnswerClass.UNKNOWN_LIMIT: LimitKind.RETRY_AFTER,
}
ALL = "all"
KEPT_MINUTES = timedelta(hours=1)
COUNT_FOR_THE_APP = """
INSERT INTO xero_appbudget (minute_started_at, calls) VALUES (%s, 1)
ON CONFLICT (minute_started_at) DO UPDATE SET calls = xero_appbudget.calls + 1 RETURNING calls
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
    with scope(account_id):
        budget = _locked(account_id, connection_id)
        decision = admit(_ledger(budget, now), purpose, now, limits=limits())
        if isinstance(decision, Wait):
            raise MustWait(decision.until, decision.problem)
        ticket = Ticket(uuid.uuid4(), account_id, connection_id)
        InFlight.objects.create(
            call_id=ticket.call_id, account_id=account_id, connection_id=connection_id, expires_at=now + _longest_call()
        )
        _store(budget, decision.ledger, purpose=purpose)
        _count_for_the_app(now)
    return ticket


def leave(ticket: Ticket, *, answer: Answer | None, error: XeroError | None) -> None:
    """Note how an admitted call ended. Call inside the account's scope."""
    now = clock.now()
    budget = _locked(ticket.account_id, ticket.connection_id)
    ledger = _ledger(budget, now)
    InFlight.objects.filter(account_id=ticket.account_id, call_id=ticket.call_id).delete()
    signals = _signals(answer, error)
    _store(budget, note_answer(ledger, signals, now, limits=limits()))
    if signals.day_remaining is not None:
        budget.day_remaining, budget.day_remaining_at = signals.day_remaining, now
    budget.minute_remaining = signals.minute_remaining
    budget.save()


def _longest_call() -> timedelta:
    xero = settings.TANDEM.xero
    return timedelta(seconds=xero.connect_timeout_seconds + xero.read_timeout_seconds + 30)


def _locked(account_id: UUID, connection_id: UUID) -> CallBudget:
    CallBudget.objects.bulk_create(
        [CallBudget(account_id=account_id, connection_id=connection_id)], ignore_conflicts=True
    )
    return CallBudget.objects.select_for_update().get(account_id=account_id, connection_id=connection_id)


def _ledger(budget: CallBudget, now: datetime) -> Ledger:
    flying = InFlight.objects.filter(
        account_id=budget.account_id, connection_id=budget.connection_id, expires_at__gt=now
    ).count()
    minute = now.replace(second=0, microsecond=0)
    app = AppBudget.objects.filter(minute_started_at=minute).first()
    return Ledger(
        in_flight=flying,
        minute_started_at=budget.minute_started_at,
        minute_calls=budget.minute_calls,
        day_started_at=budget.day_started_at,
        day_calls=int(budget.day_calls.get(ALL, 0)),
        day_probes=int(budget.day_calls.get(Purpose.PROBE.value, 0)),
        app_minute_started_at=minute if app else None,
        app_minute_calls=app.calls if app else 0,
        blocked_until=budget.blocked_until,
        blocked_by=LimitKind(budget.blocked_by) if budget.blocked_by else None,
    )


def _store(budget: CallBudget, ledger: Ledger, *, purpose: Purpose | None = None) -> None:
    if ledger.day_started_at != budget.day_started_at:
        budget.day_calls = {}
    by_purpose = dict(budget.day_calls)
    if purpose is not None:
        by_purpose[purpose.value] = int(by_purpose.get(purpose.value, 0)) + 1
    budget.day_calls = {**by_purpose, ALL: ledger.day_calls, Purpose.PROBE.value: ledger.day_probes}
    budget.day_started_at = ledger.day_started_at
    budget.minute_started_at, budget.minute_calls = ledger.minute_started_at, ledger.minute_calls
    budget.blocked_until = ledger.blocked_until
    budget.blocked_by = ledger.blocked_by.value if ledger.blocked_by else ""
    if purpose is not None:
        budget.save()


def _count_for_the_app(now: datetime) -> None:
    minute = now.replace(second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(COUNT_FOR_THE_APP, [minute])
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
