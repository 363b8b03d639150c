from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tandem.people.payroll_records import (
    EmploymentBasis,
    IncomeType,
    PayrollDetails,
    Residency,
    SeniorStatus,
    TaxScale,
    TaxScaleChoice,
    TfnExemption,
    WorkCondition,
)
from tandem.xero.mapping.tax_rules import check_tax
from tandem.xero.mapping.tests.payroll_values import ADAS, MASKED_TFN, SAMPLE_ABN

FOREIGN = TaxScaleChoice(TaxScale.FOREIGN)
CONTRACTOR = PayrollDetails(
    income_type=IncomeType.NON_EMPLOYEE, employment_basis=EmploymentBasis.NON_EMPLOYEE, contractor_abn=SAMPLE_ABN
)
TRAVELLER = replace(
    ADAS,
    income_type=IncomeType.WORKING_HOLIDAY_MAKER,
    country_of_residence="IE",
    tax_scale=TaxScaleChoice(TaxScale.WORKING_HOLIDAY_MAKER),
)


@pytest.mark.parametrize("details", [ADAS, CONTRACTOR, TRAVELLER, replace(ADAS, tax_file_number=TfnExemption.PENDING)])
def test_a_declaration_that_fits_has_no_problem(details: PayrollDetails) -> None:
    assert check_tax(details, is_stp2=True, digits="123456782") == []


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"tax_file_number": None}, "tax_file_number", "choose why there is none"),
        ({"tax_file_number": MASKED_TFN}, "tax_file_number", "Only the end"),
        ({"tax_scale": TaxScaleChoice(TaxScale.SENIOR_OR_PENSIONER)}, "tax_scale", "single or in a couple"),
        ({"tax_scale": TaxScaleChoice(TaxScale.ACTORS_ARTISTS_ENTERTAINERS)}, "tax_scale", "what the work is"),
        ({"tax_scale": FOREIGN, "tax_free_threshold": True}, "tax_free_threshold", "Nobody on the foreign"),
        (
            {"tax_scale": replace(FOREIGN, senior_status=SeniorStatus.SINGLE), "tax_free_threshold": None},
            "tax_scale",
            "stands alone",
        ),
        (
            {"tax_scale": replace(FOREIGN, work_condition=WorkCondition.NEITHER), "tax_free_threshold": None},
            "tax_scale",
            "stands alone",
        ),
        ({"tax_offset": Decimal(-1)}, "tax_offset", "Tax offset is less than nothing"),
        ({"extra_withholding": Decimal(-1)}, "extra_withholding", "Extra tax withheld is less"),
        ({"withholding_variation": Decimal(101)}, "withholding_variation", "between 0 and 100"),
        ({"withholding_variation": Decimal(-1)}, "withholding_variation", "between 0 and 100"),
    ],
)
def test_what_xero_refuses_of_a_declaration_is_said_in_our_words(
    changes: dict[str, Any], field: str, words: str
) -> None:
    for is_stp2 in (True, False):
        (problem,) = check_tax(replace(ADAS, **changes), is_stp2=is_stp2)
        assert problem.field == field
        assert words in problem.message


@pytest.mark.parametrize(
    ("details", "field", "words"),
    [
        (replace(CONTRACTOR, contractor_abn=""), "contractor_abn", "needs the ABN of a contractor"),
        (replace(ADAS, contractor_abn=SAMPLE_ABN), "contractor_abn", "Only a contractor"),
        (replace(CONTRACTOR, employment_basis=EmploymentBasis.CASUAL), "employment_basis", "or neither"),
        (replace(ADAS, employment_basis=EmploymentBasis.NON_EMPLOYEE), "employment_basis", "or neither"),
        (replace(TRAVELLER, country_of_residence=""), "country_of_residence", "needs the country"),
        (replace(ADAS, country_of_residence="NZ"), "country_of_residence", "Only a working holiday maker"),
        (replace(TRAVELLER, tax_scale=TaxScaleChoice(TaxScale.REGULAR)), "tax_scale", "or neither"),
        (replace(ADAS, tax_scale=TaxScaleChoice(TaxScale.WORKING_HOLIDAY_MAKER)), "tax_scale", "or neither"),
        (replace(ADAS, employment_basis=EmploymentBasis.SUPER_INCOME_STREAM), "employment_basis", "no more"),
        (replace(ADAS, residency=Residency.WORKING_HOLIDAY_MAKER), "residency", "as an income type now"),
    ],
)
def test_the_rules_of_single_touch_payroll_hold_where_it_is_on(details: PayrollDetails, field: str, words: str) -> None:
    (problem,) = check_tax(details, is_stp2=True)
    assert problem.field == field
    assert words in problem.message
    assert check_tax(details, is_stp2=False) == []


def test_numbers_that_do_not_add_up_are_found_wherever_they_stand() -> None:
    bad = replace(CONTRACTOR, contractor_abn="51824753557", country_of_residence="New Zealand")
    problems = check_tax(bad, is_stp2=False)
    assert [problem.field for problem in problems] == ["contractor_abn", "country_of_residence"]
    assert [one.field for one in check_tax(ADAS, is_stp2=True, digits="123456789")] == ["tax_file_number"]


def test_without_a_tax_scale_nothing_is_asked_of_one() -> None:
    assert check_tax(replace(ADAS, tax_scale=None, employment_basis=None), is_stp2=True) == []
