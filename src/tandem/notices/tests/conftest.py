"""A mail server for the tests of letters."""

import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
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
        assert isinstance(self.server, Office)
        office = self.server.office
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


class Office(socketserver.ThreadingTCPServer):
    """A server on this machine, which may speak TLS."""

    daemon_threads = True
    office: PostOffice
    tls: ssl.SSLContext | None = None

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        """Take a call; a caller who breaks the handshake off is no trouble."""
        caller, address = super().get_request()
        return (self.tls.wrap_socket(caller, server_side=True) if self.tls else caller), address


@contextmanager
def serving(
    handler: type[socketserver.BaseRequestHandler],
    office: PostOffice | None = None,
    *,
    tls: ssl.SSLContext | None = None,
) -> Iterator[tuple[str, int]]:
    """Answer calls by a handler until the end of the block; yield the address."""
    with Office(("0.0.0.0", 0), handler) as server:
        server.office, server.tls = office or PostOffice(), tls
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield "127.0.0.1", server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def self_signed(folder: Path) -> Path:
    """Write a key and a certificate for 127.0.0.1 that nobody has signed but itself."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail")]),
    )
    builder = x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key(), serial_number=1)
    builder = builder.not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(
        datetime(2099, 1, 1, tzinfo=UTC)
    )
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "mail.pem"
    path.write_bytes(private + certificate.public_bytes(pem))
    return path


@pytest.fixture
def office(settings: Settings) -> Iterator[PostOffice]:
    """A mail server that the product sends through."""
    found = PostOffice()
    with serving(Post, found) as (host, port):
        settings.TANDEM = replace(settings.TANDEM, smtp_url=f"smtp://{host}:{port}")
        yield found


@pytest.fixture
def post(office: PostOffice) -> list[str]:
    """What was handed to the mail server."""
    return office.taken
