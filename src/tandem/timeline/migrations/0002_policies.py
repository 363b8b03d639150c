from django.db import migrations

from tandem.kernel.policies import account_policy, append_only


class Migration(migrations.Migration):
    dependencies = [("timeline", "0001_initial")]

    operations = [
        account_policy("timeline_head"),
        account_policy("timeline_entry"),
        append_only("timeline_entry"),
    ]
