"""Who holds a grant, and what the records foretell of them: hand-over tasks open, move and close by it.

Every intent that can foretell anything calls `foresee` in its own transaction, and the nightly job calls it once more. It
asks what is so now and remembers nothing, so it does not matter which way in was taken, nor how often.
"""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from tandem.access.actions import LOCKED
from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.scoping import scoped
from tandem.people.prospects import Prospect, Standing, Terms, prospects
from tandem.people.standing import get_standing
from tandem.tenancy.selectors import get_account
from tandem.xero.connections import handover, holders, state
from tandem.xero.models import Grant


@scoped
def foresee(actor: Actor) -> list[UUID]:
    """Open, move or close the account's hand-over tasks by what the records foretell; return those that are open."""
    grants = list(holders.locked_grants(actor))
    if not grants:
        return []
    zone = ZoneInfo(get_account(actor.account_id).time_zone)
    settled = [_settle(actor, grant, zone) for grant in grants]
    if any(has_changed for _, has_changed in settled):
        state.update(actor.account_id)
    return [task_id for task_id, _ in settled if task_id is not None]


@scoped
def foresee_grant(actor: Actor, grant_id: UUID) -> None:
    """Do the same for a grant that has just been given: its holder may be leaving already."""
    grant = Grant.objects.select_for_update(no_key=True).get(account_id=actor.account_id, grant_id=grant_id)
    _settle(actor, grant, ZoneInfo(get_account(actor.account_id).time_zone))


def _settle(actor: Actor, grant: Grant, zone: ZoneInfo) -> tuple[UUID | None, bool]:
    """Put one grant's task right; return it, and whether anything changed."""
    holders.find_again(grant)
    today = clock.now().astimezone(zone).date()
    found = _foretold(grant, zone, today)
    if found:
        return handover.open_or_move(actor, grant, found, today=today)
    return None, bool(handover.close_for_grant(actor, grant.grant_id, because="taken_back"))


def _foretold(grant: Grant, zone: ZoneInfo, today: date) -> tuple[Prospect, ...]:
    """Return what is foretold of a grant's holder."""
    system = Actor.system(grant.account_id, because="foresight")
    employee_id = grant.holder_employee_id
    standing = get_standing(system, employee_id=employee_id) if employee_id else Standing()
    member = holders.sign_in_of(grant)
    if member is not None:
        locked_at = member.ended_at if member.ended_reason == LOCKED else None
        standing = replace(
            standing,
            locked_on=locked_at.astimezone(zone).date() if locked_at else None,
            left_payroll_on=member.left_payroll_at.astimezone(zone).date() if member.left_payroll_at else None,
        )
    return prospects(standing, today=today, terms=terms())


def terms() -> Terms:
    """Return what counts as a long absence, and how long a change of roles leaves, by the settings."""
    chosen = settings.TANDEM.handover
    return Terms(long_absence=timedelta(days=chosen.long_absence_days), grace=timedelta(days=chosen.grace_days))
