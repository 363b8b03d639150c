"""Begin, approve, cancel and carry on with runs. A run is one plan: read, shown, approved, carried out.

Whatever a worker does it can lose at any instant; `work` takes a run up again from what is stored.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, NotFound, Problem
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scope, scoped
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.xero.connections import state, takeover
from tandem.xero.connections.assembling import windows
from tandem.xero.connections.due import DueKind, clear_due, set_due
from tandem.xero.models import Binding, Conflict, Connection, Run, Step, XeroPerson
from tandem.xero.preferences.actions import get_preferences
from tandem.xero.sync import (
    conflicts,
    executor,
    held_runs,
    items,
    lease,
    past_runs,
    planner,
    progress,
    queue,
    snapshots,
    storing,
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
SUPERSEDED = "superseded"
INTERNAL = "internal"
MOST_TROUBLE = 3
READ, CHECK = "read", "check"
ACTIVE_STATUSES = [status.value for status in ACTIVE]


class AlreadyRunning(Invalid):
    """The connection is busy with another run."""

    code = "run_already_active"

    def __init__(self) -> None:
        super().__init__(
            Problem("", "Another run is under way for this account. Wait until it has finished, or cancel it first.")
        )


class NotReady(Invalid):
    """A run cannot begin now; the sentence says why."""

    code = "run_not_ready"


class RunMoved(Invalid):
    """The run is not where the person saw it."""

    code = "run_moved_on"

    def __init__(self) -> None:
        super().__init__(Problem("", "This run has moved on since you opened the page. Look at it again."))


@dataclass(frozen=True)
class ActiveRun:
    """The run that is under way, and whether the schedule began it."""

    run_id: UUID
    is_automatic: bool


# --- what people ask for ---


def preview_run(actor: Actor, *, kind: RunKind, reach: Reach, employee_id: UUID | None = None) -> UUID:
    """Begin a run that reads both sides and stops with a plan; the worker does the reading. Return its id."""
    actor.require(Permission.MANAGE_INTEGRATION)
    if (Reach(reach) is Reach.PERSON) != (employee_id is not None):
        raise NotReady(Problem("employee_id", "Choose the person this run is about."))
    if RunKind(kind) is RunKind.EXPORT and get_preferences(actor).preferences.read_only:
        raise NotReady(Problem("kind", "This account only reads from Xero. Let Tandem do more in the settings first."))
    refuse_unready(actor.account_id)
    return begin(actor, kind=RunKind(kind), reach=Reach(reach), trigger=Trigger.PERSON, employee_id=employee_id)


def refuse_unready(account_id: UUID) -> None:
    """Raise NotReady where Xero cannot be read at the moment."""
    gate = state.read_gate(account_id)
    if gate.blocks_imports:
        raise NotReady(
            Problem("", "The Xero connection does not work at the moment. Open it to see why and what to do.")
        )


@scoped
def begin(
    actor: Actor,
    *,
    kind: RunKind,
    reach: Reach,
    trigger: Trigger,
    employee_id: UUID | None = None,
    undoes: UUID | None = None,
) -> UUID:
    """Store a run that is to be read, in place of any preview that nobody approved."""
    connection = Connection.objects.select_for_update().filter(account_id=actor.account_id).first()
    if connection is None or connection.xero_tenant_id is None or connection.disconnected_at is not None:
        raise NotReady(Problem("", "This account is not connected to Xero. Connect it first."))
    now = clock.now()
    old = Run.objects.filter(account_id=actor.account_id, connection=connection, status=RunStatus.PLANNED.value)
    if trigger is not Trigger.GAP:
        old = old.exclude(trigger=Trigger.GAP.value)
    old.update(status=RunStatus.STALE.value, stop_code=SUPERSEDED, finished_at=now)
    version = get_preferences(actor).version
    try:
        with transaction.atomic():
            run = Run.objects.create(
                account_id=actor.account_id,
                connection=connection,
                kind=kind.value,
                reach=reach.value,
                employee_id=employee_id,
                trigger=trigger.value,
                status=RunStatus.READING.value,
                created_at=now,
                by_user_id=actor.user_id,
                preferences_version=version,
                undoes_id=undoes,
            )
    except IntegrityError:
        raise AlreadyRunning from None
    queue.wake(actor.account_id, connection.connection_id, run.run_id, now)
    return run.run_id


@scoped
def approve_run(actor: Actor, run_id: UUID) -> None:
    """Let a planned run go ahead; the worker first checks that neither side has moved."""
    actor.require(Permission.MANAGE_INTEGRATION)
    run = _locked(actor, run_id)
    if run.status != RunStatus.PLANNED.value:
        raise RunMoved
    if run.trigger == Trigger.GAP.value:
        _close_gap(actor, run)
    _approve(actor, run)


@scoped
def approve_gap_report(actor: Actor, run_id: UUID) -> None:
    """Let the two-way run of the gap report go ahead, and automatic runs after it."""
    approve_run(actor, run_id)


def _close_gap(actor: Actor, run: Run) -> None:
    Connection.objects.filter(account_id=actor.account_id, connection_id=run.connection_id).update(
        gap_since=None, gap_until=None
    )
    record(actor, Event.GAP_REPORT_APPROVED, subject_kind="run", subject_id=run.run_id)


def _approve(actor: Actor, run: Run) -> None:
    now = clock.now()
    run.status, run.approved_by_user_id, run.started_at = RunStatus.APPROVED.value, actor.user_id, now
    run.stop_code = ""
    try:
        with transaction.atomic():
            run.save(update_fields=["status", "approved_by_user_id", "started_at", "stop_code"])
    except IntegrityError:
        raise AlreadyRunning from None
    facts = {"kind": run.kind, **past_runs.told(run)}
    record(actor, Event.RUN_APPROVED, subject_kind="run", subject_id=run.run_id, facts=facts)
    held_runs.is_over(actor, run.connection)
    queue.wake(actor.account_id, run.connection_id, run.run_id, now)


@scoped
def cancel_run(actor: Actor, run_id: UUID) -> None:
    """Stop a run; what it has already written stays and is listed."""
    actor.require(Permission.MANAGE_INTEGRATION)
    run = _locked(actor, run_id)
    if RunStatus(run.status).is_over:
        raise RunMoved
    run.status, run.stop_code, run.finished_at = RunStatus.CANCELLED.value, "cancelled", clock.now()
    run.counts = {**run.counts, **progress.outcome_counts(actor.account_id, run_id)}
    run.save(update_fields=["status", "stop_code", "finished_at", "counts"])
    record(actor, Event.RUN_FINISHED, subject_kind="run", subject_id=run_id, facts={"status": run.status})


def _locked(actor: Actor, run_id: UUID) -> Run:
    run = Run.objects.select_for_update().filter(account_id=actor.account_id, run_id=run_id).first()
    if run is None:
        raise NotFound("There is no such run in this account.")
    return run


# --- what the schedule asks for ---


def begin_automatic(account_id: UUID) -> UUID | None:
    """Begin the automatic run that the preferences ask for and the connection allows; None if there is none to do."""
    with scope(account_id):
        connection = Connection.objects.filter(account_id=account_id).first()
        preferences = get_preferences(Actor.system(account_id, because="schedule")).preferences
        busy = Run.objects.filter(account_id=account_id, status__in=ACTIVE_STATUSES).exists()
    if connection is None or connection.disconnected_at or busy:
        return None
    if connection.gap_since is not None:
        return ensure_gap_report(account_id)
    kind = _automatic_kind(connection, imports=preferences.auto_import, exports=preferences.auto_export)
    if kind is None:
        return None
    return begin(
        Actor.system(account_id, because="schedule"), kind=kind, reach=Reach.AUTHORITY, trigger=Trigger.SCHEDULE
    )


def _automatic_kind(connection: Connection, *, imports: bool, exports: bool) -> RunKind | None:
    gate = state.read_gate(connection.account_id)
    if gate.blocks_imports:
        return None
    exports = exports and not gate.blocks_writes
    if imports and exports:
        return RunKind.BOTH
    if imports:
        return RunKind.IMPORT
    return RunKind.EXPORT if exports else None


def ensure_gap_report(account_id: UUID) -> UUID | None:
    """Make the gap report if a gap is open and none waits; nothing is written before somebody approves it."""
    with scope(account_id):
        connection = Connection.objects.filter(account_id=account_id).first()
        if connection is None or connection.gap_since is None or connection.disconnected_at:
            return None
        _abandon_old(connection)
        waiting = Run.objects.filter(
            account_id=account_id,
            connection=connection,
            trigger=Trigger.GAP.value,
            created_at__gte=connection.gap_until or connection.gap_since,
            status__in=[*ACTIVE_STATUSES, RunStatus.PLANNED.value],
        ).exists()
        busy = Run.objects.filter(account_id=account_id, connection=connection, status__in=ACTIVE_STATUSES).exists()
        if waiting or busy or state.read_gate(account_id).blocks_imports:
            return None
        actor = Actor.system(account_id, because="gap")
        run_id = begin(actor, kind=RunKind.BOTH, reach=Reach.AUTHORITY, trigger=Trigger.GAP)
        record(actor, Event.GAP_REPORT_OPENED, subject_kind="run", subject_id=run_id)
        return run_id


def _abandon_old(connection: Connection) -> None:
    """End runs from before the gap: what they were to write is in the gap report, or is no longer true."""
    old = Run.objects.filter(
        account_id=connection.account_id,
        connection=connection,
        status=RunStatus.PARKED.value,
        created_at__lt=connection.gap_until or connection.gap_since,
    )
    old.update(status=RunStatus.STALE.value, stop_code=GAP_OPEN, finished_at=clock.now())


# --- the worker's side ---


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
    if since is None or desk.reach is Reach.EVERYTHING or desk.trigger is Trigger.GAP or _is_whole_list_due(connection):
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


def _is_whole_list_due(connection: Connection) -> bool:
    """Say whether to read the whole list: it costs no more where it is one page, or its proof is half used up.

    A whole list proves the data light; what changed since the watermark does not (design 5).
    """
    listed = connection.listed_people
    if listed is None or listed < settings.TANDEM.xero.page_size:
        return True
    with scope(connection.account_id):
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
    return oldest is None or clock.now() - oldest > windows().data / 2


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
    """Keep the run's place and its queue, and say when it goes on."""
    with scope(held.account_id):
        run = Run.objects.select_for_update().get(account_id=held.account_id, run_id=held.run_id)
        if run.status not in ACTIVE_STATUSES or run.leased_by != held.token:
            return None
        if run.status != RunStatus.PARKED.value:
            run.checkpoint = {**run.checkpoint, "phase": run.status}
        run.status, run.stop_code, run.resume_at = RunStatus.PARKED.value, stop.code, stop.until
        run.save(update_fields=["checkpoint", "status", "stop_code", "resume_at"])
        set_due(held.account_id, run.connection_id, DueKind.RESUME, stop.until)
        record(
            Actor.system(held.account_id, because="sync"),
            Event.RUN_PARKED,
            subject_kind="run",
            subject_id=held.run_id,
            facts={"code": stop.code},
        )
    return stop.until


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
