"""How far a run is and when it will have finished, over the days that Xero's limits make of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Count

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped_part
from tandem.xero.governor.forecast import Forecast
from tandem.xero.governor.ledger import limits
from tandem.xero.governor.shares import Share
from tandem.xero.governor.spending import forecast_for
from tandem.xero.models import Connection, Run, Step, XeroPerson
from tandem.xero.sync.pages import ItemKind, Progress, RunStatus, StepStatus

#: What approving costs beyond the writes: both lists are asked for what changed since the preview.
CHECK_CALLS = 2


@dataclass(frozen=True)
class WholeImport:
    """What a first import will cost, as far as it is known before: `people` is None until the list was read once."""

    people: int | None
    calls: int
    calls_a_day: int
    days: int
    ends_at: datetime


@scoped_part
def foresee_whole_import(actor: Actor) -> WholeImport | None:
    """Say what reading everybody would cost if it began now; None where a first import has been read."""
    actor.require(Permission.VIEW_INTEGRATION)
    connection = Connection.objects.filter(account_id=actor.account_id).first()
    if connection is None or connection.imported_until is not None or connection.disconnected_at is not None:
        return None
    people = connection.listed_people
    calls = calls_for(people or 0)
    found = forecast_for(actor.account_id, connection.connection_id, calls)
    return WholeImport(people, calls, limits().reads_in_a_day, found.days, found.ends_at)


def calls_for(people: int) -> int:
    """Return the calls of a first import: both lists, the super funds, everybody once, and the check."""
    return people // settings.TANDEM.xero.page_size + 1 + 1 + 1 + people + CHECK_CALLS


def of_plan(run: Run) -> Forecast:
    """Say when the writes of a plan would have been made if it were approved now. Inside the account's scope."""
    return forecast_for(run.account_id, run.connection_id, run.estimated_calls, share=Share.WRITES)


def of_run(run: Run, counts: Mapping[str, int], planned: Forecast) -> Progress:
    """Say how far a run is: reading, or writing what was `planned`. Inside the account's scope."""
    if run.status == RunStatus.READING.value or run.checkpoint.get("phase") == RunStatus.READING.value:
        return _reading_progress(run)
    executed = (ItemKind.BIND.value, ItemKind.SETTLE.value, ItemKind.STEP.value)
    total = sum(counts.get(kind, 0) for kind in executed)
    open_count = sum(counts.get(f"{kind}_{StepStatus.PLANNED.value}", 0) for kind in executed)
    waiting = counts.get(f"step_{StepStatus.INTENDED.value}", 0)
    done = total - open_count - waiting
    if run.status in (RunStatus.PLANNED.value, RunStatus.APPROVED.value):
        return Progress("writing", done, total, seconds_until(planned), planned.ends_at)
    return Progress("writing", done, total, _remaining(run, done, total))


def _reading_progress(run: Run) -> Progress:
    part = run.checkpoint.get("read", {})
    pending = XeroPerson.objects.filter(
        account_id=run.account_id, connection_id=run.connection_id, wants_detail=True
    ).count()
    total = max(int(part.get("details", 0)), pending)
    done = total - pending
    if not part.get("listed") or not total:
        return Progress("reading", done, total, None)
    found = forecast_for(run.account_id, run.connection_id, pending + CHECK_CALLS)
    return Progress("reading", done, total, seconds_until(found), found.ends_at)


def seconds_until(found: Forecast) -> int:
    """Return the seconds from now to the end."""
    return max(0, round((found.ends_at - clock.now()).total_seconds()))


def _remaining(run: Run, done: int, total: int) -> int | None:
    if run.status != RunStatus.RUNNING.value or run.started_at is None or not done:
        return None
    spent = (clock.now() - run.started_at).total_seconds()
    return round(spent / done * (total - done))


def outcome_counts(account_id: UUID, run_id: UUID) -> dict[str, int]:
    """Return how many steps ended how. Inside the account's scope."""
    rows = (
        Step.objects.filter(account_id=account_id, run_id=run_id, item=ItemKind.STEP.value)
        .values_list("status")
        .annotate(count=Count("step_id"))
    )
    return {str(status): int(count) for status, count in rows}
