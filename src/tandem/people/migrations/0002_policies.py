from django.db import migrations

from tandem.kernel.policies import account_policy


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [
        account_policy("people_branch"),
        account_policy("people_employee"),
        account_policy("people_employeeevent"),
    ]
