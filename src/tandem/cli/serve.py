"""`tandem migrate`, `web` and `worker`: the three parts of a running installation, one process each."""

import os
import signal
import sys
from types import FrameType

import click
from psycopg.conninfo import conninfo_to_dict
from waitress import create_server

from tandem.cli import surroundings
from tandem.cli.refusal import Refused

# How long a stop waits for jobs to end; one that is cut off is due again by itself.
PARTING_SECONDS = 5


@click.command()
def migrate() -> None:
    """Bring the database up to date, as the owner role."""
    with surroundings.database_settings() as settings:
        role = bring_up_to_date(settings)
    click.echo(f"The database is up to date, and {role} may use it.")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0 to be reached from other machines.")
@click.option("--port", default=8000, show_default=True)
@click.option("--threads", default=8, show_default=True, help="Requests answered at once.")
def web(*, host: str, port: int, threads: int) -> None:
    """Serve the pages."""
    _stand_ready()
    from django.urls import get_resolver, reverse

    from tandem.config.wsgi import application
    from tandem.web.templatetags.tandem_ui import draw_icons

    # Read every page's code now: a fault shows at the start, and the first visitor does not wait for it.
    get_resolver().check()
    reverse("front")
    draw_icons()
    try:
        server = create_server(application, host=host, port=port, threads=threads, ident=None)
    except OSError as error:
        raise Refused(f"Port {port} on {host} cannot be used: {error.strerror}. Choose another with --port.") from error
    signal.signal(signal.SIGTERM, _leave)
    server.run()


@click.command()
@click.option("--concurrency", default=4, show_default=True, help="Jobs done at once.")
def worker(*, concurrency: int) -> None:
    """Do the background work: probes, imports, exports, notices."""
    _stand_ready()
    from procrastinate.contrib.django import app

    from tandem.xero.schedule.worker import stand_ready

    stand_ready()
    connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]  # Django's connector has it
    with app.replace_connector(connector) as working:
        working.run_worker(concurrency=concurrency, shutdown_graceful_timeout=PARTING_SECONDS)


def bring_up_to_date(settings: dict[str, str]) -> str:
    """Migrate the database that `settings` lead to and return the application role's name."""
    if surroundings.OWNER not in settings:
        raise Refused("TANDEM_OWNER_DATABASE_URL is not set. Migrations need the role that owns the tables.")
    for name in (surroundings.APPLICATION, surroundings.OWNER):
        os.environ.pop(f"{name}_FILE", None)
    os.environ.update(settings)
    surroundings.set_up_django()
    from tandem.config.migrate import migrate as apply

    role = str(conninfo_to_dict(settings[surroundings.APPLICATION])["user"])
    apply(application_role=role)
    return role


def _stand_ready() -> None:
    """Set Django up; refuse a database role that no policy binds and a database that is behind this program."""
    surroundings.set_up_django()
    from django.db import OperationalError

    from tandem.kernel.database import check_role

    try:
        check_role()
        pending = pending_migrations()
    except OperationalError as error:
        raise Refused(
            "The database in DATABASE_URL does not answer. Check the address, and that it is running."
        ) from error
    if pending:
        raise Refused(f"The database is behind this program by {pending} steps. Run `tandem migrate` first.")


def pending_migrations() -> int:
    """Return how many migrations of this program the database lacks."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)
