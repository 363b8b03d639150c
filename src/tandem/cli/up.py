"""`tandem up`: a whole installation in one process tree, on a PostgreSQL of its own or on the one DATABASE_URL names."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import click

from tandem.cli import members, surroundings
from tandem.cli.family import Family, command, undisturbed, until_stopped
from tandem.cli.postgres import EmbeddedPostgres
from tandem.cli.refusal import Refused

# Both must be the same in every process and after every start.
_SECRETS = {
    "TANDEM_MASTER_KEY": "openssl rand -base64 32",
    "TANDEM_SECRET_KEY": "openssl rand -base64 48",
}


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0 to be reached from other machines.")
@click.option("--port", default=8000, show_default=True)
def up(*, host: str, port: int) -> None:
    """Run the pages and the worker, and a PostgreSQL beside them unless DATABASE_URL names one."""
    _require_secrets()
    server = None
    if not surroundings.has_own_server():
        surroundings.check_space(surroundings.home())
        server = EmbeddedPostgres(surroundings.database_folder())
    base_url = os.environ.get("TANDEM_BASE_URL", f"http://localhost:{port}")
    with until_stopped(), _everything(server, host=host, port=port, base_url=base_url) as family:
        click.echo(f"Tandem is ready on {base_url}. Ctrl-C stops it.")
        family.look_after(server)
    click.echo("Stopped.")


@contextmanager
def _everything(server: EmbeddedPostgres | None, *, host: str, port: int, base_url: str) -> Iterator[Family]:
    """Start what is ours to start; yield when all of it is ready, and stop it in order."""
    family, is_remembered = Family(logs=None), False
    try:
        surroundings.check_port(port, option="--port")
        settings: dict[str, str] = {"TANDEM_BASE_URL": base_url}
        if server is not None:
            server.start()
            server.ensure_database("tandem")
            settings |= surroundings.addresses_of(server)
            is_remembered = True
            surroundings.remember(settings)
        environment = dict(os.environ) | settings
        family.run_once("The migration", command("migrate"), environment)
        address = server.url("app") if server else surroundings.setting(surroundings.APPLICATION)
        family.start(members.web_server(environment, host=host, port=port, base_url=base_url))
        family.start(members.worker(environment, address=address))
        family.wait_until_ready()
        yield family
    finally:
        with undisturbed():
            family.stop()
            if is_remembered:  # else the file is another Tandem's, which runs on
                surroundings.forget()
            if server is not None:
                server.stop()


def _require_secrets() -> None:
    for name, made_by in _SECRETS.items():
        if not surroundings.setting(name):
            raise Refused(
                f"{name} is not set. Make one with `{made_by}`, keep it apart from the backups, and set it or {name}_FILE."
            )
