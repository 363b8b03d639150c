"""Read the pay calendars once a day, so that probes come closer and letters are pressing before a pay day."""

from datetime import date, datetime, timedelta

from tandem.kernel import clock
from tandem.kernel.errors import TandemError
from tandem.kernel.scoping import scope
from tandem.xero.client.wire import PayCalendar
from tandem.xero.connections import assembling
from tandem.xero.connections.evidence import Budget, Evidence
from tandem.xero.connections.session import XeroSession
from tandem.xero.governor import ledger
from tandem.xero.models import Connection
from tandem.xero.schedule.pay_days import PayDay, next_pay_day

EVERY = timedelta(days=1)
SCOPES = frozenset({"payroll.settings", "payroll.settings.read"})


def spare_calls(budget: Budget) -> int:
    """Return how many of the day's calls are left beyond what is kept for exports."""
    left = budget.size if budget.remaining is None else budget.remaining
    kept = ledger.limits().kept_in_a_day
    return left - kept.writes - kept.people


def read_pay_days(session: XeroSession, connection: Connection, facts: Evidence) -> None:
    """Ask for the pay calendars and keep the next pay day, at most once a day; never raises.

    A refusal is filed under its own name and proves nothing about payroll: another scope guards the calendars.
    """
    if not _is_due(connection, facts):
        return
    try:
        found = session.list_pay_calendars()
    except TandemError:
        found = None
    today = clock.today_in(assembling.zone_of(connection))
    next_on = connection.next_pay_on if found is None else next_pay_day(_pay_days(found), today)
    with scope(connection.account_id):
        Connection.objects.filter(account_id=connection.account_id, connection_id=connection.connection_id).update(
            next_pay_on=next_on, pay_days_read_at=clock.now()
        )


def _is_due(connection: Connection, facts: Evidence) -> bool:
    granted = facts.primary.scopes_granted if facts.primary else None
    if not (granted and granted & SCOPES) or spare_calls(facts.budget) <= 0:
        return False
    return connection.pay_days_read_at is None or clock.now() - connection.pay_days_read_at >= EVERY


def _pay_days(calendars: tuple[PayCalendar, ...]) -> list[PayDay]:
    return [PayDay(row.calendar_type, day) for row in calendars if (day := _as_day(row.payment_date))]


def _as_day(value: object) -> date | None:
    """Return the calendar date of what Xero sent as a moment at midnight UTC; None for anything else."""
    return value.date() if isinstance(value, datetime) else None
