"""A simulator as it was at one moment, to begin many tests from: the world, and what is counted and remembered beside it."""

import copyreg
import io
import json
import pickle
import threading
from collections.abc import Callable
from typing import Any

from tandem_sandbox.simulator import Simulator
from tandem_sandbox.store import as_json, as_world

_BESIDE_THE_WORLD = ("faults", "limits", "log", "switches", "keys")
_LOCKS = {type(threading.Lock()): threading.Lock, type(threading.RLock()): threading.RLock}


def _anew(lock: object) -> tuple[Callable[[], Any], tuple[()]]:
    return _LOCKS[type(lock)], ()


class _Pickler(pickle.Pickler):
    """Write a new lock in the place of each; nobody holds one while a snapshot is taken."""

    dispatch_table = copyreg.dispatch_table | dict.fromkeys(_LOCKS, _anew)


def take(simulator: Simulator) -> bytes:
    """Return all that a simulator knows, but for its keys and its clock; raise ValueError while a write is on its way."""
    if simulator.late.waiting():
        raise ValueError("A write is still on its way in this simulator. Let it land, then take the snapshot.")
    with simulator.world.lock:
        kept = (as_json(simulator.world), [getattr(simulator, name) for name in _BESIDE_THE_WORLD])
        written = io.BytesIO()
        _Pickler(written).dump(kept)
    return written.getvalue()


def put_back(simulator: Simulator, snapshot: bytes) -> None:
    """Be again as in a snapshot. It is trusted like code: give none that came from elsewhere."""
    text, beside = pickle.loads(snapshot)  # noqa: S301  see the docstring
    with simulator.world.lock:
        simulator.world = as_world(json.loads(text))
        for name, value in zip(_BESIDE_THE_WORLD, beside, strict=True):
            setattr(simulator, name, value)
        simulator.late.clear()
