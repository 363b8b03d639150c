"""All payroll details of one person at once: read, written, and checked with every problem in one list. Pure.

The tax declaration is one object, and Xero is best taken to replace objects whole (xero.md 3.4): what is not changed
goes back as it was just read. The tax file number is part of it, so a declaration whose number nobody here can see is
not sent at all.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tandem.kernel.errors import Problem
from tandem.people.official_numbers import compact
from tandem.people.payroll_records import PayrollDetails, TaxFileNumber
from tandem.people.records import EmployeeRecord
from tandem.xero.client import wire_payroll
from tandem.xero.client.wire import Employee
from tandem.xero.mapping import bank, employment, leave_balances, superannuation, tax, tax_file_number
from tandem.xero.mapping.fields import SharedField
from tandem.xero.mapping.oddities import Oddities, unusable
from tandem.xero.mapping.requests import check_for_xero
from tandem.xero.mapping.superannuation import XeroFund
from tandem.xero.mapping.tax_file_number import Answer, Marker, is_masked_text
from tandem.xero.mapping.tax_rules import check_tax

#: What comes with Xero's tax declaration and is refused when it is sent back (xero.md 3.4).
READ_ONLY = frozenset({"EmployeeID", "UpdatedDateUTC", "ValidationErrors"})
TAX_UNREADABLE = "Xero holds a tax declaration that cannot be read. Look at it in Xero; nothing was taken over."
NUMBER_HIDDEN = (
    "Xero takes the tax declaration whole and shows only the end of its tax file number, which Tandem does not have. "
    "Enter the whole number, or make the change in Xero."
)
#: Each part of the tax declaration, and the function that writes it.
TAX_WRITERS: Mapping[SharedField, Callable[[Any], tax.Parts]] = {
    SharedField.EMPLOYMENT_BASIS: employment.employment_basis_to_xero,
    SharedField.CONTRACTOR_ABN: tax.contractor_abn_to_xero,
    SharedField.RESIDENCY: tax.residency_to_xero,
    SharedField.TAX_SCALE: tax.tax_scale_to_xero,
    SharedField.TAX_FREE_THRESHOLD: tax.tax_free_threshold_to_xero,
    SharedField.STUDENT_DEBT: tax.student_debt_to_xero,
    SharedField.TAX_OFFSET: tax.tax_offset_to_xero,
    SharedField.EXTRA_WITHHOLDING: tax.extra_withholding_to_xero,
    SharedField.WITHHOLDING_VARIATION: tax.withholding_variation_to_xero,
    SharedField.LEAVE_LOADING: tax.leave_loading_to_xero,
}
TAX_FIELDS = frozenset({*TAX_WRITERS, SharedField.TAX_FILE_NUMBER})
#: What Xero judges together: one wrong part stops them all.
JUDGED_TOGETHER = TAX_FIELDS | {SharedField.INCOME_TYPE, SharedField.COUNTRY_OF_RESIDENCE}
IMPORT_ONLY = frozenset({SharedField.LEAVE_BALANCES})
TOO_LONG = "{} in Xero is longer than Tandem can keep. Correct it in Xero; nothing was taken over."
TEXT_LENGTH, USI_LENGTH, COUNTRY_LENGTH = 100, 20, 2
MOST_DOLLARS, MOST_PERCENT = Decimal(10) ** 10, Decimal(1000)
#: What Tandem has room for, where Xero might hold more.
FITS: Mapping[SharedField, Callable[[Any], bool]] = {
    SharedField.BANK_ACCOUNTS: lambda accounts: all(
        len(one.account_name) <= TEXT_LENGTH
        and len(one.statement_text) <= TEXT_LENGTH
        and (one.amount is None or abs(one.amount) < MOST_DOLLARS)
        for one in accounts
    ),
    SharedField.SUPER_MEMBERSHIPS: lambda memberships: all(
        max(len(one.member_number), len(one.fund.name)) <= TEXT_LENGTH
        and len(one.fund.usi) <= USI_LENGTH
        and len(one.fund.abn) <= USI_LENGTH
        for one in memberships
    ),
    SharedField.COUNTRY_OF_RESIDENCE: lambda country: len(country) <= COUNTRY_LENGTH,
    SharedField.TAX_OFFSET: lambda amount: amount is None or abs(amount) < MOST_DOLLARS,
    SharedField.EXTRA_WITHHOLDING: lambda amount: amount is None or abs(amount) < MOST_DOLLARS,
    SharedField.WITHHOLDING_VARIATION: lambda percentage: percentage is None or abs(percentage) < MOST_PERCENT,
}


@dataclass(frozen=True)
class Lists:
    """Xero's own lists as last read, which groups and funds are picked from."""

    groups: tuple[str, ...] = ()
    funds: tuple[XeroFund, ...] = ()


def payroll_from_xero(employee: Employee, *, lists: Lists, marker: Marker) -> tuple[PayrollDetails, Oddities]:
    """Return somebody's payroll details from a single read, and everything in it that was not understood."""
    declarations, unread = wire_payroll.read_rows(wire_payroll.TaxDeclaration, [employee.tax_declaration or {}])
    declaration = wire_payroll.TaxDeclaration() if unread else declarations[0]
    odd = [unusable(field, TAX_UNREADABLE) for field in SharedField if unread and field in TAX_FIELDS]
    values: dict[str, Any] = {
        "employee_group": employment.employee_group_from_xero(employee),
        "country_of_residence": tax.country_of_residence_from_xero(employee),
        "residency": None,
        "tax_free_threshold": tax.tax_free_threshold_from_xero(declaration),
        "student_debt": tax.student_debt_from_xero(declaration),
        "leave_loading": tax.leave_loading_from_xero(declaration),
    }
    for field, (value, oddities) in _careful(employee, declaration, lists=lists, marker=marker).items():
        values[field.value] = value
        odd.append(oddities)
    return PayrollDetails(**values), tuple(oddity for oddities in odd for oddity in oddities)


def _careful(
    employee: Employee, declaration: wire_payroll.TaxDeclaration, *, lists: Lists, marker: Marker
) -> dict[SharedField, tuple[object, Oddities]]:
    """Return the fields that may be sent in a form that is not understood."""
    return {
        SharedField.EMPLOYMENT_BASIS: employment.employment_basis_from_xero(declaration),
        SharedField.INCOME_TYPE: employment.income_type_from_xero(employee),
        SharedField.BANK_ACCOUNTS: bank.bank_accounts_from_xero(employee.bank_accounts),
        SharedField.SUPER_MEMBERSHIPS: superannuation.super_memberships_from_xero(
            employee.super_memberships, funds=lists.funds
        ),
        SharedField.TAX_FILE_NUMBER: tax_file_number.tax_file_number_from_xero(declaration, marker=marker),
        SharedField.CONTRACTOR_ABN: tax.contractor_abn_from_xero(declaration),
        SharedField.RESIDENCY: tax.residency_from_xero(declaration),
        SharedField.TAX_SCALE: tax.tax_scale_from_xero(declaration),
        SharedField.TAX_OFFSET: tax.tax_offset_from_xero(declaration),
        SharedField.EXTRA_WITHHOLDING: tax.extra_withholding_from_xero(declaration),
        SharedField.WITHHOLDING_VARIATION: tax.withholding_variation_from_xero(declaration),
        SharedField.LEAVE_BALANCES: leave_balances.leave_balances_from_xero(employee.leave_balances),
    }


def payroll_to_xero(
    changes: Mapping[SharedField, Any], *, read: Employee | None, lists: Lists, digits: str = ""
) -> dict[str, object]:
    """Return the parts of a one-employee body for changed payroll fields; `read` is the person as just read.

    `digits` is the whole tax file number from the vault. Raise NumberNotAtHand where it is needed and is not whole.
    Leave balances are Xero's own, and never sent.
    """
    body: dict[str, object] = {}
    if SharedField.EMPLOYEE_GROUP in changes:
        body |= employment.employee_group_to_xero(changes[SharedField.EMPLOYEE_GROUP], groups=lists.groups)
    if SharedField.INCOME_TYPE in changes:
        body |= employment.income_type_to_xero(changes[SharedField.INCOME_TYPE])
    if SharedField.COUNTRY_OF_RESIDENCE in changes:
        body |= tax.country_of_residence_to_xero(changes[SharedField.COUNTRY_OF_RESIDENCE])
    if SharedField.BANK_ACCOUNTS in changes:
        body |= bank.bank_accounts_to_xero(changes[SharedField.BANK_ACCOUNTS])
    if SharedField.SUPER_MEMBERSHIPS in changes:
        memberships = changes[SharedField.SUPER_MEMBERSHIPS]
        before = read.super_memberships if read else ()
        body |= superannuation.super_memberships_to_xero(memberships, funds=lists.funds, read=before)
    if not TAX_FIELDS.isdisjoint(changes):
        declaration = read.tax_declaration if read else None
        body["TaxDeclaration"] = tax_declaration_to_xero(changes, read=declaration or {}, digits=digits)
    return body


def tax_declaration_to_xero(
    changes: Mapping[SharedField, Any], *, read: Mapping[str, object], digits: str
) -> dict[str, object]:
    """Return the whole declaration as just read, with the changed parts in it."""
    whole = {name: value for name, value in read.items() if name not in READ_ONLY and value not in (None, "")}
    parts: tax.Parts = {}
    for field, write in TAX_WRITERS.items():
        if field in changes:
            parts |= write(changes[field])
    if SharedField.TAX_FILE_NUMBER in changes:
        parts |= tax_file_number.tax_file_number_to_xero(changes[SharedField.TAX_FILE_NUMBER], digits=digits)
    elif is_masked_text(str(whole.get("TaxFileNumber", ""))):
        parts |= _behind_the_mask(str(whole["TaxFileNumber"]), digits)
    whole |= parts
    return {name: value for name, value in whole.items() if value is not None}


def _behind_the_mask(shown: str, digits: str) -> tax.Parts:
    """Return the number that Xero shows the end of; a declaration must not go without it, nor with its mask."""
    answer = TaxFileNumber(compact(shown)[-tax_file_number.ENDING_LENGTH :])
    return tax_file_number.tax_file_number_to_xero(answer, digits=digits)


def check_payroll(
    details: PayrollDetails, *, lists: Lists, is_stp2: bool, digits: str | None = None
) -> tuple[Problem, ...]:
    """Return everything that Xero would refuse about somebody's payroll details, a fund it lacks included."""
    tasks = superannuation.fund_tasks(details.super_memberships, funds=lists.funds)
    return (
        *employment.check_employee_group(details.employee_group, groups=lists.groups),
        *bank.check_bank_accounts(details.bank_accounts),
        *superannuation.check_super_memberships(details.super_memberships),
        *(Problem(SharedField.SUPER_MEMBERSHIPS.value, task.sentence) for task in tasks),
        *check_tax(details, is_stp2=is_stp2, digits=digits),
    )


def check_import(values: Mapping[SharedField, Any]) -> tuple[Problem, ...]:
    """Return what of Xero's payroll details is too long for Tandem to keep; Xero itself has taken the rest."""
    too_long = [field for field, fits in FITS.items() if field in values and not fits(values[field])]
    return tuple(Problem(field.value, TOO_LONG.format(field.label)) for field in too_long)


def check_payroll_changes(
    after: PayrollDetails, changed: Collection[SharedField], *, lists: Lists, is_stp2: bool, held: Answer
) -> tuple[Problem, ...]:
    """Return what Xero would refuse about some changed fields.

    `after` is what Xero would hold after the write, since Xero judges a tax declaration with all of it; `held` is
    Tandem's own answer to the tax file number.
    """
    concerned = set(changed) | (JUDGED_TOGETHER if JUDGED_TOGETHER.intersection(changed) else frozenset())
    if SharedField.TAX_FILE_NUMBER not in changed and after.tax_file_number is not None:
        concerned.discard(SharedField.TAX_FILE_NUMBER)
    names = {field.value for field in concerned}
    found = check_payroll(after, lists=lists, is_stp2=is_stp2)
    problems = [problem for problem in found if problem.field.split(".")[0] in names]
    if not TAX_FIELDS.isdisjoint(changed) and SharedField.TAX_FILE_NUMBER not in changed:
        problems += _check_number_at_hand(held, after.tax_file_number)
    return tuple(problems)


def _check_number_at_hand(held: Answer, shown: Answer) -> list[Problem]:
    """Say where a declaration cannot go whole: Xero hides its number, and Tandem does not have that one."""
    if not isinstance(shown, TaxFileNumber) or not shown.is_masked:
        return []
    if isinstance(held, TaxFileNumber) and not held.is_masked and held.ending == shown.ending:
        return []
    return [Problem(SharedField.TAX_FILE_NUMBER.value, NUMBER_HIDDEN)]


def check_person(
    record: EmployeeRecord, *, lists: Lists, is_stp2: bool, digits: str | None = None
) -> tuple[Problem, ...]:
    """Return everything that Xero would refuse about a person, all at once; each names the field it links to."""
    if record.payroll is None:
        return check_for_xero(record)
    return (*check_for_xero(record), *check_payroll(record.payroll, lists=lists, is_stp2=is_stp2, digits=digits))
