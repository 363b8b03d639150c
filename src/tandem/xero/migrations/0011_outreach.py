"""What support wrote, and what came of it: account, state, cause and times, for support agents alone."""

import uuid

from django.db import migrations, models

from tandem.kernel.policies import account_policy

SIGNATURE = "tandem_support_outreach(timestamptz, interval, timestamptz, uuid, uuid, integer, integer)"
CREATE = """
CREATE FUNCTION tandem_support_outreach(
    asked_at timestamptz, fresh interval, after timestamptz, of_batch uuid, of_account uuid, amount integer,
    skipped integer
) RETURNS TABLE (
    account_id uuid, account_name text, batch_id uuid, sent_at timestamptz, state_then text, cause text, outcome text,
    letters integer, state_now text, recovered_at timestamptz, total bigint
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT o.account_id, a.name::text, o.batch_id, o.at, o.state::text, o.cause::text, o.outcome::text, o.letters,
           CASE WHEN c.state IN ('connected', 'attention')
                     AND (c.proved_at IS NULL OR c.proved_at > asked_at OR asked_at - c.proved_at > fresh)
                THEN 'unproven' ELSE coalesce(c.state, 'not_set_up') END::text,
           back.at, count(*) OVER ()
    FROM xero_outreach o JOIN tenancy_account a ON a.account_id = o.account_id
    LEFT JOIN xero_connection c ON c.account_id = o.account_id
    LEFT JOIN LATERAL (
        SELECT t.at FROM timeline_entry t
        WHERE t.account_id = o.account_id AND t.subject_id = c.connection_id AND t.event = 'connection.state_changed'
          AND t.at >= o.at AND (t.facts ->> 'to' = 'connected' OR t.facts ->> 'to' = 'attention' AND o.state <> 'attention')
        ORDER BY t.sequence LIMIT 1
    ) AS back ON true
    WHERE EXISTS (SELECT FROM access_user u WHERE u.is_support AND u.is_active
                  AND u.id = nullif(current_setting('tandem.user_id', true), '')::uuid)
      AND o.at > after AND (of_batch IS NULL OR o.batch_id = of_batch)
      AND (of_batch IS NOT NULL OR o.letters > 0) AND (of_account IS NULL OR o.account_id = of_account)
    ORDER BY o.at DESC, a.name, o.outreach_id
    LIMIT amount OFFSET skipped
$$"""


class Migration(migrations.Migration):
    dependencies = [
        ("xero", "0010_the_support_room_by_the_page"),
        ("timeline", "0002_policies"),
    ]

    operations = [
        migrations.CreateModel(
            name="Outreach",
            fields=[
                (
                    "outreach_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("account_id", models.UUIDField()),
                ("batch_id", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("by_user_id", models.UUIDField(null=True)),
                ("state", models.CharField(max_length=20)),
                ("cause", models.CharField(blank=True, max_length=40)),
                ("outcome", models.CharField(max_length=20)),
                ("letters", models.IntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("batch_id", "account_id"), name="xero_outreach_once"),
                ],
                "indexes": [
                    models.Index(fields=["at"], name="xero_outreach_newest"),
                    models.Index(fields=["account_id", "-at"], name="xero_outreach_account"),
                ],
            },
        ),
        account_policy("xero_outreach"),
        migrations.RunSQL(
            sql=[CREATE, f"REVOKE ALL ON FUNCTION {SIGNATURE} FROM PUBLIC"],
            reverse_sql=f"DROP FUNCTION {SIGNATURE}",
        ),
    ]
