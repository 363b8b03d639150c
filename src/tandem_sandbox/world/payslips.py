"""Payslips: made anew for a draft, with what was edited by hand on top, and kept whole once their run is posted."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tandem_sandbox.world import calendars, leave, payslip_lines, seed, shapes, timesheets
from tandem_sandbox.world.batch import Row
from tandem_sandbox.world.leave_periods import PROCESSED, SCHEDULED
from tandem_sandbox.world.payslip_lines import SHAPES, Time
from tandem_sandbox.world.state import Organisation, Person, World, derive_id

ECHOED = frozenset({"EmployeeID", "PayslipID"})
NAMES = {"FirstName": "FirstName", "LastName": "LastName", "EmployeeGroupName": "EmployeeGroup"}
POSTED = "POSTED"
TOTALS = ("Wages", "Deductions", "Tax", "Super", "Reimbursements", "NetPay")


def payslip_id(organisation: Organisation, run: Mapping[str, Any], person_id: str) -> str:
    """Return the id of a person's payslip in a pay run."""
    return derive_id(organisation.seed, "payslip", run["PayRunID"], person_id)


def of(world: World, organisation: Organisation, run: Row) -> list[Row]:
    """Return a pay run's payslips; dates are ISO days."""
    kept = _kept_whole(organisation, run)
    return list(kept.values()) if kept else _made(world, organisation, run, people_in(world, organisation, run))


def _kept_whole(organisation: Organisation, run: Mapping[str, Any]) -> dict[str, Row]:
    """Return the payslips of a posted run by person; a draft's, and the one that the seed posted, are made anew."""
    return organisation.payslips.get(run["PayRunID"], {}) if run["PayRunStatus"] == POSTED else {}


def people_in(world: World, organisation: Organisation, run: Mapping[str, Any]) -> list[Person]:
    """Return who is paid by a run: who is on its calendar and employed on some day of its period."""
    first, last = run["PayRunPeriodStartDate"], run["PayRunPeriodEndDate"]
    return [
        person
        for person in seed.people_of(world, organisation).values()
        if calendars.is_on(person, run)
        and str(person.fields.get("StartDate") or "") <= last
        and str(person.fields.get("TerminationDate") or last) >= first
    ]


def find(world: World, organisation: Organisation, wanted: str) -> tuple[Row, Row] | None:
    """Find a pay run and its payslip by the payslip's id, whatever its case; the newest runs are looked at first."""
    wanted = wanted.strip().lower()
    for run in reversed(organisation.pay_runs):
        kept = _kept_whole(organisation, run)
        for slip in kept.values():
            if slip["PayslipID"] == wanted:
                return run, slip
        for person in () if kept else people_in(world, organisation, run):
            if payslip_id(organisation, run, person.id) == wanted:
                return run, _made(world, organisation, run, [person])[0]
    return None


def freeze(world: World, organisation: Organisation, run: Row) -> list[Row]:
    """Keep a run's payslips as they are; from now on nothing else moves them."""
    slips = of(world, organisation, run)
    organisation.payslips[run["PayRunID"]] = {slip["EmployeeID"]: slip for slip in slips}
    world.touch()
    return slips


def edit(
    world: World, organisation: Organisation, run: Row, slip: Row, sent: Mapping[str, Any], *, now: datetime
) -> list[str]:
    """Replace the lists of lines that were sent; say what is wrong and change nothing. Raises Malformed."""
    if run["PayRunStatus"] == POSTED:
        return ["The payslip of a posted pay run cannot be changed."]
    errors = [
        f"'{name}' is not a valid element in PayslipLines" for name in sent if name not in SHAPES and name not in ECHOED
    ]
    lists = {name: shapes.objects(sent[name], name) for name in SHAPES if sent.get(name) is not None}
    for name, rows in lists.items():
        errors += payslip_lines.problems(organisation, name, rows)
    if errors:
        return errors
    kept = organisation.payslips.setdefault(run["PayRunID"], {}).setdefault(slip["EmployeeID"], {})
    kept.update({name: [shapes.tidied(row, SHAPES[name]) for row in rows] for name, rows in lists.items()})
    kept["UpdatedDateUTC"] = now.isoformat()
    world.touch()
    return []


def _times(world: World, organisation: Organisation, run: Mapping[str, Any]) -> dict[str, Time]:
    start = run["PayRunPeriodStartDate"]
    parts = leave.in_period(world, organisation, start=start, among={SCHEDULED, PROCESSED})
    sheets = {
        row["EmployeeID"]: row
        for row in timesheets.of(world, organisation).values()
        if row["StartDate"] == start and row["Status"] in (timesheets.APPROVED, timesheets.PROCESSED)
    }
    return {person_id: Time(parts.get(person_id, ()), sheets.get(person_id)) for person_id in {*parts, *sheets}}


def _made(world: World, organisation: Organisation, run: Row, people: Sequence[Person]) -> list[Row]:
    times = _times(world, organisation, run)
    edited = organisation.payslips.get(run["PayRunID"], {})
    return [
        _one(organisation, run, person, times.get(person.id, Time()), edited=edited.get(person.id, {}))
        for person in people
    ]


def _one(organisation: Organisation, run: Row, person: Person, time: Time, *, edited: Row) -> Row:
    slip_id = payslip_id(organisation, run, person.id)
    lists = {**payslip_lines.make(organisation, person, run, time), **edited}
    updated = lists.pop("UpdatedDateUTC", run["UpdatedDateUTC"])
    if "TaxLines" not in edited:
        wages = payslip_lines.totals(lists)["Wages"]
        lists["TaxLines"] = [payslip_lines.tax_line(organisation, slip_id, wages=wages)]
    named = {NAMES[name]: value for name, value in person.fields.items() if name in NAMES and value}
    return {
        "EmployeeID": person.id,
        "PayslipID": slip_id,
        **named,
        **payslip_lines.totals(lists),
        **{name: lists[name] for name in SHAPES},
        "UpdatedDateUTC": updated,
    }
