from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.people import rules
from tandem.people.records import Address, EmployeeDetails, EmployeeRecord, EmployeeStatus, Gender, TerminationReason

TODAY = date(2026, 11, 22)
DANA = EmployeeDetails(
    first_name="Dana",
    last_name="Ng",
    date_of_birth=date(1990, 1, 1),
    home_address=Address("4 Harbour Lane", "", "Balmain", "NSW", "2041", "Australia"),
    phone="+61 (2) 9000-0000",
    work_email="dana@example.com",
    start_on=date(2020, 2, 3),
)
RECORD = EmployeeRecord(
    employee_id=UUID(int=1),
    employee_number="E1",
    title="",
    first_name="Dana",
    middle_names="",
    last_name="Ng",
    preferred_name="",
    date_of_birth=date(1990, 1, 1),
    gender=Gender.NOT_STATED,
    home_address=DANA.home_address,
    phone="",
    mobile="",
    work_email="not an address",
    home_email="",
    job_title="",
    start_on=date(2020, 2, 3),
    branch_id=None,
    status=EmployeeStatus.CURRENT,
    termination_on=None,
    termination_reason=None,
    revision=1,
    changed_at=datetime(2026, 11, 22, tzinfo=UTC),
)


def fields(details: EmployeeDetails) -> list[str]:
    return [problem.field for problem in rules.check_details(details, today=TODAY)]


def test_good_details_and_the_least_there_can_be_are_fine() -> None:
    assert fields(DANA) == []
    assert fields(EmployeeDetails(first_name="Dana", last_name="Ng")) == []


@pytest.mark.parametrize(
    ("details", "field"),
    [
        (replace(DANA, first_name=" "), "first_name"),
        (replace(DANA, last_name=""), "last_name"),
        (replace(DANA, employee_number="E 1"), "employee_number"),
        (replace(DANA, job_title="x" * 101), "job_title"),
        (replace(DANA, date_of_birth=TODAY), "date_of_birth"),
        (replace(DANA, date_of_birth=date(1899, 12, 31)), "date_of_birth"),
        (replace(DANA, start_on=date(1990, 1, 1)), "start_on"),
        (replace(DANA, work_email="dana"), "work_email"),
        (replace(DANA, home_email="dana@example"), "home_email"),
        (replace(DANA, home_email="a@b.au, c@d.au"), "home_email"),
        (replace(DANA, mobile="ring me"), "mobile"),
        (replace(DANA, phone="()"), "phone"),
        (replace(DANA, home_address=Address(state="Bavaria")), "home_address.state"),
        (replace(DANA, home_address=Address(postcode="204")), "home_address.postcode"),
        (replace(DANA, home_address=Address(suburb="x" * 101)), "home_address.suburb"),
    ],
)
def test_each_problem_is_named_with_its_field(details: EmployeeDetails, field: str) -> None:
    assert fields(details) == [field]


@pytest.mark.parametrize("country", ["", "Australia", "AU"])
def test_state_and_postcode_are_checked_at_home(country: str) -> None:
    assert fields(replace(DANA, home_address=Address(state="vic", postcode="0800", country=country))) == []


def test_state_and_postcode_abroad_are_not_ours_to_judge() -> None:
    abroad = Address(state="Bavaria", postcode="80331", country="Germany")
    assert fields(replace(DANA, home_address=abroad)) == []


def test_all_problems_are_named_at_once() -> None:
    assert fields(replace(DANA, first_name="", last_name="", phone="x")) == ["first_name", "last_name", "phone"]


def test_an_old_fault_elsewhere_does_not_stop_an_edit() -> None:
    assert rules.check_changes(RECORD, {"job_title": "Baker"}, today=TODAY) == ()
    found = rules.check_changes(RECORD, {"home_address": Address(postcode="x")}, today=TODAY)
    assert [problem.field for problem in found] == ["home_address.postcode"]


def test_details_of_a_record_are_its_editable_part() -> None:
    assert rules.details_of(RECORD).employee_number == "E1"
    assert RECORD.full_name == "Dana Ng"
    assert replace(RECORD, preferred_name="Dee").full_name == "Dee Ng"


@pytest.mark.parametrize(
    ("on", "status"),
    [
        (None, EmployeeStatus.CURRENT),
        (date(2026, 11, 21), EmployeeStatus.TERMINATED),
        (date(2026, 11, 22), EmployeeStatus.TERMINATING),
        (date(2026, 11, 23), EmployeeStatus.TERMINATING),
    ],
)
def test_the_last_day_itself_is_still_worked(on: date | None, status: EmployeeStatus) -> None:
    assert rules.status_on(on, TODAY) is status


def test_the_daily_job_ends_those_whose_day_is_over_and_no_others() -> None:
    leaving = replace(RECORD, status=EmployeeStatus.TERMINATING, termination_on=date(2026, 11, 21))
    assert rules.is_termination_due(leaving, TODAY)
    assert not rules.is_termination_due(replace(leaving, termination_on=TODAY), TODAY)
    assert not rules.is_termination_due(replace(leaving, status=EmployeeStatus.TERMINATED), TODAY)


@pytest.mark.parametrize(
    ("on", "reason", "problems"),
    [
        (date(2026, 11, 30), TerminationReason.VOLUNTARY, []),
        (date(2020, 2, 3), TerminationReason.VOLUNTARY, []),
        (date(2020, 2, 2), TerminationReason.VOLUNTARY, ["termination_on"]),
        (date(2020, 2, 2), None, ["termination_on", "termination_reason"]),
    ],
)
def test_an_employment_ends_with_a_reason_and_not_before_it_began(
    on: date, reason: TerminationReason | None, problems: list[str]
) -> None:
    found = rules.check_termination(RECORD, termination_on=on, reason=reason)
    assert [problem.field for problem in found] == problems


def test_somebody_without_a_start_date_may_end_on_any_day() -> None:
    undated = replace(RECORD, start_on=None)
    assert rules.check_termination(undated, termination_on=date(2000, 1, 1), reason=TerminationReason.TRANSFER) == ()


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_makes_the_rules_fail(text: str, other: str) -> None:
    details = EmployeeDetails(
        first_name=text, last_name=other, work_email=text, phone=other, home_address=Address(postcode=text, state=other)
    )
    assert all(problem.message.endswith(".") for problem in rules.check_details(details, today=TODAY))
