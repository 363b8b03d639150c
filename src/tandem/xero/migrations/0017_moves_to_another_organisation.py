"""A move to another organisation is asked for by one person and approved by another."""

import uuid

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from tandem.kernel.policies import account_policy


class Migration(migrations.Migration):
    dependencies = [("xero", "0016_archived_connections")]

    operations = [
        migrations.CreateModel(
            name="MoveRequest",
            fields=[
                ("request_id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", models.UUIDField()),
                ("from_name", models.CharField(max_length=200)),
                ("to_name", models.CharField(max_length=200)),
                ("reason", models.CharField(max_length=200)),
                ("asked_by_user_id", models.UUIDField()),
                ("asked_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("approved_by_user_id", models.UUIDField(null=True)),
                ("approved_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_because", models.CharField(blank=True, max_length=12)),
                ("closed_by_user_id", models.UUIDField(null=True)),
                ("preferences_version", models.IntegerField(null=True)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="xero.connection"
                    ),
                ),
                (
                    "back_to",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="xero.connection",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account_id",), condition=Q(closed_at__isnull=True), name="xero_move_one_open"
                    )
                ]
            },
        ),
        account_policy("xero_moverequest"),
    ]
