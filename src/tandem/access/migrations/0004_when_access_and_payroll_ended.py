from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0003_api_keys"),
    ]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="ended_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="membership",
            name="left_payroll_at",
            field=models.DateTimeField(null=True),
        ),
    ]
