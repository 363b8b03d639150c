from django.db import migrations

from tandem.kernel.policies import account_policy, append_only

TABLES = (
    "xero_connection",
    "xero_grant",
    "xero_consentflow",
    "xero_evidence",
    "xero_receipt",
    "xero_handovertask",
    "xero_preferencesversion",
    "xero_binding",
    "xero_run",
    "xero_step",
    "xero_journalentry",
    "xero_conflict",
    "xero_matchproposal",
    "xero_callbudget",
    "xero_inflight",
)


class Migration(migrations.Migration):
    dependencies = [("xero", "0001_initial")]

    operations = [*(account_policy(table) for table in TABLES), append_only("xero_journalentry")]
