"""A program that listens for messages, on this machine."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pytest_django.fixtures import Settings


@dataclass
class Listener:
    """What came in, and what is answered. `port` is where it listens."""

    port: int = 0
    answers: int = 204
    heard: list[tuple[dict[str, str], str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Return the endpoint's address."""
        return f"http://localhost:{self.port}/in"


@pytest.fixture
def listener(settings: Settings) -> Iterator[Listener]:
    """A program that takes messages. The demo alone may send to this machine."""
    found = Listener()

    class Ear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            found.heard.append((dict(self.headers), body))
            self.send_response(found.answers)
            self.send_header("Location", "http://localhost:1/")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    settings.TANDEM = replace(settings.TANDEM, demo=True)
    with ThreadingHTTPServer(("127.0.0.1", 0), Ear) as server:
        found.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield found
        server.shutdown()
        thread.join()
