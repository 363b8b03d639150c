from django.db import migrations, models

from tandem.kernel.policies import account_policy


class Migration(migrations.Migration):
    dependencies = [("xero", "0021_steps_by_their_outcome")]

    operations = [
        migrations.CreateModel(
            name="CatalogList",
            fields=[
                ("list_id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("account_id", models.UUIDField()),
                ("kind", models.CharField(max_length=20)),
                ("asked_at", models.DateTimeField()),
                ("read_at", models.DateTimeField(null=True)),
                ("code", models.CharField(blank=True, max_length=60)),
                ("connection", models.ForeignKey(on_delete=models.CASCADE, to="xero.connection")),
            ],
        ),
        migrations.CreateModel(
            name="CatalogItem",
            fields=[
                ("item_id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("account_id", models.UUIDField()),
                ("kind", models.CharField(max_length=20)),
                ("xero_id", models.UUIDField()),
                ("name", models.CharField(max_length=200)),
                ("facts", models.JSONField(default=dict)),
                ("is_current", models.BooleanField(default=True)),
                ("gone_since", models.DateTimeField(null=True)),
                ("connection", models.ForeignKey(on_delete=models.CASCADE, to="xero.connection")),
            ],
            options={"indexes": [models.Index(fields=["connection", "kind"], name="xero_catalog_of_kind")]},
        ),
        account_policy("xero_cataloglist"),
        account_policy("xero_catalogitem"),
    ]
