"""What people have left of each leave type: taken from every full read of a person, never sent."""

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import NotFound
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scope, scoped_part
from tandem.people.payroll import require_payroll
from tandem.people.payroll_records import LeaveBalance
from tandem.tenancy import vault
from tandem.xero.client.wire import Employee
from tandem.xero.connections.session import open_session
from tandem.xero.governor.rules import Purpose
from tandem.xero.mapping.leave_balances import leave_balances_from_xero
from tandem.xero.models import Binding, Connection, LeaveBalances

COLUMN = "xero_leavebalances.record"
PATIENCE = timedelta(seconds=5)
NOT_LINKED = "This person is not linked to anybody in Xero. Balances come with the first import."


@dataclass(frozen=True)
class Balances:
    """The balances of one person as of a time; `sentences` say what could not be read of them."""

    balances: tuple[LeaveBalance, ...]
    read_at: datetime
    sentences: tuple[str, ...] = ()


def keep(account_id: UUID, connection_id: UUID, people: Iterable[Employee]) -> None:
    """Keep the balances of people just read in full. Inside the account's scope."""
    now = clock.now()
    rows = []
    for person in people:
        place = uuid.uuid5(connection_id, f"leave balances {person.employee_id}")
        sealed = vault.seal(account_id, _written(person), column=COLUMN, row_id=place)
        rows.append(
            LeaveBalances(
                balances_id=place,
                account_id=account_id,
                connection_id=connection_id,
                xero_employee_id=person.employee_id,
                record=sealed,
                read_at=now,
            )
        )
    LeaveBalances.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["balances_id"], update_fields=["record", "read_at"]
    )


@scoped_part
def find_balances(actor: Actor, *, employee_id: UUID) -> Balances | None:
    """Return what somebody whose payroll the actor may see has left; None where it was never read."""
    require_payroll(actor, employee_id, Permission.VIEW_PAYROLL)
    linked = _linked(actor, employee_id)
    if linked is None:
        return None
    row = LeaveBalances.objects.filter(
        account_id=actor.account_id, connection_id=linked[0], xero_employee_id=linked[1]
    ).first()
    return _read(row) if row else None


def read_balances_now(actor: Actor, *, employee_id: UUID) -> None:
    """Read one person's balances because somebody with the role asked; raise NotFound where nobody is linked."""
    actor.require(Permission.VIEW_PAYROLL)
    actor.require(Permission.VIEW_EMPLOYEES)
    with scope(actor.account_id):
        require_payroll(actor, employee_id, Permission.VIEW_PAYROLL)
        linked = _linked(actor, employee_id)
    if linked is None:
        raise NotFound(NOT_LINKED)
    session = open_session(actor.account_id, purpose=Purpose.PERSON, patience=PATIENCE)
    person = session.get_employee(linked[1])
    with scope(actor.account_id):
        keep(actor.account_id, linked[0], [person])


def _linked(actor: Actor, employee_id: UUID) -> tuple[UUID, UUID] | None:
    """Return the connection in use and the person in it who is linked to one of ours."""
    in_use = Connection.objects.filter(account_id=actor.account_id)
    rows = Binding.objects.filter(account_id=actor.account_id, connection__in=in_use, employee_id=employee_id)
    return rows.values_list("connection_id", "xero_employee_id").first()


def _written(person: Employee) -> str:
    balances, odd = leave_balances_from_xero(person.leave_balances)
    rows = [[str(one.leave_type_id), one.name, str(one.units), one.unit] for one in balances]
    return json.dumps({"rows": rows, "said": [oddity.sentence for oddity in odd]})


def _read(row: LeaveBalances) -> Balances:
    found = json.loads(vault.unseal(row.account_id, row.record, column=COLUMN, row_id=row.balances_id))
    balances = (LeaveBalance(UUID(key), name, Decimal(units), unit) for key, name, units, unit in found["rows"])
    return Balances(tuple(balances), row.read_at, tuple(found["said"]))
