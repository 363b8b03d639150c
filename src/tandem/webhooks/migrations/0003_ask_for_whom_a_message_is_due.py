"""The dispatcher's question: which accounts have a message to be sent. Ids only."""

from django.db import migrations

DUE = """
CREATE FUNCTION tandem_webhooks_due(asked_at timestamptz) RETURNS TABLE (account_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT d.account_id FROM webhooks_delivery d
    WHERE d.next_try_at <= asked_at AND (d.leased_until IS NULL OR d.leased_until <= asked_at)
$$"""
SIGNATURE = "tandem_webhooks_due(timestamptz)"


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0002_policies")]

    operations = [
        migrations.RunSQL(
            sql=[DUE, f"REVOKE ALL ON FUNCTION {SIGNATURE} FROM PUBLIC"], reverse_sql=f"DROP FUNCTION {SIGNATURE}"
        )
    ]
