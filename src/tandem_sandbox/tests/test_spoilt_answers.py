"""Answers that arrive, but not as they should: one test per fault of 9a item 28 that spoils an answer."""

import gzip
import json
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import jwt
import pytest
from werkzeug.test import TestResponse

from tandem_sandbox.testing import ConnectionDropped, ControlRefused, Sandbox
from tandem_sandbox.tests.caller import (
    BAKERY,
    EMPLOYEES,
    NEWCOMER,
    ORGANISATION,
    Caller,
    quiet_sandbox,
    sign_in,
)

DISCOVERY = "/.well-known/openid-configuration"
KEY: dict[str, str | None] = {"Idempotency-Key": "k1"}


@pytest.fixture
def sandbox() -> Sandbox:
    return quiet_sandbox(employees=5)


@pytest.fixture
def rosa(sandbox: Sandbox) -> Caller:
    return sign_in(sandbox)


def _fault(sandbox: Sandbox, fault: str, path: str = EMPLOYEES, **more: object) -> None:
    sandbox.control("POST", "faults", {"path": path, "fault": fault, **more})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("maintenance", "The Xero API is currently offline for maintenance"),
        ("unavailable", "The Xero API is temporarily unavailable"),
        ("organisation_offline", "The Organisation is offline"),
    ],
)
def test_each_of_the_three_texts_of_a_503(sandbox: Sandbox, rosa: Caller, text: str, says: str) -> None:
    _fault(sandbox, "status", text=text)
    answer = rosa.get(EMPLOYEES)
    assert (answer.status_code, answer.get_data(as_text=True)) == (503, says)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_a_500_after_the_work_is_done_is_answered_truly_to_the_same_key(sandbox: Sandbox, rosa: Caller) -> None:
    _fault(sandbox, "status", status=500, when="after", method="POST", count=1)
    assert rosa.post(EMPLOYEES, [NEWCOMER], headers=KEY).status_code == 500
    assert len(rosa.employees()) == 6
    assert rosa.post(EMPLOYEES, [NEWCOMER], headers=KEY).status_code == 200
    assert len(rosa.employees()) == 6


def test_a_502_page_may_come_after_the_work_is_done(sandbox: Sandbox, rosa: Caller) -> None:
    _fault(sandbox, "html_502", when="after", method="POST", count=1)
    assert rosa.post(EMPLOYEES, [NEWCOMER]).status_code == 502
    assert len(rosa.employees()) == 6


def test_broken_json_arrives_whole_and_ends_half_way(sandbox: Sandbox, rosa: Caller) -> None:
    _fault(sandbox, "broken_json", count=1)
    answer = rosa.get(EMPLOYEES)
    assert (answer.status_code, int(answer.headers["Content-Length"])) == (200, len(answer.get_data()))
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.get_data())


def test_a_wrong_content_type_wraps_the_right_answer(sandbox: Sandbox, rosa: Caller) -> None:
    _fault(sandbox, "wrong_content_type")
    answer = rosa.get(EMPLOYEES)
    assert answer.headers.get_all("Content-Type") == ["text/html; charset=utf-8"]
    assert len(json.loads(answer.get_data())["Employees"]) == 5


def test_a_gzip_answer_is_compressed_though_nobody_asked(sandbox: Sandbox, rosa: Caller) -> None:
    _fault(sandbox, "gzip")
    answer = rosa.get(EMPLOYEES)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert int(answer.headers["Content-Length"]) == len(answer.get_data())
    assert len(json.loads(gzip.decompress(answer.get_data()))["Employees"]) == 5


def test_an_xml_answer_comes_although_json_was_asked_for(sandbox: Sandbox, rosa: Caller) -> None:
    _fault(sandbox, "xml", "*")
    for path in (EMPLOYEES, ORGANISATION):
        answer = rosa.get(path)
        assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
        assert answer.get_data(as_text=True).startswith("<?xml")


def _sweep(rosa: Caller) -> list[str]:
    found: list[str] = []
    for page in range(1, 9):
        rows = rosa.employees(page=page)
        found += [row["EmployeeID"] for row in rows]
        if len(rows) < 100:
            break
    return found


@pytest.mark.parametrize(("fault", "read", "known"), [("record_doubled", 251, 250), ("record_missing", 249, 249)])
def test_a_record_comes_twice_or_never_over_two_pages(fault: str, read: int, known: int) -> None:
    sandbox = quiet_sandbox(employees=250)
    rosa = sign_in(sandbox)
    whole = _sweep(rosa)
    _fault(sandbox, fault)
    spoilt = _sweep(rosa)
    assert (len(spoilt), len(set(spoilt))) == (read, known)
    odd = whole[99] if fault == "record_doubled" else whole[100]
    assert spoilt.count(odd) == (2 if fault == "record_doubled" else 0)
    assert len(rosa.employees(page=1)) == 100


def test_an_unknown_value_stands_in_the_first_record_only(sandbox: Sandbox, rosa: Caller) -> None:
    _fault(sandbox, "unknown_enum", f"{EMPLOYEES}*")
    first, *others = rosa.employees()
    assert first["Status"] == first["Gender"] == "SOMETHINGNEW"
    assert {person["Status"] for person in others} == {"ACTIVE"}
    tax = rosa.employee(first["EmployeeID"])["TaxDeclaration"]
    assert (tax["EmploymentBasis"], tax["TaxScaleType"]) == ("SOMETHINGNEW", "SOMETHINGNEW")


def test_an_unknown_tenant_type_can_stand_among_the_connections(sandbox: Sandbox, rosa: Caller) -> None:
    _fault(sandbox, "unknown_enum", "/connections")
    assert rosa.connections()[0]["tenantType"] == "SOMETHINGNEW"


def test_an_extra_element_stands_in_every_record_and_the_envelope(sandbox: Sandbox, rosa: Caller) -> None:
    _fault(sandbox, "extra_field")
    answer = rosa.get(EMPLOYEES).get_json()
    assert [person["TandemUnknown"]["Code"] for person in answer["Employees"]] == ["A1"] * 5
    assert answer["TandemUnknown"]["Weight"] == 0.5


def test_lists_inside_a_record_are_null_and_else_the_collection(sandbox: Sandbox, rosa: Caller) -> None:
    person = rosa.employees()[0]["EmployeeID"]
    _fault(sandbox, "null_list", f"{EMPLOYEES}*")
    shown = rosa.employee(person)
    assert (shown["BankAccounts"], shown["SuperMemberships"]) == (None, None)
    assert (shown["PayTemplate"]["EarningsLines"], shown["FirstName"]) == (None, "Rosa")
    assert rosa.get(EMPLOYEES).get_json()["Employees"] is None


def test_what_spoils_records_leaves_a_refusal_as_it_is(sandbox: Sandbox, rosa: Caller) -> None:
    for fault in ("unknown_enum", "extra_field", "null_list"):
        _fault(sandbox, fault, count=1)
        assert set(rosa.get(EMPLOYEES, headers={"Xero-Tenant-Id": None}).get_json()) == {
            "title", "status", "detail", "instance",
        }  # fmt: skip


def _claims(answer: TestResponse) -> dict[str, Any]:
    return jwt.decode(answer.get_json()["access_token"], options={"verify_signature": False})


@pytest.mark.parametrize("seconds", [-600, -300, 300, 600])
def test_a_skewed_clock_shows_in_tokens_dates_and_the_date_header(sandbox: Sandbox, rosa: Caller, seconds: int) -> None:
    _fault(sandbox, "clock_skew", "*", seconds=seconds)
    xeros = sandbox.clock.now() + timedelta(seconds=seconds)
    answer = rosa.refresh()
    assert _claims(answer)["nbf"] == int(xeros.timestamp())
    assert (_claims(answer)["exp"], answer.get_json()["expires_in"]) == (int(xeros.timestamp()) + 1800, 1800)
    listed = rosa.get(EMPLOYEES)
    assert parsedate_to_datetime(listed.headers["Date"]) == xeros.replace(microsecond=0)
    assert listed.get_json()["DateTimeUTC"] == f"/Date({int(xeros.timestamp() * 1000)})/"


def test_a_clock_ahead_finds_a_token_expired_early_and_goes_with_another_fault(sandbox: Sandbox, rosa: Caller) -> None:
    sandbox.clock.advance(1500)
    _fault(sandbox, "clock_skew", seconds=300)
    assert rosa.get(EMPLOYEES).status_code == 401
    _fault(sandbox, "status", count=1)
    assert rosa.get(EMPLOYEES).status_code == 503
    assert sandbox.control("GET", "log")[-1]["fault"] == "clock_skew+status"
    sandbox.control("DELETE", "faults")
    assert rosa.get(EMPLOYEES).status_code == 200


def test_the_date_header_tells_the_simulated_time(sandbox: Sandbox, rosa: Caller) -> None:
    sandbox.clock.advance(86_400)
    shown = parsedate_to_datetime(rosa.get("/connections").headers["Date"])
    assert shown == sandbox.clock.now().replace(microsecond=0)


@pytest.mark.parametrize("fault", ["status", "dropped"])
def test_a_token_endpoint_that_is_down_leaves_the_token_as_it_was(sandbox: Sandbox, rosa: Caller, fault: str) -> None:
    _fault(sandbox, fault, "/connect/token", count=1)
    if fault == "status":
        assert rosa.refresh().status_code == 503
    else:
        with pytest.raises(ConnectionDropped):
            rosa.refresh()
    sandbox.clock.advance(3600)
    assert rosa.refresh().status_code == 200


def test_a_blocked_discovery_document_is_an_edges_403_page(sandbox: Sandbox, rosa: Caller) -> None:
    _fault(sandbox, "status", DISCOVERY, status=403)
    answer = rosa.web.get(DISCOVERY)
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "text/html; charset=utf-8")
    assert "Access Denied" in answer.get_data(as_text=True)
    assert rosa.web.get(f"{DISCOVERY}/jwks").status_code == 200


def test_a_fault_keeps_to_its_tenant_and_chance_whatever_its_kind(sandbox: Sandbox, rosa: Caller) -> None:
    _fault(sandbox, "extra_field", organisation=BAKERY, probability=0)
    assert "TandemUnknown" not in rosa.get(EMPLOYEES).get_json()


@pytest.mark.parametrize(
    "bad",
    [
        {"fault": "status", "text": "gone fishing"},
        {"fault": "status", "when": "during"},
        {"fault": "slow", "when": "after"},
        {"fault": "clock_skew", "seconds": 3601},
        {"fault": "committed_late", "seconds": 0},
        {"fault": "status", "method": "BREW"},
        {"fault": ["status"]},
        {"fault": "status", "path": 5},
        {"fault": "status", "probability": True},
        {"fault": "status", "organisation": 5},
    ],
)
def test_a_fault_with_a_value_it_does_not_take_is_refused(sandbox: Sandbox, bad: dict[str, object]) -> None:
    with pytest.raises(ControlRefused, match="400"):
        sandbox.control("POST", "faults", {"path": "/x", **bad})
    assert sandbox.control("GET", "faults") == []
