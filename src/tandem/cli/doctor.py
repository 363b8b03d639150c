"""`tandem doctor`: what is right and what is not with this installation, in plain sentences."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum

import click
import httpx2
import psycopg
from psycopg.conninfo import conninfo_to_dict

from tandem.cli import surroundings
from tandem.cli.postgres import OLDEST_MAJOR
from tandem.cli.serve import pending_migrations
from tandem.kernel import clock
from tandem.kernel.errors import TandemError

_WORKERS = "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '1 minute'"
_SKEW_SECONDS = 60


class Grade(StrEnum):
    """How a check came out."""

    RIGHT = "right"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """One check's outcome; a wrong one says what to do."""

    grade: Grade
    says: str


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")
def doctor(*, as_json: bool) -> None:
    """Look at the settings, the database, the keys, the disk and the way to Xero; exit 1 if anything is wrong."""
    findings = list(_examine())
    if as_json:
        click.echo(json.dumps([{"grade": finding.grade, "says": finding.says} for finding in findings]))
    else:
        for finding in findings:
            click.echo(f"{finding.grade:<7}{finding.says}")
    sys.exit(any(finding.grade is Grade.WRONG for finding in findings))


def _examine() -> Iterator[Finding]:
    yield from _checked(_space)
    try:
        with surroundings.reachable_database() as settings:
            os.environ.update(settings)
            yield from _checked(_settings)
            yield from _checked(_secrets)
            yield from _checked(_database)
            yield from _checked(_role)
            yield from _checked(_migrations)
            yield from _checked(lambda: _vault(settings))
            yield from _checked(_worker)
            yield from _checked(_xero)
            yield from _checked(_simulator)
    except TandemError as error:
        yield Finding(Grade.WRONG, error.public_message)


def _checked(check: Callable[[], Finding]) -> Iterator[Finding]:
    """Yield a check's finding; what it refuses with is a finding too."""
    try:
        yield check()
    except TandemError as error:
        yield Finding(Grade.WRONG, error.public_message)
    except psycopg.Error as error:
        yield Finding(Grade.WRONG, f"The database refused a question ({type(error).__name__}).")


def _space() -> Finding:
    surroundings.check_space(surroundings.home())
    free = shutil.disk_usage(next(p for p in (surroundings.home(), *surroundings.home().parents) if p.exists())).free
    return Finding(Grade.RIGHT, f"The disk of {surroundings.home()} has {free // 1_000_000_000} GB left.")


def _settings() -> Finding:
    surroundings.set_up_django()
    given = [name for name in os.environ if name.startswith("TANDEM_")]
    return Finding(Grade.RIGHT, f"Every setting can be read; {len(given)} are set here.")


def _secrets() -> Finding:
    from django.conf import settings

    missing = [name for name in ("TANDEM_MASTER_KEY", "TANDEM_SECRET_KEY") if not surroundings.setting(name)]
    if missing:
        return Finding(Grade.WRONG, f"{' and '.join(missing)} must be set: see docs/settings.md for how to make them.")
    if len(settings.SECRET_KEY) < 32:
        return Finding(Grade.WRONG, "TANDEM_SECRET_KEY is too short. Use at least 32 characters.")
    return Finding(Grade.RIGHT, "The master key and the secret key are set.")


def _database() -> Finding:
    with psycopg.connect(surroundings.setting(surroundings.APPLICATION), connect_timeout=5) as connection:
        major = connection.info.server_version // 10_000
    if major < OLDEST_MAJOR:
        return Finding(Grade.WRONG, f"The server is PostgreSQL {major}; Tandem needs {OLDEST_MAJOR} or later.")
    return Finding(Grade.RIGHT, f"The database answers (PostgreSQL {major}).")


def _role() -> Finding:
    from tandem.kernel.database import check_role

    check_role()
    user = conninfo_to_dict(surroundings.setting(surroundings.APPLICATION)).get("user", "the application role")
    return Finding(Grade.RIGHT, f"{user} owns nothing, and row-level security binds it.")


def _migrations() -> Finding:
    from tandem.config.migrate import unknown_migrations

    unknown = unknown_migrations() if surroundings.setting(surroundings.OWNER) else []
    if unknown:
        return Finding(Grade.WRONG, f"The database was written by a newer Tandem ({unknown[0]}). Install that version.")
    pending = pending_migrations()
    if pending:
        return Finding(Grade.WRONG, f"The database is {pending} steps behind this program. Run `tandem migrate`.")
    return Finding(Grade.RIGHT, "The database is up to date with this program.")


def _vault(addresses: Mapping[str, str]) -> Finding:
    """Open every account's data key with the master key; needs the owner, since no policy lets one look at all accounts."""
    from django.conf import settings

    from tandem.kernel import crypto

    if surroundings.OWNER not in addresses:
        return Finding(
            Grade.NOTE, "Whether the master key opens the vault was not checked: that needs TANDEM_OWNER_DATABASE_URL."
        )
    with psycopg.connect(addresses[surroundings.OWNER], connect_timeout=5) as connection:
        accounts = connection.execute("SELECT account_id, wrapped_data_key FROM tenancy_account").fetchall()
    for account_id, wrapped in accounts:
        crypto.unwrap(settings.TANDEM.master_key, account_id, wrapped)
    return Finding(Grade.RIGHT, f"The master key opens the vault of every account ({len(accounts)}).")


def _worker() -> Finding:
    with psycopg.connect(surroundings.setting(surroundings.APPLICATION), connect_timeout=5) as connection:
        (count,) = connection.execute(_WORKERS).fetchone() or (0,)
    if not count:
        return Finding(
            Grade.NOTE, "No worker is running, so nothing is probed, imported or exported. Start `tandem worker`."
        )
    return Finding(Grade.RIGHT, f"Workers running: {count}.")


def _xero() -> Finding:
    from django.conf import settings

    xero = settings.TANDEM.xero
    if not xero.client_id:
        return Finding(
            Grade.WRONG, "TANDEM_XERO_CLIENT_ID is not set, so nobody can connect. Register an app with Xero first."
        )
    try:
        answer = httpx2.get(xero.api_url, timeout=10)
    except httpx2.HTTPError:
        return Finding(
            Grade.WRONG, f"{xero.api_url} cannot be reached from here. Check the network and TANDEM_XERO_API_URL."
        )
    if "Date" in answer.headers:
        skew = abs((clock.now() - parsedate_to_datetime(answer.headers["Date"])).total_seconds())
        if skew > _SKEW_SECONDS:
            return Finding(Grade.WRONG, f"This machine's clock is {skew:.0f} seconds away from Xero's. Set it right.")
    return Finding(Grade.RIGHT, f"{xero.api_url} can be reached.")


def _simulator() -> Finding:
    """Ask the simulator on which drills rehearse for its health; without one there is nothing wrong."""
    from django.conf import settings

    url = settings.TANDEM.sandbox_url
    if not url:
        return Finding(Grade.NOTE, "TANDEM_SANDBOX_URL names no simulator, so nobody can rehearse a break of the link.")
    try:
        answers = httpx2.get(f"{url}/_sandbox/health", timeout=10).is_success
    except httpx2.HTTPError:
        answers = False
    if not answers:
        return Finding(Grade.NOTE, f"No simulator answers at {url}, so nobody can rehearse a break of the link.")
    return Finding(Grade.RIGHT, f"A simulator answers at {url}; drills can be rehearsed.")
