import uuid

import django.db.models.deletion
from django.db import migrations, models

from tandem.kernel.policies import account_policy


class Migration(migrations.Migration):
    dependencies = [("people", "0007_merges")]

    operations = [
        migrations.CreateModel(
            name="Candidate",
            fields=[
                (
                    "candidate_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("account_id", models.UUIDField()),
                ("first_name", models.CharField(max_length=100)),
                ("last_name", models.CharField(max_length=100)),
                ("date_of_birth", models.DateField(null=True)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("mobile", models.CharField(blank=True, max_length=50)),
                ("job_title", models.CharField(blank=True, max_length=120)),
                ("entered_at", models.DateTimeField()),
                ("entered_by_id", models.UUIDField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "employee",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, to="people.employee"),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=["account_id"],
                        name="people_candidate_open",
                    )
                ]
            },
        ),
        account_policy("people_candidate"),
    ]
