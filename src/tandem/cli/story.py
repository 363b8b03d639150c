"""`tandem story`: play the story on a database and a simulated Xero of its own, and exit 1 if a promise breaks."""

import base64
import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import psycopg

from tandem.cli import surroundings
from tandem.cli.postgres import EmbeddedPostgres, running
from tandem.cli.refusal import Refused
from tandem.cli.stored import everything_stored
from tandem.cli.waiting import wait_until

STARTS_AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@click.command()
@click.option("--seed", default=1, show_default=True, help="Which simulated world to play in.")
def story(*, seed: int) -> None:
    """Play the story without a browser, printing each step with its proof."""
    with tempfile.TemporaryDirectory(prefix="tandem-story-") as folder, running(Path(folder), durable=False) as server:
        server.ensure_database("tandem")
        port = _free_port()
        with _simulator(port, seed=seed):
            os.environ.update(_settings(server, port))
            _play(server, port)


def _play(server: EmbeddedPostgres, port: int) -> None:
    import django

    django.setup()
    import logging

    from tandem.cli.acts import BrokenPromise, Stage, play
    from tandem.config.migrate import migrate
    from tandem.flows.demo import seed as seed_accounts
    from tandem.kernel import clock

    logging.disable(logging.WARNING)
    migrate(application_role="tandem_app")
    door = _Door(port)
    with clock.frozen_at(STARTS_AT) as frozen:
        frozen.follow(lambda at: door("POST", "clock", {"set": at.isoformat()}))
        stage = Stage(door, frozen, seed_accounts(), click.echo, lambda: _read_stored(server))
        try:
            play(stage)
        except BrokenPromise as error:
            raise Refused(str(error)) from error
    click.echo("\nEvery promise held.")


class _Door:
    """The control door of the simulated Xero over its port."""

    def __init__(self, port: int) -> None:
        self._port = port

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
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


@contextmanager
def _simulator(port: int, *, seed: int) -> Iterator[None]:
    command = [sys.executable, "-m", "tandem_sandbox", "serve", "--host", "127.0.0.1", "--port", str(port)]
    clean = surroundings.without_ours(os.environ)
    process = subprocess.Popen(
        [*command, "--seed", str(seed)], env=clean, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: _answers(port), seconds=30)
        _Door(port)("POST", "clock", {"mode": "frozen"})
        _Door(port)("POST", "clock", {"set": STARTS_AT.isoformat()})
        yield
    finally:
        process.terminate()
        process.wait(30)


def _answers(port: int) -> bool:
    try:
        _Door(port)("GET", "health")
    except OSError:
        return False
    return True


def _settings(server: EmbeddedPostgres, port: int) -> dict[str, str]:
    xero = f"http://localhost:{port}"
    return {
        **surroundings.addresses_of(server),
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
    }


def _read_stored(server: EmbeddedPostgres) -> str:
    with psycopg.connect(server.url("superuser", "tandem")) as connection:
        return everything_stored(connection)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
