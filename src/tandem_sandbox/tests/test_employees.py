"""Reading and writing employees (9a items 15 to 22)."""

import json
from typing import Any

import pytest

from tandem_sandbox.testing import Sandbox
from tandem_sandbox.tests.caller import (
    ADDRESS,
    BAKERY,
    EMPLOYEES,
    NEWCOMER,
    PAYROLL,
    Caller,
    quiet_sandbox,
    sign_in,
)

pytestmark = pytest.mark.unmeasured

ZERO = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def sandbox() -> Sandbox:
    found = quiet_sandbox()
    found.control("PATCH", "limits", {"minute": None, "day": None})
    return found


@pytest.fixture
def rosa(sandbox: Sandbox) -> Caller:
    return sign_in(sandbox)


def _messages(body: Any) -> list[str]:
    (record,) = body["Employees"]
    return [item["Message"] for item in record["ValidationErrors"]]


def _update(rosa: Caller, person: str, **changes: Any) -> Any:
    return rosa.post(f"{EMPLOYEES}/{person}", [changes])


def _first(rosa: Caller) -> str:
    return str(rosa.employees()[0]["EmployeeID"])


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250])
def test_pages_hold_100_and_an_exact_multiple_ends_with_an_empty_one(count: int) -> None:
    sandbox = quiet_sandbox(employees=count)
    rosa = sign_in(sandbox)
    pages, page = [], 1
    while True:
        pages.append(rosa.employees(page=page))
        if len(pages[-1]) < 100:
            break
        page += 1
    assert [len(item) for item in pages] == [100] * (count // 100) + [count % 100]
    assert len({person["EmployeeID"] for item in pages for person in item}) == count
    assert rosa.employees() == pages[0]


@pytest.mark.parametrize("page", ["0", "-1", "x", "1.5", "99999999999"])
def test_a_page_that_is_no_page_is_400(rosa: Caller, page: str) -> None:
    assert rosa.get(EMPLOYEES, query={"page": page}).status_code == 400


def test_the_list_is_a_summary_and_the_single_read_has_everything(rosa: Caller) -> None:
    listed = rosa.employees()[0]
    assert not {"BankAccounts", "TaxDeclaration", "SuperMemberships", "HomeAddress", "LeaveBalances"} & set(listed)
    full = rosa.employee(listed["EmployeeID"])
    assert {"BankAccounts", "TaxDeclaration", "SuperMemberships", "HomeAddress", "PayTemplate"} <= set(full)
    assert full["TaxDeclaration"]["TaxFileNumber"] == "123456782"
    assert {name: full[name] for name in listed} == listed


def test_terminated_people_are_listed_only_when_asked_for(rosa: Caller) -> None:
    person = _first(rosa)
    assert _update(rosa, person, TerminationDate="2026-01-31", TerminationReason="V").status_code == 200
    assert person not in [item["EmployeeID"] for item in rosa.employees()]
    terminated = rosa.employees(where='Status=="TERMINATED"')
    assert [item["EmployeeID"] for item in terminated] == [person]
    assert terminated[0]["TerminationDate"] == "/Date(1769817600000+0000)/"
    both = rosa.employees(where='Status=="TERMINATED" OR Status=="ACTIVE"')
    assert len(both) == 60


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ('FirstName=="Rosa" AND LastName=="Byrne"', 1),
        ('firstname=="Rosa" && (LastName=="Byrne" || LastName=="X")', 1),
        ('FirstName.StartsWith("Ros")', 1),
        ('Email.Contains("@example.com")', 60),
        ('Email.EndsWith("byrne@example.com")', 1),
        ("DateOfBirth < DateTime(1900, 1, 1)", 0),
        ('DateOfBirth>=DateTime.Parse("1900-01-01")', 60),
        ('FirstName!="Rosa"', 59),
        ("IsSTP2Qualified==true", 60),
        ("TerminationDate==null", 60),
        ('EmployeeID==Guid("{id}")', 1),
    ],
)
def test_where_understands_the_usual_comparisons(rosa: Caller, where: str, count: int) -> None:
    assert len(rosa.employees(where=where.replace("{id}", _first(rosa).upper()))) == count


@pytest.mark.parametrize(
    "where", ['Status="ACTIVE"', "Status==", "(((", 'Status=="A" AND', "@", 'FirstName.Dance("x")', "DateTime(1)", '"']
)
def test_where_that_cannot_be_read_is_a_query_parse_exception(rosa: Caller, where: str) -> None:
    answer = rosa.get(EMPLOYEES, query={"where": where})
    assert answer.status_code == 400
    assert (answer.get_json()["ErrorNumber"], answer.get_json()["Type"]) == (16, "QueryParseException")


def test_where_with_an_unknown_property_names_it(rosa: Caller) -> None:
    answer = rosa.get(EMPLOYEES, query={"where": 'hi=="x"'})
    assert answer.get_json()["Message"] == "No property or field 'hi' exists in type 'Employee' (at index 0)"
    assert rosa.get(EMPLOYEES, query={"order": "EmailAddress DESC"}).get_json()["ErrorNumber"] == 16


def test_a_where_with_a_thousand_brackets_gets_an_answer(rosa: Caller) -> None:
    where = "(" * 1000 + 'Status=="ACTIVE"' + ")" * 1000
    assert rosa.get(EMPLOYEES, query={"where": where}).status_code == 400


def test_order_sorts_both_ways(rosa: Caller) -> None:
    names = [item["LastName"] for item in rosa.employees(order="LastName")]
    assert names == sorted(names)
    assert [item["LastName"] for item in rosa.employees(order="LastName DESC")] == sorted(names, reverse=True)


def test_if_modified_since_lists_only_what_changed(sandbox: Sandbox, rosa: Caller) -> None:
    since = f"{sandbox.clock.now():%Y-%m-%dT%H:%M:%S}"
    sandbox.clock.advance(5)
    assert rosa.get(EMPLOYEES, headers={"If-Modified-Since": since}).get_json()["Employees"] == []
    person = _first(rosa)
    _update(rosa, person, JobTitle="Head baker")
    found = rosa.get(EMPLOYEES, headers={"If-Modified-Since": since}).get_json()["Employees"]
    assert [item["EmployeeID"] for item in found] == [person]


def test_if_modified_since_shows_terminated_people_by_switch(sandbox: Sandbox, rosa: Caller) -> None:
    person = _first(rosa)
    _update(rosa, person, TerminationDate="2026-01-31", TerminationReason="V")
    since = {"If-Modified-Since": "2020-01-01T00:00:00"}
    assert len(rosa.get(EMPLOYEES, headers=since).get_json()["Employees"]) == 59
    sandbox.control("PATCH", "switches", {"modified_since_shows_terminated": True})
    assert len(rosa.get(EMPLOYEES, headers=since).get_json()["Employees"]) == 60


def test_a_fancy_if_modified_since_is_500_by_switch_and_nonsense_is_412(sandbox: Sandbox, rosa: Caller) -> None:
    fancy = {"If-Modified-Since": "2020-02-06T12:17:43.202Z"}
    assert rosa.get(EMPLOYEES, headers=fancy).status_code == 200
    sandbox.control("PATCH", "switches", {"modified_since_with_milliseconds": 500})
    answer = rosa.get(EMPLOYEES, headers=fancy)
    assert (answer.status_code, answer.get_json()["Title"]) == (500, "An error occurred")
    assert rosa.get(EMPLOYEES, headers={"If-Modified-Since": "yesterday"}).status_code == 412


def test_a_new_person_needs_names_birth_date_and_address(sandbox: Sandbox, rosa: Caller) -> None:
    answer = rosa.post(EMPLOYEES, [{"MiddleNames": "Lee"}])
    assert answer.status_code == 400
    assert answer.get_json()["Employees"][0]["EmployeeID"] == ZERO
    assert answer.get_json()["Employees"][0]["MiddleNames"] == "Lee"
    assert _messages(answer.get_json()) == [
        "The First Name is required.",
        "The Last Name is required.",
        "The Date Of Birth is required.",
        "The Home Address is required.",
    ]
    sandbox.control("PATCH", "switches", {"address_required": False})
    assert "The Home Address is required." not in _messages(rosa.post(EMPLOYEES, [{}]).get_json())
    assert len(rosa.employees()) == 60


def test_a_created_person_is_answered_in_full_and_listed(sandbox: Sandbox, rosa: Caller) -> None:
    answer = rosa.post(EMPLOYEES, [{**NEWCOMER, "Email": "nia@example.com", "Status": "ACTIVE"}])
    assert answer.status_code == 200
    (made,) = answer.get_json()["Employees"]
    assert (made["Status"], made["DateOfBirth"]) == ("ACTIVE", "/Date(665539200000+0000)/")
    assert made == rosa.employee(made["EmployeeID"])
    assert made["EmployeeID"] in [item["EmployeeID"] for item in rosa.employees()]
    world = sandbox.control("GET", f"world/organisations/{BAKERY}/employees/{made['EmployeeID']}")
    assert (world["writes"], world["DateOfBirth"]) == (1, "1991-02-03")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"FirstName": "x" * 36}, "The First Name must not be longer than 35 characters."),
        ({"Title": "x" * 11}, "The Title must not be longer than 10 characters."),
        ({"Email": "x" * 95 + "@b.com"}, "The Email must not be longer than 100 characters."),
        ({"Email": "nonsense"}, "The Email is not a valid email address."),
        ({"Mobile": "0" * 51}, "The Mobile must not be longer than 50 characters."),
        ({"FirstName": 5}, "The First Name must be text."),
        ({"Gender": "Z"}, "'Z' is not a valid Gender."),
        ({"Gender": ["M"]}, "'['M']' is not a valid Gender."),
        ({"DateOfBirth": "31/12/1990"}, "The Date Of Birth is not a valid date."),
        ({"StartDate": "2026-02-30"}, "The Start Date is not a valid date."),
        ({"HomeAddress": {**ADDRESS, "Region": "NZ"}}, "'NZ' is not a valid Region."),
        ({"HomeAddress": {**ADDRESS, "PostalCode": "123"}}, "The Postal Code must be 4 digits."),
        ({"HomeAddress": {**ADDRESS, "City": "x" * 51}}, "The City must not be longer than 50 characters."),
        ({"HomeAddress": {"City": "Hobart"}}, "The Address Line 1 is required."),
        ({"OrdinaryEarningsRateID": ZERO}, "Invalid OrdinaryEarningsRateID"),
        ({"PayrollCalendarID": ZERO}, "Invalid PayrollCalendarID"),
        (
            {"EmployeeGroupName": "Nowhere"},
            "The Employee Group Name is not an option of the employee group tracking category.",
        ),
        ({"TerminationDate": "2026-01-31"}, "A termination reason must be provided"),
        ({"TerminationDate": "2026-01-31", "TerminationReason": "Q"}, "'Q' is not a valid Termination Reason."),
        ({"Nickname": "Nia"}, "'Nickname' is not a valid element in Employee"),
        ({"TaxDeclaration": {"EmployeeID": ZERO}}, "EmployeeID is not a valid element in TaxDeclaration"),
        ({"TaxDeclaration": {"TaxFileNumber": "12"}}, "The Tax File Number is not valid."),
        ({"TaxDeclaration": {"EmploymentBasis": "X"}}, "'X' is not a valid Employment Basis."),
        ({"SuperMemberships": [{"SuperFundID": ZERO}]}, "The superannuation fund is required."),
        ({"IsAuthorisedToApproveLeave": "yes"}, "The Is Authorised To Approve Leave must be true or false."),
    ],
)
def test_a_bad_value_is_refused_in_words_and_nothing_is_saved(
    rosa: Caller, changes: dict[str, Any], message: str
) -> None:
    answer = rosa.post(EMPLOYEES, [{**NEWCOMER, **changes}])
    assert answer.status_code == 400
    assert message in _messages(answer.get_json())
    assert len(rosa.employees()) == 60


@pytest.mark.parametrize(
    ("accounts", "message"),
    [
        ([{"BSB": "12345"}], "The BSB must be exactly 6 digits."),
        ([{"BSB": "000000", "AccountNumber": "1234567890"}], "The Account Number must be 1 to 9 digits."),
        ([{"BSB": "000000", "AccountNumber": "1", "Amount": 5}], "Exactly one bank account must take the remainder."),
        ([{"StatementText": "x" * 19}], "The Statement Text must not be longer than 18 characters."),
        ([{"AccountName": "x" * 33}], "The Account Name must not be longer than 32 characters."),
        ([{"BSB": "000000", "AccountNumber": "1"}], "A bank account needs an Amount unless it takes the remainder."),
        ([{"Bank": "x"}], "'Bank' is not a valid element in BankAccount"),
    ],
)
def test_a_bad_bank_account_is_refused(rosa: Caller, accounts: list[dict[str, Any]], message: str) -> None:
    person = _first(rosa)
    before = rosa.employee(person)["BankAccounts"]
    answer = _update(rosa, person, BankAccounts=accounts)
    assert message in _messages(answer.get_json())
    assert rosa.employee(person)["BankAccounts"] == before


@pytest.mark.parametrize(
    "changes",
    [{"BankAccounts": [{"BSB": ""}]}, {"BankAccounts": "x"}, {"HomeAddress": []}, {"TaxDeclaration": "x"}],
)
def test_malformed_nested_values_are_500_as_on_payroll_au(rosa: Caller, changes: dict[str, Any]) -> None:
    answer = _update(rosa, _first(rosa), **changes)
    assert answer.status_code == 500
    assert answer.get_json()["Detail"].startswith("An error occurred in Xero.")


def test_the_other_shape_of_a_400_is_an_exception(sandbox: Sandbox, rosa: Caller) -> None:
    sandbox.control("PATCH", "switches", {"validation_error_shape": "exception"})
    body = rosa.post(EMPLOYEES, [{**NEWCOMER, "LastName": ""}]).get_json()
    assert (body["ErrorNumber"], body["Type"]) == (10, "ValidationException")
    assert body["Elements"] == [{"ValidationErrors": [{"Message": "The Last Name is required."}]}]


@pytest.mark.parametrize(("switch", "saved"), [("all_rejected", 60), ("partly_saved", 61)])
def test_a_batch_with_a_bad_record_saves_nothing_or_the_good_ones(
    sandbox: Sandbox, rosa: Caller, switch: str, saved: int
) -> None:
    sandbox.control("PATCH", "switches", {"batch_with_bad_record": switch})
    answer = rosa.post(EMPLOYEES, [NEWCOMER, {"FirstName": "Bad"}])
    assert answer.status_code == 400
    assert [("ValidationErrors" in item) for item in answer.get_json()["Employees"]] == [False, True]
    assert len(rosa.employees()) == saved


def test_an_update_merges_the_top_level_and_replaces_what_is_nested(rosa: Caller) -> None:
    person = _first(rosa)
    before = rosa.employee(person)
    account = {"AccountName": "R Byrne", "BSB": "000000", "AccountNumber": "123456789", "Remainder": True}
    answer = _update(rosa, person, MiddleNames="Frank", BankAccounts=[account], HomeAddress={"AddressLine1": "9 Quay"})
    (after,) = answer.get_json()["Employees"]
    assert (after["FirstName"], after["MiddleNames"]) == (before["FirstName"], "Frank")
    assert (after["BankAccounts"], after["HomeAddress"]) == ([account], {"AddressLine1": "9 Quay"})
    assert after["TaxDeclaration"]["EmploymentBasis"] == before["TaxDeclaration"]["EmploymentBasis"]


def test_null_and_empty_text_clear_a_field(rosa: Caller) -> None:
    person = _first(rosa)
    _update(rosa, person, Mobile=None, Phone="")
    assert not {"Mobile", "Phone"} & set(rosa.employee(person))
    assert _messages(_update(rosa, person, LastName="").get_json()) == ["The Last Name is required."]


@pytest.mark.parametrize(("bumps", "moved"), [(False, False), (True, True)])
def test_an_update_that_changes_nothing_moves_the_date_only_by_switch(
    sandbox: Sandbox, rosa: Caller, bumps: bool, moved: bool
) -> None:
    sandbox.control("PATCH", "switches", {"unchanged_update_bumps": bumps})
    person = _first(rosa)
    before = rosa.employee(person)
    sandbox.clock.advance(60)
    after = _update(rosa, person, FirstName=before["FirstName"]).get_json()["Employees"][0]
    assert (after["UpdatedDateUTC"] != before["UpdatedDateUTC"]) is moved


def test_a_real_change_moves_the_date(sandbox: Sandbox, rosa: Caller) -> None:
    person = _first(rosa)
    sandbox.clock.advance(60)
    (after,) = _update(rosa, person, FirstName="Rosalind").get_json()["Employees"]
    milliseconds = int(sandbox.clock.now().timestamp() * 1000)
    assert abs(int(after["UpdatedDateUTC"][6:19]) - milliseconds) <= 1


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("/Date(665539200000+0000)/", 665539200000),
        ("/Date(665568000000+0000)/", 665539200000),
        ("/Date(665539200000)/", 665539200000),
        ("1991-02-03", 665539200000),
        ("1991-02-03T00:00:00", 665539200000),
        ("/Date(-86400000+0000)/", -86400000),
    ],
)
def test_calendar_dates_come_back_as_midnight_utc(rosa: Caller, sent: str, read: int) -> None:
    (made,) = rosa.post(EMPLOYEES, [{**NEWCOMER, "DateOfBirth": sent}]).get_json()["Employees"]
    assert made["DateOfBirth"] == f"/Date({read}+0000)/"


@pytest.mark.parametrize(("switch", "status", "now"), [
    ("refuse", 400, "TERMINATED"), ("allow", 200, "ACTIVE"), ("ignore", 200, "TERMINATED"),
])  # fmt: skip
def test_clearing_a_termination_date_is_refused_allowed_or_ignored(
    sandbox: Sandbox, rosa: Caller, switch: str, status: int, now: str
) -> None:
    sandbox.control("PATCH", "switches", {"rehire_by_clearing": switch})
    person = _first(rosa)
    _update(rosa, person, TerminationDate="2026-01-31", TerminationReason="V")
    assert _update(rosa, person, TerminationDate=None).status_code == status
    assert rosa.employee(person)["Status"] == now


def test_creating_with_a_known_id_updates_and_an_unknown_one_is_refused(rosa: Caller) -> None:
    person = _first(rosa)
    assert rosa.post(EMPLOYEES, [{"EmployeeID": person, "FirstName": "Rosie"}]).status_code == 200
    assert rosa.employee(person)["FirstName"] == "Rosie"
    assert len(rosa.employees()) == 60
    unknown = rosa.post(EMPLOYEES, [{**NEWCOMER, "EmployeeID": "11111111-1111-4111-8111-111111111111"}])
    assert "The Employee ID does not exist." in _messages(unknown.get_json())


def test_two_records_in_one_update_are_refused(rosa: Caller) -> None:
    assert rosa.post(f"{EMPLOYEES}/{_first(rosa)}", [{}, {}]).status_code == 400


def test_a_super_membership_needs_a_number_and_gets_an_id(rosa: Caller) -> None:
    person = _first(rosa)
    fund = rosa.employee(person)["SuperMemberships"][0]["SuperFundID"]
    refused = _update(rosa, person, SuperMemberships=[{"SuperFundID": fund}])
    assert _messages(refused.get_json()) == ["The Employee Number is required."]
    _update(rosa, person, SuperMemberships=[{"SuperFundID": fund, "EmployeeNumber": "007"}])
    (membership,) = rosa.employee(person)["SuperMemberships"]
    assert membership["EmployeeNumber"] == "007"
    assert membership["SuperMembershipID"]


def test_giving_a_tax_file_number_and_an_exemption_is_refused(rosa: Caller) -> None:
    tax = {"TaxFileNumber": "123456782", "TFNExemptionType": "PENDING"}
    answer = _update(rosa, _first(rosa), TaxDeclaration=tax)
    assert "Give a Tax File Number or a TFN Exemption Type, not both." in _messages(answer.get_json())


def test_empty_elements_are_absent_or_null_and_unknown_ones_appear_by_switch(sandbox: Sandbox, rosa: Caller) -> None:
    assert "TerminationDate" not in rosa.employees()[0]
    sandbox.control("PATCH", "switches", {"null_fields": "null", "unknown_fields": True})
    shown = rosa.employees()[0]
    assert shown["TerminationDate"] is None
    assert shown["WorkforceTag"] == {"Code": "A1", "Weight": 0.5}


def test_settings_calendars_and_pay_runs_can_be_read(sandbox: Sandbox, rosa: Caller) -> None:
    settings = rosa.get(f"{PAYROLL}/Settings").get_json()["Settings"]
    assert (settings["EmployeesAreSTP2"], settings["DaysInPayrollYear"]) == (True, "364")
    sandbox.control("PATCH", "switches", {"days_in_payroll_year": "number"})
    assert rosa.get(f"{PAYROLL}/Settings").get_json()["Settings"]["DaysInPayrollYear"] == 364
    calendars = rosa.get(f"{PAYROLL}/PayrollCalendars").get_json()["PayrollCalendars"]
    assert [item["CalendarType"] for item in calendars] == ["FORTNIGHTLY", "WEEKLY"]
    (run,) = rosa.get(f"{PAYROLL}/PayRuns").get_json()["PayRuns"]
    assert (run["PayRunStatus"], run["PaymentDate"]) == ("POSTED", "/Date(1719878400000+0000)/")
    assert rosa.get(f"{PAYROLL}/PayRuns", query={"where": "x==1"}).status_code == 400
    assert rosa.get(f"{PAYROLL}/PayRuns", query={"page": 2}).get_json()["PayRuns"] == []


def test_users_show_roles_but_not_payroll_access_and_groups_are_tracking_options(rosa: Caller) -> None:
    users = rosa.get("/api.xro/2.0/Users").get_json()["Users"]
    assert {item["OrganisationRole"] for item in users} == {"STANDARD", "FINANCIALADVISER", "READONLY"}
    assert "payroll" not in json.dumps(users).lower()
    category, _ = rosa.get("/api.xro/2.0/TrackingCategories").get_json()["TrackingCategories"]
    assert [option["Name"] for option in category["Options"]] == ["Bakehouse", "Shop", "Office"]
    settings = rosa.get(f"{PAYROLL}/Settings").get_json()["Settings"]
    groups = settings["TrackingCategories"]["EmployeeGroups"]
    assert groups["TrackingCategoryID"] == category["TrackingCategoryID"]


def test_leading_zeros_survive(rosa: Caller) -> None:
    people = [rosa.employee(item["EmployeeID"]) for item in rosa.employees()[:8]]
    assert "0800" in {person["HomeAddress"]["PostalCode"] for person in people}
    assert "012345678" in {account["AccountNumber"] for person in people for account in person["BankAccounts"]}


def test_the_same_seed_gives_the_same_world() -> None:
    def shown(seed: int) -> str:
        return json.dumps(Sandbox(seed=seed, employees=5).control("GET", f"world/organisations/{BAKERY}/employees"))

    assert shown(3) == shown(3)
    assert shown(3) != shown(4)
