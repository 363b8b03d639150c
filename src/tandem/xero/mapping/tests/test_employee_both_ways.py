import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from tandem.people.records import Address, Gender, TerminationReason
from tandem.xero.client.wire import Employee, EmployeesPage
from tandem.xero.mapping.employee import (
    XeroEmployee,
    details_from_xero,
    from_xero,
    hr_changes,
)
from tandem.xero.mapping.fields import SharedField, Termination
from tandem.xero.mapping.requests import check_for_xero, to_xero
from tandem.xero.mapping.tests.test_shared_values import ADA, HOME, ID

SYDNEY = "Australia/Sydney"
FULL = {
    "EmployeeID": str(ID),
    "Title": "Ms",
    "FirstName": " Ada ",
    "MiddleNames": "King",
    "LastName": "Byron\u00a0Noel",
    "DateOfBirth": "/Date(503020800000+0000)/",
    "Gender": "F",
    "HomeAddress": {
        "AddressLine1": "4 Harbour Lane",
        "City": "Balmain",
        "Region": "NSW",
        "PostalCode": "0801",
        "Country": "AUSTRALIA",
    },
    "Phone": "02 9000 0000",
    "Mobile": "0400 000 000",
    "Email": "ada@example.com",
    "JobTitle": "Baker",
    "StartDate": "/Date(1580688000000+0000)/",
    "Status": "ACTIVE",
    "EmployeeGroupName": "Bakehouse ",
    "UpdatedDateUTC": "/Date(1584662400000+0000)/",
}


def read(is_detail: bool = True, **changes: Any) -> XeroEmployee:
    return from_xero(Employee.model_validate(FULL | changes), time_zone=SYDNEY, is_detail=is_detail)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", "Ms"),
        ("first_name", "Ada"),
        ("middle_names", "King"),
        ("last_name", "Byron Noel"),
        ("date_of_birth", date(1985, 12, 10)),
        ("gender", Gender.FEMALE),
        ("home_address", Address("4 Harbour Lane", "", "Balmain", "NSW", "0801", "Australia")),
        ("phone", "02 9000 0000"),
        ("mobile", "0400 000 000"),
        ("email", "ada@example.com"),
        ("job_title", "Baker"),
        ("start_on", date(2020, 2, 3)),
        ("termination", None),
        ("status", "ACTIVE"),
        ("employee_group", "Bakehouse "),
        ("oddities", ()),
        ("is_detailed", True),
        ("full_name", "Ada Byron Noel"),
    ],
)
def test_each_field_is_read_from_xero(name: str, value: object) -> None:
    assert getattr(read(), name) == value


def test_an_empty_record_is_read_as_blanks() -> None:
    person = from_xero(Employee.model_validate({"EmployeeID": str(ID)}), time_zone=SYDNEY)
    assert person == XeroEmployee(ID)


@pytest.mark.parametrize(
    ("code", "gender"),
    [("N", Gender.NOT_STATED), ("m", Gender.MALE), ("F", Gender.FEMALE), ("I", Gender.NON_BINARY)],
)
def test_xeros_letters_are_genders(code: str, gender: Gender) -> None:
    assert read(Gender=code).gender is gender


def test_a_gender_tandem_does_not_know_stays_in_xero() -> None:
    person = read(Gender="X")
    assert person.unusable == {SharedField.GENDER}


def test_the_daylight_hazard_is_read_in_the_organisations_zone_and_flagged() -> None:
    person = read(StartDate="/Date(1572559200000+0000)/")
    assert person.start_on == date(2019, 11, 1)
    assert [(oddity.field, oddity.is_usable) for oddity in person.oddities] == [(SharedField.START_ON, True)]


def test_a_date_that_is_none_is_kept_out_and_named() -> None:
    person = read(DateOfBirth="soon")
    assert person.date_of_birth is None
    assert person.unusable == {SharedField.DATE_OF_BIRTH}


@pytest.mark.parametrize(
    ("changes", "termination", "unusable"),
    [
        (
            {"TerminationDate": "2026-11-01", "TerminationReason": "v"},
            Termination(date(2026, 11, 1), TerminationReason.VOLUNTARY),
            set(),
        ),
        ({"TerminationDate": "2026-11-01"}, Termination(date(2026, 11, 1)), set()),
        ({"TerminationDate": "2026-11-01", "TerminationReason": "Z"}, Termination(date(2026, 11, 1)), set()),
        ({"Status": "TERMINATED"}, None, {SharedField.TERMINATION}),
        ({"Status": "TERMINATED", "TerminationDate": "then"}, None, {SharedField.TERMINATION}),
    ],
)
def test_the_end_of_an_employment_is_read_with_care(
    changes: dict[str, Any], termination: Termination | None, unusable: set[SharedField]
) -> None:
    person = read(**changes)
    assert person.termination == termination
    assert person.unusable == unusable


def test_a_status_that_is_not_sent_follows_from_the_date() -> None:
    assert read(Status=None, TerminationDate="2026-11-01").status == "TERMINATED"
    assert read(Status=None).status == "ACTIVE"


def test_a_list_row_says_what_it_does_not_carry() -> None:
    row = {name: value for name, value in FULL.items() if name not in ("HomeAddress", "Title", "JobTitle")}
    person = from_xero(Employee.model_validate(row), time_zone=SYDNEY, is_detail=False)
    assert person.unread == {SharedField.HOME_ADDRESS, SharedField.TITLE, SharedField.JOB_TITLE}
    assert not person.is_detailed


def test_an_address_of_a_country_alone_is_none_and_a_foreign_one_is_kept() -> None:
    assert read(HomeAddress={"Country": "AUSTRALIA"}).home_address == Address()
    assert read(HomeAddress={"City": "Oslo", "Country": "Norway"}).home_address.country == "Norway"
    assert read(HomeAddress={"City": "Perth"}).home_address.country == ""


def test_an_update_sends_what_changed_and_always_name_and_birth_date_as_just_read() -> None:
    body = to_xero({SharedField.PHONE: "02 9111 1111"}, ours=ADA, theirs=read())
    assert body == {
        "FirstName": "Ada",
        "LastName": "Byron Noel",
        "DateOfBirth": "/Date(503020800000+0000)/",
        "Phone": "02 9111 1111",
    }


def test_an_address_goes_whole_and_with_xeros_country() -> None:
    body = to_xero({SharedField.HOME_ADDRESS: replace(HOME, state="Victoria")}, ours=ADA, theirs=read())
    assert body["HomeAddress"] == {
        "AddressLine1": "4 Harbour Lane",
        "AddressLine2": "",
        "City": "Balmain",
        "Region": "VIC",
        "PostalCode": "2041",
        "Country": "AUSTRALIA",
    }


def test_a_cleared_text_is_sent_as_empty_in_an_update() -> None:
    assert to_xero({SharedField.JOB_TITLE: ""}, ours=ADA, theirs=read())["JobTitle"] == ""


def test_a_create_leaves_blanks_out() -> None:
    body = to_xero({SharedField.JOB_TITLE: "", SharedField.TITLE: "Ms"}, ours=ADA, theirs=None)
    assert set(body) == {"FirstName", "LastName", "DateOfBirth", "Title"}


def test_where_xero_lacks_a_name_or_birth_date_ours_goes() -> None:
    bare = XeroEmployee(ID)
    assert to_xero({}, ours=ADA, theirs=bare)["FirstName"] == "Ada"
    assert "DateOfBirth" not in to_xero({}, ours=replace(ADA, date_of_birth=None), theirs=bare)


@pytest.mark.parametrize(
    ("gender", "code"),
    [(Gender.MALE, "M"), (Gender.FEMALE, "F"), (Gender.NON_BINARY, "I"), (Gender.NOT_STATED, "N")],
)
def test_a_gender_goes_as_xeros_letter(gender: Gender, code: str) -> None:
    assert to_xero({SharedField.GENDER: gender}, ours=ADA, theirs=read())["Gender"] == code


def test_a_termination_goes_with_its_reason_and_an_end_of_one_never() -> None:
    left = Termination(date(2026, 11, 1), TerminationReason.CONTRACT_END)
    body = to_xero({SharedField.TERMINATION: left}, ours=ADA, theirs=read())
    assert (body["TerminationDate"], body["TerminationReason"]) == ("/Date(1793491200000+0000)/", "C")
    assert "TerminationReason" not in to_xero({SharedField.TERMINATION: Termination(left.on)}, ours=ADA, theirs=read())
    assert "TerminationDate" not in to_xero({SharedField.TERMINATION: None}, ours=ADA, theirs=read())


def test_payroll_details_are_never_left_out_of_a_body_in_silence() -> None:
    with pytest.raises(KeyError):
        to_xero({SharedField.BANK_ACCOUNTS: ()}, ours=ADA, theirs=read())


def test_odd_types_never_become_odd_requests() -> None:
    body = to_xero({SharedField.GENDER: "F", SharedField.HOME_ADDRESS: None}, ours=ADA, theirs=read())
    assert "Gender" not in body
    assert body["HomeAddress"] == {
        "AddressLine1": "",
        "AddressLine2": "",
        "City": "",
        "Region": "",
        "PostalCode": "",
        "Country": "AUSTRALIA",
    }


def test_a_new_tandem_person_takes_xeros_email_as_the_work_email() -> None:
    details = details_from_xero(read())
    assert (details.work_email, details.home_email, details.home_address.postcode) == ("ada@example.com", "", "0801")


def test_changes_for_tandem_carry_its_own_names_and_no_termination() -> None:
    changes = {SharedField.EMAIL: "a@b.au", SharedField.TITLE: "Dr", SharedField.TERMINATION: None}
    assert hr_changes(changes) == {"work_email": "a@b.au", "title": "Dr"}


def test_everything_xero_would_refuse_is_said_at_once_in_our_words() -> None:
    bad = replace(
        ADA,
        first_name="",
        last_name="y" * 36,
        date_of_birth=None,
        title="Her Excellency",
        home_email="x" * 100 + "@example.com",
        home_address=Address(line2="x" * 51, suburb="y" * 51, state="Bavaria", postcode="80331"),
        termination_on=date(2026, 11, 1),
    )
    problems = check_for_xero(bad)
    assert [problem.field for problem in problems] == [
        "first_name",
        "date_of_birth",
        "title",
        "last_name",
        "home_email",
        "home_address.line1",
        "home_address.line2",
        "home_address.suburb",
        "home_address.postcode",
        "home_address.state",
        "termination_reason",
    ]
    assert "Last name has 36 characters and Xero takes at most 35. Shorten it." in {one.message for one in problems}


def test_a_person_xero_takes_has_no_problem_and_only_asked_fields_are_looked_at() -> None:
    assert check_for_xero(ADA) == ()
    assert check_for_xero(replace(ADA, home_address=Address(), title="Her Excellency"), [SharedField.PHONE]) == ()
    too_long = replace(ADA, work_email="x" * 101)
    assert [problem.field for problem in check_for_xero(too_long)] == ["work_email"]


@pytest.mark.skipif("XERO_OPENAPI_DIR" not in os.environ, reason="XERO_OPENAPI_DIR names Xero's specification files")
def test_every_example_of_xeros_own_files_is_read_and_mapped() -> None:
    spec = yaml.safe_load((Path(os.environ["XERO_OPENAPI_DIR"]) / "xero-payroll-au.yaml").read_text())
    pages = [found for path in spec["paths"].values() for found in employee_pages(path)]
    assert pages
    for page in pages:
        people, rejects = EmployeesPage.parse(page)
        assert len(people) + len(rejects) == len(page["Employees"])
        assert all(from_xero(person, time_zone=SYDNEY).first_name for person in people)


def employee_pages(path: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the example answers with employees of one path."""
    found = []
    for method in path.values():
        responses = method.get("responses", {}) if isinstance(method, dict) else {}
        for response in responses.values():
            example = response.get("content", {}).get("application/json", {}).get("example")
            if isinstance(example, dict) and "Employees" in example:
                found.append(example)
    return found
