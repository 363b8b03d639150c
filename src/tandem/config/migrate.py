"""Bring the database to this version as its owner, and give the application role what it needs, no more."""

from django.apps import apps
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from psycopg import sql

from tandem.kernel.errors import Misconfigured

# The application may look and add, or look alone: what is append-only, and what only a function or the owner writes.
READ_AND_ADD = ("timeline_entry", "xero_journalentry", "xero_leaveentry")
READ_ONLY = ("django_migrations", "timeline_checkpoint")
ASKABLE = (
    "tandem_others_rely_on_xero_user(uuid, uuid)",
    "tandem_others_rely_on_xero_connection(uuid, uuid)",
    "tandem_others_use_xero_organisation(uuid, uuid)",
    "tandem_support_room(timestamptz, interval, text, text[], text, text[], integer, integer)",
    "tandem_support_outreach(timestamptz, interval, timestamptz, uuid, uuid, integer, integer)",
    "tandem_support_tally(timestamptz, interval, text)",
    "tandem_accounts_without_nightly()",
    "tandem_notices_due(timestamptz, boolean)",
    "tandem_webhooks_due(timestamptz)",
    "tandem_timeline_prune(bigint, text, timestamptz, timestamptz, text, text)",
)
OWNER = "owner"


def migrate(*, application_role: str) -> None:
    """Apply every migration as the owner role and refresh the application role's privileges.

    Raise Misconfigured when the owner's address is missing or the database was written by a newer Tandem.
    """
    if OWNER not in connections:
        raise Misconfigured("TANDEM_OWNER_DATABASE_URL is not set, so the database cannot be brought up to date.")
    unknown = unknown_migrations()
    if unknown:
        raise Misconfigured(
            f"This database was written by a newer Tandem (it knows {unknown[0]}, this program does not). "
            "Install the newer version, or restore a backup made by this one."
        )
    call_command("migrate", database=OWNER, interactive=False, verbosity=0)
    _grant(application_role)


def unknown_migrations() -> list[str]:
    """Return the recorded migrations that this program does not know, as room.name."""
    executor = MigrationExecutor(connections[OWNER])
    ours = {room.label for room in apps.get_app_configs() if room.name.startswith("tandem.")}
    known = set(executor.loader.disk_migrations)
    return sorted(
        f"{room}.{name}"
        for room, name in executor.loader.applied_migrations
        if room in ours and (room, name) not in known
    )


def _grant(role: str) -> None:
    name = sql.Identifier(role)
    statements = [
        sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name),
        sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(name),
        sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(name),
        *(sql.SQL("REVOKE UPDATE, DELETE ON {} FROM {}").format(sql.Identifier(table), name) for table in READ_AND_ADD),
        *(
            sql.SQL("REVOKE INSERT, UPDATE, DELETE ON {} FROM {}").format(sql.Identifier(table), name)
            for table in READ_ONLY
        ),
        *(sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(sql.SQL(signature), name) for signature in ASKABLE),
    ]
    connection = connections[OWNER]
    connection.ensure_connection()
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement.as_string(connection.connection))
