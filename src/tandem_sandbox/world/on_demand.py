"""Rows that are made from the seed when they are first asked for: ten thousand cost their ids only."""

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import ClassVar, Generic, Protocol, TypeVar


class Named(Protocol):
    """What a row must say of itself."""

    number: int
    name: str
    retired: bool


Row = TypeVar("Row", bound=Named)


class OnDemand(MutableMapping[str, Row], Generic[Row]):
    """Rows by id, in the order of their numbers; `build` makes one that nobody has touched yet."""

    ROW: ClassVar[type]

    def __init__(
        self,
        ids: Mapping[str, int] | None = None,
        *,
        build: Callable[[int], Row] | None = None,
        name: Callable[[int], str] = str,
    ) -> None:
        self._numbers = dict(ids or {})
        self._build = build
        self._name = name
        self._made: dict[str, Row] = {}
        self._names: dict[str, str] | None = None

    def touched(self) -> dict[str, Row]:
        """Return those that somebody has asked for; the others are as the seed makes them."""
        return dict(self._made)

    def names(self) -> Iterator[tuple[str, str]]:
        """Give id and name of every row that is not retired, without making any."""
        for row_id, number in list(self._numbers.items()):
            made = self._made.get(row_id)
            if made is None or not made.retired:
                yield row_id, self._name(number) if made is None else made.name

    def named(self, name: str) -> Row | None:
        """Find the row that has a name now."""
        if self._names is None:
            self._names = {self._name(number): row_id for row_id, number in self._numbers.items()}
        seeded = self.get(self._names.get(name, ""))
        if seeded is not None and seeded.name == name and not seeded.retired:
            return seeded
        return next((row for row in self.touched().values() if row.name == name and not row.retired), None)

    def __contains__(self, row_id: object) -> bool:
        return row_id in self._numbers

    def __getitem__(self, row_id: str) -> Row:
        made = self._made.get(row_id)
        if made is not None:
            return made
        number = self._numbers[row_id]
        if self._build is None:
            raise KeyError(row_id)
        return self._made.setdefault(row_id, self._build(number))

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._numbers))

    def __len__(self) -> int:
        return len(self._numbers)

    def __setitem__(self, row_id: str, row: Row) -> None:
        self._made[row_id] = row
        self._numbers.setdefault(row_id, row.number)

    def __delitem__(self, row_id: str) -> None:
        del self._numbers[row_id]
        self._made.pop(row_id, None)
