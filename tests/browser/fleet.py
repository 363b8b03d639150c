"""A real installation in small: a stock PostgreSQL server, two web and two worker processes that share it.

Built as docs/running.md says: two roles with passwords, addresses by DATABASE_URL. A small forwarder in front sends each
request to the other web process than the one before, so nothing can lean on what one process remembers.
"""

import base64
import http.client
import itertools
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg
from psycopg import sql

from tandem.cli.waiting import wait_until
from tandem.testing.xero import FEW

STOCK = Path("/usr/lib/postgresql")
NOBODY = 65534
ONE_HOP = {"connection", "keep-alive", "transfer-encoding", "host"}


def stock_programs() -> Path | None:
    """Return the folder of the newest PostgreSQL that this machine's packages installed."""
    found = [path.parent for path in STOCK.glob("*/bin/postgres") if re.fullmatch(r"\d+", path.parent.parent.name)]
    return max(found, key=lambda folder: int(folder.parent.name), default=None)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def stock_server(programs: Path, folder: Path) -> Iterator[dict[str, str]]:
    """Run a server of its own kind on a TCP port; yield the two addresses that docs/running.md names."""
    port, owner, app = free_port(), secrets.token_hex(8), secrets.token_hex(8)
    data, somebody = folder / "data", NOBODY if os.geteuid() == 0 else None
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    run = {"user": somebody, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    initdb = [programs / "initdb", "-D", data, "-U", "postgres", "--auth-local=trust", "--auth-host=scram-sha-256"]
    subprocess.run([*initdb, "--encoding=UTF8", "--no-sync"], check=True, **run)  # type: ignore[call-overload]
    options = ["-k", str(folder), "-h", "127.0.0.1", "-p", str(port), "-c", "fsync=off"]
    process = subprocess.Popen([programs / "postgres", "-D", data, *options], **run)  # type: ignore[call-overload]
    try:
        inside = f"postgresql://postgres@/postgres?host={folder}&port={port}"
        assert wait_until(lambda: _answers(inside), seconds=30)
        with psycopg.connect(inside, autocommit=True) as server:
            for role, password in (("tandem_owner", owner), ("tandem_app", app)):
                create = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
                server.execute(create.format(sql.Identifier(role), sql.Literal(password)))
            server.execute("CREATE DATABASE tandem OWNER tandem_owner")
        yield {
            "DATABASE_URL": f"postgresql://tandem_app:{app}@127.0.0.1:{port}/tandem",
            "TANDEM_OWNER_DATABASE_URL": f"postgresql://tandem_owner:{owner}@127.0.0.1:{port}/tandem",
        }
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def _answers(address: str) -> bool:
    try:
        psycopg.connect(address, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def shared_house(programs: Path, folder: Path) -> Iterator[tuple[str, str]]:
    """Run the server, the simulator, two web and two worker processes; yield the addresses of Tandem and of Xero."""
    front, xero, webs = free_port(), free_port(), [free_port(), free_port()]
    base, xero_url = f"http://localhost:{front}", f"http://localhost:{xero}"
    with ExitStack() as stack:
        addresses = stack.enter_context(stock_server(programs, folder / "server"))
        environment = _clean() | addresses | _settings(base, xero_url, folder)
        sandbox = ["-m", "tandem_sandbox", "serve", "--port", str(xero), "--redirect-uri", f"{base}/xero/callback"]
        sandbox += ["--employees", str(FEW)]
        stack.enter_context(_running(sandbox, _clean(), folder / "sandbox.log"))
        subprocess.run(
            [sys.executable, "-m", "tandem.cli", "prepare-demo"], env=environment, check=True, stdout=subprocess.DEVNULL
        )
        del environment["TANDEM_OWNER_DATABASE_URL"]
        for number, port in enumerate(webs):
            command = ["-m", "tandem.cli", "web", "--port", str(port)]
            stack.enter_context(_running(command, environment, folder / f"web-{number}.log"))
            stack.enter_context(_running(["-m", "tandem.cli", "worker"], environment, folder / f"worker-{number}.log"))
        for port, path in ((xero, "/_sandbox/health"), *((port, "/healthz") for port in webs)):
            assert wait_until(lambda at=f"http://127.0.0.1:{port}{path}": _serves(at), seconds=60)  # type: ignore[misc]
        _lift_limits(xero_url)
        stack.enter_context(_forwarder(front, webs))
        yield base, xero_url


def _lift_limits(xero: str) -> None:
    body = json.dumps({"minute": None, "app_minute": None}).encode()
    request = urllib.request.Request(f"{xero}/_sandbox/limits", method="PATCH", data=body)
    request.add_header("Content-Type", "application/json")
    urllib.request.urlopen(request, timeout=10).close()


def _clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("TANDEM_", "DATABASE", "DJANGO"))}


def _settings(base: str, xero: str, folder: Path) -> dict[str, str]:
    return {
        "TANDEM_HOME": str(folder),
        "TANDEM_DEMO": "True",
        "TANDEM_BASE_URL": base,
        "TANDEM_MASTER_KEY": base64.b64encode(os.urandom(32)).decode(),
        "TANDEM_SECRET_KEY": secrets.token_urlsafe(48),
        "TANDEM_XERO_CLIENT_ID": "TANDEM-DEMO-APP",
        "TANDEM_XERO_CLIENT_SECRET": "tandem-demo-secret",
        "TANDEM_XERO_AUTHORISE_URL": f"{xero}/identity/connect/authorize",
        "TANDEM_XERO_TOKEN_URL": f"{xero}/connect/token",
        "TANDEM_XERO_REVOCATION_URL": f"{xero}/connect/revocation",
        "TANDEM_XERO_JWKS_URL": f"{xero}/.well-known/openid-configuration/jwks",
        "TANDEM_XERO_API_URL": xero,
        # The limits are the demo's business; here nobody waits for the next minute.
        "TANDEM_XERO_CALLS_PER_MINUTE": "100000",
    }


@contextmanager
def _running(arguments: list[str], environment: dict[str, str], log: Path) -> Iterator[None]:
    with log.open("w") as out:
        process = subprocess.Popen([sys.executable, *arguments], env=environment, stdout=out, stderr=out)
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)


def _serves(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError as refused:
        refused.close()
        return False
    except OSError:
        return False


@contextmanager
def _forwarder(port: int, behind: list[int]) -> Iterator[None]:
    """Answer on `port` with what the processes behind answer, each in its turn."""
    turns = itertools.cycle(behind)

    class Forward(BaseHTTPRequestHandler):
        def _forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name: value for name, value in self.headers.items() if name.lower() not in ONE_HOP}
            with closing(http.client.HTTPConnection("127.0.0.1", next(turns), timeout=60)) as connection:
                connection.request(self.command, self.path, body=body, headers={**headers, "Host": f"localhost:{port}"})
                answer = connection.getresponse()
                content = answer.read()
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ONE_HOP | {"content-length"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_HEAD = _forward

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Forward)
    server.daemon_threads = False  # so that closing waits for the last answer and leaves no socket open
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
