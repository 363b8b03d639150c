"""Writes whose answer is lost and that land some seconds later (fault `committed_late`)."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tandem_sandbox.testing import ConnectionDropped, Sandbox
from tandem_sandbox.tests.caller import BAKERY, EMPLOYEES, NEWCOMER, ROSA, Caller, quiet_sandbox, sign_in

KEY: dict[str, str | None] = {"Idempotency-Key": "k1"}


@pytest.fixture
def sandbox() -> Sandbox:
    return quiet_sandbox(employees=3)


@pytest.fixture
def rosa(sandbox: Sandbox) -> Caller:
    return sign_in(sandbox)


def _lose(sandbox: Sandbox, *, seconds: float = 30, path: str = EMPLOYEES) -> None:
    fault = {"path": path, "fault": "committed_late", "seconds": seconds, "count": 1}
    sandbox.control("POST", "faults", fault)


def _post_and_lose(
    sandbox: Sandbox, rosa: Caller, *, seconds: float = 30, headers: dict[str, str | None] | None = None
) -> None:
    _lose(sandbox, seconds=seconds)
    with pytest.raises(ConnectionDropped):
        rosa.post(EMPLOYEES, [NEWCOMER], headers=headers)


def test_a_late_write_lands_when_the_clock_passes_its_moment_and_not_before(sandbox: Sandbox, rosa: Caller) -> None:
    _post_and_lose(sandbox, rosa)
    sandbox.clock.advance(29)
    assert len(rosa.employees()) == 3
    sandbox.clock.advance(1)
    assert len(rosa.employees()) == 4
    sandbox.clock.advance(600)
    assert len(rosa.employees()) == 4


def test_a_late_write_is_as_of_its_own_moment_however_late_somebody_asks(sandbox: Sandbox, rosa: Caller) -> None:
    _post_and_lose(sandbox, rosa)
    sandbox.clock.advance(30)
    due = sandbox.clock.now().isoformat()
    sandbox.clock.advance(3600)
    assert sandbox.control("GET", f"world/organisations/{BAKERY}/employees")[-1]["UpdatedDateUTC"] == due


def test_whoever_asks_next_brings_it_in_even_the_control_api(sandbox: Sandbox, rosa: Caller) -> None:
    _post_and_lose(sandbox, rosa)
    sandbox.control("POST", "clock", {"advance_seconds": 30})
    assert len(sandbox.control("GET", f"world/organisations/{BAKERY}/employees")) == 4


def test_the_log_shows_the_lost_call_and_the_landing(sandbox: Sandbox, rosa: Caller) -> None:
    _post_and_lose(sandbox, rosa, headers=KEY)
    sandbox.clock.advance(30)
    landed_at = sandbox.clock.now().isoformat()
    lost, landed = sandbox.control("GET", "log?method=POST&path=/payroll*")
    assert (lost["fault"], lost["status"]) == ("committed_late", None)
    assert (landed["fault"], landed["status"], landed["at"]) == ("landed_late", 200, landed_at)
    assert (landed["idempotency_key"], landed["user"], landed["path"]) == ("k1", ROSA, EMPLOYEES)
    assert landed["correlation_id"] != lost["correlation_id"]


def test_it_lands_although_the_token_has_expired_and_the_user_is_gone_meanwhile(sandbox: Sandbox, rosa: Caller) -> None:
    _post_and_lose(sandbox, rosa, seconds=3600)
    sandbox.control("POST", "events", {"kind": "remove_user", "user": ROSA, "organisation": BAKERY})
    sandbox.clock.advance(3600)
    assert len(sandbox.control("GET", f"world/organisations/{BAKERY}/employees")) == 4


def test_a_retry_with_the_same_key_before_the_landing_leaves_exactly_one(sandbox: Sandbox, rosa: Caller) -> None:
    _post_and_lose(sandbox, rosa, headers=KEY)
    assert rosa.post(EMPLOYEES, [NEWCOMER], headers=KEY).status_code == 200
    sandbox.clock.advance(30)
    assert len(rosa.employees()) == 4
    assert sandbox.control("GET", "log?method=POST&path=/payroll*")[-1]["replayed"] is True


def test_a_retry_without_a_key_leaves_two_which_is_the_danger(sandbox: Sandbox, rosa: Caller) -> None:
    _post_and_lose(sandbox, rosa)
    assert rosa.post(EMPLOYEES, [NEWCOMER]).status_code == 200
    sandbox.clock.advance(30)
    assert len(rosa.employees()) == 5


def test_a_write_that_would_be_refused_never_lands(sandbox: Sandbox, rosa: Caller) -> None:
    _lose(sandbox)
    with pytest.raises(ConnectionDropped):
        rosa.post(EMPLOYEES, [NEWCOMER], headers={"Xero-Tenant-Id": "nowhere"})
    sandbox.clock.advance(31)
    assert len(rosa.employees()) == 3
    assert [entry["fault"] for entry in sandbox.control("GET", "log?method=POST&path=/payroll*")] == ["committed_late"]


def test_a_read_is_not_struck(sandbox: Sandbox, rosa: Caller) -> None:
    _lose(sandbox)
    assert len(rosa.employees()) == 3
    assert sandbox.control("GET", "faults")[0]["struck"] == 0


def test_a_late_refresh_uses_the_token_up_later(sandbox: Sandbox, rosa: Caller) -> None:
    _lose(sandbox, path="/connect/token", seconds=60)
    first = rosa.tokens["refresh_token"]
    with pytest.raises(ConnectionDropped):
        rosa.refresh()
    assert len(sandbox.simulator.world.refresh_tokens) == 1
    sandbox.clock.advance(60)
    rosa.get("/connections")
    assert len(sandbox.simulator.world.refresh_tokens) == 2
    sandbox.clock.advance(1800)
    assert rosa.refresh(first).status_code == 200
    sandbox.clock.advance(1)
    assert rosa.refresh(first).status_code == 400


def test_a_late_delete_of_a_connection_takes_effect_later(sandbox: Sandbox, rosa: Caller) -> None:
    _lose(sandbox, path="/connections/*")
    with pytest.raises(ConnectionDropped):
        rosa.call("DELETE", f"/connections/{rosa.connections()[0]['id']}")
    assert rosa.get(EMPLOYEES).status_code == 200
    sandbox.clock.advance(30)
    assert rosa.get(EMPLOYEES).status_code == 403


def test_it_lands_once_for_many_who_ask_at_the_same_moment(sandbox: Sandbox, rosa: Caller) -> None:
    _post_and_lose(sandbox, rosa)
    sandbox.clock.advance(30)
    gate = threading.Barrier(5)

    def ask(_: int) -> int:
        gate.wait()
        return len(sandbox.control("GET", f"world/organisations/{BAKERY}/employees"))

    with ThreadPoolExecutor(5) as pool:
        assert set(pool.map(ask, range(5))) == {4}


def test_two_land_in_the_order_of_their_moments(sandbox: Sandbox, rosa: Caller) -> None:
    person = rosa.employees()[0]["EmployeeID"]
    for mobile, seconds in (("0491570006", 60), ("0491570156", 30)):
        _lose(sandbox, path=f"{EMPLOYEES}/*", seconds=seconds)
        with pytest.raises(ConnectionDropped):
            rosa.post(f"{EMPLOYEES}/{person}", [{"Mobile": mobile}])
    sandbox.clock.advance(61)
    assert rosa.employee(person)["Mobile"] == "0491570006"


def test_a_slow_call_sees_what_landed_while_it_waited(sandbox: Sandbox, rosa: Caller) -> None:
    _post_and_lose(sandbox, rosa)
    sandbox.control("POST", "faults", {"path": EMPLOYEES, "fault": "slow", "seconds": 30, "count": 1})
    assert len(rosa.employees()) == 4


def test_a_reset_forgets_what_has_not_landed(sandbox: Sandbox, rosa: Caller) -> None:
    _post_and_lose(sandbox, rosa)
    sandbox.control("POST", "reset", {})
    sandbox.clock.advance(3600)
    assert len(sandbox.control("GET", f"world/organisations/{BAKERY}/employees")) == 3
    assert sandbox.simulator.late.waiting() == []
