"""Which accounts lack their nightly job: ids only, for the dispatcher."""

from django.db import migrations

SIGNATURE = "tandem_accounts_without_nightly()"
CREATE = """
CREATE FUNCTION tandem_accounts_without_nightly() RETURNS TABLE (account_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT a.account_id FROM tenancy_account a
    WHERE NOT EXISTS (SELECT FROM xero_due d WHERE d.subject_id = a.account_id AND d.kind = 'nightly')
$$"""


class Migration(migrations.Migration):
    dependencies = [("xero", "0004_what_xero_held"), ("tenancy", "0001_initial")]

    operations = [
        migrations.RunSQL(
            sql=[CREATE, f"REVOKE ALL ON FUNCTION {SIGNATURE} FROM PUBLIC"],
            reverse_sql=f"DROP FUNCTION {SIGNATURE}",
        )
    ]
