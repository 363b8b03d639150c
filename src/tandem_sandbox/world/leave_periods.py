"""The pay periods that leave falls in, each with its units and status; and the days that leave is written with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tandem_sandbox.world import calendars, periods, shapes, wire
from tandem_sandbox.world.periods import Period
from tandem_sandbox.world.shapes import Malformed, choice, day, number
from tandem_sandbox.world.state import Organisation
from tandem_sandbox.world.switches import Switches

SCHEDULED, PROCESSED, REQUESTED, REJECTED = "SCHEDULED", "PROCESSED", "REQUESTED", "REJECTED"
SHAPE: shapes.Shape = {
    "PayPeriodStartDate": day(),
    "PayPeriodEndDate": day(),
    "NumberOfUnits": number(least=0, most=10_000),
    "LeavePeriodStatus": choice((SCHEDULED, PROCESSED, REQUESTED, REJECTED)),
}
HOURS_A_DAY = 7.6
ZONES = {"AUSEASTERNSTANDARDTIME": "Australia/Sydney"}
MORNING = timedelta(hours=2)


@dataclass(frozen=True)
class Made:
    """The periods of an application, or what is wrong with those that were sent."""

    periods: list[dict[str, Any]]
    errors: list[str]


def read_day(value: object, organisation: Organisation) -> str:
    """Read a day of leave: midnight UTC is that date, any other moment its date in the organisation (xero.md 3.5).

    Raises Malformed for what is no date: Payroll AU answers 500 to those (xero.md 3.2).
    """
    moment = wire.read_moment(value)
    if moment is None:
        raise Malformed("date")
    if moment.time() != time.min and periods.is_plausible(moment.date()):
        moment = moment.astimezone(ZoneInfo(ZONES.get(organisation.timezone, "UTC")))
    return moment.date().isoformat()


def evening_before(iso: str) -> str:
    """Write a day as Payroll AU was seen to write leave: at 22:00 UTC the day before, morning in Sydney (xero.md 3.5)."""
    return wire.ms_moment(datetime.combine(date.fromisoformat(iso), time.min, UTC) - MORNING)


def make(
    row: Mapping[str, Any],
    calendar: Mapping[str, Any] | None,
    *,
    existing: Mapping[str, Any] | None,
    sent: object,
    switches: Switches,
) -> Made:
    """Spread leave over the calendar's periods: 7.6 hours a working day, unless the caller sent units."""
    given = shapes.objects(sent, "LeavePeriods")
    errors = [message for part in given for message in shapes.problems(part, SHAPE, type_name="LeavePeriod")]
    if errors or calendar is None:
        return Made([], errors)
    found = _spread(row, calendar, existing=existing, status=str(switches["new_leave_status"]))
    return _with_sent(found, [shapes.tidied(part, SHAPE) for part in given], switches=switches)


def _spread(
    row: Mapping[str, Any], calendar: Mapping[str, Any], *, existing: Mapping[str, Any] | None, status: str
) -> dict[str, dict[str, Any]]:
    """Return the periods by their first day; with the same dates as before they stay as they were."""
    before: dict[str, dict[str, Any]] = {}
    if existing:
        before = {period["PayPeriodStartDate"]: dict(period) for period in existing["LeavePeriods"]}
        if all(existing[name] == row[name] for name in ("StartDate", "EndDate")):
            return before
        status = next(iter(before.values()))["LeavePeriodStatus"]
    first, last = date.fromisoformat(row["StartDate"]), date.fromisoformat(row["EndDate"])
    found = {}
    for period in calendars.periods_between(calendar, first, last):
        part = fresh(period, first=first, last=last, status=status)
        start = part["PayPeriodStartDate"]
        part["LeavePeriodStatus"] = before.get(start, part)["LeavePeriodStatus"]
        found[start] = part
    return found


def fresh(period: Period, *, first: date, last: date, status: str) -> dict[str, Any]:
    """Return the part of a leave that falls in one period."""
    days = periods.working_days(max(first, period.start), min(last, period.end))
    return {
        "PayPeriodStartDate": period.start.isoformat(),
        "PayPeriodEndDate": period.end.isoformat(),
        "LeavePeriodStatus": status,
        "NumberOfUnits": round(days * HOURS_A_DAY, 4),
    }


def _with_sent(found: dict[str, dict[str, Any]], sent: list[dict[str, Any]], *, switches: Switches) -> Made:
    errors = []
    for part in sent:
        period = found.get(str(part.get("PayPeriodStartDate")))
        if period is None or part.get("PayPeriodEndDate", period["PayPeriodEndDate"]) != period["PayPeriodEndDate"]:
            errors.append("The leave period is not a pay period of the employee's calendar within the leave.")
            continue
        period["NumberOfUnits"] = part.get("NumberOfUnits", period["NumberOfUnits"])
        wanted = part.get("LeavePeriodStatus")
        if switches["sent_leave_period_status"] == "kept" and wanted in (SCHEDULED, REQUESTED, REJECTED):
            period["LeavePeriodStatus"] = wanted
    return Made(list(found.values()), errors)
