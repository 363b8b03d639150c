"""Super funds and the products that regulated ones are chosen from (xero.md 4.2, 9a item 25)."""

from typing import Any

import pytest

from tandem_sandbox.testing import Sandbox
from tandem_sandbox.tests.caller import PAYROLL, Caller, quiet_sandbox, sign_in

FUNDS = f"{PAYROLL}/Superfunds"
PRODUCTS = f"{PAYROLL}/SuperfundProducts"
SAMPLE = "51824753556"
SMSF = {
    "Type": "SMSF",
    "Name": "Lang Family Super",
    "ABN": SAMPLE,
    "BSB": "000000",
    "AccountNumber": "123456789",
    "AccountName": "Lang Family Super",
    "ElectronicServiceAddress": "SAMPLEESA",
}
UNKNOWN = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def sandbox() -> Sandbox:
    return quiet_sandbox(employees=2)


@pytest.fixture
def rosa(sandbox: Sandbox) -> Caller:
    return sign_in(sandbox)


def _funds(rosa: Caller, **query: str) -> list[dict[str, Any]]:
    found = rosa.get(FUNDS, query=query).get_json()["SuperFunds"]
    assert isinstance(found, list)
    return found


def _messages(answer: Any) -> list[str]:
    assert answer.status_code == 400
    (record,) = answer.get_json()["SuperFunds"]
    return [item["Message"] for item in record["ValidationErrors"]]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({}, "The Type is required."),
        ({"Type": "RETAIL"}, "'RETAIL' is not a valid Type."),
        ({"Type": "REGULATED"}, "The USI is required for a regulated fund."),
        ({"Type": "REGULATED", "USI": "AAA0000AU"}, "The USI is not that of a super fund product."),
        ({**SMSF, "Name": ""}, "The Name is required."),
        ({**SMSF, "ABN": None}, "The ABN is required."),
        ({**SMSF, "ABN": "123"}, "The ABN must be 11 digits."),
        ({**SMSF, "BSB": "00000"}, "The BSB must be exactly 6 digits."),
        ({**SMSF, "BSB": ""}, "The BSB is required."),
        ({**SMSF, "AccountNumber": "1234567890"}, "The Account Number must not be longer than 9 characters."),
        ({**SMSF, "AccountName": "x" * 33}, "The Account Name must not be longer than 32 characters."),
        ({**SMSF, "ElectronicServiceAddress": None}, "The Electronic Service Address is required."),
        ({**SMSF, "ElectronicServiceAddress": "two words"}, "The Electronic Service Address is not valid."),
        ({**SMSF, "SuperFundID": UNKNOWN}, "The Super Fund ID does not exist."),
        ({**SMSF, "Colour": "red"}, "'Colour' is not a valid element in SuperFund"),
    ],
)
def test_a_bad_fund_is_refused_and_nothing_is_saved(rosa: Caller, record: dict[str, Any], message: str) -> None:
    before = _funds(rosa)
    assert message in _messages(rosa.post(FUNDS, [record]))
    assert _funds(rosa) == before


@pytest.mark.parametrize("body", [SMSF, [], ["x"], "x"])
def test_a_body_that_is_no_array_of_objects_is_a_bad_request(rosa: Caller, body: Any) -> None:
    assert rosa.post(FUNDS, body).status_code == 400


def test_a_value_of_the_wrong_kind_is_500_as_on_payroll_au(rosa: Caller) -> None:
    assert rosa.post(FUNDS, [{**SMSF, "BSB": ["000000"]}]).status_code == 500


def test_an_unknown_fund_is_404(rosa: Caller) -> None:
    assert rosa.get(f"{FUNDS}/{UNKNOWN}").status_code == 404
    assert rosa.post(f"{FUNDS}/{UNKNOWN}", [SMSF]).status_code == 404


def test_a_fund_does_not_change_its_type(rosa: Caller) -> None:
    regulated = _funds(rosa)[0]["SuperFundID"]
    assert "The Type of a fund cannot be changed." in _messages(rosa.post(f"{FUNDS}/{regulated}", [SMSF]))


@pytest.mark.parametrize(("switch", "status"), [("refuse", 400), ("accept", 200)])
def test_a_usi_of_no_product_is_refused_or_taken(sandbox: Sandbox, rosa: Caller, switch: str, status: int) -> None:
    sandbox.control("PATCH", "switches", {"unknown_usi": switch})
    answer = rosa.post(FUNDS, [{"Type": "REGULATED", "USI": "AAA0000AU", "Name": "Elsewhere"}])
    assert answer.status_code == status


@pytest.mark.parametrize("code", [{"USI": f"{SAMPLE}003"}, {"SPIN": "ZZZ0000AU"}])
def test_a_regulated_fund_takes_its_name_from_the_product(rosa: Caller, code: dict[str, str]) -> None:
    (made,) = rosa.post(FUNDS, [{"Type": "REGULATED", **code}]).get_json()["SuperFunds"]
    assert made["Name"] in ("Sample Growth Super", "Sample Legacy Super")
    assert (made["ABN"], bool(made["USI"])) == (SAMPLE, True)
    assert rosa.get(f"{FUNDS}/{made['SuperFundID'].upper()}").get_json()["SuperFunds"] == [made]


def test_a_fund_can_be_made_changed_and_found_by_when_it_changed(sandbox: Sandbox, rosa: Caller) -> None:
    since = {"If-Modified-Since": f"{sandbox.clock.now():%Y-%m-%dT%H:%M:%S}"}
    assert rosa.get(FUNDS, headers=since).get_json()["SuperFunds"] == []
    (made,) = rosa.post(FUNDS, [SMSF]).get_json()["SuperFunds"]
    assert {name: made[name] for name in SMSF} == SMSF
    sandbox.clock.advance(60)
    (renamed,) = rosa.post(f"{FUNDS}/{made['SuperFundID']}", [{"Type": "SMSF", "Name": "Lang Super"}]).get_json()[
        "SuperFunds"
    ]
    assert (renamed["Name"], renamed["BSB"]) == ("Lang Super", "000000")
    assert renamed["UpdatedDateUTC"] != made["UpdatedDateUTC"]
    assert rosa.get(FUNDS, headers=since).get_json()["SuperFunds"] == [renamed]


def test_funds_are_filtered_sorted_and_paged(rosa: Caller) -> None:
    assert [fund["Type"] for fund in _funds(rosa)] == ["REGULATED", "REGULATED", "SMSF"]
    assert [fund["Name"] for fund in _funds(rosa, where='Type=="SMSF"')] == ["Sample Family Super Fund"]
    assert _funds(rosa, order="Name DESC")[0]["Name"] == "Sample Retail Super"
    assert _funds(rosa, page="2") == []


@pytest.mark.parametrize(
    ("query", "count"),
    [({"ABN": SAMPLE}, 4), ({"ABN": "51 824 753 556"}, 4), ({"USI": f"{SAMPLE}002"}, 1), ({"USI": "zzz0000au"}, 1),
     ({"ABN": "11111111111"}, 0), ({"ABN": "11111111111", "USI": "ZZZ0000AU"}, 0)],
)  # fmt: skip
def test_products_are_found_by_abn_or_usi(rosa: Caller, query: dict[str, str], count: int) -> None:
    assert len(rosa.get(PRODUCTS, query=query).get_json()["SuperFundProducts"]) == count


def test_products_without_a_question_are_refused(rosa: Caller) -> None:
    assert rosa.get(PRODUCTS).status_code == 400
