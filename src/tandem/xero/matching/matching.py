"""Which of theirs may be which of ours. Pure. Never by name alone (xero.md R35).

A stored binding always wins. Then exact normalised name and birth date, if there is exactly one on each side, linked
people and refused pairs counted in: what people say of one pair never makes another one certain. Everything else that
looks alike is proposed to a person, and nothing happens to anybody in a proposal before that.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from tandem.people.records import EmployeeRecord
from tandem.xero.mapping.employee import XeroEmployee
from tandem.xero.mapping.fields import clean

Name = tuple[str, str]
Identity = tuple[Name, date]
Person = TypeVar("Person", EmployeeRecord, XeroEmployee)


class MatchedBy(StrEnum):
    BINDING = "binding"
    NAME_AND_BIRTH_DATE = "name_and_birth_date"


class ProposalReason(StrEnum):
    """Why a person has to look."""

    NAME_AND_POSTCODE = "name_and_postcode"
    NAME_WITHOUT_BIRTH_DATE = "name_without_birth_date"
    SAME_NAME_OTHER_BIRTH_DATE = "same_name_other_birth_date"
    SEVERAL_HITS = "several_hits"
    ALREADY_LINKED = "already_linked"
    MATCHING_IS_OFF = "matching_is_off"

    @property
    def sentence(self) -> str:
        """Return the reason as people read it."""
        return SENTENCES[self]


SENTENCES = {
    ProposalReason.NAME_AND_POSTCODE: "Same name and postcode, but a date of birth is missing.",
    ProposalReason.NAME_WITHOUT_BIRTH_DATE: "Same name, but a date of birth is missing.",
    ProposalReason.SAME_NAME_OTHER_BIRTH_DATE: "Same name, but another date of birth.",
    ProposalReason.SEVERAL_HITS: "Several people have the same name and date of birth.",
    ProposalReason.ALREADY_LINKED: "Same name and date of birth as somebody who is linked already.",
    ProposalReason.MATCHING_IS_OFF: "Same name and date of birth; automatic matching is switched off.",
}


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
    """Pairs that may be one person; nothing happens to any of them until somebody decides.

    All candidates share their Xero person, so that a decision is about one of them.
    """

    reason: ProposalReason
    candidates: tuple[Pair, ...]


@dataclass(frozen=True)
class NewPerson:
    """Someone only one side knows; the id is that side's."""

    side: Side
    person_id: UUID


@dataclass(frozen=True)
class Matching:
    """Every unbound person is in a match, in proposals, or new; never in two of these."""

    matches: tuple[Match, ...]
    proposals: tuple[Proposal, ...]
    new_people: tuple[NewPerson, ...]


@dataclass(frozen=True)
class Rules:
    """What the customer chose, and what people decided before: pairs that are not the same person."""

    by_name_and_birth_date: bool = True
    by_name_and_postcode: bool = True
    kept_apart: frozenset[Pair] = frozenset()


def match_people(
    ours: Sequence[EmployeeRecord],
    theirs: Sequence[XeroEmployee],
    *,
    bound: Iterable[Pair] = (),
    rules: Rules | None = None,
) -> Matching:
    """Return who is who; a bound pair is a match even if one of the two was not read this time."""
    rules = rules or Rules()
    matches = [Match(pair.employee_id, pair.xero_employee_id, MatchedBy.BINDING) for pair in bound]
    our_bound = {match.employee_id for match in matches}
    their_bound = {match.xero_employee_id for match in matches}
    our_free = [one for one in ours if one.employee_id not in our_bound]
    their_free = [one for one in theirs if one.xero_employee_id not in their_bound]
    proposals = _linked_already(our_free, [one for one in theirs if one.xero_employee_id in their_bound], rules)
    proposals += _linked_already([one for one in ours if one.employee_id in our_bound], their_free, rules)
    our_free, their_free = _without(our_free, their_free, _candidates(proposals))
    our_names, their_names = _by_name(our_free), _by_name(their_free)
    shared = _shared_by_several(ours) | _shared_by_several(theirs)
    for name in sorted(our_names.keys() & their_names.keys()):
        found, proposed = _match_namesakes(our_names[name], their_names[name], rules, shared)
        matches += found
        proposals += proposed
    return Matching(tuple(matches), tuple(proposals), _new_people(ours, theirs, matches, proposals))


def name_key(first_name: str, last_name: str) -> Name:
    """Return a name as it is compared: spaces, case and invisible characters apart."""
    return clean(first_name).casefold(), clean(last_name).casefold()


def identity_of(person: EmployeeRecord | XeroEmployee) -> Identity | None:
    """Return the name and birth date that a person is known by; None where either is missing."""
    name = name_key(person.first_name, person.last_name)
    return (name, person.date_of_birth) if any(name) and person.date_of_birth else None


def _shared_by_several(people: Iterable[EmployeeRecord | XeroEmployee]) -> frozenset[Identity]:
    """Return the names and birth dates that more than one person of a side has, linked or not."""
    counts = Counter(identity for person in people if (identity := identity_of(person)))
    return frozenset(identity for identity, count in counts.items() if count > 1)


def _match_namesakes(
    ours: Sequence[EmployeeRecord], theirs: Sequence[XeroEmployee], rules: Rules, shared: frozenset[Identity]
) -> tuple[list[Match], list[Proposal]]:
    """Match those who also share a birth date, if there is one on each side; propose whatever else is left."""
    matches: list[Match] = []
    proposals: list[Proposal] = []
    for born_on in sorted({one.date_of_birth for one in theirs if one.date_of_birth}):
        pairs = _pairs(
            [one for one in ours if one.date_of_birth == born_on],
            [one for one in theirs if one.date_of_birth == born_on],
            rules,
        )
        is_shared = (name_key(theirs[0].first_name, theirs[0].last_name), born_on) in shared
        if len(pairs) == 1 and not is_shared and rules.by_name_and_birth_date:
            matches.append(Match(pairs[0].employee_id, pairs[0].xero_employee_id, MatchedBy.NAME_AND_BIRTH_DATE))
        elif pairs:
            reason = ProposalReason.SEVERAL_HITS if is_shared else ProposalReason.MATCHING_IS_OFF
            proposals += _proposals(pairs, reason)
    taken = [Pair(match.employee_id, match.xero_employee_id) for match in matches]
    our_rest, their_rest = _without(ours, theirs, taken + _candidates(proposals))
    for person in their_rest:
        if pairs := _pairs(our_rest, [person], rules):
            proposals.append(Proposal(_weakest_reason(our_rest, person, pairs, rules), tuple(pairs)))
    return matches, proposals


def _weakest_reason(
    ours: Sequence[EmployeeRecord], person: XeroEmployee, pairs: Sequence[Pair], rules: Rules
) -> ProposalReason:
    """Return what speaks for the best of several candidates who share only a name."""
    candidates = {pair.employee_id for pair in pairs}
    namesakes = [one for one in ours if one.employee_id in candidates]
    unsure = [one for one in namesakes if one.date_of_birth is None or person.date_of_birth is None]
    postcode = clean(person.home_address.postcode)
    if not unsure:
        return ProposalReason.SAME_NAME_OTHER_BIRTH_DATE
    if rules.by_name_and_postcode and postcode and any(clean(one.home_address.postcode) == postcode for one in unsure):
        return ProposalReason.NAME_AND_POSTCODE
    return ProposalReason.NAME_WITHOUT_BIRTH_DATE


def _linked_already(ours: Sequence[EmployeeRecord], theirs: Sequence[XeroEmployee], rules: Rules) -> list[Proposal]:
    """Propose people who look like somebody whose link is taken: a second record, or a wrong link."""
    known: dict[Identity, list[EmployeeRecord]] = defaultdict(list)
    for record in ours:
        if identity := identity_of(record):
            known[identity].append(record)
    proposals: list[Proposal] = []
    for person in theirs:
        if identity := identity_of(person):
            proposals += _proposals(_pairs(known.get(identity, []), [person], rules), ProposalReason.ALREADY_LINKED)
    return proposals


def _pairs(ours: Sequence[EmployeeRecord], theirs: Sequence[XeroEmployee], rules: Rules) -> list[Pair]:
    every = (Pair(one.employee_id, other.xero_employee_id) for other in theirs for one in ours)
    return [pair for pair in every if pair not in rules.kept_apart]


def _proposals(pairs: Sequence[Pair], reason: ProposalReason) -> list[Proposal]:
    """Return one proposal for each Xero person."""
    grouped: dict[UUID, list[Pair]] = defaultdict(list)
    for pair in pairs:
        grouped[pair.xero_employee_id].append(pair)
    return [Proposal(reason, tuple(candidates)) for candidates in grouped.values()]


def _candidates(proposals: Iterable[Proposal]) -> list[Pair]:
    return [pair for proposal in proposals for pair in proposal.candidates]


def _without(
    ours: Sequence[EmployeeRecord], theirs: Sequence[XeroEmployee], taken: Sequence[Pair]
) -> tuple[list[EmployeeRecord], list[XeroEmployee]]:
    our_taken = {pair.employee_id for pair in taken}
    their_taken = {pair.xero_employee_id for pair in taken}
    return (
        [one for one in ours if one.employee_id not in our_taken],
        [one for one in theirs if one.xero_employee_id not in their_taken],
    )


def _new_people(
    ours: Sequence[EmployeeRecord],
    theirs: Sequence[XeroEmployee],
    matches: Sequence[Match],
    proposals: Sequence[Proposal],
) -> tuple[NewPerson, ...]:
    known = [*(Pair(match.employee_id, match.xero_employee_id) for match in matches), *_candidates(proposals)]
    our_rest, their_rest = _without(ours, theirs, known)
    return (
        *(NewPerson(Side.HR, one.employee_id) for one in our_rest),
        *(NewPerson(Side.XERO, one.xero_employee_id) for one in their_rest),
    )


def _by_name(people: Iterable[Person]) -> dict[Name, list[Person]]:
    named: dict[Name, list[Person]] = defaultdict(list)
    for person in people:
        named[name_key(person.first_name, person.last_name)].append(person)
    named.pop(("", ""), None)
    return named
