"""What a diagnosis says: lights, a state, a cause, words and the one next step. Pure values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tandem.xero.client.errors import AnswerClass
from tandem.xero.connections.causes import Cause, Concern, NextStep


class Light(StrEnum):
    SIGN_IN = "sign_in"
    ORGANISATION = "organisation"
    PAYROLL = "payroll"
    DATA = "data"


class LightState(StrEnum):
    PROVED = "proved"
    FAILED = "failed"
    UNPROVEN = "unproven"


@dataclass(frozen=True)
class Reading:
    """One light: proved at, failed since and how (`last_at`: again), or unproven since its last proof (None: never)."""

    state: LightState
    at: datetime | None
    why: AnswerClass | None = None
    last_at: datetime | None = None

    @property
    def is_proved(self) -> bool:
        """Say whether the light is green."""
        return self.state is LightState.PROVED


class ConnectionState(StrEnum):
    NOT_SET_UP = "not_set_up"
    CONNECTED = "connected"
    ATTENTION = "attention"
    WAITING = "waiting"
    UNPROVEN = "unproven"
    BROKEN = "broken"
    DISCONNECTED = "disconnected"

    @property
    def label(self) -> str:
        """Return the words of the badge."""
        return STATE_LABELS[self]


STATE_LABELS: Mapping[ConnectionState, str] = {
    ConnectionState.NOT_SET_UP: "Not set up",
    ConnectionState.CONNECTED: "Connected",
    ConnectionState.ATTENTION: "Connected, action needed",
    ConnectionState.WAITING: "Waiting for Xero",
    ConnectionState.UNPROVEN: "Not proved",
    ConnectionState.BROKEN: "Broken",
    ConnectionState.DISCONNECTED: "Disconnected",
}
GREEN = frozenset({ConnectionState.CONNECTED, ConnectionState.ATTENTION})


@dataclass(frozen=True)
class Health:
    """What is shown. `certain` False goes with the words "most likely"; `since` is when this state began, if known."""

    state: ConnectionState
    lights: Mapping[Light, Reading]
    cause: Cause | None
    certain: bool
    concerns: tuple[Concern, ...]
    headline: str
    explanation: str
    next_step: NextStep
    since: datetime | None
    resumes_at: datetime | None
    blocks_imports: bool
    blocks_writes: bool

    @property
    def is_green(self) -> bool:
        """Say whether the page may use the word Connected."""
        return self.state in GREEN

    @property
    def proved_at(self) -> datetime | None:
        """Return the time of the oldest of the four proofs, if all four stand."""
        times = [reading.at for reading in self.lights.values() if reading.is_proved and reading.at]
        return min(times) if len(times) == len(Light) else None
