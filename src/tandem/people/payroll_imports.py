"""What an import found about somebody's pay, taken over in one action and one transaction, with one line of history.

Bank accounts in force are never replaced by an import: it asks a second person, as anybody else does (ADR 37). A tax file
number is never taken over, only the reason for having none: numbers are asked of people, not of another system.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from tandem.kernel.actor import Actor
from tandem.kernel.scoping import scoped
from tandem.people import bank_changes, payroll, tax_numbers
from tandem.people.payroll import lock_for_payroll, put_bank_accounts, put_declaration, put_super_memberships
from tandem.people.payroll_records import PayrollDetails, TfnExemption

BANK, SUPER, NUMBER, DECLARATION = "bank_accounts", "super_memberships", "tax_file_number", "tax_declaration"
APART = frozenset({BANK, SUPER, NUMBER})


@dataclass(frozen=True)
class Source:
    """Through what an import came (`xero run <id>`), and who let it go ahead, None where it is automatic."""

    via: str
    by_user_id: UUID | None = None


@dataclass(frozen=True)
class Imported:
    """The record's revision now, and whether the bank accounts wait for a second person."""

    revision: int
    bank_waits: bool


@scoped
def import_payroll(
    actor: Actor, *, employee_id: UUID, details: PayrollDetails, parts: Collection[str], source: Source
) -> Imported:
    """Take over some parts, named as in PayrollDetails, of the details that a person is to have.

    Raise BankChangeWaits where another change of the bank accounts waits for a second person; then nothing is taken over.
    """
    row = lock_for_payroll(actor, employee_id)
    changed = {name for name in _named(parts) if _put(actor, employee_id, details, name)}
    bank_waits = BANK in parts and not _put_accounts(actor, employee_id, details, source)
    if BANK in parts and not bank_waits:
        changed.add(BANK)
    if not changed:
        return Imported(row.revision, bank_waits)
    return Imported(payroll.say_changed(actor, employee_id, changed, via=source.via), bank_waits)


def _named(parts: Collection[str]) -> set[str]:
    """Return the parts as they are kept: what was declared is kept together."""
    return {part if part in APART else DECLARATION for part in parts} - {BANK}


def _put(actor: Actor, employee_id: UUID, details: PayrollDetails, name: str) -> bool:
    if name == SUPER:
        return put_super_memberships(actor, employee_id, details.super_memberships)
    if name == DECLARATION:
        return put_declaration(actor, employee_id, details)
    answer = details.tax_file_number
    return isinstance(answer, TfnExemption) and tax_numbers.put_tax_answer(actor, employee_id, exemption=answer)


def _put_accounts(actor: Actor, employee_id: UUID, details: PayrollDetails, source: Source) -> bool:
    """Put accounts in force where there are none, else ask for them; say whether they are in force now."""
    if not payroll.bank_accounts_of(actor, employee_id):
        put_bank_accounts(actor, employee_id, details.bank_accounts)
        return True
    bank_changes.ask_for_import(
        actor,
        employee_id=employee_id,
        accounts=details.bank_accounts,
        via=source.via,
        asked_by_id=source.by_user_id,
    )
    return False
