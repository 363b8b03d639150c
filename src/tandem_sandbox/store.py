"""Keep the world in one JSON file, written whole and swapped in at once."""

import functools
import json
import os
import threading
import types
import typing
from collections.abc import MutableMapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from tandem_sandbox.signing import key_from_pem, key_to_pem
from tandem_sandbox.world import seed
from tandem_sandbox.world.clock import Clock
from tandem_sandbox.world.state import Organisations, World
from tandem_sandbox.world.tables import Table

VERSION = 3


class StateFileUnreadable(Exception):
    """The state file cannot be used; the sentence says what to do."""


@dataclass(frozen=True)
class Kept:
    """What a state file held."""

    world: World
    keys: list[RSAPrivateKey]


class StateFile:
    """One file with everything that should survive a restart: not faults, limits, switches or the log."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.keys: list[RSAPrivateKey] = []
        self._lock = threading.Lock()
        self._saved: tuple[int, int, float] | None = None

    def load(self, clock: Clock) -> Kept | None:
        """Read the file, if there is one, and move the clock to where it was."""
        if not self.path.exists():
            return None
        try:
            data = json.loads(self.path.read_text(encoding="utf-8"))
            if data["version"] != VERSION:
                raise StateFileUnreadable(f"{self.path} was written by another version. Move it away and start again.")
            world = as_world(data["world"])
            keys = [key_from_pem(pem) for pem in data["keys"]]
            offset = timedelta(seconds=data["clock_offset_seconds"])
        except (ValueError, KeyError, TypeError) as error:
            raise StateFileUnreadable(f"{self.path} cannot be read. Move it away and start again.") from error
        clock.advance(offset.total_seconds())
        return Kept(world, keys)

    def save(self, world: World, clock: Clock) -> None:
        """Write the file if the world or the clock's offset changed since it was last written."""
        with self._lock:
            mark = (world.generation, world.changes, clock.offset.total_seconds())
            if mark == self._saved or not self.keys:
                return
            with world.lock:
                mark = (world.generation, world.changes, clock.offset.total_seconds())
                data = {
                    "version": VERSION,
                    "keys": [_pem(key) for key in self.keys],
                    "clock_offset_seconds": mark[2],
                    "world": world,
                }
                text = as_json(data)
            self._swap_in(text)
            self._saved = mark

    def _swap_in(self, text: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_name(self.path.name + ".new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        beside.replace(self.path)


def as_json(data: Any) -> str:
    """Write a world, or what contains one, down. Hold the world's lock meanwhile."""
    return json.dumps(data, separators=(",", ":"), default=_plain)


def as_world(data: Any) -> World:
    """Return the world that was written down."""
    world: World = _read(World, data)
    seed.stock(world)
    return world


@functools.cache
def _pem(key: RSAPrivateKey) -> str:
    return key_to_pem(key)


def _plain(value: Any) -> Any:
    """Turn what JSON does not know, one level deep: the encoder asks again for what is inside."""
    if is_dataclass(value):
        return {item.name: getattr(value, item.name) for item in fields(value) if item.repr}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Organisations):
        return value.touched()
    if isinstance(value, Table):
        return dict(value)
    raise TypeError(f"A state file cannot hold a {type(value).__name__}.")


def _read(kind: Any, value: Any) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return None if value is None else _read(next(item for item in arguments if item is not type(None)), value)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = typing.get_type_hints(kind)
        return kind(**{name: _read(hints[name], item) for name, item in value.items()})
    if isinstance(kind, type) and issubclass(kind, Table | Organisations):
        table: MutableMapping[str, Any] = kind()
        table.update({key: _read(kind.ROW, item) for key, item in value.items()})
        return table
    if kind is datetime:
        return datetime.fromisoformat(value)
    if origin is dict:
        return {key: _read(arguments[1], item) for key, item in value.items()}
    if origin is list:
        return [_read(arguments[0], item) for item in value]
    return value
