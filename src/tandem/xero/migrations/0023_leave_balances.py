from django.db import migrations, models

from tandem.kernel.policies import account_policy


class Migration(migrations.Migration):
    dependencies = [("xero", "0022_catalog")]

    operations = [
        migrations.CreateModel(
            name="LeaveBalances",
            fields=[
                ("balances_id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("account_id", models.UUIDField()),
                ("xero_employee_id", models.UUIDField()),
                ("record", models.BinaryField()),
                ("read_at", models.DateTimeField()),
                ("connection", models.ForeignKey(on_delete=models.CASCADE, to="xero.connection")),
            ],
        ),
        account_policy("xero_leavebalances"),
    ]
