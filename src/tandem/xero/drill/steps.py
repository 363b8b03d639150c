"""What a drill does, step by step, as data; and what its record amounts to. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any


class Step(StrEnum):
    """One step. Values are stored: never rename one."""

    MAKE = "make"
    CONNECT = "connect"
    PROVE = "prove"
    BREAK = "break"
    NOTICE = "notice"
    TELL = "tell"
    RECONNECT = "reconnect"
    PROVE_AGAIN = "prove_again"
    REMOVE = "remove"
    PROVE_GONE = "prove_gone"
    CLEAN_UP = "clean_up"


class Outcome(StrEnum):
    """How a step, or a whole drill, ended."""

    DONE = "done"
    PASSED = "passed"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class Standing(StrEnum):
    """Where a drill stands for whoever looks at it now."""

    MOVING = "moving"
    WORKING = "working"
    YOUR_TURN = "your_turn"
    INTERRUPTED = "interrupted"
    ENDED = "ended"


@dataclass(frozen=True)
class StepEntry:
    """One step of the plan: what it is called, what it does, and whether a person presses a button for it."""

    step: Step
    title: str
    about: str
    is_pressed: bool = False


#: The order of a drill. CLEAN_UP stands outside it: it ends one that cannot go on.
PLAN: tuple[StepEntry, ...] = (
    StepEntry(Step.MAKE, "Make a throw-away organisation", "In the simulator, with two made-up people."),
    StepEntry(Step.CONNECT, "Connect", "The first of them authorises the throw-away link."),
    StepEntry(Step.PROVE, "Prove it", "Sign-in, organisation, payroll and data, each with Tandem's own calls."),
    StepEntry(Step.BREAK, "Break it", "The simulator takes the first person's payroll access away."),
    StepEntry(Step.NOTICE, "Notice", "Tandem makes its next call and finds out why it is refused."),
    StepEntry(Step.TELL, "Tell people", "The letter that such a break would send."),
    StepEntry(
        Step.RECONNECT, "Reconnect", "One press: the second person authorises the same organisation.", is_pressed=True
    ),
    StepEntry(Step.PROVE_AGAIN, "Prove it again", "The new authorisation has to pass the same four proofs."),
    StepEntry(Step.REMOVE, "Remove the link", "Both connections are deleted, the list read back, the tokens revoked."),
    StepEntry(Step.PROVE_GONE, "Prove that it is gone", "The dead tokens are tried, and nothing is left stored."),
)
ENTRIES: Mapping[Step, StepEntry] = {entry.step: entry for entry in PLAN}
#: A step that takes longer than this was cut off: each is a few calls with a time limit.
STALLED = timedelta(seconds=60)
#: A drill that nobody went on with for this long is taken for left.
LEFT = timedelta(minutes=30)


@dataclass(frozen=True)
class StepRecord:
    """One step that was done or tried: when, for how long, how it ended, and what was seen."""

    step: Step
    outcome: Outcome
    began_at: datetime
    ended_at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """Return how long it took."""
        return (self.ended_at - self.began_at).total_seconds()

    def as_json(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return {
            "step": self.step.value,
            "outcome": self.outcome.value,
            "began_at": self.began_at.isoformat(),
            "ended_at": self.ended_at.isoformat(),
            "facts": dict(self.facts),
        }

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "StepRecord":
        """Make it from what is stored."""
        return cls(
            Step(stored["step"]),
            Outcome(stored["outcome"]),
            datetime.fromisoformat(stored["began_at"]),
            datetime.fromisoformat(stored["ended_at"]),
            stored["facts"],
        )


def next_step(records: Sequence[StepRecord]) -> StepEntry | None:
    """Return what comes next; None when everything is done, or a step failed."""
    if any(record.outcome is not Outcome.DONE for record in records):
        return None
    done = {record.step for record in records}
    return next((entry for entry in PLAN if entry.step not in done), None)


def standing(
    records: Sequence[StepRecord],
    *,
    now: datetime,
    started_at: datetime,
    working_since: datetime | None,
    ended_at: datetime | None,
) -> Standing:
    """Return where a drill stands: one whose step was cut off, or that nobody went on with, is interrupted."""
    if ended_at is not None:
        return Standing.ENDED
    if working_since is not None:
        return Standing.INTERRUPTED if now - working_since > STALLED else Standing.WORKING
    entry = next_step(records)
    last = records[-1].ended_at if records else started_at
    if entry is None or now - last > LEFT:
        return Standing.INTERRUPTED
    return Standing.YOUR_TURN if entry.is_pressed else Standing.MOVING


def noticed_after(records: Sequence[StepRecord]) -> float | None:
    """Return the seconds from the break to the refusal that showed it."""
    found = next((record for record in records if record.step is Step.NOTICE), None)
    return found.facts.get("seconds") if found else None


def outcome_of(records: Sequence[StepRecord]) -> Outcome:
    """Return how a drill ended whose last step is recorded: passed only when each step of the plan was done."""
    done = {record.step for record in records if record.outcome is Outcome.DONE}
    if all(entry.step in done for entry in PLAN):
        return Outcome.PASSED
    has_failed = any(record.outcome is Outcome.FAILED and record.step is not Step.CLEAN_UP for record in records)
    return Outcome.FAILED if has_failed else Outcome.INTERRUPTED
