"""Pay items: four lists that are sent back whole (9a item 24, xero.md 4.2)."""

from typing import Any

import pytest

from tandem_sandbox.testing import Sandbox
from tandem_sandbox.tests.caller import PAYROLL, Caller, quiet_sandbox, sign_in

PAY_ITEMS = f"{PAYROLL}/PayItems"
KINDS = ("EarningsRates", "DeductionTypes", "LeaveTypes", "ReimbursementTypes")
RATE = {
    "Name": "Night Loading",
    "AccountCode": "477",
    "EarningsType": "OVERTIMEEARNINGS",
    "RateType": "MULTIPLE",
    "Multiplier": 1.3,
    "IsQualifyingEarnings": True,
}
UNKNOWN = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def sandbox() -> Sandbox:
    return quiet_sandbox(employees=2)


@pytest.fixture
def rosa(sandbox: Sandbox) -> Caller:
    return sign_in(sandbox)


def _lists(rosa: Caller) -> dict[str, list[dict[str, Any]]]:
    found = rosa.get(PAY_ITEMS).get_json()["PayItems"]
    assert isinstance(found, dict)
    return found


def _sendable(rosa: Caller, kind: str) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name != "UpdatedDateUTC"} for row in _lists(rosa)[kind]]


def _messages(answer: Any) -> list[str]:
    body = answer.get_json()
    assert (answer.status_code, body["ErrorNumber"], body["Type"]) == (400, 10, "ValidationException")
    (element,) = body["Elements"]
    return [item["Message"] for item in element["ValidationErrors"]]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"IsQualifyingEarnings": None}, "IsQualifyingEarnings is required."),
        ({"IsExemptFromSuper": True}, "IsQualifyingEarnings cannot be true when IsExemptFromSuper is true."),
        ({"Name": ""}, "The Name is required."),
        ({"Name": "x" * 101}, "The Name must not be longer than 100 characters."),
        ({"Name": "ordinary hours"}, "The Name 'ordinary hours' is used twice."),
        ({"EarningsType": None}, "The Earnings Type is required."),
        ({"EarningsType": "GIFT"}, "'GIFT' is not a valid Earnings Type."),
        ({"RateType": "SOME"}, "'SOME' is not a valid Rate Type."),
        ({"Multiplier": None}, "The Multiplier is required when the rate is a multiple."),
        ({"Multiplier": "much"}, "The Multiplier must be a number."),
        ({"Multiplier": -1}, "The Multiplier is out of range."),
        ({"EarningsType": "ALLOWANCE"}, "The Allowance Type is required for an allowance."),
        ({"EarningsType": "ALLOWANCE", "AllowanceType": "STANDBY"}, "'STANDBY' is not a valid Allowance Type."),
        ({"TypeOfUnits": "x" * 51}, "The Type Of Units must not be longer than 50 characters."),
        ({"RatePerUnit": "a lot"}, "The Rate Per Unit must be a number."),
        ({"AccrueLeave": "yes"}, "The Accrue Leave must be true or false."),
        ({"EarningsRateID": UNKNOWN}, "The Earnings Rate ID does not exist."),
        ({"EarningsRateID": "x"}, "The Earnings Rate ID is not a valid id."),
        ({"Colour": "red"}, "'Colour' is not a valid element in EarningsRate"),
    ],
)
def test_a_bad_earnings_rate_is_refused_and_no_list_changes(
    rosa: Caller, changes: dict[str, Any], message: str
) -> None:
    before = _lists(rosa)
    answer = rosa.post(PAY_ITEMS, {"EarningsRates": [*_sendable(rosa, "EarningsRates"), {**RATE, **changes}]})
    assert message in _messages(answer)
    assert _lists(rosa) == before


@pytest.mark.parametrize(
    ("kind", "row", "message"),
    [
        ("LeaveTypes", {"Name": "Tea", "TypeOfUnits": "Hours"}, "IsQualifyingEarnings is required."),
        ("LeaveTypes", {"Name": "Tea", "IsQualifyingEarnings": True}, "The Type Of Units is required."),
        ("LeaveTypes", {"LeaveCategoryCode": "NAPS"}, "'NAPS' is not a valid Leave Category Code."),
        ("DeductionTypes", {"DeductionCategory": "TAX"}, "'TAX' is not a valid Deduction Category."),
        ("ReimbursementTypes", {}, "The Name is required."),
        ("ReimbursementTypes", {"ReimbursementTypeID": UNKNOWN}, "The Reimbursement Type ID does not exist."),
    ],
)
def test_a_bad_item_of_the_other_lists_is_refused(rosa: Caller, kind: str, row: dict[str, Any], message: str) -> None:
    assert message in _messages(rosa.post(PAY_ITEMS, {kind: [row]}))


@pytest.mark.parametrize("body", [[], [RATE], "x", None, 7])
def test_a_body_that_is_no_object_is_a_bad_request(rosa: Caller, body: Any) -> None:
    answer = rosa.post(PAY_ITEMS, body)
    assert (answer.status_code, answer.get_json()["Message"]) == (400, "Bad request")


@pytest.mark.parametrize(
    "body", [{"EarningsRates": {}}, {"LeaveTypes": ["x"]}, {"EarningsRates": [{**RATE, "Name": ["x"]}]}]
)
def test_a_list_of_the_wrong_kind_is_500_as_on_payroll_au(rosa: Caller, body: Any) -> None:
    assert rosa.post(PAY_ITEMS, body).status_code == 500


@pytest.mark.parametrize("text", ['{"EarningsRates":[{"Multiplier":NaN}]}', '{"x":1e999}', '{"x":"\\ud800"}', "{", ""])
def test_json_that_could_not_be_echoed_is_a_bad_request(rosa: Caller, text: str) -> None:
    assert rosa.call("POST", PAY_ITEMS, data=text.encode()).status_code == 400


def test_an_unknown_list_is_named(rosa: Caller) -> None:
    assert _messages(rosa.post(PAY_ITEMS, {"Bonuses": []})) == ["'Bonuses' is not a valid element in PayItem"]


def test_qualifying_earnings_may_be_left_out_by_switch(sandbox: Sandbox, rosa: Caller) -> None:
    sandbox.control("PATCH", "switches", {"qualifying_earnings_required": False})
    rate = {name: value for name, value in RATE.items() if name != "IsQualifyingEarnings"}
    assert rosa.post(PAY_ITEMS, {"EarningsRates": [rate]}).status_code == 200


def test_xeros_own_rates_are_refused_by_switch_even_unchanged(sandbox: Sandbox, rosa: Caller) -> None:
    unchanged = {"EarningsRates": _sendable(rosa, "EarningsRates")}
    assert rosa.post(PAY_ITEMS, unchanged).status_code == 200
    sandbox.control("PATCH", "switches", {"default_pay_items_refused": True})
    assert "The earnings rate 'Redundancy' is not valid." in _messages(rosa.post(PAY_ITEMS, unchanged))


def test_every_list_shows_current_items_and_one_that_is_not(rosa: Caller) -> None:
    lists = _lists(rosa)
    assert tuple(lists) == KINDS
    for rows in lists.values():
        assert {row["CurrentRecord"] for row in rows} == {True, False}


@pytest.mark.parametrize(("switch", "left"), [("inactive", False), ("kept", True), ("removed", None)])
def test_an_item_not_sent_back_becomes_inactive_stays_or_goes(
    sandbox: Sandbox, rosa: Caller, switch: str, left: bool | None
) -> None:
    sandbox.control("PATCH", "switches", {"pay_items_left_out": switch})
    rows = _sendable(rosa, "EarningsRates")
    answer = rosa.post(PAY_ITEMS, {"EarningsRates": [row for row in rows if row["Name"] != "Bonus"]})
    assert (answer.status_code, answer.get_json()["PayItems"]) == (200, {})
    found = {row["Name"]: row["CurrentRecord"] for row in _lists(rosa)["EarningsRates"]}
    assert found.get("Bonus") is left
    assert found["Ordinary Hours"] is True
    assert len(_lists(rosa)["LeaveTypes"]) == 6


def test_a_new_item_gets_an_id_and_only_what_changed_is_modified_since(sandbox: Sandbox, rosa: Caller) -> None:
    sandbox.clock.advance(5)
    since = f"{sandbox.clock.now():%Y-%m-%dT%H:%M:%S}"
    rows = _sendable(rosa, "EarningsRates")
    rows[0]["RatePerUnit"] = 33
    assert rosa.post(PAY_ITEMS, {"EarningsRates": [*rows, RATE]}).status_code == 200
    changed = rosa.get(PAY_ITEMS, headers={"If-Modified-Since": since}).get_json()["PayItems"]
    assert [(row["Name"], row.get("RatePerUnit")) for row in changed["EarningsRates"]] == [
        ("Ordinary Hours", "33"),
        ("Night Loading", None),
    ]
    assert changed["EarningsRates"][1]["EarningsRateID"] not in {row["EarningsRateID"] for row in rows}
    assert changed["LeaveTypes"] == []


@pytest.mark.parametrize(("switch", "kind"), [("array", list), ("lists", dict)])
def test_the_reply_to_a_write_is_an_array_or_the_lists_by_switch(
    sandbox: Sandbox, rosa: Caller, switch: str, kind: type
) -> None:
    sandbox.control("PATCH", "switches", {"pay_items_reply": switch})
    reply = rosa.post(PAY_ITEMS, {"EarningsRates": _sendable(rosa, "EarningsRates")}).get_json()["PayItems"]
    assert isinstance(reply, kind)
    assert bool(reply) is (kind is dict)


def test_numbers_and_an_unknown_allowance_appear_by_switch(sandbox: Sandbox, rosa: Caller) -> None:
    assert _lists(rosa)["EarningsRates"][0]["RatePerUnit"] == "32.50"
    sandbox.control("PATCH", "switches", {"rate_per_unit": "number", "unknown_allowance_type": True})
    rates = _lists(rosa)["EarningsRates"]
    assert rates[0]["RatePerUnit"] == 32.5
    assert [row["AllowanceType"] for row in rates if "AllowanceType" in row] == ["STANDBY", "OTHER"]


def test_the_lists_can_be_filtered_by_what_they_have_in_common(rosa: Caller) -> None:
    current = rosa.get(PAY_ITEMS, query={"where": "CurrentRecord==false"}).get_json()["PayItems"]
    assert {kind: len(rows) for kind, rows in current.items()} == dict.fromkeys(KINDS, 1)
    assert rosa.get(PAY_ITEMS, query={"where": "hi==1"}).get_json()["ErrorNumber"] == 16


def test_a_rate_that_is_no_longer_current_is_no_ordinary_rate(rosa: Caller) -> None:
    person = rosa.employees()[0]["EmployeeID"]
    old = next(row for row in _lists(rosa)["EarningsRates"] if row["Name"] == "Old Allowance")
    answer = rosa.post(f"{PAYROLL}/Employees/{person}", [{"OrdinaryEarningsRateID": old["EarningsRateID"]}])
    assert "Invalid OrdinaryEarningsRateID" in answer.get_data(as_text=True)
