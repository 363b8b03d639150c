"""Everybody by name, for forms that ask who somebody is."""

from uuid import UUID

from tandem.kernel.actor import Actor
from tandem.people.selectors import iter_employees


def people_by_name(actor: Actor) -> list[tuple[UUID, str]]:
    """Return the id and the full name of every employee, by name."""
    people = [(person.employee_id, person.full_name) for person in iter_employees(actor)]
    return sorted(people, key=lambda pair: pair[1].casefold())
