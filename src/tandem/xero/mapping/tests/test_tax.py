from decimal import Decimal
from typing import Any

import pytest

from tandem.people.payroll_records import Residency, SeniorStatus, TaxScale, TaxScaleChoice, WorkCondition
from tandem.xero.client.wire import Employee
from tandem.xero.client.wire_payroll import TaxDeclaration
from tandem.xero.mapping import tax
from tandem.xero.mapping.tests.payroll_values import SAMPLE_ABN
from tandem.xero.mapping.tests.test_shared_values import ID


def declared(**parts: Any) -> TaxDeclaration:
    return TaxDeclaration.model_validate(parts)


def test_a_contractors_abn_goes_both_ways_and_an_empty_one_unsets_it() -> None:
    assert tax.contractor_abn_from_xero(declared(ABN="51 824\u00a0753 556")) == (SAMPLE_ABN, ())
    assert tax.contractor_abn_from_xero(declared(ABN=None)) == ("", ())
    assert tax.contractor_abn_to_xero("51 824 753 556") == {"ABN": SAMPLE_ABN}
    assert tax.contractor_abn_to_xero("") == {"ABN": ""}
    number, oddities = tax.contractor_abn_from_xero(declared(ABN="51824753557"))
    assert (number, [oddity.is_usable for oddity in oddities]) == ("", [False])


def test_a_country_of_residence_is_two_letters_both_ways() -> None:
    person = Employee.model_validate({"EmployeeID": str(ID), "CountryOfResidence": " nz"})
    assert tax.country_of_residence_from_xero(person) == "NZ"
    assert tax.country_of_residence_from_xero(Employee.model_validate({"EmployeeID": str(ID)})) == ""
    assert tax.country_of_residence_to_xero("nz") == {"CountryOfResidence": "NZ"}


@pytest.mark.parametrize(("code", "residency"), tax.RESIDENCIES.items())
def test_each_residency_goes_both_ways(code: str, residency: Residency) -> None:
    assert tax.residency_from_xero(declared(ResidencyStatus=code)) == (residency, ())
    assert tax.residency_to_xero(residency) == {"ResidencyStatus": code, "AustralianResidentForTaxPurposes": None}


@pytest.mark.parametrize(
    ("parts", "residency"),
    [
        ({}, None),
        ({"AustralianResidentForTaxPurposes": True}, Residency.AUSTRALIAN),
        ({"AustralianResidentForTaxPurposes": "false"}, Residency.FOREIGN),
        ({"AustralianResidentForTaxPurposes": True, "ResidencyStatus": "FOREIGNRESIDENT"}, Residency.FOREIGN),
    ],
)
def test_the_older_yes_or_no_stands_in_for_a_residency(parts: dict[str, Any], residency: Residency | None) -> None:
    assert tax.residency_from_xero(declared(**parts)) == (residency, ())
    assert tax.residency_to_xero(None)["ResidencyStatus"] is None


@pytest.mark.parametrize(("code", "scale"), tax.SCALES.items())
def test_each_tax_scale_goes_both_ways(code: str, scale: TaxScale) -> None:
    assert tax.tax_scale_from_xero(declared(TaxScaleType=code)) == (TaxScaleChoice(scale), ())
    assert tax.tax_scale_to_xero(TaxScaleChoice(scale)) == {
        "TaxScaleType": code,
        "WorkCondition": None,
        "SeniorMaritalStatus": None,
    }


@pytest.mark.parametrize(("code", "condition"), tax.CONDITIONS.items())
def test_each_work_condition_goes_both_ways(code: str, condition: WorkCondition) -> None:
    choice = TaxScaleChoice(TaxScale.ACTORS_ARTISTS_ENTERTAINERS, work_condition=condition)
    parts = tax.tax_scale_to_xero(choice)
    assert parts["WorkCondition"] == code
    assert tax.tax_scale_from_xero(declared(**parts)) == (choice, ())


@pytest.mark.parametrize(("code", "senior"), tax.SENIORS.items())
def test_each_way_a_senior_lives_goes_both_ways(code: str, senior: SeniorStatus) -> None:
    choice = TaxScaleChoice(TaxScale.SENIOR_OR_PENSIONER, senior_status=senior)
    parts = tax.tax_scale_to_xero(choice)
    assert parts["SeniorMaritalStatus"] == code
    assert tax.tax_scale_from_xero(declared(**parts)) == (choice, ())


@pytest.mark.parametrize(
    "parts",
    [{"TaxScaleType": "REGULAR", "WorkCondition": "REMOTE"}, {"TaxScaleType": "FLAT", "WorkCondition": "REMOTE"}],
)
def test_one_unknown_part_of_a_tax_scale_keeps_all_of_it_in_xero(parts: dict[str, str]) -> None:
    choice, oddities = tax.tax_scale_from_xero(declared(**parts))
    assert choice is None
    assert [oddity.sentence for oddity in oddities] == [
        "Xero holds a value for tax scale that Tandem does not know yet. It stays in Xero as it is."
    ]


def test_no_tax_scale_is_none_and_clears_its_parts() -> None:
    assert tax.tax_scale_from_xero(declared()) == (None, ())
    assert set(tax.tax_scale_to_xero(None).values()) == {None}


@pytest.mark.parametrize(("sent", "answer"), [(True, True), ("false", False), (None, None), ("perhaps", None)])
def test_the_tax_free_threshold_goes_both_ways(sent: object, answer: bool | None) -> None:
    assert tax.tax_free_threshold_from_xero(declared(TaxFreeThresholdClaimed=sent)) is answer
    assert tax.tax_free_threshold_to_xero(answer) == {"TaxFreeThresholdClaimed": answer}


@pytest.mark.parametrize(("sent", "answer"), [(True, True), (False, False), (None, None)])
def test_leave_loading_goes_both_ways(sent: object, answer: bool | None) -> None:
    assert tax.leave_loading_from_xero(declared(EligibleToReceiveLeaveLoading=sent)) is answer
    assert tax.leave_loading_to_xero(answer) == {"EligibleToReceiveLeaveLoading": answer}


@pytest.mark.parametrize(
    ("parts", "answer"),
    [
        ({}, None),
        ({"HasLoanOrStudentDebt": False, "HasHELPDebt": True}, False),
        ({"HasLoanOrStudentDebt": True}, True),
        ({"HasHELPDebt": True}, True),
        ({"HasSFSSDebt": True}, True),
        ({"HasTradeSupportLoanDebt": True}, True),
        ({"HasStudentStartupLoan": True}, True),
        ({"HasHELPDebt": False}, False),
    ],
)
def test_any_of_the_older_debts_is_a_debt(parts: dict[str, Any], answer: bool | None) -> None:
    assert tax.student_debt_from_xero(declared(**parts)) is answer


def test_a_no_to_debts_takes_the_older_answers_along_and_a_yes_leaves_them() -> None:
    assert tax.student_debt_to_xero(True) == {"HasLoanOrStudentDebt": True}
    assert tax.student_debt_to_xero(False) == {"HasLoanOrStudentDebt": False} | dict.fromkeys(tax.SINGLE_DEBTS)
    assert tax.student_debt_to_xero(None)["HasLoanOrStudentDebt"] is None


@pytest.mark.parametrize(
    ("sent", "amount"), [(100, Decimal(100)), ("100.5", Decimal("100.5")), (0, None), (None, None)]
)
def test_a_tax_offset_goes_both_ways_to_the_cent(sent: object, amount: Decimal | None) -> None:
    assert tax.tax_offset_from_xero(declared(TaxOffsetEstimatedAmount=sent)) == (amount, ())
    back = tax.tax_offset_to_xero(amount)["TaxOffsetEstimatedAmount"]
    assert back == (None if amount is None else float(amount))


@pytest.mark.parametrize(("sent", "amount"), [(12.5, Decimal("12.5")), ("", None)])
def test_extra_withholding_goes_both_ways(sent: object, amount: Decimal | None) -> None:
    assert tax.extra_withholding_from_xero(declared(UpwardVariationTaxWithholdingAmount=sent)) == (amount, ())
    assert tax.extra_withholding_to_xero(Decimal("12.50")) == {"UpwardVariationTaxWithholdingAmount": 12.5}
    assert tax.extra_withholding_to_xero(None) == {"UpwardVariationTaxWithholdingAmount": None}


@pytest.mark.parametrize(("sent", "amount"), [(0, Decimal(0)), (15, Decimal(15)), (None, None)])
def test_a_withholding_variation_goes_both_ways_and_nothing_is_not_none(sent: object, amount: Decimal | None) -> None:
    assert tax.withholding_variation_from_xero(declared(ApprovedWithholdingVariationPercentage=sent)) == (amount, ())
    assert tax.withholding_variation_to_xero(amount) == {"ApprovedWithholdingVariationPercentage": sent}


def test_an_amount_that_is_no_number_stays_in_xero() -> None:
    amount, oddities = tax.tax_offset_from_xero(declared(TaxOffsetEstimatedAmount="some"))
    assert amount is None
    assert oddities[0].sentence == "Xero holds a tax offset that is not a number. Correct it in Xero."
