"""A file of last days as a value: what is meant, and what is wrong in plain words."""

from datetime import date

import pytest

from tandem.people.departures import MOST_LINES, read_departures
from tandem.people.records import TerminationReason

HEADING = "Employee ID,Last day,Reason,Not public"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Missing: Employee ID, Last day, Reason."),
        ("Name,Last day\nAda,2026-12-03", "Missing: Employee ID, Reason."),
        (f"{HEADING}\n,,,\n", "There is nobody in the file"),
        ("\n".join([HEADING, *["E1,2026-12-03,V,"] * (MOST_LINES + 1)]), f"The file has {MOST_LINES + 1} people"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(text: str, said: str) -> None:
    sheet = read_departures(text)
    assert said in sheet.problem
    assert sheet.lines == ()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("typed", ["2026-12-03", "03/12/2026", "3/12/26", "03.12.2026"])
def test_spreadsheets_write_days_and_columns_in_many_ways(separator: str, typed: str) -> None:
    heading = HEADING.replace(",", separator)
    (line,) = read_departures(f"\ufeff{heading}\r\n{separator.join(['E00012', typed, 'V', 'yes'])}\r\n").lines
    assert (line.number, line.employee_number, line.termination_on) == (2, "E00012", date(2026, 12, 3))
    assert (line.reason, line.is_private, line.problems) == (TerminationReason.VOLUNTARY, True, ())


def test_the_columns_stand_in_any_order_and_not_public_may_be_left_out() -> None:
    (line,) = read_departures("REASON, Last Day ,Employee id\nredundancy package,2026-12-03,E00012").lines
    assert (line.reason, line.is_private, line.problems) == (TerminationReason.REDUNDANCY, False, ())


def test_every_problem_of_a_line_is_named_at_once() -> None:
    (line,) = read_departures(f"{HEADING}\n,31/02/2026,Z,perhaps").lines
    assert [problem.split(".")[0] for problem in line.problems] == [
        "The employee ID is missing",
        "The last day is missing or not a date",
        "The reason is missing or unknown",
        "Not public must be yes, no or empty",
    ]


def test_a_short_line_lacks_what_it_lacks() -> None:
    (line,) = read_departures(f"{HEADING}\nE00012").lines
    assert len(line.problems) == 2


def test_somebody_who_stands_there_twice_is_entered_by_neither_line() -> None:
    lines = read_departures(f"{HEADING}\nE1,2026-12-03,V,\n,2026-12-03,V,\nE1,2026-12-04,V,\n,2026-12-03,V,").lines
    twice = [line.number for line in lines if any("more than once" in problem for problem in line.problems)]
    assert twice == [2, 4]
