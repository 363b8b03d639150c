"""The only place that knows what time it is, and the only one that sleeps.

Tests and simulations freeze the clock; a frozen clock moves only when told, or when somebody sleeps on it.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


class FrozenClock:
    """A clock that moves only when told."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._lock = threading.Lock()
        self._tell: Callable[[datetime], object] = lambda _: None

    def follow(self, tell: Callable[[datetime], object]) -> None:
        """Call `tell` with the new time whenever the clock moves, so that another program's clock can keep step."""
        self._tell = tell

    def now(self) -> datetime:
        return self._at

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> datetime:
        """Move forward and return the new time."""
        with self._lock:
            self._at += timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days)
            self._tell(self._at)
            return self._at

    def move_to(self, at: datetime) -> None:
        """Jump to `at`, which must be aware."""
        if at.tzinfo is None:
            raise ValueError("A clock needs an aware time.")
        with self._lock:
            self._at = at
            self._tell(at)


_frozen: FrozenClock | None = None


def now() -> datetime:
    """Return the current aware UTC time."""
    return _frozen.now() if _frozen else datetime.now(UTC)  # noqa: TID251  the one place that may ask


def is_frozen() -> bool:
    """Say whether the clock stands still."""
    return _frozen is not None


def today_in(time_zone: str) -> date:
    """Return today's date in an IANA time zone."""
    return now().astimezone(ZoneInfo(time_zone)).date()


def sleep(seconds: float) -> None:
    """Wait; under a frozen clock, move the clock instead."""
    if _frozen:
        _frozen.advance(seconds=seconds)
        return
    time.sleep(seconds)


@contextmanager
def frozen_at(at: datetime) -> Iterator[FrozenClock]:
    """Freeze the clock of the whole process at `at` until the block ends."""
    global _frozen
    if at.tzinfo is None:
        raise ValueError("A clock needs an aware time.")
    before, _frozen = _frozen, FrozenClock(at)
    try:
        yield _frozen
    finally:
        _frozen = before
