"""Branches and employee groups in a plan: who is moved, who is left, and what has to be chosen first. Pure.

A branch is compared as the group that its Integration API Key names. Nobody is taken out of a branch or a group by a run,
and neither is ever made by one.
"""

from collections.abc import Mapping

from tandem.kernel.errors import Problem
from tandem.people.records import EmployeeRecord
from tandem.xero.mapping.employment import branch_of_group
from tandem.xero.mapping.fields import NOT_IN_RUNS, FieldValue, SharedField, ours_value
from tandem.xero.mapping.values import is_blank
from tandem.xero.matching.matching import Side
from tandem.xero.sync.draft import Context
from tandem.xero.sync.plan import SkipReason
from tandem.xero.sync.preferences import Preferences
from tandem.xero.sync.records import Base

GROUP = SharedField.EMPLOYEE_GROUP


def withheld(preferences: Preferences) -> frozenset[SharedField]:
    """Return the fields that are compared on neither side."""
    return NOT_IN_RUNS if preferences.match_branches else NOT_IN_RUNS | {GROUP}


def why_left(context: Context, ours: EmployeeRecord, theirs: FieldValue, base: Base) -> SkipReason | None:
    """Return why somebody whose branch and group differ is moved on neither side; None where they may be."""
    here = ours_value(ours, GROUP)
    if is_blank(GROUP, here) and ours.branch_id is not None:
        return SkipReason.BRANCH_HAS_NO_GROUP
    if is_blank(GROUP, here) or is_blank(GROUP, theirs):
        return None if is_blank(GROUP, base.get(GROUP)) else SkipReason.GROUP_NOT_CLEARED
    return None if context.preferences.allow_transfers else SkipReason.TRANSFERS_ARE_OFF


def check_branch(context: Context, values: Mapping[SharedField, FieldValue]) -> tuple[Problem, ...]:
    """Return what keeps an employee group of Xero from being a branch: none stands for it, or several do."""
    _, oddities = branch_of_group(str(values.get(GROUP) or ""), context.snapshot.branches)
    return tuple(Problem(GROUP.value, oddity.sentence) for oddity in oddities)


def side_to_fix(problem: Problem) -> Side:
    """Return where somebody has to see to what Tandem would not save: the branch of a group is chosen here."""
    return Side.HR if problem.field == GROUP.value else Side.XERO
