"""Put a plan away: its lines, conflicts and proposals, and the run's counts. What is stored here is what is executed."""

from collections.abc import Collection, Mapping
from uuid import UUID

from tandem.kernel import clock
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.xero.models import Run
from tandem.xero.sync import bindings, conflicts, held_runs, items, past_runs, planner, proposals
from tandem.xero.sync.desk import Desk
from tandem.xero.sync.holding import HELD, Hold, as_counts, holds_of
from tandem.xero.sync.pages import RunStatus
from tandem.xero.sync.plan import Plan, Verb
from tandem.xero.sync.plan import Step as PlannedStep
from tandem.xero.sync.records import Snapshot

People = tuple[set[UUID], set[UUID]]


def store_plan(desk: Desk, snapshot: Snapshot, plan: Plan, *, goes_on: bool) -> RunStatus:
    """Write the plan and move the run on; return where it stands. Inside the account's scope, in one transaction.

    A run that would go on by itself waits for a person where one of the account's own rules says so.
    """
    account_id = desk.account_id
    held = items.held_people(account_id, desk.connection_id)
    unconfirmed = items.unconfirmed_creates(account_id, desk.connection_id)
    counts = items.store(
        account_id, desk.run_id, items.lines(plan, items.Names.of(snapshot), held=held, unconfirmed=unconfirmed)
    )
    bindings.note_quiet(account_id, desk.connection_id, planner.quiet(snapshot, plan))
    conflicts.note(desk.actor, desk.connection_id, desk.run_id, plan.conflicts)
    if desk.employee_id is None and desk.undoes is None:
        proposals.note(desk.actor, desk.connection_id, plan.proposals, snapshot.theirs)
    going = [step for step in plan.steps if not _is_left(step, held, unconfirmed)]
    holds = holds_of(going, desk.preferences) if goes_on else {}
    run = _moved_on(desk, plan, holds, status=RunStatus.RUNNING if goes_on and not holds else RunStatus.PLANNED)
    people = max(len(snapshot.ours), len(snapshot.theirs))
    skips = {f"skip_{reason.value}": count for reason, count in plan.skip_counts.items()}
    run.counts = {**counts, **skips, **as_counts(holds), "people": people}
    run.save()
    _tell(desk, run, counts)
    if goes_on:
        held_runs.note(desk.actor, run, holds)
    return RunStatus(run.status)


def _is_left(step: PlannedStep, held: People, unconfirmed: Collection[UUID]) -> bool:
    """Say whether a step is a line to fix, since nobody may be added before a person has looked."""
    if step.verb is not Verb.CREATE:
        return False
    return step.employee_id in unconfirmed or step.employee_id in held[0] or step.xero_employee_id in held[1]


def _moved_on(desk: Desk, plan: Plan, holds: Mapping[Hold, int], *, status: RunStatus) -> Run:
    run = (
        Run.objects.select_for_update(of=("self",))
        .select_related("connection")
        .get(account_id=desk.account_id, run_id=desk.run_id)
    )
    run.status, run.fingerprint = status.value, items.fingerprint_of(desk.account_id, plan)
    run.preferences_version, run.estimated_calls = desk.preferences_version, plan.estimated_calls
    run.stop_code = HELD if holds else ""
    if status is RunStatus.RUNNING:
        run.started_at = clock.now()
    return run


def _tell(desk: Desk, run: Run, counts: Mapping[str, int]) -> None:
    facts = {"kind": desk.kind.value, "steps": counts["step"], "conflicts": counts["conflict"], **past_runs.told(run)}
    event = Event.RUN_STARTED if run.status == RunStatus.RUNNING.value else Event.RUN_PREVIEWED
    record(desk.actor, event, subject_kind="run", subject_id=desk.run_id, facts=facts)
