"""Begin a drill, do its next step, clean up after it, and look back at drills (docs/adr/0027-a-drill-touches-nothing.md).

One call does one step: what it saw is committed before the next begins, so that a page shows the drill as it goes and a
crash leaves a drill that says where it was cut off.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, NotFound, Problem, TandemError
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import durable_scope, scoped, scoped_part
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.xero.client import simulator, transport
from tandem.xero.client.simulator import NoSimulator
from tandem.xero.drill import acting, telling
from tandem.xero.drill.link import Ground
from tandem.xero.drill.steps import Outcome, Standing, Step, StepRecord, next_step, noticed_after, outcome_of, standing
from tandem.xero.models.drill import Drill

TIME_LIMIT = timedelta(seconds=25)
SHOWN = 20
ONE_AT_A_TIME = "A drill is open already. Finish it, or clean up after it, before you begin another."


@dataclass(frozen=True)
class DrillRecord:
    """One drill as people see it; `next_step` is what the next press or call does."""

    drill_id: UUID
    by_user_id: UUID | None
    tells_others: bool
    started_at: datetime
    ended_at: datetime | None
    outcome: Outcome | None
    standing: Standing
    steps: tuple[StepRecord, ...]
    next_step: Step | None

    @property
    def noticed_after(self) -> float | None:
        """Return the seconds from the break to the refusal that showed it."""
        return noticed_after(self.steps)

    def seen(self, step: Step) -> Mapping[str, Any]:
        """Return what a step saw, or nothing where it was not done."""
        return next((one.facts for one in self.steps if one.step is step), {})


def start_drill(actor: Actor, *, tells_others: bool = False) -> DrillRecord:
    """Begin a drill; raise NoSimulator where there is none to rehearse on, Invalid while another is open."""
    actor.require(Permission.MANAGE_INTEGRATION)
    _check_simulator()
    drill = Drill(
        drill_id=uuid4(),
        account_id=actor.account_id,
        scope_id=uuid4(),
        by_user_id=actor.user_id,
        tells_others=tells_others,
        started_at=clock.now(),
    )
    return _begun(actor, drill)


def _check_simulator() -> None:
    try:
        with transport.within(TIME_LIMIT):
            found = simulator.is_simulator()
    except TandemError as error:
        raise NoSimulator from error
    if not found:
        raise NoSimulator


@scoped
def _begun(actor: Actor, drill: Drill) -> DrillRecord:
    try:
        with transaction.atomic():
            drill.save(force_insert=True)
    except IntegrityError:
        raise Invalid(Problem("", ONE_AT_A_TIME)) from None
    _note(actor, Event.DRILL_STARTED, drill)
    return _as_record(drill)


def advance_drill(actor: Actor, *, drill_id: UUID, pressed: bool = False) -> DrillRecord:
    """Do the next step, unless it waits for a press, another call is at it, or the drill cannot go on."""
    actor.require(Permission.MANAGE_INTEGRATION)
    drill, step = _claimed(actor, drill_id, pressed=pressed)
    return get_drill(actor, drill_id=drill_id) if step is None else _done(actor, drill, step)


def _claimed(actor: Actor, drill_id: UUID, *, pressed: bool) -> tuple[Drill, Step | None]:
    """Take the next step for this call alone; committed before anything is sent."""
    with durable_scope(actor.account_id):
        drill = _locked(actor, drill_id)
        seen = _as_record(drill)
        may_go = seen.standing is Standing.MOVING or (seen.standing is Standing.YOUR_TURN and pressed)
        if may_go:
            drill.working_since = clock.now()
            drill.save(update_fields=["working_since"])
        return drill, seen.next_step if may_go else None


def _done(actor: Actor, drill: Drill, step: Step) -> DrillRecord:
    """Do a step, write down what it saw, and clean up at once where it failed."""
    entry = _tried(drill, step)
    after = _written(actor, drill.drill_id, entry)
    if entry.outcome is Outcome.FAILED:
        return _cleaned(actor, drill)
    return after


def _tried(drill: Drill, step: Step) -> StepRecord:
    began_at = clock.now()
    try:
        with transport.within(TIME_LIMIT):
            outcome, facts = Outcome.DONE, _act(drill, step)
    except TandemError as error:
        outcome, facts = Outcome.FAILED, {"code": error.code, "problem": error.public_message}
    return StepRecord(step, outcome, began_at, clock.now(), facts)


def _act(drill: Drill, step: Step) -> Mapping[str, Any]:
    records = _records(drill)
    if step is Step.TELL:
        noticed = next(one.facts for one in records if one.step is Step.NOTICE)
        return telling.tell(drill, seen=noticed)
    seen = acting.ACTS[step](Ground(drill.account_id, drill.scope_id))
    if step is Step.NOTICE:
        broken_at = next(one.ended_at for one in records if one.step is Step.BREAK)
        seconds = (datetime.fromisoformat(seen["refused_at"]) - broken_at).total_seconds()
        return {**seen, "seconds": round(seconds, 3)}
    return seen


@scoped
def _written(actor: Actor, drill_id: UUID, entry: StepRecord) -> DrillRecord:
    drill = _locked(actor, drill_id)
    if drill.ended_at is not None:
        return _as_record(drill)
    drill.steps, drill.working_since = [*drill.steps, entry.as_json()], None
    records = _records(drill)
    is_over = entry.step is Step.CLEAN_UP or (entry.outcome is Outcome.DONE and next_step(records) is None)
    if is_over:
        drill.ended_at, drill.outcome = clock.now(), outcome_of(records).value
        _note(actor, Event.DRILL_ENDED, drill)
    drill.save(update_fields=["steps", "working_since", "ended_at", "outcome"])
    return _as_record(drill)


def clean_up_drill(actor: Actor, *, drill_id: UUID) -> DrillRecord:
    """End a drill that was interrupted, and remove what is left of its link; raise Invalid while it goes on."""
    actor.require(Permission.MANAGE_INTEGRATION)
    with durable_scope(actor.account_id):
        drill = _locked(actor, drill_id)
        where = _as_record(drill).standing
        if where is Standing.ENDED:
            return _as_record(drill)
        if where is Standing.WORKING:
            raise Invalid(Problem("", "A step of this drill is being done. Wait a minute, then try again."))
        drill.working_since = clock.now()
        drill.save(update_fields=["working_since"])
    return _cleaned(actor, drill)


def clean_up_left(actor: Actor) -> int:
    """Clean up after drills that were interrupted and that nobody came back to; return how many."""
    left = [one for one in list_drills(actor) if one.standing is Standing.INTERRUPTED]
    for one in left:
        clean_up_drill(actor, drill_id=one.drill_id)
    return len(left)


def _cleaned(actor: Actor, drill: Drill) -> DrillRecord:
    return _written(actor, drill.drill_id, _tried(drill, Step.CLEAN_UP))


@scoped_part
def get_drill(actor: Actor, *, drill_id: UUID) -> DrillRecord:
    """Return one drill; raise NotFound."""
    actor.require(Permission.MANAGE_INTEGRATION)
    drill = Drill.objects.filter(account_id=actor.account_id, drill_id=drill_id).first()
    if drill is None:
        raise NotFound
    return _as_record(drill)


@scoped_part
def list_drills(actor: Actor, *, limit: int = SHOWN) -> list[DrillRecord]:
    """Return the newest drills first."""
    actor.require(Permission.MANAGE_INTEGRATION)
    rows = Drill.objects.filter(account_id=actor.account_id).order_by("-started_at")
    return [_as_record(row) for row in rows[:limit]]


def _locked(actor: Actor, drill_id: UUID) -> Drill:
    drill = Drill.objects.select_for_update().filter(account_id=actor.account_id, drill_id=drill_id).first()
    if drill is None:
        raise NotFound
    return drill


def _records(drill: Drill) -> tuple[StepRecord, ...]:
    return tuple(StepRecord.read(one) for one in drill.steps)


def _as_record(drill: Drill) -> DrillRecord:
    records = _records(drill)
    where = standing(
        records,
        now=clock.now(),
        started_at=drill.started_at,
        working_since=drill.working_since,
        ended_at=drill.ended_at,
    )
    entry = next_step(records) if where is not Standing.ENDED else None
    return DrillRecord(
        drill_id=drill.drill_id,
        by_user_id=drill.by_user_id,
        tells_others=drill.tells_others,
        started_at=drill.started_at,
        ended_at=drill.ended_at,
        outcome=Outcome(drill.outcome) if drill.outcome else None,
        standing=where,
        steps=records,
        next_step=entry.step if entry else None,
    )


def _note(actor: Actor, event: Event, drill: Drill) -> None:
    facts = {"outcome": drill.outcome} if drill.outcome else {}
    record(actor, event, subject_kind="drill", subject_id=drill.drill_id, facts=facts)
