"""XML that older programs write, and XML that is meant to do harm: the same answers as JSON, and never a Python error."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest

from tandem_sandbox import world
from tandem_sandbox.http import xml_bodies
from tandem_sandbox.testing import Sandbox
from tandem_sandbox.tests.caller import AMIR, EMPLOYEES, FULL, PAYROLL, Caller, quiet_sandbox, sign_in
from tandem_sandbox.world import rules, shapes

CATEGORIES = "/api.xro/2.0/TrackingCategories"
EVERY = f"{FULL} payroll.payruns payroll.timesheets payroll.payslip".replace(
    "accounting.settings.read", "accounting.settings"
)
XML = "application/xml"
ADDRESS = (
    "<HomeAddress><AddressLine1>1 Mill Road</AddressLine1><City>Hobart</City><Region>TAS</Region>"
    "<PostalCode>7000</PostalCode></HomeAddress>"
)
NIA = (
    f"<FirstName>Nia</FirstName><LastName>O&apos;Koro &amp; Co</LastName><DateOfBirth>1991-02-03</DateOfBirth>{ADDRESS}"
)
ONE = f"<Employee>{NIA}</Employee>"
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE Employee [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]><Employee><FirstName>&j;</FirstName></Employee>"
)
OUTSIDE = (
    '<!DOCTYPE Employee [<!ENTITY x SYSTEM "file:///etc/hostname">]><Employee><FirstName>&x;</FirstName></Employee>'
)


@pytest.fixture
def sandbox() -> Sandbox:
    return quiet_sandbox(employees=4)


@pytest.fixture
def rosa(sandbox: Sandbox) -> Caller:
    return sign_in(sandbox, scope=EVERY)


def _send(rosa: Caller, body: str | bytes, path: str = EMPLOYEES, *, kind: str = XML, method: str = "POST") -> Any:
    data = body.encode() if isinstance(body, str) else body
    return rosa.call(method, path, data=data, headers={"Content-Type": kind})


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<",
        "<Employee>",
        "<Employee/><Employee/>",
        "{}",
        "[]",
        "<Employee>text<FirstName>Nia</FirstName></Employee>",
        "<Employee><FirstName>Nia</FirstName><FirstName>Mia</FirstName></Employee>",
        "<Employees><Person/></Employees>",
        "<Employees></Employees>",
        "<Employee></Employee>",
        "<Employee><FirstName>\x02</FirstName></Employee>",
        "<Employee><FirstName>&nobody;</FirstName></Employee>",
        "<Timesheet/>",
        "<employee><FirstName>Nia</FirstName></employee>",
        "<Response><Employees/></Response>",
        '<?xml version="1.0" encoding="zip"?><Employee/>',
        '<?xml version="1.0" encoding="nowhere"?><Employee/>',
        b"\xff\xfe<\x00",
        "<Employee>" + "<a>" * 50_000,
        "<Employee>" + "<a>" * 60 + "</a>" * 60 + "</Employee>",
        "<Employee>" + "<a/>" * 100_000 + "</Employee>",
        LAUGHS,
        OUTSIDE,
        '<!DOCTYPE Employee SYSTEM "http://example.com/a.dtd"><Employee/>',
        "<!DOCTYPE Employee>" + ONE,
    ],
    ids=lambda body: repr(body[:40]),
)
def test_xml_that_cannot_be_read_is_refused(rosa: Caller, body: str | bytes) -> None:
    answer = _send(rosa, body)
    assert (answer.status_code, answer.get_json()["Type"]) == (400, "PostDataInvalidException")
    assert "XML" in answer.get_json()["Message"]
    assert len(rosa.employees()) == 4


@pytest.mark.parametrize("kind", [XML, "application/x-www-form-urlencoded"])
def test_ten_megabytes_of_xml_are_413(rosa: Caller, kind: str) -> None:
    assert _send(rosa, "xml=" + "<a/>" * 2_500_000, kind=kind).status_code == 413


@pytest.mark.parametrize(
    "path",
    [
        *(f"{PAYROLL}/{name}" for name in ("Employees", "LeaveApplications", "PayItems", "PayrollCalendars")),
        *(f"{PAYROLL}/{name}" for name in ("PayRuns", "Superfunds", "Timesheets")),
        CATEGORIES,
    ],
)
@pytest.mark.parametrize("body", [LAUGHS, OUTSIDE, "<Nothing/>", "<"], ids=["laughs", "outside", "root", "half"])
def test_every_write_refuses_what_is_meant_to_do_harm(rosa: Caller, path: str, body: str) -> None:
    answer = _send(rosa, body, path)
    assert (answer.status_code, answer.get_json()["Type"]) == (400, "PostDataInvalidException")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (ONE, XML),
        (f'<?xml version="1.0" encoding="utf-8"?>\n<Employees>\n {ONE}\n</Employees>', "text/xml; charset=utf-8"),
        (ONE.replace("<Employee>", '<Employee xmlns="urn:x" xmlns:i="urn:y">'), XML),
        (ONE.replace("<DateOfBirth>1991-02-03<", "<DateOfBirth>1991-02-03T00:00:00<"), XML),
        (ONE.replace("<FirstName>", "<BankAccounts/><SuperMemberships></SuperMemberships><FirstName>"), XML),
        (urlencode({"xml": ONE}), "application/x-www-form-urlencoded"),
        (f'<?xml version="1.0" encoding="utf-16"?>{ONE}'.encode("utf-16"), XML),
    ],
)
def test_an_employee_is_created_from_xml(rosa: Caller, body: str | bytes, kind: str) -> None:
    answer = _send(rosa, body, kind=kind)
    assert answer.status_code == 200
    (made,) = answer.get_json()["Employees"]
    assert (made["LastName"], made["HomeAddress"]["City"]) == ("O'Koro & Co", "Hobart")
    assert rosa.employee(made["EmployeeID"])["DateOfBirth"] == "/Date(665539200000+0000)/"


def test_xml_and_json_are_judged_in_the_same_words(rosa: Caller) -> None:
    as_json = rosa.post(EMPLOYEES, [{"FirstName": "Nia", "Gender": "Q", "Nickname": "N"}])
    as_xml = _send(rosa, "<Employee><FirstName>Nia</FirstName><Gender>Q</Gender><Nickname>N</Nickname></Employee>")
    assert (as_xml.status_code, as_xml.get_data()) == (400, as_json.get_data())


def test_lists_flags_numbers_and_what_is_emptied_come_over(rosa: Caller) -> None:
    person = rosa.employees()[0]["EmployeeID"]
    account = "<AccountName>Nia</AccountName><BSB>000000</BSB><AccountNumber>012345678</AccountNumber>"
    half = f"<BankAccount>{account}<Amount>50.5</Amount></BankAccount>"
    rest = f"<BankAccount>{account}<Remainder>true</Remainder></BankAccount>"
    tax = "<TaxFreeThresholdClaimed>false</TaxFreeThresholdClaimed><TFNExemptionType>PENDING</TFNExemptionType>"
    more = f"<Title i:nil='true' xmlns:i='x'/><JobTitle>true</JobTitle><BankAccounts>{half}{rest}</BankAccounts><TaxDeclaration>{tax}</TaxDeclaration>"
    answer = _send(rosa, f"<Employees><Employee>{more}</Employee></Employees>", f"{EMPLOYEES}/{person}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found = rosa.employee(person)
    assert [item.get("Amount") for item in found["BankAccounts"]] == [50.5, None]
    assert found["BankAccounts"][1]["Remainder"] is True
    assert found["TaxDeclaration"]["TaxFreeThresholdClaimed"] is False
    assert found["JobTitle"] == "true"


def test_two_records_for_one_path_are_refused_in_xml_too(rosa: Caller) -> None:
    person = rosa.employees()[0]["EmployeeID"]
    assert _send(rosa, f"<Employees>{ONE}{ONE}</Employees>", f"{EMPLOYEES}/{person}").status_code == 400


def test_the_other_writes_of_payroll_take_xml(rosa: Caller) -> None:
    calendar = (
        "<PayrollCalendar><Name>Monthly</Name><CalendarType>MONTHLY</CalendarType><StartDate>2024-08-01</StartDate>"
        "<PaymentDate>2024-08-31</PaymentDate></PayrollCalendar>"
    )
    assert _send(rosa, calendar, f"{PAYROLL}/PayrollCalendars").status_code == 200
    fund = "<SuperFund><Type>REGULATED</Type><USI>51824753556003</USI></SuperFund>"
    assert _send(rosa, fund, f"{PAYROLL}/Superfunds").status_code == 200
    person = rosa.employees()[0]
    rates = rosa.get(f"{PAYROLL}/PayItems").get_json()["PayItems"]
    days = "<NumberOfUnit>7.6</NumberOfUnit>" * 14
    sheet = (
        f"<Timesheet><EmployeeID>{person['EmployeeID']}</EmployeeID><StartDate>2024-07-01</StartDate>"
        f"<EndDate>2024-07-14</EndDate><TimesheetLines><TimesheetLine><EarningsRateID>"
        f"{rates['EarningsRates'][0]['EarningsRateID']}</EarningsRateID><NumberOfUnits>{days}</NumberOfUnits>"
        "</TimesheetLine></TimesheetLines></Timesheet>"
    )
    assert _send(rosa, sheet, f"{PAYROLL}/Timesheets").get_json()["Timesheets"][0]["Hours"] == 106.4
    leave = (
        f"<LeaveApplication><EmployeeID>{person['EmployeeID']}</EmployeeID><LeaveTypeID>"
        f"{rates['LeaveTypes'][0]['LeaveTypeID']}</LeaveTypeID><Title>Rest</Title><StartDate>2024-09-02</StartDate>"
        "<EndDate>2024-09-03</EndDate></LeaveApplication>"
    )
    assert _send(rosa, leave, f"{PAYROLL}/LeaveApplications").status_code == 200


def test_a_pay_run_its_payslip_and_pay_items_take_xml(rosa: Caller) -> None:
    calendar = rosa.get(f"{PAYROLL}/PayrollCalendars").get_json()["PayrollCalendars"][0]["PayrollCalendarID"]
    run = f"<PayRun><PayrollCalendarID>{calendar}</PayrollCalendarID></PayRun>"
    (made,) = _send(rosa, run, f"{PAYROLL}/PayRuns").get_json()["PayRuns"]
    slip = rosa.get(f"{PAYROLL}/PayRuns/{made['PayRunID']}").get_json()["PayRuns"][0]["Payslips"][0]["PayslipID"]
    empty = "<Payslip><ReimbursementLines/></Payslip>"
    for body in (empty, f"<Payslips>{empty}</Payslips>"):
        assert _send(rosa, body, f"{PAYROLL}/Payslip/{slip}").status_code == 200
    assert _send(rosa, "<PayRun/>", f"{PAYROLL}/Payslip/{slip}").status_code == 400
    kept = rosa.get(f"{PAYROLL}/PayItems").get_json()["PayItems"]["ReimbursementTypes"][0]
    names = ("ReimbursementTypeID", "Name", "AccountCode")
    one = "".join(f"<{name}>{kept[name]}</{name}>" for name in names)
    items = (
        f"<PayItems><ReimbursementTypes><ReimbursementType>{one}</ReimbursementType></ReimbursementTypes></PayItems>"
    )
    assert _send(rosa, items, f"{PAYROLL}/PayItems").status_code == 200


def test_tracking_categories_are_written_as_xml_and_an_unknown_element_is_refused(rosa: Caller) -> None:
    location = rosa.get(CATEGORIES).get_json()["TrackingCategories"][1]["TrackingCategoryID"]
    shut = "<TrackingCategory><Status>ARCHIVED</Status></TrackingCategory>"
    assert _send(rosa, shut, f"{CATEGORIES}/{location}").status_code == 200
    project = "<TrackingCategory><Name>Project</Name><Options><Option><Name>Ferry</Name></Option></Options>{}"
    made = _send(rosa, project.format("</TrackingCategory>"), CATEGORIES, method="PUT")
    (category,) = made.get_json()["TrackingCategories"]
    assert [option["Name"] for option in category["Options"]] == ["Ferry"]
    more = "<Options><Option><Name>Bridge</Name></Option><Option><Name>Quay</Name></Option></Options>"
    path = f"{CATEGORIES}/{category['TrackingCategoryID']}/Options"
    assert len(_send(rosa, more, path, method="PUT").get_json()["Options"]) == 2
    strange = _send(rosa, project.format("<Colour>red</Colour></TrackingCategory>"), CATEGORIES, method="PUT")
    assert (strange.status_code, strange.get_json()["ErrorNumber"]) == (400, 14)


def test_the_second_version_of_timesheets_takes_no_xml(sandbox: Sandbox) -> None:
    amir = sign_in(sandbox, AMIR, scope=EVERY)
    assert _send(amir, "<Timesheet/>", "/payroll.xro/2.0/Timesheets").status_code == 400


def test_a_read_that_says_it_is_xml_is_a_read(rosa: Caller) -> None:
    assert rosa.get(EMPLOYEES, headers={"Content-Type": XML}).status_code == 200
    refused = rosa.get(EMPLOYEES, headers={"Content-Type": XML}, query={"page": "0"})
    assert (refused.status_code, refused.get_json()["Type"]) == (400, "Error")


def _shapes() -> Iterator[Mapping[str, shapes.Rule]]:
    for module in pkgutil.iter_modules(world.__path__):
        for value in vars(importlib.import_module(f"{world.__name__}.{module.name}")).values():
            for found in (value, *value.values()) if isinstance(value, Mapping) else ():
                if (
                    isinstance(found, Mapping)
                    and found
                    and all(isinstance(rule, shapes.Rule) for rule in found.values())
                ):
                    yield found


def test_every_flag_that_there_is_is_known_to_be_one_in_xml() -> None:
    flags = {
        name
        for shape in _shapes()
        for name, rule in shape.items()
        if rule.judge(name, True) is None and rule.judge(name, "true") is not None
    }
    assert "Remainder" in flags
    assert (flags | set(rules.BOOLEANS)) - xml_bodies.FLAGS == set()
