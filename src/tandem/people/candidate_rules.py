"""Who of the employees a candidate may be, and what their record takes over. Pure. No Django.

As in matching: the same name and birth date are one person if exactly one on each side has them; by name alone a person
is only asked, and never where both birth dates are known and differ.
"""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from tandem.kernel.errors import Problem
from tandem.people import rules
from tandem.people.records import EmployeeDetails, EmployeeRecord

Name = tuple[str, str]


@dataclass(frozen=True)
class CandidateDetails:
    """What is known of somebody who may be hired."""

    first_name: str
    last_name: str
    date_of_birth: date | None = None
    email: str = ""
    mobile: str = ""
    job_title: str = ""


@dataclass(frozen=True)
class CandidateRecord:
    """A candidate who is still open."""

    candidate_id: UUID
    details: CandidateDetails
    entered_at: datetime
    revision: int = 1

    @property
    def full_name(self) -> str:
        """Return the name as it is read out."""
        return f"{self.details.first_name} {self.details.last_name}".strip()


@dataclass(frozen=True)
class Person:
    """An employee as candidates are compared with them."""

    employee_id: UUID
    first_name: str
    last_name: str
    date_of_birth: date | None


@dataclass(frozen=True)
class Lookalikes:
    """By candidate: who they are for certain, and who they may be."""

    certain: Mapping[UUID, UUID] = field(default_factory=dict)
    doubtful: Mapping[UUID, tuple[UUID, ...]] = field(default_factory=dict)


def find_lookalikes(candidates: Iterable[CandidateRecord], people: Iterable[Person]) -> Lookalikes:
    """Return who of the candidates may be on record already."""
    open_ones = list(candidates)
    named: dict[Name, list[Person]] = defaultdict(list)
    for person in people:
        named[name_key(person.first_name, person.last_name)].append(person)
    identities = Counter(_identity(one.details) for one in open_ones)
    alike: dict[UUID, list[Person]] = {}
    certain: dict[UUID, UUID] = {}
    for one in open_ones:
        name, born = _identity(one.details)
        alike[one.candidate_id] = [person for person in named[name] if _may_be_born(born, person.date_of_birth)]
        dated = [person for person in alike[one.candidate_id] if born and person.date_of_birth]
        if len(dated) == 1 and identities[name, born] == 1:
            certain[one.candidate_id] = dated[0].employee_id
    doubtful = {
        candidate_id: tuple(person.employee_id for person in found)
        for candidate_id, found in alike.items()
        if found and candidate_id not in certain
    }
    return Lookalikes(certain, doubtful)


def _may_be_born(one: date | None, other: date | None) -> bool:
    return one is None or other is None or one == other


def _identity(details: CandidateDetails) -> tuple[Name, date | None]:
    return name_key(details.first_name, details.last_name), details.date_of_birth


def name_key(first_name: str, last_name: str) -> Name:
    """Return a name as it is compared: spaces and case apart."""
    return _folded(first_name), _folded(last_name)


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split()).casefold()


def check_candidate(details: CandidateDetails, *, today: date) -> tuple[Problem, ...]:
    """Return what must be fixed before a candidate can be entered, all at once."""
    names = {"home_email": "email"}
    found = rules.check_details(employee_details(details), today=today)
    return tuple(replace(problem, field=names.get(problem.field, problem.field)) for problem in found)


def employee_details(details: CandidateDetails) -> EmployeeDetails:
    """Return a new employee made of what is known of a candidate; their address for mail is their own."""
    return EmployeeDetails(
        first_name=details.first_name,
        last_name=details.last_name,
        date_of_birth=details.date_of_birth,
        home_email=details.email,
        mobile=details.mobile,
        job_title=details.job_title,
    )


def taken_over(details: CandidateDetails, record: EmployeeRecord) -> dict[str, object]:
    """Return what a record that is there already takes over from a candidate: only where it says nothing itself."""
    offered: dict[str, object] = {
        "date_of_birth": details.date_of_birth,
        "home_email": "" if record.work_email == details.email else details.email,
        "mobile": details.mobile,
        "job_title": details.job_title,
    }
    return {name: value for name, value in offered.items() if value and not getattr(record, name)}
