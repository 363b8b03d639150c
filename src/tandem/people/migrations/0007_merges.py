import uuid

import django.db.models.deletion
from django.db import migrations, models

from tandem.kernel.policies import account_policy


class Migration(migrations.Migration):
    dependencies = [("people", "0006_leave")]

    operations = [
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("merge_id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", models.UUIDField()),
                ("sealed_values", models.BinaryField()),
                ("moved_link", models.UUIDField(null=True)),
                ("merged_at", models.DateTimeField()),
                ("merged_by_id", models.UUIDField(null=True)),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by_id", models.UUIDField(null=True)),
                (
                    "kept",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.employee"
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.employee"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at__isnull", True)),
                        fields=("other",),
                        name="people_merge_one_in_force",
                    )
                ],
            },
        ),
        account_policy("people_merge"),
    ]
