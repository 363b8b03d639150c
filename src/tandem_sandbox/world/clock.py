"""A clock that can be set, moved on and stopped."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum


class Mode(StrEnum):
    RUNNING = "running"
    FROZEN = "frozen"


def system_time() -> datetime:
    """Read the machine's clock; the only place in the simulator that does."""
    return datetime.now(UTC)  # noqa: TID251  the simulator's own clock starts here


class Clock:
    """Tell the simulated time: a source plus an offset, or a fixed moment while frozen."""

    def __init__(self, source: Callable[[], datetime] = system_time) -> None:
        self._source = source
        self._offset = timedelta(0)
        self._frozen_at: datetime | None = None
        self._lock = threading.Lock()

    @property
    def mode(self) -> Mode:
        return Mode.FROZEN if self._frozen_at is not None else Mode.RUNNING

    @property
    def offset(self) -> timedelta:
        """Say how far this clock has been moved from its source."""
        return self._offset

    def now(self) -> datetime:
        """Return the simulated moment, aware, in UTC."""
        frozen_at = self._frozen_at
        return frozen_at if frozen_at is not None else self._source() + self._offset

    def set(self, moment: datetime) -> None:
        """Make it `moment` now; the mode stays."""
        with self._lock:
            if self._frozen_at is not None:
                self._frozen_at = moment.astimezone(UTC)
            else:
                self._offset = moment.astimezone(UTC) - self._source()

    def advance(self, seconds: float) -> None:
        """Move on by so many seconds (negative moves back)."""
        with self._lock:
            if self._frozen_at is not None:
                self._frozen_at += timedelta(seconds=seconds)
            else:
                self._offset += timedelta(seconds=seconds)

    def freeze(self) -> None:
        """Stop at the present moment."""
        with self._lock:
            if self._frozen_at is None:
                self._frozen_at = self._source() + self._offset

    def run(self) -> None:
        """Go on from the present moment."""
        with self._lock:
            if self._frozen_at is not None:
                self._offset = self._frozen_at - self._source()
                self._frozen_at = None

    def reset(self) -> None:
        """Go back to the source's own time."""
        with self._lock:
            self._offset = timedelta(0)
            self._frozen_at = None
