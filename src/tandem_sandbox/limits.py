"""The call limits: fixed windows that start at another moment for each organisation (xero.md 3.1)."""

import threading
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

MINUTE, DAY = 60, 86_400


@dataclass(frozen=True)
class Allowance:
    """How many calls; None is no limit."""

    minute: int | None = 60
    day: int | None = 1000
    concurrent: int | None = 5
    app_minute: int | None = 10_000


@dataclass(frozen=True)
class Standing:
    """What is left after a call, and which limit it broke, if one."""

    minute: int | None
    day: int | None
    app_minute: int | None
    problem: str | None = None
    retry_after: int | None = None


@dataclass(frozen=True)
class Usage:
    """How much one app has left in one organisation in the windows that run now."""

    app: str
    organisation: str
    minute: int | None
    day: int | None
    in_flight: int


class _Window:
    """One fixed window's count."""

    __slots__ = ("start", "used")

    def __init__(self) -> None:
        self.start = -1
        self.used = 0

    def roll(self, second: int, *, length: int, offset: int) -> None:
        start = (second - offset) // length * length + offset
        if start != self.start:
            self.start, self.used = start, 0


class Limits:
    """Count calls per app and organisation."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.default = Allowance()
        self.own: dict[str, Allowance] = {}
        self._windows: dict[tuple[str, str, int], _Window] = {}
        self._in_flight: dict[tuple[str, str], int] = {}

    def allowance(self, organisation: str) -> Allowance:
        """Return the allowance that holds for an organisation."""
        return self.own.get(organisation, self.default)

    def enter(self, app: str, organisation: str) -> None:
        """Count a call as in progress."""
        with self._lock:
            key = (app, organisation)
            self._in_flight[key] = self._in_flight.get(key, 0) + 1

    def leave(self, app: str, organisation: str) -> None:
        """Count a call as answered."""
        with self._lock:
            self._in_flight[app, organisation] -= 1

    def charge(
        self, app: str, organisation: str, *, now: datetime, rejected_count: bool, lowered_day: int | None = None
    ) -> Standing:
        """Use up one call, or say which limit stands in the way; `lowered_day` replaces the day's limit."""
        second = int(now.timestamp())
        allowance = self.allowance(organisation)
        if lowered_day is not None:
            allowance = replace(allowance, day=lowered_day)
        with self._lock:
            minute = self._window(app, organisation, MINUTE, second)
            day = self._window(app, organisation, DAY, second)
            whole_app = self._window(app, "", MINUTE, second)
            problem, wait = None, None
            if _over(self._in_flight.get((app, organisation), 0), allowance.concurrent, inclusive=True):
                problem = "concurrent"
            elif _over(day.used, allowance.day):
                problem, wait = "day", day.start + DAY - second
            elif _over(minute.used, allowance.minute):
                problem, wait = "minute", minute.start + MINUTE - second
            elif _over(whole_app.used, allowance.app_minute):
                problem, wait = "appminute", whole_app.start + MINUTE - second
            if problem is None or rejected_count:
                for window in (minute, day, whole_app):
                    window.used += 1
            return Standing(
                minute=_left(allowance.minute, minute.used),
                day=_left(allowance.day, day.used),
                app_minute=_left(allowance.app_minute, whole_app.used),
                problem=problem,
                retry_after=wait,
            )

    def usage(self, *, now: datetime) -> list[Usage]:
        """List what is left, for each app and organisation with calls today."""
        second = int(now.timestamp())
        with self._lock:
            pairs = sorted({(app, org) for app, org, _ in self._windows if org})
            found = []
            for app, org in pairs:
                allowance, day = self.allowance(org), self._window(app, org, DAY, second)
                if day.used:
                    minute = self._window(app, org, MINUTE, second)
                    left = _left(allowance.minute, minute.used), _left(allowance.day, day.used)
                    found.append(Usage(app, org, *left, in_flight=self._in_flight.get((app, org), 0)))
        return found

    @property
    def is_changed(self) -> bool:
        """Say whether any allowance is another one than at the start."""
        return bool(self.own) or self.default != Allowance()

    def restore(self) -> None:
        """Put every allowance back; what was used stays used."""
        with self._lock:
            self.default = Allowance()
            self.own.clear()

    def reset(self) -> None:
        """Forget every count and every changed allowance; calls in progress stay counted."""
        with self._lock:
            self.default = Allowance()
            self.own.clear()
            self._windows.clear()

    def _window(self, app: str, organisation: str, length: int, second: int) -> _Window:
        window = self._windows.setdefault((app, organisation, length), _Window())
        window.roll(second, length=length, offset=_offset(organisation, length))
        return window


def _over(used: int, allowed: int | None, *, inclusive: bool = False) -> bool:
    if allowed is None:
        return False
    return used > allowed if inclusive else used >= allowed


def _left(allowed: int | None, used: int) -> int | None:
    return None if allowed is None else max(0, allowed - used)


def _offset(organisation: str, length: int) -> int:
    if not organisation:
        return 0
    return int.from_bytes(sha256(organisation.encode()).digest()[:4], "big") % length
