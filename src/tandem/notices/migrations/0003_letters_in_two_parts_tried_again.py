from django.db import migrations, models

KEEP_TRYING = "UPDATE notices_letter SET next_try_at = written_at WHERE delivered_at IS NULL"


class Migration(migrations.Migration):
    dependencies = [("notices", "0002_policies")]

    operations = [
        migrations.AddField("letter", "html", models.TextField(blank=True, default=""), preserve_default=False),
        migrations.AddField("letter", "kind", models.CharField(default="letter", max_length=20)),
        migrations.AddField("letter", "tries", models.IntegerField(default=0)),
        migrations.AddField("letter", "next_try_at", models.DateTimeField(null=True)),
        migrations.AddField("letter", "leased_until", models.DateTimeField(null=True)),
        migrations.AddField("letter", "given_up_at", models.DateTimeField(null=True)),
        migrations.RunSQL(KEEP_TRYING, migrations.RunSQL.noop),
        migrations.AddIndex(
            "letter",
            models.Index(
                condition=models.Q(("next_try_at__isnull", False)),
                fields=["next_try_at"],
                name="notices_letter_waiting",
            ),
        ),
    ]
