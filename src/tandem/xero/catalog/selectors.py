"""Read the catalog: what was read of Xero's lists, for pages and for whoever picks from them. Asks Xero nothing."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped_part
from tandem.xero.mapping.catalog import CatalogEntry, ListKind, as_fund, as_leave_type
from tandem.xero.mapping.leave_requests import LeaveType
from tandem.xero.mapping.payroll import Lists
from tandem.xero.mapping.superannuation import XeroFund
from tandem.xero.models import CatalogItem, CatalogList, Connection

NO_CONNECTION = UUID(int=0)


@dataclass(frozen=True)
class ListedEntry:
    """An entry of a list; `gone_since` is when it was first missing from Xero's answer."""

    entry: CatalogEntry
    gone_since: datetime | None


@dataclass(frozen=True)
class CatalogPage:
    """One list: when it was read, why not where the newest asking gave none, and what was read last."""

    kind: ListKind
    read_at: datetime | None
    code: str
    entries: tuple[ListedEntry, ...]


@scoped_part
def list_catalog(actor: Actor) -> list[CatalogPage]:
    """Return every list of the connection in use, in a fixed order; one that was never asked for is empty."""
    actor.require(Permission.VIEW_INTEGRATION)
    connection_id = _in_use(actor)
    lists = CatalogList.objects.filter(account_id=actor.account_id, connection_id=connection_id)
    known = {row.kind: row for row in lists}
    rows = list(_items(actor.account_id, connection_id))
    return [
        CatalogPage(
            kind,
            known[kind.value].read_at if kind.value in known else None,
            known[kind.value].code if kind.value in known else "",
            tuple(ListedEntry(_entry(row), row.gone_since) for row in rows if row.kind == kind.value),
        )
        for kind in ListKind
    ]


@scoped_part
def list_leave_types(actor: Actor) -> tuple[LeaveType, ...]:
    """Return the leave types that can be chosen, and as not current those that once could."""
    actor.require(Permission.VIEW_SELF)
    rows = _items(actor.account_id, _in_use(actor)).filter(kind=ListKind.LEAVE_TYPES.value)
    return tuple(as_leave_type(_entry(row)) for row in rows)


@scoped_part
def list_super_funds(actor: Actor) -> tuple[XeroFund, ...] | None:
    """Return the funds that the organisation has; None while its list was never read."""
    actor.require(Permission.VIEW_SELF)
    connection_id = _in_use(actor)
    lists = CatalogList.objects.filter(account_id=actor.account_id, connection_id=connection_id)
    if not lists.filter(kind=ListKind.SUPER_FUNDS.value, read_at__isnull=False).exists():
        return None
    return lists_of(actor.account_id, connection_id).funds


def lists_of(account_id: UUID, connection_id: UUID) -> Lists:
    """Return the groups and funds as last read, as plans and checks take them. Inside the account's scope."""
    kinds = (ListKind.EMPLOYEE_GROUPS.value, ListKind.SUPER_FUNDS.value)
    rows = list(_items(account_id, connection_id).filter(kind__in=kinds, gone_since__isnull=True))
    return Lists(
        groups=tuple(row.name for row in rows if row.kind == ListKind.EMPLOYEE_GROUPS.value),
        funds=tuple(as_fund(_entry(row)) for row in rows if row.kind == ListKind.SUPER_FUNDS.value),
    )


def _in_use(actor: Actor) -> UUID:
    """Return the connection in use; before there is one, an id that no row has."""
    rows = Connection.objects.filter(account_id=actor.account_id)
    return rows.values_list("connection_id", flat=True).first() or NO_CONNECTION


def _items(account_id: UUID, connection_id: UUID) -> QuerySet[CatalogItem]:
    found = CatalogItem.objects.filter(account_id=account_id, connection_id=connection_id)
    return found.order_by("kind", "name", "item_id")


def _entry(row: CatalogItem) -> CatalogEntry:
    """Return a row as a value; what vanished from Xero cannot be chosen any more."""
    return CatalogEntry(row.xero_id, row.name, row.facts, row.is_current and row.gone_since is None)
