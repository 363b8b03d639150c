from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.people.records import Address, EmployeeRecord
from tandem.xero.mapping.employee import XeroEmployee
from tandem.xero.mapping.tests.test_shared_values import ADA
from tandem.xero.matching.matching import (
    SENTENCES,
    Match,
    MatchedBy,
    Matching,
    NewPerson,
    Pair,
    ProposalReason,
    Rules,
    Side,
    identity_of,
    match_people,
)

BORN = date(1985, 12, 10)
OTHER = date(1990, 1, 1)


def ours(
    number: int, first: str = "Ada", last: str = "Byron", born: date | None = BORN, postcode: str = "2041"
) -> EmployeeRecord:
    return replace(
        ADA,
        employee_id=UUID(int=number),
        first_name=first,
        last_name=last,
        date_of_birth=born,
        home_address=Address(postcode=postcode),
    )


def theirs(
    number: int, first: str = "Ada", last: str = "Byron", born: date | None = BORN, postcode: str = "2041"
) -> XeroEmployee:
    return XeroEmployee(
        xero_employee_id=UUID(int=100 + number),
        first_name=first,
        last_name=last,
        date_of_birth=born,
        home_address=Address(postcode=postcode),
    )


def pair(our_number: int, their_number: int) -> Pair:
    return Pair(UUID(int=our_number), UUID(int=100 + their_number))


def reasons(found: Matching) -> list[ProposalReason]:
    return [proposal.reason for proposal in found.proposals]


def matched(found: Matching) -> list[tuple[Pair, MatchedBy]]:
    return [(Pair(match.employee_id, match.xero_employee_id), match.by) for match in found.matches]


def test_a_stored_binding_wins_over_everything_else() -> None:
    found = match_people([ours(1)], [theirs(1, "Someone", "Else", OTHER)], bound=[pair(1, 1)])
    assert matched(found) == [(pair(1, 1), MatchedBy.BINDING)]
    assert (found.proposals, found.new_people) == ((), ())


def test_a_binding_holds_though_neither_side_was_read() -> None:
    found = match_people([], [], bound=[pair(1, 1)])
    assert found.matches == (Match(UUID(int=1), UUID(int=101), MatchedBy.BINDING),)


@pytest.mark.parametrize(("first", "last"), [("Ada", "Byron"), (" ada", "BYRON\u00a0"), ("ADA\u200b", "byron")])
def test_the_same_name_and_birth_date_is_the_same_person(first: str, last: str) -> None:
    found = match_people([ours(1)], [theirs(1, first, last)])
    assert matched(found) == [(pair(1, 1), MatchedBy.NAME_AND_BIRTH_DATE)]


@pytest.mark.parametrize(
    ("our_one", "their_one", "reason"),
    [
        (ours(1, born=None), theirs(1), ProposalReason.NAME_AND_POSTCODE),
        (ours(1), theirs(1, born=None), ProposalReason.NAME_AND_POSTCODE),
        (ours(1, born=None), theirs(1, born=None, postcode="3000"), ProposalReason.NAME_WITHOUT_BIRTH_DATE),
        (ours(1, born=None, postcode=""), theirs(1, postcode=""), ProposalReason.NAME_WITHOUT_BIRTH_DATE),
        (ours(1), theirs(1, born=OTHER), ProposalReason.SAME_NAME_OTHER_BIRTH_DATE),
    ],
)
def test_nobody_is_matched_by_name_alone(
    our_one: EmployeeRecord, their_one: XeroEmployee, reason: ProposalReason
) -> None:
    found = match_people([our_one], [their_one])
    assert (found.matches, reasons(found), found.new_people) == ((), [reason], ())
    assert found.proposals[0].candidates == (pair(1, 1),)


def test_postcodes_are_not_looked_at_where_that_is_switched_off() -> None:
    found = match_people([ours(1, born=None)], [theirs(1)], rules=Rules(by_name_and_postcode=False))
    assert reasons(found) == [ProposalReason.NAME_WITHOUT_BIRTH_DATE]


def test_where_matching_is_switched_off_a_person_is_asked() -> None:
    found = match_people([ours(1)], [theirs(1)], rules=Rules(by_name_and_birth_date=False))
    assert (found.matches, reasons(found)) == ((), [ProposalReason.MATCHING_IS_OFF])


@pytest.mark.parametrize(
    ("our_ones", "their_ones"),
    [
        ([ours(1), ours(2)], [theirs(1)]),
        ([ours(1)], [theirs(1), theirs(2)]),
        ([ours(1), ours(2)], [theirs(1), theirs(2)]),
    ],
)
def test_several_hits_are_for_a_person(our_ones: list[EmployeeRecord], their_ones: list[XeroEmployee]) -> None:
    found = match_people(our_ones, their_ones)
    assert found.matches == ()
    assert set(reasons(found)) == {ProposalReason.SEVERAL_HITS}
    assert len(found.proposals) == len(their_ones)
    assert found.new_people == ()


def test_twins_in_name_are_told_apart_by_their_birth_dates() -> None:
    found = match_people([ours(1), ours(2, born=OTHER)], [theirs(1, born=OTHER), theirs(2)])
    assert {one for one, _ in matched(found)} == {pair(1, 2), pair(2, 1)}


def test_a_namesake_who_is_left_over_is_new() -> None:
    found = match_people([ours(1)], [theirs(1), theirs(2, born=OTHER)])
    assert matched(found) == [(pair(1, 1), MatchedBy.NAME_AND_BIRTH_DATE)]
    assert found.new_people == (NewPerson(Side.XERO, UUID(int=102)),)


def test_people_only_one_side_knows_are_new() -> None:
    found = match_people([ours(1)], [theirs(1, "Bea")])
    assert found.new_people == (NewPerson(Side.HR, UUID(int=1)), NewPerson(Side.XERO, UUID(int=101)))


def test_people_without_any_name_are_never_compared() -> None:
    found = match_people([ours(1, "", "")], [theirs(1, "", "")])
    assert (found.matches, found.proposals, len(found.new_people)) == ((), (), 2)


def test_a_pair_that_somebody_kept_apart_is_not_brought_up_again() -> None:
    rules = Rules(kept_apart=frozenset({pair(1, 1)}))
    assert len(match_people([ours(1)], [theirs(1)], rules=rules).new_people) == 2
    assert len(match_people([ours(1)], [theirs(1, born=None)], rules=rules).new_people) == 2


def test_what_was_kept_apart_makes_no_other_pair_certain() -> None:
    rules = Rules(kept_apart=frozenset({pair(2, 1)}))
    found = match_people([ours(1), ours(2)], [theirs(1)], rules=rules)
    assert (found.matches, reasons(found)) == ((), [ProposalReason.SEVERAL_HITS])
    assert found.proposals[0].candidates == (pair(1, 1),)
    assert found.new_people == (NewPerson(Side.HR, UUID(int=2)),)


def test_somebody_is_not_matched_because_their_double_is_linked() -> None:
    rules = Rules(kept_apart=frozenset({pair(1, 2), pair(2, 1)}))
    found = match_people([ours(1), ours(2)], [theirs(1), theirs(2)], bound=[pair(1, 1)], rules=rules)
    assert matched(found) == [(pair(1, 1), MatchedBy.BINDING)]
    assert found.proposals[0].candidates == (pair(2, 2),)


def test_a_second_record_in_xero_of_somebody_linked_is_for_a_person() -> None:
    found = match_people([ours(1)], [theirs(1), theirs(2)], bound=[pair(1, 1)])
    assert reasons(found) == [ProposalReason.ALREADY_LINKED]
    assert found.proposals[0].candidates == (pair(1, 2),)
    assert found.new_people == ()


def test_a_second_record_in_tandem_of_somebody_linked_is_too() -> None:
    found = match_people([ours(1), ours(2)], [theirs(1)], bound=[pair(1, 1)])
    assert (reasons(found), found.new_people) == ([ProposalReason.ALREADY_LINKED], ())


def test_a_linked_namesake_without_a_birth_date_holds_nobody_up() -> None:
    found = match_people([ours(1, born=None), ours(2)], [theirs(1, born=None), theirs(3, "Bea")], bound=[pair(1, 1)])
    assert len(found.new_people) == 2


def test_every_reason_has_its_sentence() -> None:
    assert set(SENTENCES) == set(ProposalReason)
    assert ProposalReason.SEVERAL_HITS.sentence.endswith(".")


NAMES = st.sampled_from(["Ada", "Bea", ""])
DAYS = st.sampled_from([None, BORN, OTHER])
POSTCODES = st.sampled_from(["", "2041", "3000"])
NUMBERS = st.integers(min_value=1, max_value=6)
OURS = st.lists(
    st.builds(ours, NUMBERS, NAMES, NAMES, DAYS, POSTCODES), max_size=6, unique_by=lambda one: one.employee_id
)
THEIRS = st.lists(
    st.builds(theirs, NUMBERS, NAMES, NAMES, DAYS, POSTCODES), max_size=6, unique_by=lambda one: one.xero_employee_id
)
PAIRS = st.builds(pair, NUMBERS, NUMBERS)
BOUND = st.lists(PAIRS, max_size=2, unique_by=(lambda one: one.employee_id, lambda one: one.xero_employee_id))


@settings(max_examples=60, deadline=None)
@given(OURS, THEIRS, BOUND, st.frozensets(PAIRS, max_size=6))
def test_a_binding_always_wins_and_a_refused_pair_is_neither_matched_nor_offered_again(
    our_ones: list[EmployeeRecord], their_ones: list[XeroEmployee], bound: list[Pair], refused: frozenset[Pair]
) -> None:
    found = match_people(our_ones, their_ones, bound=bound, rules=Rules(kept_apart=refused))
    made = [one for one, by in matched(found) if by is not MatchedBy.BINDING]
    assert [one for one, by in matched(found) if by is MatchedBy.BINDING] == bound
    offered = {one for proposal in found.proposals for one in proposal.candidates}
    assert refused.isdisjoint(made)
    assert refused.isdisjoint(offered)
    assert {one.employee_id for one in bound}.isdisjoint(one.employee_id for one in made)
    assert {one.xero_employee_id for one in bound}.isdisjoint(one.xero_employee_id for one in made)


@settings(max_examples=60, deadline=None)
@given(OURS, THEIRS, BOUND, st.frozensets(PAIRS, max_size=6))
def test_nothing_ambiguous_is_matched_by_itself(
    our_ones: list[EmployeeRecord], their_ones: list[XeroEmployee], bound: list[Pair], refused: frozenset[Pair]
) -> None:
    found = match_people(our_ones, their_ones, bound=bound, rules=Rules(kept_apart=refused))
    by_id = {record.employee_id: record for record in our_ones}
    for match in found.matches:
        if match.by is MatchedBy.NAME_AND_BIRTH_DATE:
            identity = identity_of(by_id[match.employee_id])
            assert sum(identity_of(one) == identity for one in our_ones) == 1
            assert sum(identity_of(one) == identity for one in their_ones) == 1


PERSON = st.tuples(NUMBERS, NAMES, NAMES, DAYS, POSTCODES)
PEOPLE = st.lists(PERSON, max_size=6, unique_by=lambda one: one[0])


def number(one: Pair) -> tuple[int, int]:
    return one.employee_id.int, one.xero_employee_id.int - 100


@settings(max_examples=60, deadline=None)
@given(PEOPLE, PEOPLE, BOUND, st.frozensets(PAIRS, max_size=4))
def test_who_is_who_is_the_same_seen_from_either_side(
    some: list[tuple[int, str, str, date | None, str]],
    others: list[tuple[int, str, str, date | None, str]],
    bound: list[Pair],
    refused: frozenset[Pair],
) -> None:
    def turned(one: Pair) -> Pair:
        return pair(*reversed(number(one)))

    def seen(found: Matching) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
        offered = {number(one) for proposal in found.proposals for one in proposal.candidates}
        return {number(one) for one, _ in matched(found)}, offered

    there = seen(
        match_people(
            [ours(*one) for one in some],
            [theirs(*one) for one in others],
            bound=bound,
            rules=Rules(kept_apart=refused),
        )
    )
    back = seen(
        match_people(
            [ours(*one) for one in others],
            [theirs(*one) for one in some],
            bound=[turned(one) for one in bound],
            rules=Rules(kept_apart=frozenset(turned(one) for one in refused)),
        )
    )
    assert there == tuple({(right, left) for left, right in pairs} for pairs in back)


@settings(max_examples=200, deadline=None)
@given(OURS, THEIRS, BOUND, st.frozensets(PAIRS, max_size=4), st.booleans())
def test_everybody_has_exactly_one_place_and_nobody_is_matched_twice(
    our_ones: list[EmployeeRecord],
    their_ones: list[XeroEmployee],
    bound: list[Pair],
    kept_apart: frozenset[Pair],
    by_birth_date: bool,
) -> None:
    rules = Rules(by_name_and_birth_date=by_birth_date, kept_apart=kept_apart)
    found = match_people(our_ones, their_ones, bound=bound, rules=rules)
    candidates = [one for proposal in found.proposals for one in proposal.candidates]
    matched_ours = [match.employee_id for match in found.matches]
    matched_theirs = [match.xero_employee_id for match in found.matches]
    new = {person.person_id for person in found.new_people}
    assert len(matched_ours) == len(set(matched_ours))
    assert len(matched_theirs) == len(set(matched_theirs))
    for record in our_ones:
        proposed = any(one.employee_id == record.employee_id for one in candidates)
        assert proposed or record.employee_id in matched_ours or record.employee_id in new
        assert record.employee_id not in new or not (proposed or record.employee_id in matched_ours)
    for person in their_ones:
        proposed = any(one.xero_employee_id == person.xero_employee_id for one in candidates)
        assert proposed or person.xero_employee_id in matched_theirs or person.xero_employee_id in new
    by_id = {record.employee_id: record for record in our_ones}
    people = {person.xero_employee_id: person for person in their_ones}
    for match in found.matches:
        if match.by is MatchedBy.NAME_AND_BIRTH_DATE:
            assert by_id[match.employee_id].date_of_birth == people[match.xero_employee_id].date_of_birth is not None
            assert Pair(match.employee_id, match.xero_employee_id) not in kept_apart
