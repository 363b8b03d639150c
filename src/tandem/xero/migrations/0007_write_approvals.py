import uuid

import django.db.models.deletion
from django.db import migrations, models

from tandem.kernel.policies import account_policy


class Migration(migrations.Migration):
    dependencies = [("xero", "0006_two_keys")]

    operations = [
        migrations.CreateModel(
            name="WriteApproval",
            fields=[
                (
                    "approval_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("account_id", models.UUIDField()),
                ("by_user_id", models.UUIDField()),
                ("reason", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("withdrawn_by_user_id", models.UUIDField(null=True)),
                ("grant", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="xero.grant")),
            ],
        ),
        account_policy("xero_writeapproval"),
    ]
