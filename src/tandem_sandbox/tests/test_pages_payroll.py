"""Employees' records and leave as a payroll officer edits them: by the rules of the API, and seen by it at once."""

import re
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from tandem_sandbox.testing import Sandbox
from tandem_sandbox.tests.caller import BAKERY, FULL, PAYROLL, Caller, organisation_id, quiet_sandbox, sign_in
from tandem_sandbox.tests.pressing import hidden_of, send, text_of, wrong_fields

LEAVE = f"{PAYROLL}/LeaveApplications"
DETAILS = {"FirstName": "Liam", "LastName": "Lang", "DateOfBirth": "1994-05-03", "AddressLine1": "50 Harbour Lane",
           "City": "Adelaide", "Region": "SA", "PostalCode": "5000"}  # fmt: skip


class Officer:
    """A payroll officer at the record of one employee, and an app that reads along."""

    def __init__(self, *, number: int = 6) -> None:
        self.sandbox: Sandbox = quiet_sandbox(employees=8)
        self.web: Client = self.sandbox.app.test_client()
        self.organisation = organisation_id(self.sandbox)
        self.app: Caller = sign_in(self.sandbox, scope=f"{FULL} payroll.payruns payroll.payslip")
        self.id = str(self.app.employees()[number - 1]["EmployeeID"])

    def address(self, part: str = "") -> str:
        return f"/payroll/employees/{self.id}{part}"

    def see(self, part: str = "") -> TestResponse:
        return self.web.get(f"{self.address(part)}?organisation={self.organisation}")

    def save(self, part: str = "", **fields: str) -> TestResponse:
        page = f"{self.address(part)}?organisation={self.organisation}"
        return send(self.web, page, self.address(part), organisation=self.organisation, **fields)

    def record(self) -> dict[str, Any]:
        return self.app.employee(self.id)


@pytest.fixture
def officer() -> Officer:
    return Officer()


def test_a_record_that_the_api_would_refuse_is_refused_in_the_same_words_and_keeps_what_was_typed(
    officer: Officer,
) -> None:
    typed = {**DETAILS, "LastName": "L" * 36, "Email": "nobody", "PostalCode": "50", "CountryOfResidence": "XX"}
    answer = officer.save("", **typed)
    assert (answer.status_code, sorted(wrong_fields(answer))) == (
        400,
        ["CountryOfResidence", "Email", "LastName", "PostalCode"],
    )
    for value in typed.values():
        assert f'value="{value}"' in answer.get_data(as_text=True) or f'value="{value}" selected' in answer.get_data(
            as_text=True
        )
    refused = officer.app.post(
        f"{PAYROLL}/Employees/{officer.id}", [{"LastName": typed["LastName"], "Email": typed["Email"]}]
    ).get_json()
    for error in refused["Employees"][0]["ValidationErrors"]:
        assert error["Message"] in text_of(answer)
    assert officer.record()["LastName"] == "Lang"


def test_an_edit_on_the_page_is_seen_by_the_app_and_counts_as_no_write(officer: Officer) -> None:
    before = officer.record()
    fields = {**DETAILS, "JobTitle": "Head baker", "EmploymentType": "EMPLOYEE", "IsAuthorisedToApproveLeave": "true"}
    assert "Liam Lang was saved." in text_of(officer.save("", **fields))
    after = officer.record()
    assert (after["JobTitle"], after["IsAuthorisedToApproveLeave"]) == ("Head baker", True)
    assert after["UpdatedDateUTC"] != before["UpdatedDateUTC"]
    assert after["BankAccounts"] == before["BankAccounts"]
    assert "0 writes through the API" in text_of(officer.see())


def test_the_pay_calendar_cannot_change_while_leave_waits_for_its_pay_run() -> None:
    officer = Officer(number=4)
    weekly = next(row["PayrollCalendarID"] for row in _calendars(officer) if row["Name"] == "Weekly")
    assert wrong_fields(officer.save("", **DETAILS, PayrollCalendarID=weekly)) in (["PayrollCalendarID"], [])
    assert officer.record()["PayrollCalendarID"] != weekly


def _calendars(officer: Officer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = officer.app.get(f"{PAYROLL}/PayrollCalendars").get_json()["PayrollCalendars"]
    return found


def test_a_tax_file_number_is_masked_and_stays_unless_another_is_typed(officer: Officer) -> None:
    html = officer.see("/tax").get_data(as_text=True)
    assert "It ends in 782. Empty: it stays." in html
    assert "123456782" not in html
    assert "123456782" not in officer.see().get_data(as_text=True)
    sent = {"EmploymentBasis": "PARTTIME", "ResidencyStatus": "AUSTRALIANRESIDENT", "TaxScaleType": "REGULAR",
            "HasHELPDebt": "true"}  # fmt: skip
    assert "The tax declaration of Liam Lang was saved." in text_of(officer.save("/tax", **sent))
    tax = officer.record()["TaxDeclaration"]
    assert (tax["TaxFileNumber"], tax["EmploymentBasis"], tax["HasHELPDebt"]) == ("123456782", "PARTTIME", True)


def test_an_exemption_takes_the_place_of_a_tax_file_number(officer: Officer) -> None:
    officer.save("/tax", EmploymentBasis="FULLTIME", TFNExemptionType="PENDING")
    tax = officer.record()["TaxDeclaration"]
    assert (tax.get("TaxFileNumber"), tax["TFNExemptionType"]) == (None, "PENDING")
    both = officer.save("/tax", TaxFileNumber="123456782", TFNExemptionType="PENDING")
    assert wrong_fields(both) == ["TFNExemptionType"]
    wrong = officer.save("/tax", TaxFileNumber="12", TaxOffsetEstimatedAmount="much")
    assert sorted(wrong_fields(wrong)) == ["TaxFileNumber", "TaxOffsetEstimatedAmount"]
    assert 'value="much"' in wrong.get_data(as_text=True)


def test_bank_accounts_are_added_changed_and_dropped(officer: Officer) -> None:
    first = {"AccountName-0": "Liam Lang", "BSB-0": "000000", "AccountNumber-0": "111", "Remainder-0": "yes"}
    second = {"AccountName-1": "Savings", "BSB-1": "122344", "AccountNumber-1": "222", "Amount-1": "75"}
    assert "Bank accounts of Liam Lang were saved." in text_of(officer.save("/bank", **first, **second))
    accounts = officer.record()["BankAccounts"]
    assert [(row["AccountNumber"], row["Remainder"], row.get("Amount")) for row in accounts] == [
        ("111", True, None),
        ("222", False, 75.0),
    ]
    officer.save("/bank", **first)
    assert len(officer.record()["BankAccounts"]) == 1


def test_a_wrong_bank_account_is_named_in_its_own_line(officer: Officer) -> None:
    first = {"BSB-0": "000000", "AccountNumber-0": "111"}
    answer = officer.save("/bank", **first, **{"BSB-1": "12", "AccountNumber-1": "222", "Amount-1": "5"})
    assert sorted(wrong_fields(answer)) == ["Amount-0", "BSB-1", "Remainder-0"]
    assert 'value="12"' in answer.get_data(as_text=True)
    assert officer.record()["BankAccounts"][0]["AccountNumber"] != "111"


def test_super_memberships_keep_their_id_and_need_a_fund(officer: Officer) -> None:
    before = officer.record()["SuperMemberships"][0]
    kept = {"SuperMembershipID-0": before["SuperMembershipID"], "SuperFundID-0": before["SuperFundID"]}
    assert "were saved" in text_of(officer.save("/super", **kept, **{"EmployeeNumber-0": "M-9"}))
    assert officer.record()["SuperMemberships"] == [{**before, "EmployeeNumber": "M-9"}]
    wrong = officer.save("/super", **kept, **{"EmployeeNumber-0": "M-9", "EmployeeNumber-1": "M-10"})
    assert wrong_fields(wrong) == ["SuperFundID-1"]


def test_pay_template_and_leave_balances_are_to_be_read(officer: Officer) -> None:
    shown = text_of(officer.see("/pay"))
    assert "Annual Leave 138.6811 hours" in shown
    assert "Ordinary Hours" in shown
    assert "Opening balances at 13 Jul 2017" in shown


def test_employees_are_found_by_who_is_still_there(officer: Officer) -> None:
    ending = {"decision": "terminate", "TerminationDate": "2026-05-01", "TerminationReason": "V"}
    page = f"{officer.address()}?organisation={officer.organisation}"
    send(officer.web, page, f"{officer.address()}/terminate", organisation=officer.organisation, **ending)
    assert "Liam Lang" in text_of(officer.web.get("/payroll/employees?status=terminated"))
    assert "Liam Lang" not in text_of(officer.web.get("/payroll/employees?status=active"))
    assert "Nobody found" in text_of(officer.web.get("/payroll/employees?status=terminated&q=rosa"))


def _statuses(officer: Officer) -> dict[str, set[str]]:
    rows = officer.app.get(f"{LEAVE}/v2").get_json()["LeaveApplications"]
    return {row["Title"]: {period["LeavePeriodStatus"] for period in row["LeavePeriods"]} for row in rows}


def test_requested_leave_is_approved_or_rejected_once(officer: Officer) -> None:
    page = officer.web.get("/payroll/leave?status=REQUESTED")
    assert "Wedding" in text_of(page)
    wedding = page.get_data(as_text=True).split("/payroll/leave/")[2].partition("/")[0].partition("?")[0]
    decided = send(officer.web, "/users", f"/payroll/leave/{wedding}/decide", decision="approve")
    assert "“Wedding” was approved." in text_of(decided)
    assert _statuses(officer)["Wedding"] == {"SCHEDULED"}
    again = send(officer.web, "/users", f"/payroll/leave/{wedding}/decide", decision="reject")
    assert (again.status_code, "Only requested leave can be rejected." in text_of(again)) == (400, True)
    assert "29 Jul to 11 Aug 2024 38 hours Scheduled" in text_of(officer.web.get(f"/payroll/leave/{wedding}"))
    assert send(officer.web, "/users", "/payroll/leave/nobody/decide").status_code == 404


@pytest.mark.parametrize(("decision", "status"), [("request", "REQUESTED"), ("approve", "SCHEDULED")])
def test_leave_is_asked_for_on_the_page_and_seen_by_the_app(officer: Officer, decision: str, status: str) -> None:
    page = f"/payroll/leave/new?employee={officer.id}"
    kind = officer.web.get(page).get_data(as_text=True).partition('<option value="" selected>Choose a type')[2]
    fields = {"employee": officer.id, "Title": "Moving house", "StartDate": "2024-09-02", "EndDate": "2024-09-03",
              "decision": decision, "LeaveTypeID": kind.partition('value="')[2].partition('"')[0]}  # fmt: skip
    done = send(officer.web, page, "/payroll/leave/new", **fields)
    assert "The leave of Liam Lang was added." in text_of(done)
    assert "2 Sep to 3 Sep 2024 · 15.2 hours" in text_of(done)
    assert _statuses(officer)["Moving house"] == {status}


def test_leave_that_the_api_would_refuse_is_refused_in_the_same_words(officer: Officer) -> None:
    page = f"/payroll/leave/new?employee={officer.id}"
    empty = send(officer.web, page, "/payroll/leave/new", employee=officer.id)
    assert wrong_fields(empty) == ["LeaveTypeID", "Title", "StartDate", "EndDate"]
    odd = send(officer.web, page, "/payroll/leave/new", employee=officer.id, Title="T" * 51, StartDate="soon")
    assert (odd.status_code, 'value="soon"' in odd.get_data(as_text=True)) == (400, True)
    assert len(_statuses(officer)) == 6


def test_whose_leave_it_is_is_found_by_name(officer: Officer) -> None:
    assert f"employee={officer.id}" in officer.web.get("/payroll/leave/new?q=liam").get_data(as_text=True)
    assert "Nobody found" in text_of(officer.web.get("/payroll/leave/new?q=zzz"))
    assert officer.web.get("/payroll/leave/new?employee=nobody").status_code == 404
    assert "No leave" in text_of(officer.web.get(f"/payroll/leave?employee={officer.app.employees()[0]['EmployeeID']}"))


def test_posting_the_next_pay_run_processes_the_leave_in_it_and_moves_the_calendar_on(officer: Officer) -> None:
    fortnightly = next(row for row in _calendars(officer) if row["Name"] == "Fortnightly")
    page = "/payroll/pay-runs"
    assert "Fortnightly 1 Jul to 14 Jul 2024" in text_of(officer.web.get(page))
    done = send(officer.web, page, f"{page}/post", calendar=fortnightly["PayrollCalendarID"])
    assert "The pay run of 1 Jul to 14 Jul 2024 on Fortnightly was posted." in text_of(done)
    assert "Fortnightly 15 Jul to 28 Jul 2024" in text_of(done)
    assert _statuses(officer)["School holidays"] == {"PROCESSED"}
    posted = officer.app.get(f"{PAYROLL}/PayRuns").get_json()["PayRuns"]
    assert [run["PayRunStatus"] for run in posted].count("POSTED") == 2
    assert send(officer.web, page, f"{page}/post", calendar="nothing").status_code == 404


def test_a_draft_of_an_app_is_marked_and_shows_its_payslips(officer: Officer) -> None:
    fortnightly = next(row for row in _calendars(officer) if row["Name"] == "Fortnightly")
    officer.app.post(f"{PAYROLL}/PayRuns", [{"PayrollCalendarID": fortnightly["PayrollCalendarID"]}])
    page = officer.web.get("/payroll/pay-runs")
    assert "Fortnightly Draft 1 Jul to 14 Jul 2024" in text_of(page)
    links = re.findall(r'href="(/payroll/pay-runs/[^"]+)"', page.get_data(as_text=True))
    shown = text_of(officer.web.get(links[0].replace("&amp;", "&")))
    assert "1 Jul to 14 Jul 2024 Draft" in shown
    assert "payslips" in shown
    assert "Liam Lang" in shown
    assert officer.web.get("/payroll/pay-runs/nothing").status_code == 404


def test_no_part_of_a_record_is_changed_by_a_form_of_another_site(officer: Officer) -> None:
    before = officer.record()
    for part in ("", "/tax", "/bank", "/super", "/terminate"):
        answer = officer.web.post(officer.address(part), data={"organisation": officer.organisation, "token": "x"})
        assert answer.status_code == 400
    assert officer.web.post("/payroll/leave/new", data={"employee": officer.id}).status_code == 400
    assert hidden_of(officer.see("/bank"))["organisation"] == officer.organisation
    assert officer.record() == before
    assert BAKERY in text_of(officer.see())
