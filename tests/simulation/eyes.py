"""Both sides as they really are: what is committed in the database, and what the simulated Xero holds. Asks the product nothing."""

from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
from tests.simulation.book import Key, Seen
from tests.simulation.broken import Broken, Promise
from tests.simulation.fields import ENDED, FIELDS, Side

from tandem_sandbox import inspection
from tandem_sandbox.testing import Sandbox
from tandem_sandbox.world.seed import people_of

OURS = (
    "SELECT account_id, employee_id, first_name, last_name, "
    + ", ".join(field.column for field in FIELDS)
    + ", termination_on FROM people_employee WHERE deleted_at IS NULL ORDER BY first_name, last_name"
)


class Eyes:
    """Sees one customer and its organisation, and that the other customer's are apart."""

    def __init__(self, sandbox: Sandbox, behind: psycopg.Connection[tuple[object, ...]], account_id: UUID) -> None:
        self._sandbox = sandbox
        self._behind = behind
        self._account_id = account_id
        self.organisations = [str(one["id"]) for one in sandbox.control("GET", "world")["organisations"]]
        self.ids: dict[str, UUID] = {}

    @property
    def organisation(self) -> str:
        """Return the customer's own organisation."""
        return self.organisations[0]

    def look(self) -> Seen:
        """Return every value on either side, by person and field; raise where somebody is there twice."""
        return {Side.TANDEM: dict(self._here()), Side.XERO: dict(self._there())}

    def people_there(self, organisation: str = "") -> list[dict[str, Any]]:
        """Return everybody in an organisation, the customer's own unless told, in clear."""
        world = self._sandbox.simulator.world
        with world.lock:
            people = people_of(world, world.organisations[organisation or self.organisation])
            return [inspection.person(person) for person in people.values()]

    def others(self) -> str:
        """Return all that belongs to the other customer, as text."""
        rows = [row for row in self._behind.execute(OURS) if row[0] != self._account_id]
        return repr(rows) + repr(self.people_there(self.organisations[1]))

    def _here(self) -> Iterator[tuple[Key, str]]:
        rows = [row for row in self._behind.execute(OURS) if row[0] == self._account_id]
        names = [f"{row[2]} {row[3]}" for row in rows]
        _refuse_twins(Side.TANDEM, names)
        for name, row in zip(names, rows, strict=True):
            self.ids[name] = UUID(str(row[1]))
            for field, value in zip(FIELDS, row[4:], strict=False):
                yield (name, field.shared.value), str(value or "")
            yield (name, ENDED.value), str(row[-1] or "")

    def _there(self) -> Iterator[tuple[Key, str]]:
        rows = self.people_there()
        names = [f"{row['FirstName']} {row['LastName']}" for row in rows]
        _refuse_twins(Side.XERO, names)
        for name, row in zip(names, rows, strict=True):
            for field in FIELDS:
                yield (name, field.shared.value), field.read_there(row.get(field.element))
            yield (name, ENDED.value), str(row.get("TerminationDate") or "")[:10]


def _refuse_twins(side: Side, names: list[str]) -> None:
    twins = [name for name, count in Counter(names).items() if count > 1]
    if twins:
        raise Broken(Promise.ONE_OF_EACH, f"{', '.join(twins)} in {side.value}")
