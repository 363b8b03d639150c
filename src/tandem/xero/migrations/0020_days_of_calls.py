import uuid

from django.db import migrations, models

from tandem.kernel.policies import account_policy


class Migration(migrations.Migration):
    dependencies = [("xero", "0019_calls_by_share")]

    operations = [
        migrations.CreateModel(
            name="CallDay",
            fields=[
                (
                    "call_day_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("account_id", models.UUIDField()),
                ("started_at", models.DateTimeField()),
                ("calls", models.JSONField(default=dict)),
                ("connection", models.ForeignKey(on_delete=models.CASCADE, to="xero.connection")),
            ],
            options={"indexes": [models.Index(fields=["account_id", "-started_at"], name="xero_callday_newest")]},
        ),
        account_policy("xero_callday"),
    ]
