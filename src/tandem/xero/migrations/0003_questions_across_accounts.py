"""The only questions that may be asked across accounts (docs/security.md), each returning the least that answers it."""

from django.db import migrations

RELIES_ON_USER = """
CREATE FUNCTION tandem_others_rely_on_xero_user(asked_user uuid, asking_account uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM xero_grant g WHERE g.xero_userid = asked_user AND g.account_id <> asking_account
                   AND g.refresh_token IS NOT NULL AND g.died_at IS NULL)
$$"""

RELIES_ON_CONNECTION = """
CREATE FUNCTION tandem_others_rely_on_xero_connection(asked_connection uuid, asking_account uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM xero_grant g WHERE g.xero_connection_id = asked_connection
                   AND g.account_id <> asking_account AND g.refresh_token IS NOT NULL AND g.died_at IS NULL)
$$"""

SUPPORT_ROOM = """
CREATE FUNCTION tandem_support_room() RETURNS TABLE (
    account_id uuid, account_slug text, account_name text, state text, cause text, cause_is_certain boolean,
    since timestamptz, proved_at timestamptz, broken_at timestamptz
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT a.account_id, a.slug::text, a.name::text, coalesce(c.state, 'not_set_up')::text, coalesce(c.cause, '')::text,
           coalesce(c.cause_is_certain, false), c.since, c.proved_at, c.broken_at
    FROM tenancy_account a LEFT JOIN xero_connection c ON c.account_id = a.account_id
    WHERE EXISTS (SELECT FROM access_user u WHERE u.is_support AND u.is_active
                  AND u.id = nullif(current_setting('tandem.user_id', true), '')::uuid)
$$"""

FUNCTIONS = (
    ("tandem_others_rely_on_xero_user(uuid, uuid)", RELIES_ON_USER),
    ("tandem_others_rely_on_xero_connection(uuid, uuid)", RELIES_ON_CONNECTION),
    ("tandem_support_room()", SUPPORT_ROOM),
)


class Migration(migrations.Migration):
    dependencies = [("xero", "0002_policies"), ("tenancy", "0001_initial"), ("access", "0002_policies")]

    operations = [
        migrations.RunSQL(
            sql=[create, f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC"],
            reverse_sql=f"DROP FUNCTION {signature}",
        )
        for signature, create in FUNCTIONS
    ]
