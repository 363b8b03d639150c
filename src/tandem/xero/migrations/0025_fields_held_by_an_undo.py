from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("xero", "0024_runs_that_undo")]

    operations = [
        migrations.AddField(model_name="binding", name="held", field=models.JSONField(default=list)),
    ]
