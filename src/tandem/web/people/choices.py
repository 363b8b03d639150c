"""Everybody by name, for forms that ask who somebody is."""

from collections import Counter
from uuid import UUID

from tandem.kernel.actor import Actor
from tandem.people.selectors import list_named


def people_by_name(actor: Actor) -> list[tuple[UUID, str]]:
    """Return the id and the full name of every employee, by name; with the employee ID where a name is of several."""
    people = sorted(list_named(actor), key=lambda one: (one.full_name.casefold(), one.employee_number))
    alike = Counter(one.full_name.casefold() for one in people)
    return [
        (
            one.employee_id,
            f"{one.full_name} ({one.employee_number})" if alike[one.full_name.casefold()] > 1 else one.full_name,
        )
        for one in people
    ]
