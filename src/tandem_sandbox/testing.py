"""Mount the simulator in a test, with or without a port.

`Sandbox().app` is a WSGI application. Where a real socket would close without an answer (faults `dropped` and
`committed_but_lost`), calling the application raises `ConnectionDropped`, a ConnectionResetError; treat it as the
transport's own "connection closed". Slowness moves the simulator's clock on and does not wait. `Sandbox().serve()`
answers on a port instead, for clients that know only sockets. Fixtures: tandem_sandbox.pytest_plugin.
"""

import http.client
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Any, Unpack
from urllib.parse import urlsplit

from tandem_sandbox import snapshots
from tandem_sandbox.app import create_app
from tandem_sandbox.faults import ConnectionDropped
from tandem_sandbox.server import Server
from tandem_sandbox.sign_in import App, SignedIn, SignInRefused, Wanted, sign_in
from tandem_sandbox.simulator import Simulator
from tandem_sandbox.world.clock import Clock

__all__ = ["App", "ConnectionDropped", "ControlRefused", "Sandbox", "SignInRefused", "SignedIn", "sign_in_at"]


class ControlRefused(AssertionError):
    """The control API refused; the text is its sentence."""


class Sandbox:
    """One simulator in this process."""

    def __init__(
        self,
        *,
        seed: int = 1,
        employees: int = 60,
        orgs: int = 2,
        clock: Clock | Callable[[], datetime] | None = None,
        sleep: Callable[[float], None] | None = None,
        redirect_uris: tuple[str, ...] = (),
    ) -> None:
        self.clock = clock if isinstance(clock, Clock) else Clock(clock) if clock else Clock()
        self.app = create_app(
            seed=seed,
            employees=employees,
            orgs=orgs,
            clock=self.clock,
            sleep=sleep or self.clock.advance,
            redirect_uris=redirect_uris,
        )

    @property
    def simulator(self) -> Simulator:
        """The simulator itself, for tests of the simulator."""
        found = self.app.extensions["tandem_sandbox"]
        assert isinstance(found, Simulator)  # noqa: S101  tells the type checker
        return found

    def control(self, method: str, path: str, json: object = None) -> Any:
        """Call the control API: control("POST", "events", {...}). Raises ControlRefused for anything but 2xx."""
        address = "/_sandbox/" + path.removeprefix("/_sandbox/").lstrip("/")
        response = self.app.test_client().open(address, method=method, json=json)
        if response.status_code >= 300:
            raise ControlRefused(f"{response.status_code}: {response.get_data(as_text=True)}")
        return response.get_json()

    def snapshot(self) -> bytes:
        """Keep everything but the clock as it is now, for `put_back` in this process."""
        return snapshots.take(self.simulator)

    def put_back(self, snapshot: bytes) -> None:
        """Be again as in the snapshot, of this simulator or of another of this process; the clock stays."""
        snapshots.put_back(self.simulator, snapshot)

    def sign_in(self, **wanted: Unpack[Wanted]) -> SignedIn:
        """Sign a user in without a browser: sign_in(user=..., organisations=[...], app=App(...), scopes=[...])."""
        return sign_in(self._send, **wanted)

    @contextmanager
    def serve(self, *, port: int = 0) -> Iterator[str]:
        """Answer on a port of this machine, a free one unless told, and give the base address."""
        server = Server(("127.0.0.1", port), self.app)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def _send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> tuple[int, bytes]:
        answer = self.app.test_client().open(path, method=method, headers=dict(headers), data=body)
        return answer.status_code, answer.get_data()


def sign_in_at(address: str, **wanted: Unpack[Wanted]) -> SignedIn:
    """Sign a user in at a simulator that runs elsewhere on this machine, as Sandbox.sign_in does."""

    place = urlsplit(address)
    if place.scheme != "http" or not place.hostname:
        raise ValueError(f"{address} is no address of a simulator.")

    def send(method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> tuple[int, bytes]:
        with closing(http.client.HTTPConnection(place.netloc, timeout=30)) as connection:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read()

    return sign_in(send, **wanted)
