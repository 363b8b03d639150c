"""Pure decisions about employee records. No Django."""

from datetime import date

from tandem.kernel.errors import Problem
from tandem.people.records import EmployeeDetails, EmployeeStatus


def check_details(details: EmployeeDetails) -> tuple[Problem, ...]:
    """Return everything that must be fixed before these details can be saved."""
    raise NotImplementedError


def status_on(termination_on: date | None, today: date) -> EmployeeStatus:
    """Return the status a termination date gives: the last day itself is still worked."""
    raise NotImplementedError
