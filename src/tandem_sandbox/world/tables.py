"""Rows by id that can also be found by other values, so that no call walks through everything there is."""

from collections.abc import Callable, Hashable, Iterator, Mapping, MutableMapping
from typing import Any, ClassVar, Generic, TypeVar

Row = TypeVar("Row")
Index = Callable[[Any], Hashable]


class Table(MutableMapping[str, Row], Generic[Row]):
    """Rows by id, oldest first. A row whose indexed values changed is put in again under its id.

    A subclass states its rows' type and its indices: a name, and a function from a row to the value it is found by (None: not at all).
    """

    ROW: ClassVar[type]
    INDICES: ClassVar[Mapping[str, Index]] = {}

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}
        self._values: dict[str, dict[str, Hashable]] = {}
        self._found: dict[str, dict[Hashable, dict[str, Row]]] = {name: {} for name in self.INDICES}

    def where(self, index: str, value: Hashable) -> list[Row]:
        """List the rows that an index has under a value, oldest first."""
        return list(self._found[index].get(value, {}).values())

    def count(self, index: str, value: Hashable) -> int:
        """Count the rows that an index has under a value."""
        return len(self._found[index].get(value, ()))

    def __getitem__(self, row_id: str) -> Row:
        return self._rows[row_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __setitem__(self, row_id: str, row: Row) -> None:
        values = {name: read(row) for name, read in self.INDICES.items()}
        before = self._values.get(row_id, {})
        for name, value in values.items():
            if row_id in self._rows and before[name] != value:
                self._unlist(name, before[name], row_id)
            if value is not None:
                self._found[name].setdefault(value, {})[row_id] = row
        self._rows[row_id] = row
        self._values[row_id] = values

    def __delitem__(self, row_id: str) -> None:
        del self._rows[row_id]
        for name, value in self._values.pop(row_id).items():
            self._unlist(name, value, row_id)

    def _unlist(self, name: str, value: Hashable, row_id: str) -> None:
        listed = self._found[name].get(value, {})
        listed.pop(row_id, None)
        if not listed:
            self._found[name].pop(value, None)
