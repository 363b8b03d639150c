"""Row-level security as migration operations, and the closed list of tables that need none."""

from django.db import migrations

# safety.md: tables without a policy are a closed list. Everything else must be under a policy; a test reads pg_catalog.
TABLES_WITHOUT_POLICY = frozenset(
    {
        "access_user",
        "account_emailaddress",
        "account_emailconfirmation",
        "mfa_authenticator",
        "django_session",
        "auth_group",
        "auth_group_permissions",
        "auth_permission",
        "access_user_groups",
        "access_user_user_permissions",
        "django_content_type",
        "django_migrations",
        "tenancy_brand",
        "pghistory_context",
        "procrastinate_jobs",
        "procrastinate_events",
        "procrastinate_periodic_defers",
        "procrastinate_workers",
        "xero_appbudget",
        "xero_due",
    }
)

ACCOUNT = "nullif(current_setting('tandem.account_id', true), '')::uuid"
USER = "nullif(current_setting('tandem.user_id', true), '')::uuid"


def account_policy(table: str, *, or_readable_if: str = "") -> migrations.RunSQL:
    """Return the operation that lets a transaction see and write only its account's rows of `table`."""
    mine = f"account_id = {ACCOUNT}"
    return policy(table, readable_if=f"{mine} OR ({or_readable_if})" if or_readable_if else mine, writable_if=mine)


def policy(table: str, *, readable_if: str, writable_if: str) -> migrations.RunSQL:
    """Return the operation that puts `table` under row-level security with the two conditions."""
    return migrations.RunSQL(
        sql=[
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"CREATE POLICY {table}_read ON {table} FOR SELECT USING ({readable_if})",
            f"CREATE POLICY {table}_add ON {table} FOR INSERT WITH CHECK ({writable_if})",
            f"CREATE POLICY {table}_change ON {table} FOR UPDATE USING ({writable_if}) WITH CHECK ({writable_if})",
            f"CREATE POLICY {table}_remove ON {table} FOR DELETE USING ({writable_if})",
        ],
        reverse_sql=[
            *(f"DROP POLICY {table}_{verb} ON {table}" for verb in ("read", "add", "change", "remove")),
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        ],
    )


def append_only(table: str) -> migrations.RunSQL:
    """Return the operation that refuses every update and delete on `table`, whoever asks."""
    return migrations.RunSQL(
        sql=[
            f"""CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN RAISE EXCEPTION '{table} is append-only'; END $$""",
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_append_only()",
        ],
        reverse_sql=[f"DROP TRIGGER append_only ON {table}", f"DROP FUNCTION {table}_append_only()"],
    )
