import uuid

import django.db.models.deletion
from django.db import migrations, models

from tandem.kernel.policies import account_policy


class Migration(migrations.Migration):
    dependencies = [("xero", "0005_nightly_jobs")]

    operations = [
        migrations.AddField("connection", "wants_standby", models.BooleanField(default=True)),
        migrations.AddField("connection", "standby_put_off_until", models.DateTimeField(null=True)),
        migrations.AddField("grant", "primary_since", models.DateTimeField(null=True)),
        migrations.CreateModel(
            name="Takeover",
            fields=[
                (
                    "takeover_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("account_id", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("broke_at", models.DateTimeField(null=True)),
                ("because", models.CharField(max_length=40)),
                ("is_certain", models.BooleanField(default=False)),
                ("by_user_id", models.UUIDField(null=True)),
                ("run_id", models.UUIDField(null=True)),
                ("unconfirmed", models.IntegerField(default=0)),
                (
                    "connection",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="xero.connection"),
                ),
                (
                    "from_grant",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="xero.grant"),
                ),
                (
                    "to_grant",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="xero.grant"),
                ),
            ],
            options={"indexes": [models.Index(fields=["connection", "-at"], name="xero_takeover_newest")]},
        ),
        account_policy("xero_takeover"),
    ]
