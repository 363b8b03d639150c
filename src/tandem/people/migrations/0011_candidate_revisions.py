"""A candidate has a revision, so that of two who edit one at a time the second is told."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0010_own_changes")]

    operations = [
        migrations.AddField(model_name="candidate", name="revision", field=models.PositiveIntegerField(default=1)),
    ]
