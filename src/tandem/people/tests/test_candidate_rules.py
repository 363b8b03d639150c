from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from tandem.people.candidate_rules import (
    CandidateDetails,
    CandidateRecord,
    Person,
    check_candidate,
    employee_details,
    find_lookalikes,
    taken_over,
)
from tandem.people.tests.test_rules import RECORD, TODAY

BORN, OTHER = date(1985, 12, 10), date(1990, 1, 1)


def candidate(number: int, first: str = "Ada", born: date | None = BORN) -> CandidateRecord:
    return CandidateRecord(UUID(int=number), CandidateDetails(first, "Byron", born), datetime(2026, 11, 1, tzinfo=UTC))


def person(number: int, first: str = "Ada", born: date | None = BORN) -> Person:
    return Person(UUID(int=100 + number), first, "Byron", born)


@pytest.mark.parametrize(
    ("candidates", "people", "certain", "doubtful"),
    [
        ([candidate(1)], [person(1)], {1: 1}, {}),
        ([candidate(1, " ADA")], [person(1)], {1: 1}, {}),
        ([candidate(1)], [person(1), person(2, born=None)], {1: 1}, {}),
        ([candidate(1)], [person(1), person(2)], {}, {1: (1, 2)}),
        ([candidate(1), candidate(2)], [person(1)], {}, {1: (1,), 2: (1,)}),
        ([candidate(1, born=None)], [person(1)], {}, {1: (1,)}),
        ([candidate(1)], [person(1, born=None)], {}, {1: (1,)}),
        ([candidate(1)], [person(1, born=OTHER)], {}, {}),
        ([candidate(1)], [person(1, "Bea")], {}, {}),
        ([candidate(1)], [], {}, {}),
    ],
)
def test_who_a_candidate_is_for_certain_and_who_they_may_be(
    candidates: list[CandidateRecord],
    people: list[Person],
    certain: dict[int, int],
    doubtful: dict[int, tuple[int, ...]],
) -> None:
    found = find_lookalikes(candidates, people)
    assert {one.int: who.int - 100 for one, who in found.certain.items()} == certain
    assert {one.int: tuple(who.int - 100 for who in some) for one, some in found.doubtful.items()} == doubtful


def test_everything_wrong_with_a_candidate_is_named_at_once_by_the_names_of_the_form() -> None:
    details = CandidateDetails("", "Byron", date(2027, 1, 1), email="nowhere", mobile="none")
    found = {problem.field for problem in check_candidate(details, today=TODAY)}
    assert found == {"first_name", "date_of_birth", "email", "mobile"}


def test_a_hired_candidate_brings_what_is_known_of_them() -> None:
    details = employee_details(CandidateDetails("Ada", "Byron", BORN, "ada@example.com", "0491 570 110", "Baker"))
    assert (details.home_email, details.work_email, details.mobile, details.job_title) == (
        "ada@example.com",
        "",
        "0491 570 110",
        "Baker",
    )


def test_a_record_takes_over_only_what_it_lacks() -> None:
    details = CandidateDetails("Ada", "Byron", BORN, "ada@example.com", "0491 570 110", "Baker")
    blank = replace(RECORD, date_of_birth=None, home_email="", work_email="", mobile="", job_title="")
    assert taken_over(details, blank) == {
        "date_of_birth": BORN,
        "home_email": "ada@example.com",
        "mobile": "0491 570 110",
        "job_title": "Baker",
    }
    full = replace(blank, date_of_birth=OTHER, work_email="ada@example.com", mobile="0491 570 313", job_title="Cook")
    assert taken_over(details, full) == {}
