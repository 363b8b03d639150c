"""Employees as Xero may know them: a termination that is not public yet is left out until its last day is over.

Whoever may see payroll in Xero would read the date there, and whoever may see the runs would read it here.
"""

from collections.abc import Iterable, Iterator
from uuid import UUID

from tandem.kernel.actor import Actor
from tandem.people import selectors
from tandem.people.records import EmployeeRecord
from tandem.people.rules import without_private_leaving


def get_employee(actor: Actor, *, employee_id: UUID) -> EmployeeRecord:
    """Return one employee; raise EmployeeNotFound."""
    return without_private_leaving(selectors.get_employee(actor, employee_id=employee_id))


def list_by_id(actor: Actor, *, employee_ids: Iterable[UUID]) -> list[EmployeeRecord]:
    """Return the employees with these ids that exist."""
    return [without_private_leaving(one) for one in selectors.list_by_id(actor, employee_ids=employee_ids)]


def iter_employees(actor: Actor) -> Iterator[EmployeeRecord]:
    """Stream every employee by id."""
    return map(without_private_leaving, selectors.iter_employees(actor))
