from datetime import date
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.xero.matching.duplicates import Doubles, Known, find_doubles

BORN, OTHER = date(1985, 12, 10), date(1990, 1, 1)


def known(number: int, first: str = "Ada", last: str = "Byron", born: date | None = BORN) -> Known:
    return Known(UUID(int=number), first, last, born)


def groups(*people: Known) -> list[tuple[tuple[int, ...], bool]]:
    return [(tuple(one.int for one in found.person_ids), found.has_birth_date) for found in find_doubles(people)]


@pytest.mark.parametrize(
    ("people", "found"),
    [
        ([known(1), known(2)], [((1, 2), True)]),
        ([known(1), known(2, " ADA", "byron\u00a0")], [((1, 2), True)]),
        ([known(1), known(2, born=None)], [((1, 2), False)]),
        ([known(1, born=None), known(2, born=None)], [((1, 2), False)]),
        ([known(1), known(2, born=OTHER)], []),
        ([known(1), known(2, born=OTHER), known(3, born=None)], [((1, 3), False), ((2, 3), False)]),
        ([known(1), known(2, "Bea")], []),
        ([known(1, "", ""), known(2, "", "")], []),
        ([known(1)], []),
    ],
)
def test_who_may_be_one_person(people: list[Known], found: list[tuple[tuple[int, ...], bool]]) -> None:
    assert groups(*people) == found


@pytest.mark.parametrize(
    ("apart", "found"),
    [
        ([[1, 2]], [((1, 2, 3), True)]),
        ([[1, 2, 3]], []),
        ([[1, 2], [1, 3]], [((2, 3), True)]),
        ([[1, 2], [1, 3], [2, 3]], []),
        ([[4, 5]], [((1, 2, 3), True)]),
    ],
)
def test_whoever_is_apart_from_everybody_else_of_a_group_is_not_in_it(
    apart: list[list[int]], found: list[tuple[tuple[int, ...], bool]]
) -> None:
    said = [[UUID(int=one) for one in some] for some in apart]
    left = find_doubles([known(1), known(2), known(3)], apart=said)
    assert [(tuple(one.int for one in group.person_ids), group.has_birth_date) for group in left] == found


def test_two_with_a_birth_date_stay_listed_once_the_third_without_one_is_said_to_be_another() -> None:
    said = [[UUID(int=1), UUID(int=3)], [UUID(int=2), UUID(int=3)]]
    (group,) = find_doubles([known(1), known(2), known(3, born=None)], apart=said)
    assert (len(group.person_ids), group.has_birth_date) == (2, True)


def test_why_they_stand_together_is_a_sentence() -> None:
    assert Doubles((), has_birth_date=True).sentence.endswith("date of birth.")
    assert "missing" in Doubles((), has_birth_date=False).sentence


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.builds(
            known,
            st.integers(min_value=1, max_value=8),
            st.sampled_from(["Ada", "Bea", ""]),
            st.sampled_from(["Byron", ""]),
            st.sampled_from([None, BORN, OTHER]),
        ),
        unique_by=lambda one: one.person_id,
    )
)
def test_no_two_with_different_birth_dates_stand_together(people: list[Known]) -> None:
    by_id = {one.person_id: one for one in people}
    for found in find_doubles(people):
        assert len(found.person_ids) > 1
        dates = {by_id[one].date_of_birth for one in found.person_ids} - {None}
        assert len(dates) <= 1
