"""A simulated Xero in the test's own process, and the real consent through it."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from tandem.kernel import clock
from tandem.kernel.clock import FrozenClock
from tandem.testing.cast import Player
from tandem.testing.scenes import Scenes
from tandem.xero.client import transport
from tandem.xero.connections.consent import finish_consent, start_consent
from tandem.xero.connections.consent_outcome import ConsentOutcome
from tandem.xero.oauth.flow import ConsentPurpose
from tandem_sandbox.testing import Sandbox

ROSA = "rosa.byrne@example.com"
AMIR = "amir.lim@example.com"
WENDY = "wendy.cole@example.com"
NOOR = "noor.haddad@example.com"
BAKERY = "Harbour Lane Bakery Pty Ltd"
BOOKS = "Second Street Books Pty Ltd"
T = TypeVar("T")
SESSION_KEY = "the browser session of this test"


class TakesTime(httpx2.BaseTransport):
    """Let a millisecond pass with every call, so that under a frozen clock too one thing comes after another."""

    def __init__(self, inner: httpx2.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Pass the request on."""
        clock.sleep(0.001)
        return self._inner.handle_request(request)


@pytest.fixture
def frozen() -> Iterator[FrozenClock]:
    """A clock of the product and of the simulated Xero that moves only when told. Ask for it before `sandbox`."""
    with clock.frozen_at(datetime(2026, 11, 23, 1, 0, tzinfo=UTC)) as stopped:
        yield stopped


#: Enough for every act of the story: its import is most of what it costs, and more people than Xero answers calls in a
#: minute would make whoever cannot move the clock wait for the next.
FEW = 14


@dataclass(frozen=True)
class Mounted:
    """A simulated Xero in the network's place, and the client that leads to it."""

    sandbox: Sandbox
    client: httpx2.Client | None

    def is_all_there_is(self) -> bool:
        """Say whether nothing else has been put between."""
        return transport.stand_in() is self.client


@pytest.fixture
def mounted() -> Iterator[Mounted]:
    """A simulated Xero that tells the product's time; everything the product sends goes there."""
    simulated = Sandbox(clock=clock.now)
    with transport.through(TakesTime(httpx2.WSGITransport(app=simulated.app))):
        yield Mounted(simulated, transport.stand_in())


@pytest.fixture
def sandbox(mounted: Mounted) -> Sandbox:
    """The simulated Xero that the product talks to."""
    return mounted.sandbox


def at_xero(
    sandbox: Sandbox,
    authorize_url: str,
    *,
    user: str = ROSA,
    organisations: Sequence[str] = (BAKERY,),
    allow: bool = True,
) -> dict[str, str]:
    """Do what a person does on Xero's pages; return the query with which the browser comes back."""
    answer: dict[str, Any] = sandbox.control(
        "POST",
        "consent",
        {"authorize_url": authorize_url, "user": user, "organisations": list(organisations), "allow": allow},
    )
    return dict(parse_qsl(urlsplit(answer["redirect_to"]).query))


class Connect:
    """Connects a player's account by the real consent: `connected(cast.alice)`; returns what came of it."""

    def __init__(self, mounted: Mounted, scenes: Scenes) -> None:
        self._mounted = mounted
        self._scenes = scenes

    def __call__(
        self,
        player: Player,
        *,
        user: str = ROSA,
        organisations: Sequence[str] = (BAKERY,),
        purpose: ConsentPurpose = ConsentPurpose.CONNECT,
    ) -> ConsentOutcome:
        """Go to the simulated Xero and come back."""

        def consent() -> ConsentOutcome:
            address = start_consent(player.actor, purpose=purpose, session_key=SESSION_KEY)
            params = at_xero(self._mounted.sandbox, address, user=user, organisations=organisations)
            return finish_consent(session_key=SESSION_KEY, user_id=player.user.id, params=params)

        name = ("connected", player.user.email, user, tuple(organisations), purpose)
        return self.stand(name, consent)

    def stand(self, name: Hashable, make: Callable[[], T]) -> T:
        """Leave everything as `make` leaves it, by what was kept of it where nothing stands between us and Xero."""
        if not self._mounted.is_all_there_is():
            return make()
        return self._scenes.play(name, self._mounted.sandbox, make)


@pytest.fixture
def connected(mounted: Mounted, scenes: Scenes) -> Connect:
    """Connect a player's account by the real consent, or stand where that led before."""
    return Connect(mounted, scenes)


def connections_in(sandbox: Sandbox, *, user: str = "", organisation: str = "") -> list[dict[str, Any]]:
    """Return the connections that the simulated Xero holds, of a user or to an organisation by name."""
    world = sandbox.control("GET", "world")
    ids = {row["id"] for row in world["organisations"] if row["name"] == organisation}
    return [
        row
        for row in world["connections"]
        if (not user or row["user"] == user) and (not organisation or row["organisation"] in ids)
    ]


def calls_in(sandbox: Sandbox, path: str = "*") -> list[dict[str, Any]]:
    """Return the requests that the simulated Xero has seen on a path."""
    rows: list[dict[str, Any]] = sandbox.control("GET", f"log?path={path}")
    return rows
