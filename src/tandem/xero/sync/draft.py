"""A plan in the making: what the planner's parts need to know, and where they put what they find. Pure."""

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from uuid import UUID
from zoneinfo import ZoneInfo

from tandem.kernel.errors import Problem
from tandem.people.records import EmployeeRecord
from tandem.xero.client.wire import TERMINATED
from tandem.xero.mapping.employee import XeroEmployee
from tandem.xero.mapping.fields import FieldValue, SharedField, Termination
from tandem.xero.mapping.values import same
from tandem.xero.matching.matching import Match, Proposal, Side
from tandem.xero.sync.plan import Conflict, Plan, ProblemToFix, Settlement, Skip, SkipReason, Step
from tandem.xero.sync.preferences import Authority, Preferences
from tandem.xero.sync.records import Decision, ImportScope, RunKind, RunRequest, Snapshot


@dataclass(frozen=True)
class Context:
    """Everything a decision may depend on."""

    snapshot: Snapshot
    preferences: Preferences
    request: RunRequest
    now: datetime

    @property
    def writes_hr(self) -> bool:
        """Say whether this run may change Tandem."""
        return self.request.kind in (RunKind.IMPORT, RunKind.BOTH)

    @property
    def writes_xero(self) -> bool:
        """Say whether this run may change Xero."""
        return self.request.kind in (RunKind.EXPORT, RunKind.BOTH)

    @cached_property
    def today(self) -> date:
        """Return the day it is in the organisation's time zone."""
        return self.now.astimezone(ZoneInfo(self.snapshot.time_zone)).date()

    @cached_property
    def decisions(self) -> dict[tuple[UUID, SharedField], Decision]:
        """Return what people decided, by person and field; the last one holds."""
        return {(decision.employee_id, decision.field): decision for decision in self.snapshot.decisions}

    def decided(self, employee_id: UUID, field: SharedField, *, ours: FieldValue, theirs: FieldValue) -> Side | None:
        """Return the side a person chose, if both values are still those they saw."""
        decision = self.decisions.get((employee_id, field))
        if decision and same(field, decision.ours, ours) and same(field, decision.theirs, theirs):
            return decision.keep
        return None

    def standing(self, employee_id: UUID, field: SharedField) -> Side | None:
        """Return the side that is always kept for a field; a conflict that was left open waits for its own decision."""
        if (employee_id, field) in self.snapshot.left_open:
            return None
        return self.preferences.standing.get(field)

    def authority(self, field: SharedField) -> Authority:
        """Return who wins a clash; two kinds of manual import let Xero win whatever was chosen (sync design)."""
        if self.request.kind is RunKind.IMPORT and self.request.scope is not ImportScope.PER_AUTHORITY:
            return Authority.XERO
        return self.preferences.authority_of(field.group)

    def has_left(self, termination: FieldValue, status: str = "") -> bool:
        """Say whether an employment is over: the last day lies behind, or Xero says terminated and gives none."""
        if isinstance(termination, Termination):
            return termination.on < self.today
        return status == TERMINATED

    def concerns(self, employee_id: UUID | None, xero_employee_id: UUID | None) -> bool:
        """Say whether a run for one person is about this one."""
        wanted = self.request
        if wanted.employee_id is None and wanted.xero_employee_id is None:
            return True
        return (employee_id is not None and wanted.employee_id == employee_id) or (
            xero_employee_id is not None and wanted.xero_employee_id == xero_employee_id
        )


@dataclass
class Draft:
    """Lists that grow; frozen into a Plan at the end."""

    new_bindings: list[Match] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    problems: list[ProblemToFix] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)
    skips: list[Skip] = field(default_factory=list)
    settlements: list[Settlement] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Return how much has been said so far."""
        return sum(len(found) for found in (self.steps, self.conflicts, self.problems, self.skips, self.settlements))

    def freeze(self, request: RunRequest, made_at: datetime) -> Plan:
        """Return the finished plan."""
        return Plan(
            request=request,
            made_at=made_at,
            new_bindings=tuple(self.new_bindings),
            steps=tuple(self.steps),
            conflicts=tuple(self.conflicts),
            problems=tuple(self.problems),
            proposals=tuple(self.proposals),
            skips=tuple(self.skips),
            settlements=tuple(self.settlements),
        )


@dataclass
class PersonDraft:
    """One person's part of a draft: the ids are filled in once. `left` collects skipped fields by reason."""

    draft: Draft
    employee_id: UUID | None
    xero_employee_id: UUID | None
    left: dict[tuple[SkipReason, str], list[SharedField]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, draft: Draft, *, ours: EmployeeRecord | None = None, theirs: XeroEmployee | None = None
    ) -> "PersonDraft":
        """Return the part for somebody only one side knows."""
        return cls(draft, ours.employee_id if ours else None, theirs.xero_employee_id if theirs else None)

    def problem(self, problem: Problem, *, fix_in: Side) -> None:
        """Name something to fix."""
        self.draft.problems.append(ProblemToFix(fix_in, self.employee_id, self.xero_employee_id, problem))

    def skip(self, reason: SkipReason, sentence: str) -> None:
        """Leave the whole person alone, and say why."""
        self.draft.skips.append(Skip(reason, sentence, self.employee_id, self.xero_employee_id))

    def leave(self, field: SharedField, reason: SkipReason, sentence: str) -> None:
        """Leave one field alone; fields left for the same reason become one skip."""
        self.left.setdefault((reason, sentence), []).append(field)

    def finish(self) -> None:
        """Write down the fields that were left."""
        for (reason, sentence), fields in self.left.items():
            self.draft.skips.append(Skip(reason, sentence, self.employee_id, self.xero_employee_id, tuple(fields)))
