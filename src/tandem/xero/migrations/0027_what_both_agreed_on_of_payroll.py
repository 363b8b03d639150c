"""What both sides agreed on last of bank, super and tax, sealed beside the base."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("xero", "0026_leave")]

    operations = [migrations.AddField("binding", "payroll_base", models.BinaryField(null=True))]
