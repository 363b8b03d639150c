import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.people.payroll_records import (
    EmploymentBasis,
    Fund,
    IncomeType,
    Residency,
    SuperMembership,
    TaxScale,
    TfnExemption,
    WorkCondition,
)
from tandem.people.records import Address
from tandem.xero.client.wire import Employee
from tandem.xero.mapping.fields import PAYROLL_FIELDS, FieldValue, SharedField, fields_of, ours_value
from tandem.xero.mapping.payroll import (
    TAX_FIELDS,
    TAX_UNREADABLE,
    check_import,
    check_payroll,
    check_person,
    payroll_from_xero,
    payroll_to_xero,
    tax_declaration_to_xero,
)
from tandem.xero.mapping.payroll_words import choice_in_words, payroll_value_in_words
from tandem.xero.mapping.tax_file_number import NumberNotAtHand
from tandem.xero.mapping.tests.payroll_values import (
    ADAS,
    FAMILY,
    INDUSTRY,
    LISTS,
    MASKED_TFN,
    PAYROLL_STRATEGIES,
    REST,
    SAMPLE_TFN,
    WAGES,
    WHOLE_TFN,
    mark_of,
)
from tandem.xero.mapping.tests.test_shared_values import ADA, ID
from tandem.xero.mapping.values import is_blank, same

SENT_FIELDS = tuple(field for field in PAYROLL_FIELDS if field is not SharedField.LEAVE_BALANCES)
BALANCE = {
    "LeaveTypeID": str(ADAS.leave_balances[0].leave_type_id),
    "LeaveName": "Annual Leave",
    "NumberOfUnits": 152.0769,
    "TypeOfUnits": "Hours",
}
DECLARATION: dict[str, Any] = {
    "EmployeeID": str(ID),
    "EmploymentBasis": "FULLTIME",
    "TaxFileNumber": SAMPLE_TFN,
    "TaxFreeThresholdClaimed": True,
    "HasHELPDebt": None,
    "FromNextYear": "kept",
    "UpdatedDateUTC": "/Date(1584662400000+0000)/",
}


def person(**values: Any) -> Employee:
    return Employee.model_validate({"EmployeeID": str(ID)} | values)


def sent(details: Any = ADAS, read: Employee | None = None, digits: str = SAMPLE_TFN) -> dict[str, object]:
    """Return the whole of somebody's payroll details as a body that went through JSON."""
    changes = {field: getattr(details, field.value) for field in PAYROLL_FIELDS}
    return dict(json.loads(json.dumps(payroll_to_xero(changes, read=read, lists=LISTS, digits=digits))))


def test_everything_is_written_and_read_back_the_same() -> None:
    read = person(**sent(), LeaveBalances=[BALANCE])
    assert payroll_from_xero(read, lists=LISTS, marker=mark_of) == (ADAS, ())


def test_leave_balances_are_never_sent() -> None:
    assert not [name for name in sent() if "Leave" in name]
    assert payroll_to_xero({SharedField.LEAVE_BALANCES: ADAS.leave_balances}, read=None, lists=LISTS) == {}


def test_an_empty_record_is_read_as_nothing_known() -> None:
    details, oddities = payroll_from_xero(person(), lists=LISTS, marker=mark_of)
    assert oddities == ()
    assert details == type(ADAS)()


def test_nulls_everywhere_are_nothing_known() -> None:
    empty = person(BankAccounts=None, SuperMemberships=None, TaxDeclaration=None, LeaveBalances=None, IncomeType=None)
    assert payroll_from_xero(empty, lists=LISTS, marker=mark_of) == (type(ADAS)(), ())


def test_one_part_that_is_not_understood_never_hides_the_others() -> None:
    read = person(**sent() | {"BankAccounts": ["?"], "IncomeType": "GIG"}, LeaveBalances=[BALANCE])
    details, oddities = payroll_from_xero(read, lists=LISTS, marker=mark_of)
    assert details == replace(ADAS, bank_accounts=(), income_type=None)
    assert {oddity.field for oddity in oddities if not oddity.is_usable} == {
        SharedField.BANK_ACCOUNTS,
        SharedField.INCOME_TYPE,
    }


def test_a_declaration_that_cannot_be_read_stays_in_xero_whole() -> None:
    _, oddities = payroll_from_xero(person(TaxDeclaration={"TaxFileNumber": {}}), lists=LISTS, marker=mark_of)
    assert {oddity.field for oddity in oddities} == TAX_FIELDS
    assert {(oddity.sentence, oddity.is_usable) for oddity in oddities} == {(TAX_UNREADABLE, False)}


def test_no_digit_of_a_tax_file_number_is_left_in_what_was_read() -> None:
    details, _ = payroll_from_xero(person(TaxDeclaration=DECLARATION), lists=LISTS, marker=lambda _: "m")
    assert SAMPLE_TFN not in repr(details) + str(details.tax_file_number)


def test_only_changed_fields_are_sent_and_the_declaration_whole() -> None:
    read = person(TaxDeclaration=DECLARATION)
    body = payroll_to_xero({SharedField.TAX_FREE_THRESHOLD: False}, read=read, lists=LISTS)
    assert body == {
        "TaxDeclaration": {
            "EmploymentBasis": "FULLTIME",
            "TaxFileNumber": SAMPLE_TFN,
            "TaxFreeThresholdClaimed": False,
            "FromNextYear": "kept",
        }
    }
    assert payroll_to_xero({}, read=read, lists=LISTS) == {}


def test_a_cleared_part_is_taken_out_of_the_declaration() -> None:
    body = tax_declaration_to_xero({SharedField.EMPLOYMENT_BASIS: None}, read=DECLARATION, digits="")
    assert "EmploymentBasis" not in body


@pytest.mark.parametrize("shown", ["###-###-782", "*****782"])
def test_a_masked_number_never_travels_nor_is_a_declaration_sent_without_it(shown: str) -> None:
    masked = DECLARATION | {"TaxFileNumber": shown}
    change = {SharedField.TAX_FREE_THRESHOLD: False}
    with pytest.raises(NumberNotAtHand):
        tax_declaration_to_xero(change, read=masked, digits="")
    assert tax_declaration_to_xero(change, read=masked, digits=SAMPLE_TFN)["TaxFileNumber"] == SAMPLE_TFN
    with pytest.raises(NumberNotAtHand):
        payroll_to_xero({SharedField.TAX_FILE_NUMBER: MASKED_TFN}, read=None, lists=LISTS, digits=shown)


def test_a_new_answer_takes_the_place_of_a_masked_number() -> None:
    masked = DECLARATION | {"TaxFileNumber": "*****782"}
    body = tax_declaration_to_xero({SharedField.TAX_FILE_NUMBER: TfnExemption.PENDING}, read=masked, digits="")
    assert (body.get("TaxFileNumber"), body["TFNExemptionType"]) == (None, "PENDING")


def test_memberships_keep_the_ids_that_xero_gave_them() -> None:
    known = {"SuperFundID": str(LISTS.funds[0].xero_fund_id), "EmployeeNumber": "0042", "SuperMembershipID": str(ID)}
    body = payroll_to_xero(
        {SharedField.SUPER_MEMBERSHIPS: (INDUSTRY,)}, read=person(SuperMemberships=[known]), lists=LISTS
    )
    assert body == {"SuperMemberships": [known]}


PAIRS = st.sampled_from(SENT_FIELDS).flatmap(lambda field: st.tuples(st.just(field), PAYROLL_STRATEGIES[field]))


@settings(max_examples=200, deadline=None)
@given(PAIRS)
def test_what_is_sent_comes_back_the_same_so_that_nothing_goes_round_for_ever(
    pair: tuple[SharedField, FieldValue],
) -> None:
    field, value = pair
    body = payroll_to_xero({field: value}, read=None, lists=LISTS, digits=SAMPLE_TFN)
    back, oddities = payroll_from_xero(person(**json.loads(json.dumps(body))), lists=LISTS, marker=mark_of)
    known = value if value != "Kitchen 🍞" else ""
    assert same(field, getattr(back, field.value), known)
    assert oddities == ()


def test_everything_wrong_with_a_person_is_said_at_once_and_names_its_field() -> None:
    details = replace(
        ADAS,
        employee_group="Kitchen 🍞",
        income_type=IncomeType.NON_EMPLOYEE,
        employment_basis=EmploymentBasis.SUPER_INCOME_STREAM,
        bank_accounts=(replace(WAGES, bsb="0"), replace(REST, takes_remainder=False, amount=Decimal(1))),
        super_memberships=(SuperMembership(Fund(usi="NEW0001AU", name="New Super"), ""),),
        tax_file_number=MASKED_TFN,
        residency=Residency.WORKING_HOLIDAY_MAKER,
        withholding_variation=Decimal(200),
    )
    record = replace(ADA, last_name="y" * 36, home_address=Address(), termination_on=date(2026, 11, 1), payroll=details)
    problems = check_person(record, lists=LISTS, is_stp2=True)
    assert [problem.field for problem in problems] == [
        "home_address",
        "last_name",
        "termination_reason",
        "employee_group",
        "bank_accounts.1.bsb",
        "bank_accounts",
        "super_memberships.1.member_number",
        "super_memberships",
        "tax_file_number",
        "withholding_variation",
        "contractor_abn",
        "employment_basis",
        "employment_basis",
        "residency",
    ]
    assert all(problem.message.endswith(".") for problem in problems)
    assert not any(number in problem.message for problem in problems for number in ("00123", "123456789"))


def test_a_person_that_xero_takes_has_no_problem() -> None:
    assert check_person(replace(ADA, payroll=ADAS), lists=LISTS, is_stp2=True, digits=SAMPLE_TFN) == ()
    assert check_person(ADA, lists=LISTS, is_stp2=True) == ()
    assert check_payroll(ADAS, lists=LISTS, is_stp2=False) == ()


def test_a_record_without_payroll_details_holds_its_details_only() -> None:
    assert set(PAYROLL_FIELDS).isdisjoint(fields_of(None))
    assert set(PAYROLL_FIELDS) < set(fields_of(ADAS))
    assert ours_value(replace(ADA, payroll=ADAS), SharedField.BANK_ACCOUNTS) == (WAGES, REST)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "Yes"),
        (False, "No"),
        (Decimal("1200.5"), "1,200.50"),
        (WHOLE_TFN, "*** *** 782"),
        (TfnExemption.UNDER_18, "None needed: under 18"),
        (EmploymentBasis.LABOUR_HIRE, "Labour hire"),
        (ADAS.tax_scale, "Regular"),
        (
            (WAGES, REST),
            "Ada Byron, account ending in 123: $100.10; Ada Byron, account ending in 789: the remainder",
        ),
        (
            (INDUSTRY, FAMILY),
            "Sample Industry Super, member number ending in 042; Byron Family Fund, member number ending in A1",
        ),
        ((SuperMembership(replace(FAMILY.fund, name=""), "99"),), "ABN 51824753556, member number ending in 99"),
        ((SuperMembership(Fund(usi="ZZZ0000AU"), "99"),), "USI ZZZ0000AU, member number ending in 99"),
        (ADAS.leave_balances, "Annual Leave: 152.08 Hours"),
        ((), ""),
    ],
)
def test_payroll_values_are_read_in_words_and_numbers_by_their_end(value: Any, words: str) -> None:
    assert payroll_value_in_words(value) == words


def test_no_and_nothing_per_cent_say_something_and_an_empty_list_does_not() -> None:
    assert not is_blank(SharedField.STUDENT_DEBT, False)
    assert not is_blank(SharedField.WITHHOLDING_VARIATION, Decimal(0))
    assert is_blank(SharedField.BANK_ACCOUNTS, ())
    assert is_blank(SharedField.TAX_FILE_NUMBER, None)


def test_a_choice_reads_as_plain_words() -> None:
    assert choice_in_words(IncomeType.CLOSELY_HELD_PAYEES) == "Closely held payees"
    assert choice_in_words(WorkCondition.NEITHER) == ""
    assert (choice_in_words(Residency.FOREIGN), choice_in_words(TaxScale.FOREIGN)) == ("Foreign resident", "Foreign")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (SharedField.BANK_ACCOUNTS, (replace(REST, account_name="x" * 101),)),
        (SharedField.BANK_ACCOUNTS, (REST, replace(WAGES, statement_text="x" * 101))),
        (SharedField.BANK_ACCOUNTS, (REST, replace(WAGES, amount=Decimal(10) ** 10))),
        (SharedField.SUPER_MEMBERSHIPS, (SuperMembership(INDUSTRY.fund, "x" * 101),)),
        (SharedField.SUPER_MEMBERSHIPS, (replace(INDUSTRY, fund=Fund(usi="X" * 21)),)),
        (SharedField.SUPER_MEMBERSHIPS, (replace(INDUSTRY, fund=Fund(abn="1" * 21)),)),
        (SharedField.COUNTRY_OF_RESIDENCE, "NEW ZEALAND"),
        (SharedField.TAX_OFFSET, Decimal(10) ** 10),
        (SharedField.EXTRA_WITHHOLDING, Decimal(10) ** 10),
        (SharedField.WITHHOLDING_VARIATION, Decimal(1000)),
    ],
)
def test_what_xero_holds_and_tandem_has_no_room_for_is_named(field: SharedField, value: Any) -> None:
    (problem,) = check_import({field: value})
    assert problem.field == field.value
    assert problem.message.startswith(f"{field.label} in Xero is longer than Tandem can keep.")


def test_what_is_usual_has_room() -> None:
    assert check_import({field: getattr(ADAS, field.value) for field in PAYROLL_FIELDS}) == ()
    assert check_import({SharedField.TAX_OFFSET: None, SharedField.WITHHOLDING_VARIATION: None}) == ()
    assert check_import({SharedField.EXTRA_WITHHOLDING: None}) == ()
