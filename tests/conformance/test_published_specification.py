"""Every JSON answer of the simulator fits the specification files that Xero publishes (XERO_OPENAPI_DIR)."""

import json
import os
from typing import Any

import pytest
from tests.conformance.specification import ACCOUNTING, IDENTITY, PAYROLL, PAYROLL_V2, closed, problems
from werkzeug.test import Client

from tandem_sandbox.testing import Sandbox

pytestmark = pytest.mark.unmeasured

BAKERY = "Harbour Lane Bakery Pty Ltd"
NEWCOMER = {
    "FirstName": "Nia",
    "LastName": "Okoro",
    "DateOfBirth": "1991-02-03",
    "HomeAddress": {"AddressLine1": "1 Mill Road", "City": "Hobart", "Region": "TAS", "PostalCode": "7000"},
}


@pytest.fixture(scope="session")
def specifications() -> dict[str, Any]:
    if not os.environ.get("XERO_OPENAPI_DIR"):
        pytest.skip("XERO_OPENAPI_DIR is not set: it names the folder with Xero's published specification files")
    return {name: closed(name) for name in (PAYROLL, PAYROLL_V2, ACCOUNTING, IDENTITY)}


class Caller:
    """A signed-in client without a socket."""

    def __init__(self, sandbox: Sandbox) -> None:
        sandbox.control("PATCH", "limits", {"minute": None})
        self.web: Client = sandbox.app.test_client()
        signed_in = sandbox.sign_in(organisations=[BAKERY])
        self.token = signed_in.tokens
        self.headers = signed_in.headers()

    def call(self, method: str, path: str, json_body: object = None, *, status: int = 200) -> Any:
        answer = self.web.open(path, method=method, json=json_body, headers=self.headers)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return json.loads(answer.get_data())


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(employees=30)


@pytest.fixture
def caller(sandbox: Sandbox) -> Caller:
    return Caller(sandbox)


READS = (
    ("/payroll.xro/1.0/Employees", PAYROLL, "Employees"),
    ("/payroll.xro/1.0/Settings", PAYROLL, "SettingsObject"),
    ("/payroll.xro/1.0/LeaveApplications", PAYROLL, "LeaveApplications"),
    ("/payroll.xro/1.0/LeaveApplications/v2", PAYROLL, "LeaveApplications"),
    ("/payroll.xro/1.0/PayrollCalendars", PAYROLL, "PayrollCalendars"),
    ("/payroll.xro/1.0/PayRuns", PAYROLL, "PayRuns"),
    ("/payroll.xro/1.0/Timesheets", PAYROLL, "Timesheets"),
    ("/payroll.xro/2.0/Timesheets", PAYROLL_V2, "Timesheets"),
    ("/payroll.xro/1.0/PayItems", PAYROLL, "PayItems"),
    ("/payroll.xro/1.0/Superfunds", PAYROLL, "SuperFunds"),
    ("/payroll.xro/1.0/SuperfundProducts?ABN=51824753556", PAYROLL, "SuperFundProducts"),
    ("/api.xro/2.0/Organisation", ACCOUNTING, "Organisations"),
    ("/api.xro/2.0/Users", ACCOUNTING, "Users"),
    ("/api.xro/2.0/TrackingCategories", ACCOUNTING, "TrackingCategories"),
)


@pytest.mark.parametrize(("path", "file", "schema"), READS)
def test_every_list_fits(specifications: dict[str, Any], caller: Caller, path: str, file: str, schema: str) -> None:
    assert problems(specifications, file, schema, caller.call("GET", path)) == []


def test_every_persons_full_record_fits(specifications: dict[str, Any], caller: Caller) -> None:
    for person in caller.call("GET", "/payroll.xro/1.0/Employees")["Employees"]:
        full = caller.call("GET", f"/payroll.xro/1.0/Employees/{person['EmployeeID']}")
        assert problems(specifications, PAYROLL, "Employees", full) == []


def test_the_answers_to_writes_fit(specifications: dict[str, Any], caller: Caller) -> None:
    path = "/payroll.xro/1.0/Employees"
    made = caller.call("POST", path, [NEWCOMER])
    person = made["Employees"][0]["EmployeeID"]
    ending = [{"TerminationDate": "2026-05-01", "TerminationReason": "V"}]
    for answer in (made, caller.call("POST", f"{path}/{person}", ending)):
        assert problems(specifications, PAYROLL, "Employees", answer) == []
    refused = caller.call("POST", path, [{**NEWCOMER, "LastName": "x" * 36}], status=400)
    assert problems(specifications, PAYROLL, "Employees", refused) == []


def test_the_answers_to_writes_of_lists_fit(specifications: dict[str, Any], caller: Caller) -> None:
    rates = caller.call("GET", "/payroll.xro/1.0/PayItems")["PayItems"]["EarningsRates"]
    written = caller.call("POST", "/payroll.xro/1.0/PayItems", {"EarningsRates": rates})
    assert problems(specifications, PAYROLL, "PayItems", written) == []
    refused = caller.call("POST", "/payroll.xro/1.0/PayItems", {"EarningsRates": [{"Name": "x"}]}, status=400)
    assert problems(specifications, PAYROLL, "APIException", refused) == []
    funds = "/payroll.xro/1.0/Superfunds"
    made = caller.call("POST", funds, [{"Type": "REGULATED", "USI": "51824753556003"}])
    one = caller.call("GET", f"{funds}/{made['SuperFunds'][0]['SuperFundID']}")
    bad = caller.call("POST", funds, [{"Type": "REGULATED"}], status=400)
    for answer in (made, one, bad):
        assert problems(specifications, PAYROLL, "SuperFunds", answer) == []


def test_the_answers_about_leave_fit(specifications: dict[str, Any], caller: Caller) -> None:
    path = "/payroll.xro/1.0/LeaveApplications"
    samples = caller.call("GET", f"{path}/v2")["LeaveApplications"]
    sent = {name: samples[0][name] for name in ("EmployeeID", "LeaveTypeID", "Title", "StartDate", "EndDate")}
    waiting = [row for row in samples if row["LeavePeriods"][0]["LeavePeriodStatus"] == "REQUESTED"]
    made = caller.call("POST", path, [sent])
    one = f"{path}/{made['LeaveApplications'][0]['LeaveApplicationID']}"
    answers = (
        made,
        caller.call("GET", one),
        caller.call("POST", one, [{"Title": "Longer"}]),
        caller.call("POST", path, [{**sent, "Title": ""}], status=400),
        caller.call("POST", f"{path}/{waiting[0]['LeaveApplicationID']}/approve"),
    )
    for answer in answers:
        assert problems(specifications, PAYROLL, "LeaveApplications", answer) == []
    refused = caller.call("POST", f"{one}/reject", status=400)
    assert problems(specifications, PAYROLL, "APIException", refused) == []


def test_the_answers_about_pay_calendars_fit(specifications: dict[str, Any], caller: Caller) -> None:
    path = "/payroll.xro/1.0/PayrollCalendars"
    sent = {"Name": "Monthly", "CalendarType": "MONTHLY", "StartDate": "2024-08-01", "PaymentDate": "2024-08-30"}
    made = caller.call("POST", path, [sent])
    one = caller.call("GET", f"{path}/{made['PayrollCalendars'][0]['PayrollCalendarID']}")
    for answer in (made, one, caller.call("POST", path, [sent], status=400)):
        assert problems(specifications, PAYROLL, "PayrollCalendars", answer) == []


@pytest.mark.parametrize("path", ["Organisation", "Users", "TrackingCategories?includeArchived=true"])
def test_the_rarer_answers_of_accounting_fit(
    specifications: dict[str, Any], sandbox: Sandbox, caller: Caller, path: str
) -> None:
    gone = {"kind": "remove_user", "user": "wendy.cole@example.com", "organisation": BAKERY}
    sandbox.control("POST", "events", gone)
    sandbox.control("PATCH", "switches", {"removed_users_listed": True, "organisation_role": "unknown"})
    next(iter(sandbox.simulator.world.organisations.values())).country = "NZ"
    answer = caller.call("GET", f"/api.xro/2.0/{path}")
    schema = {"Organisation": "Organisations"}.get(path, path.partition("?")[0])
    assert problems(specifications, ACCOUNTING, schema, answer) == []


def test_a_person_with_every_nested_part_fits(specifications: dict[str, Any], caller: Caller) -> None:
    path = "/payroll.xro/1.0/Employees"
    items = caller.call("GET", "/payroll.xro/1.0/PayItems")["PayItems"]
    leave = items["LeaveTypes"][0]["LeaveTypeID"]
    tax = {
        "TFNExemptionType": "PENDING",
        "EmploymentBasis": "CASUAL",
        "HasHELPDebt": True,
        "TaxOffsetEstimatedAmount": 5,
    }
    person = {
        **NEWCOMER,
        "IncomeType": "SALARYANDWAGES",
        "TaxDeclaration": tax,
        "PayTemplate": {
            "EarningsLines": [{"EarningsRateID": items["EarningsRates"][1]["EarningsRateID"], "RatePerUnit": 40}],
            "DeductionLines": [{"DeductionTypeID": items["DeductionTypes"][0]["DeductionTypeID"], "Amount": 5}],
            "ReimbursementLines": [
                {"ReimbursementTypeID": items["ReimbursementTypes"][0]["ReimbursementTypeID"], "Amount": 5}
            ],
            "LeaveLines": [{"LeaveTypeID": leave, "IsQualifyingEarnings": True}],
        },
        "OpeningBalances": {
            "OpeningBalanceDate": "2024-07-01",
            "Tax": 5,
            "LeaveLines": [{"LeaveTypeID": leave, "NumberOfUnits": 3}],
            "PaidLeaveEarningsLines": [{"LeaveTypeID": leave, "Amount": 3}],
        },
    }
    assert problems(specifications, PAYROLL, "Employees", caller.call("POST", path, [person])) == []


def test_the_answers_about_timesheets_fit(specifications: dict[str, Any], caller: Caller) -> None:
    path = "/payroll.xro/1.0/Timesheets"
    sample = caller.call("GET", path)["Timesheets"][0]
    one = f"{path}/{sample['TimesheetID']}"
    written = caller.call("POST", one, [{"Status": "APPROVED"}])
    sent = {name: sample[name] for name in ("EmployeeID", "StartDate", "EndDate")}
    refused = caller.call("POST", path, [sent], status=400)
    for schema, answer in (
        ("TimesheetObject", caller.call("GET", one)),
        ("Timesheets", written),
        ("Timesheets", refused),
    ):
        assert problems(specifications, PAYROLL, schema, answer) == []


def test_the_answers_about_pay_runs_and_payslips_fit(specifications: dict[str, Any], caller: Caller) -> None:
    path = "/payroll.xro/1.0/PayRuns"
    calendar = {"PayrollCalendarID": caller.call("GET", path)["PayRuns"][0]["PayrollCalendarID"]}
    made = caller.call("POST", path, [calendar])
    one = f"{path}/{made['PayRuns'][0]['PayRunID']}"
    slips = caller.call("GET", one)["PayRuns"][0]["Payslips"]
    slip = f"/payroll.xro/1.0/Payslip/{slips[0]['PayslipID']}"
    for schema, answer in (
        ("PayRuns", made),
        ("PayRuns", caller.call("POST", path, [calendar], status=400)),
        ("PayslipObject", caller.call("GET", slip)),
        ("Payslips", caller.call("POST", slip, [{"DeductionLines": []}])),
        ("APIException", caller.call("POST", slip, [{"Lines": []}], status=400)),
        ("PayRuns", caller.call("GET", one)),
        ("PayRuns", caller.call("POST", one, [{"PayRunStatus": "POSTED"}])),
        *(("PayslipObject", caller.call("GET", f"/payroll.xro/1.0/Payslip/{each['PayslipID']}")) for each in slips),
    ):
        assert problems(specifications, PAYROLL, schema, answer) == []


def test_the_answers_of_timesheets_two_fit(specifications: dict[str, Any], caller: Caller) -> None:
    path = "/payroll.xro/2.0/Timesheets"
    sample = caller.call("GET", path)["timesheets"][0]
    one = f"{path}/{sample['timesheetID']}"
    line = caller.call("GET", one)["timesheet"]["timesheetLines"][0]
    names = ("date", "earningsRateID", "numberOfUnits")
    fresh = {name: line[name] for name in names}
    added = caller.call("POST", f"{one}/Lines", fresh)
    place = f"{one}/Lines/{added['timesheetLine']['timesheetLineID']}"
    sent = {name: sample[name] for name in ("payrollCalendarID", "employeeID")}
    period = {"startDate": "2024-07-15", "endDate": "2024-07-28"}
    later = {**fresh, "date": "2024-07-16T00:00:00"}
    for schema, answer in (
        ("TimesheetObject", caller.call("GET", one)),
        ("TimesheetLineObject", added),
        ("TimesheetLineObject", caller.call("PUT", place, fresh)),
        ("TimesheetLine", caller.call("DELETE", place)),
        ("TimesheetObject", caller.call("POST", f"{one}/Approve")),
        ("Problem", caller.call("DELETE", one, status=400)),
        ("TimesheetObject", caller.call("POST", f"{one}/RevertToDraft")),
        ("TimesheetLine", caller.call("DELETE", one)),
        ("TimesheetObject", caller.call("POST", path, {**sent, **period, "timesheetLines": [later]})),
        ("Problem", caller.call("POST", path, {}, status=400)),
    ):
        assert problems(specifications, PAYROLL_V2, schema, answer) == []


@pytest.mark.parametrize("query", ['where=hi=="x"', "page=0"])
def test_refused_queries_fit(specifications: dict[str, Any], caller: Caller, query: str) -> None:
    refused = caller.call("GET", f"/payroll.xro/1.0/Employees?{query}", status=400)
    assert problems(specifications, PAYROLL, "APIException", refused) == []


def test_the_other_shape_of_a_refused_write_fits(
    specifications: dict[str, Any], sandbox: Sandbox, caller: Caller
) -> None:
    sandbox.control("PATCH", "switches", {"validation_error_shape": "exception"})
    refused = caller.call("POST", "/payroll.xro/1.0/Employees", [{"FirstName": "x"}], status=400)
    assert problems(specifications, PAYROLL, "APIException", refused) == []


def test_connections_and_tokens_fit(specifications: dict[str, Any], caller: Caller) -> None:
    for connection in caller.call("GET", "/connections"):
        assert problems(specifications, IDENTITY, "Connection", connection) == []
    described = {name: value for name, value in caller.token.items() if name != "scope"}
    assert problems(specifications, IDENTITY, "AccessToken", described) == []


def test_an_element_that_no_schema_knows_is_found(
    specifications: dict[str, Any], sandbox: Sandbox, caller: Caller
) -> None:
    sandbox.control("PATCH", "switches", {"unknown_fields": True})
    listed = caller.call("GET", "/payroll.xro/1.0/Employees")
    assert any("WorkforceTag" in problem for problem in problems(specifications, PAYROLL, "Employees", listed))
