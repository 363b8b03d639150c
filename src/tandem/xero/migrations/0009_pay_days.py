from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("xero", "0008_handover_reasons")]

    operations = [
        migrations.AddField("connection", "next_pay_on", models.DateField(null=True)),
        migrations.AddField("connection", "pay_days_read_at", models.DateTimeField(null=True)),
    ]
