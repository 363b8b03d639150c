"""The connection through the API says what its page says."""

from datetime import timedelta
from uuid import uuid4

import pytest

from tandem.api.tests.caller import program_of
from tandem.kernel import clock
from tandem.kernel.clock import FrozenClock
from tandem.people.actions import hire_employee
from tandem.people.records import EmployeeDetails
from tandem.testing.cast import Cast
from tandem.testing.xero import BAKERY, ROSA, Connect
from tandem.xero.schedule.actions import run_due
from tandem_sandbox.testing import Sandbox

pytestmark = pytest.mark.usefixtures("real_db")


def test_an_account_without_a_connection_says_so(cast: Cast) -> None:
    answer = program_of(cast.alice).call("GET", "connection")
    assert answer.status == 200
    assert answer.body["state"] == "not_set_up"
    assert answer.body["next_step"] == "connect"
    assert {light["state"] for light in answer.body["lights"]} == {"unproven"}


def test_a_break_is_told_with_cause_and_next_step_and_without_more_certainty_than_there_is(
    cast: Cast, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    program = program_of(cast.alice)
    before = program.call("GET", "connection").body
    assert [one["role"] for one in before["authorisers"]] == ["primary"]
    sandbox.control("POST", "events", {"kind": "remove_user", "user": ROSA, "organisation": BAKERY})
    after = program.call("POST", "connection/probe").body
    assert (after["state"], after["cause"], after["certain"]) == ("broken", "access_removed", False)
    assert after["writes_blocked"]


def test_the_way_to_reconnect_is_a_page_for_a_person(cast: Cast) -> None:
    answer = program_of(cast.alice).call("GET", "connection/reconnect-link")
    assert answer.body == {"url": "http://localhost:8000/a/harbour-lane/xero/reconnect/"}


def test_a_disconnect_needs_the_organisations_name_and_returns_its_receipt(cast: Cast, connected: Connect) -> None:
    connected(cast.alice)
    program = program_of(cast.alice)
    refused = program.call("POST", "connection/disconnect", {"organisation": "Another Pty Ltd"})
    assert (refused.status, refused.content_type) == (422, "application/problem+json")
    assert [problem["field"] for problem in refused.body["problems"]] == ["organisation"]
    receipt = program.call("POST", "connection/disconnect", {"organisation": BAKERY}).body
    assert receipt["finished"]
    assert {step["outcome"] for step in receipt["steps"]} == {"done"}
    assert program.call("GET", f"receipts/{receipt['receipt_id']}").body == receipt
    assert program.call("GET", "connection").body["state"] == "disconnected"


def test_a_receipt_of_nobody_is_not_found(cast: Cast) -> None:
    answer = program_of(cast.alice).call("GET", f"receipts/{uuid4()}")
    assert (answer.status, answer.body["code"]) == (404, "not_found")


def test_a_termination_through_the_api_opens_the_hand_over_task_at_once(cast: Cast, connected: Connect) -> None:
    program = program_of(cast.alice)
    last_day = (clock.now() + timedelta(days=14)).date().isoformat()
    rosa = EmployeeDetails(first_name="Rosa", last_name="Byrne", work_email=ROSA)
    employee = hire_employee(cast.alice.actor, details=rosa).employee_id
    connected(cast.alice)
    answer = program.call("POST", f"employees/{employee}/termination", {"termination_on": last_day, "reason": "V"})
    assert answer.status == 200
    assert answer.body["handover_opened"]
    tasks = program.call("GET", "handovers").body
    assert [task["last_safe_on"] for task in tasks] == [last_day]
    assert "employee_id" not in tasks[0]
    assert program.call("DELETE", f"employees/{employee}/termination").body["status"] == "current"
    assert program.call("GET", "handovers").body == []


def test_a_run_is_previewed_looked_at_and_approved(frozen: FrozenClock, cast: Cast, connected: Connect) -> None:
    connected(cast.alice)
    program = program_of(cast.alice)
    begun = program.call("POST", "runs", {"kind": "import", "reach": "everything"})
    assert (begun.status, begun.body["status"]) == (202, "reading")
    run_due()
    run = program.call("GET", f"runs/{begun.body['run_id']}").body
    assert run["status"] == "planned"
    assert run["can_approve"]
    assert run["items"][0]["fields"]
    assert "first_name" not in run["items"][0]
    nothing = program.call("POST", f"runs/{run['run_id']}/approve", {"kinds": ["xero_create"], "groups": ["contact"]})
    assert (nothing.status, nothing.content_type) == (422, "application/problem+json")
    approved = program.call("POST", f"runs/{run['run_id']}/approve")
    assert approved.status == 200
    again = program.call("POST", f"runs/{run['run_id']}/approve")
    assert (again.status, again.content_type) in ((409, "application/problem+json"), (422, "application/problem+json"))
    assert program.call("POST", f"runs/{run['run_id']}/cancel").body["status"] in ("cancelled", "running", "approved")
    assert [row["run_id"] for row in program.call("GET", "runs").body] == [run["run_id"]]


def test_the_timeline_is_read_in_pages(cast: Cast) -> None:
    program = program_of(cast.alice)
    first = program.call("GET", "timeline?limit=2").body
    rest = program.call("GET", f"timeline?limit=2&before={first[-1]['sequence']}").body
    assert [row["sequence"] for row in (*first, *rest)] == sorted(
        (row["sequence"] for row in (*first, *rest)), reverse=True
    )


@pytest.mark.parametrize(
    ("path", "body"),
    [("runs", {"kind": "sideways"}), ("runs", ["not an object"]), ("connection/disconnect", {})],
)
def test_a_body_that_cannot_be_read_names_each_field(cast: Cast, path: str, body: object) -> None:
    answer = program_of(cast.alice).call("POST", path, body)
    assert (answer.status, answer.content_type) == (422, "application/problem+json")
    assert answer.body["problems"]


def test_an_address_that_does_not_exist_is_a_problem_too(cast: Cast) -> None:
    answer = program_of(cast.alice).call("GET", "nothing/here")
    assert (answer.status, answer.body["code"]) == (404, "not_found")
    assert cast.anonymous.post("/api/nothing").json()["code"] == "not_found"


def test_employees_come_in_pages_and_without_payroll_details(cast: Cast) -> None:
    program = program_of(cast.alice)
    answer = program.call("GET", "employees").body
    assert (answer["total"], answer["pages"]) == (1, 1)
    assert set(answer["employees"][0]) == {
        "employee_id", "number", "first_name", "last_name", "work_email", "job_title", "status", "start_on",
        "termination_on",
    }  # fmt: skip
    one = answer["employees"][0]
    assert program.call("GET", f"employees/{one['employee_id']}").body == one
    assert program.call("GET", f"employees/{uuid4()}").status == 404
