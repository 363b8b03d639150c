"""What a worker does with a run: read, plan, check, carry out, end. Whatever it does it can lose at any instant.

`work` takes a run up again from what is stored.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scope
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.xero.connections import takeover
from tandem.xero.connections.assembling import assemble, windows
from tandem.xero.connections.due import DueKind, clear_due, set_due
from tandem.xero.connections.session import NotConnected
from tandem.xero.models import Binding, Conflict, Connection, Run, Step, XeroPerson
from tandem.xero.preferences.actions import get_preferences
from tandem.xero.sync import (
    conflicts,
    executor,
    items,
    lease,
    past_runs,
    planner,
    progress,
    snapshots,
    storing,
    unreadable,
)
from tandem.xero.sync.desk import Desk, moment
from tandem.xero.sync.lease import Lease, LeaseLost
from tandem.xero.sync.pages import ACTIVE, ItemKind, Reach, RunStatus, StepStatus, Trigger
from tandem.xero.sync.plan import Plan
from tandem.xero.sync.reader import OVERLAP, Reader, Scope
from tandem.xero.sync.records import RunKind, Snapshot
from tandem.xero.sync.stops import Failed, Parked

log = logging.getLogger(__name__)

GAP_OPEN = "gap_open"
MOVED = "moved"
INTERNAL = "internal"
MOST_TROUBLE = 3
READ, CHECK = "read", "check"
#: Of the window of the data light: probes prove it anew after half, so that a run which finds it older lends a hand.
LATE_PROOF = 0.75
EVERYBODY_EVERY = timedelta(days=1)
ACTIVE_STATUSES = [status.value for status in ACTIVE]


@dataclass(frozen=True)
class ActiveRun:
    """The run that is under way, and whether the schedule began it."""

    run_id: UUID
    is_automatic: bool


def work(account_id: UUID, run_id: UUID) -> datetime | None:
    """Carry a run as far as it goes now; return when to come back, or None when there is nothing more to do."""
    held = lease.claim(account_id, run_id)
    if held is None:
        return _come_back_at(account_id, run_id)
    try:
        return _work(held)
    except LeaseLost:
        log.info("lease lost", extra={"run": str(run_id)})
        return None
    except Exception:
        _count_trouble(held)
        raise
    finally:
        lease.release(held)


def _work(held: Lease) -> datetime | None:
    try:
        desk, status = _sit_down(held)
        _advance(desk, status)
    except Parked as stop:
        return _park(held, stop)
    except Failed as stop:
        _finish(held, RunStatus.FAILED, stop.code)
    return None


def _count_trouble(held: Lease) -> None:
    """Note that the work broke in a way nobody foresaw; after a few times the run ends, in place of trying for ever."""
    with scope(held.account_id):
        run = Run.objects.select_for_update().get(account_id=held.account_id, run_id=held.run_id)
        trouble = int(run.checkpoint.get("trouble", 0)) + 1
        run.checkpoint = {**run.checkpoint, "trouble": trouble}
        run.save(update_fields=["checkpoint"])
        is_hopeless = trouble >= MOST_TROUBLE and run.leased_by == held.token and run.status in ACTIVE_STATUSES
    if is_hopeless:
        _finish(held, RunStatus.FAILED, INTERNAL)


def work_on_run(actor: Actor, run_id: UUID) -> None:
    """Do a run's work in this process, unless a worker has it; for commands."""
    actor.require(Permission.MANAGE_INTEGRATION)
    work(actor.account_id, run_id)


def _come_back_at(account_id: UUID, run_id: UUID) -> datetime | None:
    with scope(account_id):
        run = Run.objects.filter(account_id=account_id, run_id=run_id, status__in=ACTIVE_STATUSES).first()
        return run.leased_until if run else None


def active_run(account_id: UUID) -> ActiveRun | None:
    """Return the run that holds the account's one place."""
    with scope(account_id):
        rows = Run.objects.filter(account_id=account_id, status__in=ACTIVE_STATUSES)
        found = rows.values_list("run_id", "trigger").first()
    return ActiveRun(found[0], is_automatic=found[1] == Trigger.SCHEDULE.value) if found else None


def _sit_down(held: Lease) -> tuple[Desk, RunStatus]:
    """Return what there is to work with, and what is to be done."""
    with scope(held.account_id):
        run = Run.objects.select_related("connection").get(account_id=held.account_id, run_id=held.run_id)
        choices = get_preferences(Actor.system(held.account_id, because="sync"))
        if run.status == RunStatus.PARKED.value:
            run.status = str(run.checkpoint.get("phase", RunStatus.READING.value))
            run.resume_at, run.stop_code = None, ""
            run.save(update_fields=["status", "resume_at", "stop_code"])
    desk = Desk(
        lease=held,
        connection_id=run.connection_id,
        kind=_allowed(RunKind(run.kind), read_only=choices.preferences.read_only),
        reach=Reach(run.reach),
        trigger=Trigger(run.trigger),
        employee_id=run.employee_id,
        time_zone=run.connection.organisation_time_zone or snapshots.DEFAULT_ZONE,
        preferences=choices.preferences,
        preferences_version=choices.version,
        carrier=takeover.carrier_of(held.account_id),
        undoes=run.undoes_id,
    )
    return desk, RunStatus(run.status)


def _allowed(kind: RunKind, *, read_only: bool) -> RunKind:
    """Return the half of a run that may go ahead where nothing is to be written in Xero."""
    return RunKind.IMPORT if read_only and kind is RunKind.BOTH else kind


def _run_of(desk: Desk) -> Run:
    with scope(desk.account_id):
        return Run.objects.select_related("connection").get(account_id=desk.account_id, run_id=desk.run_id)


def _advance(desk: Desk, status: RunStatus) -> None:
    """Do what the run's status asks for, and what follows from it."""
    if status is RunStatus.READING:
        executor.recover_old(desk)
        status = _read_and_plan(desk)
    elif status is RunStatus.APPROVED:
        status = _check(desk)
    if status is RunStatus.RUNNING:
        _refuse_writing_after_a_gap(desk)
        executor.execute(desk)
        past_runs.ask_about_held(desk)
        _finish(desk.lease, RunStatus.DONE, "")


def _refuse_writing_after_a_gap(desk: Desk) -> None:
    """Give up a run from before a gap: the gap report is where its changes are looked at."""
    run = _run_of(desk)
    gap_since, gap_until = run.connection.gap_since, run.connection.gap_until
    is_older = gap_since is not None and run.created_at < (gap_until or gap_since)
    if is_older or (gap_since is not None and desk.trigger is Trigger.SCHEDULE):
        raise Failed(GAP_OPEN)


def _read_and_plan(desk: Desk) -> RunStatus:
    """Read Xero, plan, store the plan; say whether the run goes on by itself."""
    run = _run_of(desk)
    reader = Reader(desk, _reading(desk, run.connection))
    reader.read()
    snapshot, plan = _plan(desk, reader)
    goes_on = desk.trigger is Trigger.SCHEDULE and run.connection.gap_since is None
    with scope(desk.account_id):
        lease.hold(desk.lease)
        status = storing.store_plan(desk, snapshot, plan, goes_on=goes_on)
        _move_watermark(desk, reader)
    return status


def _reading(desk: Desk, connection: Connection) -> Scope:
    """Decide how much to read: one person, what changed, or everybody."""
    person = _linked_person(desk)
    if person is not None:
        return Scope(READ, person=person)
    since = connection.imported_until
    if (
        since is None
        or desk.reach is Reach.EVERYTHING
        or desk.trigger is Trigger.GAP
        or _is_whole_list_due(desk, connection)
    ):
        return Scope(READ, every_detail=desk.reach is Reach.EVERYTHING)
    return Scope(READ, since=since - OVERLAP)


def _linked_person(desk: Desk) -> UUID | None:
    if desk.employee_id is None:
        return None
    with scope(desk.account_id):
        return (
            Binding.objects.filter(
                account_id=desk.account_id, connection_id=desk.connection_id, employee_id=desk.employee_id
            )
            .values_list("xero_employee_id", flat=True)
            .first()
        )


def _is_whole_list_due(desk: Desk, connection: Connection) -> bool:
    """Say whether to read the whole list: it costs no more where it is one page, a probe has not proved the data lately, or
    the last one held somebody without an id, who can be told apart from nobody until it holds them no more.

    A whole list proves the data light, what changed since the watermark does not (design 5); probes see to that light (ADR
    17), so a run that finds it proved asks for changes only. Once a day it asks for everybody all the same: nobody knows of
    every kind of change that Xero moves UpdatedDateUTC (xero.md 3.3).
    """
    listed = connection.listed_people
    if listed is None or listed < settings.TANDEM.xero.page_size:
        return True
    if unreadable.carried(desk):
        return True
    with scope(connection.account_id):
        data = assemble(connection, account_id=connection.account_id).data
        if data.is_failing or data.proved_at is None or clock.now() - data.proved_at > windows().data * LATE_PROOF:
            return True
        oldest = (
            XeroPerson.objects.filter(
                account_id=connection.account_id,
                connection=connection,
                missing_since__isnull=True,
                listed_at__isnull=False,
            )
            .order_by("listed_at")
            .values_list("listed_at", flat=True)
            .first()
        )
    return oldest is None or clock.now() - oldest > EVERYBODY_EVERY


def _plan(desk: Desk, reader: Reader) -> tuple[Snapshot, Plan]:
    """Plan; read the details of those whom the plan cannot judge without, and plan again."""
    snapshot, plan = _plan_once(desk, reader)
    unread = planner.people_to_read(snapshot, plan)
    has_funds_anew = plan.lacks_fund and reader.read_funds()
    if unread or has_funds_anew:
        reader.read_more(unread)
        snapshot, plan = _plan_once(desk, reader)
    return snapshot, plan


def _plan_once(desk: Desk, reader: Reader) -> tuple[Snapshot, Plan]:
    connection = _run_of(desk).connection
    if connection.imported_until is None and reader.is_whole:
        connection.imported_until = reader.started_at
    snapshot = snapshots.take(
        desk.actor,
        connection,
        preferences=desk.preferences,
        request=desk.request,
        nameless_rejects=reader.nameless_rejects,
    )
    if desk.undoes is not None:
        return snapshot, past_runs.make_undo(desk, desk.undoes, snapshot)
    return snapshot, snapshots.make_plan(snapshot, desk.preferences, desk.request)


def _move_watermark(desk: Desk, reader: Reader) -> None:
    """The next reading may begin where this one did: everything up to then is stored (xero.md R18)."""
    if reader.is_list:
        Connection.objects.filter(account_id=desk.account_id, connection_id=desk.connection_id).update(
            imported_until=reader.started_at
        )


def _check(desk: Desk) -> RunStatus:
    """Read what changed since the preview and plan again: another plan means that the preview is stale."""
    run = _run_of(desk)
    if run.checkpoint.get("checked"):
        return _to_running(desk)
    person = _linked_person(desk)
    began = moment(run.checkpoint.get(READ, {}).get("started_at")) or run.created_at
    asked = Scope(CHECK, person=person) if person else Scope(CHECK, since=began - OVERLAP)
    reader = Reader(desk, asked)
    reader.read()
    _, plan = _plan(desk, reader)
    with scope(desk.account_id):
        is_the_same = items.fingerprint_of(desk.account_id, plan) == run.fingerprint
    if not is_the_same:
        _finish(desk.lease, RunStatus.STALE, MOVED)
        return RunStatus.STALE
    return _to_running(desk)


def _to_running(desk: Desk) -> RunStatus:
    with scope(desk.account_id):
        lease.hold(desk.lease)
        run = Run.objects.select_for_update().get(account_id=desk.account_id, run_id=desk.run_id)
        run.status, run.checkpoint = RunStatus.RUNNING.value, {**run.checkpoint, "checked": True}
        run.save(update_fields=["status", "checkpoint"])
        record(desk.actor, Event.RUN_STARTED, subject_kind="run", subject_id=desk.run_id, facts={"kind": run.kind})
    return RunStatus.RUNNING


def _park(held: Lease, stop: Parked) -> datetime | None:
    """Keep the run's place and its queue, and say when it goes on; without a connection nothing brings it back by itself.

    After a reconnect the gap report takes its place.
    """
    with scope(held.account_id):
        run = Run.objects.select_for_update().get(account_id=held.account_id, run_id=held.run_id)
        if run.status not in ACTIVE_STATUSES or run.leased_by != held.token:
            return None
        if run.status != RunStatus.PARKED.value:
            run.checkpoint = {**run.checkpoint, "phase": run.status}
        until, code = (None, NotConnected.code) if run.connection.disconnected_at else (stop.until, stop.code)
        run.status, run.stop_code, run.resume_at = RunStatus.PARKED.value, code, until
        run.save(update_fields=["checkpoint", "status", "stop_code", "resume_at"])
        if until is not None:
            set_due(held.account_id, run.connection_id, DueKind.RESUME, until)
        record(
            Actor.system(held.account_id, because="sync"),
            Event.RUN_PARKED,
            subject_kind="run",
            subject_id=held.run_id,
            facts={"code": code},
        )
    return until


def _finish(held: Lease, status: RunStatus, code: str) -> None:
    """End the run, count its outcomes, and note the time for the schedule and the pages."""
    now = clock.now()
    with scope(held.account_id):
        run = Run.objects.select_for_update().get(account_id=held.account_id, run_id=held.run_id)
        if run.status not in ACTIVE_STATUSES or run.leased_by != held.token:
            raise LeaseLost
        run.status, run.stop_code, run.finished_at, run.resume_at = status.value, code, now, None
        run.counts = {**run.counts, **progress.outcome_counts(held.account_id, held.run_id)}
        run.save(update_fields=["status", "stop_code", "finished_at", "resume_at", "counts"])
        clear_due(run.connection_id, DueKind.RESUME)
        if status is RunStatus.DONE and run.undoes_id is None:
            _note_success(run, now)
            _close_conflicts_that_went(run)
        record(
            Actor.system(held.account_id, because="sync"),
            Event.RUN_FINISHED,
            subject_kind="run",
            subject_id=held.run_id,
            facts={"status": status.value, "code": code, **_told(run.counts)},
        )


def _told(counts: Mapping[str, Any]) -> dict[str, int]:
    return {name: int(counts.get(name, 0)) for name in ("applied", "rejected", "unknown", "conflict")}


def _note_success(run: Run, now: datetime) -> None:
    times: dict[str, datetime] = {}
    if run.kind in (RunKind.IMPORT.value, RunKind.BOTH.value):
        times["last_import_at"] = now
    if run.kind in (RunKind.EXPORT.value, RunKind.BOTH.value):
        times["last_export_at"] = now
    Connection.objects.filter(account_id=run.account_id, connection_id=run.connection_id).update(**times)


def _close_conflicts_that_went(run: Run) -> None:
    """Close open conflicts that a whole run did not find any more."""
    if run.employee_id is not None:
        return
    rows = Step.objects.filter(account_id=run.account_id, run=run).exclude(status=StepStatus.APPLIED.value)
    seen = {
        (row.employee_id, field)
        for row in rows.filter(item__in=[ItemKind.CONFLICT.value, ItemKind.STEP.value])
        for field in row.fields
    }
    for row in Conflict.objects.filter(
        account_id=run.account_id, connection_id=run.connection_id, closed_at__isnull=True, opened_at__lt=run.created_at
    ):
        if (row.employee_id, row.field) not in seen and row.decision == "":
            conflicts.settle(run.account_id, run.connection_id, row.employee_id, [row.field])
