import uuid

import django.contrib.postgres.fields
from django.db import migrations, models

from tandem.kernel.policies import account_policy


class Migration(migrations.Migration):
    dependencies = [("access", "0002_policies")]

    operations = [
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("key_id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", models.UUIDField()),
                ("name", models.CharField(max_length=80)),
                ("digest", models.CharField(max_length=64)),
                ("hint", models.CharField(max_length=4)),
                (
                    "roles",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30), default=list, size=None
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("made_by_user_id", models.UUIDField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("last_used_on", models.DateField(null=True)),
            ],
            options={"indexes": [models.Index(fields=["account_id", "-made_at"], name="access_apikey_newest")]},
        ),
        account_policy("access_apikey"),
    ]
