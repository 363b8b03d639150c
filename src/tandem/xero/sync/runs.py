"""Begin, approve and cancel runs, for people and for the schedule. A run is one plan: read, shown, approved, carried out.

What a worker does with one is in `working`.
"""

from uuid import UUID

from django.db import IntegrityError, transaction

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, NotFound, Problem
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scope, scoped
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.xero.connections import state
from tandem.xero.models import Connection, Run
from tandem.xero.preferences.actions import get_preferences
from tandem.xero.sync import held_runs, past_runs, progress, queue
from tandem.xero.sync.pages import Reach, RunStatus, Trigger
from tandem.xero.sync.records import RunKind
from tandem.xero.sync.working import ACTIVE_STATUSES, GAP_OPEN

SUPERSEDED = "superseded"


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
    connection = Connection.objects.select_for_update(no_key=True).filter(account_id=actor.account_id).first()
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
