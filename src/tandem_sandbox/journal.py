"""The request log: what came in, when, and what it was answered. No body, no token, no number of anybody."""

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

KEPT = 100_000
NO_ANSWER = "none"


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


@dataclass(frozen=True)
class Wanted:
    """Which requests to list. `path` is a glob; `status` a status, a class such as 4xx, or none for no answer."""

    since: int = 0
    path: str = ""
    method: str = ""
    status: str = ""
    organisation: str = ""
    user: str = ""
    fault: str = ""
    failed: bool = False

    def fits(self, entry: Entry) -> bool:
        """Say whether a request is wanted."""
        return (
            entry.seq > self.since
            and (not self.path or fnmatchcase(entry.path.lower(), self.path.lower()))
            and (not self.method or entry.method == self.method.upper())
            and (not self.organisation or entry.organisation == self.organisation)
            and (not self.user or self.user.casefold() in (entry.user or "").casefold())
            and (not self.fault or self.fault in (entry.fault or "").split("+"))
            and (not self.status or _has_status(entry.status, self.status.lower()))
            and (not self.failed or entry.status is None or entry.status >= 400)
        )


def _has_status(status: int | None, wanted: str) -> bool:
    if status is None:
        return wanted == NO_ANSWER
    return wanted in (str(status), f"{status // 100}xx")


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

    def entries(self, wanted: Wanted | None = None) -> list[Entry]:
        """List the requests that are wanted, oldest first."""
        with self._lock:
            found = list(self._entries)
        return [entry for entry in found if wanted is None or wanted.fits(entry)]

    def clear(self) -> None:
        """Forget every request; numbering goes on."""
        with self._lock:
            self._entries.clear()
