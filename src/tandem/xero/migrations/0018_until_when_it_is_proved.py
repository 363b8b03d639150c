"""Until when a green row is proved, so that the support room's rows go out when the lights of the page do."""

from importlib import import_module

from django.db import migrations, models

room = import_module("tandem.xero.migrations.0013_a_faster_support_room")
archived = import_module("tandem.xero.migrations.0016_archived_connections")

FRESH = "WHEN c.proved_at >= (SELECT asked_at - fresh) THEN 'fresh'"
# A row from before this column was written goes by the age of its proof alone until it is diagnosed again.
FRESH_AND_LIT = """WHEN c.proved_at >= (SELECT asked_at - fresh)
                  AND (c.state NOT IN ('connected', 'attention') OR c.proved_until IS NULL OR c.proved_until >= asked_at)
             THEN 'fresh'"""
BEFORE = [archived.of_those_in_use(one) for one in (room.TALLY, room.ROOM)]


class Migration(migrations.Migration):
    dependencies = [("xero", "0017_moves_to_another_organisation")]

    operations = [
        migrations.AddField("connection", "proved_until", models.DateTimeField(null=True)),
        migrations.RunSQL(sql=[one.replace(FRESH, FRESH_AND_LIT) for one in BEFORE], reverse_sql=BEFORE),
    ]
