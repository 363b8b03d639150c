import uuid

from django.db import migrations, models
from django.db.models import Q

from tandem.kernel.policies import account_policy, append_only


class Migration(migrations.Migration):
    dependencies = [("people", "0006_leave"), ("xero", "0025_fields_held_by_an_undo")]

    operations = [
        migrations.CreateModel(
            name="LeaveDesk",
            fields=[
                ("desk_id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("account_id", models.UUIDField()),
                ("read_at", models.DateTimeField(null=True)),
                ("said", models.JSONField(default=list)),
                ("leased_by", models.CharField(blank=True, max_length=40)),
                ("leased_until", models.DateTimeField(null=True)),
                ("connection", models.ForeignKey(on_delete=models.CASCADE, to="xero.connection")),
            ],
        ),
        migrations.CreateModel(
            name="LeaveEntry",
            fields=[
                ("entry_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("account_id", models.UUIDField()),
                ("link_id", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("event", models.CharField(max_length=12)),
                ("verb", models.CharField(max_length=10)),
                ("idempotency_key", models.CharField(max_length=128)),
                ("request_digest", models.CharField(blank=True, max_length=64)),
                ("code", models.CharField(blank=True, max_length=60)),
                ("correlation_id", models.CharField(blank=True, max_length=60)),
            ],
        ),
        migrations.CreateModel(
            name="LeaveLink",
            fields=[
                ("link_id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", models.UUIDField()),
                ("application_id", models.UUIDField(null=True)),
                ("xero_employee_id", models.UUIDField()),
                ("agreed", models.JSONField(null=True)),
                ("theirs", models.JSONField(null=True)),
                ("is_gone", models.BooleanField(default=False)),
                ("is_new", models.BooleanField(default=True)),
                ("settled_revision", models.BigIntegerField(default=0)),
                ("task", models.CharField(blank=True, max_length=500)),
                ("asks", models.BooleanField(default=False)),
                ("state", models.CharField(blank=True, max_length=12)),
                ("verb", models.CharField(blank=True, max_length=10)),
                ("sent", models.JSONField(null=True)),
                ("body", models.BinaryField(null=True)),
                ("said", models.BinaryField(null=True)),
                ("attempt_group", models.IntegerField(default=0)),
                ("failures", models.IntegerField(default=0)),
                ("intended_at", models.DateTimeField(null=True)),
                ("searched_at", models.DateTimeField(null=True)),
                ("connection", models.ForeignKey(on_delete=models.CASCADE, to="xero.connection")),
                ("request", models.ForeignKey(null=True, on_delete=models.SET_NULL, to="people.leaveasked")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(("application_id__isnull", False)),
                        fields=("connection", "application_id"),
                        name="xero_leave_application",
                    ),
                    models.UniqueConstraint(
                        condition=Q(("request__isnull", False)),
                        fields=("connection", "request"),
                        name="xero_leave_request",
                    ),
                ],
            },
        ),
        account_policy("xero_leavedesk"),
        account_policy("xero_leaveentry"),
        account_policy("xero_leavelink"),
        append_only("xero_leaveentry"),
    ]
