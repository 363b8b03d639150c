"""One person twice on one side: who may be the same, without the other side. Pure.

The same name with the same birth date, or with none on one of the records; never by name alone where both dates are known.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from tandem.xero.matching.matching import Name, name_key


@dataclass(frozen=True)
class Known:
    """What is compared of one record of a side."""

    person_id: UUID
    first_name: str
    last_name: str
    date_of_birth: date | None


@dataclass(frozen=True)
class Doubles:
    """Records of one side that may be one person; `has_birth_date` where all of them have the same one."""

    person_ids: tuple[UUID, ...]
    has_birth_date: bool

    @property
    def sentence(self) -> str:
        """Return why they stand together."""
        if self.has_birth_date:
            return "Same name and date of birth."
        return "Same name, but a date of birth is missing."


def find_doubles(people: Iterable[Known]) -> tuple[Doubles, ...]:
    """Return the groups, by name; a record without a birth date may stand in more than one."""
    named: dict[Name, list[Known]] = defaultdict(list)
    for person in people:
        named[name_key(person.first_name, person.last_name)].append(person)
    named.pop(("", ""), None)
    return tuple(found for name in sorted(named) for found in _among_namesakes(named[name]))


def _among_namesakes(people: Sequence[Known]) -> Iterable[Doubles]:
    if len(people) == 1:
        return
    born: Mapping[date, list[UUID]] = defaultdict(list)
    undated = []
    for person in people:
        if person.date_of_birth is None:
            undated.append(person.person_id)
        else:
            born[person.date_of_birth].append(person.person_id)
    for dated in born.values() if born else ([],):
        if len(dated) + len(undated) > 1:
            yield Doubles((*dated, *undated), has_birth_date=not undated)
