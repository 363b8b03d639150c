"""Read Xero's lists into the catalog: five calls, a list after the other, each kept with its time.

A list that cannot be read keeps what was read before, and says why. What vanished is marked and never removed.
"""

import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scope
from tandem.xero.client import payroll_lists
from tandem.xero.client.errors import Refused
from tandem.xero.connections import assembling, paying, state
from tandem.xero.connections.recording import Ground
from tandem.xero.connections.session import NotConnected, XeroSession, open_session
from tandem.xero.governor.rules import Purpose
from tandem.xero.mapping import catalog
from tandem.xero.mapping.catalog import CatalogEntry, ListKind
from tandem.xero.models import CatalogItem, CatalogList, Connection
from tandem.xero.sync import stops

log = logging.getLogger(__name__)
PATIENCE = timedelta(seconds=5)
NAME_LENGTH, CODE_LENGTH = 200, 60
MOST_PAGES = 20
Found = Mapping[ListKind, Sequence[CatalogEntry]]


def _pay_items(session: XeroSession) -> Found:
    items = session.ask(payroll_lists.pay_items())
    return {
        ListKind.LEAVE_TYPES: catalog.leave_type_entries(items.leave_types),
        ListKind.EARNINGS_RATES: catalog.earnings_rate_entries(items.earnings_rates),
    }


def _calendars(session: XeroSession) -> Found:
    rows = session.ask(payroll_lists.pay_calendars())
    return {ListKind.PAY_CALENDARS: catalog.calendar_entries(rows)}


def _funds(session: XeroSession) -> Found:
    rows: list[object] = []
    for page in range(1, MOST_PAGES + 1):
        found = session.ask(payroll_lists.super_funds(page=page))
        rows += found
        if len(found) < settings.TANDEM.xero.page_size:
            break
    return {ListKind.SUPER_FUNDS: catalog.fund_entries(rows)}


def _groups(session: XeroSession) -> Found:
    known = session.ask(payroll_lists.payroll_settings())
    rows = session.ask(payroll_lists.tracking_categories())
    return {ListKind.EMPLOYEE_GROUPS: catalog.group_entries(known, rows)}


READERS: Sequence[tuple[tuple[ListKind, ...], Callable[[XeroSession], Found]]] = (
    ((ListKind.LEAVE_TYPES, ListKind.EARNINGS_RATES), _pay_items),
    ((ListKind.PAY_CALENDARS,), _calendars),
    ((ListKind.SUPER_FUNDS,), _funds),
    ((ListKind.EMPLOYEE_GROUPS,), _groups),
)


def read_lists_now(actor: Actor) -> bool:
    """Read the lists because a person asked; say whether all of them were read. Raise NotConnected."""
    actor.require(Permission.VIEW_INTEGRATION)
    return read_lists(actor.account_id, purpose=Purpose.PERSON, patience=PATIENCE)


def read_lists_at_night(account_id: UUID) -> None:
    """Read the lists where the account is connected and the day's calls allow it; never raises."""
    try:
        if _has_calls(account_id):
            read_lists(account_id, purpose=Purpose.SWEEP)
    except NotConnected:
        return
    except Exception:
        log.exception("lists not read", extra={"account": str(account_id)})


def _has_calls(account_id: UUID) -> bool:
    with scope(account_id):
        connection = Connection.objects.filter(account_id=account_id, disconnected_at__isnull=True).first()
        if connection is None or state.read_gate(account_id).blocks_imports:
            return False
        return paying.spare_calls(assembling.assemble(connection, account_id=account_id).budget) > 0


def read_lists(account_id: UUID, *, purpose: Purpose, patience: timedelta = timedelta(0)) -> bool:
    """Read every list anew; say whether all of them were read. Raise NotConnected. Run outside transactions."""
    session = open_session(account_id, purpose=purpose, patience=patience)
    is_whole = True
    for place, (kinds, read) in enumerate(READERS):
        try:
            _keep(session.ground, read(session))
        except Refused as error:
            _note(session.ground, kinds, error.code)
            is_whole = False
        except stops.STOPPERS as error:
            # Xero does not answer, or may not be asked: nor would the lists after this one be.
            _note(session.ground, [kind for left, _ in READERS[place:] for kind in left], error.code)
            return False
    return is_whole


def read_super_funds(session: XeroSession) -> None:
    """Read the funds anew for a run that met one that is not on the list; trouble is the caller's. Outside transactions."""
    _keep(session.ground, _funds(session))


def _note(ground: Ground, kinds: Sequence[ListKind], code: str) -> None:
    """Keep why lists could not be read, beside what was read of them before."""
    with scope(ground.account_id):
        _save_lists(ground, kinds, read_at=None, code=code)


def _keep(ground: Ground, found: Found) -> None:
    with scope(ground.account_id):
        for kind, entries in found.items():
            _keep_entries(ground, kind, entries)
        _save_lists(ground, list(found), read_at=clock.now(), code="")


def _save_lists(ground: Ground, kinds: Sequence[ListKind], *, read_at: datetime | None, code: str) -> None:
    rows = [
        CatalogList(
            list_id=uuid.uuid5(ground.connection_id, kind.value),
            account_id=ground.account_id,
            connection_id=ground.connection_id,
            kind=kind.value,
            asked_at=clock.now(),
            read_at=read_at,
            code=code[:CODE_LENGTH],
        )
        for kind in kinds
    ]
    changed = ["asked_at", "code", *(["read_at"] if read_at else [])]
    CatalogList.objects.bulk_create(rows, update_conflicts=True, unique_fields=["list_id"], update_fields=changed)


def _keep_entries(ground: Ground, kind: ListKind, entries: Sequence[CatalogEntry]) -> None:
    """Bring one list up to date; what is not in it any more is marked with the time."""
    rows = {
        entry.xero_id: CatalogItem(
            item_id=uuid.uuid5(ground.connection_id, f"{kind.value} {entry.xero_id}"),
            account_id=ground.account_id,
            connection_id=ground.connection_id,
            kind=kind.value,
            xero_id=entry.xero_id,
            name=entry.name[:NAME_LENGTH],
            facts=dict(entry.facts),
            is_current=entry.is_current,
        )
        for entry in entries
    }
    CatalogItem.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["item_id"],
        update_fields=["name", "facts", "is_current", "gone_since"],
    )
    known = CatalogItem.objects.filter(
        account_id=ground.account_id, connection_id=ground.connection_id, kind=kind.value, gone_since__isnull=True
    )
    known.exclude(xero_id__in=list(rows)).update(gone_since=clock.now())
