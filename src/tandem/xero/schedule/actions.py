"""What is due, and doing it. The dispatcher leases due rows for every account; each kind of work has one handler.

A handler returns when the work is due next, or None when it has said so itself (or nothing more is due).
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection as database
from django.db import transaction
from django.db.models import Q

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.scoping import scope, scoped
from tandem.notices import mail
from tandem.notices.ladder import put_off
from tandem.notices.selectors import accounts_with_something_due
from tandem.people.actions import complete_due_terminations
from tandem.tenancy.records import AccountRecord
from tandem.tenancy.selectors import get_account
from tandem.webhooks import sending as webhooks
from tandem.webhooks.sending import accounts_with_messages
from tandem.xero.catalog.reading import read_lists_at_night
from tandem.xero.connections import moving, probes
from tandem.xero.connections.due import DueKind, clear_due, set_due
from tandem.xero.leave.settling import leave_is_due, settle_leave
from tandem.xero.models import Connection, Due, Run
from tandem.xero.preferences import actions as preferences
from tandem.xero.preferences.actions import PreferencesRecord, get_preferences
from tandem.xero.preferences.presets import Preset
from tandem.xero.schedule import run_digest, tending
from tandem.xero.schedule.rules import next_run_at
from tandem.xero.sync import lease, past_runs, runs, working
from tandem.xero.sync.pages import Trigger
from tandem.xero.sync.preferences import Preferences

log = logging.getLogger(__name__)

AFTER_TROUBLE = timedelta(minutes=5)
NIGHTLY_AT = time(0, 15)
AT_ONCE = 50


@dataclass(frozen=True)
class DueWork:
    """One leased row: what, for whom, and when it was due."""

    due_id: int
    account_id: UUID
    subject_id: UUID
    kind: DueKind
    due_at: datetime


def _complete_terminations(account: AccountRecord) -> object:
    return complete_due_terminations(account)


#: The 00:15 job of one account. `flows`, which knows what follows from a departure, puts its own in this place.
nightly_job: Callable[[AccountRecord], object] = _complete_terminations


def run_at_night(job: Callable[[AccountRecord], object]) -> None:
    """Put a job of the rooms above in the place of the plain one."""
    global nightly_job
    nightly_job = job


def claim_due(*, limit: int = AT_ONCE, only: int | None = None) -> list[DueWork]:
    """Lease what is due now and nobody does; other dispatchers skip it."""
    now = clock.now()
    with transaction.atomic():
        rows = Due.objects.select_for_update(skip_locked=True).filter(due_at__lte=now)
        rows = rows.filter(Q(leased_until__isnull=True) | Q(leased_until__lte=now))
        if only is not None:
            rows = rows.filter(due_id=only)
        found = list(rows.order_by("due_at", "due_id")[:limit])
        Due.objects.filter(due_id__in=[row.due_id for row in found]).update(leased_until=now + lease.length())
    return [DueWork(row.due_id, row.for_account, row.subject_id, DueKind(row.kind), row.due_at) for row in found]


def find_due(due_id: int) -> DueWork | None:
    """Return a row that a dispatcher has leased, if it is still there."""
    row = Due.objects.filter(due_id=due_id).first()
    return DueWork(row.due_id, row.for_account, row.subject_id, DueKind(row.kind), row.due_at) if row else None


def do(work: DueWork) -> None:
    """Do one piece of work and say when it is due next; trouble is logged and the work comes back later."""
    try:
        next_at = HANDLERS[work.kind](work)
    except Exception:
        log.exception("due work failed", extra={"kind": work.kind.value, "account": str(work.account_id)})
        next_at = clock.now() + AFTER_TROUBLE
    _put_back(work, next_at)


# Whether the work, or anybody else meanwhile, set a time shows in the row, which is looked at and written in one go.
GIVE_UP = """
WITH gone AS (DELETE FROM xero_due WHERE due_id = %s AND due_at = %s RETURNING due_id)
UPDATE xero_due SET leased_until = NULL WHERE due_id = %s AND NOT EXISTS (SELECT FROM gone)
"""
PUT_OFF = (
    "UPDATE xero_due SET due_at = CASE WHEN due_at = %s THEN %s ELSE due_at END, leased_until = NULL WHERE due_id = %s"
)


def _put_back(work: DueWork, next_at: datetime | None) -> None:
    """Release the row; a time that the work set by itself stands, and a row that nothing was said about goes."""
    with database.cursor() as cursor:
        if next_at is None:
            cursor.execute(GIVE_UP, [work.due_id, work.due_at, work.due_id])
        else:
            cursor.execute(PUT_OFF, [work.due_at, next_at, work.due_id])


def run_due(*, rounds: int = 100) -> int:
    """Do everything that is due now, one after the other, and whatever becomes due by it; return how much."""
    done = 0
    for _ in range(rounds):
        claimed = claim_due(limit=1)
        if not claimed:
            break
        do(claimed[0])
        done += 1
    for account_id in to_be_told():
        tell(account_id)
    return done


def to_be_told() -> list[UUID]:
    """Return the accounts for which a person or a program is to be told something now."""
    now = clock.now()
    return list(dict.fromkeys([*accounts_with_something_due(now), *accounts_with_messages(now)]))


#: What telling an account's people and programs comes to, in this order.
TELLING: Mapping[str, Callable[[UUID], int]] = {
    "ladders": tending.tend,
    "letters": mail.deliver_waiting,
    "messages": webhooks.deliver_waiting,
}


def tell(account_id: UUID) -> None:
    """Climb the account's ladders that are due, and send its letters and messages; trouble is logged and comes back later.

    Trouble with one of the three holds neither of the others up.
    """
    for part, act in TELLING.items():
        try:
            act(account_id)
        except Exception:
            log.exception("notices failed", extra={"account": str(account_id), "kind": part})
            put_off(Actor.system(account_id, because="notices"), until=clock.now() + AFTER_TROUBLE)


@scoped
def save_preferences(actor: Actor, chosen: Preferences) -> PreferencesRecord:
    """Put choices in force, and the schedule right with them; raise Invalid."""
    saved = preferences.save_preferences(actor, chosen)
    plan_ahead(actor.account_id)
    return saved


@scoped
def apply_preset(actor: Actor, preset: Preset, *, seen_version: int) -> PreferencesRecord:
    """Put a recommended set in force, and the schedule right with it; raise Invalid."""
    saved = preferences.apply_preset(actor, preset, seen_version=seen_version)
    plan_ahead(actor.account_id)
    return saved


@scoped
def put_back_preset(actor: Actor) -> PreferencesRecord:
    """Put back the choices from before a recommended set, and the schedule right with them; raise Invalid."""
    restored = preferences.put_back_preset(actor)
    plan_ahead(actor.account_id)
    return restored


@scoped
def restore_snapshot(actor: Actor) -> PreferencesRecord:
    """Put back the choices from before a disconnect, and the schedule right with them."""
    restored = preferences.restore_snapshot(actor)
    plan_ahead(actor.account_id)
    return restored


def soonest() -> datetime | None:
    """Return when the next thing is due, for any account, that nobody is doing."""
    return Due.objects.filter(leased_until__isnull=True).order_by("due_at").values_list("due_at", flat=True).first()


def plan_ahead(account_id: UUID) -> None:
    """Set when the account's next automatic run is due, from its preferences and its last automatic run.

    The first is due one interval after it was switched on, so that a person can preview the first import before it.
    """
    with scope(account_id):
        connection = Connection.objects.filter(account_id=account_id).first()
        if connection is None:
            return
        chosen = get_preferences(Actor.system(account_id, because="schedule")).preferences
        if connection.disconnected_at or not (chosen.auto_import or chosen.auto_export):
            clear_due(connection.connection_id, DueKind.IMPORT, DueKind.EXPORT)
            return
        last = (
            Run.objects.filter(account_id=account_id, connection=connection, trigger=Trigger.SCHEDULE.value)
            .order_by("-created_at")
            .values_list("created_at", flat=True)
            .first()
        )
        kind, other = DueKind.IMPORT, DueKind.EXPORT
        if not chosen.auto_import:
            kind, other = other, kind
        at = next_run_at(last_started_at=last or clock.now(), interval=chosen.interval, now=clock.now())
        set_due(account_id, connection.connection_id, kind, at)
        clear_due(connection.connection_id, other)


def ensure_nightly() -> int:
    """Give every account that has none its nightly job; return how many."""
    with database.cursor() as cursor:
        cursor.execute("SELECT account_id FROM tandem_accounts_without_nightly()")
        found = [row[0] for row in cursor.fetchall()]
    for account_id in found:
        set_due(account_id, account_id, DueKind.NIGHTLY, next_nightly_at(get_account(account_id).time_zone))
    return len(found)


def next_nightly_at(time_zone: str) -> datetime:
    """Return the next quarter past midnight in a time zone."""
    zone = ZoneInfo(time_zone)
    local = clock.now().astimezone(zone)
    tonight = datetime.combine(local.date(), NIGHTLY_AT, tzinfo=zone)
    if tonight <= local:
        tonight = datetime.combine(local.date() + timedelta(days=1), NIGHTLY_AT, tzinfo=zone)
    return tonight.astimezone(clock.now().tzinfo)


def _probe(work: DueWork) -> datetime | None:
    found = probes.probe(work.account_id).connection
    if found is not None and found.gap_since is not None:
        runs.ensure_gap_report(work.account_id)
    _ensure_automatic(work)
    return None


def _ensure_automatic(work: DueWork) -> None:
    """Set the first automatic run after a connect or a change of preferences that nobody told the schedule."""
    automatic = (DueKind.IMPORT.value, DueKind.EXPORT.value)
    if not Due.objects.filter(subject_id=work.subject_id, kind__in=automatic).exists():
        plan_ahead(work.account_id)


def _refresh(work: DueWork) -> datetime | None:
    probes.refresh_idle(work.account_id)
    return None


def _automatic(work: DueWork) -> datetime | None:
    """Begin the automatic run; the run itself is due work of its own."""
    begun = runs.begin_automatic(work.account_id)
    if begun is None:
        return _later(work.account_id)
    plan_ahead(work.account_id)
    return None


def _later(account_id: UUID) -> datetime | None:
    """Ask again one interval from now; not at all when automatic runs are off."""
    chosen = get_preferences(Actor.system(account_id, because="schedule")).preferences
    is_on = chosen.auto_import or chosen.auto_export
    return clock.now() + min(chosen.interval, timedelta(minutes=15)) if is_on else None


def _resume(work: DueWork) -> datetime | None:
    found = working.active_run(work.account_id)
    next_at = working.work(work.account_id, found.run_id) if found else None
    if next_at is None and found and found.is_automatic:
        run_digest.plan_digest(work.account_id)
    return next_at


def _nightly(work: DueWork) -> datetime | None:
    account = get_account(work.account_id)
    nightly_job(account)
    read_lists_at_night(work.account_id)
    leave_is_due(work.account_id)
    moving.close_expired(work.account_id)
    past_runs.purge(work.account_id)
    webhooks.purge(work.account_id)
    return next_nightly_at(account.time_zone)


def _digest(work: DueWork) -> datetime | None:
    return run_digest.digest(work.account_id)


def _leave(work: DueWork) -> datetime | None:
    return settle_leave(work.account_id)


HANDLERS: Mapping[DueKind, Callable[[DueWork], datetime | None]] = {
    DueKind.PROBE: _probe,
    DueKind.REFRESH: _refresh,
    DueKind.IMPORT: _automatic,
    DueKind.EXPORT: _automatic,
    DueKind.RESUME: _resume,
    DueKind.NIGHTLY: _nightly,
    DueKind.LEAVE: _leave,
    DueKind.DIGEST: _digest,
}
