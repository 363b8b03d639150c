from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("xero", "0018_until_when_it_is_proved")]

    operations = [
        migrations.AddField("callbudget", "minute_by", models.JSONField(default=dict)),
        migrations.AddField(
            "inflight", "share", models.CharField(default="reads", max_length=8), preserve_default=False
        ),
    ]
