"""Leave balances, all types of them: from Xero to Tandem and never back. Pure."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from tandem.people.payroll_records import LeaveBalance
from tandem.xero.client import wire_payroll as wire
from tandem.xero.mapping.fields import SharedField, clean
from tandem.xero.mapping.oddities import Oddities, Oddity

FIELD = SharedField.LEAVE_BALANCES
UNREADABLE = "Xero holds a leave balance that cannot be read. The others were taken over; look at that one in Xero."
TWICE = "Xero gives two balances for one leave type. Neither was taken over; look at it in Xero."


def leave_balances_from_xero(rows: Sequence[object]) -> tuple[tuple[LeaveBalance, ...], Oddities]:
    """Return the balances by name; one that cannot be understood is left out and named, the others are taken."""
    found, unread = wire.read_rows(wire.LeaveBalance, rows)
    balances: dict[UUID, LeaveBalance] = {}
    contradicted: set[UUID] = set()
    for row in found:
        if row.leave_type_id is None or not isinstance(row.number_of_units, Decimal):
            unread += 1
            continue
        balance = LeaveBalance(row.leave_type_id, clean(row.leave_name), row.number_of_units, clean(row.type_of_units))
        if balances.setdefault(row.leave_type_id, balance) != balance:
            contradicted.add(row.leave_type_id)
    kept = [balance for leave_type_id, balance in balances.items() if leave_type_id not in contradicted]
    sentences = [*([UNREADABLE] if unread else []), *([TWICE] if contradicted else [])]
    return tuple(sorted(kept, key=_name)), tuple(Oddity(FIELD, said, is_usable=True) for said in sentences)


def _name(balance: LeaveBalance) -> tuple[str, str]:
    return balance.name.casefold(), str(balance.leave_type_id)
