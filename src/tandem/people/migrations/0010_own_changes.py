"""People ask for changes of their own record, and somebody else decides."""

import uuid

from django.db import migrations, models
from django.db.models import Q

from tandem.kernel.policies import account_policy


class Migration(migrations.Migration):
    dependencies = [("people", "0009_bank_changes_that_an_import_asks_for")]

    operations = [
        migrations.CreateModel(
            name="OwnChange",
            fields=[
                (
                    "change_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("account_id", models.UUIDField()),
                ("kind", models.CharField(max_length=12)),
                ("fields", models.JSONField(default=list)),
                ("sealed_values", models.BinaryField(null=True)),
                ("asked_at", models.DateTimeField()),
                ("asked_by_id", models.UUIDField()),
                ("outcome", models.CharField(blank=True, max_length=12)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by_id", models.UUIDField(null=True)),
                ("decision_note", models.CharField(blank=True, max_length=200)),
                ("employee", models.ForeignKey(on_delete=models.CASCADE, to="people.employee")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["employee", "kind"], condition=Q(outcome=""), name="people_one_own_change_waits"
                    )
                ],
                "indexes": [
                    models.Index(fields=["account_id", "outcome", "asked_at"], name="people_own_changes_waiting")
                ],
            },
        ),
        account_policy("people_ownchange"),
    ]
