"""The support room counts and pages in the database: what it says of an account stays name, state, cause and times."""

from django.db import migrations

ROOM = "tandem_support_room(timestamptz, interval, text, text[], text, text[], integer, integer)"
TALLY = "tandem_support_tally(timestamptz, interval, text)"
OLD_ROOM = "tandem_support_room()"

# A green state whose proof is older than its window, or comes from the future, is not proved: silence is never green.
SHOWN = """
    SELECT a.account_id, a.slug::text AS slug, a.name::text AS name, coalesce(c.cause, '')::text AS cause,
           coalesce(c.cause_is_certain, false) AS certain, c.proved_at, c.broken_at, age.is_called AS age,
           CASE WHEN c.state IN ('connected', 'attention') AND age.is_called <> 'fresh' THEN 'unproven'
                ELSE coalesce(c.state, 'not_set_up') END::text AS state,
           CASE WHEN c.state IN ('connected', 'attention') AND age.is_called <> 'fresh' THEN c.proved_at
                ELSE c.since END AS since
    FROM tenancy_account a LEFT JOIN xero_connection c ON c.account_id = a.account_id
    CROSS JOIN LATERAL (SELECT CASE
        WHEN c.state IS NULL OR c.state IN ('not_set_up', 'disconnected') THEN 'none'
        WHEN c.proved_at IS NULL OR c.proved_at > asked_at THEN 'never'
        WHEN asked_at - c.proved_at <= fresh THEN 'fresh'
        WHEN asked_at - c.proved_at <= interval '1 day' THEN 'day'
        WHEN asked_at - c.proved_at <= interval '7 days' THEN 'week'
        ELSE 'older' END AS is_called) AS age
    WHERE EXISTS (SELECT FROM access_user u WHERE u.is_support AND u.is_active
                  AND u.id = nullif(current_setting('tandem.user_id', true), '')::uuid)
      AND (named = '' OR position(lower(named) IN lower(a.name)) > 0)
"""

CREATE_TALLY = f"""
CREATE FUNCTION tandem_support_tally(asked_at timestamptz, fresh interval, named text) RETURNS TABLE (
    state text, cause text, age text, accounts bigint, oldest timestamptz
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT s.state, s.cause, s.age, count(*), min(s.since) FROM ({SHOWN}) AS s GROUP BY s.state, s.cause, s.age
$$"""  # noqa: S608  the text is ours

CREATE_ROOM = f"""
CREATE FUNCTION tandem_support_room(
    asked_at timestamptz, fresh interval, named text, states text[], of_cause text, ages text[], amount integer,
    skipped integer
) RETURNS TABLE (
    account_id uuid, account_slug text, account_name text, state text, cause text, cause_is_certain boolean,
    since timestamptz, proved_at timestamptz, broken_at timestamptz
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT s.account_id, s.slug, s.name, s.state, s.cause, s.certain, s.since, s.proved_at, s.broken_at
    FROM ({SHOWN}) AS s
    WHERE s.state = ANY(states) AND s.age = ANY(ages) AND (of_cause IS NULL OR s.cause = of_cause)
    ORDER BY array_position(states, s.state), s.cause, s.since NULLS FIRST, s.name, s.account_id
    LIMIT amount OFFSET skipped
$$"""  # noqa: S608  the text is ours

CREATE_OLD_ROOM = """
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


def closed(signature: str) -> str:
    return f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC"


class Migration(migrations.Migration):
    dependencies = [("xero", "0009_pay_days"), ("tenancy", "0001_initial"), ("access", "0002_policies")]

    operations = [
        migrations.RunSQL(
            sql=[f"DROP FUNCTION {OLD_ROOM}", CREATE_TALLY, closed(TALLY), CREATE_ROOM, closed(ROOM)],
            reverse_sql=[
                f"DROP FUNCTION {ROOM}",
                f"DROP FUNCTION {TALLY}",
                CREATE_OLD_ROOM,
                closed(OLD_ROOM),
            ],
        )
    ]
