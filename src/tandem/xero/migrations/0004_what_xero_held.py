import django.db.models.deletion
from django.db import migrations, models

from tandem.kernel.policies import account_policy


class Migration(migrations.Migration):
    dependencies = [("xero", "0003_questions_across_accounts")]

    operations = [
        migrations.AddField(model_name="step", name="request", field=models.BinaryField(null=True)),
        migrations.AddField(model_name="step", name="searched_at", field=models.DateTimeField(null=True)),
        migrations.CreateModel(
            name="XeroPerson",
            fields=[
                ("person_id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("account_id", models.UUIDField()),
                ("xero_employee_id", models.UUIDField()),
                ("record", models.BinaryField(null=True)),
                ("updated_at", models.DateTimeField(null=True)),
                ("listed_at", models.DateTimeField(null=True)),
                ("read_at", models.DateTimeField(null=True)),
                ("wants_detail", models.BooleanField(default=False)),
                ("missing_since", models.DateTimeField(null=True)),
                ("unreadable", models.CharField(blank=True, max_length=200)),
                ("connection", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="xero.connection")),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("wants_detail", True)),
                        fields=["connection"],
                        name="xero_person_wants_detail",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("connection", "xero_employee_id"), name="xero_person_xero_employee")
                ],
            },
        ),
        account_policy("xero_xeroperson"),
    ]
