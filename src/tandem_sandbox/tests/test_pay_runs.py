"""Pay runs, payslips, and what posting does to time (xero.md 4.2, 9a items 23 and 25)."""

from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tandem_sandbox.app import create_app
from tandem_sandbox.store import StateFile
from tandem_sandbox.testing import ControlRefused, Sandbox
from tandem_sandbox.tests.caller import PAYROLL, Caller, quiet_sandbox, sign_in

RUNS, PAYSLIP = f"{PAYROLL}/PayRuns", f"{PAYROLL}/Payslip"
LEAVE, TIMESHEETS = f"{PAYROLL}/LeaveApplications", f"{PAYROLL}/Timesheets"
UNKNOWN = "11111111-1111-4111-8111-111111111111"
SCOPES = "openid offline_access payroll.employees payroll.settings payroll.payruns payroll.payslip payroll.timesheets"
POST = [{"PayRunStatus": "POSTED"}]


@pytest.fixture
def sandbox() -> Sandbox:
    return quiet_sandbox(employees=12)


@pytest.fixture
def rosa(sandbox: Sandbox) -> Caller:
    return sign_in(sandbox, scope=SCOPES)


def _calendars(rosa: Caller) -> list[dict[str, Any]]:
    found = rosa.get(f"{PAYROLL}/PayrollCalendars").get_json()["PayrollCalendars"]
    assert isinstance(found, list)
    return found


def _new(rosa: Caller, **changes: Any) -> dict[str, Any]:
    return {"PayrollCalendarID": _calendars(rosa)[0]["PayrollCalendarID"], **changes}


def _draft(rosa: Caller) -> dict[str, Any]:
    (made,) = rosa.post(RUNS, [_new(rosa)]).get_json()["PayRuns"]
    assert isinstance(made, dict)
    return made


def _run(rosa: Caller, run: dict[str, Any]) -> dict[str, Any]:
    (found,) = rosa.get(f"{RUNS}/{run['PayRunID']}").get_json()["PayRuns"]
    assert isinstance(found, dict)
    return found


def _slip(rosa: Caller, run: dict[str, Any], person_id: str) -> dict[str, Any]:
    short = next(slip for slip in _run(rosa, run)["Payslips"] if slip["EmployeeID"] == person_id)
    found = rosa.get(f"{PAYSLIP}/{short['PayslipID']}").get_json()["Payslip"]
    assert isinstance(found, dict)
    return found


def _messages(answer: TestResponse) -> list[str]:
    assert answer.status_code == 400, answer.get_data(as_text=True)
    (record,) = answer.get_json()["PayRuns"]
    return [item["Message"] for item in record["ValidationErrors"]]


def _leave(rosa: Caller, title: str) -> dict[str, Any]:
    (found,) = rosa.get(f"{LEAVE}/v2", query={"where": f'Title=="{title}"'}).get_json()["LeaveApplications"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"PayrollCalendarID": None}, "The Payroll Calendar ID is required."),
        ({"PayrollCalendarID": UNKNOWN}, "The Payroll Calendar ID does not exist."),
        ({"PayRunStatus": "POSTED"}, "A new pay run is a draft."),
        ({"PayRunStatus": "PAID"}, "'PAID' is not a valid Pay Run Status."),
        ({"PayRunPeriodStartDate": "2024-07-02"}, "The dates are not those of a pay period of the pay calendar."),
        ({"PayRunPeriodStartDate": "9999-12-31"}, "The dates are not those of a pay period of the pay calendar."),
        ({"PayRunPeriodEndDate": "2024-07-13"}, "The dates are not those of a pay period of the pay calendar."),
        ({"PayRunPeriodStartDate": "2024-07-15"}, "The pay run is not for the next pay period of the pay calendar."),
        ({"PaymentDate": "9999-12-31"}, "The Payment Date is not a valid date."),
        ({"PayRunID": UNKNOWN}, "The Pay Run ID does not exist."),
        ({"Bonus": 1}, "'Bonus' is not a valid element in PayRun"),
    ],
)
def test_a_bad_pay_run_is_refused_in_words(rosa: Caller, changes: dict[str, Any], message: str) -> None:
    assert message in _messages(rosa.post(RUNS, [_new(rosa, **changes)]))
    assert len(rosa.get(RUNS).get_json()["PayRuns"]) == 1


def test_a_calendar_has_one_draft_at_a_time_even_in_one_request(rosa: Caller) -> None:
    assert rosa.post(RUNS, [_new(rosa), _new(rosa)]).status_code == 400
    _messages(rosa.post(RUNS, [_new(rosa)]))
    weekly = _calendars(rosa)[1]["PayrollCalendarID"]
    assert rosa.post(RUNS, [_new(rosa, PayrollCalendarID=weekly)]).status_code == 200


def test_a_posted_pay_run_cannot_be_changed(rosa: Caller) -> None:
    run = _draft(rosa)
    path = f"{RUNS}/{run['PayRunID']}"
    assert rosa.post(path, POST).status_code == 200
    for change in ({"PaymentDate": "2024-07-20"}, {"PayRunStatus": "DRAFT"}, {"PayRunStatus": "POSTED"}):
        assert _messages(rosa.post(path, [change])) == ["A posted pay run cannot be changed."]
    slip = _run(rosa, run)["Payslips"][0]["PayslipID"]
    refused = rosa.post(f"{PAYSLIP}/{slip}", [{"DeductionLines": []}])
    assert refused.status_code == 400
    assert "posted pay run" in refused.get_data(as_text=True)


def test_the_period_of_a_draft_cannot_be_changed(rosa: Caller) -> None:
    answer = rosa.post(f"{RUNS}/{_draft(rosa)['PayRunID']}", [{"PayRunPeriodStartDate": "2024-07-15"}])
    assert _messages(answer) == ["The pay calendar and the period of a pay run cannot be changed."]


@pytest.mark.parametrize("path", [RUNS, PAYSLIP])
def test_what_does_not_exist_is_404(rosa: Caller, path: str) -> None:
    assert rosa.get(f"{path}/{UNKNOWN}").status_code == 404
    assert rosa.post(f"{path}/{UNKNOWN}", POST).status_code == 404


def test_pay_runs_and_payslips_have_scopes_of_their_own(sandbox: Sandbox) -> None:
    reader = sign_in(sandbox, scope="openid offline_access payroll.payruns.read payroll.settings.read")
    slip = _run(reader, reader.get(RUNS).get_json()["PayRuns"][0])["Payslips"][0]["PayslipID"]
    assert reader.post(RUNS, [_new(reader)]).status_code == 401
    assert reader.get(f"{PAYSLIP}/{slip}").status_code == 401


@pytest.mark.parametrize("body", ["x", [], [1], [{}, {}], {"a": 1}])
def test_what_are_no_lines_of_a_payslip_is_400(rosa: Caller, body: Any) -> None:
    slip = _run(rosa, _draft(rosa))["Payslips"][0]["PayslipID"]
    assert rosa.post(f"{PAYSLIP}/{slip}", body).status_code == 400


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ({"Lines": []}, "'Lines' is not a valid element in PayslipLines"),
        ({"DeductionLines": [{"Amount": 1}]}, "Invalid DeductionTypeID"),
        ({"TaxLines": [{"Amount": "a lot"}]}, "The Amount must be a number."),
        ({"TaxLines": [{"Amount": 1e300}]}, "The Amount is out of range."),
        ({"TaxLines": [{"ManualTaxType": "NONE"}]}, "'NONE' is not a valid Manual Tax Type."),
    ],
)
def test_bad_lines_are_refused_in_words(rosa: Caller, lines: dict[str, Any], message: str) -> None:
    slip = _run(rosa, _draft(rosa))["Payslips"][0]["PayslipID"]
    refused = rosa.post(f"{PAYSLIP}/{slip}", [lines])
    assert refused.status_code == 400
    assert message in refused.get_data(as_text=True)


def test_lines_that_are_no_list_are_500(rosa: Caller) -> None:
    slip = _run(rosa, _draft(rosa))["Payslips"][0]["PayslipID"]
    assert rosa.post(f"{PAYSLIP}/{slip}", [{"TaxLines": {"Amount": 1}}]).status_code == 500


def test_sums_that_no_payroll_pays_still_are_numbers(rosa: Caller) -> None:
    person = rosa.employees()[0]["EmployeeID"]
    line = {"EarningsRateID": rosa.employees()[0]["OrdinaryEarningsRateID"], "RatePerUnit": 1e300}
    template = {"EarningsLines": [{**line, "CalculationType": "ENTEREARNINGSRATE", "NormalNumberOfUnits": 1e300}]}
    changes = {"PayTemplate": template}
    rosa.sandbox.control("POST", "events", {"kind": "edit_employee", "employee": person, "changes": changes})
    assert "Infinity" not in rosa.get(f"{RUNS}/{_draft(rosa)['PayRunID']}").get_data(as_text=True)


def test_a_pay_run_of_another_period_is_taken_by_switch_and_leaves_the_calendar_alone(
    sandbox: Sandbox, rosa: Caller
) -> None:
    sandbox.control("PATCH", "switches", {"pay_run_other_period": "accept"})
    (run,) = rosa.post(RUNS, [_new(rosa, PayRunPeriodStartDate="2024-07-15")]).get_json()["PayRuns"]
    before = _calendars(rosa)
    assert rosa.post(f"{RUNS}/{run['PayRunID']}", POST).status_code == 200
    assert _calendars(rosa) == before


def test_a_new_pay_run_is_a_draft_for_the_next_period(rosa: Caller) -> None:
    made = _draft(rosa)
    assert made["PayRunStatus"] == "DRAFT"
    assert made["PayRunPeriodStartDate"] == _calendars(rosa)[0]["StartDate"]
    assert made["PaymentDate"] == _calendars(rosa)[0]["PaymentDate"]
    listed = rosa.get(RUNS, query={"where": 'PayRunStatus=="DRAFT"'}).get_json()["PayRuns"]
    assert [run["PayRunID"] for run in listed] == [made["PayRunID"]]


def test_a_draft_can_be_paid_on_another_day_with_a_message(rosa: Caller) -> None:
    path = f"{RUNS}/{_draft(rosa)['PayRunID']}"
    (changed,) = rosa.post(path, [{"PaymentDate": "2024-07-20", "PayslipMessage": "Thank you"}]).get_json()["PayRuns"]
    assert (changed["PaymentDate"], changed["PayslipMessage"]) == ("/Date(1721433600000+0000)/", "Thank you")


def test_the_sums_of_a_run_are_those_of_its_payslips(rosa: Caller) -> None:
    for run in (rosa.get(RUNS).get_json()["PayRuns"][0], _draft(rosa)):
        found = _run(rosa, run)
        assert found["Wages"] > 0
        assert found["NetPay"] == round(sum(slip["NetPay"] for slip in found["Payslips"]), 2)
        assert found["Reimbursement"] == round(sum(slip["Reimbursements"] for slip in found["Payslips"]), 2)


def test_leave_and_timesheets_take_the_place_of_ordinary_hours(rosa: Caller) -> None:
    run, away = _draft(rosa), _leave(rosa, "School holidays")
    slip = _slip(rosa, run, away["EmployeeID"])
    assert [line["NumberOfUnits"] for line in slip["EarningsLines"]] == [38.0]
    assert [line["NumberOfUnits"] for line in slip["LeaveEarningsLines"]] == [38.0]
    sheet = rosa.get(TIMESHEETS, query={"where": 'Status=="APPROVED"'}).get_json()["Timesheets"][0]
    slip = _slip(rosa, run, sheet["EmployeeID"])
    assert slip["EarningsLines"] == []
    assert [line["NumberOfUnits"] for line in slip["TimesheetEarningsLines"]] == [65.0]


def test_cashed_out_leave_is_paid_on_top(rosa: Caller) -> None:
    slip = _slip(rosa, _draft(rosa), _leave(rosa, "Cashed out")["EmployeeID"])
    assert [line["NumberOfUnits"] for line in slip["EarningsLines"]] == [76.0]
    assert [line["PayOutType"] for line in slip["LeaveEarningsLines"]] == ["CASHED_OUT"]


def test_edited_lines_stay_and_the_sums_follow(rosa: Caller) -> None:
    run = _draft(rosa)
    slip = _slip(rosa, run, rosa.employees()[0]["EmployeeID"])
    union = rosa.get(f"{PAYROLL}/PayItems").get_json()["PayItems"]["DeductionTypes"][0]["DeductionTypeID"]
    line = {"DeductionTypeID": union, "CalculationType": "FIXEDAMOUNT", "Amount": 10.0}
    (edited,) = rosa.post(f"{PAYSLIP}/{slip['PayslipID']}", [{"DeductionLines": [line]}]).get_json()["Payslips"]
    assert edited["DeductionLines"] == [line]
    assert edited["NetPay"] == round(slip["NetPay"] - 10, 2)
    assert rosa.get(f"{PAYSLIP}/{slip['PayslipID']}").get_json()["Payslip"] == edited
    as_in_the_example = {"Payslip": {"EmployeeID": slip["EmployeeID"], "DeductionLines": []}}
    (undone,) = rosa.post(f"{PAYSLIP}/{slip['PayslipID']}", as_in_the_example).get_json()["Payslips"]
    assert undone["NetPay"] == slip["NetPay"]


def test_posting_processes_the_leave_and_timesheets_of_the_period_and_moves_the_calendar_on(rosa: Caller) -> None:
    before = _calendars(rosa)[0]
    assert rosa.post(f"{RUNS}/{_draft(rosa)['PayRunID']}", POST).get_json()["PayRuns"][0]["PayRunStatus"] == "POSTED"
    statuses = [period["LeavePeriodStatus"] for period in _leave(rosa, "School holidays")["LeavePeriods"]]
    assert statuses == ["PROCESSED"]
    assert _leave(rosa, "Wedding")["LeavePeriods"][0]["LeavePeriodStatus"] == "REQUESTED"
    sheets = [row["Status"] for row in rosa.get(TIMESHEETS).get_json()["Timesheets"]]
    assert sheets == ["DRAFT", "PROCESSED", "PROCESSED", "REQUESTED"]
    after = _calendars(rosa)[0]
    assert (after["StartDate"], after["PaymentDate"]) == ("/Date(1721001600000+0000)/", "/Date(1722297600000+0000)/")
    assert after["UpdatedDateUTC"] != before["UpdatedDateUTC"]


def test_leave_over_two_periods_is_processed_one_by_one(sandbox: Sandbox, rosa: Caller) -> None:
    wedding = _leave(rosa, "Wedding")
    rosa.call("POST", f"{LEAVE}/{wedding['LeaveApplicationID']}/approve")
    for _ in range(3):
        sandbox.control("POST", "events", {"kind": "post_pay_run", "calendar": "Fortnightly"})
    found = [period["LeavePeriodStatus"] for period in _leave(rosa, "Wedding")["LeavePeriods"]]
    assert found == ["PROCESSED", "SCHEDULED"]


@pytest.mark.parametrize("bumps", [True, False])
def test_balances_move_when_leave_is_processed(sandbox: Sandbox, rosa: Caller, bumps: bool) -> None:
    sandbox.control("PATCH", "switches", {"leave_balance_bumps": bumps})
    person = _leave(rosa, "School holidays")["EmployeeID"]
    before = rosa.employee(person)
    sandbox.control("POST", "events", {"kind": "post_pay_run"})
    after = rosa.employee(person)
    moved = after["LeaveBalances"][0]["NumberOfUnits"] - before["LeaveBalances"][0]["NumberOfUnits"]
    assert round(moved, 4) == round(152 * 14 / 364 - 38, 4)
    assert (after["UpdatedDateUTC"] != before["UpdatedDateUTC"]) is bumps


def test_a_posted_payslip_stays_as_it_was(sandbox: Sandbox, rosa: Caller) -> None:
    run = _draft(rosa)
    rosa.post(f"{RUNS}/{run['PayRunID']}", POST)
    person = rosa.employees()[0]["EmployeeID"]
    before = _slip(rosa, run, person)
    changes = {"TerminationDate": "2024-06-01", "TerminationReason": "V", "LastName": "Another"}
    sandbox.control("POST", "events", {"kind": "edit_employee", "employee": person, "changes": changes})
    assert _slip(rosa, run, person) == before


def test_who_has_left_or_not_begun_is_not_paid(sandbox: Sandbox, rosa: Caller) -> None:
    first, second = (person["EmployeeID"] for person in rosa.employees()[:2])
    for person, changes in (
        (first, {"TerminationDate": "2024-06-30", "TerminationReason": "V"}),
        (second, {"StartDate": "2024-07-15"}),
    ):
        sandbox.control("POST", "events", {"kind": "edit_employee", "employee": person, "changes": changes})
    assert {first, second}.isdisjoint(slip["EmployeeID"] for slip in _run(rosa, _draft(rosa))["Payslips"])


def test_leave_is_requested_and_decided_on_xeros_own_screens(sandbox: Sandbox, rosa: Caller) -> None:
    kind = rosa.get(f"{PAYROLL}/PayItems").get_json()["PayItems"]["LeaveTypes"][0]["LeaveTypeID"]
    fields = {
        "EmployeeID": rosa.employees()[0]["EmployeeID"],
        "LeaveTypeID": kind,
        "Title": "Sunshine",
        "StartDate": "2024-09-02",
        "EndDate": "2024-09-03",
    }
    made = sandbox.control("POST", "events", {"kind": "request_leave", "fields": fields})["leave"]
    assert _leave(rosa, "Sunshine")["LeavePeriods"][0]["LeavePeriodStatus"] == "REQUESTED"
    sandbox.control("POST", "events", {"kind": "approve_leave", "leave": made})
    assert _leave(rosa, "Sunshine")["LeavePeriods"][0]["LeavePeriodStatus"] == "SCHEDULED"
    with pytest.raises(ControlRefused, match="Only requested leave can be rejected"):
        sandbox.control("POST", "events", {"kind": "reject_leave", "leave": made})


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        ({"kind": "request_leave"}, "Give the elements of the leave"),
        ({"kind": "request_leave", "fields": {"Title": "x"}}, "The Employee ID is required."),
        ({"kind": "request_leave", "fields": {"StartDate": "soon"}}, "date has the wrong shape"),
        ({"kind": "approve_leave"}, "has no leave application"),
        ({"kind": "reject_leave", "leave": UNKNOWN}, "has no leave application"),
        ({"kind": "post_pay_run", "calendar": "Yearly"}, "has no pay calendar Yearly"),
    ],
)
def test_an_event_that_cannot_happen_says_why(sandbox: Sandbox, event: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ControlRefused, match=sentence):
        sandbox.control("POST", "events", event)


def test_posted_runs_leave_and_timesheets_survive_a_restart(tmp_path: Path) -> None:
    def restarted() -> Any:
        return create_app(employees=12, state_file=StateFile(tmp_path / "state.json")).extensions["tandem_sandbox"]

    first = restarted()
    client = create_app(employees=12, state_file=StateFile(tmp_path / "state.json")).test_client()
    assert client.post("/_sandbox/events", json={"kind": "post_pay_run"}).status_code == 200
    kept = next(iter(restarted().world.organisations.values()))
    fresh = next(iter(first.world.organisations.values()))
    assert len(kept.pay_runs) == len(fresh.pay_runs) + 1
    assert len(kept.payslips[kept.pay_runs[-1]["PayRunID"]]) == 12
    assert sum(1 for row in kept.timesheets.values() if row["Status"] == "PROCESSED") == 2
    assert {period["LeavePeriodStatus"] for row in kept.leave.values() for period in row["LeavePeriods"]} >= {
        "PROCESSED",
        "REQUESTED",
    }


def test_an_organisation_that_nobody_asks_about_holds_no_time(sandbox: Sandbox, rosa: Caller) -> None:
    _leave(rosa, "Wedding")
    other = list(sandbox.simulator.world.organisations.values())[1]
    assert (other.leave, other.timesheets, other.payslips) == (None, None, {})
