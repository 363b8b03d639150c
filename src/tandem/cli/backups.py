"""`tandem backup` and `tandem restore`: the whole database in one file. The master key is never in it."""

import os
import subprocess
from pathlib import Path

import click
import psycopg
from psycopg.conninfo import conninfo_to_dict

from tandem.cli import surroundings
from tandem.cli.postgres import programs
from tandem.cli.refusal import Refused
from tandem.cli.serve import bring_up_to_date

_TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Write the whole database to FILE. It may go on being used meanwhile."""
    half = file.with_name(f"{file.name}.partial")
    with surroundings.database_settings() as settings:
        half.unlink(missing_ok=True)
        os.close(os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            _run("pg_dump", ["--format=custom", f"--file={half}"], _owner(settings))
            half.replace(file)
        finally:
            half.unlink(missing_ok=True)
    click.echo(f"Written: {file}, {file.stat().st_size:,} bytes. The master key is not in it; keep that apart from it.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def restore(file: Path) -> None:
    """Read FILE into an empty database and bring that up to date. All of it arrives, or nothing."""
    with surroundings.database_settings() as settings:
        owner = _owner(settings)
        with psycopg.connect(owner) as connection:
            (tables,) = connection.execute(_TABLES).fetchone() or (0,)
        if tables:
            raise Refused(
                f"The database is not empty: it has {tables} tables. Nothing was changed. Restore into an empty one: "
                "set TANDEM_HOME to a new folder, or DATABASE_URL to a new database."
            )
        _run(
            "pg_restore",
            ["--single-transaction", "--exit-on-error", "--no-owner", f"--dbname={_name(owner)}", str(file)],
            owner,
        )
        bring_up_to_date(settings)
    click.echo("Restored, and up to date. Start Tandem with the master key of the installation that made the backup.")


def _owner(settings: dict[str, str]) -> str:
    if surroundings.OWNER not in settings:
        raise Refused("TANDEM_OWNER_DATABASE_URL is not set. A backup needs the role that owns the tables.")
    return settings[surroundings.OWNER]


def _name(address: str) -> str:
    return str(conninfo_to_dict(address).get("dbname", ""))


def _run(program: str, arguments: list[str], address: str) -> None:
    """Run one of PostgreSQL's programs on a database; the address travels by environment, where a password is not seen."""
    path = programs() / program
    if not path.exists():
        raise Refused(f"{path.parent} has no {program}. Set TANDEM_PG_BIN to a PostgreSQL that has it.")
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    names |= {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT"}
    parts = conninfo_to_dict(address)
    environment = os.environ | {names[name]: str(value) for name, value in parts.items() if name in names}
    done = subprocess.run([path, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["no reason"])[0]
        raise Refused(f"{program} failed, and nothing was changed. It said: {said}")
