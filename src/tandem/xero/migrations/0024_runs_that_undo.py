import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("xero", "0023_leave_balances")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="undoes",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="undone_by",
                to="xero.run",
            ),
        ),
    ]
