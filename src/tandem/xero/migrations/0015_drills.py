import uuid

from django.db import migrations, models
from django.db.models import Q

from tandem.kernel.policies import account_policy


class Migration(migrations.Migration):
    dependencies = [
        ("xero", "0014_organisations_in_use"),
    ]

    operations = [
        migrations.CreateModel(
            name="Drill",
            fields=[
                ("drill_id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", models.UUIDField()),
                ("scope_id", models.UUIDField(unique=True)),
                ("by_user_id", models.UUIDField(null=True)),
                ("tells_others", models.BooleanField(default=False)),
                ("started_at", models.DateTimeField()),
                ("steps", models.JSONField(default=list)),
                ("working_since", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("outcome", models.CharField(blank=True, max_length=12)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(("ended_at__isnull", True)), fields=("account_id",), name="xero_drill_one_open"
                    )
                ],
                "indexes": [models.Index(fields=["account_id", "-started_at"], name="xero_drill_newest")],
            },
        ),
        migrations.CreateModel(
            name="DrillLink",
            fields=[
                ("link_id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", models.UUIDField()),
                ("part", models.CharField(max_length=8)),
                ("email", models.EmailField(max_length=254)),
                ("xero_tenant_id", models.UUIDField(null=True)),
                ("xero_connection_id", models.UUIDField(null=True)),
                ("scopes", models.JSONField(default=list)),
                ("access_token", models.BinaryField(null=True)),
                ("refresh_token", models.BinaryField(null=True)),
                ("facts", models.JSONField(default=list)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("account_id", "part"), name="xero_drilllink_part")],
            },
        ),
        account_policy("xero_drill"),
        account_policy("xero_drilllink"),
    ]
