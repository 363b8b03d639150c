import uuid

import django.db.models.deletion
from django.db import migrations, models

from tandem.kernel.policies import account_policy

# A task from before this column had a termination for its reason, which stops writes.
TASKS_FROM_BEFORE = "UPDATE xero_handovertask SET writes_stop_on = last_safe_on WHERE writes_stop_on IS NULL"


class Migration(migrations.Migration):
    dependencies = [
        ("xero", "0007_write_approvals"),
    ]

    operations = [
        migrations.AddField(
            model_name="grant",
            name="holder_match",
            field=models.CharField(blank=True, max_length=12),
        ),
        migrations.AddField(
            model_name="handovertask",
            name="owner_user_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="handovertask",
            name="put_off_until",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="handovertask",
            name="told_days_before",
            field=models.SmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="handovertask",
            name="writes_stop_on",
            field=models.DateField(null=True),
        ),
        migrations.AlterField(
            model_name="handovertask",
            name="employee_id",
            field=models.UUIDField(null=True),
        ),
        migrations.CreateModel(
            name="HandoverReason",
            fields=[
                ("reason_id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", models.UUIDField()),
                ("kind", models.CharField(max_length=20)),
                ("last_safe_on", models.DateField()),
                ("is_private", models.BooleanField(default=False)),
                ("noted_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reasons", to="xero.handovertask"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("task", "kind"),
                        name="xero_handover_reason_once",
                    )
                ],
            },
        ),
        account_policy("xero_handoverreason"),
        migrations.RunSQL(sql=TASKS_FROM_BEFORE, reverse_sql=migrations.RunSQL.noop),
    ]
