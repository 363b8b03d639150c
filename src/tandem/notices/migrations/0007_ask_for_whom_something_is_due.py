"""The dispatcher's question: for which accounts is a ladder to be climbed, or a letter to be sent. Ids only."""

from django.db import migrations

DUE = """
CREATE FUNCTION tandem_notices_due(asked_at timestamptz, with_letters boolean) RETURNS TABLE (account_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT n.account_id FROM notices_notice n WHERE n.climbs_at <= asked_at
    UNION
    SELECT l.account_id FROM notices_letter l
    WHERE with_letters AND l.next_try_at <= asked_at AND (l.leased_until IS NULL OR l.leased_until <= asked_at)
$$"""
SIGNATURE = "tandem_notices_due(timestamptz, boolean)"


class Migration(migrations.Migration):
    dependencies = [("notices", "0006_drop_the_list_of_those_told")]

    operations = [
        migrations.RunSQL(
            sql=[DUE, f"REVOKE ALL ON FUNCTION {SIGNATURE} FROM PUBLIC"], reverse_sql=f"DROP FUNCTION {SIGNATURE}"
        )
    ]
