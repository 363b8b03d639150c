"""The nested parts of an employee but tax: bank, super, pay template, opening balances (9a items 17 to 21, xero.md 4.1)."""

from typing import Any

import pytest

from tandem_sandbox.testing import Sandbox
from tandem_sandbox.tests.caller import BAKERY, EMPLOYEES, NEWCOMER, PAYROLL, Caller, quiet_sandbox, sign_in
from tandem_sandbox.tests.writing_people import messages, saved, update

ZERO = "00000000-0000-0000-0000-000000000000"
NO_TEMPLATE_LINE = "Unable to add Pay Template Earnings Line: the ordinary earnings line is auto generated."


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


def _pay_item(rosa: Caller, kind: str, name: str) -> str:
    rows = rosa.get(f"{PAYROLL}/PayItems").get_json()["PayItems"][kind]
    (row,) = [row for row in rows if row["Name"] == name]
    return str(next(value for key, value in row.items() if key.endswith("ID")))


def test_a_bank_number_sent_as_a_number_has_lost_its_zeros(rosa: Caller, person: str) -> None:
    account = {"BSB": 122344, "AccountNumber": 345678, "Amount": "10.50"}
    rest = {"BSB": "122344", "AccountNumber": "345679", "Remainder": True}
    (first, _) = saved(rosa, person, BankAccounts=[account, rest])["BankAccounts"]
    assert first == {"BSB": "122344", "AccountNumber": "345678", "Amount": 10.5}
    answer = update(rosa, person, BankAccounts=[{**rest, "BSB": 12344}])
    assert messages(answer) == ["The BSB must be exactly 6 digits."]


@pytest.mark.parametrize(
    ("accounts", "message"),
    [
        ([{"BSB": "000000", "AccountNumber": "1", "Remainder": True}] * 2, "Exactly one bank account"),
        ([{"AccountNumber": "1", "Remainder": True}], "The BSB must be exactly 6 digits."),
        ([{"BSB": "000000", "Remainder": True}], "The Account Number must be 1 to 9 digits."),
        ([{"BSB": "000000", "AccountNumber": "1", "Remainder": "yes"}], "The Remainder must be true or false."),
        ([{"BSB": "000000", "AccountNumber": "1", "Amount": -1}], "The Amount is out of range."),
    ],
)
def test_bank_accounts_need_numbers_and_one_remainder(
    rosa: Caller, person: str, accounts: list[dict[str, Any]], message: str
) -> None:
    assert any(message in found for found in messages(update(rosa, person, BankAccounts=accounts)))


@pytest.mark.parametrize(
    "changes",
    [
        {"BankAccounts": [{"BSB": ["000000"]}]},
        {"HomeAddress": {"AddressLine1": {"x": 1}}},
        {"PayTemplate": {"EarningsLines": {}}},
        {"PayTemplate": {"SuperLines": ["x"]}},
        {"PayTemplate": {"LeaveLines": [{"LeaveTypeID": []}]}},
        {"OpeningBalances": {"OpeningBalanceDate": "2024-07-01", "LeaveLines": "x"}},
        {"SuperMemberships": [{"SuperFundID": {}, "EmployeeNumber": "1"}]},
        {"SuperMemberships": [1]},
    ],
)
def test_a_value_of_the_wrong_kind_deep_inside_is_500_as_on_payroll_au(
    rosa: Caller, person: str, changes: dict[str, Any]
) -> None:
    before = rosa.employee(person)
    assert update(rosa, person, **changes).status_code == 500
    assert rosa.employee(person) == before


def test_by_switch_the_wrong_shape_is_answered_400(sandbox: Sandbox, rosa: Caller, person: str) -> None:
    sandbox.control("PATCH", "switches", {"malformed_status": 400})
    answer = update(rosa, person, BankAccounts=[{"BSB": "", "AccountNumber": "1", "Remainder": True}])
    assert (answer.status_code, answer.get_json()["Type"]) == (400, "Error")


def test_a_membership_of_an_unknown_fund_or_with_an_unknown_id_is_refused(rosa: Caller, person: str) -> None:
    (own,) = rosa.employee(person)["SuperMemberships"]
    other = {**own, "SuperMembershipID": "11111111-1111-4111-8111-111111111111"}
    assert messages(update(rosa, person, SuperMemberships=[other])) == ["The Super Membership ID does not exist."]
    other = {"SuperFundID": ZERO, "EmployeeNumber": "1", "Colour": "red"}
    assert messages(update(rosa, person, SuperMemberships=[other])) == [
        "'Colour' is not a valid element in SuperMembership",
        "The superannuation fund is required.",
    ]
    assert saved(rosa, person, SuperMemberships=[own])["SuperMemberships"] == [own]


def test_a_template_read_and_sent_back_changes_nothing(rosa: Caller, person: str) -> None:
    before = rosa.employee(person)
    after = saved(rosa, person, **{
        name: before[name] for name in ("PayTemplate", "OpeningBalances", "TaxDeclaration", "BankAccounts")
    })  # fmt: skip
    assert after == before


def test_the_ordinary_line_cannot_be_added_but_comes_by_itself(rosa: Caller, person: str) -> None:
    template = rosa.employee(person)["PayTemplate"]
    ordinary = template["EarningsLines"][0]
    twice = {**template, "EarningsLines": [ordinary, ordinary]}
    assert messages(update(rosa, person, PayTemplate=twice)) == [NO_TEMPLATE_LINE]
    new = rosa.post(EMPLOYEES, [{**NEWCOMER, "PayTemplate": {"EarningsLines": [ordinary]}}])
    assert messages(new) == [NO_TEMPLATE_LINE]
    (made,) = rosa.post(EMPLOYEES, [NEWCOMER]).get_json()["Employees"]
    (line,) = made["PayTemplate"]["EarningsLines"]
    assert line["EarningsRateID"] == made["OrdinaryEarningsRateID"]
    after = saved(rosa, person, PayTemplate={**template, "EarningsLines": []})
    assert after["PayTemplate"]["EarningsLines"] == [ordinary]


def test_another_ordinary_rate_takes_the_ordinary_line_along(rosa: Caller, person: str) -> None:
    casual = _pay_item(rosa, "EarningsRates", "Casual Hours")
    after = saved(rosa, person, OrdinaryEarningsRateID=casual.upper())
    assert after["OrdinaryEarningsRateID"] == casual
    assert [line["EarningsRateID"] for line in after["PayTemplate"]["EarningsLines"]] == [casual]
    assert after["PayTemplate"]["EarningsLines"][0]["NormalNumberOfUnits"] == 76.0


def test_two_lines_of_one_rate_are_legal(rosa: Caller, person: str) -> None:
    template = rosa.employee(person)["PayTemplate"]
    line = {"EarningsRateID": _pay_item(rosa, "EarningsRates", "Bonus"), "Amount": 20.0}
    lines = [*template["EarningsLines"], line, line]
    after = saved(rosa, person, PayTemplate={**template, "EarningsLines": lines})
    assert after["PayTemplate"]["EarningsLines"] == lines


def test_a_super_line_of_a_fixed_amount_without_amount_is_dropped_without_a_word(rosa: Caller, person: str) -> None:
    template = rosa.employee(person)["PayTemplate"]
    membership = template["SuperLines"][0]["SuperMembershipID"]
    fixed = {"SuperMembershipID": membership, "ContributionType": "EMPLOYEE", "CalculationType": "FIXEDAMOUNT"}
    lines = [*template["SuperLines"], fixed, {**fixed, "Amount": 30}]
    after = saved(rosa, person, PayTemplate={**template, "SuperLines": lines})
    assert after["PayTemplate"]["SuperLines"] == [*template["SuperLines"], {**fixed, "Amount": 30.0}]


@pytest.mark.parametrize(
    ("kind", "line", "message"),
    [
        ("EarningsLines", {"EarningsRateID": ZERO}, "Invalid EarningsRateID"),
        ("EarningsLines", {}, "Invalid EarningsRateID"),
        ("EarningsLines", {"CalculationType": "GUESS"}, "'GUESS' is not a valid Calculation Type."),
        ("EarningsLines", {"Amount": "x"}, "The Amount must be a number."),
        ("EarningsLines", {"Colour": "red"}, "'Colour' is not a valid element in EarningsLine"),
        ("DeductionLines", {"DeductionTypeID": ZERO}, "Invalid DeductionTypeID"),
        ("DeductionLines", {"Percentage": 120}, "The Percentage is out of range."),
        ("SuperLines", {"CalculationType": "STATUTORY"}, "The superannuation fund is required."),
        ("SuperLines", {"ContributionType": "GIFT"}, "'GIFT' is not a valid Contribution Type."),
        ("ReimbursementLines", {"ReimbursementTypeID": ZERO}, "Invalid ReimbursementTypeID"),
        ("ReimbursementLines", {"Description": "x" * 51}, "The Description must not be longer than 50 characters."),
        ("LeaveLines", {"LeaveTypeID": ZERO}, "Invalid LeaveTypeID"),
        ("LeaveLines", {}, "IsQualifyingEarnings is required."),
        ("LeaveLines", {"EntitlementFinalPayPayoutType": "X"}, "'X' is not a valid Entitlement Final Pay Payout Type."),
        ("BonusLines", {}, "'BonusLines' is not a valid element in PayTemplate"),
    ],
)
def test_a_bad_line_of_a_pay_template_is_refused(
    rosa: Caller, person: str, kind: str, line: dict[str, Any], message: str
) -> None:
    assert message in messages(update(rosa, person, PayTemplate={kind: [line]}))


def test_a_leave_line_may_leave_out_qualifying_earnings_by_switch(sandbox: Sandbox, rosa: Caller, person: str) -> None:
    sandbox.control("PATCH", "switches", {"qualifying_earnings_required": False})
    line = {"LeaveTypeID": _pay_item(rosa, "LeaveTypes", "Annual Leave"), "CalculationType": "NOCALCULATIONREQUIRED"}
    assert saved(rosa, person, PayTemplate={"LeaveLines": [line]})["PayTemplate"]["LeaveLines"] == [line]


@pytest.mark.parametrize(
    ("balances", "message"),
    [
        ({"Tax": "5"}, "The Opening Balance Date is required."),
        ({"OpeningBalanceDate": "soon"}, "The Opening Balance Date is not a valid date."),
        ({"Tax": "some"}, "The Tax must be a number."),
        ({"LeaveLines": [{"LeaveTypeID": ZERO}]}, "Invalid LeaveTypeID"),
        ({"PaidLeaveEarningsLines": [{"LeaveTypeID": ZERO}]}, "The Amount is required."),
        ({"LeaveLines": [{"IsQualifyingEarnings": True}]}, "'IsQualifyingEarnings' is not a valid element in"),
        ({"Bonus": 5}, "'Bonus' is not a valid element in OpeningBalances"),
    ],
)
def test_bad_opening_balances_are_refused(rosa: Caller, person: str, balances: dict[str, Any], message: str) -> None:
    assert any(message in found for found in messages(update(rosa, person, OpeningBalances=balances)))


def test_opening_balances_are_kept_with_their_lines(rosa: Caller, person: str) -> None:
    annual = _pay_item(rosa, "LeaveTypes", "Annual Leave")
    balances = {
        "OpeningBalanceDate": "2024-07-01",
        "Tax": 120.5,
        "LeaveLines": [{"LeaveTypeID": annual, "NumberOfUnits": "12.5"}],
        "PaidLeaveEarningsLines": [{"LeaveTypeID": annual, "Amount": 300}],
    }
    after = saved(rosa, person, OpeningBalances=balances)["OpeningBalances"]
    assert (after["OpeningBalanceDate"], after["Tax"]) == ("/Date(1719792000000+0000)/", "120.5")
    assert after["LeaveLines"] == [{"LeaveTypeID": annual, "NumberOfUnits": 12.5}]
    assert after["PaidLeaveEarningsLines"] == [{"LeaveTypeID": annual, "Amount": 300.0}]


def test_nested_parts_are_merged_by_switch(sandbox: Sandbox, rosa: Caller, person: str) -> None:
    sandbox.control("PATCH", "switches", {"nested_update": "merged"})
    before = rosa.employee(person)
    saver = {"BSB": "122344", "AccountNumber": "987654321", "Amount": 5.0}
    second = {"SuperFundID": _fund(rosa, "Sample Industry Super"), "EmployeeNumber": "77"}
    after = saved(
        rosa,
        person,
        HomeAddress={"City": "Hobart", "Region": ""},
        TaxDeclaration={"HasHELPDebt": True},
        BankAccounts=[saver],
        SuperMemberships=[second],
    )
    assert after["HomeAddress"] == {
        **{name: value for name, value in before["HomeAddress"].items() if name != "Region"},
        "City": "Hobart",
    }
    assert after["TaxDeclaration"]["TaxFileNumber"] == "123456782"
    assert after["BankAccounts"] == [*before["BankAccounts"], saver]
    assert [item["EmployeeNumber"] for item in after["SuperMemberships"]] == ["000001", "77"]


def _fund(rosa: Caller, name: str) -> str:
    (fund,) = rosa.get(f"{PAYROLL}/Superfunds", query={"where": f'Name=="{name}"'}).get_json()["SuperFunds"]
    return str(fund["SuperFundID"])


@pytest.mark.parametrize(
    ("switch", "day"), [("future_termination", "2099-01-31"), ("termination_before_pay_run", "2024-06-30")]
)
def test_an_untimely_termination_is_taken_or_refused(
    sandbox: Sandbox, rosa: Caller, person: str, switch: str, day: str
) -> None:
    ending = {"StartDate": "2015-01-01", "TerminationDate": day, "TerminationReason": "V"}
    sandbox.control("PATCH", "switches", {switch: "refuse"})
    (message,) = messages(update(rosa, person, **ending))
    assert message.startswith("The Termination Date must not be")
    sandbox.control("PATCH", "switches", {switch: "accept"})
    assert saved(rosa, person, **ending)["Status"] == "TERMINATED"


def test_a_termination_before_the_start_is_refused(rosa: Caller, person: str) -> None:
    ending = {"StartDate": "2020-01-01", "TerminationDate": "2019-12-31", "TerminationReason": "V"}
    assert messages(update(rosa, person, **ending)) == ["The Termination Date must not be before the Start Date."]


@pytest.mark.parametrize("bumps", [True, False])
@pytest.mark.parametrize("switch", ["termination_bumps", "calendar_change_bumps"])
def test_whether_a_termination_or_a_calendar_moves_the_date_is_a_switch(
    sandbox: Sandbox, rosa: Caller, person: str, switch: str, bumps: bool
) -> None:
    sandbox.control("PATCH", "switches", {switch: bumps})
    before = rosa.employee(person)
    weekly = rosa.get(f"{PAYROLL}/PayrollCalendars").get_json()["PayrollCalendars"][1]["PayrollCalendarID"]
    sandbox.clock.advance(60)
    changes = {
        "termination_bumps": {"TerminationDate": "2026-01-31", "TerminationReason": "V"},
        "calendar_change_bumps": {"PayrollCalendarID": weekly},
    }[switch]
    after = saved(rosa, person, **changes)
    assert (after["UpdatedDateUTC"] != before["UpdatedDateUTC"]) is bumps
    sandbox.clock.advance(60)
    later = saved(rosa, person, JobTitle="Night baker")
    assert later["UpdatedDateUTC"] != after["UpdatedDateUTC"]


def test_an_operators_edit_between_read_and_write_is_overwritten_where_the_write_touches_it(
    sandbox: Sandbox, rosa: Caller, person: str
) -> None:
    read = rosa.employee(person)
    edit = {"kind": "edit_employee", "organisation": BAKERY, "employee": person}
    sandbox.control("POST", "events", {**edit, "changes": {"JobTitle": "Operator's", "Mobile": "0491570110"}})
    after = saved(rosa, person, JobTitle="Connector's", HomeAddress=read["HomeAddress"])
    assert (after["JobTitle"], after["Mobile"]) == ("Connector's", "0491570110")


def test_every_seeded_person_would_be_accepted_as_it_stands(rosa: Caller) -> None:
    for listed in rosa.employees():
        full = rosa.employee(listed["EmployeeID"])
        assert saved(rosa, listed["EmployeeID"], **full) == full
