"""The end of a seed: faults stop, access is there again, runs go on until quiet; then both sides agree, or a person is asked.

And when the person has answered every question, both sides agree.
"""

from collections.abc import Iterator

from tests.simulation import acts
from tests.simulation.book import Key
from tests.simulation.broken import Broken, Promise
from tests.simulation.fields import Side
from tests.simulation.judging import judge
from tests.simulation.stage import Stage

from tandem.kernel.errors import TandemError
from tandem.kernel.scoping import scope
from tandem.xero import facade
from tandem.xero.models import Step

MOST_ROUNDS = 14
WHOLE = "*"
#: Where Tandem leaves a difference alone and says so: people who have left, and what only a person may do.
NAMED_SKIPS = frozenset(
    {
        "terminated_in_xero",
        "not_current_in_hr",
        "rehire_by_hand",
        "terminated_not_imported",
        "home_email_remains",
        "cannot_clear_in_xero",
    }
)
ASKS = frozenset({"conflict", "problem", "proposal"})


def settle(stage: Stage) -> None:
    """Bring everything to rest and hold that nothing is left open that nobody was asked about."""
    stage.note("== everything that failed works again")
    stage.process.disarm()
    stage.sandbox.control("DELETE", "faults")
    acts.access_comes_back(stage)
    asked = _until_quiet(stage)
    _hold_agreed(stage, asked)
    if not _decide_everything(stage):
        return
    asked = _until_quiet(stage)
    _hold_agreed(stage, asked)
    if still := sorted(key for key, kind in asked.items() if kind in ("conflict", "proposal")):
        raise Broken(Promise.AGREED, f"decided, and asked again: {still}")


def _until_quiet(stage: Stage) -> dict[Key, str]:
    """Let time pass and people see to the connection until nothing is left to write; return what a person is asked."""
    why = ""
    for _ in range(MOST_ROUNDS):
        acts.it_is_reconnected(stage)
        acts.the_gap_report_is_approved(stage)
        stage.clock.advance(minutes=16)
        stage.work()
        judge(stage)
        why = _restless(stage)
        rows = [] if why else _preview(stage)
        writes = [f"{row.verb} {row.target} {row.fields}" for row in rows if row.item in ("step", "bind")]
        why = why or ", ".join(writes)
        if not why:
            return {key: row.item for row in rows if _is_question(row) for key in _keys(stage, row)}
    raise Broken(Promise.QUIET, f"still moving after {MOST_ROUNDS} rounds without a fault: {why}")


def _restless(stage: Stage) -> str:
    """Say what does not stand still yet, if anything."""
    summary = facade.sync_summary(stage.actor)
    health = facade.connection_summary(stage.actor).health
    reasons = {
        "a run is under way": summary.active_run is not None,
        "a gap is open": summary.gap_is_open,
        "a write has not landed": stage.has_late_writes(),
        f"the connection is {health.state.value}: {health.headline}": not health.is_green,
    }
    return ", ".join(reason for reason, holds in reasons.items() if holds)


def _preview(stage: Stage) -> list[Step]:
    """Return the lines of a preview of everything."""
    run_id = facade.preview_run(stage.actor, kind=facade.RunKind.BOTH, reach=facade.Reach.AUTHORITY)
    stage.work()
    page = facade.get_run(stage.actor, run_id)
    if page.summary.status is not facade.RunStatus.PLANNED:
        raise Broken(Promise.QUIET, f"a preview came to {page.summary.status.value} {page.stop_code}")
    with scope(stage.account_id):
        return list(Step.objects.filter(account_id=stage.account_id, run_id=run_id).order_by("position"))


def _is_question(row: Step) -> bool:
    return row.item in ASKS or (row.item == "skip" and row.reason_code in NAMED_SKIPS)


def _keys(stage: Stage, row: Step) -> Iterator[Key]:
    names = {str(employee_id): name for name, employee_id in stage.eyes.ids.items()}
    names |= {one["EmployeeID"]: f"{one['FirstName']} {one['LastName']}" for one in stage.eyes.people_there()}
    name = names.get(str(row.employee_id)) or names.get(str(row.xero_employee_id)) or ""
    fields = row.fields if row.fields and row.item in ("conflict", "skip") else [WHOLE]
    for field in fields:
        yield name, field


def _hold_agreed(stage: Stage, asked: dict[Key, str]) -> None:
    """Hold that each difference between the sides is one that a person is asked, or told, about."""
    seen = stage.eyes.look()
    for name, field in sorted(seen[Side.TANDEM].keys() | seen[Side.XERO].keys()):
        here, there = seen[Side.TANDEM].get((name, field)), seen[Side.XERO].get((name, field))
        if here != there and (name, field) not in asked and (name, WHOLE) not in asked:
            raise Broken(Promise.AGREED, f"{field} of {name}: Tandem {here!r}, Xero {there!r}, and nobody is asked")


def _decide_everything(stage: Stage) -> int:
    """Answer every question: conflicts, people who may be one, creations that Xero never confirmed; return how many."""
    conflicts = [one for one in facade.list_conflicts(stage.actor) if not one.decision]
    for one in sorted(conflicts, key=lambda one: (one.person, one.field)):
        acts.decide(stage, one)
    proposals = facade.list_proposals(stage.actor)
    for proposal in proposals:
        same = [likeness.employee_id for likeness in proposal.candidates if likeness.person == proposal.person]
        decision = facade.ProposalDecision.MATCH if same else facade.ProposalDecision.NEW_PERSON
        stage.note(f"a person decides about {proposal.person}: {decision.value}")
        chosen = same[0] if same else None
        facade.decide_proposal(stage.actor, proposal.proposal_id, decision=decision, employee_id=chosen)
    with scope(stage.account_id):
        unknown = list(Step.objects.filter(account_id=stage.account_id, verb="create", status="unknown"))
    here = {employee_id: name for name, employee_id in stage.eyes.ids.items()}
    there = {f"{row['FirstName']} {row['LastName']}" for row in stage.eyes.people_there()}
    for row in unknown:
        name = here[row.employee_id] if row.employee_id else ""
        stage.note(f"a person looks for {name} in Xero: {name in there}")
        try:
            facade.decide_unknown(stage.actor, row.step_id, send_again=name not in there)
        except TandemError as refused:
            stage.note(f"refused: {refused.code}")
    return len(conflicts) + len(proposals) + len(unknown)
