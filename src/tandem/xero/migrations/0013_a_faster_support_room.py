"""The same two answers, read from the connections alone: accounts are looked up for the rows of the page."""

from importlib import import_module

from django.db import migrations

before = import_module("tandem.xero.migrations.0010_the_support_room_by_the_page")

IS_SUPPORT = """EXISTS (SELECT FROM access_user u WHERE u.is_support AND u.is_active
                AND u.id = nullif(current_setting('tandem.user_id', true), '')::uuid)"""
# Counts without a name need no join, since a connection belongs to one account; causes are codes, so they sort as bytes.
# The bounds stand in sub-selects so that they are reckoned once, not for every row.
AGE = """CASE WHEN c.state IN ('not_set_up', 'disconnected') THEN 'none'
             WHEN c.proved_at IS NULL OR c.proved_at > asked_at THEN 'never'
             WHEN c.proved_at >= (SELECT asked_at - fresh) THEN 'fresh'
             WHEN c.proved_at >= (SELECT asked_at - interval '1 day') THEN 'day'
             WHEN c.proved_at >= (SELECT asked_at - interval '7 days') THEN 'week'
             ELSE 'older' END"""
NAMED = """(named = '' OR c.account_id IN
            (SELECT a.account_id FROM tenancy_account a WHERE position(lower(named) IN lower(a.name)) > 0))"""

TALLY = f"""
CREATE OR REPLACE FUNCTION tandem_support_tally(asked_at timestamptz, fresh interval, named text) RETURNS TABLE (
    state text, cause text, age text, accounts bigint, oldest timestamptz
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN s.stored IN ('connected', 'attention') AND s.age <> 'fresh' THEN 'unproven' ELSE s.stored END::text,
           s.cause::text, s.age, sum(s.accounts)::bigint,
           min(CASE WHEN s.stored IN ('connected', 'attention') AND s.age <> 'fresh' THEN s.proved ELSE s.since END)
    FROM (
        SELECT c.state AS stored, c.cause, {AGE} AS age, count(*) AS accounts, min(c.since) AS since,
               min(c.proved_at) AS proved
        FROM xero_connection c WHERE {IS_SUPPORT} AND {NAMED} GROUP BY 1, 2, 3
        UNION ALL
        SELECT 'not_set_up', '', 'none', n.accounts, NULL, NULL
        FROM (SELECT (SELECT count(*) FROM tenancy_account) - (SELECT count(*) FROM xero_connection) AS accounts) AS n
        WHERE {IS_SUPPORT} AND named = '' AND n.accounts > 0
        UNION ALL
        SELECT 'not_set_up', '', 'none', count(*), NULL, NULL FROM tenancy_account a
        WHERE {IS_SUPPORT} AND named <> '' AND position(lower(named) IN lower(a.name)) > 0
          AND NOT EXISTS (SELECT FROM xero_connection c WHERE c.account_id = a.account_id)
        HAVING count(*) > 0
    ) AS s GROUP BY 1, 2, 3
$$"""  # noqa: S608  the text is ours

ROOM = f"""
CREATE OR REPLACE FUNCTION tandem_support_room(
    asked_at timestamptz, fresh interval, named text, states text[], of_cause text, ages text[], amount integer,
    skipped integer
) RETURNS TABLE (
    account_id uuid, account_slug text, account_name text, state text, cause text, cause_is_certain boolean,
    since timestamptz, proved_at timestamptz, broken_at timestamptz
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT a.account_id, a.slug::text, a.name::text, s.state, s.cause, s.certain, s.since, s.proved_at, s.broken_at
    FROM (
        SELECT k.*, array_position(states, k.state) AS rank FROM (
            SELECT c.account_id, {AGE} AS age, c.cause::text AS cause, c.cause_is_certain AS certain, c.proved_at,
                   c.broken_at,
                   CASE WHEN c.state IN ('connected', 'attention') AND {AGE} <> 'fresh' THEN 'unproven'
                        ELSE c.state END::text AS state,
                   CASE WHEN c.state IN ('connected', 'attention') AND {AGE} <> 'fresh' THEN c.proved_at
                        ELSE c.since END AS since
            FROM xero_connection c
            WHERE {IS_SUPPORT} AND {NAMED} AND (of_cause IS NULL OR c.cause = of_cause)
              AND (c.state = ANY(states) OR 'unproven' = ANY(states) AND c.state IN ('connected', 'attention'))
            UNION ALL
            SELECT c.account_id, 'none', '', false, NULL, NULL, 'not_set_up', NULL FROM tenancy_account c
            WHERE {IS_SUPPORT} AND 'not_set_up' = ANY(states) AND coalesce(of_cause, '') = ''
              AND (named = '' OR position(lower(named) IN lower(c.name)) > 0)
              AND NOT EXISTS (SELECT FROM xero_connection o WHERE o.account_id = c.account_id)
        ) AS k
        WHERE k.state = ANY(states) AND k.age = ANY(ages)
        ORDER BY rank, k.cause COLLATE "C", k.since NULLS FIRST, k.account_id LIMIT amount OFFSET skipped
    ) AS s JOIN tenancy_account a ON a.account_id = s.account_id
    ORDER BY s.rank, s.cause COLLATE "C", s.since NULLS FIRST, s.account_id
$$"""  # noqa: S608  the text is ours


def replaced(create: str) -> str:
    return create.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("xero", "0012_guest_links")]

    operations = [
        migrations.RunSQL(sql=[TALLY, ROOM], reverse_sql=[replaced(before.CREATE_TALLY), replaced(before.CREATE_ROOM)])
    ]
