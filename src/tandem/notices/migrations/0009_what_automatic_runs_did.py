"""Each person chooses what comes by mail of automatic runs, and is told once of what they did."""

import uuid

from django.db import migrations, models

from tandem.kernel.policies import account_policy


class Migration(migrations.Migration):
    dependencies = [("notices", "0008_choose_from_which_urgency_on")]

    operations = [
        migrations.AddField("choices", "run_letters", models.CharField(default="daily", max_length=10)),
        migrations.CreateModel(
            name="RunReader",
            fields=[
                (
                    "reader_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("account_id", models.UUIDField()),
                ("user_id", models.UUIDField()),
                ("told_until", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["account_id", "user_id"], name="notices_run_reader_one")
                ]
            },
        ),
        account_policy("notices_runreader"),
    ]
