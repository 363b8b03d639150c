from django.db import migrations

from tandem.kernel.policies import account_policy


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial")]

    operations = [
        account_policy("notices_notice"),
        account_policy("notices_letter"),
    ]
