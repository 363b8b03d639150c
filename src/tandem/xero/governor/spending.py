"""What was spent of Xero's calls today and in the days before, for people to look at."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import joined_scope
from tandem.xero.governor.forecast import Forecast, Pace, forecast
from tandem.xero.governor.ledger import ALL, KEPT_DAYS, by_share, limits
from tandem.xero.governor.rules import DAY
from tandem.xero.governor.shares import LEAVES, NOTHING, Counts, Share, room
from tandem.xero.models import CallBudget, CallDay


@dataclass(frozen=True)
class DaySpent:
    """The calls of one of Xero's days. `total` may be more than the shares together: Xero counts calls that we lost."""

    started_at: datetime
    total: int
    by: Counts

    @property
    def uncounted(self) -> int:
        """Return how many calls Xero counted and Tandem did not."""
        return max(0, self.total - sum(self.by.of(share) for share in Share))


@dataclass(frozen=True)
class CallSpending:
    """Today's calls (None before the first), what is kept of a day, and the days before, newest first."""

    limit: int
    kept: Counts
    today: DaySpent | None
    resets_at: datetime | None
    earlier: tuple[DaySpent, ...] = ()

    def still_kept(self, share: Share) -> int:
        """Return how many calls of today are still kept for this share; never more than the day still has."""
        if share not in LEAVES[Share.READS]:
            return 0
        used = self.today.by.of(share) if self.today else 0
        return max(0, min(self.kept.of(share) - used, self.limit - (self.today.total if self.today else 0)))


def call_spending(actor: Actor) -> CallSpending:
    """Return what the account's connection in use has spent."""
    actor.require(Permission.VIEW_INTEGRATION)
    now = clock.now()
    with joined_scope(actor.account_id):
        mine = {"account_id": actor.account_id, "connection__archived_at__isnull": True}
        budget = CallBudget.objects.filter(**mine).first()
        past = CallDay.objects.filter(**mine, started_at__gte=now - KEPT_DAYS).order_by("-started_at")
        earlier = [_spent(row.started_at, row.calls) for row in past]
    current = _spent(budget.day_started_at, budget.day_calls) if budget and budget.day_started_at else None
    if current is not None and now >= current.started_at + DAY:
        earlier.insert(0, current)
        current = None
    return CallSpending(
        limit=limits().per_day,
        kept=limits().kept_in_a_day,
        today=current,
        resets_at=current.started_at + DAY if current else None,
        earlier=tuple(day for day in earlier if day.started_at >= now - KEPT_DAYS),
    )


def forecast_for(account_id: UUID, connection_id: UUID, calls: int, *, share: Share = Share.READS) -> Forecast:
    """Say when a run will have made so many calls more. Inside the account's scope."""
    now, allowed = clock.now(), limits()
    budget = CallBudget.objects.filter(account_id=account_id, connection_id=connection_id).first()
    day = _spent(budget.day_started_at, budget.day_calls) if budget and budget.day_started_at else None
    if day is None or now >= day.started_at + DAY:
        day = DaySpent(now, 0, NOTHING)
    left = partial(room, share, limit=allowed.per_day, kept=allowed.kept_in_a_day)
    pace = Pace(
        left_today=left(spent=day.total, by=day.by),
        resets_at=day.started_at + DAY,
        a_day=left(spent=0, by=NOTHING),
        a_minute=allowed.per_minute,
    )
    return forecast(calls, now=now, pace=pace)


def _spent(started_at: datetime, calls: Mapping[str, int]) -> DaySpent:
    return DaySpent(started_at, int(calls.get(ALL, 0)), by_share(calls))
