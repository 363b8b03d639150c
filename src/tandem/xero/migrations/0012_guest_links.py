import uuid

import django.db.models.deletion
from django.db import migrations, models

from tandem.kernel.policies import account_policy


class Migration(migrations.Migration):
    dependencies = [
        ("xero", "0011_outreach"),
    ]

    operations = [
        migrations.CreateModel(
            name="GuestLink",
            fields=[
                ("link_id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", models.UUIDField()),
                ("purpose", models.CharField(max_length=12)),
                ("token_digest", models.CharField(max_length=64, unique=True)),
                ("xero_tenant_id", models.UUIDField()),
                ("made_for", models.CharField(max_length=100)),
                ("made_by_user_id", models.UUIDField(null=True)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("taken_by_digest", models.CharField(blank=True, max_length=64)),
                ("taken_until", models.DateTimeField(null=True)),
                ("used_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("revoked_by_user_id", models.UUIDField(null=True)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="xero.connection"
                    ),
                ),
                (
                    "grant",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="xero.grant"
                    ),
                ),
            ],
        ),
        account_policy("xero_guestlink"),
        migrations.AddField(
            model_name="consentflow",
            name="guest_link",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="xero.guestlink"
            ),
        ),
        migrations.AddIndex(
            model_name="guestlink",
            index=models.Index(fields=["account_id", "-made_at"], name="xero_guestlink_newest"),
        ),
    ]
