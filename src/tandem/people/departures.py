"""A file of last days, read line by line: what is meant, and what is wrong in plain words. Pure; no Django.

One line a person, under a heading: `Employee ID`, `Last day`, `Reason` and, if wanted, `Not public`.
"""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from tandem.people.records import TerminationReason

MOST_LINES = 500
NUMBER, LAST_DAY, REASON, NOT_PUBLIC = "employee id", "last day", "reason", "not public"
NEEDED = (NUMBER, LAST_DAY, REASON)
DAY_FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d.%m.%Y")
YES, NO = frozenset({"yes", "y", "true", "1", "x"}), frozenset({"", "no", "n", "false", "0"})
#: A reason by its code or by the first word that people write for it.
REASONS: Mapping[str, TerminationReason] = {
    **{one.value.casefold(): one for one in TerminationReason},
    "voluntary": TerminationReason.VOLUNTARY,
    "resignation": TerminationReason.VOLUNTARY,
    "ill": TerminationReason.ILL_HEALTH,
    "deceased": TerminationReason.DECEASED,
    "redundancy": TerminationReason.REDUNDANCY,
    "dismissal": TerminationReason.DISMISSAL,
    "contract": TerminationReason.CONTRACT_END,
    "transfer": TerminationReason.TRANSFER,
}


@dataclass(frozen=True)
class Line:
    """One line of the file; what could not be understood is None, and a problem says so."""

    number: int
    employee_number: str
    termination_on: date | None
    reason: TerminationReason | None
    is_private: bool
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """The whole file. With a problem of the file itself there are no lines."""

    lines: tuple[Line, ...]
    problem: str = ""


def read_departures(text: str) -> Sheet:
    """Return what a file of last days says."""
    rows = list(csv.reader(text.lstrip("\ufeff").splitlines(), delimiter=_delimiter(text)))
    headings = [cell.strip().casefold() for cell in rows[0]] if rows else []
    missing = [name for name in NEEDED if name not in headings]
    if missing:
        names = ", ".join(name.capitalize().replace(" id", " ID") for name in missing)
        return Sheet((), f"The first line must name the columns. Missing: {names}.")
    filled = [(number, row) for number, row in enumerate(rows[1:], start=2) if any(cell.strip() for cell in row)]
    if not filled:
        return Sheet((), "There is nobody in the file: no line below the heading is filled in.")
    if len(filled) > MOST_LINES:
        return Sheet((), f"The file has {len(filled)} people. At most {MOST_LINES} can be entered at once: split it.")
    lines = [_line(number, dict(zip(headings, row, strict=False))) for number, row in filled]
    return Sheet(tuple(_without_doubles(lines)))


def _delimiter(text: str) -> str:
    """Return what stands between the columns of the heading."""
    heading = text.partition("\n")[0]
    return max(",;\t", key=heading.count)


def _line(number: int, cells: Mapping[str, str]) -> Line:
    typed = {name: cells.get(name, "").strip() for name in (*NEEDED, NOT_PUBLIC)}
    on, reason = _day(typed[LAST_DAY]), REASONS.get(_first_word(typed[REASON]))
    problems = []
    if not typed[NUMBER]:
        problems.append("The employee ID is missing.")
    if on is None:
        problems.append("The last day is missing or not a date. Write it like 22/11/2026.")
    if reason is None:
        problems.append("The reason is missing or unknown. Use one of V, I, D, R, F, C, T.")
    if typed[NOT_PUBLIC].casefold() not in YES | NO:
        problems.append("Not public must be yes, no or empty.")
    return Line(number, typed[NUMBER], on, reason, typed[NOT_PUBLIC].casefold() in YES, tuple(problems))


def _first_word(text: str) -> str:
    return text.casefold().partition(" ")[0]


def _day(text: str) -> date | None:
    for known in DAY_FORMATS:
        try:
            return datetime.strptime(text, known).date()  # noqa: DTZ007  a day has no zone
        except ValueError:
            continue
    return None


def _without_doubles(lines: list[Line]) -> Iterator[Line]:
    """Mark every line of a person who stands in the file twice: which of them is meant nobody can say."""
    times = Counter(line.employee_number for line in lines if line.employee_number)
    for line in lines:
        if times[line.employee_number] > 1:
            problem = f"Employee ID {line.employee_number} stands in the file more than once."
            yield replace(line, problems=(*line.problems, problem))
        else:
            yield line
