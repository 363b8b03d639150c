"""Bring two records of one person together, and take them apart again while the other one lies in the recycle bin.

The other record is put away by `flows.merging`, which knows what else hangs on it; this is about values and the pointer.
"""

import json
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, NotFound, Problem
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped, scoped_part
from tandem.people.actions import edit_employee
from tandem.people.errors import ChangedMeanwhile
from tandem.people.leave_moves import move_leave, move_leave_back
from tandem.people.merge_rules import Origin, as_json, changes_of, from_json, put_back, survivors
from tandem.people.models import Employee, Merge
from tandem.people.records import EmployeeRecord
from tandem.people.selectors import as_record, get_employee
from tandem.tenancy import vault
from tandem.timeline.actions import record
from tandem.timeline.events import Event

COLUMN = "people_merge.sealed_values"
VIA = "merge"
GONE = "This merge is undone already, or the other record is no longer in the recycle bin. Nothing was changed."


@dataclass(frozen=True)
class MergeRecord:
    """A merge in force; `fields` are the names of those whose value came from the other record."""

    merge_id: UUID
    kept_id: UUID
    kept_name: str
    other_id: UUID
    other_name: str
    fields: tuple[str, ...]
    moved_link: UUID | None
    merged_at: datetime


@scoped
def take_over(
    actor: Actor, *, kept_id: UUID, other_id: UUID, chosen: Mapping[str, Origin], seen: tuple[int, int]
) -> UUID:
    """Write the surviving values to the kept record and the pointer beside it; return the merge.

    `seen` are the revisions, kept and other, that the person looked at; raise ChangedMeanwhile if either moved on.
    """
    _require(actor)
    if kept_id == other_id:
        raise Invalid(Problem("", "These are not two records. Choose two to merge."))
    kept, other = get_employee(actor, employee_id=kept_id), get_employee(actor, employee_id=other_id)
    if (kept.revision, other.revision) != seen:
        raise ChangedMeanwhile
    changes = changes_of(survivors(kept, other, chosen))
    edit_employee(actor, employee_id=kept_id, changes=changes, via=VIA, seen_revision=kept.revision)
    before = {name: getattr(kept, name) for name in changes}
    leave = {str(one): True for one in move_leave(actor, from_id=other_id, to_id=kept_id)}
    merge_id = uuid.uuid4()
    text = json.dumps({"before": as_json(before), "taken": as_json(changes), "leave": leave})
    Merge.objects.create(
        merge_id=merge_id,
        account_id=actor.account_id,
        kept_id=kept_id,
        other_id=other_id,
        sealed_values=vault.seal(actor.account_id, text, column=COLUMN, row_id=merge_id),
        merged_at=clock.now(),
        merged_by_id=actor.user_id,
    )
    record(
        actor,
        Event.EMPLOYEES_MERGED,
        subject_kind="employee",
        subject_id=kept_id,
        facts={"other": str(other_id), "fields": sorted(changes)},
    )
    return merge_id


@scoped
def note_moved_link(actor: Actor, merge_id: UUID, *, xero_employee_id: UUID) -> None:
    """Note that the link went over to the kept record, so that an undo takes it back."""
    _require(actor)
    Merge.objects.filter(account_id=actor.account_id, merge_id=merge_id).update(moved_link=xero_employee_id)


@scoped
def give_back(actor: Actor, merge_id: UUID) -> tuple[str, ...]:
    """Put back what the kept record took over; return the fields left alone since somebody edited them meanwhile."""
    _require(actor)
    row = (
        Merge.objects.select_for_update()
        .filter(account_id=actor.account_id, merge_id=merge_id, undone_at__isnull=True)
        .first()
    )
    if row is None:
        raise NotFound(GONE)
    values = _values(row)
    now = get_employee(actor, employee_id=row.kept_id)
    changes, left = put_back(now, before=from_json(values["before"]), taken=from_json(values["taken"]))
    edit_employee(actor, employee_id=row.kept_id, changes=changes, via=VIA, seen_revision=now.revision)
    moved = [UUID(one) for one in values.get("leave", {})]
    move_leave_back(actor, moved, from_id=row.kept_id, to_id=row.other_id)
    row.undone_at, row.undone_by_id = clock.now(), actor.user_id
    row.save(update_fields=["undone_at", "undone_by_id"])
    record(
        actor,
        Event.EMPLOYEES_UNMERGED,
        subject_kind="employee",
        subject_id=row.kept_id,
        facts={"other": str(row.other_id), "fields": sorted(changes)},
    )
    return left


@scoped_part
def find_merge(actor: Actor, merge_id: UUID) -> MergeRecord:
    """Return a merge that can be undone; raise NotFound."""
    _require(actor)
    found = _records(actor, list(Merge.objects.filter(account_id=actor.account_id, merge_id=merge_id)))
    if not found:
        raise NotFound(GONE)
    return found[0]


@scoped_part
def merges_of(actor: Actor, *, other_ids: Collection[UUID]) -> dict[UUID, MergeRecord]:
    """Return the merges in force by the record that was put away, for those of `other_ids` that have one."""
    actor.require(Permission.TERMINATE_EMPLOYEES)
    rows = Merge.objects.filter(account_id=actor.account_id, other_id__in=other_ids)
    return {found.other_id: found for found in _records(actor, list(rows))}


@scoped_part
def refuse_merged(actor: Actor, *, other_id: UUID) -> None:
    """Refuse to restore, by itself, a record that was merged into another one."""
    if found := merges_of(actor, other_ids=[other_id]):
        message = f"This record was merged into {found[other_id].kept_name}. Undo the merge to bring it back."
        raise Invalid(Problem("", message))


def _records(actor: Actor, rows: Collection[Merge]) -> list[MergeRecord]:
    ids = {one for row in rows for one in (row.kept_id, row.other_id)}
    people = {row.employee_id: row for row in Employee.objects.filter(account_id=actor.account_id, employee_id__in=ids)}
    return [
        _as_record(row, as_record(people[row.kept_id]), as_record(people[row.other_id]))
        for row in rows
        if row.undone_at is None and people[row.other_id].deleted_at and not people[row.kept_id].deleted_at
    ]


def _as_record(row: Merge, kept: EmployeeRecord, other: EmployeeRecord) -> MergeRecord:
    return MergeRecord(
        merge_id=row.merge_id,
        kept_id=row.kept_id,
        kept_name=kept.full_name,
        other_id=row.other_id,
        other_name=other.full_name,
        fields=tuple(sorted(_values(row)["taken"])),
        moved_link=row.moved_link,
        merged_at=row.merged_at,
    )


def _values(row: Merge) -> dict[str, dict[str, object]]:
    text = vault.unseal(row.account_id, row.sealed_values, column=COLUMN, row_id=row.merge_id)
    found: dict[str, dict[str, object]] = json.loads(text)
    return found


def _require(actor: Actor) -> None:
    actor.require(Permission.EDIT_EMPLOYEES)
    actor.require(Permission.TERMINATE_EMPLOYEES)
