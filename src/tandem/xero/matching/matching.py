"""Which of theirs may be which of ours. Pure. Never by name alone (xero.md R35)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from tandem.people.records import EmployeeRecord
from tandem.xero.mapping.employee import XeroEmployee


class MatchedBy(StrEnum):
    BINDING = "binding"
    NAME_AND_BIRTH_DATE = "name_and_birth_date"


class ProposalReason(StrEnum):
    """Why a person has to look."""

    NAME_AND_POSTCODE = "name_and_postcode"
    NAME_WITHOUT_BIRTH_DATE = "name_without_birth_date"
    SAME_NAME_OTHER_BIRTH_DATE = "same_name_other_birth_date"
    SEVERAL_HITS = "several_hits"
    MATCHING_IS_OFF = "matching_is_off"


class Side(StrEnum):
    HR = "hr"
    XERO = "xero"


@dataclass(frozen=True)
class Pair:
    """One of ours and one of theirs."""

    employee_id: UUID
    xero_employee_id: UUID


@dataclass(frozen=True)
class Match:
    """A pair that needs nobody's decision."""

    employee_id: UUID
    xero_employee_id: UUID
    by: MatchedBy


@dataclass(frozen=True)
class Proposal:
    """People who may be the same; nothing happens to any of them until somebody decides."""

    reason: ProposalReason
    candidates: tuple[Pair, ...]


@dataclass(frozen=True)
class NewPerson:
    """Someone only one side knows; the id is that side's."""

    side: Side
    person_id: UUID


@dataclass(frozen=True)
class Matching:
    matches: tuple[Match, ...]
    proposals: tuple[Proposal, ...]
    new_people: tuple[NewPerson, ...]


def match_people(
    ours: Sequence[EmployeeRecord],
    theirs: Sequence[XeroEmployee],
    *,
    bound: Sequence[Pair],
    kept_apart: frozenset[Pair] = frozenset(),
    by_name_and_birth_date: bool = True,
    by_name_and_postcode: bool = True,
) -> Matching:
    """Return who is who: bindings first, then exact name and birth date; anything else is for a person."""
    raise NotImplementedError
