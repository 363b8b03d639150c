"""What automatic runs did, counted for the letter that gathers it and for the page of notices."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped
from tandem.notices.digest_rules import Tally
from tandem.notices.digests import next_digest_at, write_digests
from tandem.xero.connections.due import DueKind, clear_due, set_due
from tandem.xero.models import Conflict, Run
from tandem.xero.sync.pages import RunStatus, Trigger

REFUSED = ("rejected", "unknown")
SHOWN = timedelta(days=1)


@scoped
def tally_since(actor: Actor, *, since: datetime) -> Tally:
    """Return what the account's automatic runs that ended after a time did, and the conflicts that they opened."""
    actor.require(Permission.VIEW_INTEGRATION)
    scheduled = Run.objects.filter(account_id=actor.account_id, trigger=Trigger.SCHEDULE.value, finished_at__gt=since)
    rows = scheduled.order_by("finished_at").values_list("finished_at", "status", "counts")
    ended = [(at, status, counts) for at, status, counts in rows if at is not None]
    opened = list(
        Conflict.objects.filter(
            account_id=actor.account_id, run__trigger=Trigger.SCHEDULE.value, opened_at__gt=since
        ).values_list("opened_at", flat=True)
    )
    stopped = [at for at, status, _ in ended if status == RunStatus.FAILED.value]
    refused = [(at, count) for at, _, counts in ended if (count := _sum(counts, REFUSED))]
    applied = [(at, count) for at, _, counts in ended if (count := _sum(counts, ("applied",)))]
    trouble = [*stopped, *(at for at, _ in refused)]
    return Tally(
        applied=sum(count for _, count in applied),
        refused=sum(count for _, count in refused),
        stopped=len(stopped),
        conflicts=len(opened),
        first_at=min([*trouble, *opened, *(at for at, _ in applied)], default=None),
        trouble_at=min(trouble, default=None),
    )


@scoped
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
