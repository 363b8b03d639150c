"""What people do about a hand-over: name somebody, put it off; and the nightly job that reminds them."""

from datetime import date
from uuid import UUID

from django.conf import settings

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, NotFound, NotPermitted, Problem
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scope, scoped
from tandem.notices.actions import Recipient, remind
from tandem.tenancy.records import AccountRecord
from tandem.tenancy.selectors import get_account
from tandem.timeline.events import Event
from tandem.xero.connections import handover
from tandem.xero.connections.countdown import due_reminder, may_put_off
from tandem.xero.connections.handover_pages import knows_why
from tandem.xero.models import HandoverTask


@scoped
def appoint(actor: Actor, *, task_id: UUID, user_id: UUID) -> None:
    """Name the administrator who takes a hand-over in hand, and write to them; raise Invalid for anybody who leaves."""
    actor.require(Permission.MANAGE_INTEGRATION)
    task = _open_task(actor, task_id)
    chosen = next((one for one in handover.who_stays(actor) if one.user_id == user_id), None)
    if chosen is None:
        raise Invalid(Problem("user_id", "Choose an administrator who has access and stays."))
    if task.owner_user_id == user_id:
        return
    task.owner_user_id = user_id
    task.save(update_fields=["owner_user_id"])
    handover.note(actor, Event.HANDOVER_APPOINTED, task, user=str(user_id))
    if user_id != actor.user_id:
        wording = handover.wording(get_account(actor.account_id), task.last_safe_on)
        remind(actor, incident=handover.incident_of(task), to=[Recipient(user_id, chosen.email)], wording=wording)


@scoped
def put_off(actor: Actor, *, task_id: UUID, until: date) -> None:
    """Let a hand-over rest until a day, on which people are reminded again; raise Invalid beyond the last safe day."""
    actor.require(Permission.MANAGE_INTEGRATION)
    task = _open_task(actor, task_id)
    today = clock.today_in(get_account(actor.account_id).time_zone)
    if not may_put_off(until=until, last_safe_on=task.last_safe_on, today=today):
        message = "Choose a day after today. A hand-over cannot be put off beyond its last safe day."
        raise Invalid(Problem("until", message))
    task.put_off_until = until
    task.save(update_fields=["put_off_until"])
    handover.note(actor, Event.HANDOVER_PUT_OFF, task, until=until.isoformat())


def remind_due(account: AccountRecord) -> int:
    """Remind people of every hand-over whose next step was reached, once a step; return how many tasks that were."""
    actor = Actor.system(account.account_id, because="handover")
    with scope(account.account_id):
        tasks = HandoverTask.objects.select_for_update().filter(account_id=account.account_id, closed_at__isnull=True)
        return sum(_remind(actor, task, clock.today_in(account.time_zone)) for task in tasks)


def _remind(actor: Actor, task: HandoverTask, today: date) -> bool:
    reminder = due_reminder(
        last_safe_on=task.last_safe_on,
        today=today,
        steps=settings.TANDEM.handover.reminder_days,
        told=task.told_days_before,
        put_off_until=task.put_off_until,
    )
    if reminder is None:
        return False
    task.told_days_before = reminder.days_before
    task.save(update_fields=["told_days_before"])
    letters = handover.remind(actor, task, circle=reminder.circle)
    handover.note(
        actor,
        Event.HANDOVER_ESCALATED,
        task,
        days_before=reminder.days_before,
        circle=reminder.circle.name.lower(),
        letters=letters,
    )
    return True


def _open_task(actor: Actor, task_id: UUID) -> HandoverTask:
    rows = HandoverTask.objects.select_for_update().filter(account_id=actor.account_id, closed_at__isnull=True)
    task = rows.filter(task_id=task_id).first()
    if task is None:
        raise NotFound("This hand-over is not open any more.")
    if not knows_why(actor, task):
        # Whom one may appoint, and that one may not appoint oneself, would say who leaves.
        raise NotPermitted
    return task
