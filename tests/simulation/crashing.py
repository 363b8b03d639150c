"""A process that can die at a named place: everything it held is gone, and it says nothing more to anybody.

The places are the boundaries of the journal and the two ends of every call. What dies with the process are its objects and
its open transaction; what it had committed, and what Xero had taken in, stays.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from tandem.xero.sync import journal

#: Where the product comes to by itself; see tandem.xero.sync.journal.
OF_THE_JOURNAL = (
    "before intent",
    "after intent",
    "after call",
    "outcome written",
    "outcome committed",
    "hr batch written",
    "hr batch committed",
)
LEAVES, READ_LEAVES, ARRIVES = "request leaves", "read leaves", "answer arrives"
BOUNDARIES = (*OF_THE_JOURNAL, LEAVES, ARRIVES)


class Crash(BaseException):
    """The process is gone."""


class Process:
    """One process of the product after another, in the place of a worker and of the web."""

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note
        self._crash_at: Counter[str] = Counter()
        self._meanwhile: list[tuple[str, int, Callable[[], None]]] = []
        self._is_dead, self._died_at = False, ""
        self.crashes: Counter[str] = Counter()

    def crash_at(self, boundary: str, *, times: int) -> None:
        """Die when the process comes to a boundary for the nth time from now."""
        self._crash_at[boundary] = times

    def meanwhile(self, boundary: str, *, times: int, act: Callable[[], None]) -> None:
        """Let something happen elsewhere when the process comes to a boundary for the nth time from now."""
        self._meanwhile.append((boundary, times, act))

    def disarm(self) -> None:
        """Let nothing more happen to it."""
        self._crash_at.clear()
        self._meanwhile.clear()

    def come_to(self, boundary: str) -> None:
        """Note that the process is at a boundary; raise Crash where it is to die."""
        self.refuse_the_dead()
        due = [entry for entry in self._meanwhile if entry[:2] == (boundary, 1)]
        self._meanwhile = [
            (name, times - (name == boundary), act)
            for name, times, act in self._meanwhile
            if (name, times) != (boundary, 1)
        ]
        for _, _, act in due:
            act()
        if self._crash_at[boundary]:
            self._crash_at[boundary] -= 1
            if not self._crash_at[boundary]:
                self._is_dead, self._died_at = True, boundary
                self.crashes[boundary] += 1
                raise Crash(boundary)

    def refuse_the_dead(self) -> None:
        """Let nothing that is still on its way up the stack of a dead process reach the world."""
        if self._is_dead:
            raise Crash("dead")

    def run(self, do: Callable[[], object]) -> bool:
        """Do something as a process does; say whether it lived to the end. The next one starts with nothing."""
        try:
            do()
        except Crash:
            self._note(f"crash: {self._died_at}")
            connection.close()
            self._is_dead = False
            return False
        return True

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Stand at the product's boundaries, and between it and its database, until the block ends."""
        before, journal.at_boundary = journal.at_boundary, self.come_to
        try:
            with connection.execute_wrapper(self._ask):
                yield
        finally:
            journal.at_boundary = before

    def _ask(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        self.refuse_the_dead()
        return execute(sql, params, many, context)
