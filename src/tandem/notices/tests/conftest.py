"""A mail server for the tests of letters."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest
from pytest_django.fixtures import Settings


@dataclass
class PostOffice:
    """What was handed to the server, how it answers (`refuse`: an address to its code) and what happens meanwhile."""

    taken: list[str] = field(default_factory=list)
    refuse: dict[str, int] = field(default_factory=dict)
    meanwhile: Callable[[], object] = lambda: None

    def answer_to(self, line: bytes) -> bytes:
        """Return the reply to RCPT TO."""
        self.meanwhile()
        for address, code in self.refuse.items():
            if address in line.decode():
                return f"{code} not here\r\n".encode()
        return b"250 fine\r\n"


class Post(socketserver.StreamRequestHandler):
    """As much of a mail server as one delivery needs."""

    def handle(self) -> None:
        office: PostOffice = self.server.office  # type: ignore[attr-defined]  # set by the fixture
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            word = line.split()[0].upper() if line.split() else b""
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                body = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    body += part
                office.taken.append(body.decode())
            if word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            self.wfile.write(office.answer_to(line) if word == b"RCPT" else b"250 fine\r\n")


@pytest.fixture
def office(settings: Settings) -> Iterator[PostOffice]:
    """A mail server that the product sends through."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Post) as server:
        found = PostOffice()
        server.office = found  # type: ignore[attr-defined]  # for the handler
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        settings.TANDEM = replace(settings.TANDEM, smtp_url=f"smtp://127.0.0.1:{server.server_address[1]}")
        yield found
        server.shutdown()
        thread.join()


@pytest.fixture
def post(office: PostOffice) -> list[str]:
    """What was handed to the mail server."""
    return office.taken
