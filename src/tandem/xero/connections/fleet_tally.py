"""How many accounts are in which state, under which cause, and how old their last proof is. Pure sums.

An account is silent when nothing was proved for longer than the window, whatever state is stored; the connection was
meant to be up, so one that was never set up or was disconnected on purpose is not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tandem.xero.connections.health import GREEN, ConnectionState


class Age(StrEnum):
    """How long ago the connection was last proved; NONE where nothing is expected of it."""

    FRESH = "fresh"
    DAY = "day"
    WEEK = "week"
    OLDER = "older"
    NEVER = "never"
    NONE = "none"


SILENT = (Age.DAY, Age.WEEK, Age.OLDER, Age.NEVER)
# What support sees first is what a person must act on.
ORDER = (
    ConnectionState.BROKEN,
    ConnectionState.UNPROVEN,
    ConnectionState.ATTENTION,
    ConnectionState.WAITING,
    ConnectionState.DISCONNECTED,
    ConnectionState.NOT_SET_UP,
    ConnectionState.CONNECTED,
)
NEEDS_SOMEBODY = ORDER[:4]


def shown_state(
    stored: ConnectionState,
    proved_at: datetime | None,
    *,
    now: datetime,
    window: timedelta,
    proved_until: datetime | None = None,
) -> ConnectionState:
    """Return what is shown: a green state whose proofs are over is not proved, as the database's own rule."""
    is_proved = proved_at is not None and timedelta(0) <= now - proved_at <= window
    is_proved = is_proved and (proved_until is None or now <= proved_until)
    return ConnectionState.UNPROVEN if stored in GREEN and not is_proved else stored


@dataclass(frozen=True)
class TallyLine:
    """So many accounts are in one state, under one cause ("" for none), with proofs of one age."""

    state: ConnectionState
    cause: str
    age: Age
    accounts: int
    oldest: datetime | None


@dataclass(frozen=True)
class Question:
    """Which accounts are asked for: states, ages, one cause (None: any, "": those without one), part of a name."""

    states: Sequence[ConnectionState] = NEEDS_SOMEBODY
    ages: Sequence[Age] = tuple(Age)
    cause: str | None = None
    search: str = ""
    page: int = 1

    def covers(self, line: TallyLine) -> bool:
        """Say whether the accounts of a line are asked for."""
        return line.state in self.states and line.age in self.ages and self.cause in (None, line.cause)


@dataclass(frozen=True)
class CauseLine:
    """So many accounts share a state and a cause; `oldest` is since when the first of them does."""

    state: ConnectionState
    cause: str
    accounts: int
    oldest: datetime | None


@dataclass(frozen=True)
class Tally:
    """The counts of the whole fleet, or of the accounts whose name fits."""

    lines: tuple[TallyLine, ...]

    def count(self, question: Question) -> int:
        """Return how many accounts are asked for."""
        return sum(line.accounts for line in self.lines if question.covers(line))

    def by_cause(self, question: Question) -> list[CauseLine]:
        """Return what is asked for by state and cause, in the order of urgency, the largest groups first."""
        keys = {(line.state, line.cause) for line in self.lines if question.covers(line)}
        found = [self._sum(question, state, cause) for state, cause in keys]
        return sorted(found, key=lambda line: (ORDER.index(line.state), -line.accounts, line.cause))

    def _sum(self, question: Question, state: ConnectionState, cause: str) -> CauseLine:
        lines = [line for line in self.lines if question.covers(line) and (line.state, line.cause) == (state, cause)]
        return CauseLine(state, cause, sum(line.accounts for line in lines), _earliest(line.oldest for line in lines))


def _earliest(times: Iterable[datetime | None]) -> datetime | None:
    return min((at for at in times if at is not None), default=None)
