from datetime import date
from typing import Any

import pytest

from tandem.people.records import Address, Gender, TerminationReason
from tandem.xero.client.wire import Employee
from tandem.xero.mapping import details
from tandem.xero.mapping.fields import Termination
from tandem.xero.mapping.tests.test_shared_values import ID

SYDNEY = "Australia/Sydney"
MIDNIGHT = "/Date(1580688000000+0000)/"
EVENING = "/Date(1580680800000+0000)/"


def person(**values: Any) -> Employee:
    return Employee.model_validate({"EmployeeID": str(ID)} | values)


def test_a_title_is_carried_clean_both_ways() -> None:
    assert details.title_from_xero(person(Title="Ms\u00a0")) == "Ms"
    assert details.title_to_xero(" Ms ") == {"Title": "Ms"}


def test_a_first_name_keeps_its_emoji_and_accents() -> None:
    assert details.first_name_from_xero(person(FirstName=" Zoe\u0308 🌻 ")) == "Zoë 🌻"
    assert details.first_name_to_xero("Zoë 🌻") == {"FirstName": "Zoë 🌻"}


def test_middle_names_of_null_are_none() -> None:
    assert details.middle_names_from_xero(person(MiddleNames=None)) == ""
    assert details.middle_names_to_xero(None) == {"MiddleNames": ""}


def test_a_last_name_loses_its_non_breaking_spaces() -> None:
    assert details.last_name_from_xero(person(LastName="de\u00a0la\u200b Cruz")) == "de la Cruz"
    assert details.last_name_to_xero("de\u00a0la  Cruz") == {"LastName": "de la Cruz"}


def test_a_date_of_birth_that_is_not_there_is_not_sent() -> None:
    assert details.date_of_birth_from_xero(person(), time_zone=SYDNEY) == (None, ())
    assert details.date_of_birth_to_xero(None) == {}
    assert details.date_of_birth_to_xero(date(2020, 2, 3)) == {"DateOfBirth": MIDNIGHT}


def test_a_start_at_22_00_utc_is_the_next_day_in_sydney_and_flagged() -> None:
    on, oddities = details.start_on_from_xero(person(StartDate=EVENING), time_zone=SYDNEY)
    assert (on, [oddity.is_usable for oddity in oddities]) == (date(2020, 2, 3), [True])
    assert details.start_on_from_xero(person(StartDate=MIDNIGHT), time_zone=SYDNEY) == (date(2020, 2, 3), ())
    assert details.start_on_to_xero(date(2020, 2, 3)) == {"StartDate": MIDNIGHT}


def test_a_gender_that_is_new_stays_in_xero() -> None:
    gender, oddities = details.gender_from_xero(person(Gender="X"))
    assert (gender, oddities[0].sentence) == (Gender.NOT_STATED, "Xero holds a gender that Tandem does not know.")
    assert details.gender_from_xero(person(Gender="i")) == (Gender.NON_BINARY, ())
    assert details.gender_to_xero(Gender.NOT_STATED) == {"Gender": "N"}


def test_an_address_keeps_the_zero_of_its_postcode() -> None:
    sent = person(HomeAddress={"AddressLine1": "1 Mitchell\u00a0St", "Region": "nt", "PostalCode": "0800"})
    address = details.home_address_from_xero(sent)
    assert address == Address(line1="1 Mitchell St", state="NT", postcode="0800")
    whole = details.home_address_to_xero(address)["HomeAddress"]
    assert whole == {
        "AddressLine1": "1 Mitchell St",
        "AddressLine2": "",
        "City": "",
        "Region": "NT",
        "PostalCode": "0800",
        "Country": "AUSTRALIA",
    }


def test_phone_and_mobile_stay_text() -> None:
    assert details.phone_from_xero(person(Phone="0255550000")) == "0255550000"
    assert details.phone_to_xero("02 5555 0000") == {"Phone": "02 5555 0000"}
    assert details.mobile_from_xero(person(Mobile=" 0491 570 156 ")) == "0491 570 156"
    assert details.mobile_to_xero("") == {"Mobile": ""}


def test_an_email_and_a_job_title_are_carried_both_ways() -> None:
    assert details.email_from_xero(person(Email="ada@example.com ")) == "ada@example.com"
    assert details.email_to_xero("ada@example.com") == {"Email": "ada@example.com"}
    assert details.job_title_from_xero(person(JobTitle="Head\u00a0baker 🥖")) == "Head baker 🥖"
    assert details.job_title_to_xero("Head baker 🥖") == {"JobTitle": "Head baker 🥖"}


@pytest.mark.parametrize("reason", TerminationReason)
def test_a_termination_is_carried_with_each_reason(reason: TerminationReason) -> None:
    parts = details.termination_to_xero(Termination(date(2020, 2, 3), reason))
    assert parts == {"TerminationDate": MIDNIGHT, "TerminationReason": reason.value}
    assert details.termination_from_xero(person(**parts), time_zone=SYDNEY) == (
        Termination(date(2020, 2, 3), reason),
        (),
    )
