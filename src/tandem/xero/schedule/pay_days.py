"""The next pay day, from the pay calendars as Xero gives them. Pure.

A calendar's PaymentDate is that of the period that is next (xero.md 4.2); one that is over is moved on by its kind, since
nobody may have posted the pay run yet.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

DAYS: Mapping[str, int] = {"WEEKLY": 7, "FORTNIGHTLY": 14, "FOURWEEKLY": 28}
MONTHS: Mapping[str, int] = {"MONTHLY": 1, "QUARTERLY": 3}
#: Two pay days of a month are at least this far apart: rather too early than too late.
HALF_A_MONTH = timedelta(days=14)


@dataclass(frozen=True)
class PayDay:
    """What a pay calendar says: its kind in Xero's word, and the day on which its next period is paid."""

    kind: str
    paid_on: date


def next_pay_day(calendars: Iterable[PayDay], today: date) -> date | None:
    """Return the first pay day that is not over; None where no calendar foretells one."""
    return min((day for found in calendars if (day := _from(found, today))), default=None)


def _from(calendar: PayDay, today: date) -> date | None:
    """Return the calendar's first pay day from today on."""
    if calendar.paid_on >= today:
        return calendar.paid_on
    if days := DAYS.get(calendar.kind):
        return calendar.paid_on + timedelta(days=days * -((calendar.paid_on - today).days // days))
    if months := MONTHS.get(calendar.kind):
        return _by_months(calendar.paid_on, today, months)
    if calendar.kind == "TWICEMONTHLY":
        return min(_by_months(calendar.paid_on + shift, today, 1) for shift in (timedelta(0), HALF_A_MONTH))
    return None


def _by_months(paid_on: date, today: date, months: int) -> date:
    """Move on by whole months, keeping the day of the month where the month has it."""
    gone = (today.year - paid_on.year) * 12 + today.month - paid_on.month
    step = max(0, gone // months) * months
    found = _months_later(paid_on, step)
    return found if found >= today else _months_later(paid_on, step + months)


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
