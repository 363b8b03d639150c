"""Timesheets as version 2.0 writes them: one object at a time, line by line, approved and taken back (xero.md 4.2)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from tandem_sandbox.world import calendars, pay_items, seed, shapes, timesheets
from tandem_sandbox.world.batch import Row
from tandem_sandbox.world.shapes import day, guid
from tandem_sandbox.world.state import Organisation, World, run_time_id
from tandem_sandbox.world.timesheets import APPROVED, CLOSED, DRAFT, PROCESSED

SHEET: shapes.Shape = {"PayrollCalendarID": guid(), "EmployeeID": guid(), "StartDate": day(), "EndDate": day()}
LINE: shapes.Shape = {"Date": day(), **timesheets.LINE, "NumberOfUnits": timesheets.UNITS}
OPTIONAL = frozenset({"TrackingItemID"})
NOT_OPEN = "Only a draft can be changed."


class Invalid(NamedTuple):
    """An element that cannot be taken, and why."""

    name: str
    reason: str


class Refused(Exception):
    """A timesheet that cannot be written; `fields` says what is wrong."""

    def __init__(self, *fields: Invalid) -> None:
        super().__init__(", ".join(item.reason for item in fields))
        self.fields = fields


def create(world: World, organisation: Organisation, record: Mapping[str, Any], *, now: datetime) -> Row:
    """Make a timesheet with its lines. Raises Refused."""
    row = _read(record, SHEET)
    person = seed.people_of(world, organisation).get(row["EmployeeID"])
    if person is None or not calendars.is_on(person, row):
        raise Refused(Invalid("PayrollCalendarID", "The employee is not on this pay calendar."))
    wrong = timesheets.misplaced(world, organisation, row)
    if wrong:
        raise Refused(*(Invalid(name, says) for name, says in wrong))
    lines = _given(record, "timesheetLines") or []
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise Refused(Invalid("TimesheetLines", "The Timesheet Lines must be a list."))
    row["Lines"] = [_line(organisation, row, line) for line in lines]
    for line in row["Lines"]:
        line["TimesheetLineID"] = run_time_id(world, "timesheet line")
    return timesheets.keep(world, organisation, {**row, "Status": DRAFT}, now=now)


def save_line(
    world: World,
    organisation: Organisation,
    row: Row,
    record: Mapping[str, Any],
    *,
    line_id: str | None,
    now: datetime,
) -> Row:
    """Add a line, or replace the one with an id. Raises Refused."""
    _check_open(row)
    line = _line(organisation, row, record)
    line["TimesheetLineID"] = line_id or run_time_id(world, "timesheet line")
    others = [line if other["TimesheetLineID"] == line_id else other for other in row["Lines"]]
    timesheets.keep(world, organisation, {**row, "Lines": others if line_id else [*others, line]}, now=now)
    return line


def delete_line(world: World, organisation: Organisation, row: Row, line: Row, *, now: datetime) -> None:
    """Take a line away. Raises Refused."""
    _check_open(row)
    timesheets.keep(world, organisation, {**row, "Lines": [kept for kept in row["Lines"] if kept != line]}, now=now)


def delete(world: World, organisation: Organisation, row: Row) -> None:
    """Take a whole timesheet away. Raises Refused."""
    _check_open(row)
    del timesheets.of(world, organisation)[row["TimesheetID"]]
    world.touch()


def approve(world: World, organisation: Organisation, row: Row, *, now: datetime) -> Row:
    """Approve what is not yet approved. Raises Refused."""
    if row["Status"] in (APPROVED, PROCESSED):
        raise Refused(Invalid("Status", "The timesheet is approved already."))
    return timesheets.keep(world, organisation, {**row, "Status": APPROVED}, now=now)


def revert(world: World, organisation: Organisation, row: Row, *, now: datetime) -> Row:
    """Make an approved timesheet a draft again. Raises Refused."""
    if row["Status"] != APPROVED:
        raise Refused(Invalid("Status", "Only an approved timesheet can be reverted to a draft."))
    return timesheets.keep(world, organisation, {**row, "Status": DRAFT}, now=now)


def find_line(row: Row, line_id: str) -> Row | None:
    """Find a line by id, whatever its case."""
    wanted = line_id.strip().lower()
    return next((line for line in row["Lines"] if line["TimesheetLineID"] == wanted), None)


def _check_open(row: Row) -> None:
    if row["Status"] == PROCESSED:
        raise Refused(Invalid("Status", CLOSED))
    if row["Status"] == APPROVED:
        raise Refused(Invalid("Status", NOT_OPEN))


def _line(organisation: Organisation, row: Mapping[str, Any], record: Mapping[str, Any]) -> Row:
    line = _read(record, LINE)
    if not row["StartDate"] <= line["Date"] <= row["EndDate"]:
        raise Refused(Invalid("Date", "The Date is not in the period of the timesheet."))
    if line["EarningsRateID"] not in pay_items.ids(organisation, "EarningsRates"):
        raise Refused(Invalid("EarningsRateID", "Invalid EarningsRateID"))
    return line


def _read(record: Mapping[str, Any], shape: shapes.Shape) -> Row:
    """Read elements in camel case, under the names that the first version has. Raises Refused."""
    sent = {name: _given(record, name) for name in shape}
    wrong = []
    for name, rule in shape.items():
        label = shapes.label(name)
        if shapes.is_blank(sent[name]):
            says = None if name in OPTIONAL else f"The {label} is required."
        else:
            says = rule.judge(label, sent[name])
        if says:
            wrong.append(Invalid(name, says))
    if wrong:
        raise Refused(*wrong)
    return shapes.tidied(sent, shape)


def _given(record: Mapping[str, Any], name: str) -> Any:
    return record.get(name[0].lower() + name[1:])
