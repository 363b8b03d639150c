"""Who works on a run: a lease with an end, so that a dead worker's run is taken over and never worked on twice."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F, Func, JSONField, Q, Value

from tandem.kernel import clock
from tandem.kernel.scoping import scope
from tandem.xero.models import Run
from tandem.xero.sync.pages import ACTIVE


class LeaseLost(Exception):
    """Another worker has this run now, or it is over; stop without touching it."""


@dataclass(frozen=True)
class Lease:
    """One worker's hold on one run. `token` is new with every claim, so an old holder cannot write any more."""

    account_id: UUID
    run_id: UUID
    token: str


def length() -> timedelta:
    """Return how long a lease lasts without being renewed."""
    return timedelta(seconds=settings.TANDEM.windows.lease_seconds)


def claim(account_id: UUID, run_id: UUID) -> Lease | None:
    """Take the run if it is active and nobody holds it."""
    now, token = clock.now(), uuid.uuid4().hex
    with scope(account_id):
        taken = (
            Run.objects.filter(account_id=account_id, run_id=run_id, status__in=[status.value for status in ACTIVE])
            .filter(Q(leased_until__isnull=True) | Q(leased_until__lte=now))
            .update(leased_by=token, leased_until=now + length())
        )
    return Lease(account_id, run_id, token) if taken else None


def renew(lease: Lease) -> None:
    """Hold on; raise LeaseLost when the run was taken over, cancelled or is over."""
    with scope(lease.account_id):
        hold(lease)


def hold(lease: Lease, *, over_is_fine: bool = False, noting: Mapping[str, object] | None = None) -> None:
    """Renew inside the caller's transaction, which commits only if the lease is still ours.

    `over_is_fine` is for the outcome of a call that was under way when somebody cancelled the run; `noting` are parts
    of the checkpoint to write in the same go.
    """
    held = Run.objects.filter(account_id=lease.account_id, run_id=lease.run_id, leased_by=lease.token)
    if not over_is_fine:
        held = held.filter(status__in=[status.value for status in ACTIVE])
    noted = {"checkpoint": _with(noting)} if noting else {}
    if not held.update(leased_until=clock.now() + length(), **noted):
        raise LeaseLost


def _with(parts: Mapping[str, object]) -> Func:
    """Return the checkpoint with these parts in place of what it holds of them."""
    return Func(F("checkpoint"), Value(parts, JSONField()), template="%(expressions)s", arg_joiner=" || ")


def release(lease: Lease) -> None:
    """Let go, if it is still ours."""
    with scope(lease.account_id):
        Run.objects.filter(account_id=lease.account_id, run_id=lease.run_id, leased_by=lease.token).update(
            leased_by="", leased_until=None
        )


def wait_until(lease: Lease, until: datetime) -> None:
    """Sleep, holding on to the lease on the way."""
    while (left := (until - clock.now()).total_seconds()) > 0:
        clock.sleep(min(left, length().total_seconds() / 3))
        renew(lease)
