"""What payroll needs of a person, read and saved. One transaction each; the timeline gets the name of the part alone.

Values come here checked: what Xero or a bank would refuse is the affair of `flows.payroll`, which calls these. A change of
bank accounts goes through `people.bank_changes`, a tax file number through `people.tax_numbers`.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped, scoped_part
from tandem.people.actions import ON_SCREEN, touch
from tandem.people.errors import EmployeeNotFound
from tandem.people.models import Employee, PayBankAccount, PaySuperMembership, PayTaxDeclaration
from tandem.people.payroll_records import (
    BankAccount,
    EmploymentBasis,
    Fund,
    FundKind,
    IncomeType,
    PayrollDetails,
    Residency,
    SeniorStatus,
    SuperMembership,
    TaxScale,
    TaxScaleChoice,
    WorkCondition,
)
from tandem.people.selectors import employees_of, get_employee
from tandem.people.tax_numbers import answers_of
from tandem.tenancy import vault
from tandem.timeline.actions import record
from tandem.timeline.events import Event

NUMBERS = "people_paybankaccount.sealed_numbers"
BETWEEN = "|"
FLAGS = ("tax_free_threshold", "student_debt", "leave_loading")
AMOUNTS = ("tax_offset", "extra_withholding", "withholding_variation")
TEXTS = ("contractor_abn", "country_of_residence")


@scoped_part
def get_payroll(actor: Actor, *, employee_id: UUID) -> PayrollDetails:
    """Return what payroll needs of somebody whose record the actor may see; a tax file number by its end alone."""
    require_payroll(actor, employee_id, Permission.VIEW_PAYROLL)
    return payroll_of_many(actor, [employee_id])[employee_id]


@scoped_part
def payroll_of_many(actor: Actor, employee_ids: Collection[UUID]) -> Mapping[UUID, PayrollDetails]:
    """Return the details of each of these people, empty ones included, with the same few questions however many they are."""
    if set(employee_ids) != {actor.employee_id}:
        actor.require(Permission.VIEW_PAYROLL)
    mine = {"account_id": actor.account_id, "employee_id__in": list(employee_ids)}
    declared = {row.employee_id: declaration_in(row) for row in PayTaxDeclaration.objects.filter(**mine)}
    accounts, memberships = defaultdict(list), defaultdict(list)
    for account in PayBankAccount.objects.filter(**mine).order_by("place"):
        accounts[account.employee_id].append(_account(account))
    for membership in PaySuperMembership.objects.filter(**mine).order_by("place"):
        memberships[membership.employee_id].append(_membership(membership))
    answers = answers_of(actor, employee_ids)
    return {
        one: replace(
            declared.get(one, PayrollDetails()),
            bank_accounts=tuple(accounts[one]),
            super_memberships=tuple(memberships[one]),
            tax_file_number=answers.get(one),
        )
        for one in employee_ids
    }


@scoped
def save_super_memberships(actor: Actor, *, employee_id: UUID, memberships: Sequence[SuperMembership]) -> bool:
    """Save the whole list, in its order; say whether anything was different."""
    lock_for_payroll(actor, employee_id)
    if not put_super_memberships(actor, employee_id, memberships):
        return False
    say_changed(actor, employee_id, ["super_memberships"])
    return True


def put_super_memberships(actor: Actor, employee_id: UUID, memberships: Sequence[SuperMembership]) -> bool:
    """Put a list in place of the one before; say whether anything was different. With the record locked."""
    if tuple(memberships) == memberships_of(actor, employee_id):
        return False
    PaySuperMembership.objects.filter(account_id=actor.account_id, employee_id=employee_id).delete()
    PaySuperMembership.objects.bulk_create(
        PaySuperMembership(
            account_id=actor.account_id,
            employee_id=employee_id,
            place=place,
            kind=one.fund.kind.value,
            usi=one.fund.usi,
            abn=one.fund.abn,
            fund_name=one.fund.name,
            member_number=one.member_number,
        )
        for place, one in enumerate(memberships, 1)
    )
    return True


@scoped
def save_declaration(actor: Actor, *, employee_id: UUID, details: PayrollDetails) -> bool:
    """Save what was declared about tax and income, all but the number; say whether anything was different."""
    lock_for_payroll(actor, employee_id)
    if not put_declaration(actor, employee_id, details):
        return False
    say_changed(actor, employee_id, ["tax_declaration"])
    return True


def put_declaration(actor: Actor, employee_id: UUID, details: PayrollDetails) -> bool:
    """Put a declaration in place of the one before; say whether anything was different. With the record locked."""
    row = PayTaxDeclaration.objects.filter(account_id=actor.account_id, employee_id=employee_id).first()
    row = row or PayTaxDeclaration(account_id=actor.account_id, employee_id=employee_id)
    wanted = columns_of(details)
    if all(getattr(row, name) == value for name, value in wanted.items()):
        return False
    for name, value in wanted.items():
        setattr(row, name, value)
    row.save()
    return True


def require_payroll(actor: Actor, employee_id: UUID, permission: Permission) -> None:
    """Return where the actor may see the record and the payroll of it; raise NotPermitted or EmployeeNotFound.

    People see their own payroll details; to change somebody's, their own too, takes the role.
    """
    if actor.employee_id != employee_id or permission is not Permission.VIEW_PAYROLL:
        actor.require(permission)
        actor.require(Permission.VIEW_EMPLOYEES)
    get_employee(actor, employee_id=employee_id)


def lock_for_payroll(actor: Actor, employee_id: UUID, permission: Permission = Permission.EDIT_PAYROLL) -> Employee:
    """Return the record, locked so that one change of its payroll details comes after the other."""
    require_payroll(actor, employee_id, permission)
    row = employees_of(actor).select_for_update(of=("self",)).filter(employee_id=employee_id).first()
    if row is None:
        raise EmployeeNotFound
    return row


def say_changed(actor: Actor, employee_id: UUID, parts: Iterable[str], *, via: str = ON_SCREEN) -> int:
    """Say in the record's history and in the timeline that parts changed, never what they say; return the new revision.

    With the record locked.
    """
    revision = touch(actor, employee_id=employee_id, via=via)
    facts: dict[str, str | list[str]] = {"fields": sorted(parts), "via": via}
    record(actor, Event.PAYROLL_CHANGED, subject_kind="employee", subject_id=employee_id, facts=facts)
    return revision


def bank_accounts_of(actor: Actor, employee_id: UUID) -> tuple[BankAccount, ...]:
    """Return the accounts in force, in their order."""
    rows = PayBankAccount.objects.filter(account_id=actor.account_id, employee_id=employee_id).order_by("place")
    return tuple(_account(row) for row in rows)


def _account(row: PayBankAccount) -> BankAccount:
    numbers = vault.unseal(row.account_id, row.sealed_numbers, column=NUMBERS, row_id=row.bank_account_id)
    bsb, _, account_number = numbers.partition(BETWEEN)
    return BankAccount(
        account_name=row.account_name,
        bsb=bsb,
        account_number=account_number,
        amount=row.amount,
        takes_remainder=row.takes_remainder,
        statement_text=row.statement_text,
    )


def put_bank_accounts(actor: Actor, employee_id: UUID, accounts: Sequence[BankAccount]) -> None:
    """Put a list in force in place of the one before. Only an approval calls this."""
    PayBankAccount.objects.filter(account_id=actor.account_id, employee_id=employee_id).delete()
    for place, account in enumerate(accounts, 1):
        row = PayBankAccount(account_id=actor.account_id, employee_id=employee_id, place=place)
        numbers = BETWEEN.join((account.bsb, account.account_number))
        row.sealed_numbers = vault.seal(actor.account_id, numbers, column=NUMBERS, row_id=row.bank_account_id)
        row.account_name, row.statement_text = account.account_name, account.statement_text
        row.amount, row.takes_remainder = account.amount, account.takes_remainder
        row.save(force_insert=True)


def memberships_of(actor: Actor, employee_id: UUID) -> tuple[SuperMembership, ...]:
    """Return the memberships in force, in their order."""
    rows = PaySuperMembership.objects.filter(account_id=actor.account_id, employee_id=employee_id).order_by("place")
    return tuple(map(_membership, rows))


def _membership(row: PaySuperMembership) -> SuperMembership:
    return SuperMembership(Fund(FundKind(row.kind), row.usi, row.abn, row.fund_name), row.member_number)


def declaration_in(row: PayTaxDeclaration) -> PayrollDetails:
    """Return what a row declares."""
    scale = TaxScaleChoice(
        scale=TaxScale(row.tax_scale or TaxScale.REGULAR),
        work_condition=WorkCondition(row.work_condition) if row.work_condition else None,
        senior_status=SeniorStatus(row.senior_status) if row.senior_status else None,
    )
    return PayrollDetails(
        income_type=IncomeType(row.income_type) if row.income_type else None,
        employment_basis=EmploymentBasis(row.employment_basis) if row.employment_basis else None,
        residency=Residency(row.residency) if row.residency else None,
        tax_scale=scale if row.tax_scale else None,
        contractor_abn=row.contractor_abn,
        country_of_residence=row.country_of_residence,
        tax_free_threshold=row.tax_free_threshold,
        student_debt=row.student_debt,
        leave_loading=row.leave_loading,
        tax_offset=row.tax_offset,
        extra_withholding=row.extra_withholding,
        withholding_variation=row.withholding_variation,
    )


def columns_of(details: PayrollDetails) -> dict[str, str | bool | Decimal | None]:
    """Return a declaration as its row holds it."""
    scale = details.tax_scale
    return {
        "income_type": details.income_type or "",
        "employment_basis": details.employment_basis or "",
        "residency": details.residency or "",
        "tax_scale": scale.scale if scale else "",
        "work_condition": (scale and scale.work_condition) or "",
        "senior_status": (scale and scale.senior_status) or "",
        **{name: getattr(details, name) for name in (*TEXTS, *FLAGS, *AMOUNTS)},
    }
