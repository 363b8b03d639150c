from typing import Any
from uuid import UUID

import pytest

from tandem.people.payroll_records import EmploymentBasis, IncomeType
from tandem.xero.client.wire import Employee
from tandem.xero.client.wire_payroll import TaxDeclaration
from tandem.xero.mapping import employment
from tandem.xero.mapping.employment import BranchKey
from tandem.xero.mapping.tests.test_shared_values import ID

BAKEHOUSE, CAFE, HEAD = (UUID(int=number) for number in (11, 12, 13))
BRANCHES = (
    BranchKey(BAKEHOUSE, "Bakehouse", "Bake house "),
    BranchKey(CAFE, "Café", "CAFE"),
    BranchKey(HEAD, "Head", ""),
)
GROUPS = ("Bake house", "Cafe", "cafe ")


def person(**values: Any) -> Employee:
    return Employee.model_validate({"EmployeeID": str(ID)} | values)


@pytest.mark.parametrize(
    ("group", "branch", "words"),
    [
        ("Bake\u00a0house", BAKEHOUSE, ""),
        ("BAKE HOUSE", BAKEHOUSE, ""),
        ("Cafe", CAFE, ""),
        ("", None, ""),
        ("Bakery 🥐", None, "No branch stands for"),
    ],
)
def test_a_group_finds_the_branch_whose_key_it_is(group: str, branch: UUID | None, words: str) -> None:
    found, oddities = employment.branch_of_group(group, BRANCHES)
    assert found == branch
    assert words in "".join(oddity.sentence for oddity in oddities)
    assert not any(oddity.is_usable for oddity in oddities)


def test_two_branches_with_one_key_are_named_and_neither_is_taken() -> None:
    twins = (BranchKey(BAKEHOUSE, "North", "Shop"), BranchKey(CAFE, "South", "Shop"))
    found, oddities = employment.branch_of_group("Shop", twins)
    assert found is None
    assert "North and South stand for the same" in oddities[0].sentence


def test_the_group_of_a_branch_is_its_key() -> None:
    assert employment.group_of_branch(BAKEHOUSE, BRANCHES) == "Bake house"
    assert employment.group_of_branch(HEAD, BRANCHES) == ""
    assert employment.group_of_branch(None, BRANCHES) == ""


def test_the_employee_group_is_read_clean_and_written_in_xeros_spelling() -> None:
    assert employment.employee_group_from_xero(person(EmployeeGroupName=" Bake\u00a0house ")) == "Bake house"
    assert employment.employee_group_from_xero(person(EmployeeGroupName=None)) == ""
    assert employment.employee_group_to_xero("bake HOUSE", groups=GROUPS) == {"EmployeeGroupName": "Bake house"}
    assert employment.employee_group_to_xero("cafe", groups=GROUPS) == {"EmployeeGroupName": "cafe "}
    assert employment.employee_group_to_xero("", groups=GROUPS) == {"EmployeeGroupName": ""}
    assert employment.employee_group_to_xero("Kitchen", groups=GROUPS) == {}


@pytest.mark.parametrize(("group", "count"), [("", 0), ("Bake house", 0), ("Kitchen", 1), ("CAFE", 1)])
def test_a_key_that_names_no_group_or_two_is_a_problem_to_fix(group: str, count: int) -> None:
    found = employment.check_employee_group(group, groups=GROUPS)
    assert [problem.field for problem in found] == ["employee_group"] * count


@pytest.mark.parametrize(("code", "basis"), employment.EMPLOYMENT_BASES.items())
def test_each_employment_basis_goes_both_ways(code: str, basis: EmploymentBasis) -> None:
    assert employment.employment_basis_from_xero(TaxDeclaration(employment_basis=code.lower())) == (basis, ())
    assert employment.employment_basis_to_xero(basis) == {"EmploymentBasis": code}


@pytest.mark.parametrize(("code", "income"), employment.INCOME_TYPES.items())
def test_each_income_type_goes_both_ways(code: str, income: IncomeType) -> None:
    assert employment.income_type_from_xero(person(IncomeType=code)) == (income, ())
    assert employment.income_type_to_xero(income) == {"IncomeType": code}


def test_a_word_tandem_does_not_know_stays_in_xero_and_none_is_none() -> None:
    basis, oddities = employment.employment_basis_from_xero(TaxDeclaration(employment_basis="GIGWORKER"))
    assert (basis, oddities[0].is_usable) == (None, False)
    assert oddities[0].sentence == (
        "Xero holds a value for employment basis that Tandem does not know yet. It stays in Xero as it is."
    )
    assert employment.income_type_from_xero(person(IncomeType=None)) == (None, ())
    assert employment.employment_basis_to_xero(None) == {"EmploymentBasis": None}
    assert employment.income_type_to_xero(None) == {}
