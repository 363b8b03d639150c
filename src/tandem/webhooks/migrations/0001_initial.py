import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

UUID_KEY = {"default": uuid.uuid4, "editable": False, "primary_key": True, "serialize": False}


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Endpoint",
            fields=[
                ("endpoint_id", models.UUIDField(**UUID_KEY)),
                ("account_id", models.UUIDField()),
                ("url", models.CharField(max_length=500)),
                (
                    "events",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None),
                ),
                ("secret", models.BinaryField()),
                ("hint", models.CharField(max_length=8)),
                ("made_at", models.DateTimeField()),
                ("made_by_user_id", models.UUIDField(null=True)),
                ("failing_since", models.DateTimeField(null=True)),
                ("last_ok_at", models.DateTimeField(null=True)),
                ("off_at", models.DateTimeField(null=True)),
                ("off_because", models.CharField(blank=True, max_length=20)),
            ],
            options={
                "indexes": [models.Index(fields=["account_id", "made_at"], name="webhooks_endpoint_listed")],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("delivery_id", models.UUIDField(**UUID_KEY)),
                ("account_id", models.UUIDField()),
                ("message_id", models.UUIDField(default=uuid.uuid4)),
                ("event", models.CharField(max_length=40)),
                ("body", models.TextField()),
                ("created_at", models.DateTimeField()),
                ("tries", models.IntegerField(default=0)),
                ("next_try_at", models.DateTimeField(null=True)),
                ("leased_until", models.DateTimeField(null=True)),
                ("delivered_at", models.DateTimeField(null=True)),
                ("given_up_at", models.DateTimeField(null=True)),
                ("status", models.IntegerField(null=True)),
                ("problem_code", models.CharField(blank=True, max_length=60)),
                (
                    "endpoint",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="webhooks.endpoint"),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["endpoint", "-created_at"], name="webhooks_delivery_newest"),
                    models.Index(
                        condition=models.Q(("next_try_at__isnull", False)),
                        fields=["next_try_at"],
                        name="webhooks_delivery_waiting",
                    ),
                ],
            },
        ),
    ]
