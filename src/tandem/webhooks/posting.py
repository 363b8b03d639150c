"""One signed POST to one endpoint, at an address that was looked at before it is called.

The name is resolved once, every address that it has is judged, and the call goes to one of those very addresses, so that a
name which answers differently the second time gains nothing. Redirects are not followed, and what comes back is not read.
"""

import http.client
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from django.conf import settings

from tandem.webhooks.rules import Target, first_allowed, read_address

TIMEOUT_SECONDS = 10


@dataclass(frozen=True)
class Outcome:
    """What came of a call: HTTP's status, or the code of what prevented an answer. Taken is 2xx alone."""

    status: int | None = None
    problem_code: str = ""

    @property
    def is_taken(self) -> bool:
        """Say whether the endpoint took the message."""
        return self.status is not None and HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was judged, under the name that the certificate must carry."""

    def __init__(self, target: Target, address: str) -> None:
        super().__init__(target.host, target.port, timeout=TIMEOUT_SECONDS)
        self._target, self._address = target, address

    def connect(self) -> None:
        """Connect to the judged address."""
        self.sock = socket.create_connection((self._address, self._target.port), timeout=TIMEOUT_SECONDS)
        if self._target.is_secret:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self._target.host)


def post(url: str, *, body: bytes, headers: Mapping[str, str]) -> Outcome:
    """Send a message and return what came of it; never raises for what the other side does."""
    allows_loopback = settings.TANDEM.demo
    try:
        target = read_address(url, allows_loopback=allows_loopback)
        address = first_allowed(_addresses(target), allows_loopback=allows_loopback)
    except socket.gaierror:
        return Outcome(problem_code="name_unknown")
    except ValueError:
        return Outcome(problem_code="address_not_allowed")
    if address is None:
        return Outcome(problem_code="address_not_allowed")
    return _call(_Pinned(target, address), target, body=body, headers=headers)


def _addresses(target: Target) -> list[str]:
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    return [str(row[4][0]) for row in found]


def _call(connection: _Pinned, target: Target, *, body: bytes, headers: Mapping[str, str]) -> Outcome:
    try:
        connection.request("POST", target.path, body=body, headers=dict(headers))
        return Outcome(status=connection.getresponse().status)
    except TimeoutError:
        return Outcome(problem_code="too_slow")
    except ssl.SSLError:
        return Outcome(problem_code="tls_failed")
    except (OSError, http.client.HTTPException):
        return Outcome(problem_code="no_answer")
    finally:
        connection.close()
