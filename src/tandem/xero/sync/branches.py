"""The account's branches as runs take them: by the employee group that each stands for. Asks Xero nothing."""

from collections.abc import Mapping
from typing import TypedDict
from uuid import UUID

from tandem.kernel.actor import Actor
from tandem.people.selectors import list_branches
from tandem.xero.mapping.employment import BranchKey, branch_of_group
from tandem.xero.mapping.fields import FieldValue, SharedField
from tandem.xero.sync.desk import Desk


class NoBranch(Exception):
    """No branch stands for the group any more, or several do; the next plan says so."""

    code = "no_branch_for_group"


class BranchChange(TypedDict, total=False):
    """The one field of a record that follows from a group."""

    branch_id: UUID | None


def branch_keys(actor: Actor) -> tuple[BranchKey, ...]:
    """Return every branch with its key."""
    return tuple(BranchKey(one.branch_id, one.name, one.integration_api_key) for one in list_branches(actor))


def branch_changes(desk: Desk, values: Mapping[SharedField, FieldValue]) -> BranchChange:
    """Return the branch that the group among some values stands for, none where there is no group. Raise NoBranch."""
    if SharedField.EMPLOYEE_GROUP not in values:
        return {}
    branch_id, oddities = branch_of_group(str(values[SharedField.EMPLOYEE_GROUP] or ""), branch_keys(desk.actor))
    if oddities:
        raise NoBranch
    return {"branch_id": branch_id}
