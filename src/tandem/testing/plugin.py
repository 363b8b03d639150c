"""The pytest plugin: one PostgreSQL server, a migrated template, a database of its own for every test process.

Tests run as the application role and commit for real; after each test its rows are deleted by the superuser.
"""

import atexit
import base64
import gc
import hashlib
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import coverage
import psycopg
import pytest
from psycopg import sql

SOURCE = Path(__file__).resolve().parents[1]
SERVER = "TANDEM_TEST_POSTGRES_URL"
EMPTIED_BETWEEN_SWEEPS = 50
TEST_ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "tandem.config.settings",
    "TANDEM_MASTER_KEY": base64.b64encode(b"tests use this key, nobody else.").decode(),
    "TANDEM_SECRET_KEY": "tests-sign-with-this-and-nobody-else-does",
    "TANDEM_BASE_URL": "http://localhost:8000",
    "TANDEM_ALLOWED_HOSTS": "localhost 127.0.0.1 testserver",
    "TANDEM_XERO_CLIENT_ID": "TANDEM-DEMO-APP",
    "TANDEM_XERO_CLIENT_SECRET": "tandem-demo-secret",
    "TANDEM_XERO_AUTHORISE_URL": "http://localhost:9200/identity/connect/authorize",
    "TANDEM_XERO_TOKEN_URL": "http://localhost:9200/connect/token",
    "TANDEM_XERO_REVOCATION_URL": "http://localhost:9200/connect/revocation",
    "TANDEM_XERO_JWKS_URL": "http://localhost:9200/.well-known/openid-configuration/jwks",
    "TANDEM_XERO_API_URL": "http://localhost:9200",
    # Another port than the connection's, so that a test can tell whom a drill asked.
    "TANDEM_SANDBOX_URL": "http://localhost:9300",
}


def with_database(url: str, database: str, *, user: str = "") -> str:
    """Return the server's address with another database and, if given, another user."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    host = parts.netloc.rpartition("@")[2]
    name = user or parts.netloc.rpartition("@")[0]
    return urlunsplit((parts.scheme, f"{name}@{host}" if name else host, f"/{database}", urlencode(query), ""))


def database_name() -> str:
    """Return the name of this process's own database."""
    return f"tandem_test_{os.getpid()}"


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None]:
    """Point the environment at a server and a database before anybody imports Django's settings."""
    gc.disable()  # until everything is collected
    if SERVER not in os.environ:
        _start_server()
    os.environ.update(TEST_ENVIRONMENT)
    server = os.environ[SERVER]
    os.environ["DATABASE_URL"] = with_database(server, database_name(), user="tandem_app")
    os.environ["TANDEM_OWNER_DATABASE_URL"] = with_database(server, database_name(), user="tandem_owner")
    return (yield)


def pytest_configure() -> None:
    """Spare the tests what costs time and proves nothing: slow hashes, and a look at every static file per client."""
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["tandem.testing.hashing.QuickArgon2"]
    settings.WHITENOISE_AUTOREFRESH = True


def pytest_collection_finish() -> None:
    """Let no collection of garbage go through what is imported and collected by now, which stays to the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    gc.enable()


def _start_server() -> None:
    from tandem.cli.postgres import EmbeddedPostgres

    folder = Path(tempfile.mkdtemp(prefix="tandem-pg-"))
    server = EmbeddedPostgres(folder, durable=False)
    server.start()
    os.environ[SERVER] = server.url("superuser", database="postgres")
    owner = os.getpid()

    def stop() -> None:
        if os.getpid() == owner:
            server.stop()
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)


def _template(superuser: psycopg.Connection[tuple[object, ...]]) -> str:
    """Return the name of a migrated template for the migrations as they are now, making it when there is none."""
    digest = hashlib.sha256()
    for path in sorted(SOURCE.glob("*/migrations/*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    name = f"tandem_template_{digest.hexdigest()[:16]}"
    superuser.execute("SELECT pg_advisory_lock(7411)")
    try:
        if not superuser.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            _make_template(superuser, name)
    finally:
        superuser.execute("SELECT pg_advisory_unlock(7411)")
    return name


def _make_template(superuser: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    for role in ("tandem_owner", "tandem_app"):
        if not superuser.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
            superuser.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
    building = f"{name}_building"
    superuser.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(building)))
    create = sql.SQL("CREATE DATABASE {} OWNER tandem_owner TEMPLATE template0")
    superuser.execute(create.format(sql.Identifier(building)))
    server = os.environ[SERVER]
    environment = os.environ | {
        "DATABASE_URL": with_database(server, building, user="tandem_app"),
        "TANDEM_OWNER_DATABASE_URL": with_database(server, building, user="tandem_owner"),
    }
    code = (
        "import django; django.setup(); "
        "from tandem.config.migrate import migrate; migrate(application_role='tandem_app')"
    )
    made = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    if made.returncode:
        raise RuntimeError(f"The migrations do not run:\n{made.stdout}\n{made.stderr}")
    superuser.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(building), sql.Identifier(name)))


def superuser_connection(database: str) -> psycopg.Connection[tuple[object, ...]]:
    """Return an autocommit connection that no policy binds; for setting up and for looking behind the curtain."""
    return psycopg.connect(with_database(os.environ[SERVER], database), autocommit=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Run what is marked `unmeasured` without measuring coverage, in this process and in those that it starts."""
    if item.get_closest_marker("unmeasured") is None:
        return (yield)
    with _not_measured():
        return (yield)


@contextmanager
def _not_measured() -> Iterator[None]:
    measuring = coverage.Coverage.current()
    if measuring is None:
        yield
        return
    inherited = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("COVERAGE_PROCESS_")}
    measuring.stop()
    try:
        yield
    finally:
        measuring.start()
        os.environ.update(inherited)


@pytest.fixture(scope="session")
def database() -> Iterator[str]:
    """Make this process's database from the template and drop it at the end; return its name."""
    name = database_name()
    with superuser_connection("postgres") as superuser:
        template = _template(superuser)
        create = sql.SQL("CREATE DATABASE {} OWNER tandem_owner TEMPLATE {}")
        superuser.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
    yield name
    from django.db import connections

    for connection in connections.all():
        connection.close()
    with superuser_connection("postgres") as superuser:
        superuser.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def superuser(database: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A connection that sees everything, for judging what is really stored."""
    with superuser_connection(database) as connection:
        yield connection


@pytest.fixture(scope="session")
def tables(superuser: psycopg.Connection[tuple[object, ...]]) -> tuple[str, ...]:
    """The tables that tests write to: all but those that the migrations fill."""
    kept = ("django_migrations", "django_content_type", "auth_permission")
    rows = superuser.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    ).fetchall()
    return tuple(str(row[0]) for row in rows if row[0] not in kept)


@pytest.fixture(scope="session")
def empty(superuser: psycopg.Connection[tuple[object, ...]], tables: tuple[str, ...]) -> Callable[[], None]:
    """Empty every table that tests write to."""
    deletes = [
        sql.SQL("{} AS (DELETE FROM {})").format(sql.Identifier(f"without_{name}"), sql.Identifier(name))
        for name in tables
    ]
    # One statement, so that it can be prepared: to plan it takes longer than to carry it out.
    statement = sql.SQL("WITH {} SELECT").format(sql.SQL(", ").join(deletes))
    times = itertools.count(1)

    def carry_out() -> None:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute(statement, prepare=True)
        superuser.execute("SET session_replication_role = origin")
        # The rows that are gone would be gone through by every later test.
        if next(times) % EMPTIED_BETWEEN_SWEEPS == 0:
            superuser.execute("VACUUM")

    return carry_out


@pytest.fixture
def real_db(empty: Callable[[], None], django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """Let the test use its database, with real commits; empty every table afterwards."""
    from django.db import connections

    with django_db_blocker.unblock():  # type: ignore[attr-defined]  # pytest-django names no type for it
        yield
        for connection in connections.all():
            # A new connection costs more than most tests; it is the next test's only if this one left nothing in it.
            if connection.in_atomic_block or connection.errors_occurred:
                connection.close()
    empty()
