"""What pages and commands read of runs and conflicts. Query counts do not grow with the rows."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from tandem.kernel.actor import Actor
from tandem.kernel.errors import NotFound
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scope, scoped_part
from tandem.people.selectors import names_of
from tandem.xero.mapping.fields import FieldValue, SharedField
from tandem.xero.mapping.values import same
from tandem.xero.matching.matching import Side
from tandem.xero.models import IN_USE, Binding, Connection, MatchProposal, Run, Step
from tandem.xero.models import Conflict as ConflictRow
from tandem.xero.preferences.actions import get_preferences
from tandem.xero.sync import bindings, doubts, items, past_runs, progress, snapshots, words
from tandem.xero.sync.pages import (
    ACTIVE,
    ChangeLine,
    ConflictPage,
    ItemKind,
    RunItem,
    RunPage,
    RunStatus,
    RunSummary,
    StepStatus,
    SyncSummary,
    Trigger,
    WaitingChange,
)
from tandem.xero.sync.payroll_notes import with_payroll_notes
from tandem.xero.sync.plan import ConflictReason, FieldChange, Verb
from tandem.xero.sync.preferences import Preferences
from tandem.xero.sync.records import RunKind, RunRequest
from tandem.xero.sync.sight import PAYROLL_NAMES, TO_MEND, Sight
from tandem.xero.sync.stored import conflict_from_json, step_from_json
from tandem.xero.sync.undo_notes import with_undo_notes

PAGE_SIZE = 50
#: Lines that only keep house; pages leave them out unless asked for.
QUIET = (ItemKind.SETTLE.value,)


@scoped_part
def get_run(actor: Actor, run_id: UUID, *, page: int = 1, show: str = "") -> RunPage:
    """Return one run with a page of its lines; `show` narrows to an ItemKind or a StepStatus."""
    actor.require(Permission.VIEW_INTEGRATION)
    run = Run.objects.select_related("connection").filter(account_id=actor.account_id, run_id=run_id).first()
    if run is None:
        raise NotFound("There is no such run in this account.")
    return _run_page(actor, run, page=page, show=show)


def _run_page(actor: Actor, run: Run, *, page: int, show: str) -> RunPage:
    summary = _summary(run)
    counts = _item_counts(run)
    rows = _shown(run, show)
    pages = max(1, -(-_count_shown(counts, show) // PAGE_SIZE))
    number = min(max(1, page), pages)
    shown = list(rows.order_by("position")[(number - 1) * PAGE_SIZE : number * PAGE_SIZE])
    sight = Sight.of(actor)
    planned = progress.of_plan(run)
    status, undo = summary.status, past_runs.standing_of(run, has_written=_has_written(counts))
    return RunPage(
        summary=summary,
        progress=progress.of_run(run, counts, planned),
        items=tuple(_item(row, sight) for row in shown),
        item_counts=counts,
        page=number,
        pages=pages,
        estimated_calls=run.estimated_calls,
        estimated_seconds=progress.seconds_until(planned),
        estimated_days=planned.days,
        estimated_end=planned.ends_at,
        irreversible=int(run.counts.get("irreversible", 0)),
        stop_code=run.stop_code,
        stop_sentence=words.stop_sentence(run.stop_code, run.counts),
        resume_at=run.resume_at,
        can_approve=status is RunStatus.PLANNED and actor.may(Permission.MANAGE_INTEGRATION),
        can_cancel=not status.is_over and actor.may(Permission.MANAGE_INTEGRATION),
        can_preview_again=status.is_over and actor.may(Permission.MANAGE_INTEGRATION),
        is_gap_report=run.trigger == Trigger.GAP.value,
        gap_since=run.connection.gap_since,
        gap_until=run.connection.gap_until,
        values_are_hidden=not sight.sees_people,
        undo=undo,
        can_undo=not undo.why_not and actor.may(Permission.MANAGE_INTEGRATION),
    )


def _shown(run: Run, show: str) -> QuerySet[Step]:
    rows = Step.objects.filter(account_id=run.account_id, run=run)
    if show in [kind.value for kind in ItemKind]:
        return rows.filter(item=show)
    if show in [status.value for status in StepStatus]:
        return rows.filter(status=show, item=ItemKind.STEP.value)
    return rows.exclude(item__in=QUIET)


def _count_shown(counts: Mapping[str, int], show: str) -> int:
    """Return how many lines `_shown` leads to, from counts that are known already."""
    kinds = [kind.value for kind in ItemKind]
    if show in kinds:
        return counts.get(show, 0)
    if show in [status.value for status in StepStatus]:
        return counts.get(f"{ItemKind.STEP.value}_{show}", 0)
    return sum(counts.get(kind, 0) for kind in kinds if kind not in QUIET)


def _has_written(counts: Mapping[str, int]) -> bool:
    return any(counts.get(f"{ItemKind.STEP.value}_{status}") for status in past_runs.MAY_BE_WRITTEN)


def _item_counts(run: Run) -> dict[str, int]:
    """Return how many lines of each kind, and how many steps in each status (`step_applied`...)."""
    rows = (
        Step.objects.filter(account_id=run.account_id, run=run).values_list("item", "status").annotate(Count("step_id"))
    )
    counts: dict[str, int] = {}
    for item, status, count in rows:
        counts[item] = counts.get(item, 0) + count
        counts[f"{item}_{status}"] = count
    return counts


def _summary(run: Run) -> RunSummary:
    status = RunStatus(run.status)
    counts = {name: int(count) for name, count in run.counts.items()}
    return RunSummary(
        run_id=run.run_id,
        kind=run.kind,
        reach=run.reach,
        trigger=Trigger(run.trigger),
        status=status,
        title=run_title(run),
        sentence=words.stop_sentence(run.stop_code, run.counts) or _result_sentence(status, counts),
        created_at=run.created_at,
        finished_at=run.finished_at,
        counts=counts,
        undoes=run.undoes_id,
    )


def run_title(run: Run) -> str:
    """Return what a run is called."""
    if run.trigger == Trigger.GAP.value:
        return "Gap report"
    if run.undoes_id is not None:
        return "Undo of an earlier run"
    automatic = "Automatic " if run.trigger == Trigger.SCHEDULE.value else ""
    kind = words.KINDS.get(run.kind, run.kind)
    title = f"{automatic}{kind.lower()}" if automatic else kind
    return f"{title}: {words.REACHES.get(run.reach, run.reach)}"


def _result_sentence(status: RunStatus, counts: Mapping[str, int]) -> str:
    sentence = words.STATUSES[status]
    if status is not RunStatus.DONE:
        return sentence
    parts = [
        f"{counts[name]:,} {word}"
        for name, word in (
            ("applied", "done"),
            ("rejected", "refused"),
            ("unknown", "not confirmed"),
            ("skipped", "left"),
            ("conflict", "to decide"),
            ("problem", "to fix"),
        )
        if counts.get(name)
    ]
    return f"{sentence} {', '.join(parts)}." if parts else f"{sentence} Both sides agreed already."


def _item(row: Step, sight: Sight) -> RunItem:
    payload = items.payload_of(row)
    kind, status = ItemKind(row.item), StepStatus(row.status)
    said = what_was_said(row, payload)
    may_read = all(sight.may_read(field) for field in row.fields)
    return RunItem(
        step_id=row.step_id,
        position=row.position,
        kind=kind,
        target=row.target,
        verb=row.verb,
        employee_id=row.employee_id,
        xero_employee_id=row.xero_employee_id,
        person=payload.get("person", "") if sight.sees_people else words.HIDDEN,
        sentence=TO_MEND if kind is ItemKind.PROBLEM and not may_read else _sentence(row, payload, sight),
        changes=_changes(payload, sight),
        status=status,
        outcome=item_outcome(row, status, said),
        problem_field=str(payload.get("field", "")) if may_read else "",
        can_be_undone=row.can_be_undone,
        needs_decision=kind is ItemKind.STEP and row.outcome_code == doubts.UNCONFIRMED,
    )


def _sentence(row: Step, payload: Mapping[str, Any], sight: Sight) -> str:
    """Return what a line is about, with who did it where the actor may see people."""
    return words.with_who(item_sentence(row, payload), payload.get("by", "") if sight.sees_people else "")


def what_was_said(row: Step, payload: Mapping[str, Any]) -> str:
    """Return what a side answered. It may quote the value that it refused, so payroll's is left out for everybody."""
    if not PAYROLL_NAMES.isdisjoint(row.fields):
        return ""
    return " ".join(message for _, message in payload.get("said", []))


def item_outcome(row: Step, status: StepStatus, said: str) -> str:
    """Return how a line ended, in a sentence; `said` is what a side answered. "" where nothing is carried out."""
    if row.item not in (ItemKind.STEP.value, ItemKind.BIND.value, ItemKind.SETTLE.value):
        return ""
    sentence = words.outcome_sentence(status, row.outcome_code, said)
    if sentence.endswith(": "):
        sentence = f"{sentence.removesuffix(': ')}."
    if row.outcome_code == "xero_server_error":
        return f"{sentence} Sent: {_labels(row.fields)}."
    return sentence


VERBS = {
    "create": "Add to {side}",
    "update": "Update in {side}",
    "terminate": "End the employment in {side}",
    "reinstate": "Reinstate in {side}",
    "remove": "Move to the recycle bin in {side}",
}
SIDES = {Side.HR.value: "Tandem", Side.XERO.value: "Xero"}


def item_sentence(row: Step, payload: Mapping[str, Any]) -> str:
    """Return what a line is about, without anybody's name or values."""
    match row.item:
        case ItemKind.STEP.value:
            is_undo = row.verb == "update" and payload.get("step", {}).get("is_undo")
            sentence = "Put back in {side}" if is_undo else VERBS[row.verb]
            sentence = sentence.format(side=SIDES[row.target])
            return sentence if row.verb != "update" else f"{sentence}: {_labels(row.fields)}"
        case ItemKind.BIND.value:
            return words.MATCHES.get(row.reason_code, "Link the two records.")
        case ItemKind.SETTLE.value:
            return f"Both sides agree: {_labels(row.fields)}"
        case ItemKind.CONFLICT.value:
            return f"{_labels(row.fields)}: {words.CONFLICTS[ConflictReason(row.reason_code)]}"
        case ItemKind.PROPOSAL.value:
            return words.proposal_reason(row.reason_code)
        case _:
            return str(payload.get("sentence") or payload.get("message") or "")


def _labels(names: Iterable[str]) -> str:
    known = {field.value: field.label for field in SharedField}
    return ", ".join(known.get(name, name) for name in names)


def _changes(payload: Mapping[str, Any], sight: Sight) -> tuple[ChangeLine, ...]:
    if "step" in payload:
        step = step_from_json(payload["step"])
        return with_undo_notes(with_payroll_notes(change_lines(step.changes, sight), step), step)
    if "conflict" in payload:
        found = conflict_from_json(payload["conflict"])
        return change_lines([FieldChange(found.field, found.ours, found.theirs)], sight)
    return ()


def change_lines(changes: Iterable[FieldChange], sight: Sight) -> tuple[ChangeLine, ...]:
    """Return changes in words, each with its values where they may be read."""
    return tuple(change_line(change, may_see=sight.may_read(change.field.value)) for change in changes)


def change_line(change: FieldChange, *, may_see: bool) -> ChangeLine:
    """Return a change in words; to those who may not see it a value is hidden, and blank stays blank."""

    def print_value(value: FieldValue) -> str:
        text = words.value_in_words(value)
        return text if may_see or not text else words.HIDDEN

    note = words.BY_STANDING if change.by_standing else ""
    return ChangeLine(
        change.field.value, change.field.label, print_value(change.before), print_value(change.after), note
    )


@scoped_part
def list_runs(actor: Actor, *, limit: int = 25) -> list[RunSummary]:
    """Return the newest runs first."""
    actor.require(Permission.VIEW_INTEGRATION)
    rows = list(Run.objects.filter(account_id=actor.account_id).order_by("-created_at", "-run_id")[:limit])
    undone = past_runs.undone_among(actor.account_id, [run.run_id for run in rows])
    return [past_runs.marked(_summary(run), undone) for run in rows]


@scoped_part
def list_conflicts(actor: Actor) -> list[ConflictPage]:
    """Return the open conflicts, decided ones that no run has applied yet included."""
    actor.require(Permission.VIEW_INTEGRATION)
    rows = list(
        ConflictRow.objects.filter(account_id=actor.account_id, closed_at__isnull=True, **IN_USE).order_by(
            "decided_at", "opened_at", "conflict_id"
        )
    )
    sight = Sight.of(actor)
    names = names_of(actor, employee_ids=[row.employee_id for row in rows]) if sight.sees_people else {}
    return [_conflict(row, names.get(row.employee_id, words.HIDDEN), may_see=sight.may_read(row.field)) for row in rows]


def _conflict(row: ConflictRow, person: str, *, may_see: bool) -> ConflictPage:
    found = conflict_from_json(json.loads(snapshots.unseal_conflict(row)))
    shown: Callable[[FieldValue], str] = words.value_in_words if may_see else lambda _: words.HIDDEN
    return ConflictPage(
        conflict_id=row.conflict_id,
        employee_id=row.employee_id,
        person=person,
        field=row.field,
        label=found.field.label,
        last_agreed=shown(found.base) if found.has_base else "",
        ours=shown(found.ours),
        theirs=shown(found.theirs),
        reason=words.CONFLICTS[found.reason],
        opened_at=row.opened_at,
        decision=row.decision,
        decided_at=row.decided_at,
        run_id=row.run_id,
    )


def list_waiting_changes(actor: Actor, *, employee_id: UUID | None = None) -> list[WaitingChange]:
    """Return what an export would send, of everybody or of one person, from what Tandem knows; asks Xero nothing."""
    actor.require(Permission.VIEW_INTEGRATION)
    connection, preferences = _ground(actor)
    if connection is None or connection.imported_until is None or preferences.read_only:
        return []
    request = RunRequest(kind=RunKind.EXPORT, employee_id=employee_id)
    system = Actor.system(actor.account_id, because="waiting changes")
    with scope(actor.account_id):
        news = bindings.with_news(actor.account_id, connection.connection_id, employee_id=employee_id)
        held, _ = items.held_people(actor.account_id, connection.connection_id)
    if not news:
        return []
    snapshot = snapshots.take_of(system, connection, news, preferences=preferences)
    plan = snapshots.make_plan(snapshot, preferences, request)
    names = items.Names.of(snapshot)
    sight = Sight.of(actor)
    return [
        WaitingChange(
            employee_id=step.employee_id,
            person=names.name(step.employee_id, None) if sight.sees_people else words.HIDDEN,
            verb=step.verb.value,
            changes=change_lines(
                (change for change in step.changes if not same(change.field, change.before, change.after)), sight
            ),
        )
        for step in plan.steps
        if step.employee_id is not None and not (step.verb is Verb.CREATE and step.employee_id in held)
    ]


@scoped_part
def _ground(actor: Actor) -> tuple[Connection | None, Preferences]:
    preferences = get_preferences(actor).preferences
    return Connection.objects.filter(account_id=actor.account_id).first(), preferences


@scoped_part
def get_gap_report(actor: Actor) -> RunPage | None:
    """Return the two-way preview that waits since a reconnect, or None when no gap is open."""
    actor.require(Permission.VIEW_INTEGRATION)
    connection = Connection.objects.filter(account_id=actor.account_id).first()
    if connection is None or connection.gap_since is None:
        return None
    run = (
        Run.objects.select_related("connection")
        .filter(
            account_id=actor.account_id,
            connection=connection,
            trigger=Trigger.GAP.value,
            created_at__gte=connection.gap_until or connection.gap_since,
        )
        .order_by("-created_at")
        .first()
    )
    return _run_page(actor, run, page=1, show="") if run else None


@scoped_part
def sync_summary(actor: Actor) -> SyncSummary:
    """Return the few counts that home and the connection page show."""
    actor.require(Permission.VIEW_INTEGRATION)
    runs = list(
        Run.objects.filter(account_id=actor.account_id)
        .filter(Q(status__in=[status.value for status in ACTIVE]) | Q(finished_at__isnull=False))
        .order_by("-created_at")[:5]
    )
    active = next((run for run in runs if RunStatus(run.status).is_active), None)
    last = next((run for run in runs if run.status == RunStatus.DONE.value), None)
    connection = Connection.objects.filter(account_id=actor.account_id).first()
    return SyncSummary(
        open_conflicts=ConflictRow.objects.filter(
            account_id=actor.account_id, closed_at__isnull=True, decided_at__isnull=True, **IN_USE
        ).count(),
        open_proposals=MatchProposal.objects.filter(
            account_id=actor.account_id, decided_at__isnull=True, **IN_USE
        ).count(),
        linked_people=Binding.objects.filter(account_id=actor.account_id, **IN_USE).count(),
        active_run=_summary(active) if active else None,
        last_run=_summary(last) if last else None,
        gap_is_open=bool(connection and connection.gap_since),
    )
