"""What is known about one person's future, for those who must plan for it; and emptying the recycle bin."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.apps import apps

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scope, scoped_part
from tandem.people.absences import list_absences
from tandem.people.actions import NIGHTLY
from tandem.people.models import Employee
from tandem.people.positions import list_position_changes
from tandem.people.prospects import Standing
from tandem.people.selectors import as_record
from tandem.tenancy.records import AccountRecord
from tandem.tenancy.selectors import get_account
from tandem.timeline.actions import record
from tandem.timeline.events import Event


@scoped_part
def get_standing(actor: Actor, *, employee_id: UUID) -> Standing:
    """Return what the records say about somebody, in the recycle bin too; nothing where the record was purged."""
    actor.require(Permission.VIEW_EMPLOYEES)
    row = Employee.objects.filter(account_id=actor.account_id, employee_id=employee_id).first()
    if row is None:
        return Standing()
    found = Standing(
        record=as_record(row),
        absences=tuple(list_absences(actor, employee_id=employee_id)),
        position_changes=tuple(list_position_changes(actor, employee_id=employee_id)),
    )
    if row.deleted_at is None:
        return found
    zone = ZoneInfo(get_account(actor.account_id).time_zone)
    return replace(found, deleted_on=row.deleted_at.astimezone(zone).date())


def purge_deleted(
    account: AccountRecord, *, kept_for: timedelta, needed: Callable[[Collection[UUID]], Collection[UUID]]
) -> int:
    """Remove for good, with its history, what has lain in the recycle bin for long enough; return how many.

    `needed` says which of some records something still depends on; they stay.
    """
    with scope(account.account_id):
        actor = Actor.system(account.account_id, because=NIGHTLY)
        rows = Employee.objects.filter(account_id=actor.account_id, deleted_at__lt=clock.now() - kept_for)
        old = set(rows.values_list("employee_id", flat=True))
        return _purge(actor, old.difference(needed(old))) if old else 0


def _purge(actor: Actor, employee_ids: Collection[UUID]) -> int:
    if not employee_ids:
        return 0
    Employee.objects.filter(account_id=actor.account_id, employee_id__in=employee_ids).delete()
    events = apps.get_model("people", "EmployeeEvent").objects.filter(account_id=actor.account_id)
    events.filter(pgh_obj_id__in=employee_ids).delete()
    facts = {"count": len(employee_ids)}
    record(actor, Event.EMPLOYEES_PURGED, subject_kind="account", subject_id=actor.account_id, facts=facts)
    return len(employee_ids)
