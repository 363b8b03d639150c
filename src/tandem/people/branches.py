"""Add branches and say which Xero employee group each stands for. One transaction; the timeline gets counts, never names."""

from collections import defaultdict
from collections.abc import Mapping
from uuid import UUID

from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, NotFound, Problem
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped
from tandem.people.models import Branch
from tandem.timeline.actions import record
from tandem.timeline.events import Event

NAME_LENGTH, KEY_LENGTH = 120, 100


@scoped
def save_branches(actor: Actor, *, keys: Mapping[UUID, str], name: str = "", key: str = "") -> int:
    """Give branches these Integration API Keys ("" takes one away), and add one where a name is given.

    Return how many branches are other than before. Raise Invalid, by the branch's id or by `name` and `key`; NotFound.
    """
    actor.require(Permission.MANAGE_INTEGRATION)
    rows = {row.branch_id: row for row in Branch.objects.select_for_update().filter(account_id=actor.account_id)}
    if not rows.keys() >= keys.keys():
        raise NotFound("A branch on this page is gone. Look at the page again.")
    wanted = {branch_id: row.integration_api_key for branch_id, row in rows.items()} | dict(keys)
    problems = [*_check_new(rows, name, key), *_check_shared(rows, wanted, name, key)]
    if problems:
        raise Invalid(*problems)
    changed = [rows[one] for one, after in wanted.items() if rows[one].integration_api_key != after]
    for row in changed:
        row.integration_api_key = wanted[row.branch_id]
    Branch.objects.bulk_update(changed, ["integration_api_key"])
    if name:
        Branch.objects.create(account_id=actor.account_id, name=name, integration_api_key=key)
    count = len(changed) + bool(name)
    if count:
        record(actor, Event.BRANCHES_CHANGED, subject_kind="settings", facts={"branches": count})
    return count


def _check_new(rows: Mapping[UUID, Branch], name: str, key: str) -> list[Problem]:
    if key and not name:
        return [Problem("name", "Enter the name of the new branch, or choose no employee group for it.")]
    if len(name) > NAME_LENGTH:
        return [Problem("name", f"The name has {len(name)} characters, and a branch takes {NAME_LENGTH}. Shorten it.")]
    if name.casefold() in {row.name.casefold() for row in rows.values()}:
        return [Problem("name", "There is a branch of this name. Give the new one another.")]
    return []


def _check_shared(rows: Mapping[UUID, Branch], wanted: Mapping[UUID, str], name: str, key: str) -> list[Problem]:
    """Return the branches that would stand for the same group as another: nobody could say where somebody belongs."""
    holders: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for branch_id, chosen in wanted.items():
        holders[chosen.casefold()].append((str(branch_id), rows[branch_id].name))
    holders[key.casefold()].append(("key", name))
    return [
        Problem(field, f"{others[0][1]} stands for this employee group already. Choose another, or none.")
        for chosen, others in holders.items()
        for field, _ in others[1:]
        if chosen
    ]
