"""The organisations that an account moved away from: archived, to be looked at and to be gone back to."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, QuerySet

from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped_part
from tandem.xero.models import Binding, Connection, Run, Step, XeroPerson

UNCONFIRMED = ("intended", "unknown")


@dataclass(frozen=True)
class EarlierOrganisation:
    """One archived connection. `unconfirmed` writes are looked up in Xero, and not repeated, once it is gone back to."""

    connection_id: UUID
    name: str
    connected_at: datetime | None
    archived_at: datetime
    linked_people: int
    people_in_xero: int
    runs: int
    unconfirmed: int
    last_import_at: datetime | None
    last_export_at: datetime | None


@scoped_part
def list_earlier(actor: Actor) -> list[EarlierOrganisation]:
    """Return the archived connections, the one that was left last first."""
    actor.require(Permission.VIEW_INTEGRATION)
    rows = Connection.every.filter(account_id=actor.account_id, archived_at__isnull=False)
    steps = Step.objects.filter(account_id=actor.account_id, target="xero", status__in=UNCONFIRMED)
    linked, seen = _counted(actor, Binding.objects.all()), _counted(actor, XeroPerson.objects.all())
    runs, unconfirmed = _counted(actor, Run.objects.all()), _counted(actor, steps, of="run__connection_id")
    return [
        EarlierOrganisation(
            connection_id=row.connection_id,
            name=row.tenant_name,
            connected_at=row.connected_at,
            archived_at=row.archived_at,
            linked_people=linked.get(row.connection_id, 0),
            people_in_xero=seen.get(row.connection_id, 0),
            runs=runs.get(row.connection_id, 0),
            unconfirmed=unconfirmed.get(row.connection_id, 0),
            last_import_at=row.last_import_at,
            last_export_at=row.last_export_at,
        )
        for row in rows.order_by("-archived_at")
        if row.archived_at is not None
    ]


def _counted(actor: Actor, rows: QuerySet, *, of: str = "connection_id") -> dict[UUID, int]:  # type: ignore[type-arg]  # of any model
    """Return how many rows hang on each connection."""
    found = rows.filter(account_id=actor.account_id).values_list(of).annotate(count=Count("pk"))
    return dict(found.order_by())
