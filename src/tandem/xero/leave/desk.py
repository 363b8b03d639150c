"""Who works on the leave of a connection: one at a time, by a lease, so that a dead worker's place is taken over."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.scoping import scope
from tandem.xero.connections import assembling, state
from tandem.xero.models import Binding, Connection, LeaveDesk
from tandem.xero.preferences.actions import get_preferences
from tandem.xero.sync import lease
from tandem.xero.sync.lease import LeaseLost


class Waiting(Exception):
    """Nothing more can be done before `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until.isoformat())
        self.until = until


@dataclass(frozen=True)
class Desk:
    """One worker's hold on the leave of one connection, and whether anything may be sent there, or taken from there, now."""

    account_id: UUID
    connection_id: UUID
    token: str
    time_zone: str
    may_write: bool
    may_take: bool
    #: Who is linked to whom.
    people: dict[UUID, UUID]

    @property
    def actor(self) -> Actor:
        """Return the product itself, working on leave."""
        return Actor.system(self.account_id, because="leave")

    def hold(self) -> None:
        """Renew inside the caller's transaction, which commits only if the place is still ours."""
        rows = LeaveDesk.objects.filter(account_id=self.account_id, desk_id=self.connection_id, leased_by=self.token)
        if not rows.update(leased_until=clock.now() + lease.length()):
            raise LeaseLost


@contextmanager
def sit_down(account_id: UUID, *, is_asked: bool) -> Iterator[Desk | None]:
    """Work on an account's leave; None where it is not connected, is broken, nothing is automatic, or somebody else does.

    Leave goes out by itself where automatic exports do, and comes in where automatic imports do; `is_asked` is a person
    who says to do both. Nothing is sent while a gap report waits.
    """
    desk = _claim(account_id, is_asked=is_asked)
    try:
        yield desk
    finally:
        if desk is not None:
            with scope(account_id):
                rows = LeaveDesk.objects.filter(account_id=account_id, desk_id=desk.connection_id)
                rows.filter(leased_by=desk.token).update(leased_by="", leased_until=None)


def _claim(account_id: UUID, *, is_asked: bool) -> Desk | None:
    with scope(account_id):
        connection = Connection.objects.filter(account_id=account_id, disconnected_at__isnull=True).first()
        gate = state.read_gate(account_id)
        if connection is None or gate.blocks_imports:
            return None
        chosen = get_preferences(Actor.system(account_id, because="leave")).preferences
        may_write = (is_asked or chosen.auto_export) and not chosen.read_only
        may_take = is_asked or chosen.auto_import
        if not (may_write or may_take):
            return None
        token, now = uuid.uuid4().hex, clock.now()
        where = {"desk_id": connection.connection_id, "account_id": account_id, "connection": connection}
        LeaveDesk.objects.bulk_create([LeaveDesk(**where)], ignore_conflicts=True)
        free = LeaveDesk.objects.filter(account_id=account_id, desk_id=connection.connection_id).filter(
            Q(leased_until__isnull=True) | Q(leased_until__lt=now)
        )
        if not free.update(leased_by=token, leased_until=now + lease.length()):
            return None
        linked = Binding.objects.filter(account_id=account_id, connection=connection)
        return Desk(
            account_id,
            connection.connection_id,
            token,
            assembling.zone_of(connection),
            may_write and not gate.blocks_writes and connection.gap_since is None,
            may_take,
            dict(linked.values_list("employee_id", "xero_employee_id")),
        )
