"""Mount the simulator in a test, without a port.

`Sandbox().app` is a WSGI application. Where a real socket would close without an answer (faults `dropped` and
`committed_but_lost`), calling the application raises `ConnectionDropped`, a ConnectionResetError; treat it as the
transport's own "connection closed". Slowness moves the simulator's clock on and does not wait.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from tandem_sandbox.app import create_app
from tandem_sandbox.faults import ConnectionDropped
from tandem_sandbox.simulator import Simulator
from tandem_sandbox.world.clock import Clock

__all__ = ["ConnectionDropped", "ControlRefused", "Sandbox"]


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
