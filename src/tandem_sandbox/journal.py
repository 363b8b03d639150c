"""The request log: what came in, when, and what it was answered. No body, no token, no number of anybody."""

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

KEPT = 100_000


@dataclass
class Entry:
    """One request."""

    seq: int
    at: datetime
    method: str
    path: str
    query: str
    organisation: str | None
    user: str | None
    app: str | None
    correlation_id: str
    in_flight: int
    idempotency_key: str | None
    fault: str | None = None
    status: int | None = None
    replayed: bool = False

    def describe(self) -> dict[str, object]:
        """Return the entry as the control API shows it."""
        return {**vars(self), "at": self.at.isoformat()}


class RequestLog:
    """Requests in the order they came."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._next = 1
        self._open: dict[str, int] = {}

    def begin(
        self,
        *,
        at: datetime,
        method: str,
        path: str,
        query: str,
        organisation: str | None,
        user: str | None,
        app: str | None,
        correlation_id: str,
        idempotency_key: str | None,
    ) -> Entry:
        """Note a request; in_flight counts those for the same organisation, or else the same path."""
        place = organisation or path
        with self._lock:
            self._open[place] = self._open.get(place, 0) + 1
            entry = Entry(
                seq=self._next,
                at=at,
                method=method,
                path=path,
                query=query,
                organisation=organisation,
                user=user,
                app=app,
                correlation_id=correlation_id,
                in_flight=self._open[place],
                idempotency_key=idempotency_key,
            )
            self._next += 1
            self._entries.append(entry)
        return entry

    def end(self, entry: Entry, *, status: int | None) -> None:
        """Note the answer; None is none."""
        place = entry.organisation or entry.path
        with self._lock:
            entry.status = status
            self._open[place] -= 1
            if not self._open[place]:
                del self._open[place]

    def entries(self, *, since: int = 0, path: str | None = None, method: str | None = None) -> list[Entry]:
        """List requests after a sequence number, by path glob and method."""
        with self._lock:
            found = list(self._entries)
        return [
            entry
            for entry in found
            if entry.seq > since
            and (path is None or fnmatchcase(entry.path.lower(), path.lower()))
            and (method is None or entry.method == method.upper())
        ]

    def clear(self) -> None:
        """Forget every request; numbering goes on."""
        with self._lock:
            self._entries.clear()
