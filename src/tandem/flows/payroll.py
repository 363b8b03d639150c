"""What payroll needs of a person, checked as Xero and the banks would before anything is saved; every problem at once."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, Problem
from tandem.kernel.scoping import scoped
from tandem.people import bank_changes, payroll, tax_numbers
from tandem.people.official_numbers import compact, ending_of, tfn_fault
from tandem.people.payroll_records import (
    BankAccount,
    Fund,
    PayrollDetails,
    SuperMembership,
    TaxFileNumber,
    TfnExemption,
)
from tandem.xero import facade

#: Stands for a number that Xero holds and Tandem does not: nobody has to be asked for it.
IN_XERO = TaxFileNumber("", "in xero")


@scoped
def ask_bank_change(actor: Actor, *, employee_id: UUID, accounts: Sequence[BankAccount]) -> bool:
    """Ask a second person to put a list of accounts in force; raise Invalid with everything that is wrong with it."""
    _raise_if(facade.check_bank_accounts(accounts))
    return bank_changes.ask_bank_change(actor, employee_id=employee_id, accounts=facade.normalise_accounts(accounts))


@scoped
def save_super(actor: Actor, *, employee_id: UUID, memberships: Sequence[SuperMembership]) -> bool:
    """Save the list of memberships; raise Invalid with everything that is wrong with it."""
    return payroll.save_super_memberships(actor, employee_id=employee_id, memberships=checked_super(memberships))


def checked_super(memberships: Sequence[SuperMembership]) -> list[SuperMembership]:
    """Return the memberships with tidy numbers; raise Invalid with everything that is wrong."""
    _raise_if(facade.check_super_memberships(memberships))
    return [replace(one, fund=_tidy(one.fund)) for one in memberships]


def _tidy(fund: Fund) -> Fund:
    """Return a fund with its numbers as they are compared, without the spaces that people group them with."""
    return replace(fund, usi=compact(fund.usi).upper(), abn=compact(fund.abn))


@scoped
def save_tax(
    actor: Actor, *, employee_id: UUID, details: PayrollDetails, exemption: TfnExemption | None, digits: str = ""
) -> bool:
    """Save the declaration and the answer about the number; without digits or exemption the answer before stays.

    Raise Invalid with everything that is wrong. What is no whole number never takes the place of one.
    """
    details = replace(details, contractor_abn=compact(details.contractor_abn))
    _raise_if(problems_of_tax(actor, employee_id, details, exemption=exemption, digits=digits))
    saved = payroll.save_declaration(actor, employee_id=employee_id, details=details)
    if exemption is None and not digits:
        return saved
    kept = tax_numbers.keep_tax_answer(actor, employee_id=employee_id, digits=digits, exemption=exemption)
    return saved or kept


def problems_of_tax(
    actor: Actor, employee_id: UUID, details: PayrollDetails, *, exemption: TfnExemption | None, digits: str
) -> list[Problem]:
    """Return everything that is wrong with a declaration and an answer; without one the answer before counts."""
    before = payroll.get_payroll(actor, employee_id=employee_id).tax_file_number
    is_new = bool(digits) and exemption is None
    fault = tfn_fault(digits) if is_new else ""
    held = before if isinstance(before, TaxFileNumber) else None
    answer = exemption or (TaxFileNumber(ending_of(digits), "new") if is_new else held)
    if answer is None and facade.has_number_in_xero(actor, employee_id=employee_id):
        answer = IN_XERO
    problems = facade.check_tax(replace(details, tax_file_number=answer), is_stp2=True)
    return [*([Problem(tax_numbers.FIELD, fault)] if fault else []), *problems]


def problems_of(details: PayrollDetails, *, has_number_in_xero: bool = False) -> list[Problem]:
    """Return everything that Xero would refuse of what is kept, for the pages to show at once."""
    if has_number_in_xero and details.tax_file_number is None:
        details = replace(details, tax_file_number=IN_XERO)
    found = [*facade.check_bank_accounts(details.bank_accounts)]
    found += facade.check_super_memberships(details.super_memberships)
    return [*found, *facade.check_tax(details, is_stp2=True)]


def _raise_if(problems: Sequence[Problem]) -> None:
    if problems:
        raise Invalid(*problems)
