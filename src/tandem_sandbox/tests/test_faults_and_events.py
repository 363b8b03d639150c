"""One test per fault and per life event."""

import pytest

from tandem_sandbox.testing import ConnectionDropped, ControlRefused, Sandbox
from tandem_sandbox.tests.caller import (
    AMIR,
    BAKERY,
    BOOKS,
    EMPLOYEES,
    NEWCOMER,
    ORGANISATION,
    ROSA,
    Caller,
    organisation_id,
    quiet_sandbox,
    sign_in,
)


@pytest.fixture
def sandbox() -> Sandbox:
    return quiet_sandbox(employees=5)


@pytest.fixture
def rosa(sandbox: Sandbox) -> Caller:
    return sign_in(sandbox)


def _fault(sandbox: Sandbox, fault: str, path: str = EMPLOYEES, **more: object) -> int:
    made = sandbox.control("POST", "faults", {"path": path, "fault": fault, **more})
    return int(made["id"])


def _event(sandbox: Sandbox, kind: str, **more: object) -> dict[str, object]:
    found = sandbox.control("POST", "events", {"kind": kind, **more})
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("status", "starts"),
    [(503, "The Xero API is currently offline"), (502, "<html>"), (500, '{"Title":"An error'), (401, '{"Title":"Unau')],
)
def test_a_status_fault_answers_with_xeros_body_and_does_nothing(
    sandbox: Sandbox, rosa: Caller, status: int, starts: str
) -> None:
    _fault(sandbox, "status", status=status, count=1, method="POST")
    answer = rosa.post(EMPLOYEES, [NEWCOMER])
    assert answer.status_code == status
    assert answer.get_data(as_text=True).startswith(starts)
    assert answer.headers["Xero-Correlation-Id"]
    assert len(rosa.employees()) == 5


def test_a_slow_answer_takes_its_time_on_the_simulated_clock(sandbox: Sandbox, rosa: Caller) -> None:
    _fault(sandbox, "slow", seconds=30)
    before = sandbox.clock.now()
    assert rosa.get(EMPLOYEES).status_code == 200
    assert (sandbox.clock.now() - before).total_seconds() == 30


def test_a_dropped_call_does_nothing_and_has_no_status(sandbox: Sandbox, rosa: Caller) -> None:
    _fault(sandbox, "dropped", method="POST", count=1)
    with pytest.raises(ConnectionDropped):
        rosa.post(EMPLOYEES, [NEWCOMER])
    assert len(rosa.employees()) == 5
    entry = sandbox.control("GET", "log?method=POST&path=/payroll*")[-1]
    assert (entry["status"], entry["fault"]) == (None, "dropped")


def test_a_committed_but_lost_call_is_done_and_has_no_status(sandbox: Sandbox, rosa: Caller) -> None:
    _fault(sandbox, "committed_but_lost", method="POST", count=1)
    with pytest.raises(ConnectionDropped):
        rosa.post(EMPLOYEES, [NEWCOMER])
    assert len(rosa.employees()) == 6


def test_a_lost_refresh_can_be_retried_with_the_old_token(sandbox: Sandbox, rosa: Caller) -> None:
    _fault(sandbox, "committed_but_lost", "/connect/token", count=1)
    with pytest.raises(ConnectionDropped):
        rosa.refresh()
    assert rosa.refresh().status_code == 200


def test_a_truncated_answer_is_done_and_cut_in_half(sandbox: Sandbox, rosa: Caller) -> None:
    _fault(sandbox, "truncated", method="POST", count=1)
    answer = rosa.post(EMPLOYEES, [NEWCOMER])
    assert len(answer.get_data()) < int(answer.headers["Content-Length"])
    assert len(rosa.employees()) == 6


def test_an_html_502_does_nothing(sandbox: Sandbox, rosa: Caller) -> None:
    _fault(sandbox, "html_502", method="POST", count=1)
    answer = rosa.post(EMPLOYEES, [NEWCOMER])
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html; charset=utf-8")
    assert len(rosa.employees()) == 5


def test_a_connection_left_behind_says_204_and_stays(sandbox: Sandbox, rosa: Caller) -> None:
    _fault(sandbox, "connection_left_behind", "/connections/*", count=1)
    (connection,) = rosa.connections()
    assert rosa.call("DELETE", f"/connections/{connection['id']}").status_code == 204
    assert rosa.connections() == [connection]
    assert rosa.call("DELETE", f"/connections/{connection['id']}").status_code == 204
    assert rosa.connections() == []


def test_a_fault_hits_only_its_path_method_organisation_and_count(sandbox: Sandbox) -> None:
    amir = sign_in(sandbox, AMIR, [BAKERY, BOOKS])
    books = {"Xero-Tenant-Id": organisation_id(sandbox, BOOKS)}
    fault = _fault(sandbox, "status", "/PAYROLL.xro/1.0/employees*", organisation=BAKERY, method="get", count=2)
    assert amir.get(EMPLOYEES, headers=books).status_code == 200
    assert amir.get(ORGANISATION).status_code == 200
    assert amir.post(EMPLOYEES, [NEWCOMER]).status_code == 200
    assert sandbox.control("GET", "faults")[0]["count"] == 2
    assert [amir.get(EMPLOYEES).status_code for _ in range(3)] == [503, 503, 200]
    with pytest.raises(ControlRefused, match="404"):
        sandbox.control("DELETE", f"faults/{fault}")


def test_a_fault_that_stays_can_be_switched_off(sandbox: Sandbox, rosa: Caller) -> None:
    fault = _fault(sandbox, "status")
    other = _fault(sandbox, "slow", seconds=1)
    assert rosa.get(EMPLOYEES).status_code == 503
    sandbox.control("DELETE", f"faults/{fault}")
    assert rosa.get(EMPLOYEES).status_code == 200
    sandbox.control("DELETE", "faults")
    assert sandbox.control("GET", "faults") == []
    assert other > fault


def test_a_fault_with_a_probability_strikes_about_that_often(sandbox: Sandbox, rosa: Caller) -> None:
    sandbox.control("PATCH", "limits", {"minute": None})
    _fault(sandbox, "status", probability=0.5)
    struck = sum(rosa.get(EMPLOYEES).status_code == 503 for _ in range(200))
    assert 60 < struck < 140


def test_a_slow_fault_and_another_fault_strike_together(sandbox: Sandbox, rosa: Caller) -> None:
    _fault(sandbox, "slow", seconds=2)
    _fault(sandbox, "status", status=503)
    before = sandbox.clock.now()
    assert rosa.get(EMPLOYEES).status_code == 503
    assert (sandbox.clock.now() - before).total_seconds() == 2
    assert sandbox.control("GET", "log")[-1]["fault"] == "slow+status"


@pytest.mark.parametrize(
    "bad",
    [
        {"path": "x", "fault": "slow"},
        {"path": "/x", "fault": "explode"},
        {"path": "/x", "fault": "status", "status": 200},
        {"path": "/x", "fault": "slow", "seconds": -1},
        {"path": "/x", "fault": "slow", "probability": 2},
        {"path": "/x", "fault": "slow", "count": 0},
        {"path": "/x", "fault": "slow", "organisation": "nowhere"},
        {"path": "/x", "fault": "slow", "colour": "red"},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(sandbox: Sandbox, bad: dict[str, object]) -> None:
    with pytest.raises(ControlRefused):
        sandbox.control("POST", "faults", bad)
    assert sandbox.control("GET", "faults") == []


def test_remove_and_restore_a_user(sandbox: Sandbox, rosa: Caller) -> None:
    _event(sandbox, "remove_user", user=ROSA, organisation=BAKERY)
    assert rosa.get(EMPLOYEES).status_code == 403
    _event(sandbox, "restore_user", user=ROSA, organisation=BAKERY)
    assert rosa.get(EMPLOYEES).status_code == 200


def test_change_a_role_and_back(sandbox: Sandbox, rosa: Caller) -> None:
    _event(sandbox, "change_role", user=ROSA, organisation=BAKERY, role="READONLY")
    assert rosa.get(EMPLOYEES).status_code == 403
    _event(sandbox, "change_role", user=ROSA, organisation=BAKERY, role="STANDARD")
    assert rosa.get(EMPLOYEES).status_code == 200


def test_drop_and_restore_payroll_access(sandbox: Sandbox, rosa: Caller) -> None:
    _event(sandbox, "drop_payroll_admin", user=ROSA, organisation=BAKERY)
    assert (rosa.get(EMPLOYEES).status_code, rosa.get(ORGANISATION).status_code) == (403, 200)
    _event(sandbox, "restore_payroll_admin", user=ROSA, organisation=BAKERY)
    assert rosa.get(EMPLOYEES).status_code == 200


def test_disconnecting_an_app_takes_one_users_connection_or_everybodys(sandbox: Sandbox, rosa: Caller) -> None:
    amir = sign_in(sandbox, AMIR)
    _event(sandbox, "disconnect_app", user=ROSA)
    assert (rosa.get(EMPLOYEES).status_code, amir.get(EMPLOYEES).status_code) == (403, 200)
    _event(sandbox, "disconnect_app", app="TANDEM-DEMO-APP", organisation=BAKERY)
    assert amir.get(EMPLOYEES).status_code == 403


def test_put_back_undoes_everything_in_reverse(sandbox: Sandbox, rosa: Caller) -> None:
    before = sandbox.control("GET", "world")
    _event(sandbox, "drop_payroll_admin", user=ROSA, organisation=BAKERY)
    _event(sandbox, "change_role", user=ROSA, organisation=BAKERY, role="READONLY")
    _event(sandbox, "remove_user", user=ROSA, organisation=BAKERY)
    _event(sandbox, "disconnect_app", user=ROSA)
    _event(sandbox, "payroll_not_set_up", organisation=BAKERY)
    _event(sandbox, "rename_organisation", organisation=BAKERY, name="New Name")
    _event(sandbox, "organisation_offline", organisation="New Name")
    _event(sandbox, "end_trial", organisation="New Name")
    _event(sandbox, "demo_reset", organisation="New Name")
    assert rosa.get(EMPLOYEES).status_code == 403
    assert _event(sandbox, "put_back")["events"] == 9
    assert sandbox.control("GET", "world") == before
    assert rosa.get(EMPLOYEES).status_code == 200


def test_put_back_for_one_user_leaves_the_rest(sandbox: Sandbox, rosa: Caller) -> None:
    amir = sign_in(sandbox, AMIR)
    _event(sandbox, "remove_user", user=ROSA, organisation=BAKERY)
    _event(sandbox, "remove_user", user=AMIR, organisation=BAKERY)
    _event(sandbox, "put_back", user=AMIR)
    assert (rosa.get(EMPLOYEES).status_code, amir.get(EMPLOYEES).status_code) == (403, 200)


def test_an_edit_inside_xero_shows_in_the_next_read_and_counts_no_write(sandbox: Sandbox, rosa: Caller) -> None:
    person = rosa.employees()[0]["EmployeeID"]
    sandbox.clock.advance(60)
    changes = {"Mobile": "0491570110", "TerminationDate": "2026-03-01", "TerminationReason": "R"}
    _event(sandbox, "edit_employee", organisation=BAKERY, employee=person, changes=changes)
    seen = rosa.employee(person)
    assert (seen["Mobile"], seen["Status"]) == ("0491570110", "TERMINATED")
    record = sandbox.control("GET", f"world/organisations/{BAKERY}/employees/{person}")
    assert (record["writes"], record["TerminationDate"]) == (0, "2026-03-01")
    assert record["UpdatedDateUTC"] == sandbox.clock.now().isoformat()


def test_a_person_added_inside_xero_is_listed(sandbox: Sandbox, rosa: Caller) -> None:
    made = _event(sandbox, "create_employee", organisation=BAKERY, fields=NEWCOMER)
    assert rosa.employee(str(made["employee"]))["FirstName"] == "Nia"
    assert len(rosa.employees()) == 6


def test_a_renamed_organisation_shows_its_name_everywhere(sandbox: Sandbox, rosa: Caller) -> None:
    _event(sandbox, "rename_organisation", organisation=BAKERY, name="Harbour Lane Bakehouse Pty Ltd")
    assert rosa.connections()[0]["tenantName"] == "Harbour Lane Bakehouse Pty Ltd"
    assert rosa.get(ORGANISATION).get_json()["Organisations"][0]["Name"] == "Harbour Lane Bakehouse Pty Ltd"


def test_a_demo_reset_gives_another_tenant_that_can_be_connected(sandbox: Sandbox, rosa: Caller) -> None:
    made = _event(sandbox, "demo_reset", organisation=BAKERY)
    assert made["organisation"] != made["was"]
    again = sign_in(sandbox, ROSA, [BAKERY])
    again.tenant = str(made["organisation"])
    assert again.get(EMPLOYEES).status_code == 200
    assert rosa.get(EMPLOYEES).status_code == 403


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"kind": "explode"},
        {"kind": "remove_user"},
        {"kind": "remove_user", "user": "nobody@example.com", "organisation": BAKERY},
        {"kind": "remove_user", "user": ROSA, "organisation": "nowhere"},
        {"kind": "change_role", "user": ROSA, "organisation": BAKERY, "role": "KING"},
        {"kind": "change_role", "user": ROSA, "organisation": BOOKS, "role": "STANDARD"},
        {"kind": "rename_organisation", "organisation": BAKERY},
        {"kind": "disconnect_app", "app": "X"},
        {"kind": "edit_employee", "organisation": BAKERY, "employee": "x", "changes": {"Mobile": "1"}},
        {"kind": "create_employee", "organisation": BAKERY, "fields": {"Nickname": "x"}},
        {"kind": "create_employee", "organisation": BAKERY, "fields": {"HomeAddress": "x"}},
        {"kind": "create_employee", "organisation": BAKERY},
        {"kind": "end_trial", "organisation": BAKERY, "colour": "red"},
    ],
)
def test_an_event_that_makes_no_sense_is_refused(sandbox: Sandbox, bad: dict[str, object]) -> None:
    before = sandbox.control("GET", "world")
    with pytest.raises(ControlRefused):
        sandbox.control("POST", "events", bad)
    assert sandbox.control("GET", "world") == before
