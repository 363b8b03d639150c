"""A change of bank accounts in Xero waits for a second person here as well."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0008_candidates")]

    operations = [
        migrations.AlterField("paybankchange", "asked_by_id", models.UUIDField(null=True)),
        migrations.AddField("paybankchange", "via", models.CharField(blank=True, default="", max_length=60)),
        migrations.AddField("paybankchange", "mark", models.CharField(blank=True, default="", max_length=64)),
    ]
