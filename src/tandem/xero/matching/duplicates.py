"""One person twice on one side: who may be the same, without the other side. Pure.

The same name with the same birth date, or with none on one of the records; never by name alone where both dates are known,
and never two of whom somebody said that they are different people.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
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


def find_doubles(people: Iterable[Known], *, apart: Iterable[Collection[UUID]] = ()) -> tuple[Doubles, ...]:
    """Return the groups, by name; a record without a birth date may stand in more than one.

    Each of `apart` is a set of records that are all different people: whoever is apart from everybody else of a group is
    not in it.
    """
    pairs = {frozenset(pair) for some in apart for pair in combinations(some, 2)}
    named: dict[Name, list[Known]] = defaultdict(list)
    for person in people:
        named[name_key(person.first_name, person.last_name)].append(person)
    named.pop(("", ""), None)
    groups = (group for name in sorted(named) for group in _among_namesakes(named[name]))
    left = (_still_alike(group, pairs) for group in groups)
    return tuple(
        Doubles(tuple(one.person_id for one in group), has_birth_date=all(one.date_of_birth for one in group))
        for group in left
        if group
    )


def _among_namesakes(people: Sequence[Known]) -> Iterable[list[Known]]:
    if len(people) == 1:
        return
    born: Mapping[date, list[Known]] = defaultdict(list)
    undated = []
    for person in people:
        if person.date_of_birth is None:
            undated.append(person)
        else:
            born[person.date_of_birth].append(person)
    for dated in born.values() if born else ([],):
        if len(dated) + len(undated) > 1:
            yield [*dated, *undated]


def _still_alike(group: Sequence[Known], apart: Collection[frozenset[UUID]]) -> list[Known]:
    """Return those of a group who may still be one with somebody else of it."""
    return [
        one
        for one in group
        if any(frozenset((one.person_id, other.person_id)) not in apart for other in group if other is not one)
    ]
