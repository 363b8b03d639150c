"""Employee group, employment basis and income type: three words that decide how somebody is paid. Pure.

A group is a name on Xero's side and a branch's Integration API Key on ours. A key that is spelt a little differently
still finds its group, and what is written is Xero's own spelling, picked from the groups as last read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from tandem.kernel.errors import Problem
from tandem.people.payroll_records import EmploymentBasis, IncomeType
from tandem.xero.client.wire import Employee
from tandem.xero.client.wire_payroll import TaxDeclaration
from tandem.xero.mapping.fields import SharedField, clean
from tandem.xero.mapping.oddities import Oddities, codes_of, read_choice, unusable

EMPLOYMENT_BASES: Mapping[str, EmploymentBasis] = {
    "FULLTIME": EmploymentBasis.FULL_TIME,
    "PARTTIME": EmploymentBasis.PART_TIME,
    "CASUAL": EmploymentBasis.CASUAL,
    "LABOURHIRE": EmploymentBasis.LABOUR_HIRE,
    "SUPERINCOMESTREAM": EmploymentBasis.SUPER_INCOME_STREAM,
    "NONEMPLOYEE": EmploymentBasis.NON_EMPLOYEE,
}
INCOME_TYPES: Mapping[str, IncomeType] = {
    "SALARYANDWAGES": IncomeType.SALARY_AND_WAGES,
    "WORKINGHOLIDAYMAKER": IncomeType.WORKING_HOLIDAY_MAKER,
    "NONEMPLOYEE": IncomeType.NON_EMPLOYEE,
    "CLOSELYHELDPAYEES": IncomeType.CLOSELY_HELD_PAYEES,
    "LABOURHIRE": IncomeType.LABOUR_HIRE,
}
BASIS_CODES = codes_of(EMPLOYMENT_BASES)
INCOME_CODES = codes_of(INCOME_TYPES)


@dataclass(frozen=True)
class BranchKey:
    """A branch and the Xero employee group that it stands for; `key` is "" where it stands for none."""

    branch_id: UUID
    name: str
    key: str


def employee_group_from_xero(employee: Employee) -> str:
    """Return the name of the group somebody is in, "" for none."""
    return clean(employee.employee_group_name)


def branch_of_group(group: str, branches: Sequence[BranchKey]) -> tuple[UUID | None, Oddities]:
    """Return the branch that a group stands for; a group that no branch or several have is left in Xero."""
    if not clean(group):
        return None, ()
    found = [branch for branch in branches if clean(branch.key) == clean(group)]
    found = found or [branch for branch in branches if clean(branch.key).casefold() == clean(group).casefold()]
    if len(found) == 1:
        return found[0].branch_id, ()
    if found:
        names = " and ".join(sorted(branch.name for branch in found))
        sentence = f"{names} stand for the same employee group in Xero. Choose another group for all but one of them."
    else:
        sentence = (
            f"No branch stands for the employee group {clean(group)} in Xero. Choose the group for a branch under Account "
            "Details, Branches."
        )
    return None, unusable(SharedField.EMPLOYEE_GROUP, sentence)


def group_of_branch(branch_id: UUID | None, branches: Sequence[BranchKey]) -> str:
    """Return the group that somebody's branch stands for, "" where it stands for none."""
    return next((clean(branch.key) for branch in branches if branch.branch_id == branch_id), "")


def spelling_in_xero(group: str, groups: Sequence[str]) -> str:
    """Return a group as Xero spells it, "" if Xero has none of that name."""
    exact = [name for name in groups if clean(name) == clean(group)]
    loose = [name for name in groups if clean(name).casefold() == clean(group).casefold()]
    if exact:
        return exact[0]
    return loose[0] if len(loose) == 1 else ""


def employee_group_to_xero(group: str, *, groups: Sequence[str]) -> dict[str, object]:
    """Return the group in Xero's spelling; none clears it, and one that Xero lacks is not sent."""
    spelling = spelling_in_xero(group, groups)
    return {"EmployeeGroupName": spelling} if spelling or not clean(group) else {}


def check_employee_group(group: str, *, groups: Sequence[str]) -> list[Problem]:
    """Say where a branch's key names no group of Xero's."""
    if not clean(group) or spelling_in_xero(group, groups):
        return []
    message = (
        f"Xero has no employee group {clean(group)}, which this person's branch stands for. Choose one that Xero has, under "
        "Account Details, Branches."
    )
    return [Problem(SharedField.EMPLOYEE_GROUP.value, message)]


def employment_basis_from_xero(tax: TaxDeclaration) -> tuple[EmploymentBasis | None, Oddities]:
    """Return the basis of employment, which Xero keeps in the tax declaration."""
    return read_choice(SharedField.EMPLOYMENT_BASIS, tax.employment_basis, EMPLOYMENT_BASES)


def employment_basis_to_xero(basis: EmploymentBasis | None) -> dict[str, object]:
    """Return the basis as a part of the tax declaration."""
    return {"EmploymentBasis": BASIS_CODES[basis] if basis else None}


def income_type_from_xero(employee: Employee) -> tuple[IncomeType | None, Oddities]:
    """Return the income type."""
    return read_choice(SharedField.INCOME_TYPE, employee.income_type, INCOME_TYPES)


def income_type_to_xero(income: IncomeType | None) -> dict[str, object]:
    """Return the income type; one that nobody chose is not sent."""
    return {"IncomeType": INCOME_CODES[income]} if income else {}
