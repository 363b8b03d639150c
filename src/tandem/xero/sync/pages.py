"""What the sync side of the facade returns: frozen values, ready to print. No Django."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tandem.xero.matching.comparing import Agreement


class Reach(StrEnum):
    """How far a run goes: what changed, as the authority says, everything, or one person."""

    AUTHORITY = "authority"
    CHANGED = "changed"
    EVERYTHING = "everything"
    PERSON = "person"


class RunStatus(StrEnum):
    """Where a run is. Values are stored: never rename one."""

    READING = "reading"
    PLANNED = "planned"
    APPROVED = "approved"
    RUNNING = "running"
    PARKED = "parked"
    DONE = "done"
    FAILED = "failed"
    STALE = "stale"
    CANCELLED = "cancelled"

    @property
    def is_active(self) -> bool:
        """Say whether the run holds the connection's one place."""
        return self in ACTIVE

    @property
    def is_over(self) -> bool:
        """Say whether nothing will happen in this run any more."""
        return self in (RunStatus.DONE, RunStatus.FAILED, RunStatus.STALE, RunStatus.CANCELLED)


ACTIVE = frozenset({RunStatus.READING, RunStatus.APPROVED, RunStatus.RUNNING, RunStatus.PARKED})


class Trigger(StrEnum):
    """Who or what asked for a run."""

    PERSON = "person"
    SCHEDULE = "schedule"
    GAP = "gap"


class ItemKind(StrEnum):
    """What one line of a plan is."""

    BIND = "bind"
    STEP = "step"
    CONFLICT = "conflict"
    PROBLEM = "problem"
    PROPOSAL = "proposal"
    SKIP = "skip"
    SETTLE = "settle"


class StepStatus(StrEnum):
    """How far one line got. Values are stored: never rename one."""

    PLANNED = "planned"
    INTENDED = "intended"
    APPLIED = "applied"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class ChangeLine:
    """One field, before and after, in the words a person reads; "" is blank. `note` says what else there is to know."""

    field: str
    label: str
    before: str
    after: str
    note: str = ""


@dataclass(frozen=True)
class RunItem:
    """One line of a run: who, what, and how it went. `sentence` says it whole; `changes` are for the diff table."""

    step_id: UUID
    position: int
    kind: ItemKind
    target: str
    verb: str
    employee_id: UUID | None
    xero_employee_id: UUID | None
    person: str
    sentence: str
    changes: tuple[ChangeLine, ...]
    status: StepStatus
    outcome: str
    problem_field: str
    can_be_undone: bool
    needs_decision: bool = False


@dataclass(frozen=True)
class Progress:
    """How much is done; `remaining_seconds` and `ends_at` are an estimate, None while nothing can be said."""

    phase: str
    done: int
    total: int
    remaining_seconds: int | None
    ends_at: datetime | None = None


@dataclass(frozen=True)
class RunSummary:
    """One row of the run history."""

    run_id: UUID
    kind: str
    reach: str
    trigger: Trigger
    status: RunStatus
    title: str
    sentence: str
    created_at: datetime
    finished_at: datetime | None
    counts: dict[str, int]
    undoes: UUID | None = None


@dataclass(frozen=True)
class UndoStanding:
    """Which run this one takes back, which one takes it back, and why it cannot be undone ("" where it can)."""

    undoes: UUID | None = None
    undone_by: UUID | None = None
    why_not: str = ""


NOT_ASKED = UndoStanding()


@dataclass(frozen=True)
class RunPage:
    """Everything the page of one run shows. `items` is one page of the plan's lines."""

    summary: RunSummary
    progress: Progress
    items: tuple[RunItem, ...]
    item_counts: dict[str, int]
    page: int
    pages: int
    estimated_calls: int
    estimated_seconds: int
    estimated_days: int
    estimated_end: datetime
    irreversible: int
    stop_code: str
    stop_sentence: str
    resume_at: datetime | None
    can_approve: bool
    can_cancel: bool
    can_preview_again: bool
    is_gap_report: bool
    gap_since: datetime | None
    gap_until: datetime | None
    values_are_hidden: bool
    undo: UndoStanding = NOT_ASKED
    can_undo: bool = False

    @property
    def is_moving(self) -> bool:
        """Say whether the page should ask again by itself."""
        return self.summary.status.is_active


@dataclass(frozen=True)
class HistoryFilter:
    """Which lines of the history are asked for; blank and None ask for all. `since` counts in, `before` does not."""

    employee_id: UUID | None = None
    since: datetime | None = None
    before: datetime | None = None
    target: str = ""
    field: str = ""
    status: StepStatus | None = None


@dataclass(frozen=True)
class HistoryLine:
    """What one run did to one person: when, on which side, what, how it ended. `target` is the side that was written to.

    `employee_id` is None for those who may not see people. `by_user_id` is who approved the run, or asked for it; None when
    Tandem did by itself. `values_are_gone` once the values have died with the undo window: the fields' names stay.
    """

    step_id: UUID
    at: datetime
    employee_id: UUID | None
    person: str
    target: str
    sentence: str
    fields: tuple[str, ...]
    changes: tuple[ChangeLine, ...]
    values_are_gone: bool
    status: StepStatus
    outcome: str
    run_id: UUID
    run_title: str
    by_user_id: UUID | None


@dataclass(frozen=True)
class HistoryPage:
    """One page of the history, and where it lies in the whole."""

    lines: tuple[HistoryLine, ...]
    number: int
    pages: int
    total: int
    first: int
    last: int


@dataclass(frozen=True)
class ConflictPage:
    """One field that both sides changed: the last agreed value and both new ones, in words."""

    conflict_id: UUID
    employee_id: UUID
    person: str
    field: str
    label: str
    last_agreed: str
    ours: str
    theirs: str
    reason: str
    opened_at: datetime
    decision: str
    decided_at: datetime | None
    run_id: UUID | None


@dataclass(frozen=True)
class ComparedLine:
    """One field of two records side by side, in words; "" is blank."""

    label: str
    ours: str
    theirs: str
    agreement: Agreement


@dataclass(frozen=True)
class Likeness:
    """One of ours who may be the person in Xero; `obstacle` says why the two cannot be linked now, "" where they can."""

    employee_id: UUID
    person: str
    employee_number: str
    lines: tuple[ComparedLine, ...]
    obstacle: str

    def count(self, agreement: Agreement) -> int:
        """Return how many fields stand to each other so."""
        return sum(line.agreement is agreement for line in self.lines)


@dataclass(frozen=True)
class ProposalPage:
    """A Xero person that may be one of ours. The candidates are empty for those who may not see people."""

    proposal_id: UUID
    xero_employee_id: UUID
    person: str
    reason: str
    candidates: tuple[Likeness, ...]
    opened_at: datetime


@dataclass(frozen=True)
class ReviewPage:
    """One page of the review list; `total` counts everybody who waits."""

    proposals: tuple[ProposalPage, ...]
    number: int
    pages: int
    total: int


@dataclass(frozen=True)
class DecidedPage:
    """What somebody decided about a Xero person and some of ours, which can be asked again."""

    proposal_id: UUID
    person: str
    candidates: tuple[str, ...]
    decision: str
    sentence: str
    decided_at: datetime
    by_user_id: UUID | None


@dataclass(frozen=True)
class MatchPage:
    """A pair that is linked, how it came to be and when, and when the whole record was last read from Xero."""

    binding_id: UUID
    employee_id: UUID
    xero_employee_id: UUID
    person: str
    matched_by: str
    sentence: str
    bound_at: datetime
    read_at: datetime | None


@dataclass(frozen=True)
class WaitingChange:
    """One person whose changes have not reached Xero yet, from local data alone."""

    employee_id: UUID
    person: str
    verb: str
    changes: tuple[ChangeLine, ...]


@dataclass(frozen=True)
class SyncSummary:
    """What home and the connection page show of the sync at a glance."""

    open_conflicts: int
    open_proposals: int
    linked_people: int
    active_run: RunSummary | None
    last_run: RunSummary | None
    gap_is_open: bool
