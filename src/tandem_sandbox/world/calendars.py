"""Pay calendars: the kinds, the next period, and moving on when a pay run is posted (xero.md 4.2)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from tandem_sandbox.world import batch, periods, shapes
from tandem_sandbox.world.batch import Row, Saved
from tandem_sandbox.world.periods import Period
from tandem_sandbox.world.shapes import choice, day, guid, text
from tandem_sandbox.world.state import ZERO_ID, Organisation, Person, World, run_time_id
from tandem_sandbox.world.switches import Switches

SHAPE: shapes.Shape = {
    "PayrollCalendarID": guid(),
    "Name": text(100),
    "CalendarType": choice(periods.KINDS),
    "StartDate": day(),
    "PaymentDate": day(),
    "ReferenceDate": day(),
}
REQUIRED = ("Name", "CalendarType", "StartDate", "PaymentDate")
DATES = ("StartDate", "PaymentDate", "ReferenceDate")


def find(organisation: Organisation, calendar_id: str) -> Row | None:
    """Find a calendar by id, whatever its case."""
    wanted = calendar_id.strip().lower()
    return next((row for row in organisation.calendars if row["PayrollCalendarID"] == wanted), None)


def of_person(organisation: Organisation, person: Person) -> Row | None:
    """Return the calendar that a person is paid by."""
    return find(organisation, str(person.fields.get("PayrollCalendarID") or ""))


def is_on(person: Person, calendar: Mapping[str, Any]) -> bool:
    """Say whether a person is paid by a calendar."""
    return str(person.fields.get("PayrollCalendarID") or "").lower() == str(calendar["PayrollCalendarID"])


def next_period(calendar: Mapping[str, Any]) -> Period:
    """Return the period that the next pay run is for: it begins on the calendar's StartDate."""
    return period_at(calendar, date.fromisoformat(calendar["StartDate"]))


def period_at(calendar: Mapping[str, Any], moment: date) -> Period:
    """Return the calendar's period that a day falls in."""
    return periods.at(calendar["CalendarType"], _anchor(calendar), moment)


def periods_between(calendar: Mapping[str, Any], first: date, last: date) -> list[Period]:
    """Return the calendar's periods that a span of days touches."""
    return periods.between(calendar["CalendarType"], _anchor(calendar), first, last)


def _anchor(calendar: Mapping[str, Any]) -> date:
    """Return a day that a period begins on: the reference date where it agrees, as it remembers the day of the month."""
    start = date.fromisoformat(calendar["StartDate"])
    reference = date.fromisoformat(calendar.get("ReferenceDate") or calendar["StartDate"])
    return reference if periods.at(calendar["CalendarType"], reference, start).start == start else start


def save(
    world: World, organisation: Organisation, records: Sequence[Mapping[str, Any]], *, switches: Switches, now: datetime
) -> list[Saved]:
    """Create each calendar; a batch with a bad record follows its switch."""

    def commit(row: Row) -> Row:
        made = {**row, "PayrollCalendarID": run_time_id(world, "calendar"), "UpdatedDateUTC": now.isoformat()}
        organisation.calendars.append(made)
        world.touch()
        return made

    return batch.save(records, judge=lambda sent: _judge(organisation, sent), commit=commit, switches=switches)


def _judge(organisation: Organisation, record: Mapping[str, Any]) -> Saved:
    errors = shapes.problems(record, SHAPE, type_name="PayrollCalendar")
    wanted = str(record.get("PayrollCalendarID") or ZERO_ID).lower()
    if wanted != ZERO_ID:
        known = find(organisation, wanted) is not None
        errors.append("A pay calendar cannot be changed." if known else "The Payroll Calendar ID does not exist.")
    row = shapes.tidied(record, SHAPE)
    errors += [f"The {shapes.label(name)} is required." for name in REQUIRED if shapes.is_blank(row.get(name))]
    name = str(row.get("Name") or "").casefold()
    if any(str(other["Name"]).casefold() == name for other in organisation.calendars):
        errors.append("The Name is used by another pay calendar.")
    if not errors:
        errors += _dates(row)
    row.setdefault("ReferenceDate", row.get("StartDate"))
    return Saved(record, wanted, None if errors else row, tuple(errors))


def _dates(row: Row) -> list[str]:
    errors = [
        f"The {shapes.label(name)} is not a valid date."
        for name in DATES
        if name in row and not periods.is_plausible(date.fromisoformat(row[name]))
    ]
    if row["PaymentDate"] < row["StartDate"]:
        errors.append("The Payment Date must not be before the Start Date.")
    return errors


def advance(calendar: Row, *, now: datetime) -> None:
    """Move a calendar on by one period; the payment date keeps its distance from the period's end."""
    paid = next_period(calendar)
    after = period_at(calendar, periods.day_after(paid.end))
    payment = date.fromisoformat(calendar["PaymentDate"]) - paid.end + after.end
    calendar.update(StartDate=after.start.isoformat(), PaymentDate=payment.isoformat(), UpdatedDateUTC=now.isoformat())
