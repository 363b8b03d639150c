"""Faults to inject: which requests they strike, how often, and what happens then."""

import random
import threading
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase


class Kind(StrEnum):
    STATUS = "status"
    SLOW = "slow"
    DROPPED = "dropped"
    COMMITTED_BUT_LOST = "committed_but_lost"
    CONNECTION_LEFT_BEHIND = "connection_left_behind"
    TRUNCATED = "truncated"
    HTML_502 = "html_502"


MEANINGS = {
    Kind.STATUS: "Answer with this status and Xero's body for it; nothing is done.",
    Kind.SLOW: "Wait this many seconds first, then go on as usual.",
    Kind.DROPPED: "Close the connection without an answer; nothing is done.",
    Kind.COMMITTED_BUT_LOST: "Do what was asked, then close the connection without an answer.",
    Kind.CONNECTION_LEFT_BEHIND: "Answer 204 to a DELETE of a connection and keep the connection.",
    Kind.TRUNCATED: "Do what was asked, send half of the answer, then close the connection.",
    Kind.HTML_502: "Answer 502 with an HTML page, as something in front of Xero would; nothing is done.",
}


class ConnectionDropped(ConnectionResetError):
    """The simulated connection went away with no answer."""


@dataclass
class Fault:
    """One fault that is switched on."""

    id: int
    path: str
    kind: Kind
    method: str | None = None
    organisation: str | None = None
    status: int = 503
    seconds: float = 2.0
    remaining: int | None = None
    probability: float = 1.0
    struck: int = 0

    def describe(self) -> dict[str, object]:
        """Return the fault as the control API shows it."""
        return {
            "id": self.id,
            "path": self.path,
            "method": self.method,
            "organisation": self.organisation,
            "fault": self.kind.value,
            "status": self.status if self.kind is Kind.STATUS else None,
            "seconds": self.seconds if self.kind is Kind.SLOW else None,
            "count": self.remaining,
            "probability": self.probability,
            "struck": self.struck,
        }


@dataclass(frozen=True)
class Strike:
    """What one request has to go through."""

    seconds: float = 0.0
    kind: Kind | None = None
    status: int = 503

    @property
    def label(self) -> str | None:
        """Name the faults for the request log."""
        names = (["slow"] if self.seconds else []) + ([self.kind.value] if self.kind else [])
        return "+".join(names) or None


class Faults:
    """The faults that are on, in the order they were switched on."""

    def __init__(self, seed: int) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._next = 1
        self._chance = random.Random(seed)  # noqa: S311  repeatable chance, no secret

    def add(self, fault: Fault) -> Fault:
        """Switch a fault on."""
        with self._lock:
            fault.id = self._next
            self._next += 1
            self._faults.append(fault)
        return fault

    def remove(self, fault_id: int) -> bool:
        """Switch one fault off; say whether it was on."""
        with self._lock:
            before = len(self._faults)
            self._faults = [fault for fault in self._faults if fault.id != fault_id]
            return len(self._faults) < before

    def clear(self) -> None:
        """Switch all faults off."""
        with self._lock:
            self._faults = []

    def active(self) -> list[Fault]:
        """List the faults that can still strike."""
        return list(self._faults)

    def strike(self, *, method: str, path: str, organisation: str | None) -> Strike:
        """Take what hits this request: every slowness, and the first other fault."""
        if not self._faults:
            return Strike()
        seconds, hit = 0.0, None
        with self._lock:
            for fault in self._faults:
                if (hit and fault.kind is not Kind.SLOW) or not self._hits(fault, method, path, organisation):
                    continue
                fault.struck += 1
                if fault.remaining is not None:
                    fault.remaining -= 1
                if fault.kind is Kind.SLOW:
                    seconds += fault.seconds
                else:
                    hit = fault
            self._faults = [fault for fault in self._faults if fault.remaining != 0]
        return Strike(seconds, hit.kind if hit else None, hit.status if hit else 503)

    def _hits(self, fault: Fault, method: str, path: str, organisation: str | None) -> bool:
        if fault.method and fault.method != method:
            return False
        if fault.organisation and fault.organisation != organisation:
            return False
        if fault.kind is Kind.CONNECTION_LEFT_BEHIND and method != "DELETE":
            return False
        if not fnmatchcase(path.lower(), fault.path.lower()):
            return False
        return fault.probability >= 1 or self._chance.random() < fault.probability
