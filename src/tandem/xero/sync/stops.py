"""What a failed call means for a run: wait a moment, park it until a time or until somebody reconnects, or go on."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from tandem.kernel import clock
from tandem.kernel.crypto import Unreadable, VaultUnavailable
from tandem.kernel.errors import TandemError
from tandem.xero.client.errors import (
    AnswerClass,
    AppRejected,
    Disposition,
    GrantRevoked,
    NoAnswer,
    RateLimited,
    ServerError,
    TokenRejected,
    XeroError,
)
from tandem.xero.connections.session import NotConnected
from tandem.xero.connections.writing import BARRED, GrantReplaced, WritingBarred
from tandem.xero.governor.ledger import MustWait

#: A worker never sleeps longer than this; it parks the run (design 6).
LONGEST_SLEEP = timedelta(seconds=60)
XERO_IS_DOWN = timedelta(minutes=5)
ASK_AGAIN_ABOUT_ACCESS = timedelta(minutes=15)
UNSPOKEN_LIMIT = timedelta(seconds=20)
BROKEN = "connection_broken"
READ_TRIES = 3
#: Pauses that end at once where a standby can carry on.
OF_ACCESS = frozenset({BROKEN, BARRED})


class Parked(Exception):
    """The run stops here and goes on at `until`, from its checkpoint."""

    def __init__(self, code: str, until: datetime) -> None:
        super().__init__(code)
        self.code = code
        self.until = until


class Failed(Exception):
    """The run cannot go on; nothing more is written."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Pause:
    """Wait until then, and try the same call again; longer waits park the run under `code`. `is_xeros`: Xero said so."""

    until: datetime
    code: str
    is_xeros: bool = False

    @property
    def is_short(self) -> bool:
        """Say whether a worker may sleep it out."""
        return self.until - clock.now() <= LONGEST_SLEEP

    @property
    def ask_again_at(self) -> datetime:
        """Return when a run that was parked over this asks again.

        Our own count says when there is room. A limit that Xero goes on naming is used up by something else, and asking
        every minute would spend the day's calls on refusals.
        """
        return max(self.until, clock.now() + XERO_IS_DOWN) if self.is_xeros else self.until


class Patience:
    """How long one call has been waited for, in all: short waits one after the other are a long one."""

    def __init__(self) -> None:
        self._since: datetime | None = None

    def bears(self, pause: Pause) -> bool:
        """Say whether a worker may sleep this wait out too; otherwise the run is to be parked."""
        self._since = self._since or clock.now()
        return pause.until - self._since <= LONGEST_SLEEP


#: Raised before a request leaves.
BEFORE_SENDING = (MustWait, NotConnected, VaultUnavailable, Unreadable, WritingBarred, GrantReplaced)
STOPPERS = (*BEFORE_SENDING, XeroError)


def pause_for(error: TandemError) -> Pause | None:
    """Return the wait an error asks for; None if it concerns only the record that was asked for."""
    now = clock.now()
    if isinstance(error, MustWait):
        return Pause(error.until, error.code)
    if isinstance(error, RateLimited):
        return Pause(now + (error.retry_after or _jittered(UNSPOKEN_LIMIT)), error.answer.value, is_xeros=True)
    if isinstance(error, NotConnected | VaultUnavailable | Unreadable):
        return Pause(now + ASK_AGAIN_ABOUT_ACCESS, error.code)
    if isinstance(error, WritingBarred | GrantReplaced):
        return Pause(now if isinstance(error, GrantReplaced) else now + ASK_AGAIN_ABOUT_ACCESS, error.code)
    if isinstance(error, TokenRejected | GrantRevoked | AppRejected):
        return Pause(now + ASK_AGAIN_ABOUT_ACCESS, BROKEN)
    if isinstance(error, XeroError) and error.disposition is Disposition.RECONNECT:
        return Pause(now + ASK_AGAIN_ABOUT_ACCESS, BROKEN)
    if isinstance(error, ServerError) and error.answer in (AnswerClass.OFFLINE, AnswerClass.MAINTENANCE):
        return Pause(now + XERO_IS_DOWN, "xero_down")
    return None


def is_worth_another_try(error: TandemError) -> bool:
    """Say whether the same read may well succeed a moment later."""
    return isinstance(error, NoAnswer | ServerError)


def _jittered(wait: timedelta) -> timedelta:
    return wait * (1 + random.random() / 2)  # noqa: S311  spreads retries, no secret
