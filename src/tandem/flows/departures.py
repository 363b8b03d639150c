"""Many last days from one file: looked at line by line, then entered one by one through the same intent as a form's."""

from dataclasses import dataclass

from tandem.flows.people import Departure, terminate
from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, Problem
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped
from tandem.people.departures import Line, read_departures
from tandem.people.records import EmployeeRecord
from tandem.people.rules import check_termination
from tandem.people.selectors import list_by_number
from tandem.xero import facade

VIA = "file"


@dataclass(frozen=True)
class PlannedDeparture:
    """One line, whom it is about, what is wrong with it, and whether this person holds a key to Xero."""

    line: Line
    employee: EmployeeRecord | None
    problems: tuple[str, ...]
    holds_key: bool
    is_entered: bool

    @property
    def is_new(self) -> bool:
        """Say whether the line will be entered."""
        return not self.problems and not self.is_entered


@scoped
def preview(actor: Actor, *, text: str) -> list[PlannedDeparture]:
    """Return what a file would do, line by line; raise Invalid when the file itself cannot be read."""
    actor.require(Permission.TERMINATE_EMPLOYEES)
    sheet = read_departures(text)
    if sheet.problem:
        raise Invalid(Problem("file", sheet.problem))
    people = list_by_number(actor, numbers=[line.employee_number for line in sheet.lines])
    holders = facade.holders_by_employee(actor)
    planned = []
    for line in sheet.lines:
        employee = people.get(line.employee_number)
        problems = (*line.problems, *_problems(actor, line, employee))
        holds_key = employee is not None and employee.employee_id in holders
        planned.append(PlannedDeparture(line, employee, problems, holds_key, _is_entered(line, employee)))
    return planned


def _problems(actor: Actor, line: Line, employee: EmployeeRecord | None) -> tuple[str, ...]:
    if employee is None:
        return (f"Nobody here has the employee ID {line.employee_number}.",) if line.employee_number else ()
    if employee.employee_id == actor.employee_id:
        return ("This is your own record. Ask somebody else who may terminate employees.",)
    if line.termination_on is None:
        return ()
    found = check_termination(employee, termination_on=line.termination_on, reason=line.reason)
    return tuple(one.message for one in found if one.field == "termination_on")


def _is_entered(line: Line, employee: EmployeeRecord | None) -> bool:
    """Say whether the record says so already."""
    return employee is not None and (
        (employee.termination_on, employee.termination_reason, employee.termination_is_private)
        == (line.termination_on, line.reason, line.is_private)
    )


@scoped
def enter(actor: Actor, *, text: str) -> list[Departure]:
    """Enter every line without a problem, all of them or none; return what was saved."""
    departures = []
    for one in preview(actor, text=text):
        if not one.is_new or one.employee is None or one.line.termination_on is None:
            continue
        departures.append(
            terminate(
                actor,
                employee_id=one.employee.employee_id,
                termination_on=one.line.termination_on,
                reason=one.line.reason,
                is_private=one.line.is_private,
                via=VIA,
            )
        )
    return departures
