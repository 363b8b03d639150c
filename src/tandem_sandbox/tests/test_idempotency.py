"""Idempotency-Key (9a item 27)."""

import pytest

from tandem_sandbox.testing import ConnectionDropped, Sandbox
from tandem_sandbox.tests.caller import AMIR, BAKERY, EMPLOYEES, NEWCOMER, Caller, quiet_sandbox, sign_in


@pytest.fixture
def sandbox() -> Sandbox:
    return quiet_sandbox(employees=3)


@pytest.fixture
def rosa(sandbox: Sandbox) -> Caller:
    return sign_in(sandbox)


KEY = {"Idempotency-Key": "k1"}


def test_the_same_key_and_request_creates_one_person_and_replays_the_answer(sandbox: Sandbox, rosa: Caller) -> None:
    first, second = rosa.post(EMPLOYEES, [NEWCOMER], headers=KEY), rosa.post(EMPLOYEES, [NEWCOMER], headers=KEY)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.get_data() == second.get_data()
    assert len(rosa.employees()) == 4
    assert [entry["replayed"] for entry in sandbox.control("GET", "log?method=POST&path=*employees")] == [False, True]


def test_a_replayed_call_still_uses_up_the_allowance(rosa: Caller) -> None:
    left = [int(rosa.post(EMPLOYEES, [NEWCOMER], headers=KEY).headers["X-MinLimit-Remaining"]) for _ in range(2)]
    assert left == [59, 58]


def test_an_error_is_replayed_too(rosa: Caller) -> None:
    bad = {**NEWCOMER, "LastName": ""}
    first, second = rosa.post(EMPLOYEES, [bad], headers=KEY), rosa.post(EMPLOYEES, [bad], headers=KEY)
    assert (first.status_code, first.get_data()) == (400, second.get_data())


def test_an_injected_500_is_replayed_after_the_fault_is_gone(sandbox: Sandbox, rosa: Caller) -> None:
    sandbox.control(
        "POST", "faults", {"path": EMPLOYEES, "method": "POST", "fault": "status", "status": 500, "count": 1}
    )
    assert [rosa.post(EMPLOYEES, [NEWCOMER], headers=KEY).status_code for _ in range(2)] == [500, 500]
    assert rosa.post(EMPLOYEES, [NEWCOMER], headers={"Idempotency-Key": "k2"}).status_code == 200


def test_an_injected_503_is_not_remembered(sandbox: Sandbox, rosa: Caller) -> None:
    sandbox.control("POST", "faults", {"path": EMPLOYEES, "fault": "status", "status": 503, "count": 1})
    assert [rosa.post(EMPLOYEES, [NEWCOMER], headers=KEY).status_code for _ in range(2)] == [503, 200]


def test_a_key_used_for_another_request_is_400(rosa: Caller) -> None:
    rosa.post(EMPLOYEES, [NEWCOMER], headers=KEY)
    person = rosa.employees()[0]["EmployeeID"]
    for path, body in ((EMPLOYEES, [{**NEWCOMER, "FirstName": "Nora"}]), (f"{EMPLOYEES}/{person}", [NEWCOMER])):
        answer = rosa.post(path, body, headers=KEY)
        assert answer.status_code == 400
        assert "used with a different request" in answer.get_json()["Message"]
    assert len(rosa.employees()) == 4


def test_a_key_is_forgotten_after_six_minutes(sandbox: Sandbox, rosa: Caller) -> None:
    for seconds, people in ((0, 4), (360, 4), (1, 5)):
        sandbox.clock.advance(seconds)
        rosa.post(EMPLOYEES, [NEWCOMER], headers=KEY)
        assert len(rosa.employees()) == people


def test_keys_of_two_users_of_one_app_and_organisation_are_the_same_scope(sandbox: Sandbox, rosa: Caller) -> None:
    amir = sign_in(sandbox, AMIR, [BAKERY])
    rosa.post(EMPLOYEES, [NEWCOMER], headers=KEY)
    amir.post(EMPLOYEES, [NEWCOMER], headers=KEY)
    assert len(rosa.employees()) == 4


@pytest.mark.parametrize(("length", "status"), [(0, 400), (1, 200), (128, 200), (129, 400)])
def test_a_key_has_1_to_128_characters(rosa: Caller, length: int, status: int) -> None:
    assert rosa.post(EMPLOYEES, [NEWCOMER], headers={"Idempotency-Key": "k" * length}).status_code == status


def test_a_key_on_a_read_is_ignored(rosa: Caller) -> None:
    before = rosa.get(EMPLOYEES, headers=KEY).get_json()["Id"]
    assert rosa.get(EMPLOYEES, headers=KEY).get_json()["Id"] != before


def test_a_lost_create_retried_with_its_key_leaves_exactly_one(sandbox: Sandbox, rosa: Caller) -> None:
    sandbox.control("POST", "faults", {"path": EMPLOYEES, "method": "POST", "fault": "committed_but_lost", "count": 1})
    with pytest.raises(ConnectionDropped):
        rosa.post(EMPLOYEES, [NEWCOMER], headers=KEY)
    assert len(rosa.employees()) == 4
    assert rosa.post(EMPLOYEES, [NEWCOMER], headers=KEY).status_code == 200
    assert len(rosa.employees()) == 4
