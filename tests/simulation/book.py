"""What people entered where, followed value by value: who has seen it, what became of it, who overwrote it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.simulation.broken import Broken, Promise
from tests.simulation.fields import Side

Key = tuple[str, str]
#: Both sides at one instant: (person, field) to the value on each side where that person is.
Seen = Mapping[Side, Mapping[Key, str]]


@dataclass
class Entry:
    """One value that a person entered on one side. `is_shared` once both sides have held it together."""

    side: Side
    key: Key
    value: str
    is_shared: bool = False


@dataclass
class Overwritten:
    """A value that Tandem replaced on a side: it must be found in the history of runs."""

    side: Side
    key: Key
    value: str


@dataclass
class Book:
    """Follows what was entered. `winner` is the side that decides where both changed, None where a person does."""

    values: dict[Side, dict[Key, str]] = field(default_factory=lambda: {side: {} for side in Side})
    ever: dict[Side, dict[Key, set[str]]] = field(default_factory=lambda: {side: {} for side in Side})
    entries: dict[tuple[Side, Key], Entry] = field(default_factory=dict)
    overwritten: list[Overwritten] = field(default_factory=list)
    decided: dict[tuple[Side, Key], str] = field(default_factory=dict)
    ages: dict[tuple[Key, str], int] = field(default_factory=dict)
    winner: Side | None = None

    def enter(self, side: Side, key: Key, value: str) -> None:
        """Note that a person entered a value on a side; what stood there was theirs to replace."""
        self.entries[side, key] = Entry(side, key, value)
        self.ages[key, value] = max(self.ages.values(), default=0) + 1
        self._hold(side, key, value)

    def decide(self, keep: Side, key: Key) -> None:
        """Note that a person decided which side is right about a field, for the value that the other side holds now."""
        self.decided[keep.other, key] = self.values[keep.other].get(key, "")

    def look(self, seen: Seen) -> Iterator[str]:
        """Compare with what was seen before; judge every write that no person made, and say what moved."""
        for side in Side:
            for key, value in seen[side].items():
                before = self.values[side].get(key)
                if before is None:
                    self._hold(side, key, value)
                elif before != value:
                    self._judge(side, key, before, value)
                    self._hold(side, key, value)
                    yield f"{side.value}: {key[1]} of {key[0]} {before!r} becomes {value!r}"
            for key in self.values[side].keys() - seen[side].keys():
                raise Broken(Promise.NOTHING_LOST, f"{key[0]} is gone from {side.value}")
        self._share()

    def _hold(self, side: Side, key: Key, value: str) -> None:
        self.values[side][key] = value
        self.ever[side].setdefault(key, set()).add(value)

    def _judge(self, side: Side, key: Key, before: str, after: str) -> None:
        """Judge one value that Tandem wrote over another."""
        if after not in self.ever[side.other].get(key, set()):
            raise Broken(Promise.NOTHING_MADE_UP, f"{side.value} got {after!r} as {key[1]} of {key[0]}")
        entry = self.entries.get((side, key))
        if entry is None or entry.value != before or entry.is_shared:
            if self.ages.get((key, after), 0) <= self.ages.get((key, before), 0):
                raise Broken(
                    Promise.NOTHING_LOST,
                    f"{key[1]} of {key[0]} went back in {side.value}, from {before!r} to {after!r}",
                )
            return
        self.overwritten.append(Overwritten(side, key, before))
        theirs = self.entries.get((side.other, key))
        has_changed_there = theirs is not None and not theirs.is_shared
        may = has_changed_there and self.winner is side.other
        if not may and self.decided.get((side, key)) != before:
            why = "the other side had changed, too" if has_changed_there else "the other side had not changed"
            raise Broken(
                Promise.AUTHORITY,
                f"{before!r}, which a person had entered in {side.value} as {key[1]} of {key[0]}, became {after!r}; {why}",
            )

    def _share(self) -> None:
        """Mark what both sides hold together now."""
        for entry in self.entries.values():
            if self.values[entry.side.other].get(entry.key) == self.values[entry.side].get(entry.key) == entry.value:
                entry.is_shared = True
