import uuid

from django.db import migrations, models

from tandem.kernel.policies import account_policy


class Migration(migrations.Migration):
    dependencies = [("xero", "0027_what_both_agreed_on_of_payroll")]

    operations = [
        migrations.CreateModel(
            name="NotOnePerson",
            fields=[
                ("apart_id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", models.UUIDField()),
                ("side", models.CharField(max_length=4)),
                ("person_ids", models.JSONField()),
                ("decided_at", models.DateTimeField()),
                ("by_user_id", models.UUIDField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("account_id", "side", "person_ids"), name="xero_said_apart_once")
                ]
            },
        ),
        account_policy("xero_notoneperson"),
    ]
