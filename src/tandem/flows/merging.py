"""Two records of one person become one: values, link, access and the Xero connection, in one transaction, and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from tandem.flows.people import bring_back, delete_record
from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, Problem
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped
from tandem.people import merging
from tandem.people.errors import EmployeeNotFound
from tandem.people.merge_rules import Origin, Survivor, survivors
from tandem.people.records import EmployeeRecord
from tandem.people.selectors import get_employee
from tandem.xero import facade

OWN_RECORD = "This is your own record. Ask somebody else who may delete employees."
BOTH_LINKED = (
    "Both records are linked, to two employees in Xero. Undo the link that is wrong first; Tandem cannot merge two "
    "employees there."
)


@dataclass(frozen=True)
class MergePreview:
    """What a merge would do; `obstacle` says why it cannot be done, "" where it can.

    `link_moves` where only the other record is linked; `holds_xero` where the other record's person holds the connection.
    """

    kept: EmployeeRecord
    other: EmployeeRecord
    survivors: tuple[Survivor, ...]
    obstacle: str
    is_kept_linked: bool
    link_moves: bool
    holds_xero: bool


@scoped
def preview_merge(actor: Actor, *, kept_id: UUID, other_id: UUID) -> MergePreview:
    """Return which values would survive, and what else a merge touches."""
    _require(actor)
    if kept_id == other_id:
        raise EmployeeNotFound
    kept, other = get_employee(actor, employee_id=kept_id), get_employee(actor, employee_id=other_id)
    linked = {employee_id for employee_id, _ in facade.links_of(actor, employee_ids=[kept_id, other_id])}
    return MergePreview(
        kept=kept,
        other=other,
        survivors=survivors(kept, other),
        obstacle=_obstacle(actor, linked, kept_id, other_id),
        is_kept_linked=kept_id in linked,
        link_moves=linked == {other_id},
        holds_xero=facade.find_holder(actor, employee_id=other_id) is not None,
    )


def _obstacle(actor: Actor, linked: set[UUID], kept_id: UUID, other_id: UUID) -> str:
    if actor.employee_id == other_id:
        return OWN_RECORD
    return BOTH_LINKED if linked == {kept_id, other_id} else ""


@scoped
def merge(actor: Actor, *, kept_id: UUID, other_id: UUID, chosen: Mapping[str, Origin], seen: tuple[int, int]) -> UUID:
    """Keep one record with what survives, move the link to it, and put the other into the recycle bin; return the merge."""
    _require(actor)
    links = {employee for employee, _ in facade.links_of(actor, employee_ids=[kept_id, other_id])}
    if obstacle := _obstacle(actor, links, kept_id, other_id):
        raise Invalid(Problem("", obstacle))
    merge_id = merging.take_over(actor, kept_id=kept_id, other_id=other_id, chosen=chosen, seen=seen)
    moved = facade.move_link(actor, from_id=other_id, to_id=kept_id)
    if moved is not None:
        merging.note_moved_link(actor, merge_id, xero_employee_id=moved)
    delete_record(actor, employee_id=other_id, via=merging.VIA)
    return merge_id


@scoped
def undo_merge(actor: Actor, merge_id: UUID) -> tuple[str, ...]:
    """Bring the other record and its link back; return the fields left as they are, since they were edited meanwhile."""
    _require(actor)
    found = merging.find_merge(actor, merge_id)
    left = merging.give_back(actor, merge_id)
    bring_back(actor, employee_id=found.other_id, via=merging.VIA)
    if found.moved_link is not None:
        facade.move_link(actor, from_id=found.kept_id, to_id=found.other_id, only=found.moved_link)
    return left


def _require(actor: Actor) -> None:
    for permission in (Permission.EDIT_EMPLOYEES, Permission.TERMINATE_EMPLOYEES, Permission.MANAGE_INTEGRATION):
        actor.require(permission)
