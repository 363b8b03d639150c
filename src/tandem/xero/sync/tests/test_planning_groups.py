"""Branches and employee groups in a plan: who is moved, who is left and why, and what has to be chosen first."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import pytest

from tandem.people.payroll_records import PayrollDetails
from tandem.people.records import EmployeeRecord
from tandem.xero.mapping.employment import BranchKey, group_of_branch
from tandem.xero.mapping.fields import SharedField
from tandem.xero.mapping.payroll import Lists
from tandem.xero.matching.matching import Side
from tandem.xero.sync.groups import withheld
from tandem.xero.sync.plan import Plan, SkipReason, Verb
from tandem.xero.sync.planner import plan
from tandem.xero.sync.preferences import Authority, Preferences
from tandem.xero.sync.records import RunKind, RunRequest, Snapshot
from tandem.xero.sync.tests.cast import ADA, NOW, as_theirs, base_of, linked

GROUP = SharedField.EMPLOYEE_GROUP
SHOP, BAKEHOUSE, HEAD, TWIN = (UUID(int=number) for number in range(1, 5))
KEYS = (BranchKey(SHOP, "Shop", "Shop"), BranchKey(BAKEHOUSE, "Bakehouse", "Bakehouse"), BranchKey(HEAD, "Head", ""))
LISTS = Lists(groups=("Shop", "Bakehouse", "Office"))
MOVING = Preferences(match_branches=True, allow_transfers=True)
STAYING = Preferences(match_branches=True)


def in_branch(branch_id: UUID | None, keys: Sequence[BranchKey] = KEYS) -> EmployeeRecord:
    return replace(ADA, branch_id=branch_id, payroll=PayrollDetails(employee_group=group_of_branch(branch_id, keys)))


def pair(branch_id: UUID | None, theirs: str, base: str | None, keys: Sequence[BranchKey] = KEYS) -> Snapshot:
    """Return Ada in a branch here, in a group there, and what both agreed on last (None: never)."""
    record = in_branch(branch_id, keys)
    agreed = {**base_of(ADA), **({} if base is None else {GROUP: base})}
    person = replace(as_theirs(ADA), payroll=PayrollDetails(employee_group=theirs))
    hidden = frozenset(SharedField) - {*base_of(ADA), GROUP}
    return replace(linked(record, person, agreed), branches=tuple(keys), lists=LISTS, withheld=hidden)


def planned(snapshot: Snapshot, preferences: Preferences = MOVING, kind: RunKind = RunKind.BOTH) -> Plan:
    return plan(snapshot, preferences, NOW, request=RunRequest(kind))


def moves(found: Plan) -> list[tuple[Side, str]]:
    return [(step.target, str(step.after[GROUP])) for step in found.steps if GROUP in step.after]


@pytest.mark.parametrize(
    ("branch_id", "theirs", "base", "expected"),
    [
        (SHOP, "Bakehouse", "Shop", [(Side.HR, "Bakehouse")]),
        (BAKEHOUSE, "Shop", "Shop", [(Side.XERO, "Bakehouse")]),
        (None, "Shop", None, [(Side.HR, "Shop")]),
        (SHOP, "", None, [(Side.XERO, "Shop")]),
        (SHOP, "", "", [(Side.XERO, "Shop")]),
        (SHOP, " SHOP", None, []),
    ],
)
def test_somebody_who_is_moved_or_filled_in_on_one_side_is_moved_on_the_other(
    branch_id: UUID | None, theirs: str, base: str | None, expected: list[tuple[Side, str]]
) -> None:
    found = planned(pair(branch_id, theirs, base))
    assert moves(found) == expected
    assert (found.conflicts, found.problems) == ((), ())


@pytest.mark.parametrize(
    ("branch_id", "theirs", "base", "preferences", "reason"),
    [
        (SHOP, "Bakehouse", "Shop", STAYING, SkipReason.TRANSFERS_ARE_OFF),
        (BAKEHOUSE, "Shop", "Shop", STAYING, SkipReason.TRANSFERS_ARE_OFF),
        (SHOP, "Bakehouse", None, STAYING, SkipReason.TRANSFERS_ARE_OFF),
        (HEAD, "Shop", "Shop", MOVING, SkipReason.BRANCH_HAS_NO_GROUP),
        (HEAD, "Shop", None, MOVING, SkipReason.BRANCH_HAS_NO_GROUP),
        (SHOP, "", "Shop", MOVING, SkipReason.GROUP_NOT_CLEARED),
        (None, "Shop", "Shop", MOVING, SkipReason.GROUP_NOT_CLEARED),
    ],
)
def test_who_may_not_be_moved_is_left_with_the_reason(
    branch_id: UUID | None, theirs: str, base: str | None, preferences: Preferences, reason: SkipReason
) -> None:
    found = planned(pair(branch_id, theirs, base), preferences)
    assert [(skip.reason, skip.fields) for skip in found.skips] == [(reason, (GROUP,))]
    assert (found.steps, found.conflicts, found.problems) == ((), (), ())


def test_somebody_moved_differently_on_both_sides_is_a_conflict_of_the_employment_group() -> None:
    found = planned(pair(BAKEHOUSE, "Shop", "Office"))
    assert [conflict.field for conflict in found.conflicts] == [GROUP]
    assert moves(planned(pair(BAKEHOUSE, "Shop", "Office"), replace(MOVING, authority=Authority.XERO))) == [
        (Side.HR, "Shop")
    ]


@pytest.mark.parametrize(
    ("theirs", "keys", "words"),
    [
        ("Office", KEYS, "No branch stands for the employee group Office"),
        ("Bakehouse", (*KEYS, BranchKey(TWIN, "Twin", "bakehouse ")), ""),
        ("Twins", (*KEYS, BranchKey(HEAD, "A", "twins"), BranchKey(TWIN, "B", "TWINS")), "A and B stand for the same"),
    ],
)
def test_a_group_that_no_branch_or_two_stand_for_is_to_be_chosen_here_and_moves_nobody(
    theirs: str, keys: Sequence[BranchKey], words: str
) -> None:
    found = planned(pair(SHOP, theirs, "Shop", keys))
    assert [one.fix_in for one in found.problems] == ([Side.HR] if words else [])
    assert all(words in one.problem.message for one in found.problems)
    assert moves(found) == ([] if words else [(Side.HR, theirs)])
    assert not planned(pair(SHOP, theirs, "Shop", keys), kind=RunKind.EXPORT).problems


def test_a_branch_whose_group_xero_lacks_is_to_be_mended_here_and_nothing_is_sent() -> None:
    keys = (BranchKey(SHOP, "Shop", "Shopfront"), *KEYS[1:])
    found = planned(pair(SHOP, "Shop", "Shop", keys))
    assert moves(found) == []
    (problem,) = found.problems
    assert (problem.fix_in, problem.problem.field) == (Side.HR, GROUP.value)
    assert "Shopfront" in problem.problem.message


def test_somebody_new_comes_into_the_branch_of_their_group_and_without_one_where_there_is_none() -> None:
    for theirs, brought, problems in (("Shop", "Shop", 0), ("Office", None, 1), ("", None, 0)):
        snapshot = replace(pair(None, theirs, None), ours=(), bindings=())
        found = planned(snapshot)
        (step,) = found.steps
        assert (step.target, step.verb, step.after.get(GROUP)) == (Side.HR, Verb.CREATE, brought)
        assert [one.fix_in for one in found.problems] == [Side.HR] * problems


def test_somebody_new_goes_into_the_group_of_their_branch_and_waits_where_xero_lacks_it() -> None:
    snapshot = replace(pair(SHOP, "", None), theirs=(), bindings=())
    (step,) = planned(snapshot).steps
    assert (step.target, step.verb, step.after[GROUP]) == (Side.XERO, Verb.CREATE, "Shop")
    waits = planned(replace(snapshot, lists=Lists(groups=("Office",))))
    assert (waits.steps, [one.fix_in for one in waits.problems]) == ((), [Side.HR])


def test_groups_are_compared_only_where_the_setting_says_so() -> None:
    assert GROUP in withheld(Preferences())
    assert GROUP not in withheld(STAYING)
    assert SharedField.LEAVE_BALANCES in withheld(STAYING)
