"""What an earlier run wrote, as it is kept: what takes it back, what is asked afterwards, and when it is wiped."""

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from django.db.models import Q

from tandem.access.selectors import list_members, names_of
from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.scoping import scope
from tandem.people.actions import ON_SCREEN
from tandem.people.errors import EmployeeNotFound
from tandem.people.selectors import HistoryEntry, list_history
from tandem.xero.mapping.fields import SharedField
from tandem.xero.matching.matching import Pair, Side
from tandem.xero.models import Binding, Connection, Run, Step
from tandem.xero.sync import conflicts, items, lease, snapshots
from tandem.xero.sync.desk import Desk
from tandem.xero.sync.flows import SHARED_NAMES
from tandem.xero.sync.pages import ItemKind, RunStatus, RunSummary, StepStatus, UndoStanding
from tandem.xero.sync.plan import ConflictReason, Plan, SkipReason, Verb
from tandem.xero.sync.plan import Step as PlannedStep
from tandem.xero.sync.records import RunKind, RunRequest, Snapshot
from tandem.xero.sync.undo import Edits, LastEdit, PastRun, Written, plan_undo
from tandem.xero.sync.undo_rules import WINDOW, Past, Undo, why_not
from tandem.xero.sync.xero_steps import EDITED_SINCE

#: Ends of a line after which the write was made, or may have been: what a side holds now tells.
MAY_BE_WRITTEN = (StepStatus.APPLIED.value, StepStatus.UNKNOWN.value, StepStatus.INTENDED.value)
NAMED_AT_MOST = 100
ASKED_AT_ONCE = (ConflictReason.UNDONE, ConflictReason.UNCONFIRMED)


def may_have_written(run: Run) -> bool:
    """Say whether a run wrote anything, or may have. Inside the account's scope."""
    steps = Step.objects.filter(account_id=run.account_id, run=run, item=ItemKind.STEP.value)
    return steps.filter(status__in=MAY_BE_WRITTEN).exists()


def standing_of(run: Run, *, has_written: bool) -> UndoStanding:
    """Say whether a run can be undone, and which runs it is linked with. Inside the account's scope."""
    undos = list(Run.objects.filter(account_id=run.account_id, undoes=run).order_by("-created_at"))
    known = [Undo(RunStatus(one.status), one.counts) for one in undos]
    past = Past(
        status=RunStatus(run.status),
        ended_at=run.finished_at,
        has_written=has_written,
        is_undo=run.undoes_id is not None,
        is_elsewhere=run.connection.archived_at is not None,
        undos=tuple(known),
    )
    told = next((row.run_id for row, one in zip(undos, known, strict=True) if one.is_whole or one.is_open), None)
    return UndoStanding(run.undoes_id, told, why_not(past, clock.now()))


def undone_among(account_id: UUID, run_ids: Collection[UUID]) -> set[UUID]:
    """Return which of some runs were undone. Inside the account's scope."""
    undos = Run.objects.filter(account_id=account_id, undoes_id__in=list(run_ids), status=RunStatus.DONE.value)
    return {run_id for run_id in undos.values_list("undoes_id", flat=True) if run_id}


def marked(run: RunSummary, undone: Collection[UUID]) -> RunSummary:
    """Return one row of the run history, which says so where the run was undone."""
    return replace(run, sentence=f"{run.sentence} Undone since.") if run.run_id in undone else run


def told(run: Run) -> dict[str, str]:
    """Return what the timeline is told of a run that takes another one back."""
    return {"because": "undo", "undoes": str(run.undoes_id)} if run.undoes_id else {}


def make_undo(desk: Desk, run_id: UUID, snapshot: Snapshot) -> Plan:
    """Return what takes a run back, and name who changed what since where the record tells."""
    with scope(desk.account_id):
        past = _past_run(desk.account_id, run_id)
        sign_ins = frozenset(one.employee_id for one in list_members(desk.actor) if one.employee_id)
        found = plan_undo(past, snapshot, clock.now(), request=desk.request, sign_ins=sign_ins)
        changed = {skip.employee_id for skip in found.skips if skip.reason is SkipReason.CHANGED_SINCE}
        edits = _edits(desk.actor, [one for one in changed if one][:NAMED_AT_MOST])
    if not edits:
        return found
    return plan_undo(past, snapshot, found.made_at, request=desk.request, edits=edits, sign_ins=sign_ins)


def _past_run(account_id: UUID, run_id: UUID) -> PastRun:
    run = Run.objects.get(account_id=account_id, run_id=run_id)
    ended_at = run.finished_at or clock.now()
    rows = list(Step.objects.filter(account_id=account_id, run=run, status__in=MAY_BE_WRITTEN).order_by("position"))
    return PastRun(
        ended_at=ended_at,
        writes=tuple(
            Written(_step(row), row.outcome_at or ended_at) for row in rows if row.item == ItemKind.STEP.value
        ),
        links=tuple(
            Pair(row.employee_id, row.xero_employee_id)
            for row in rows
            if row.item == ItemKind.BIND.value and row.employee_id and row.xero_employee_id
        ),
    )


def _step(row: Step) -> PlannedStep:
    """Return what a line wrote; without its values once these have died."""
    if row.payload is None:
        return PlannedStep(Side(row.target), Verb(row.verb), row.employee_id, row.xero_employee_id, ())
    return items.planned_step(row)


def _edits(actor: Actor, employee_ids: Collection[UUID]) -> Edits:
    """Return the newest change of each field of some records, and who made it."""
    newest: dict[tuple[UUID, SharedField], HistoryEntry] = {}
    for employee_id in employee_ids:
        try:
            entries = list_history(actor, employee_id=employee_id)
        except EmployeeNotFound:
            continue
        for entry in reversed(entries):
            newest |= {(employee_id, shared): entry for name in entry.fields if (shared := _shared(name))}
    users = names_of(actor, user_ids=[entry.by_user_id for entry in newest.values() if entry.by_user_id])
    return {key: _last_edit(entry, users) for key, entry in newest.items()}


def _last_edit(entry: HistoryEntry, users: dict[UUID, str]) -> LastEdit:
    by = users.get(entry.by_user_id, "") if entry.by_user_id else ""
    return LastEdit(entry.at, by_hand=entry.via == ON_SCREEN, by=by)


def _shared(name: str) -> SharedField | None:
    known = {field.value: field for field in SharedField} | SHARED_NAMES
    return known.get(name)


def ask_about_held(desk: Desk) -> None:
    """Open the conflicts that an undo or an unconfirmed write leaves, as the next run would, so that a person can decide."""
    asks = Q(outcome_code=EDITED_SINCE)
    if desk.undoes is not None:
        asks |= Q(status=StepStatus.APPLIED.value)
    with scope(desk.account_id):
        rows = Step.objects.filter(asks, account_id=desk.account_id, run_id=desk.run_id, item=ItemKind.STEP.value)
        held = Binding.objects.filter(
            account_id=desk.account_id,
            connection_id=desk.connection_id,
            employee_id__in=list(rows.values_list("employee_id", flat=True)),
        ).exclude(held=[], doubted=[])
        employee_ids = list(held.values_list("employee_id", flat=True))
        if not employee_ids:
            return
        connection = Connection.objects.get(account_id=desk.account_id, connection_id=desk.connection_id)
    snapshot = snapshots.take_of(desk.actor, connection, employee_ids, preferences=desk.preferences)
    plan = snapshots.make_plan(snapshot, desk.preferences, RunRequest(RunKind.BOTH))
    with scope(desk.account_id):
        lease.hold(desk.lease)
        found = [one for one in plan.conflicts if one.reason in ASKED_AT_ONCE]
        conflicts.note(desk.actor, desk.connection_id, desk.run_id, found)


def purge(account_id: UUID) -> int:
    """Wipe what the steps of runs carried once their undo window is over (safety.md); return how many rows."""
    with scope(account_id):
        old = Step.objects.filter(account_id=account_id, run__finished_at__lt=clock.now() - WINDOW).exclude(
            payload__isnull=True, request__isnull=True
        )
        return old.update(payload=None, request=None)
