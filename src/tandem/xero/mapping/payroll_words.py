"""Payroll values as people may read them: numbers by their last three digits, everything else in plain words. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

from tandem.people.official_numbers import ending_of
from tandem.people.payroll_records import (
    BankAccount,
    EmploymentBasis,
    FundKind,
    IncomeType,
    LeaveBalance,
    Residency,
    SeniorStatus,
    SuperMembership,
    TaxFileNumber,
    TaxScale,
    TaxScaleChoice,
    TfnExemption,
    WorkCondition,
)
from tandem.people.records import Gender
from tandem.xero.mapping.tax_file_number import masked

PayrollValue = (
    StrEnum
    | bool
    | Decimal
    | TaxFileNumber
    | TaxScaleChoice
    | tuple[BankAccount, ...]
    | tuple[SuperMembership, ...]
    | tuple[LeaveBalance, ...]
)

#: Where a choice does not read well as its own name; the type tells choices of one name apart.
CHOICES: Mapping[tuple[type[StrEnum], StrEnum], str] = {
    (EmploymentBasis, EmploymentBasis.FULL_TIME): "Full-time",
    (EmploymentBasis, EmploymentBasis.PART_TIME): "Part-time",
    (EmploymentBasis, EmploymentBasis.NON_EMPLOYEE): "Contractor",
    (IncomeType, IncomeType.NON_EMPLOYEE): "Contractor",
    (TfnExemption, TfnExemption.NOT_QUOTED): "No number given",
    (TfnExemption, TfnExemption.PENDING): "Applied for, not there yet",
    (TfnExemption, TfnExemption.UNDER_18): "None needed: under 18",
    (TfnExemption, TfnExemption.PENSIONER): "None needed: pensioner",
    (Residency, Residency.AUSTRALIAN): "Australian resident",
    (Residency, Residency.FOREIGN): "Foreign resident",
    (Gender, Gender.NON_BINARY): "Non-binary",
    (TaxScale, TaxScale.ACTORS_ARTISTS_ENTERTAINERS): "Actors, artists and entertainers",
    (WorkCondition, WorkCondition.UP_TO_THREE_PERFORMANCES_A_WEEK): "Up to three performances a week",
    (WorkCondition, WorkCondition.NEITHER): "",
    (SeniorStatus, SeniorStatus.MEMBER_OF_ILLNESS_SEPARATED_COUPLE): "Member of a couple separated by illness",
    (SeniorStatus, SeniorStatus.MEMBER_OF_COUPLE): "Member of a couple",
}


def payroll_value_in_words(value: PayrollValue) -> str:
    """Return a payroll value as people may read it."""
    match value:
        case bool():
            return "Yes" if value else "No"
        case Decimal():
            return f"{value:,.2f}"
        case TaxFileNumber():
            return masked(value)
        case TaxScaleChoice():
            parts = (value.scale, value.work_condition, value.senior_status)
            return ", ".join(words for words in (choice_in_words(part) for part in parts if part) if words)
        case StrEnum():
            return choice_in_words(value)
        case _:
            return "; ".join(_row(row) for row in value)


def choice_in_words(choice: StrEnum) -> str:
    """Return a choice as people read it."""
    return CHOICES.get((type(choice), choice), choice.value.replace("_", " ").capitalize())


def _row(row: BankAccount | SuperMembership | LeaveBalance) -> str:
    match row:
        case BankAccount():
            share = "the remainder" if row.takes_remainder or row.amount is None else f"${row.amount:,.2f}"
            return f"{row.account_name}, account ending in {ending_of(row.account_number)}: {share}"
        case SuperMembership():
            number = "ABN" if row.fund.kind is FundKind.SELF_MANAGED else "USI"
            name = row.fund.name or f"{number} {row.fund.usi or row.fund.abn}"
            return f"{name}, member number ending in {ending_of(row.member_number)}"
        case _:
            return f"{row.name}: {row.units:,.2f} {row.unit}".strip()
