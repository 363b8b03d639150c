"""Fields that somebody edited in Xero after a write that Xero never confirmed: they wait for a person."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("xero", "0028_duplicates_that_are_none")]

    operations = [migrations.AddField("binding", "doubted", models.JSONField(default=list))]
