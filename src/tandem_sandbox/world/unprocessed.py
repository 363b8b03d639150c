"""What of a person's time still waits for a pay run."""

from tandem_sandbox.world import leave, timesheets
from tandem_sandbox.world.state import Organisation, Person, World

LEAVE = "Payroll Calendar may not be changed while the employee has unprocessed leave"
TIMESHEET = "Payroll Calendar may not be changed while the employee has an unprocessed timesheet"


def unprocessed_time(world: World, organisation: Organisation, person: Person) -> list[str]:
    """Say, in Payroll AU's words, what keeps a person's pay calendar from being changed (xero.md 4.1)."""
    waiting = []
    if any(
        row["EmployeeID"] == person.id and leave.is_unprocessed(row) for row in leave.of(world, organisation).values()
    ):
        waiting.append(LEAVE)
    if any(
        row["EmployeeID"] == person.id and timesheets.is_unprocessed(row)
        for row in timesheets.of(world, organisation).values()
    ):
        waiting.append(TIMESHEET)
    return waiting
