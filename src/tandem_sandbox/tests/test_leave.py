"""Leave applications (xero.md 4.2, 9a item 23)."""

from typing import Any

import pytest

from tandem_sandbox.testing import Sandbox
from tandem_sandbox.tests.caller import EMPLOYEES, PAYROLL, Caller, quiet_sandbox, sign_in

LEAVE = f"{PAYROLL}/LeaveApplications"
UNKNOWN = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def sandbox() -> Sandbox:
    return quiet_sandbox(employees=12)


@pytest.fixture
def rosa(sandbox: Sandbox) -> Caller:
    return sign_in(sandbox)


def _list(rosa: Caller, version: str = "/v2", **more: Any) -> list[dict[str, Any]]:
    found = rosa.get(LEAVE + version, **more).get_json()["LeaveApplications"]
    assert isinstance(found, list)
    return found


def _in_status(rosa: Caller, status: str) -> dict[str, Any]:
    return next(row for row in _list(rosa) if _statuses(row) == {status})


def _statuses(row: dict[str, Any]) -> set[str]:
    return {period["LeavePeriodStatus"] for period in row["LeavePeriods"]}


def _holiday(rosa: Caller, **changes: Any) -> dict[str, Any]:
    person = rosa.employees()[0]["EmployeeID"]
    kind = rosa.get(f"{PAYROLL}/PayItems").get_json()["PayItems"]["LeaveTypes"][0]["LeaveTypeID"]
    return {
        "EmployeeID": person,
        "LeaveTypeID": kind,
        "Title": "Holiday",
        "StartDate": "2024-07-11",
        "EndDate": "2024-07-16",
        **changes,
    }


def _messages(answer: Any) -> list[str]:
    assert answer.status_code == 400
    (record,) = answer.get_json()["LeaveApplications"]
    return [item["Message"] for item in record["ValidationErrors"]]


def _make(rosa: Caller, **changes: Any) -> dict[str, Any]:
    answer = rosa.post(LEAVE, [_holiday(rosa, **changes)])
    assert answer.status_code == 200, answer.get_data(as_text=True)
    (made,) = answer.get_json()["LeaveApplications"]
    assert isinstance(made, dict)
    return made


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"EmployeeID": None}, "The Employee ID is required."),
        ({"EmployeeID": UNKNOWN}, "The Employee ID does not exist."),
        ({"EmployeeID": "Rosa"}, "The Employee ID is not a valid id."),
        ({"LeaveTypeID": None}, "The Leave Type ID is required."),
        ({"LeaveTypeID": UNKNOWN}, "The Leave Type ID does not exist."),
        ({"Title": ""}, "The Title is required."),
        ({"Title": "x" * 51}, "The Title must not be longer than 50 characters."),
        ({"Description": "x" * 201}, "The Description must not be longer than 200 characters."),
        ({"StartDate": None}, "The Start Date is required."),
        ({"EndDate": "2024-07-10"}, "The End Date must not be before the Start Date."),
        ({"EndDate": "9999-12-31"}, "The dates of the leave are not valid."),
        ({"StartDate": "/Date(253402300799999)/"}, "The dates of the leave are not valid."),
        ({"EndDate": "2026-08-01"}, "The leave must not be longer than two years."),
        ({"PayOutType": "LATER"}, "'LATER' is not a valid Pay Out Type."),
        ({"Reason": "sun"}, "'Reason' is not a valid element in LeaveApplication"),
        ({"LeaveApplicationID": UNKNOWN}, "The Leave Application ID does not exist."),
        (
            {"LeavePeriods": [{"PayPeriodStartDate": "2024-07-02", "NumberOfUnits": 1}]},
            "The leave period is not a pay period of the employee's calendar within the leave.",
        ),
        ({"LeavePeriods": [{"NumberOfUnits": "many"}]}, "The Number Of Units must be a number."),
    ],
)
def test_bad_leave_is_refused_in_words_and_nothing_is_saved(
    rosa: Caller, changes: dict[str, Any], message: str
) -> None:
    before = _list(rosa)
    assert message in _messages(rosa.post(LEAVE, [_holiday(rosa, **changes)]))
    assert _list(rosa) == before


@pytest.mark.parametrize("changes", [{"StartDate": "11/07/2024"}, {"EndDate": 20240716}, {"LeavePeriods": "two"}])
def test_a_date_in_the_wrong_format_is_500_as_on_payroll_au(rosa: Caller, changes: dict[str, Any]) -> None:
    assert rosa.post(LEAVE, [_holiday(rosa, **changes)]).status_code == 500


def test_leave_of_somebody_without_a_pay_calendar_is_refused(sandbox: Sandbox, rosa: Caller) -> None:
    person = _holiday(rosa)["EmployeeID"]
    changes = {"PayrollCalendarID": None}
    sandbox.control("POST", "events", {"kind": "edit_employee", "employee": person, "changes": changes})
    assert _messages(rosa.post(LEAVE, [_holiday(rosa)])) == ["The employee has no pay calendar."]


def test_leave_is_not_deleted(rosa: Caller) -> None:
    made = _make(rosa)
    assert rosa.call("DELETE", f"{LEAVE}/{made['LeaveApplicationID']}").status_code == 405
    assert made in _list(rosa)


@pytest.mark.parametrize("path", ["", "/approve", "/reject"])
def test_leave_that_does_not_exist_is_404(rosa: Caller, path: str) -> None:
    assert rosa.post(f"{LEAVE}/{UNKNOWN}{path}", [{"Title": "x"}]).status_code == 404
    assert rosa.get(f"{LEAVE}/{UNKNOWN}").status_code == 404


def test_a_reader_may_not_write_leave(sandbox: Sandbox) -> None:
    reader = sign_in(sandbox, scope="openid offline_access payroll.employees.read")
    requested = _in_status(reader, "REQUESTED")["LeaveApplicationID"]
    assert reader.post(f"{LEAVE}/{requested}/approve", None).status_code == 401


@pytest.mark.parametrize("body", [{}, [], "x", [1]])
def test_what_is_no_array_of_leave_is_400(rosa: Caller, body: Any) -> None:
    assert rosa.post(LEAVE, body).status_code == 400


def test_the_first_list_shows_approved_leave_only(rosa: Caller) -> None:
    shown = set().union(*(_statuses(row) for row in _list(rosa, "")))
    assert shown == {"SCHEDULED", "PROCESSED"}


def test_the_second_list_shows_leave_of_every_status(rosa: Caller) -> None:
    shown = set().union(*(_statuses(row) for row in _list(rosa)))
    assert shown == {"SCHEDULED", "PROCESSED", "REQUESTED", "REJECTED"}


def test_a_fancy_if_modified_since_breaks_the_second_list_by_switch(sandbox: Sandbox, rosa: Caller) -> None:
    fancy = {"If-Modified-Since": "2024-07-01T00:00:00.123Z"}
    assert _list(rosa, headers=fancy) == []
    sandbox.control("PATCH", "switches", {"modified_since_with_milliseconds": 500})
    assert rosa.get(f"{LEAVE}/v2", headers=fancy).status_code == 500


def test_leave_is_filtered_and_ordered(rosa: Caller) -> None:
    starts = [row["StartDate"] for row in _list(rosa, query={"order": "StartDate DESC"})]
    assert starts == sorted(starts, reverse=True)
    (one,) = _list(rosa, query={"where": 'Title=="Wedding"'})
    assert one["Title"] == "Wedding"
    assert rosa.get(LEAVE, query={"where": 'Status=="SCHEDULED"'}).status_code == 400


def test_new_leave_is_scheduled_over_the_pay_periods_of_the_employee(rosa: Caller) -> None:
    made = _make(rosa)
    assert [(item["LeavePeriodStatus"], item["NumberOfUnits"]) for item in made["LeavePeriods"]] == [
        ("SCHEDULED", 15.2),
        ("SCHEDULED", 15.2),
    ]
    first, second = made["LeavePeriods"]
    assert (first["PayPeriodStartDate"], first["PayPeriodEndDate"]) == (
        "/Date(1719792000000+0000)/",
        "/Date(1720915200000+0000)/",
    )
    assert second["PayPeriodStartDate"] == "/Date(1721001600000+0000)/"
    assert made["PayOutType"] == "DEFAULT"
    (read,) = rosa.get(f"{LEAVE}/{made['LeaveApplicationID']}").get_json()["LeaveApplications"]
    assert read == made


def test_the_units_of_a_period_may_be_sent(rosa: Caller) -> None:
    made = _make(rosa, LeavePeriods=[{"PayPeriodStartDate": "2024-07-15", "NumberOfUnits": 3.5}])
    assert [item["NumberOfUnits"] for item in made["LeavePeriods"]] == [15.2, 3.5]


def test_new_leave_is_requested_by_switch(sandbox: Sandbox, rosa: Caller) -> None:
    sandbox.control("PATCH", "switches", {"new_leave_status": "REQUESTED"})
    assert _statuses(_make(rosa)) == {"REQUESTED"}


@pytest.mark.parametrize(("setting", "status"), [("ignored", "SCHEDULED"), ("kept", "REQUESTED")])
def test_a_status_that_is_sent_counts_by_switch(sandbox: Sandbox, rosa: Caller, setting: str, status: str) -> None:
    sandbox.control("PATCH", "switches", {"sent_leave_period_status": setting})
    sent = [{"PayPeriodStartDate": "2024-07-01", "LeavePeriodStatus": "REQUESTED"}]
    assert _make(rosa, EndDate="2024-07-11", LeavePeriods=sent)["LeavePeriods"][0]["LeavePeriodStatus"] == status


def test_overlapping_leave_is_refused_by_switch(sandbox: Sandbox, rosa: Caller) -> None:
    _make(rosa)
    _make(rosa)
    sandbox.control("PATCH", "switches", {"leave_overlap": "refuse"})
    assert _messages(rosa.post(LEAVE, [_holiday(rosa)])) == ["The employee has other leave on these dates."]


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2024-07-11", 1720656000000),
        ("/Date(1720656000000+0000)/", 1720656000000),
        ("/Date(1720648800000+0000)/", 1720656000000),  # 22:00 UTC the day before is that day in Sydney
        ("2024-07-10T14:00:00Z", 1720656000000),
    ],
)
def test_a_day_sent_as_morning_in_the_organisation_is_that_day(rosa: Caller, sent: str, read: int) -> None:
    assert _make(rosa, StartDate=sent)["StartDate"] == f"/Date({read}+0000)/"


def test_leave_dates_are_written_as_the_evening_before_by_switch(sandbox: Sandbox, rosa: Caller) -> None:
    sandbox.control("PATCH", "switches", {"leave_dates": "evening_before"})
    made = _make(rosa)
    assert made["StartDate"] == "/Date(1720648800000+0000)/"
    assert made["LeavePeriods"][0]["PayPeriodStartDate"] == "/Date(1719792000000+0000)/"


@pytest.mark.parametrize(("verb", "status"), [("approve", "SCHEDULED"), ("reject", "REJECTED")])
def test_requested_leave_is_decided_once(sandbox: Sandbox, rosa: Caller, verb: str, status: str) -> None:
    requested = _in_status(rosa, "REQUESTED")
    sandbox.clock.advance(5)
    answer = rosa.call("POST", f"{LEAVE}/{requested['LeaveApplicationID']}/{verb}")
    (decided,) = answer.get_json()["LeaveApplications"]
    assert _statuses(decided) == {status}
    assert decided["UpdatedDateUTC"] != requested["UpdatedDateUTC"]
    for again in ("approve", "reject"):
        refused = rosa.call("POST", f"{LEAVE}/{requested['LeaveApplicationID']}/{again}")
        assert refused.status_code == 400
        assert "Only requested leave can be" in refused.get_data(as_text=True)
    assert decided in _list(rosa)


def test_a_retried_approval_under_its_key_gives_the_same_answer(rosa: Caller) -> None:
    requested = _in_status(rosa, "REQUESTED")["LeaveApplicationID"]
    path = f"{LEAVE}/{requested}/approve"
    answers = [rosa.call("POST", path, headers={"Idempotency-Key": "once"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].data == answers[1].data


def test_an_update_keeps_status_and_spreads_the_new_dates(rosa: Caller) -> None:
    requested = _in_status(rosa, "REQUESTED")
    path = f"{LEAVE}/{requested['LeaveApplicationID']}"
    (updated,) = rosa.post(path, [{"EndDate": "2024-08-06"}]).get_json()["LeaveApplications"]
    assert [(item["LeavePeriodStatus"], item["NumberOfUnits"]) for item in updated["LeavePeriods"]] == [
        ("REQUESTED", 15.2)
    ]
    assert updated["Title"] == requested["Title"]


def test_an_update_of_the_title_leaves_the_periods_alone(sandbox: Sandbox, rosa: Caller) -> None:
    made = _make(rosa, LeavePeriods=[{"PayPeriodStartDate": "2024-07-15", "NumberOfUnits": 3.5}])
    sandbox.clock.advance(5)
    path = f"{LEAVE}/{made['LeaveApplicationID']}"
    (updated,) = rosa.post(path, [{"Title": "Long holiday"}]).get_json()["LeaveApplications"]
    assert updated["LeavePeriods"] == made["LeavePeriods"]
    assert updated["UpdatedDateUTC"] != made["UpdatedDateUTC"]
    (same,) = rosa.post(path, [{"Title": "Long holiday"}]).get_json()["LeaveApplications"]
    assert same == updated


def test_the_employee_of_leave_cannot_be_changed(rosa: Caller) -> None:
    made = _make(rosa)
    other = rosa.employees()[1]["EmployeeID"]
    answer = rosa.post(f"{LEAVE}/{made['LeaveApplicationID']}", [{"EmployeeID": other}])
    assert _messages(answer) == ["The employee of a leave application cannot be changed."]


def test_processed_leave_can_be_renamed_but_not_moved(rosa: Caller) -> None:
    processed = _in_status(rosa, "PROCESSED")
    path = f"{LEAVE}/{processed['LeaveApplicationID']}"
    assert _messages(rosa.post(path, [{"EndDate": "2024-06-27"}])) == [
        "Leave that was processed in a pay run cannot be changed."
    ]
    assert rosa.post(path, [{"Title": "Winter break"}]).status_code == 200


def test_two_records_in_one_update_are_refused(rosa: Caller) -> None:
    made = _make(rosa)
    assert rosa.post(f"{LEAVE}/{made['LeaveApplicationID']}", [{"Title": "a"}, {"Title": "b"}]).status_code == 400


def test_the_same_seed_gives_the_same_leave(rosa: Caller) -> None:
    assert _list(rosa) == _list(sign_in(quiet_sandbox(employees=12)))


def test_small_and_empty_organisations_have_no_leave() -> None:
    assert _list(sign_in(quiet_sandbox(employees=0))) == []


def test_employees_are_untouched_by_leave_that_is_asked_for(rosa: Caller) -> None:
    before = rosa.get(EMPLOYEES).get_json()["Employees"]
    _make(rosa)
    assert rosa.get(EMPLOYEES).get_json()["Employees"] == before
