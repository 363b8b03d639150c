"""Timesheets, in both versions of the API (xero.md 4.2, 9a item 25)."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tandem_sandbox.testing import Sandbox
from tandem_sandbox.tests.caller import EMPLOYEES, PAYROLL, Caller, quiet_sandbox, sign_in

V1, V2 = f"{PAYROLL}/Timesheets", "/payroll.xro/2.0/Timesheets"
UNKNOWN = "11111111-1111-4111-8111-111111111111"
SCOPES = "openid offline_access payroll.timesheets payroll.employees payroll.settings"
START, END = "2024-07-15", "2024-07-28"
FORTNIGHT = [7.6] * 5 + [0.0] * 2 + [7.6] * 5 + [0.0] * 2


@pytest.fixture
def sandbox() -> Sandbox:
    return quiet_sandbox(employees=12)


@pytest.fixture
def rosa(sandbox: Sandbox) -> Caller:
    return sign_in(sandbox, scope=SCOPES)


def _list(rosa: Caller, **more: Any) -> list[dict[str, Any]]:
    found = rosa.get(V1, **more).get_json()["Timesheets"]
    assert isinstance(found, list)
    return found


def _rate(rosa: Caller) -> str:
    return str(rosa.get(f"{PAYROLL}/PayItems").get_json()["PayItems"]["EarningsRates"][0]["EarningsRateID"])


def _sheet(rosa: Caller, **changes: Any) -> dict[str, Any]:
    line = {"EarningsRateID": _rate(rosa), "NumberOfUnits": FORTNIGHT}
    person = rosa.employees()[0]["EmployeeID"]
    return {"EmployeeID": person, "StartDate": START, "EndDate": END, "TimesheetLines": [line], **changes}


def _make(rosa: Caller, **changes: Any) -> dict[str, Any]:
    answer = rosa.post(V1, [_sheet(rosa, **changes)])
    assert answer.status_code == 200, answer.get_data(as_text=True)
    (made,) = answer.get_json()["Timesheets"]
    assert isinstance(made, dict)
    return made


def _messages(answer: TestResponse) -> list[str]:
    assert answer.status_code == 400
    (record,) = answer.get_json()["Timesheets"]
    return [item["Message"] for item in record["ValidationErrors"]]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"EmployeeID": None}, "The Employee ID is required."),
        ({"EmployeeID": UNKNOWN}, "The Employee ID does not exist."),
        ({"EndDate": None}, "The End Date is required."),
        ({"EndDate": "2024-07-29"}, "The dates are not those of a pay period of the employee's calendar."),
        ({"StartDate": "9999-12-31"}, "The dates are not those of a pay period of the employee's calendar."),
        ({"Status": "PROCESSED"}, "A timesheet is processed by its pay run."),
        ({"Status": "DONE"}, "'DONE' is not a valid Status."),
        ({"TimesheetID": UNKNOWN}, "The Timesheet ID does not exist."),
        ({"Note": "x"}, "'Note' is not a valid element in Timesheet"),
        ({"TimesheetLines": [{"EarningsRateID": UNKNOWN, "NumberOfUnits": FORTNIGHT}]}, "Invalid EarningsRateID"),
        (
            {"TimesheetLines": [{"EarningsRateID": UNKNOWN, "NumberOfUnits": [7.6] * 7}]},
            "The Number Of Units must have one number for each of the 14 days.",
        ),
        (
            {"TimesheetLines": [{"EarningsRateID": UNKNOWN, "NumberOfUnits": ["much"] * 14}]},
            "The Number Of Units must be a number.",
        ),
    ],
)
def test_a_bad_timesheet_is_refused_in_words_and_nothing_is_saved(
    rosa: Caller, changes: dict[str, Any], message: str
) -> None:
    before = _list(rosa)
    assert message in _messages(rosa.post(V1, [_sheet(rosa, **changes)]))
    assert _list(rosa) == before


@pytest.mark.parametrize("lines", ["x", {"a": 1}, [1], [{"NumberOfUnits": 5}], [{"NumberOfUnits": [[1]]}]])
def test_lines_of_the_wrong_kind_are_500(rosa: Caller, lines: Any) -> None:
    assert rosa.post(V1, [_sheet(rosa, TimesheetLines=lines)]).status_code == 500


def test_a_second_timesheet_for_a_period_is_refused_even_in_one_request(rosa: Caller) -> None:
    assert rosa.post(V1, [_sheet(rosa), _sheet(rosa)]).status_code == 400
    assert _messages(rosa.post(V1, [_sheet(rosa)])) == ["The employee has a timesheet for this period already."]


def test_a_processed_timesheet_cannot_be_changed(rosa: Caller) -> None:
    processed = next(row for row in _list(rosa) if row["Status"] == "PROCESSED")
    answer = rosa.post(f"{V1}/{processed['TimesheetID']}", [{"Status": "DRAFT"}])
    assert _messages(answer) == ["A processed timesheet cannot be changed."]
    for path, verb in (("", "DELETE"), ("/Approve", "POST"), ("/RevertToDraft", "POST")):
        assert rosa.call(verb, f"{V2}/{processed['TimesheetID']}{path}").status_code == 400


def test_moving_a_timesheet_needs_its_lines_again(rosa: Caller) -> None:
    made = _make(rosa)
    moved = {"StartDate": "2024-07-29", "EndDate": "2024-08-11"}
    answer = rosa.post(f"{V1}/{made['TimesheetID']}", [moved])
    assert _messages(answer) == ["The Timesheet Lines are required for another period."]


@pytest.mark.parametrize("path", [V1, V2])
def test_timesheets_need_their_own_scope(sandbox: Sandbox, path: str) -> None:
    stranger = sign_in(sandbox, scope="openid offline_access payroll.employees payroll.settings")
    assert stranger.get(path).status_code == 401
    reader = sign_in(sandbox, scope="openid offline_access payroll.timesheets.read")
    assert reader.get(path).status_code == 200


@pytest.mark.parametrize("path", [f"{V1}/{UNKNOWN}", f"{V2}/{UNKNOWN}"])
def test_an_unknown_timesheet_is_404(rosa: Caller, path: str) -> None:
    assert rosa.get(path).status_code == 404


def test_a_timesheet_has_one_number_for_each_day(rosa: Caller) -> None:
    made = _make(rosa)
    assert (made["Status"], made["Hours"]) == ("DRAFT", 76.0)
    (line,) = made["TimesheetLines"]
    assert line["NumberOfUnits"] == FORTNIGHT
    assert rosa.get(f"{V1}/{made['TimesheetID']}").get_json()["Timesheet"] == made


def test_an_update_of_the_status_leaves_the_lines_alone(rosa: Caller) -> None:
    made = _make(rosa)
    (updated,) = rosa.post(f"{V1}/{made['TimesheetID']}", [{"Status": "APPROVED"}]).get_json()["Timesheets"]
    assert updated["Status"] == "APPROVED"
    assert updated["TimesheetLines"] == made["TimesheetLines"]


def test_timesheets_are_filtered_by_hours(rosa: Caller) -> None:
    assert {row["Hours"] for row in _list(rosa, query={"where": "Hours>70"})} == {76.0}


def test_the_calendar_of_an_employee_stays_while_a_timesheet_or_leave_waits(rosa: Caller) -> None:
    made = _make(rosa)
    weekly = rosa.get(f"{PAYROLL}/PayrollCalendars").get_json()["PayrollCalendars"][1]["PayrollCalendarID"]
    path, change = f"{EMPLOYEES}/{made['EmployeeID']}", [{"PayrollCalendarID": weekly}]
    refused = rosa.post(path, change)
    assert refused.status_code == 400
    assert "unprocessed timesheet" in refused.get_data(as_text=True)
    waiting = rosa.get(f"{PAYROLL}/LeaveApplications").get_json()["LeaveApplications"][1]["EmployeeID"]
    assert "unprocessed leave" in rosa.post(f"{EMPLOYEES}/{waiting}", change).get_data(as_text=True)
    assert rosa.call("DELETE", f"{V2}/{made['TimesheetID']}").status_code == 200
    assert rosa.post(path, change).status_code == 200


def _new(rosa: Caller, **changes: Any) -> dict[str, Any]:
    person = rosa.employees()[0]
    rate = _rate(rosa)
    return {
        "payrollCalendarID": person["PayrollCalendarID"],
        "employeeID": person["EmployeeID"],
        "startDate": START,
        "endDate": END,
        "timesheetLines": [
            {"date": "2024-07-15", "earningsRateID": rate, "numberOfUnits": 8},
            {"date": "2024-07-17", "earningsRateID": rate, "numberOfUnits": 6},
        ],
        **changes,
    }


def _make_new(rosa: Caller) -> dict[str, Any]:
    answer = rosa.post(V2, _new(rosa))
    assert answer.status_code == 200, answer.get_data(as_text=True)
    made = answer.get_json()["timesheet"]
    assert isinstance(made, dict)
    return made


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"employeeID": None}, "EmployeeID", "The Employee ID is required."),
        ({"employeeID": UNKNOWN}, "PayrollCalendarID", "The employee is not on this pay calendar."),
        ({"payrollCalendarID": UNKNOWN}, "PayrollCalendarID", "The employee is not on this pay calendar."),
        ({"startDate": "soon"}, "StartDate", "The Start Date is not a valid date."),
        (
            {"endDate": "2024-07-27"},
            "StartDate",
            "The dates are not those of a pay period of the employee's calendar.",
        ),
        ({"timesheetLines": "x"}, "TimesheetLines", "The Timesheet Lines must be a list."),
        ({"timesheetLines": [{}]}, "NumberOfUnits", "The Number Of Units is required."),
        (
            {"timesheetLines": [{"date": "2024-07-29", "earningsRateID": UNKNOWN, "numberOfUnits": 1}]},
            "Date",
            "The Date is not in the period of the timesheet.",
        ),
        (
            {"timesheetLines": [{"date": START, "earningsRateID": UNKNOWN, "numberOfUnits": 1}]},
            "EarningsRateID",
            "Invalid EarningsRateID",
        ),
        (
            {"timesheetLines": [{"date": {"a": 1}, "earningsRateID": UNKNOWN, "numberOfUnits": 1}]},
            "Date",
            "The Date is not a valid date.",
        ),
    ],
)
def test_the_second_version_names_the_bad_field(rosa: Caller, changes: dict[str, Any], field: str, reason: str) -> None:
    answer = rosa.post(V2, _new(rosa, **changes))
    assert answer.status_code == 400
    assert {"name": field, "reason": reason} in answer.get_json()["invalidFields"]


@pytest.mark.parametrize("body", [[], [{}], "x", None])
def test_what_is_no_object_is_a_problem(rosa: Caller, body: Any) -> None:
    answer = rosa.post(V2, body)
    assert (answer.status_code, answer.get_json()["title"]) == (400, "BadRequest")


def test_a_problem_comes_in_an_envelope_by_switch(sandbox: Sandbox, rosa: Caller) -> None:
    sandbox.control("PATCH", "switches", {"timesheet_problem_shape": "envelope"})
    answer = rosa.post(V2, {}).get_json()
    assert (answer["httpStatusCode"], answer["problem"]["title"]) == ("BadRequest", "BadRequest")


@pytest.mark.parametrize("query", ["page=0", "page=x", "filter=name==x", "startDate=soon", "endDate=never"])
def test_a_query_that_cannot_be_read_is_a_problem(rosa: Caller, query: str) -> None:
    assert rosa.get(f"{V2}?{query}").status_code == 400


def test_both_versions_show_the_same_timesheet(rosa: Caller) -> None:
    made = _make_new(rosa)
    first = rosa.get(f"{V1}/{made['timesheetID']}").get_json()["Timesheet"]
    assert first["Hours"] == made["totalHours"] == 14
    assert first["TimesheetLines"][0]["NumberOfUnits"] == [8, 0, 6, *[0] * 11]
    assert (made["status"], made["startDate"]) == ("Draft", "2024-07-15T00:00:00")
    assert rosa.get(f"{V2}/{made['timesheetID']}").get_json()["timesheet"] == made


@pytest.mark.parametrize(
    ("query", "statuses"),
    [
        ("", ["Draft", "Approved", "Completed", "Draft"]),
        ("status=approved", ["Approved"]),
        ("startDate=2024-07-01", ["Draft", "Approved", "Draft"]),
        ("endDate=2024-06-30", ["Completed"]),
        ("sort=startDate", ["Draft", "Approved", "Draft", "Completed"]),
        ("page=2", []),
    ],
)
def test_the_second_list_is_filtered_sorted_and_counted(rosa: Caller, query: str, statuses: list[str]) -> None:
    answer = rosa.get(f"{V2}?{query}").get_json()
    assert [row["status"] for row in answer["timesheets"]] == statuses
    assert answer["pagination"]["pageSize"] == 100
    assert "timesheetLines" not in str(answer)


def test_the_second_list_is_filtered_by_employee(rosa: Caller) -> None:
    first = rosa.get(V2).get_json()["timesheets"][0]
    text = f"employeeId=={first['employeeID']},payrollCalendarId=={first['payrollCalendarID']}"
    answer = rosa.get(V2, query={"filter": text}).get_json()
    assert answer["timesheets"] == [first]
    assert answer["pagination"] == {"page": 1, "pageSize": 100, "pageCount": 1, "itemCount": 1}


def test_lines_are_added_replaced_and_deleted(rosa: Caller) -> None:
    made = _make_new(rosa)
    lines = f"{V2}/{made['timesheetID']}/Lines"
    line = {"date": "2024-07-16", "earningsRateID": _rate(rosa), "numberOfUnits": 1}
    added = rosa.post(lines, line).get_json()["timesheetLine"]
    replaced = rosa.call("PUT", f"{lines}/{added['timesheetLineID']}", json={**line, "numberOfUnits": 2}).get_json()
    assert replaced["timesheetLine"] == {**added, "numberOfUnits": 2}
    assert rosa.get(f"{V2}/{made['timesheetID']}").get_json()["timesheet"]["totalHours"] == 16
    gone = rosa.call("DELETE", f"{lines}/{added['timesheetLineID']}")
    assert gone.get_json()["timesheetLineID"] == added["timesheetLineID"]
    assert rosa.call("DELETE", f"{lines}/{added['timesheetLineID']}").status_code == 404
    assert rosa.call("PUT", f"{lines}/{added['timesheetLineID']}", json=line).status_code == 404


def test_an_approved_timesheet_is_closed_until_it_is_reverted(rosa: Caller) -> None:
    path = f"{V2}/{_make_new(rosa)['timesheetID']}"
    assert rosa.post(f"{path}/RevertToDraft", None).status_code == 400
    assert rosa.post(f"{path}/Approve", None).get_json()["timesheet"]["status"] == "Approved"
    assert rosa.post(f"{path}/Approve", None).status_code == 400
    assert rosa.call("DELETE", path).status_code == 400
    assert rosa.post(f"{path}/RevertToDraft", None).get_json()["timesheet"]["status"] == "Draft"
    assert rosa.call("DELETE", path).status_code == 200
    assert rosa.get(path).status_code == 404


def test_a_deletion_answers_with_an_empty_envelope_by_switch(sandbox: Sandbox, rosa: Caller) -> None:
    sandbox.control("PATCH", "switches", {"timesheet_deleted_answer": "envelope"})
    answer = rosa.call("DELETE", f"{V2}/{_make_new(rosa)['timesheetID']}").get_json()
    assert (answer["httpStatusCode"], answer["timesheetLine"]) == ("OK", None)
