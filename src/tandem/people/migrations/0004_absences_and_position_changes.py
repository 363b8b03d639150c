import uuid

import django.db.models.deletion
from django.db import migrations, models

from tandem.kernel.policies import account_policy


class Migration(migrations.Migration):
    dependencies = [("people", "0003_private_terminations_contracts_and_the_bin")]

    operations = [
        migrations.CreateModel(
            name="Absence",
            fields=[
                ("absence_id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", models.UUIDField()),
                ("from_on", models.DateField()),
                ("until_on", models.DateField(null=True)),
                ("entered_at", models.DateTimeField()),
                ("entered_by_id", models.UUIDField(null=True)),
                ("taken_back_at", models.DateTimeField(null=True)),
                ("taken_back_by_id", models.UUIDField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="PositionChange",
            fields=[
                ("change_id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", models.UUIDField()),
                ("from_on", models.DateField()),
                ("job_title", models.CharField(max_length=120)),
                ("leaves_payroll", models.BooleanField(default=False)),
                ("entered_at", models.DateTimeField()),
                ("entered_by_id", models.UUIDField(null=True)),
                ("done_at", models.DateTimeField(null=True)),
                ("taken_back_at", models.DateTimeField(null=True)),
                ("taken_back_by_id", models.UUIDField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="absence",
            name="employee",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="people.employee"),
        ),
        migrations.AddField(
            model_name="positionchange",
            name="employee",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="people.employee"),
        ),
        migrations.AddConstraint(
            model_name="absence",
            constraint=models.CheckConstraint(
                condition=models.Q(("until_on__isnull", True), ("until_on__gte", models.F("from_on")), _connector="OR"),
                name="people_absence_in_order",
            ),
        ),
        account_policy("people_absence"),
        account_policy("people_positionchange"),
    ]
