"""What many tests begin from: made once by the real product and the simulated Xero, then put back as it was.

A scene is put back only where nothing has happened yet: the cast stands as it was assembled, the simulated Xero is fresh,
and the clock stands still. Anywhere else it is made in earnest.
"""

import pickle
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import psycopg
from psycopg import sql

from tandem.kernel import clock
from tandem_sandbox.testing import Sandbox

Superuser = psycopg.Connection[tuple[object, ...]]
Rows = Mapping[str, bytes]
T = TypeVar("T")


class Storage:
    """The tables of a test process's database, read and written whole."""

    def __init__(self, superuser: Superuser, tables: Sequence[str]) -> None:
        self._superuser = superuser
        self._tables = tables
        each = [
            sql.SQL("SELECT count(*) AS rows, max(xmin::text::bigint) AS newest FROM {}").format(sql.Identifier(name))
            for name in tables
        ]
        self._counting = sql.SQL("SELECT sum(rows), max(newest) FROM ({}) AS every").format(
            sql.SQL(" UNION ALL ").join(each)
        )

    def state(self) -> tuple[object, ...]:
        """Return how many rows there are and the transaction that wrote the newest: it changes with everything."""
        # To plan it takes longer than to ask it.
        found = self._superuser.execute(self._counting, prepare=True).fetchone()
        assert found is not None  # noqa: S101  an aggregate has one row
        return found

    def read(self) -> Rows:
        """Return the rows of every table that has any, as PostgreSQL copies them."""
        rows = {}
        for name in self._tables:
            with self._superuser.cursor() as cursor, cursor.copy(_copy(name, "TO STDOUT")) as copy:
                rows[name] = b"".join(bytes(block) for block in copy)
        return {name: text for name, text in rows.items() if text}

    def write(self, rows: Rows, *, over: Rows) -> None:
        """Store `rows`, where the database holds `over`; tables that are the same in both are left alone."""
        changed = [name for name in {**rows, **over} if rows.get(name) != over.get(name)]
        emptied = [sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in changed if name in over]
        self._superuser.execute(sql.SQL("; ").join([_role("replica"), *emptied]))
        for name in changed:
            if name in rows:
                with self._superuser.cursor() as cursor, cursor.copy(_copy(name, "FROM STDIN")) as copy:
                    copy.write(rows[name])
        self._superuser.execute(_role("origin"))


def _copy(name: str, direction: str) -> sql.Composed:
    return sql.SQL("COPY {} {}").format(sql.Identifier(name), sql.SQL(direction))


def _role(name: str) -> sql.Composed:
    return sql.SQL("SET session_replication_role = {}").format(sql.SQL(name))


@dataclass(frozen=True)
class _Scene:
    rows: Rows
    xero: bytes
    at: datetime
    outcome: bytes


class Scenes:
    """The scenes of this process, by name and by what they were made from."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._kept: dict[Hashable, _Scene] = {}
        self._fresh: bytes | None = None
        self._ground: tuple[Rows, tuple[object, ...]] = ({}, ())

    def begin(self, ground: Rows) -> None:
        """Note what the database holds now, before anything has happened."""
        self._ground = (ground, self._storage.state())

    def play(self, name: Hashable, sandbox: Sandbox, make: Callable[[], T]) -> T:
        """Return what `make` returns, and leave everything as it leaves it, by the short way where there is one."""
        if not clock.is_frozen() or not self._is_untouched(sandbox):
            return make()
        rows, _ = self._ground
        key = (name, clock.now(), hash(frozenset(rows.items())))
        kept = self._kept.get(key)
        if kept is None:
            outcome = make()
            self._kept[key] = _Scene(self._storage.read(), sandbox.snapshot(), clock.now(), pickle.dumps(outcome))
            return outcome
        self._storage.write(kept.rows, over=rows)
        sandbox.put_back(kept.xero)
        clock.sleep((kept.at - clock.now()).total_seconds())
        outcome_again: T = pickle.loads(kept.outcome)  # noqa: S301  our own, from a moment ago
        return outcome_again

    def _is_untouched(self, sandbox: Sandbox) -> bool:
        if self._fresh is None:
            self._fresh = Sandbox(clock=clock.now).snapshot()
        return sandbox.snapshot() == self._fresh and self._storage.state() == self._ground[1]
