from typing import Any
from uuid import UUID

import pytest

from tandem.xero.client.wire import (
    Connection,
    ConnectionsAnswer,
    Employee,
    EmployeesPage,
    Organisation,
    PayCalendar,
    Settings,
    TokenAnswer,
    UnreadablePayload,
)

ADA = "4ff1e5cc-9835-40d5-bb18-09fdb118db9c"
BEA = "5ff1e5cc-9835-40d5-bb18-09fdb118db9c"


def page(*rows: object) -> EmployeesPage:
    return EmployeesPage.parse({"Id": "x", "Status": "OK", "Employees": list(rows)})


def test_one_bad_record_is_set_aside_and_the_others_go_on() -> None:
    found = page({"EmployeeID": ADA}, {"EmployeeID": "not an id"}, "text", {"EmployeeID": BEA, "Title": {}}, {})
    assert [str(person.employee_id) for person in found.records] == [ADA]
    assert [(reject.index, reject.xero_id) for reject in found.rejects] == [
        (1, None),
        (2, None),
        (3, UUID(BEA)),
        (4, None),
    ]


def test_a_reject_says_which_field_and_never_its_value() -> None:
    (reject,) = page({"EmployeeID": BEA, "TaxDeclaration": {"TaxFileNumber": "123456782"}, "Title": ["Dr"]}).rejects
    assert reject.reason == "Title: string_type"


def test_printing_what_xero_sent_shows_no_value() -> None:
    person = Employee.model_validate(
        {"EmployeeID": ADA, "FirstName": "Ada", "Secret": "x", "BankAccounts": [{"BSB": 1}]}
    )
    assert repr(person) == "Employee()"
    assert str(TokenAnswer.parse({"access_token": "secret", "odd": "secret"})) == ""


def test_a_person_twice_on_two_pages_counts_once() -> None:
    found = page({"EmployeeID": ADA, "Title": "Ms"}, {"EmployeeID": ADA, "Title": "Dr"})
    assert [person.title for person in found.records] == ["Dr"]


def test_nulls_numbers_and_unknown_values_are_kept_not_fatal() -> None:
    (person,) = page(
        {
            "EmployeeID": ADA,
            "FirstName": None,
            "Gender": "X",
            "Status": "ON_LEAVE",
            "Phone": 290000000,
            "MiddleNames": True,
            "JobTitle": False,
            "HomeAddress": {"PostalCode": 800, "City": None, "Planet": "Earth"},
            "BankAccounts": None,
            "SuperMemberships": {"SuperFundID": 1},
            "TaxDeclaration": "none",
            "DateOfBirth": "soon",
            "StartDate": 12,
            "TerminationDate": "",
            "ShoeSize": 43,
        }
    ).records
    assert (person.first_name, person.gender, person.status) == ("", "X", "ON_LEAVE")
    assert (person.phone, person.middle_names, person.job_title) == ("290000000", "true", "false")
    assert person.home_address
    assert (person.home_address.postal_code, person.home_address.city) == ("800", "")
    assert (person.bank_accounts, person.super_memberships, person.tax_declaration) == ([], [{"SuperFundID": 1}], None)
    assert (person.date_of_birth, person.start_date, person.termination_date) == ("soon", "12", None)
    assert person.model_extra == {"ShoeSize": 43}


def test_what_no_database_can_keep_is_left_out_of_a_text() -> None:
    (person,) = page(
        {"EmployeeID": ADA, "FirstName": "A\x00d\ud83da", "LastName": "O\u00a0Ni\u00f1o \U0001f600"}
    ).records
    assert (person.first_name, person.last_name) == ("Ada", "O\u00a0Ni\u00f1o \U0001f600")


def test_a_date_read_before_stays_as_it_is() -> None:
    person = Employee.model_validate({"EmployeeID": ADA, "DateOfBirth": "1980-03-22"})
    assert Employee.model_validate(person.model_dump(by_alias=True)).date_of_birth == person.date_of_birth


def test_what_was_sent_is_told_from_what_was_left_out() -> None:
    (person,) = page({"EmployeeID": ADA, "Title": None}).records
    assert "title" in person.sent
    assert "home_address" not in person.sent


def test_a_null_list_is_an_empty_one_and_another_envelope_is_none() -> None:
    assert EmployeesPage.parse({"Employees": None}) == ((), ())
    payloads: tuple[object, ...] = ({}, [], "x", None, {"Employees": {}})
    for payload in payloads:
        with pytest.raises(UnreadablePayload):
            EmployeesPage.parse(payload)


ORGANISATION: dict[str, Any] = {
    "OrganisationID": ADA,
    "Name": "Harbour Lane Bakery Pty Ltd",
    "Version": "AU",
    "CountryCode": "AU",
    "OrganisationStatus": "ACTIVE",
    "Timezone": "AUSEASTERNSTANDARDTIME",
    "IsDemoCompany": "true",
    "Class": "DEMO",
}


def test_an_organisation_says_whether_payroll_can_exist_there() -> None:
    found = Organisation.parse({"Organisations": [ORGANISATION]})
    assert (found.is_australian, found.is_active, found.is_demo_company) == (True, True, True)
    assert found.organisation_class == "DEMO"
    abroad = Organisation.read({"Version": "NZ", "OrganisationStatus": "INACTIVE", "IsDemoCompany": 3})
    assert (abroad.is_australian, abroad.is_active, abroad.is_demo_company) == (False, False, None)


@pytest.mark.parametrize("payload", [{"Organisations": []}, {"Organisations": ["x"]}, {}, None])
def test_no_organisation_is_said_to_be_none(payload: object) -> None:
    with pytest.raises(UnreadablePayload):
        Organisation.parse(payload)


@pytest.mark.parametrize(("days", "read"), [("365", 365), (364, 364), (None, None), ("many", None)])
def test_settings_take_the_days_of_a_year_as_text_or_number(days: object, read: int | None) -> None:
    found = Settings.parse({"Settings": {"DaysInPayrollYear": days, "EmployeesAreSTP2": False}})
    assert (found.days_in_payroll_year, found.employees_are_stp2) == (read, False)


@pytest.mark.parametrize("payload", [None, {}, {"Settings": None}])
def test_an_answer_without_settings_is_unreadable(payload: object) -> None:
    with pytest.raises(UnreadablePayload):
        Settings.parse(payload)


def test_pay_calendars_are_read_row_by_row_and_what_is_none_is_left_out() -> None:
    found = PayCalendar.parse_list({"PayrollCalendars": [{"Name": "Weekly", "CalendarType": "WEEKLY"}, "text"]})
    assert [(one.name, one.calendar_type, one.payment_date) for one in found] == [("Weekly", "WEEKLY", None)]


@pytest.mark.parametrize("payload", [None, {}, {"PayrollCalendars": None}])
def test_an_answer_without_pay_calendars_is_unreadable(payload: object) -> None:
    with pytest.raises(UnreadablePayload):
        PayCalendar.parse_list(payload)


ROW = {"id": ADA, "tenantId": BEA, "tenantType": "ORGANISATION", "createdDateUtc": "2019-12-07T18:46:19.5165400"}


def test_connections_of_an_older_kind_are_read_too() -> None:
    found = ConnectionsAnswer.parse([ROW, {"id": ADA}, {**ROW, "tenantType": "PRACTICE", "authEventId": ADA}])
    assert [row.is_organisation for row in found.records] == [True, False]
    assert [row.auth_event_id for row in found.records] == [None, UUID(ADA)]
    assert [reject.index for reject in found.rejects] == [1]
    assert Connection.model_validate({"id": ADA, "tenantId": BEA}).is_organisation


def test_connections_that_are_no_list_are_unreadable() -> None:
    with pytest.raises(UnreadablePayload):
        ConnectionsAnswer.parse({"error": "x"})


@pytest.mark.parametrize("scope", ["openid payroll.employees", ["openid", "payroll.employees"]])
def test_a_token_is_read_with_its_scopes_as_text_or_list(scope: object) -> None:
    found = TokenAnswer.parse({"access_token": "a", "expires_in": "1200", "scope": scope, "new_key": 1})
    assert (found.scopes, found.lifetime_seconds) == (frozenset({"openid", "payroll.employees"}), 1200)


def test_a_token_without_scope_or_lifetime_has_the_usual_ones() -> None:
    found = TokenAnswer.parse({"access_token": "a"})
    assert (found.scopes, found.lifetime_seconds, found.refresh_token) == (frozenset(), 1800, "")


@pytest.mark.parametrize("payload", [{}, {"access_token": ""}, {"access_token": None}, "x"])
def test_an_answer_without_a_token_is_unreadable_and_shows_nothing(payload: object) -> None:
    with pytest.raises(UnreadablePayload) as caught:
        TokenAnswer.parse(payload)
    assert "access_token" in str(caught.value) or "record" in str(caught.value)
