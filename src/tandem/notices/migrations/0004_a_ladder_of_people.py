import datetime
import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from tandem.kernel.policies import account_policy

UUID_KEY = {"default": uuid.uuid4, "editable": False, "primary_key": True, "serialize": False}


class Migration(migrations.Migration):
    dependencies = [("notices", "0003_letters_in_two_parts_tried_again")]

    operations = [
        migrations.AddField("notice", "urgency", models.CharField(default="soon", max_length=10)),
        migrations.AddField("notice", "is_ladder", models.BooleanField(default=False)),
        migrations.AddField("notice", "calm_since", models.DateTimeField(null=True)),
        migrations.AddField("notice", "climbs_at", models.DateTimeField(null=True)),
        migrations.AddField("notice", "acknowledged_at", models.DateTimeField(null=True)),
        migrations.AddField("notice", "acknowledged_by_user_id", models.UUIDField(null=True)),
        migrations.AddField(
            "notice",
            "left_out_user_ids",
            django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
        ),
        migrations.AddField(
            "letter",
            "notice",
            models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to="notices.notice"),
        ),
        migrations.CreateModel(
            name="Telling",
            fields=[
                ("telling_id", models.UUIDField(**UUID_KEY)),
                ("account_id", models.UUIDField()),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tellings", to="notices.notice"
                    ),
                ),
                (
                    "letter",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to="notices.letter"),
                ),
                ("user_id", models.UUIDField(null=True)),
                ("address", models.EmailField(max_length=254)),
                ("rung", models.CharField(max_length=20)),
                ("urgency", models.CharField(max_length=10)),
                ("told_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Choices",
            fields=[
                ("choices_id", models.UUIDField(**UUID_KEY)),
                ("account_id", models.UUIDField()),
                ("user_id", models.UUIDField()),
                ("quiet_from", models.TimeField(null=True)),
                ("quiet_until", models.TimeField(null=True)),
                ("daily_letter_at", models.TimeField(default=datetime.time(8, 0))),
                ("away_until", models.DateField(null=True)),
            ],
        ),
        migrations.AddConstraint(
            "telling", models.UniqueConstraint(fields=("notice", "address", "urgency"), name="notices_telling_once")
        ),
        migrations.AddConstraint(
            "choices", models.UniqueConstraint(fields=("account_id", "user_id"), name="notices_choices_one")
        ),
        migrations.AddIndex("notice", models.Index(fields=["account_id", "-opened_at"], name="notices_notice_newest")),
        migrations.AddIndex(
            "notice",
            models.Index(
                condition=models.Q(("climbs_at__isnull", False)), fields=["climbs_at"], name="notices_notice_climbing"
            ),
        ),
        account_policy("notices_telling"),
        account_policy("notices_choices"),
    ]
