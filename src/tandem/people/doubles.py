"""What records are compared by when one person may be on record twice."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped_part
from tandem.people.selectors import employees_of


@dataclass(frozen=True)
class IdentityRecord:
    """A record's name and birth date."""

    employee_id: UUID
    first_name: str
    last_name: str
    date_of_birth: date | None


@scoped_part
def list_identities(actor: Actor) -> list[IdentityRecord]:
    """Return everybody on record in one query, by id."""
    actor.require(Permission.VIEW_EMPLOYEES)
    rows = employees_of(actor).order_by("employee_id")
    return [IdentityRecord(*row) for row in rows.values_list("employee_id", "first_name", "last_name", "date_of_birth")]
