"""A small threaded HTTP server: one thread per connection, one write per response, real socket closing."""

import io
import logging
import re
import socket
import sys
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from tandem_sandbox.faults import ConnectionDropped

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger("tandem_sandbox.server")
LARGEST_BODY = 20_000_000
IDLE_SECONDS = 75
ABSOLUTE = re.compile(r"^https?://[^/?]*", re.IGNORECASE)
OWN_FAULT = b"The simulator itself failed here. This is a fault of tandem-sandbox, not an answer of Xero."
DECODED = frozenset({"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING"})


class _BodyRefused(Exception):
    """A body that is not read; the text is the status line."""


def _size(text: str, *, base: int) -> int:
    try:
        size = int(text, base)
    except ValueError as error:
        raise _BodyRefused("400 Bad Request") from error
    if size < 0:
        raise _BodyRefused("400 Bad Request")
    if size > LARGEST_BODY:
        raise _BodyRefused("413 Content Too Large")
    return size


class Server(ThreadingHTTPServer):
    """Serve one WSGI application on the loopback interface."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], application: "WSGIApplication") -> None:
        self.application = application
        super().__init__(address, Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log a failure in one line; a client that went away is none."""
        del request, client_address
        error = sys.exception()
        if not isinstance(error, ConnectionError | TimeoutError):
            log.error("a request failed: %s", type(error).__name__, exc_info=error)


class Handler(BaseHTTPRequestHandler):
    """Turn one HTTP request into one WSGI call."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS

    def do_any(self) -> None:
        """Read the request, run the application, write the answer in one piece."""
        try:
            status, headers, answer = self._answer(self._body())
        except _BodyRefused as error:
            self._plain(str(error), str(error).encode())
        except ConnectionDropped:
            self._hang_up()
        except Exception as error:
            log.exception("a request failed: %s", type(error).__name__)
            self._plain("500 Internal Server Error", OWN_FAULT)
        else:
            self._send(status, headers, answer)

    def _answer(self, body: bytes) -> tuple[str, list[tuple[str, str]], bytes]:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], _failure: "OptExcInfo | None" = None, /
        ) -> Callable[[bytes], object]:
            started.append((status, headers))
            return self.wfile.write

        answer = b"".join(self.server.application(self._environ(body), start_response))
        return (*started[-1], answer)

    def _send(self, status: str, headers: list[tuple[str, str]], answer: bytes) -> None:
        promised = next((value for name, value in headers if name.lower() == "content-length"), None)
        if promised is None and not status.startswith(("204", "304")):
            headers.append(("Content-Length", str(len(answer))))
        self._write(status, headers, b"" if self.command == "HEAD" else answer)
        if promised is not None and int(promised) > len(answer) and self.command != "HEAD":
            self._hang_up()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_any

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no request of HTTP, or a verb of no path, in plain text and one piece."""
        del message, explain
        status = f"{int(code)} {HTTPStatus(code).phrase}"
        self._plain(status, status.encode())

    def _plain(self, status: str, text: bytes) -> None:
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(text)))]
        self._write(status, [*headers, ("Connection", "close")], text)
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent: the request log is the simulator's own."""

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._chunks()
        lengths = set(self.headers.get_all("Content-Length", ["0"]))
        if len(lengths) > 1:
            raise _BodyRefused("400 Bad Request")
        return self.rfile.read(_size(lengths.pop(), base=10))

    def _chunks(self) -> bytes:
        collected = io.BytesIO()
        while True:
            size = _size(self.rfile.readline(64).split(b";")[0].decode("latin-1").strip(), base=16)
            _size(str(collected.tell() + size), base=10)
            collected.write(self.rfile.read(size))
            self.rfile.readline(64)
            if size == 0:
                return collected.getvalue()

    def _environ(self, body: bytes) -> dict[str, Any]:
        path, _, query = ABSOLUTE.sub("", self.path, count=1).partition("?")
        host, port = self.server.server_address[:2]
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": str(host),
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            key = "HTTP_" + name.upper().replace("-", "_")
            if key not in DECODED:
                environ[key] = f"{environ[key]},{value}" if key in environ else value
        return environ

    def _write(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers), "", ""]
        self.wfile.write("\r\n".join(lines).encode("latin-1") + body)

    def _hang_up(self) -> None:
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            log.debug("the client had gone already")
