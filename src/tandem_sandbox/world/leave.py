"""Leave applications: who is away, in which pay periods, and what became of it (xero.md 4.2)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from tandem_sandbox.world import batch, calendars, leave_periods, leave_samples, pay_items, periods, seed, shapes
from tandem_sandbox.world.batch import Row, Saved
from tandem_sandbox.world.leave_periods import PROCESSED, REJECTED, REQUESTED, SCHEDULED
from tandem_sandbox.world.shapes import choice, guid, text
from tandem_sandbox.world.state import ZERO_ID, Organisation, World, run_time_id
from tandem_sandbox.world.switches import Switches

SHAPE: shapes.Shape = {
    "LeaveApplicationID": guid(),
    "EmployeeID": guid(),
    "LeaveTypeID": guid(),
    "Title": text(50),
    "Description": text(200),
    "PayOutType": choice(("DEFAULT", "CASHED_OUT")),
}
DATES = ("StartDate", "EndDate")
REQUIRED = ("EmployeeID", "LeaveTypeID", "Title", *DATES)
FIXED_ONCE_PROCESSED = ("LeaveTypeID", "PayOutType", *DATES, "LeavePeriods")
LONGEST = 731


def of(world: World, organisation: Organisation) -> dict[str, Row]:
    """Return an organisation's applications by id, made when first asked for; dates are ISO days."""
    if organisation.leave is None:
        organisation.leave = leave_samples.make(world, organisation)
    return organisation.leave


def find(world: World, organisation: Organisation, leave_id: str) -> Row | None:
    """Find an application by id, whatever its case."""
    return of(world, organisation).get(leave_id.strip().lower())


def statuses(row: Mapping[str, Any]) -> set[str]:
    """Return the statuses of an application's periods: the application itself has none."""
    return {period["LeavePeriodStatus"] for period in row["LeavePeriods"]}


def is_approved(row: Mapping[str, Any]) -> bool:
    """Say whether the first version of the list shows an application: scheduled or processed leave only."""
    return bool(statuses(row) & {SCHEDULED, PROCESSED})


def is_unprocessed(row: Mapping[str, Any]) -> bool:
    """Say whether an application still waits for a decision or for its pay run."""
    return bool(statuses(row) & {REQUESTED, SCHEDULED})


def save(
    world: World,
    organisation: Organisation,
    records: Sequence[Mapping[str, Any]],
    *,
    target: str | None,
    switches: Switches,
    now: datetime,
) -> list[Saved]:
    """Create or update each application; `target` is the id in the path. Raises Malformed."""

    def judge(sent: Mapping[str, Any]) -> Saved:
        return _judge(world, organisation, sent, target=target, switches=switches)

    def commit(row: Row) -> Row:
        return _keep(world, organisation, row, now=now, bump=bool(switches["unchanged_update_bumps"]))

    return batch.save(records, judge=judge, commit=commit, switches=switches)


def request(
    world: World, organisation: Organisation, record: Mapping[str, Any], *, switches: Switches, now: datetime
) -> Saved:
    """Ask for leave as an employee would on Xero's own screens: it waits for a decision. Raises Malformed."""
    found = _judge(world, organisation, {**record, "LeaveApplicationID": None}, target=None, switches=switches)
    if found.row is None:
        return found
    for period in found.row["LeavePeriods"]:
        period["LeavePeriodStatus"] = REQUESTED
    made = _keep(world, organisation, found.row, now=now, bump=True)
    return Saved(record, made["LeaveApplicationID"], made)


def decide(world: World, row: Row, *, approve: bool, now: datetime) -> str | None:
    """Approve or reject what was requested; say why not, or return nothing."""
    if statuses(row) != {REQUESTED}:
        return f"Only requested leave can be {'approved' if approve else 'rejected'}."
    _set_periods(row, [{**period, "LeavePeriodStatus": SCHEDULED if approve else REJECTED} for period in _of(row)])
    row["UpdatedDateUTC"] = now.isoformat()
    world.touch()
    return None


def _of(row: Row) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = row["LeavePeriods"]
    return found


def _set_periods(row: Row, found: list[dict[str, Any]]) -> None:
    row["LeavePeriods"] = found


def in_period(
    world: World, organisation: Organisation, *, start: str, among: set[str]
) -> dict[str, list[tuple[Row, Row]]]:
    """Return by person what leave falls in the pay period beginning on a day: each application with that period."""
    found: dict[str, list[tuple[Row, Row]]] = {}
    for row in of(world, organisation).values():
        for period in row["LeavePeriods"]:
            if period["PayPeriodStartDate"] == start and period["LeavePeriodStatus"] in among:
                found.setdefault(row["EmployeeID"], []).append((row, period))
    return found


def process(world: World, row: Row, *, start: str, now: datetime) -> None:
    """Mark as processed what falls in the pay period beginning on a day."""
    _set_periods(
        row,
        [
            {**period, "LeavePeriodStatus": PROCESSED}
            if period["PayPeriodStartDate"] == start and period["LeavePeriodStatus"] == SCHEDULED
            else period
            for period in _of(row)
        ],
    )
    row["UpdatedDateUTC"] = now.isoformat()
    world.touch()


def _judge(
    world: World, organisation: Organisation, record: Mapping[str, Any], *, target: str | None, switches: Switches
) -> Saved:
    plain = {name: value for name, value in record.items() if name not in (*DATES, "LeavePeriods")}
    errors = shapes.problems(plain, SHAPE, type_name="LeaveApplication")
    wanted = target or str(record.get("LeaveApplicationID") or ZERO_ID).lower()
    existing = of(world, organisation).get(wanted)
    if wanted != ZERO_ID and existing is None:
        errors.append("The Leave Application ID does not exist.")
    days = {name: leave_periods.read_day(record[name], organisation) for name in DATES if record.get(name)}
    row = {"PayOutType": "DEFAULT", **(existing or {}), **shapes.tidied(plain, SHAPE), **days}
    errors += [f"The {shapes.label(name)} is required." for name in REQUIRED if shapes.is_blank(row.get(name))]
    errors = errors or _references(world, organisation, row, existing) + _dates(row)
    if errors:
        return Saved(record, wanted, None, tuple(errors))
    calendar = calendars.of_person(organisation, seed.people_of(world, organisation)[row["EmployeeID"]])
    made = leave_periods.make(row, calendar, existing=existing, sent=record.get("LeavePeriods"), switches=switches)
    row["LeavePeriods"] = made.periods
    errors = [*made.errors, *_clash(world, organisation, row, switches=switches), *_frozen(row, existing)]
    return Saved(record, wanted, None if errors else row, tuple(errors))


def _references(world: World, organisation: Organisation, row: Row, existing: Row | None) -> list[str]:
    person = seed.people_of(world, organisation).get(row["EmployeeID"])
    if person is None:
        return ["The Employee ID does not exist."]
    errors = []
    if existing and existing["EmployeeID"] != row["EmployeeID"]:
        errors.append("The employee of a leave application cannot be changed.")
    if row["LeaveTypeID"] not in pay_items.ids(organisation, "LeaveTypes"):
        errors.append("The Leave Type ID does not exist.")
    if calendars.of_person(organisation, person) is None:
        errors.append("The employee has no pay calendar.")
    return errors


def _dates(row: Row) -> list[str]:
    first, last = (date.fromisoformat(row[name]) for name in DATES)
    if not (periods.is_plausible(first) and periods.is_plausible(last)):
        return ["The dates of the leave are not valid."]
    if last < first:
        return ["The End Date must not be before the Start Date."]
    if (last - first).days > LONGEST:
        return ["The leave must not be longer than two years."]
    return []


def _clash(world: World, organisation: Organisation, row: Row, *, switches: Switches) -> list[str]:
    if switches["leave_overlap"] == "accept":
        return []
    clashes = any(
        other["EmployeeID"] == row["EmployeeID"]
        and other["LeaveApplicationID"] != row.get("LeaveApplicationID")
        and statuses(other) != {REJECTED}
        and other["StartDate"] <= row["EndDate"]
        and row["StartDate"] <= other["EndDate"]
        for other in of(world, organisation).values()
    )
    return ["The employee has other leave on these dates."] if clashes else []


def _frozen(row: Row, existing: Row | None) -> list[str]:
    if not existing or PROCESSED not in statuses(existing):
        return []
    if all(row.get(name) == existing.get(name) for name in FIXED_ONCE_PROCESSED):
        return []
    return ["Leave that was processed in a pay run cannot be changed."]


def _keep(world: World, organisation: Organisation, row: Row, *, now: datetime, bump: bool) -> Row:
    existing = of(world, organisation).get(str(row.get("LeaveApplicationID")))
    if existing is not None:
        if existing != row or bump:
            existing.update(row, UpdatedDateUTC=now.isoformat())
            world.touch()
        return existing
    made = {"LeaveApplicationID": run_time_id(world, "leave application"), **row, "UpdatedDateUTC": now.isoformat()}
    of(world, organisation)[made["LeaveApplicationID"]] = made
    world.touch()
    return made
