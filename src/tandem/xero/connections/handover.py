"""The person who holds the Xero grant is going to lose access: somebody else must authorise before the last safe day.

Tasks are opened, moved and closed by `foresight`; here is what becomes of each. No letter, notice or timeline entry says
why: a termination may not be public yet, so the reason stands in its own rows, for those who may know of it.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from django.conf import settings

from tandem.access.records import MemberRecord
from tandem.access.selectors import list_administrators
from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.notices.actions import Recipient, Wording, close_incident, open_incident, put_right
from tandem.notices.actions import remind as remind_people
from tandem.people.prospects import Prospect
from tandem.tenancy.records import AccountRecord
from tandem.tenancy.selectors import get_account
from tandem.timeline.actions import Fact, record
from tandem.timeline.events import Event
from tandem.webhooks.announcing import announce
from tandem.webhooks.rules import EventType
from tandem.xero.connections.countdown import Circle, circle_at, told_at_opening
from tandem.xero.connections.holders import ROLES
from tandem.xero.connections.incidents import page_address
from tandem.xero.models import Grant, HandoverReason, HandoverTask

NEEDED = "handover_needed"


def open_or_move(actor: Actor, grant: Grant, found: Sequence[Prospect], *, today: date) -> tuple[UUID, bool]:
    """Open the grant's task for these reasons, or put the open one right; return it and whether anything changed."""
    task = _open_task_of(actor, grant)
    last_safe_on = min(one.last_safe_on for one in found)
    writes_stop_on = min((one.last_safe_on for one in found if one.stops_writes), default=None)
    if task is None:
        return _open(actor, grant, found, last_safe_on, writes_stop_on, today=today), True
    has_changed = _note_reasons(task, found)
    task.employee_id = grant.holder_employee_id
    if (task.last_safe_on, task.writes_stop_on) != (last_safe_on, writes_stop_on):
        _move(actor, task, last_safe_on, writes_stop_on)
        has_changed = True
    task.save()
    return task.task_id, has_changed


def close_for_grant(actor: Actor, grant_id: UUID, *, because: str) -> int:
    """Close the tasks about a grant that another has replaced, or whose reasons are gone. Inside the scope."""
    rows = HandoverTask.objects.select_for_update().filter(
        account_id=actor.account_id, grant_id=grant_id, closed_at__isnull=True
    )
    closed = list(rows)
    for task in closed:
        task.closed_at, task.closed_because = clock.now(), because
        task.save(update_fields=["closed_at", "closed_because"])
        task.reasons.filter(ended_at__isnull=True).update(ended_at=clock.now())
        note(actor, Event.HANDOVER_CLOSED, task, because=because)
        close_incident(actor, incident=incident_of(task))
    return len(closed)


def leavers_of(account_id: UUID) -> set[UUID]:
    """Return the employees with an open task. Call inside the account's scope."""
    rows = HandoverTask.objects.filter(account_id=account_id, closed_at__isnull=True)
    return {one for one in rows.values_list("employee_id", flat=True) if one}


def who_stays(actor: Actor) -> list[MemberRecord]:
    """Return the administrators with access who hold no grant that has to be handed over. Inside the scope."""
    going = Grant.objects.filter(
        account_id=actor.account_id, role__in=ROLES, handovertask__closed_at__isnull=True, handovertask__isnull=False
    )
    return list_administrators(
        actor,
        except_employee_ids=[one.holder_employee_id for one in going if one.holder_employee_id],
        except_emails=[one.holder_email for one in going],
    )


def remind(actor: Actor, task: HandoverTask, *, circle: Circle) -> int:
    """Write to everybody in the circle that a second authoriser is needed by the day; return how many letters."""
    account = get_account(actor.account_id)
    people = _circle(actor, task, account, circle)
    return remind_people(actor, incident=incident_of(task), to=people, wording=wording(account, task.last_safe_on))


def note(actor: Actor, event: Event, task: HandoverTask, **facts: Fact) -> None:
    """Write into the timeline what became of a task; never why it is there."""
    # The subject is the connection: whose grant it is would say who leaves.
    record(
        actor,
        event,
        subject_kind="connection",
        subject_id=task.connection_id,
        facts={"task": str(task.task_id), **facts},
    )


def incident_of(task: HandoverTask) -> str:
    """Return the name of the one incident about a task."""
    return f"handover:{task.task_id}"


def wording(account: AccountRecord, last_safe_on: date) -> Wording:
    """Say that a second authoriser is needed, and not why: a termination may not be public yet."""
    day = f"{last_safe_on.day} {last_safe_on:%b %Y}"
    return Wording(
        subject=f"{account.name}: a second authoriser for Xero is needed by {day}",
        body=(
            f"The connection between {account.name} and Xero needs another authoriser by {day}.\n\n"
            f"What to do: open {page_address(account, 'handover-list')} and let somebody who stays, and who is a "
            "payroll administrator in Xero, authorise it. Settings and links are kept.\n"
        ),
    )


def _open_task_of(actor: Actor, grant: Grant) -> HandoverTask | None:
    rows = HandoverTask.objects.select_for_update().filter(account_id=actor.account_id, closed_at__isnull=True)
    return rows.filter(grant_id=grant.grant_id).first()


def _open(
    actor: Actor,
    grant: Grant,
    found: Sequence[Prospect],
    last_safe_on: date,
    writes_stop_on: date | None,
    *,
    today: date,
) -> UUID:
    task = HandoverTask.objects.create(
        account_id=actor.account_id,
        connection_id=grant.connection_id,
        grant_id=grant.grant_id,
        employee_id=grant.holder_employee_id,
        last_safe_on=last_safe_on,
        writes_stop_on=writes_stop_on,
        told_days_before=told_at_opening(
            last_safe_on=last_safe_on, today=today, steps=settings.TANDEM.handover.reminder_days
        ),
        opened_at=clock.now(),
    )
    _note_reasons(task, found)
    task.owner_user_id = _owner(actor)
    task.save(update_fields=["owner_user_id"])
    note(actor, Event.HANDOVER_OPENED, task, last_safe_on=last_safe_on.isoformat())
    _announce(actor, task)
    account = get_account(actor.account_id)
    open_incident(
        actor,
        incident=incident_of(task),
        kind=NEEDED,
        facts={"task": str(task.task_id), "last_safe_on": last_safe_on.isoformat()},
        tell=_circle(actor, task, account, circle_at((last_safe_on - today).days)),
        wording=wording(account, last_safe_on),
    )
    return task.task_id


def _announce(actor: Actor, task: HandoverTask) -> None:
    """Tell programs by which day another must authorise, and nothing else."""
    data = {"connection_id": str(task.connection_id), "needed_by": task.last_safe_on.isoformat()}
    announce(actor, EventType.HANDOVER_NEEDED, data)


def _owner(actor: Actor) -> UUID | None:
    """Return who takes the task in hand until somebody else is named: whoever opened it, if they can; never the leaver."""
    stay = [member.user_id for member in who_stays(actor)]
    if actor.user_id in stay:
        return actor.user_id
    return stay[0] if stay else None


def _note_reasons(task: HandoverTask, found: Sequence[Prospect]) -> bool:
    """Write down new reasons and those that changed, end those that are gone; return whether any did."""
    wanted = {one.kind.value: one for one in found}
    has_changed = False
    for row in task.reasons.filter(ended_at__isnull=True):
        one = wanted.pop(row.kind, None)
        if one is None:
            row.ended_at = clock.now()
        elif (row.last_safe_on, row.is_private) != (one.last_safe_on, one.is_private):
            row.last_safe_on, row.is_private = one.last_safe_on, one.is_private
        else:
            continue
        row.save()
        has_changed = True
    HandoverReason.objects.bulk_create(
        HandoverReason(
            account_id=task.account_id,
            task=task,
            kind=one.kind.value,
            last_safe_on=one.last_safe_on,
            is_private=one.is_private,
            noted_at=clock.now(),
        )
        for one in wanted.values()
    )
    return has_changed or bool(wanted)


def _move(actor: Actor, task: HandoverTask, last_safe_on: date, writes_stop_on: date | None) -> None:
    """Move the day; with more time the reminders begin again, with less a hand-over that was put off comes back."""
    if last_safe_on > task.last_safe_on:
        task.told_days_before = None
    if task.put_off_until is not None and task.put_off_until > last_safe_on:
        task.put_off_until = None
    moved = last_safe_on != task.last_safe_on
    task.last_safe_on, task.writes_stop_on = last_safe_on, writes_stop_on
    if moved:
        note(actor, Event.HANDOVER_MOVED, task, last_safe_on=last_safe_on.isoformat())
        put_right(actor, incident=incident_of(task), facts={"last_safe_on": last_safe_on.isoformat()})
        _announce(actor, task)


def _circle(actor: Actor, task: HandoverTask, account: AccountRecord, circle: Circle) -> list[Recipient]:
    """Return who is told. Without an owner the circle is as wide as it gets: somebody must know."""
    stay = who_stays(actor)
    owners = [member for member in stay if member.user_id == task.owner_user_id]
    told: Iterable[MemberRecord] = owners if circle is Circle.OWNER and owners else stay
    people = [Recipient(member.user_id, member.email) for member in told]
    is_for_support = circle is Circle.SUPPORT or not people
    return [*people, Recipient(None, account.support_email)] if is_for_support and account.support_email else people
