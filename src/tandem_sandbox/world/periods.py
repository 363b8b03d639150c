"""Pay periods: where they begin and end, for each kind of pay calendar (xero.md 4.2). Pure arithmetic."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

DAYS = {"WEEKLY": 7, "FORTNIGHTLY": 14, "FOURWEEKLY": 28}
MONTHS = {"MONTHLY": 1, "QUARTERLY": 3}
KINDS = (*DAYS, "MONTHLY", "TWICEMONTHLY", "QUARTERLY")
HALF_MONTH = 15
EARLIEST, LATEST = date(1950, 1, 1), date(2100, 12, 31)


@dataclass(frozen=True)
class Period:
    """One pay period, both days included."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1


def is_plausible(day: date) -> bool:
    """Say whether a day lies in the years that payroll is about; beyond them the arithmetic would end."""
    return EARLIEST <= day <= LATEST


def at(kind: str, anchor: date, day: date) -> Period:
    """Return the period that a day falls in, where some period begins on `anchor`."""
    index = _guess(kind, anchor, day)
    while _start(kind, anchor, index) > day:
        index -= 1
    while _start(kind, anchor, index + 1) <= day:
        index += 1
    return Period(_start(kind, anchor, index), _start(kind, anchor, index + 1) - timedelta(days=1))


def between(kind: str, anchor: date, first: date, last: date) -> list[Period]:
    """Return the periods that a span of days touches, in order."""
    found = [at(kind, anchor, first)]
    while found[-1].end < last:
        found.append(at(kind, anchor, day_after(found[-1].end)))
    return found


def day_after(day: date) -> date:
    """Return the next day."""
    return day + timedelta(days=1)


def working_days(first: date, last: date) -> int:
    """Count Monday to Friday in a span, both days included; public holidays count too."""
    span = (last - first).days + 1
    weeks, rest = divmod(max(span, 0), 7)
    return weeks * 5 + sum(1 for extra in range(rest) if (first + timedelta(days=extra)).weekday() < 5)


def _guess(kind: str, anchor: date, day: date) -> int:
    if kind in DAYS:
        return (day - anchor).days // DAYS[kind]
    months = (day.year - anchor.year) * 12 + day.month - anchor.month
    return months * 2 if kind == "TWICEMONTHLY" else months // MONTHS[kind]


def _start(kind: str, anchor: date, index: int) -> date:
    if kind in DAYS:
        return anchor + timedelta(days=DAYS[kind] * index)
    if kind in MONTHS:
        return _of_month(anchor, months=index * MONTHS[kind], day=anchor.day)
    early = anchor.day if anchor.day <= HALF_MONTH else anchor.day - HALF_MONTH
    months, half = divmod(index, 2)
    return _of_month(anchor, months=months, day=early + half * HALF_MONTH)


def _of_month(anchor: date, *, months: int, day: int) -> date:
    """Return a day of the month so many months on; in a shorter month its last day."""
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    return date(year, month + 1, min(day, calendar.monthrange(year, month + 1)[1]))
