"""What the records foretell, as a table: which reason, by when, and whether it stops writes."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from tandem.people.prospects import Prospect, ProspectKind, Standing, Terms, prospects
from tandem.people.records import (
    AbsenceRecord,
    Address,
    EmployeeRecord,
    EmployeeStatus,
    Gender,
    PositionChangeRecord,
    TerminationReason,
)
from tandem.people.rules import check_absence, check_contract_end, check_position_change, without_private_leaving

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
ID = UUID(int=7)
ROSA = EmployeeRecord(
    employee_id=ID,
    employee_number="E00001",
    title="",
    first_name="Rosa",
    middle_names="",
    last_name="Byrne",
    preferred_name="",
    date_of_birth=None,
    gender=Gender.NOT_STATED,
    home_address=Address(),
    phone="",
    mobile="",
    work_email="",
    home_email="",
    job_title="",
    start_on=date(2020, 3, 2),
    branch_id=None,
    status=EmployeeStatus.CURRENT,
    termination_on=None,
    termination_reason=None,
    revision=1,
    changed_at=NOW,
)
LEAVING = replace(
    ROSA,
    status=EmployeeStatus.TERMINATING,
    termination_on=date(2026, 12, 4),
    termination_reason=TerminationReason.VOLUNTARY,
)
SECRET = replace(LEAVING, termination_is_private=True)


def away(from_on: date, until_on: date | None, *, is_taken_back: bool = False) -> AbsenceRecord:
    return AbsenceRecord(ID, ID, from_on, until_on, NOW, None, is_taken_back)


def moves(from_on: date, *, leaves_payroll: bool = True, is_taken_back: bool = False) -> PositionChangeRecord:
    return PositionChangeRecord(ID, ID, from_on, "Baker", leaves_payroll, NOW, None, is_taken_back=is_taken_back)


TABLE = [
    ("a current employee", Standing(ROSA), []),
    ("nobody with a record", Standing(), []),
    ("a termination", Standing(LEAVING), [("termination", date(2026, 12, 4))]),
    (
        "a contract that ends",
        Standing(replace(ROSA, contract_ends_on=date(2027, 1, 31))),
        [("contract_end", date(2027, 1, 31))],
    ),
    ("a deletion", Standing(ROSA, deleted_on=TODAY), [("deletion", TODAY)]),
    ("a lock", Standing(locked_on=TODAY), [("lock", TODAY)]),
    ("a change of roles leaves a week", Standing(left_payroll_on=TODAY), [("role_change", date(2026, 11, 30))]),
    (
        "another position out of payroll, until the day before",
        Standing(ROSA, position_changes=(moves(date(2026, 12, 1)),)),
        [("position_change", date(2026, 11, 30))],
    ),
    (
        "another position in payroll",
        Standing(ROSA, position_changes=(moves(TODAY, leaves_payroll=False),)),
        [],
    ),
    (
        "another position that was taken back",
        Standing(ROSA, position_changes=(moves(TODAY, is_taken_back=True),)),
        [],
    ),
    (
        "an absence of four weeks, until the day before",
        Standing(ROSA, absences=(away(date(2026, 12, 1), date(2026, 12, 28)),)),
        [("absence", date(2026, 11, 30))],
    ),
    ("an absence of a day less", Standing(ROSA, absences=(away(date(2026, 12, 1), date(2026, 12, 27)),)), []),
    (
        "an absence without an end",
        Standing(ROSA, absences=(away(date(2026, 12, 1), None),)),
        [("absence", date(2026, 11, 30))],
    ),
    ("an absence that is over", Standing(ROSA, absences=(away(date(2026, 9, 1), date(2026, 11, 22)),)), []),
    (
        "an absence on its last day",
        Standing(ROSA, absences=(away(date(2026, 9, 1), TODAY),)),
        [("absence", date(2026, 8, 31))],
    ),
    (
        "an absence that was taken back",
        Standing(ROSA, absences=(away(TODAY, None, is_taken_back=True),)),
        [],
    ),
    (
        "two absences: the earlier counts",
        Standing(ROSA, absences=(away(date(2027, 5, 1), None), away(date(2026, 12, 1), date(2027, 1, 31)))),
        [("absence", date(2026, 11, 30))],
    ),
    (
        "several reasons, the earliest day first",
        Standing(replace(LEAVING, contract_ends_on=date(2026, 11, 30)), locked_on=TODAY),
        [("lock", TODAY), ("contract_end", date(2026, 11, 30)), ("termination", date(2026, 12, 4))],
    ),
]


@pytest.mark.parametrize(("standing", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_each_way_of_losing_access_has_its_last_safe_day(standing: Standing, expected: list[tuple[str, date]]) -> None:
    found = prospects(standing, today=TODAY, terms=Terms())
    assert [(one.kind.value, one.last_safe_on) for one in found] == expected


def test_a_later_reason_of_the_same_kind_is_left_out_whatever_the_order() -> None:
    late, early = away(date(2027, 5, 1), None), away(date(2026, 12, 1), None)
    for both in ((late, early), (early, late)):
        (found,) = prospects(Standing(ROSA, absences=both), today=TODAY, terms=Terms())
        assert found.last_safe_on == date(2026, 11, 30)


def test_only_a_leavers_day_stops_writes() -> None:
    stops = {kind.value for kind in ProspectKind if Prospect(kind, TODAY).stops_writes}
    assert stops == {"termination", "contract_end", "position_change", "deletion", "lock"}


def test_what_counts_as_long_and_what_is_left_for_the_hand_over_are_settings() -> None:
    terms = Terms(long_absence=timedelta(days=3), grace=timedelta(days=0))
    standing = Standing(ROSA, absences=(away(TODAY, date(2026, 11, 25)),), left_payroll_on=TODAY)
    found = prospects(standing, today=TODAY, terms=terms)
    assert [one.kind.value for one in found] == ["absence", "role_change"]


def test_a_private_termination_is_marked_as_one() -> None:
    (found,) = prospects(Standing(SECRET), today=TODAY, terms=Terms())
    assert found.is_private


def test_whoever_may_not_know_sees_a_current_employee() -> None:
    seen = without_private_leaving(SECRET)
    assert seen == ROSA
    assert without_private_leaving(LEAVING) == LEAVING


def test_once_the_last_day_is_over_nothing_is_hidden() -> None:
    gone = replace(SECRET, status=EmployeeStatus.TERMINATED)
    assert without_private_leaving(gone) == gone


def test_days_in_the_wrong_order_are_refused() -> None:
    assert check_absence(from_on=TODAY, until_on=TODAY) == ()
    assert [one.field for one in check_absence(from_on=TODAY, until_on=date(2026, 11, 22))] == ["until_on"]
    assert check_contract_end(ROSA, contract_ends_on=None) == ()
    assert check_contract_end(ROSA, contract_ends_on=TODAY) == ()
    assert [one.field for one in check_contract_end(ROSA, contract_ends_on=date(2019, 1, 1))] == ["contract_ends_on"]


def test_a_position_needs_a_title_that_fits_and_a_day_after_the_start() -> None:
    assert check_position_change(ROSA, from_on=TODAY, job_title="Baker") == ()
    blank = check_position_change(ROSA, from_on=date(2019, 1, 1), job_title=" ")
    assert [one.field for one in blank] == ["job_title", "from_on"]
    assert [one.field for one in check_position_change(ROSA, from_on=TODAY, job_title="x" * 101)] == ["job_title"]
