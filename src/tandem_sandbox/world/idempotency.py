"""What Idempotency-Key remembers: six minutes, success and error alike (xero.md 3.4)."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

MEMORY = timedelta(minutes=6)
LONGEST_KEY = 128


@dataclass(frozen=True)
class Answer:
    """An answer as it was given."""

    status: int
    body: str
    content_type: str


@dataclass(frozen=True)
class Remembered:
    """One keyed request and its answer."""

    fingerprint: str
    at: datetime
    answer: Answer


class KeyMemory:
    """Keys by app and organisation."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, str], Remembered] = OrderedDict()

    def find(self, scope: tuple[str, str, str], *, now: datetime) -> Remembered | None:
        """Return what a key was used for, unless that is too long ago."""
        found = self._kept.get(scope)
        if found is None or now - found.at > MEMORY:
            return None
        return found

    def keep(self, scope: tuple[str, str, str], remembered: Remembered) -> None:
        """Remember an answer and forget what is too old."""
        self._kept[scope] = remembered
        self._kept.move_to_end(scope)
        while self._kept:
            oldest = next(iter(self._kept.values()))
            if remembered.at - oldest.at <= MEMORY:
                return
            self._kept.popitem(last=False)

    def clear(self) -> None:
        """Forget every key."""
        self._kept.clear()
