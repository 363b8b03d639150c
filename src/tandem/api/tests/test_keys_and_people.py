"""Guest links, hand-overs, standby, settings and drills through the API: the same actions as on the pages."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from tandem.access.roles import Role
from tandem.api.tests.caller import Program, program_of
from tandem.kernel import clock
from tandem.people.actions import hire_employee
from tandem.people.records import EmployeeDetails
from tandem.testing.cast import Cast, text_of
from tandem.testing.xero import AMIR, BAKERY, ROSA, Connect
from tandem.xero import facade
from tandem.xero.facade import ConsentPurpose


@pytest.fixture
def program(cast: Cast, connected: Connect) -> Program:
    """A program with an administrator's key; Rosa, who is employed here, carries and Amir stands by."""
    hire_employee(cast.alice.actor, details=EmployeeDetails(first_name="Rosa", last_name="Byrne", work_email=ROSA))
    connected(cast.alice)
    connected(cast.alice, user=AMIR, purpose=ConsentPurpose.STANDBY)
    return program_of(cast.alice)


WRITES: tuple[tuple[str, str, object], ...] = (
    ("POST", "guest-links", {"made_for": "Amir"}),
    ("GET", "guest-links", None),
    ("DELETE", f"guest-links/{uuid4()}", None),
    ("POST", f"handovers/{uuid4()}/appoint", {"user_id": str(uuid4())}),
    ("POST", f"handovers/{uuid4()}/put-off", {"until": "2030-01-01"}),
    ("POST", "connection/standby/use", None),
    ("POST", "connection/standby/give-up", None),
    ("POST", "connection/standby/not-now", None),
    ("POST", "connection/standby/wanted", {"wanted": False}),
    ("POST", "settings/restore", None),
    ("GET", "settings/presets", None),
    ("POST", "settings/presets", {"name": "both", "version": 0}),
    ("DELETE", "settings/presets", None),
    ("POST", "drills", {}),
    ("GET", "drills", None),
)


def test_a_key_without_the_role_changes_none_of_it(cast: Cast) -> None:
    weak = program_of(cast.alice, Role.PAYROLL_TAB)
    answers = {path: weak.call(method, path, body).status for method, path, body in WRITES}
    assert set(answers.values()) == {403}, answers
    self_service = program_of(cast.alice, Role.SELF_SERVICE)
    for path in ("handovers", "settings", "connection/takeover"):
        assert self_service.call("GET", path).status == 403, path


def test_a_guest_link_is_made_shown_once_and_taken_back(program: Program, cast: Cast) -> None:
    refused = program.call("POST", "guest-links", {"made_for": " "})
    assert (refused.status, refused.body["problems"][0]["field"]) == (422, "made_for")
    assert program.call("POST", "guest-links", {"made_for": "Amir", "purpose": "connect"}).status == 422
    made = program.call("POST", "guest-links", {"made_for": "Amir, the bookkeeper"})
    assert made.status == 201
    address = made.body["url"].removeprefix("http://localhost:8000")
    assert cast.anonymous.get(address).status_code == 302
    assert "Authorise Harbour Lane Bakery Pty Ltd" in text_of(cast.anonymous.get("/xero/guest/"))
    (listed,) = program.call("GET", "guest-links").body
    assert (listed, listed["standing"]) == (made.body["link"], "open")
    assert address.split("/")[-2] not in str(listed)
    taken = program.call("DELETE", f"guest-links/{listed['link_id']}").body
    assert taken["standing"] == "revoked"
    assert program.call("DELETE", f"guest-links/{listed['link_id']}").status == 422


def test_a_hand_over_is_appointed_and_put_off_and_never_says_why(program: Program, cast: Cast) -> None:
    employees = program.call("GET", "employees").body["employees"]
    rosa = next(one["employee_id"] for one in employees if one["first_name"] == "Rosa")
    today = clock.today_in("Australia/Melbourne")
    last_day, soon = today + timedelta(days=14), today + timedelta(days=3)
    leaves = {"termination_on": last_day.isoformat(), "reason": "V"}
    assert program.call("POST", f"employees/{rosa}/termination", leaves).status == 200
    (task,) = program.call("GET", "handovers").body
    one = program.call("GET", f"handovers/{task['task_id']}").body
    alice = str(cast.alice.user.id)
    assert one["candidate_user_ids"] == [alice]
    where = f"handovers/{task['task_id']}"
    assert program.call("POST", f"{where}/appoint", {"user_id": str(cast.dana.user.id)}).status == 422
    assert program.call("POST", f"{where}/appoint", {"user_id": alice}).body["owner_user_id"] == alice
    late = {"until": (last_day + timedelta(days=1)).isoformat()}
    assert program.call("POST", f"{where}/put-off", late).status == 422
    assert (
        program.call("POST", f"{where}/put-off", {"until": soon.isoformat()}).body["put_off_until"] == soon.isoformat()
    )
    assert "termination" not in str(program.call("GET", where).body)
    assert program.call("DELETE", f"employees/{rosa}/termination").status == 200
    (closed,) = program.call("GET", "handovers?closed=true").body
    assert (closed["task_id"], closed["closed_because"]) == (task["task_id"], "taken_back")
    assert program.call("GET", "handovers").body == []


def test_the_standby_carries_is_given_up_and_is_done_without(program: Program) -> None:
    assert program.call("GET", "connection/takeover").body is None
    carried = program.call("POST", "connection/standby/use").body
    assert [(one["role"], one["name"]) for one in carried["authorisers"]] == [
        ("primary", "Amir Lim"),
        ("standby", "Rosa Byrne"),
    ]
    taken = program.call("GET", "connection/takeover").body
    assert (taken["because"], taken["written_twice"]) == ("by_hand", 0)
    left = program.call("POST", "connection/standby/give-up").body
    assert [one["role"] for one in left["authorisers"]] == ["primary"]
    assert program.call("POST", "connection/standby/use").status == 422
    assert "no_standby" not in program.call("POST", "connection/standby/not-now").body["concerns"]
    assert "no_standby" in program.call("POST", "connection/standby/wanted", {"wanted": True}).body["concerns"]
    assert "no_standby" not in program.call("POST", "connection/standby/wanted", {"wanted": False}).body["concerns"]


def test_settings_are_read_and_restored_after_a_disconnect(program: Program, cast: Cast) -> None:
    chosen = facade.get_preferences(cast.alice.actor).preferences
    facade.save_preferences(cast.alice.actor, replace(chosen, auto_import=True))
    assert program.call("GET", "settings").body["chosen"]["auto_import"] is True
    program.call("POST", "connection/disconnect", {"organisation": BAKERY})
    after = program.call("GET", "settings").body
    assert (after["chosen"]["auto_import"], after["differ_from_before"]) == (False, ["auto_import"])
    restored = program.call("POST", "settings/restore").body
    assert (restored["chosen"]["auto_import"], restored["differ_from_before"]) == (True, [])
    assert restored["version"] > after["version"]
    both = next(one for one in program.call("GET", "settings/presets").body if one["name"] == "both")
    assert "auto_export" in both["changes"]
    applied = program.call("POST", "settings/presets", {"name": "both", "version": restored["version"]}).body
    assert applied["chosen"]["auto_export"] is True
    assert program.call("DELETE", "settings/presets").body["chosen"] == restored["chosen"]
    assert program.call("DELETE", "settings/presets").status in (409, 422)


def test_a_drill_goes_from_the_first_call_to_the_last(program: Program) -> None:
    drill = program.call("POST", "drills", {}).body
    assert (drill["standing"], drill["next_step"]) == ("moving", "make")
    assert program.call("POST", "drills", {}).status == 422
    while drill["standing"] == "moving":
        drill = program.call("POST", f"drills/{drill['drill_id']}/advance", {}).body
    assert drill["standing"] == "your_turn"
    assert program.call("POST", f"drills/{drill['drill_id']}/advance", {}).body == drill
    cleaned = program.call("POST", f"drills/{drill['drill_id']}/clean-up").body
    assert (cleaned["standing"], cleaned["outcome"]) == ("ended", "interrupted")
    assert program.call("GET", "drills").body == [cleaned]
