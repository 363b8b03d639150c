"""Employees as Xero may know them, with payroll details for those who may see them: the product itself, and payroll.

A termination that is not public yet is left out until its last day is over. Whoever may see payroll in Xero would read the date there, and whoever may see the runs would read it here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from uuid import UUID

from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.people import selectors
from tandem.people.payroll import payroll_of_many
from tandem.people.records import EmployeeRecord
from tandem.people.rules import without_private_leaving
from tandem.xero.mapping.employment import group_of_branch
from tandem.xero.sync.branches import branch_keys


def get_employee(actor: Actor, *, employee_id: UUID) -> EmployeeRecord:
    """Return one employee; raise EmployeeNotFound."""
    return _whole(actor, [selectors.get_employee(actor, employee_id=employee_id)])[0]


def list_by_id(actor: Actor, *, employee_ids: Iterable[UUID]) -> list[EmployeeRecord]:
    """Return the employees with these ids that exist."""
    return _whole(actor, selectors.list_by_id(actor, employee_ids=employee_ids))


def iter_employees(actor: Actor) -> Iterator[EmployeeRecord]:
    """Stream every employee by id."""
    everybody = selectors.iter_employees(actor)
    while chunk := list(islice(everybody, selectors.CHUNK)):
        yield from _whole(actor, chunk)


def _whole(actor: Actor, records: Sequence[EmployeeRecord]) -> list[EmployeeRecord]:
    if not actor.may(Permission.VIEW_PAYROLL):
        return [without_private_leaving(one) for one in records]
    payroll, branches = payroll_of_many(actor, [record.employee_id for record in records]), branch_keys(actor)
    return [
        replace(
            without_private_leaving(one),
            payroll=replace(payroll[one.employee_id], employee_group=group_of_branch(one.branch_id, branches)),
        )
        for one in records
    ]
