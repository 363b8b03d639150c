import uuid

from django.db import migrations, models

from tandem.kernel.policies import account_policy


class Migration(migrations.Migration):
    dependencies = [("people", "0005_payroll_details")]

    operations = [
        migrations.CreateModel(
            name="LeaveAsked",
            fields=[
                (
                    "request_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("account_id", models.UUIDField()),
                ("leave_type_id", models.UUIDField()),
                ("leave_type_name", models.CharField(max_length=200)),
                ("from_on", models.DateField()),
                ("until_on", models.DateField()),
                ("title", models.CharField(max_length=100)),
                ("description", models.CharField(blank=True, max_length=400)),
                ("status", models.CharField(max_length=12)),
                ("asked_at", models.DateTimeField()),
                ("asked_by_id", models.UUIDField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by_id", models.UUIDField(null=True)),
                ("decision_note", models.CharField(blank=True, max_length=200)),
                ("revision", models.BigIntegerField(default=1)),
                ("employee", models.ForeignKey(on_delete=models.CASCADE, to="people.employee")),
            ],
            options={
                "indexes": [models.Index(fields=["account_id", "status", "from_on"], name="people_leave_by_status")]
            },
        ),
        migrations.CreateModel(
            name="LeaveStep",
            fields=[
                ("step_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("account_id", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("by_user_id", models.UUIDField(null=True)),
                ("what", models.CharField(max_length=20)),
                ("from_on", models.DateField()),
                ("until_on", models.DateField()),
                ("request", models.ForeignKey(on_delete=models.CASCADE, to="people.leaveasked")),
            ],
            options={"indexes": [models.Index(fields=["account_id", "request"], name="people_leave_steps")]},
        ),
        account_policy("people_leaveasked"),
        account_policy("people_leavestep"),
    ]
