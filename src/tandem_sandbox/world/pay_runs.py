"""Pay runs: one draft for a calendar at a time; posting locks it and moves everything on (xero.md 4.2)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from tandem_sandbox.world import (
    batch,
    calendars,
    leave,
    leave_balances,
    payslips,
    periods,
    seed,
    shapes,
    timesheets,
)
from tandem_sandbox.world.batch import Row, Saved
from tandem_sandbox.world.leave_periods import SCHEDULED
from tandem_sandbox.world.periods import Period
from tandem_sandbox.world.shapes import choice, day, guid, text
from tandem_sandbox.world.state import ZERO_ID, Organisation, World, run_time_id
from tandem_sandbox.world.switches import Switches

DRAFT, POSTED = "DRAFT", "POSTED"
SHAPE: shapes.Shape = {
    "PayRunID": guid(),
    "PayrollCalendarID": guid(),
    "PayRunPeriodStartDate": day(),
    "PayRunPeriodEndDate": day(),
    "PayRunStatus": choice((DRAFT, POSTED)),
    "PaymentDate": day(),
    "PayslipMessage": text(1000),
}
TOTALS = ("Wages", "Deductions", "Tax", "Super", "Reimbursement", "NetPay")
READ_ONLY = frozenset((*TOTALS, "Payslips"))
FIXED = ("PayrollCalendarID", "PayRunPeriodStartDate", "PayRunPeriodEndDate")
NO_PERIOD = "The dates are not those of a pay period of the pay calendar."
CLOSED = "A posted pay run cannot be changed."


def find(organisation: Organisation, run_id: str) -> Row | None:
    """Find a pay run by id, whatever its case."""
    wanted = run_id.strip().lower()
    return next((run for run in organisation.pay_runs if run["PayRunID"] == wanted), None)


def draft_of(organisation: Organisation, calendar: Mapping[str, Any]) -> Row | None:
    """Return the draft on a calendar."""
    return next(
        (
            run
            for run in organisation.pay_runs
            if run["PayRunStatus"] == DRAFT and run["PayrollCalendarID"] == calendar["PayrollCalendarID"]
        ),
        None,
    )


def with_totals(world: World, organisation: Organisation, run: Row) -> Row:
    """Return a run with the sums of its payslips; those of a posted run are kept with it."""
    return run if "Wages" in run else in_full(world, organisation, run)[0]


def in_full(world: World, organisation: Organisation, run: Row) -> tuple[Row, list[Row]]:
    """Return a run with the sums of its payslips, and the payslips."""
    slips = payslips.of(world, organisation, run)
    summed = _sums(slips)
    if run["PayRunStatus"] == POSTED and "Wages" not in run:
        run.update(summed)
    return {**summed, **run}, slips


def _sums(slips: Sequence[Row]) -> dict[str, float]:
    pairs = zip(TOTALS, payslips.TOTALS, strict=True)
    return {name: round(sum(slip[each] for slip in slips), 2) for name, each in pairs}


def save(
    world: World,
    organisation: Organisation,
    records: Sequence[Mapping[str, Any]],
    *,
    target: str | None,
    switches: Switches,
    now: datetime,
) -> list[Saved]:
    """Create drafts, or change and post them; `target` is the id in the path. Raises Malformed."""

    def judge(sent: Mapping[str, Any]) -> Saved:
        return _judge(organisation, sent, target=target, switches=switches)

    def commit(row: Row) -> Row:
        return _commit(world, organisation, row, switches=switches, now=now)

    return batch.save(records, judge=judge, commit=commit, switches=switches)


def post_next(world: World, organisation: Organisation, calendar: Row, *, switches: Switches, now: datetime) -> Row:
    """Post the draft on a calendar as a payroll officer would, making it first where there is none."""
    run = draft_of(organisation, calendar)
    if run is None:
        draft = _draft(calendar, calendars.next_period(calendar))
        run = _commit(world, organisation, draft, switches=switches, now=now)
    return _commit(world, organisation, {**run, "PayRunStatus": POSTED}, switches=switches, now=now)


def _judge(organisation: Organisation, record: Mapping[str, Any], *, target: str | None, switches: Switches) -> Saved:
    sent = {name: value for name, value in record.items() if name not in READ_ONLY}
    errors = shapes.problems(sent, SHAPE, type_name="PayRun")
    wanted = target or str(record.get("PayRunID") or ZERO_ID).lower()
    tidy = shapes.tidied(sent, SHAPE)
    if errors:
        return Saved(record, wanted, None, tuple(errors))
    if wanted == ZERO_ID:
        row, errors = _new(organisation, tidy, switches=switches)
    else:
        row, errors = _changed(organisation, wanted, tidy)
    if not errors and not periods.is_plausible(date.fromisoformat(row["PaymentDate"])):
        errors.append("The Payment Date is not a valid date.")
    return Saved(record, wanted, None if errors else row, tuple(errors))


def _new(organisation: Organisation, tidy: Row, *, switches: Switches) -> tuple[Row, list[str]]:
    if "PayrollCalendarID" not in tidy:
        return tidy, ["The Payroll Calendar ID is required."]
    calendar = calendars.find(organisation, tidy["PayrollCalendarID"])
    if calendar is None:
        return tidy, ["The Payroll Calendar ID does not exist."]
    if tidy.get("PayRunStatus", DRAFT) != DRAFT:
        return tidy, ["A new pay run is a draft."]
    if draft_of(organisation, calendar):
        return tidy, ["There is a draft pay run for this pay calendar already."]
    start = date.fromisoformat(tidy.get("PayRunPeriodStartDate") or calendar["StartDate"])
    if not periods.is_plausible(start):
        return tidy, [NO_PERIOD]
    draft = _draft(calendar, calendars.period_at(calendar, start))
    row = {**draft, **tidy}
    if any(row[name] != draft[name] for name in FIXED):
        return tidy, [NO_PERIOD]
    if row["PayRunPeriodStartDate"] != calendar["StartDate"] and switches["pay_run_other_period"] == "refuse":
        return tidy, ["The pay run is not for the next pay period of the pay calendar."]
    return row, []


def _draft(calendar: Row, period: Period) -> Row:
    """Return a draft for a period; it is paid as long after its end as the next one is."""
    coming = calendars.next_period(calendar)
    payment = date.fromisoformat(calendar["PaymentDate"]) - coming.end + period.end
    return {
        "PayrollCalendarID": calendar["PayrollCalendarID"],
        "PayRunPeriodStartDate": period.start.isoformat(),
        "PayRunPeriodEndDate": period.end.isoformat(),
        "PaymentDate": payment.isoformat(),
        "PayRunStatus": DRAFT,
    }


def _changed(organisation: Organisation, run_id: str, tidy: Row) -> tuple[Row, list[str]]:
    run = find(organisation, run_id)
    if run is None:
        return tidy, ["The Pay Run ID does not exist."]
    if run["PayRunStatus"] == POSTED:
        return tidy, [CLOSED]
    if any(tidy.get(name, run[name]) != run[name] for name in FIXED):
        return tidy, ["The pay calendar and the period of a pay run cannot be changed."]
    return {**run, **tidy}, []


def _commit(world: World, organisation: Organisation, row: Row, *, switches: Switches, now: datetime) -> Row:
    run = find(organisation, str(row.get("PayRunID") or ZERO_ID))
    if run is None:
        run = {"PayRunID": run_time_id(world, "pay run"), **row, "UpdatedDateUTC": now.isoformat()}
        organisation.pay_runs.append(run)
    elif row["PayRunStatus"] == POSTED:
        run.update(row, PayRunStatus=DRAFT)
        _post(world, organisation, run, switches=switches, now=now)
    elif row != run or switches["unchanged_update_bumps"]:
        run.update(row, UpdatedDateUTC=now.isoformat())
    world.touch()
    return run


def _post(world: World, organisation: Organisation, run: Row, *, switches: Switches, now: datetime) -> None:
    """Lock a draft: its payslips stay as they are, its leave and timesheets are processed, balances and calendar move."""
    run["UpdatedDateUTC"] = now.isoformat()
    slips = payslips.freeze(world, organisation, run)
    run.update(_sums(slips), PayRunStatus=POSTED)
    start = run["PayRunPeriodStartDate"]
    parts = leave.in_period(world, organisation, start=start, among={SCHEDULED})
    people = seed.people_of(world, organisation)
    for slip in slips:
        changes: Counter[str] = Counter()
        for row, period in parts.get(slip["EmployeeID"], ()):
            changes[row["LeaveTypeID"]] -= period["NumberOfUnits"]
            leave.process(world, row, start=start, now=now)
        for line in slip["LeaveAccrualLines"]:
            changes[line["LeaveTypeID"]] += line.get("NumberOfUnits", 0)
        bumps = bool(switches["leave_balance_bumps"])
        leave_balances.move(organisation, people[slip["EmployeeID"]], changes, bumps=bumps, now=now)
    timesheets.process(world, organisation, people={slip["EmployeeID"] for slip in slips}, start=start, now=now)
    calendar = calendars.find(organisation, run["PayrollCalendarID"])
    if calendar and calendar["StartDate"] == start:
        calendars.advance(calendar, now=now)
