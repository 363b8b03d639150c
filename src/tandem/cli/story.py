"""`tandem story`: play the story on a database and a simulated Xero of its own, and exit 1 if a promise breaks."""

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import click
import psycopg

from tandem.cli.postgres import EmbeddedPostgres, running
from tandem.cli.refusal import Refused
from tandem.cli.simulated import Door, environment, free_port, simulator
from tandem.cli.stored import everything_stored

STARTS_AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@click.command()
@click.option("--seed", default=1, show_default=True, help="Which simulated world to play in.")
def story(*, seed: int) -> None:
    """Play the story without a browser, printing each step with its proof."""
    with tempfile.TemporaryDirectory(prefix="tandem-story-") as folder, running(Path(folder), durable=False) as server:
        server.ensure_database("tandem")
        port = free_port()
        with simulator(port, "--seed", str(seed)):
            Door(port)("POST", "clock", {"mode": "frozen"})
            Door(port)("POST", "clock", {"set": STARTS_AT.isoformat()})
            os.environ.update(environment(server, port))
            _play(server, port)


def _play(server: EmbeddedPostgres, port: int) -> None:
    import django

    django.setup()
    import logging

    from tandem.cli.acts import play
    from tandem.cli.stage import BrokenPromise, Stage
    from tandem.config.migrate import migrate
    from tandem.flows.demo import seed as seed_accounts
    from tandem.kernel import clock

    logging.disable(logging.WARNING)
    migrate(application_role="tandem_app")
    door = Door(port)
    with clock.frozen_at(STARTS_AT) as frozen:
        frozen.follow(lambda at: door("POST", "clock", {"set": at.isoformat()}))
        stage = Stage(door, frozen, seed_accounts(), click.echo, lambda: _read_stored(server))
        try:
            play(stage)
        except BrokenPromise as error:
            raise Refused(str(error)) from error
    click.echo("\nEvery promise held.")


def _read_stored(server: EmbeddedPostgres) -> str:
    with psycopg.connect(server.url("superuser", "tandem")) as connection:
        return everything_stored(connection)
