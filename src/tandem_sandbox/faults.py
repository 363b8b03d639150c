"""Faults to inject: which requests they strike, how often, and what happens then."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from fnmatch import fnmatchcase


class Kind(StrEnum):
    STATUS = "status"
    HTML_502 = "html_502"
    SLOW = "slow"
    CLOCK_SKEW = "clock_skew"
    DROPPED = "dropped"
    COMMITTED_BUT_LOST = "committed_but_lost"
    COMMITTED_LATE = "committed_late"
    TRUNCATED = "truncated"
    BROKEN_JSON = "broken_json"
    WRONG_CONTENT_TYPE = "wrong_content_type"
    GZIP = "gzip"
    XML = "xml"
    RECORD_DOUBLED = "record_doubled"
    RECORD_MISSING = "record_missing"
    UNKNOWN_ENUM = "unknown_enum"
    EXTRA_FIELD = "extra_field"
    NULL_LIST = "null_list"
    CONNECTION_LEFT_BEHIND = "connection_left_behind"


MEANINGS = {
    Kind.STATUS: "Answer with this status and Xero's body for it, before or after doing what was asked.",
    Kind.HTML_502: "Answer 502 with an HTML page, as something in front of Xero would, before or after doing it.",
    Kind.SLOW: "Wait this many seconds first, then go on as usual.",
    Kind.CLOCK_SKEW: "Let Xero's clock run this many seconds ahead (negative: behind) for this call.",
    Kind.DROPPED: "Close the connection without an answer; nothing is done.",
    Kind.COMMITTED_BUT_LOST: "Do what was asked, then close the connection without an answer.",
    Kind.COMMITTED_LATE: "Close the connection without an answer; the write lands this many seconds later.",
    Kind.TRUNCATED: "Do what was asked, send half of the answer, then close the connection.",
    Kind.BROKEN_JSON: "Do what was asked; the answer arrives whole, but its JSON stops half way.",
    Kind.WRONG_CONTENT_TYPE: "Do what was asked; the answer says that it is HTML.",
    Kind.GZIP: "Do what was asked; the answer is compressed, whether or not that was asked for.",
    Kind.XML: "Do what was asked; the answer is XML although JSON was asked for.",
    Kind.RECORD_DOUBLED: "Shift the second and later pages back by one: the last record of the first page comes twice.",
    Kind.RECORD_MISSING: "Shift the second and later pages on by one: one record is on no page.",
    Kind.UNKNOWN_ENUM: "Give the first record a value in each list of values that nobody has heard of.",
    Kind.EXTRA_FIELD: "Add an element to every record, and to the envelope, that nobody has heard of.",
    Kind.NULL_LIST: "Send null in place of each list inside a record, or else of the collection.",
    Kind.CONNECTION_LEFT_BEHIND: "Answer 204 to a DELETE of a connection and keep the connection.",
}
PAGED = frozenset({Kind.RECORD_DOUBLED, Kind.RECORD_MISSING})
TAKES_WHEN = frozenset({Kind.STATUS, Kind.HTML_502})
DEFAULT_SECONDS = {Kind.SLOW: 2.0, Kind.COMMITTED_LATE: 60.0, Kind.CLOCK_SKEW: 300.0}
SECONDS = {Kind.SLOW: (0, 600), Kind.COMMITTED_LATE: (1, 86_400), Kind.CLOCK_SKEW: (-3600, 3600)}
BESIDE_OTHERS = frozenset({Kind.SLOW, Kind.CLOCK_SKEW})
READS = ("GET", "HEAD", "OPTIONS")


class ConnectionDropped(ConnectionResetError):
    """The simulated connection went away with no answer."""


@dataclass(frozen=True)
class Call:
    """What a fault looks at to decide whether a request is its own; `page` is 1 where none is named."""

    method: str
    path: str
    organisation: str | None
    page: int = 1


FITS: dict[Kind, Callable[[Call], bool]] = {
    Kind.CONNECTION_LEFT_BEHIND: lambda call: call.method == "DELETE",
    Kind.COMMITTED_LATE: lambda call: call.method not in READS,
    **dict.fromkeys(PAGED, lambda call: call.method == "GET" and call.page > 1),
}


@dataclass
class Fault:
    """One fault that is switched on."""

    id: int
    path: str
    kind: Kind
    method: str | None = None
    organisation: str | None = None
    status: int = 503
    text: str = "maintenance"
    when: str = "before"
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
            "text": self.text if self.kind is Kind.STATUS and self.status == 503 else None,
            "when": self.when if self.kind in TAKES_WHEN else None,
            "seconds": self.seconds if self.kind in SECONDS else None,
            "count": self.remaining,
            "probability": self.probability,
            "struck": self.struck,
        }


@dataclass(frozen=True)
class Strike:
    """What one request has to go through: waiting, a clock that is wrong, and at most one other fault."""

    seconds: float = 0.0
    skew: timedelta = timedelta(0)
    fault: Fault | None = None

    @property
    def kind(self) -> Kind | None:
        return self.fault.kind if self.fault else None

    @property
    def label(self) -> str | None:
        """Name the faults for the request log."""
        names = ["slow"] if self.seconds else []
        names += ["clock_skew"] if self.skew else []
        names += [self.fault.kind.value] if self.fault else []
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

    def strike(self, call: Call) -> Strike:
        """Take what hits this request: every slowness and skew, and the first other fault."""
        if not self._faults:
            return Strike()
        seconds, skew, hit = 0.0, 0.0, None
        with self._lock:
            for fault in self._faults:
                if (hit and fault.kind not in BESIDE_OTHERS) or not self._hits(fault, call):
                    continue
                fault.struck += 1
                if fault.remaining is not None:
                    fault.remaining -= 1
                if fault.kind is Kind.SLOW:
                    seconds += fault.seconds
                elif fault.kind is Kind.CLOCK_SKEW:
                    skew += fault.seconds
                else:
                    hit = fault
            self._faults = [fault for fault in self._faults if fault.remaining != 0]
        return Strike(seconds, timedelta(seconds=skew), hit)

    def _hits(self, fault: Fault, call: Call) -> bool:
        if fault.method and fault.method != call.method:
            return False
        if fault.organisation and fault.organisation != call.organisation:
            return False
        if fault.kind in FITS and not FITS[fault.kind](call):
            return False
        if not fnmatchcase(call.path.lower(), fault.path.lower()):
            return False
        return fault.probability >= 1 or self._chance.random() < fault.probability
