"""Tax declarations, and the rules that STP Phase 2 brought (9a item 18, xero.md 4.1)."""

from typing import Any

import pytest

from tandem_sandbox.testing import Sandbox
from tandem_sandbox.tests.caller import EMPLOYEES, NEWCOMER, Caller, quiet_sandbox, sign_in
from tandem_sandbox.tests.writing_people import messages, saved, update

TFN, ABN = "123456782", "51824753556"
EXEMPT = {"TFNExemptionType": "PENDING"}


@pytest.fixture
def sandbox() -> Sandbox:
    found = quiet_sandbox(employees=7)
    found.control("PATCH", "limits", {"minute": None, "day": None})
    return found


@pytest.fixture
def rosa(sandbox: Sandbox) -> Caller:
    return sign_in(sandbox)


@pytest.fixture
def person(rosa: Caller) -> str:
    return str(rosa.employees()[0]["EmployeeID"])


@pytest.mark.parametrize(
    ("tax", "more", "message"),
    [
        ({}, {"IncomeType": "NONEMPLOYEE"}, "The ABN is required for, and only for, a non-employee."),
        ({"ABN": ABN}, {}, "The ABN is required for, and only for, a non-employee."),
        ({"ABN": "123"}, {"IncomeType": "NONEMPLOYEE"}, "The ABN must be 11 digits."),
        (
            {"EmploymentBasis": "NONEMPLOYEE"},
            {},
            "The Employment Basis NONEMPLOYEE goes with the Income Type NONEMPLOYEE, and only with it.",
        ),
        (
            {"EmploymentBasis": "CASUAL", "ABN": ABN},
            {"IncomeType": "NONEMPLOYEE"},
            "The Employment Basis NONEMPLOYEE goes with the Income Type NONEMPLOYEE, and only with it.",
        ),
        (
            {},
            {"IncomeType": "WORKINGHOLIDAYMAKER"},
            "The Country Of Residence is required for, and only for, a working holiday maker.",
        ),
        (
            {},
            {"CountryOfResidence": "NZ"},
            "The Country Of Residence is required for, and only for, a working holiday maker.",
        ),
        (
            {},
            {"IncomeType": "WORKINGHOLIDAYMAKER", "CountryOfResidence": "XX"},
            "'XX' is not a valid Country Of Residence.",
        ),
        (
            {},
            {"IncomeType": "WORKINGHOLIDAYMAKER", "CountryOfResidence": ["NZ"]},
            "'['NZ']' is not a valid Country Of Residence.",
        ),
        (
            {"TaxScaleType": "REGULAR"},
            {"IncomeType": "WORKINGHOLIDAYMAKER", "CountryOfResidence": "NZ"},
            "The Tax Scale Type WORKINGHOLIDAYMAKER goes with that Income Type, and only with it.",
        ),
        (
            {"TaxScaleType": "WORKINGHOLIDAYMAKER"},
            {},
            "The Tax Scale Type WORKINGHOLIDAYMAKER goes with that Income Type, and only with it.",
        ),
        (
            {"TaxScaleType": "SENIORORPENSIONER"},
            {},
            "The Senior Marital Status is required for a senior or pensioner.",
        ),
        (
            {"TaxScaleType": "ACTORSARTISTSENTERTAINERS"},
            {},
            "The Work Condition is required for actors, artists and entertainers.",
        ),
        (
            {"TaxScaleType": "FOREIGN", "WorkCondition": "NONE"},
            {},
            "The Work Condition may not be given with a foreign tax scale.",
        ),
        (
            {"TaxScaleType": "FOREIGN", "TaxFreeThresholdClaimed": True},
            {},
            "The Tax Free Threshold Claimed may not be given with a foreign tax scale.",
        ),
        ({"EmploymentBasis": "SUPERINCOMESTREAM"}, {}, "'SUPERINCOMESTREAM' is not a valid Employment Basis."),
        ({"ResidencyStatus": "WORKINGHOLIDAYMAKER"}, {}, "'WORKINGHOLIDAYMAKER' is not a valid Residency Status."),
        ({"TFNExemptionType": None}, {}, "A Tax File Number or a TFN Exemption Type is required."),
        ({"TaxFileNumber": TFN}, {}, "Give a Tax File Number or a TFN Exemption Type, not both."),
        ({"TaxFileNumber": "12345678a"}, {}, "The Tax File Number is not valid."),
        ({"TFNExemptionType": "TOOSHY"}, {}, "'TOOSHY' is not a valid TFN Exemption Type."),
        ({"TaxScaleType": "FLAT"}, {}, "'FLAT' is not a valid Tax Scale Type."),
        ({"WorkCondition": "HARD"}, {}, "'HARD' is not a valid Work Condition."),
        ({"SeniorMaritalStatus": "OLD"}, {}, "'OLD' is not a valid Senior Marital Status."),
        ({"HasHELPDebt": "no"}, {}, "The Has HELP Debt must be true or false."),
        (
            {"ApprovedWithholdingVariationPercentage": 101},
            {},
            "The Approved Withholding Variation Percentage is out of range.",
        ),
        (
            {"UpwardVariationTaxWithholdingAmount": "lots"},
            {},
            "The Upward Variation Tax Withholding Amount must be a number.",
        ),
        (
            {"IncludeLeaveLoadingInSGC": True},
            {},
            "IncludeLeaveLoadingInQualifyingEarnings is required when IncludeLeaveLoadingInSGC is specified.",
        ),
        ({"Salary": 5}, {}, "'Salary' is not a valid element in TaxDeclaration"),
    ],
)
def test_a_bad_tax_declaration_is_refused_and_nothing_is_saved(
    rosa: Caller, person: str, tax: dict[str, Any], more: dict[str, Any], message: str
) -> None:
    before = rosa.employee(person)
    assert message in messages(update(rosa, person, TaxDeclaration={**EXEMPT, **tax}, **more))
    assert rosa.employee(person) == before


def test_an_income_type_that_the_stored_declaration_does_not_fit_is_refused(rosa: Caller, person: str) -> None:
    answer = update(rosa, person, IncomeType="NONEMPLOYEE")
    assert "The ABN is required for, and only for, a non-employee." in messages(answer)


@pytest.mark.parametrize(
    ("tax", "more"),
    [
        ({"EmploymentBasis": "NONEMPLOYEE", "ABN": ABN}, {"IncomeType": "NONEMPLOYEE"}),
        (
            {**EXEMPT, "TaxScaleType": "WORKINGHOLIDAYMAKER", "EmploymentBasis": "CASUAL"},
            {"IncomeType": "WORKINGHOLIDAYMAKER", "CountryOfResidence": "NZ"},
        ),
        ({**EXEMPT, "TaxScaleType": "FOREIGN", "ResidencyStatus": "FOREIGNRESIDENT"}, {}),
        ({**EXEMPT, "TaxScaleType": "SENIORORPENSIONER", "SeniorMaritalStatus": "SINGLE"}, {}),
        ({"TaxFileNumber": 123456782, "ABN": ""}, {"IncomeType": "LABOURHIRE"}),
    ],
)
def test_a_declaration_that_fits_issaved(rosa: Caller, person: str, tax: dict[str, Any], more: dict[str, Any]) -> None:
    after = saved(rosa, person, TaxDeclaration=tax, **more)
    kept = {name: str(value) for name, value in after["TaxDeclaration"].items() if name in tax}
    assert kept == {name: str(value) for name, value in tax.items() if value != ""}


@pytest.mark.parametrize(
    ("switch", "value", "tax"),
    [
        ("stp2_combinations", False, {**EXEMPT, "TaxScaleType": "FOREIGN", "WorkCondition": "NONE"}),
        ("stp2_combinations", False, {**EXEMPT, "EmploymentBasis": "NONEMPLOYEE"}),
        ("deprecated_values", "accept", {**EXEMPT, "EmploymentBasis": "SUPERINCOMESTREAM"}),
        ("tax_number_required", False, {"EmploymentBasis": "CASUAL"}),
        ("tax_file_number_check_digit", True, {"TaxFileNumber": TFN}),
    ],
)
def test_what_is_not_certain_about_tax_is_a_switch(
    sandbox: Sandbox, rosa: Caller, person: str, switch: str, value: object, tax: dict[str, Any]
) -> None:
    sandbox.control("PATCH", "switches", {switch: value})
    assert update(rosa, person, TaxDeclaration=tax).status_code == 200


def test_a_wrong_check_digit_is_refused_only_by_switch(sandbox: Sandbox, rosa: Caller, person: str) -> None:
    assert update(rosa, person, TaxDeclaration={"TaxFileNumber": "123456780"}).status_code == 200
    sandbox.control("PATCH", "switches", {"tax_file_number_check_digit": True})
    for wrong in ("123456780", "12345678"):
        answer = update(rosa, person, TaxDeclaration={"TaxFileNumber": wrong})
        assert messages(answer) == ["The Tax File Number is not valid."]


def test_without_stp_phase_2_its_rules_do_not_hold(sandbox: Sandbox, rosa: Caller, person: str) -> None:
    sandbox.control("POST", "events", {"kind": "stp2_off"})
    settings = rosa.get("/payroll.xro/1.0/Settings").get_json()["Settings"]
    assert settings["EmployeesAreSTP2"] is False
    tax = {**EXEMPT, "EmploymentBasis": "SUPERINCOMESTREAM", "ABN": ABN}
    assert saved(rosa, person, TaxDeclaration=tax)["TaxDeclaration"]["ABN"] == ABN
    assert saved(rosa, person, TerminationDate="2026-01-31")["Status"] == "TERMINATED"


def test_the_combined_debt_follows_and_the_unpublished_element_is_not_shown(rosa: Caller, person: str) -> None:
    pair = {"IncludeLeaveLoadingInSGC": True, "IncludeLeaveLoadingInQualifyingEarnings": True}
    after = saved(rosa, person, TaxDeclaration={**EXEMPT, **pair, "HasHELPDebt": True})["TaxDeclaration"]
    assert (after["HasLoanOrStudentDebt"], after["IncludeLeaveLoadingInQualifyingEarnings"]) == (True, True)
    assert "IncludeLeaveLoadingInSGC" not in after


def test_a_new_person_is_ready_for_stp_phase_2_once_income_and_basis_are_known(rosa: Caller) -> None:
    (made,) = rosa.post(EMPLOYEES, [NEWCOMER]).get_json()["Employees"]
    assert made["IsSTP2Qualified"] is False
    tax = {**EXEMPT, "EmploymentBasis": "PARTTIME"}
    after = saved(rosa, made["EmployeeID"], IncomeType="SALARYANDWAGES", TaxDeclaration=tax)
    assert after["IsSTP2Qualified"] is True
