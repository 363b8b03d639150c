"""What the evidence amounts to: four lights, a state, a cause and the one next step. Pure.

The status never lies: `connected` needs all four lights proved inside their windows, and a refreshed token proves
nothing but the sign-in (xero.md 2.5).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tandem.xero.client.errors import AnswerClass
from tandem.xero.connections.causes import Cause, Concern, NextStep
from tandem.xero.connections.evidence import Evidence


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
    """One light: proved at, failed at and how, or unproven since (None: never proved)."""

    state: LightState
    at: datetime | None
    why: AnswerClass | None = None


class ConnectionState(StrEnum):
    NOT_SET_UP = "not_set_up"
    CONNECTED = "connected"
    ATTENTION = "attention"
    WAITING = "waiting"
    UNPROVEN = "unproven"
    BROKEN = "broken"
    DISCONNECTED = "disconnected"


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
        return self.state in (ConnectionState.CONNECTED, ConnectionState.ATTENTION)


def diagnose(evidence: Evidence, now: datetime, *, may_see_leavers: bool = True) -> Health:
    """Return what the evidence amounts to; without `may_see_leavers` a private termination stays unsaid."""
    raise NotImplementedError
