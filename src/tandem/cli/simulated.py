"""A simulated Xero beside a command: its control door, and the settings that lead the product to it."""

import base64
import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tandem.cli import surroundings
from tandem.cli.postgres import EmbeddedPostgres
from tandem.cli.refusal import Refused
from tandem.cli.waiting import wait_until


class Door:
    """The control door of the simulated Xero over its port."""

    def __init__(self, port: int) -> None:
        self._port = port

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        """Call the control API; a refusal is told in its own words."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, f"/_sandbox/{path}", body=text, headers={"Content-Type": "application/json"})
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status >= 300:
            raise Refused(f"The simulator refused {method} {path}: {content.decode(errors='replace')[:300]}")
        return json.loads(content) if content else None


def is_up(port: int) -> bool:
    """Say whether the simulator answers."""
    try:
        Door(port)("GET", "health")
    except OSError:
        return False
    return True


@contextmanager
def simulator(port: int, *options: str) -> Iterator[None]:
    """Run a simulated Xero of its own on the port until the block ends; raise Refused when it does not start."""
    command = [sys.executable, "-m", "tandem_sandbox", "serve", "--host", "127.0.0.1", "--port", str(port), *options]
    clean = surroundings.without_ours(os.environ)
    process = subprocess.Popen(command, env=clean, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        if not wait_until(lambda: is_up(port), seconds=30):
            raise Refused(f"The simulator of Xero did not start on port {port}.")
        yield
    finally:
        process.terminate()
        process.wait(30)


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(server: EmbeddedPostgres, port: int, *, database: str = "tandem") -> dict[str, str]:
    """Return the settings of an installation on this server, connected to the simulator at this port."""
    xero = f"http://localhost:{port}"
    return {
        "DATABASE_URL": server.url("app", database),
        "TANDEM_OWNER_DATABASE_URL": server.url("owner", database),
        "DJANGO_SETTINGS_MODULE": "tandem.config.settings",
        "TANDEM_DEMO": "True",
        "TANDEM_MASTER_KEY": base64.b64encode(os.urandom(32)).decode(),
        "TANDEM_SECRET_KEY": secrets.token_urlsafe(48),
        "TANDEM_XERO_CLIENT_ID": "TANDEM-DEMO-APP",
        "TANDEM_XERO_CLIENT_SECRET": "tandem-demo-secret",
        "TANDEM_XERO_AUTHORISE_URL": f"{xero}/identity/connect/authorize",
        "TANDEM_XERO_TOKEN_URL": f"{xero}/connect/token",
        "TANDEM_XERO_REVOCATION_URL": f"{xero}/connect/revocation",
        "TANDEM_XERO_JWKS_URL": f"{xero}/.well-known/openid-configuration/jwks",
        "TANDEM_XERO_API_URL": xero,
        "TANDEM_SANDBOX_URL": xero,
    }
