"""How a posted pay run moves the leave that a person has left (xero.md 4.1: LeaveBalances are read only)."""

from collections.abc import Mapping
from datetime import datetime

from tandem_sandbox.world import pay_items
from tandem_sandbox.world.state import Organisation, Person


def move(
    organisation: Organisation, person: Person, changes: Mapping[str, float], *, bumps: bool, now: datetime
) -> None:
    """Add units (negative: taken) to a person's balances, by leave type; `bumps` also moves UpdatedDateUTC."""
    if not changes:
        return
    balances = {row["LeaveTypeID"]: dict(row) for row in person.fields.get("LeaveBalances") or ()}
    for type_id, units in changes.items():
        kind = pay_items.item(organisation, "LeaveTypes", type_id)
        row = balances.setdefault(
            type_id,
            {
                "LeaveName": kind.get("Name", ""),
                "LeaveTypeID": type_id,
                "NumberOfUnits": 0.0,
                "TypeOfUnits": kind.get("TypeOfUnits", "Hours"),
            },
        )
        row["NumberOfUnits"] = round(row["NumberOfUnits"] + units, 4)
    person.fields = {**person.fields, "LeaveBalances": list(balances.values())}
    organisation.changed[person.id] = person
    if bumps:
        person.updated_at = now
        organisation.listings.clear()
