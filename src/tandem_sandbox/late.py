"""Writes that land after their answer was lost: Xero took them in and carries them out some seconds later."""

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


@dataclass(frozen=True)
class LateWrite:
    """One request that is still to be carried out; `about` is what the gate and the checks found out about it."""

    due: datetime
    environ: "WSGIEnvironment"
    body: bytes
    given_path: str
    about: Any


class LateWrites:
    """The writes under way, each handed out exactly once; whoever holds `landing` carries them out first."""

    def __init__(self) -> None:
        self.landing = threading.RLock()
        self._lock = threading.Lock()
        self._waiting: list[LateWrite] = []

    def keep(self, write: LateWrite) -> None:
        """Keep a write until its moment."""
        with self._lock:
            self._waiting.append(write)

    def take_due(self, now: datetime) -> list[LateWrite]:
        """Hand out the writes whose moment has come, earliest first."""
        if not self._waiting:
            return []
        with self._lock:
            due = [write for write in self._waiting if write.due <= now]
            self._waiting = [write for write in self._waiting if write.due > now]
        return sorted(due, key=lambda write: write.due)

    def waiting(self) -> list[LateWrite]:
        """List the writes that have not landed."""
        return list(self._waiting)

    def clear(self) -> None:
        """Forget every write that has not landed."""
        with self._lock:
            self._waiting = []
