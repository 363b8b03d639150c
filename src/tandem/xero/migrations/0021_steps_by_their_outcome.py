from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("xero", "0020_days_of_calls")]

    operations = [
        migrations.AddIndex(
            model_name="step",
            index=models.Index(
                fields=["account_id", "-outcome_at"], condition=Q(outcome_at__isnull=False), name="xero_step_newest"
            ),
        ),
    ]
