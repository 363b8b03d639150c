"""Approve a part of a preview: what is left out is named in the run, changes nothing, and is in the next plan again."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Max, QuerySet

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, NotFound, Problem
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped, scoped_part
from tandem.xero.mapping.fields import SharedField
from tandem.xero.matching.matching import Side
from tandem.xero.models import Run, Step
from tandem.xero.preferences.actions import get_preferences
from tandem.xero.sync import choosing, items, runs, words
from tandem.xero.sync.choosing import Choice, Planned, Tally
from tandem.xero.sync.pages import ItemKind, RunStatus, StepStatus
from tandem.xero.sync.plan import CALLS, Verb
from tandem.xero.sync.sight import Sight
from tandem.xero.sync.stored import step_as_json

NOT_APPROVED = "not_approved"
SIDES = frozenset(side.value for side in Side)
#: So many lines can be left out one by one; of a longer plan a part is chosen by rule.
MOST_LINES = 100
NOTHING = "Nothing is ticked that this run would do. Tick what may go ahead, or cancel the run."


@dataclass(frozen=True)
class ChoiceLine:
    """One step that can be left out by itself."""

    step_id: UUID
    person: str
    kind: str
    labels: str


@dataclass(frozen=True)
class ChoicePage:
    """What a part of a preview is chosen from; `lines` is empty where there are too many to choose one by one."""

    run_id: UUID
    tally: Tally
    planned: tuple[Planned, ...]
    lines: tuple[ChoiceLine, ...]


@scoped_part
def choice_page(actor: Actor, run_id: UUID) -> ChoicePage:
    """Return what there is to choose from of a run that waits for approval; raise RunMoved where it does not."""
    actor.require(Permission.MANAGE_INTEGRATION)
    run = _planned_run(actor, run_id)
    planned = _planned(run)
    rows = _steps(run)[:MOST_LINES] if len(planned) <= MOST_LINES else []
    sight = Sight.of(actor)
    lines = tuple(
        ChoiceLine(
            row.step_id,
            items.payload_of(row).get("person", "") if sight.sees_people else words.HIDDEN,
            f"{row.target}_{row.verb}",
            ", ".join(SharedField(name).label for name in row.fields),
        )
        for row in rows
    )
    return ChoicePage(run_id, choosing.tally(planned), planned, lines)


@scoped
def approve_part(actor: Actor, run_id: UUID, choice: Choice) -> None:
    """Let the chosen part of a planned run go ahead; links and what both sides agree on go in any case. Raise Invalid."""
    actor.require(Permission.MANAGE_INTEGRATION)
    run = _planned_run(actor, run_id)
    planned = _planned(run)
    if not choosing.outcome(planned, choice).going:
        raise Invalid(Problem("", NOTHING))
    left = {one.step_id: fields for one in planned if (fields := choosing.fields_left(one, choice))}
    _leave(run, left)
    _count_anew(run)
    runs.approve_run(actor, run_id)


def is_automatic(actor: Actor) -> bool:
    """Say whether what is left out may be carried by a run of its own."""
    chosen = get_preferences(actor).preferences
    return chosen.auto_import or chosen.auto_export


def _planned_run(actor: Actor, run_id: UUID) -> Run:
    run = Run.objects.select_for_update().filter(account_id=actor.account_id, run_id=run_id).first()
    if run is None:
        raise NotFound("There is no such run in this account.")
    if run.status != RunStatus.PLANNED.value:
        raise runs.RunMoved
    return run


def _steps(run: Run) -> QuerySet[Step]:
    rows = Step.objects.filter(account_id=run.account_id, run=run, item=ItemKind.STEP.value)
    return rows.filter(status=StepStatus.PLANNED.value).order_by("position")


def _planned(run: Run) -> tuple[Planned, ...]:
    rows = _steps(run).values_list("step_id", "target", "verb", "fields")
    return tuple(
        Planned(step_id, f"{target}_{verb}", tuple(SharedField(name) for name in names))
        for step_id, target, verb, names in rows
    )


def _leave(run: Run, left: Mapping[UUID, frozenset[SharedField]]) -> None:
    """Leave steps whole, or take fields out of them and name these in a line of their own."""
    rows = list(_steps(run).filter(step_id__in=list(left)))
    whole = [row.step_id for row in rows if left[row.step_id] >= {SharedField(name) for name in row.fields}]
    Step.objects.filter(account_id=run.account_id, step_id__in=whole).update(
        status=StepStatus.SKIPPED.value, outcome_code=NOT_APPROVED, outcome_at=clock.now()
    )
    parted = [row for row in rows if row.step_id not in set(whole)]
    last = Step.objects.filter(account_id=run.account_id, run=run).aggregate(last=Max("position"))["last"] or 0
    named = [_part(row, left[row.step_id], position) for position, row in enumerate(parted, last + 1)]
    Step.objects.bulk_update(parted, ["payload", "fields"], batch_size=items.WRITE_SIZE)
    Step.objects.bulk_create(named, batch_size=items.WRITE_SIZE)


def _part(row: Step, left: frozenset[SharedField], position: int) -> Step:
    """Take fields out of a step, and return the line that names them."""
    payload = items.payload_of(row)
    before = items.planned_step(row)
    after = choosing.without(before, left)
    items.reseal(row, {**payload, "step": step_as_json(after)})
    row.fields = list(after.field_names)
    gone = [change.field for change in before.changes if change not in after.changes]
    labels = ", ".join(field.label for field in gone)
    line = items.Line(
        ItemKind.SKIP,
        {"person": payload.get("person", ""), "sentence": f"{labels}: {words.OUTCOMES[NOT_APPROVED]}", "by": ""},
        employee_id=row.employee_id,
        xero_employee_id=row.xero_employee_id,
        fields=tuple(field.value for field in gone),
        reason=NOT_APPROVED,
    )
    return items.as_row(row.account_id, row.run_id, position, line)


def _count_anew(run: Run) -> None:
    """Let the run's counts, and the calls it is to cost, be those of what goes ahead."""
    rows = list(_steps(run).values_list("target", "verb", "can_be_undone"))
    kinds = Counter(f"{target}_{verb}" for target, verb, _ in rows)
    kept = {name: count for name, count in run.counts.items() if name.partition("_")[0] not in SIDES}
    run.counts = {**kept, **kinds, "step": len(rows), "irreversible": sum(not undoable for *_, undoable in rows)}
    run.estimated_calls = sum(CALLS[Verb(verb)] for target, verb, _ in rows if target == Side.XERO.value)
    run.save(update_fields=["counts", "estimated_calls"])
