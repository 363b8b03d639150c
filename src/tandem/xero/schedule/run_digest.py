"""What automatic runs did, counted for the letter that gathers it and for the page of notices."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped_part
from tandem.notices.digest_rules import Tally
from tandem.notices.digests import next_digest_at, write_digests
from tandem.xero.connections.due import DueKind, clear_due, set_due
from tandem.xero.models import Conflict, Run
from tandem.xero.sync.pages import RunStatus, Trigger

REFUSED = ("rejected", "unknown")
APPLIED = ("applied",)
SHOWN = timedelta(days=1)


@dataclass(frozen=True)
class _Ended:
    """How an automatic run ended."""

    at: datetime
    status: str
    counts: dict[str, int]

    @property
    def has_stopped(self) -> bool:
        return self.status == RunStatus.FAILED.value

    @property
    def refused(self) -> int:
        return _sum(self.counts, REFUSED)

    @property
    def applied(self) -> int:
        return _sum(self.counts, APPLIED)

    @property
    def is_trouble(self) -> bool:
        return self.has_stopped or self.refused > 0


@scoped_part
def tally_since(actor: Actor, *, since: datetime) -> Tally:
    """Return what the account's automatic runs that ended after a time did, and the conflicts that they opened."""
    actor.require(Permission.VIEW_INTEGRATION)
    scheduled = Run.objects.filter(account_id=actor.account_id, trigger=Trigger.SCHEDULE.value)
    rows = scheduled.filter(finished_at__gt=since).order_by("finished_at")
    ended = [_Ended(at, *told) for at, *told in rows.values_list("finished_at", "status", "counts") if at is not None]
    opened = list(
        Conflict.objects.filter(
            account_id=actor.account_id, run__trigger=Trigger.SCHEDULE.value, opened_at__gt=since
        ).values_list("opened_at", flat=True)
    )
    news = [one.at for one in ended if one.is_trouble or one.applied]
    return Tally(
        applied=sum(one.applied for one in ended),
        refused=sum(one.refused for one in ended),
        stopped=sum(one.has_stopped for one in ended),
        conflicts=len(opened),
        first_at=min([*news, *opened], default=None),
        trouble_at=_trouble_began_at(ended, before=_last_before(scheduled, since)) if ended else None,
    )


def _last_before(scheduled: QuerySet[Run], since: datetime) -> _Ended | None:
    rows = scheduled.filter(finished_at__lte=since).order_by("-finished_at")
    found = rows.values_list("finished_at", "status", "counts").first()
    return _Ended(found[0], found[1], found[2]) if found and found[0] else None


def _trouble_began_at(ended: Iterable[_Ended], *, before: _Ended | None) -> datetime | None:
    """Return when trouble first began, None where there was none or it only went on from run to run."""
    for one in ended:
        if one.is_trouble and not (before and before.is_trouble):
            return one.at
        before = one
    return None


@scoped_part
def tally_of_last_day(actor: Actor) -> Tally:
    """Return what automatic runs did in the last 24 hours, for a page."""
    return tally_since(actor, since=clock.now() - SHOWN)


def plan_digest(account_id: UUID) -> datetime | None:
    """Set when the next letter about automatic runs is due; return it, None where there is nothing to write."""
    actor = Actor.system(account_id, because="notices")
    at = next_digest_at(actor, count=lambda since: tally_since(actor, since=since))
    if at is None:
        clear_due(account_id, DueKind.DIGEST)
    else:
        set_due(account_id, account_id, DueKind.DIGEST, at)
    return at


def digest(account_id: UUID) -> datetime | None:
    """Write the letters whose hour has come; return when the next is due."""
    actor = Actor.system(account_id, because="notices")
    write_digests(actor, count=lambda since: tally_since(actor, since=since))
    return next_digest_at(actor, count=lambda since: tally_since(actor, since=since))


def _sum(counts: dict[str, int], names: Iterable[str]) -> int:
    return sum(int(counts.get(name, 0)) for name in names)
