"""One more question across accounts, answered yes or no: does another account work with this organisation?"""

from django.db import migrations

SIGNATURE = "tandem_others_use_xero_organisation(uuid, uuid)"
QUESTION = """
CREATE FUNCTION tandem_others_use_xero_organisation(asked_tenant uuid, asking_account uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM xero_connection c JOIN xero_grant g ON g.connection_id = c.connection_id
                   WHERE c.xero_tenant_id = asked_tenant AND c.account_id <> asking_account AND c.disconnected_at IS NULL
                   AND g.role = 'primary')
$$"""


class Migration(migrations.Migration):
    dependencies = [("xero", "0013_a_faster_support_room")]

    operations = [
        migrations.RunSQL(
            sql=[QUESTION, f"REVOKE ALL ON FUNCTION {SIGNATURE} FROM PUBLIC"], reverse_sql=f"DROP FUNCTION {SIGNATURE}"
        )
    ]
