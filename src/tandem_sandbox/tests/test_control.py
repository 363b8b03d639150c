"""The control API's own manners."""

from datetime import UTC, datetime

import pytest

from tandem_sandbox.testing import ControlRefused, Sandbox
from tandem_sandbox.tests.caller import (
    BAKERY,
    BOOKS,
    DEMO,
    EMPLOYEES,
    ROSA,
    authorise_url,
    quiet_sandbox,
    sign_in,
)


@pytest.fixture
def sandbox() -> Sandbox:
    return quiet_sandbox(employees=4)


def test_health_names_the_program_and_the_seed() -> None:
    assert Sandbox(seed=7).control("GET", "health") == {"ok": True, "name": "tandem_sandbox", "seed": 7}


@pytest.mark.parametrize("path", ["health", "world", "world/tokens", "log"])
def test_a_request_with_an_authorization_header_is_refused(sandbox: Sandbox, path: str) -> None:
    token = sign_in(sandbox).tokens["access_token"]
    answer = sandbox.app.test_client().get(f"/_sandbox/{path}", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403
    assert "Authorization" in answer.get_json()["error"]


@pytest.mark.parametrize(
    ("method", "path", "json"),
    [
        ("POST", "reset", {"people": 5}),
        ("POST", "reset", {"employees": -1}),
        ("POST", "reset", {"employees": "many"}),
        ("POST", "reset", [1]),
        ("POST", "clock", {"set": "yesterday"}),
        ("POST", "clock", {"mode": "backwards"}),
        ("POST", "clock", {"advance_seconds": "1"}),
        ("PATCH", "limits", {"hour": 5}),
        ("PATCH", "limits", {"minute": -1}),
        ("PATCH", "limits", {"minute": 5, "organisation": "nowhere"}),
        ("PATCH", "switches", {"nonsense": True}),
        ("PATCH", "switches", {"refresh_retry": "sometimes"}),
        ("PATCH", "switches", {"payroll_permission_lost_status": "403"}),
        ("PATCH", "switches", {"app_connection_cap": -1}),
        ("PATCH", "switches", [1]),
        ("POST", "apps", {"redirect_uris": "x"}),
        ("POST", "apps", {"colour": "red"}),
        ("POST", "consent", {"authorize_url": "x", "user": "nobody@example.com"}),
        ("POST", "consent", {"authorize_url": "x", "user": ROSA}),
        ("POST", "consent", {"authorize_url": authorise_url(), "user": ROSA, "organisations": "x"}),
        ("GET", "log?since=x", None),
        ("GET", "nonsense", None),
        ("GET", "world/organisations/x/employees", None),
        ("GET", f"world/organisations/{BAKERY}/employees/x", None),
    ],
)
def test_what_is_not_known_is_refused_with_a_sentence(sandbox: Sandbox, method: str, path: str, json: object) -> None:
    with pytest.raises(ControlRefused, match=r"40[04]: .*error"):
        sandbox.control(method, path, json)


def test_the_clock_can_be_set_moved_stopped_and_started() -> None:
    sandbox = Sandbox()
    assert sandbox.control("GET", "clock")["mode"] == "running"
    frozen = sandbox.control("POST", "clock", {"mode": "frozen", "set": "2026-11-22T09:00:00"})
    assert frozen == {"now": "2026-11-22T09:00:00+00:00", "mode": "frozen"}
    moved = sandbox.control("POST", "clock", {"advance_seconds": 90.5})
    assert moved["now"] == "2026-11-22T09:01:30.500000+00:00"
    running = sandbox.control("POST", "clock", {"mode": "running"})
    assert running["mode"] == "running"
    assert datetime.fromisoformat(running["now"]) >= datetime(2026, 11, 22, 9, 1, 30, tzinfo=UTC)


def test_a_reset_gives_a_fresh_world_and_kills_old_tokens(sandbox: Sandbox) -> None:
    caller = sign_in(sandbox)
    sandbox.control("POST", "faults", {"path": "/x", "fault": "slow"})
    sandbox.control("PATCH", "switches", {"refresh_retry": "same"})
    sandbox.control("PATCH", "limits", {"minute": 1})
    answer = sandbox.control("POST", "reset", {"seed": 9, "employees": 7, "orgs": 4})
    assert answer == {"ok": True, "seed": 9, "employees": 7, "orgs": 4}
    world = sandbox.control("GET", "world")
    assert [org["employees"] for org in world["organisations"]] == [7, 12, 12, 12]
    assert (world["connections"], world["grants"]) == ([], [])
    assert caller.get(EMPLOYEES).status_code == 401
    assert sandbox.control("GET", "faults") == []
    assert sandbox.control("GET", "limits")["minute"] == 60
    assert sandbox.control("GET", "switches")["refresh_retry"]["value"] == "fresh"
    assert sign_in(sandbox).tokens["refresh_token"] != caller.tokens["refresh_token"]


def test_a_reset_to_the_same_seed_gives_the_same_ids_and_other_tokens(sandbox: Sandbox) -> None:
    before, first = sandbox.control("GET", "world"), sign_in(sandbox)
    sandbox.control("POST", "reset", {})
    assert sandbox.control("GET", "world") == before
    assert sign_in(sandbox).tokens["refresh_token"] != first.tokens["refresh_token"]


def test_the_world_shows_who_holds_what(sandbox: Sandbox) -> None:
    sign_in(sandbox)
    world = sandbox.control("GET", "world")
    (connection,), (grant,) = world["connections"], world["grants"]
    assert (connection["user"], connection["app"]) == (ROSA, DEMO)
    assert (grant["user"], grant["alive"], grant["authEventId"]) == (ROSA, True, connection["authEventId"])
    rosa = next(user for user in world["users"] if user["email"] == ROSA)
    assert rosa["roles"] == {connection["organisation"]: {"role": "STANDARD", "payroll_admin": True}}
    assert [org["name"] for org in world["organisations"]] == [BAKERY, BOOKS]


def test_the_first_two_people_are_rosa_byrne_and_alice_lang(sandbox: Sandbox) -> None:
    people = sandbox.control("GET", f"world/organisations/{BAKERY}/employees")
    names = [f"{item['FirstName']} {item['LastName']}" for item in people]
    assert names[:2] == ["Rosa Byrne", "Alice Lang"]
    assert len({(item["FirstName"], item["LastName"], item["DateOfBirth"]) for item in people}) == 4


def test_live_tokens_are_shown_in_clear_and_dead_ones_are_not(sandbox: Sandbox) -> None:
    caller = sign_in(sandbox)
    old = caller.tokens
    caller.refresh()
    sandbox.clock.advance(1801)
    shown = {item["token"] for item in sandbox.control("GET", "world/tokens")}
    assert shown == {caller.tokens["refresh_token"]}
    assert old["refresh_token"] not in shown


def test_the_log_filters_by_number_path_and_method(sandbox: Sandbox) -> None:
    caller = sign_in(sandbox)
    caller.get(EMPLOYEES, query={"page": 2}, headers={"Idempotency-Key": "k"})
    caller.get("/connections")
    entries = sandbox.control("GET", "log")
    assert [entry["path"] for entry in entries] == ["/connect/token", EMPLOYEES, "/connections"]
    assert entries[1] == {
        "seq": 2,
        "at": sandbox.clock.now().isoformat(),
        "method": "GET",
        "path": EMPLOYEES,
        "query": "page=2",
        "status": 200,
        "organisation": caller.tenant,
        "user": ROSA,
        "app": DEMO,
        "correlation_id": entries[1]["correlation_id"],
        "in_flight": 1,
        "idempotency_key": "k",
        "fault": None,
        "replayed": False,
    }
    assert [entry["seq"] for entry in sandbox.control("GET", "log?since=1&path=/PAYROLL.xro/*&method=get")] == [2]
    sandbox.control("DELETE", "log")
    assert sandbox.control("GET", "log") == []


def test_the_log_holds_no_token_and_no_number_of_anybody(sandbox: Sandbox) -> None:
    caller = sign_in(sandbox)
    for person in caller.employees():
        caller.get(f"{EMPLOYEES}/{person['EmployeeID']}")
    caller.refresh()
    text = str(sandbox.control("GET", "log"))
    for secret in (caller.tokens["access_token"], caller.tokens["refresh_token"], "123456782", "012345678"):
        assert secret not in text


def test_an_app_can_be_registered_and_given_more_addresses(sandbox: Sandbox) -> None:
    made = sandbox.control("POST", "apps", {"redirect_uris": ["http://localhost:5000/cb"]})
    assert (made["client_id"], made["redirect_uris"][-1]) == (DEMO, "http://localhost:5000/cb")
    assert sign_in(sandbox).get(EMPLOYEES).status_code == 200
    sandbox.control("POST", "reset", {})
    apps = {app["client_id"]: app for app in sandbox.control("GET", "world")["apps"]}
    assert "http://localhost:5000/cb" in apps[DEMO]["redirect_uris"]
    assert apps["TANDEM-PUBLIC-APP"]["confidential"] is False


def test_every_switch_says_its_value_default_choices_and_meaning(sandbox: Sandbox) -> None:
    for name, switch in sandbox.control("GET", "switches").items():
        assert set(switch) == {"value", "default", "choices", "meaning"}, name
        assert switch["value"] == switch["default"]
        assert switch["meaning"].endswith(".")
