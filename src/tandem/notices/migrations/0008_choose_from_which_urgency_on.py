from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notices", "0007_ask_for_whom_something_is_due")]

    operations = [migrations.AddField("choices", "least_urgency", models.CharField(default="digest", max_length=10))]
