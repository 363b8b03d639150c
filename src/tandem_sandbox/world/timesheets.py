"""Timesheets: one for an employee and pay period, its lines dated, as both versions of the API show them (xero.md 4.2)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tandem_sandbox.world import batch, calendars, pay_items, periods, seed, shapes
from tandem_sandbox.world.batch import Row, Saved
from tandem_sandbox.world.shapes import Malformed, choice, day, guid, number
from tandem_sandbox.world.state import ZERO_ID, Organisation, World, derive_id, run_time_id
from tandem_sandbox.world.switches import Switches

DRAFT, APPROVED, PROCESSED, REJECTED, REQUESTED = "DRAFT", "APPROVED", "PROCESSED", "REJECTED", "REQUESTED"
SHAPE: shapes.Shape = {
    "TimesheetID": guid(),
    "EmployeeID": guid(),
    "StartDate": day(),
    "EndDate": day(),
    "Status": choice((DRAFT, APPROVED, PROCESSED, REJECTED, REQUESTED)),
    "Hours": number(),
}
LINE: shapes.Shape = {"EarningsRateID": guid(), "TrackingItemID": guid()}
UNITS = number(least=0, most=10_000)
REQUIRED = ("EmployeeID", "StartDate", "EndDate")
CLOSED = "A processed timesheet cannot be changed."
SAMPLED_AT = datetime(2024, 6, 28, 6, 30, tzinfo=UTC)
# number of the person, first day of the period, status, hours a working day
SAMPLES = (
    (9, "2024-07-01", DRAFT, 7.6), (10, "2024-07-01", APPROVED, 6.5), (11, "2024-06-17", PROCESSED, 7.6),
    (12, "2024-07-01", REQUESTED, 3.8),
)  # fmt: skip


def of(world: World, organisation: Organisation) -> dict[str, Row]:
    """Return an organisation's timesheets by id, oldest first, made when first asked for; dates are ISO days."""
    if organisation.timesheets is None:
        by_number = {person.number: person.id for person in seed.people_of(world, organisation).values()}
        made = (_sample(organisation, by_number[sample[0]], sample) for sample in SAMPLES if sample[0] in by_number)
        organisation.timesheets = {row["TimesheetID"]: row for row in made}
    return organisation.timesheets


def _sample(organisation: Organisation, person_id: str, sample: tuple[int, str, str, float]) -> Row:
    number_, start, status, hours = sample
    period = calendars.period_at(organisation.calendars[0], date.fromisoformat(start))
    units = [hours if (period.start + timedelta(days=at)).weekday() < 5 else 0.0 for at in range(period.days)]
    sheet_id = derive_id(organisation.seed, organisation.id, "timesheet", number_)
    rate = pay_items.sample_ids(organisation, "EarningsRates")[0]
    return {
        "TimesheetID": sheet_id,
        "EmployeeID": person_id,
        "PayrollCalendarID": organisation.calendars[0]["PayrollCalendarID"],
        "StartDate": start,
        "EndDate": period.end.isoformat(),
        "Status": status,
        "Lines": _dated(organisation, sheet_id, start, [{"EarningsRateID": rate, "NumberOfUnits": units}]),
        "UpdatedDateUTC": SAMPLED_AT.isoformat(),
    }


def find(world: World, organisation: Organisation, sheet_id: str) -> Row | None:
    """Find a timesheet by id, whatever its case."""
    return of(world, organisation).get(sheet_id.strip().lower())


def hours(row: Mapping[str, Any]) -> float:
    """Add a timesheet's units up."""
    return round(float(sum(line["NumberOfUnits"] for line in row["Lines"])), 4)


def is_unprocessed(row: Mapping[str, Any]) -> bool:
    """Say whether a timesheet still waits for a pay run."""
    return row["Status"] not in (PROCESSED, REJECTED)


def grouped(row: Mapping[str, Any]) -> list[Row]:
    """Return the lines as the first version shows them: for each rate and place one number a day of the period."""
    start = date.fromisoformat(row["StartDate"])
    days = (date.fromisoformat(row["EndDate"]) - start).days + 1
    found: dict[tuple[Any, Any], Row] = {}
    for line in row["Lines"]:
        ids = {name: line[name] for name in LINE if name in line}
        place = found.setdefault(tuple(ids.items()), {**ids, "NumberOfUnits": [0.0] * days})  # type: ignore[arg-type]
        place["NumberOfUnits"][(date.fromisoformat(line["Date"]) - start).days] += line["NumberOfUnits"]
    return list(found.values())


def save(
    world: World,
    organisation: Organisation,
    records: Sequence[Mapping[str, Any]],
    *,
    target: str | None,
    switches: Switches,
    now: datetime,
) -> list[Saved]:
    """Create or update each timesheet; `target` is the id in the path. Raises Malformed."""

    def judge(sent: Mapping[str, Any]) -> Saved:
        return _judge(world, organisation, sent, target=target)

    return batch.save(
        records, judge=judge, commit=lambda row: keep(world, organisation, row, now=now), switches=switches
    )


def _judge(world: World, organisation: Organisation, record: Mapping[str, Any], *, target: str | None) -> Saved:
    plain = {name: value for name, value in record.items() if name != "TimesheetLines"}
    errors = shapes.problems(plain, SHAPE, type_name="Timesheet")
    wanted = target or str(record.get("TimesheetID") or ZERO_ID).lower()
    existing = of(world, organisation).get(wanted)
    if wanted != ZERO_ID and existing is None:
        errors.append("The Timesheet ID does not exist.")
    if existing and existing["Status"] == PROCESSED:
        errors.append(CLOSED)
    row = {"Status": DRAFT, **(existing or {"Lines": []}), **shapes.tidied(plain, SHAPE)}
    row.pop("Hours", None)
    errors += [f"The {shapes.label(name)} is required." for name in REQUIRED if shapes.is_blank(row.get(name))]
    if row["Status"] == PROCESSED and not errors:
        errors.append("A timesheet is processed by its pay run.")
    errors = errors or [says for _, says in misplaced(world, organisation, row)]
    lines = shapes.objects(record.get("TimesheetLines"), "TimesheetLines")
    if not errors:
        errors = _line_errors(organisation, row, lines)
    if existing and "TimesheetLines" not in record and existing["StartDate"] != row.get("StartDate"):
        errors.append("The Timesheet Lines are required for another period.")
    if "TimesheetLines" in record and not errors:
        row["TimesheetID"] = row.get("TimesheetID") or run_time_id(world, "timesheet")
        row["Lines"] = _dated(organisation, row["TimesheetID"], row["StartDate"], lines)
    return Saved(record, wanted, None if errors else row, tuple(errors))


def misplaced(world: World, organisation: Organisation, row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Say, by element, what is wrong with a timesheet's employee and period."""
    person = seed.people_of(world, organisation).get(row["EmployeeID"])
    if person is None:
        return [("EmployeeID", "The Employee ID does not exist.")]
    calendar = calendars.of_person(organisation, person)
    if calendar is None:
        return [("EmployeeID", "The employee has no pay calendar.")]
    start, end = date.fromisoformat(row["StartDate"]), date.fromisoformat(row["EndDate"])
    period = calendars.period_at(calendar, start) if periods.is_plausible(start) else None
    if period is None or (period.start, period.end) != (start, end):
        return [("StartDate", "The dates are not those of a pay period of the employee's calendar.")]
    if any(
        (other["EmployeeID"], other["StartDate"]) == (row["EmployeeID"], row["StartDate"])
        for other in of(world, organisation).values()
        if other["TimesheetID"] != row.get("TimesheetID")
    ):
        return [("StartDate", "The employee has a timesheet for this period already.")]
    return []


def _calendar_id(world: World, organisation: Organisation, row: Row) -> str | None:
    calendar = calendars.of_person(organisation, seed.people_of(world, organisation)[row["EmployeeID"]])
    return calendar["PayrollCalendarID"] if calendar else None


def _line_errors(organisation: Organisation, row: Row, lines: list[Row]) -> list[str]:
    start, end = date.fromisoformat(row["StartDate"]), date.fromisoformat(row["EndDate"])
    days = (end - start).days + 1
    errors: list[str] = []
    for line in lines:
        units = line.get("NumberOfUnits")
        if not isinstance(units, list) or any(isinstance(unit, dict | list) for unit in units):
            raise Malformed("NumberOfUnits")
        plain = {name: value for name, value in line.items() if name != "NumberOfUnits"}
        errors += shapes.problems(plain, LINE, type_name="TimesheetLine")
        if str(line.get("EarningsRateID") or "").lower() not in pay_items.ids(organisation, "EarningsRates"):
            errors.append("Invalid EarningsRateID")
        if len(units) != days:
            errors.append(f"The Number Of Units must have one number for each of the {days} days.")
        errors += [message for unit in units if (message := UNITS.judge("Number Of Units", unit))]
    return errors


def _dated(organisation: Organisation, sheet_id: str, start: str, lines: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Take lines of one number a day apart into one line a day; the same lines get the same ids again."""
    first = date.fromisoformat(start)
    return [
        {
            "TimesheetLineID": derive_id(organisation.seed, sheet_id, place, at),
            "Date": (first + timedelta(days=at)).isoformat(),
            **shapes.tidied({name: line.get(name) for name in LINE}, LINE),
            "NumberOfUnits": UNITS.tidy(unit),
        }
        for place, line in enumerate(lines)
        for at, unit in enumerate(line["NumberOfUnits"])
    ]


def keep(world: World, organisation: Organisation, row: Row, *, now: datetime) -> Row:
    """Keep a timesheet as it is now."""
    sheets = of(world, organisation)
    sheet_id = row.get("TimesheetID") or run_time_id(world, "timesheet")
    existing = sheets.get(sheet_id)
    if existing != row:
        calendar_id = row.get("PayrollCalendarID") or _calendar_id(world, organisation, row)
        moment = now.isoformat()
        sheets[sheet_id] = {**row, "TimesheetID": sheet_id, "PayrollCalendarID": calendar_id, "UpdatedDateUTC": moment}
        world.touch()
    return sheets[sheet_id]


def process(world: World, organisation: Organisation, *, people: set[str], start: str, now: datetime) -> None:
    """Mark as processed the approved timesheets of some people for the pay period beginning on a day."""
    for row in list(of(world, organisation).values()):
        if row["EmployeeID"] in people and (row["StartDate"], row["Status"]) == (start, APPROVED):
            keep(world, organisation, {**row, "Status": PROCESSED}, now=now)
