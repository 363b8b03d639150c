"""An account keeps its connections to organisations that it moved away from; the support room counts those in use alone."""

from importlib import import_module

from django.db import migrations, models
from django.db.models import Q

outreach = import_module("tandem.xero.migrations.0011_outreach")
room = import_module("tandem.xero.migrations.0013_a_faster_support_room")
# A sub-select that PostgreSQL takes apart again, so that the plans stay what they were.
IN_USE = "(SELECT * FROM xero_connection WHERE archived_at IS NULL)"


def replaced(create: str) -> str:
    return create.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


def of_those_in_use(create: str) -> str:
    """Return the function, reading the connections in use wherever it read all of them."""
    counted = create.replace("count(*) FROM xero_connection)", f"count(*) FROM {IN_USE} AS n)")
    for name in ("c", "o"):
        counted = counted.replace(f" xero_connection {name} ", f" {IN_USE} {name} ")
    return replaced(counted.replace(" xero_connection c\n", f" {IN_USE} c\n"))


class Migration(migrations.Migration):
    dependencies = [("xero", "0015_drills")]

    operations = [
        migrations.AddField("connection", "archived_at", models.DateTimeField(null=True)),
        migrations.AlterField("connection", "account_id", models.UUIDField()),
        migrations.AddConstraint(
            "connection",
            models.UniqueConstraint(
                fields=["account_id"], condition=Q(archived_at__isnull=True), name="xero_connection_one_in_use"
            ),
        ),
        migrations.AddConstraint(
            "connection",
            models.UniqueConstraint(fields=["account_id", "xero_tenant_id"], name="xero_connection_organisation_once"),
        ),
        migrations.RunSQL(
            sql=[of_those_in_use(one) for one in (room.TALLY, room.ROOM, outreach.CREATE)],
            reverse_sql=[replaced(one) for one in (room.TALLY, room.ROOM, outreach.CREATE)],
        ),
    ]
