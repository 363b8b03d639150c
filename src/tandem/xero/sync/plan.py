"""What will happen, what we refuse to decide, what must be fixed, and what we leave alone and why. Pure."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tandem.kernel.errors import Problem
from tandem.xero.mapping.fields import FieldValue, SharedField
from tandem.xero.mapping.values import value_as_json
from tandem.xero.matching.matching import Match, Proposal, Side
from tandem.xero.sync.records import RunRequest


class Verb(StrEnum):
    """`reinstate` exists for Tandem only, and only after a person decided it; `remove` is what undoes a create there."""

    CREATE = "create"
    UPDATE = "update"
    TERMINATE = "terminate"
    REINSTATE = "reinstate"
    REMOVE = "remove"


#: Calls to Xero for one step there, at most.
CALLS: Mapping[Verb, int] = {Verb.CREATE: 2, Verb.UPDATE: 3, Verb.TERMINATE: 3, Verb.REINSTATE: 0, Verb.REMOVE: 0}


@dataclass(frozen=True)
class FieldChange:
    """One field of a step; `base` is None with `has_base` False where the two sides never agreed.

    `by_standing` says that the two clashed and the field is decided for everybody, this way.
    """

    field: SharedField
    before: FieldValue
    after: FieldValue
    base: FieldValue = None
    has_base: bool = True
    by_standing: bool = False


@dataclass(frozen=True)
class Step:
    """One write to one person on one side; a create lacks the id that its side has yet to give.

    With `is_undo` it puts back what an earlier run wrote, whatever the other side holds: the two are then held apart.
    """

    target: Side
    verb: Verb
    employee_id: UUID | None
    xero_employee_id: UUID | None
    changes: tuple[FieldChange, ...]
    notes: tuple[str, ...] = ()
    is_undo: bool = False

    @property
    def key(self) -> str:
        """Return what this step is about: stable between a preview and its run."""
        return f"{self.target}:{self.verb}:{self.employee_id or ''}:{self.xero_employee_id or ''}"

    @property
    def field_names(self) -> tuple[str, ...]:
        """Return the names of the fields that change; safe to log."""
        return tuple(change.field.value for change in self.changes)

    @property
    def after(self) -> dict[SharedField, FieldValue]:
        """Return the values to write."""
        return {change.field: change.after for change in self.changes}

    @property
    def can_be_undone(self) -> bool:
        """Say whether a compensating write exists: Xero has no delete, and may not lift a termination (xero.md 4.1)."""
        return self.target is Side.HR or self.verb is Verb.UPDATE


class ConflictReason(StrEnum):
    BOTH_CHANGED = "both_changed"
    NEVER_AGREED = "never_agreed"
    REHIRED_IN_XERO = "rehired_in_xero"
    TERMINATION_DIFFERS = "termination_differs"
    UNDONE = "undone"
    UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True)
class Conflict:
    """Two values for one field that only a person may choose between."""

    reason: ConflictReason
    employee_id: UUID
    xero_employee_id: UUID
    field: SharedField
    ours: FieldValue
    theirs: FieldValue
    base: FieldValue = None
    has_base: bool = True


@dataclass(frozen=True)
class ProblemToFix:
    """A change that would be refused where it is going; `problem` says what to fix, `fix_in` where."""

    fix_in: Side
    employee_id: UUID | None
    xero_employee_id: UUID | None
    problem: Problem


class SkipReason(StrEnum):
    UNCHANGED = "unchanged"
    DIRECTION_NOT_ALLOWED = "direction_not_allowed"
    TERMINATION_NOT_SHARED = "termination_not_shared"
    CREATE_IN_HR_IS_OFF = "create_in_hr_is_off"
    CREATE_IN_XERO_IS_OFF = "create_in_xero_is_off"
    NOT_CURRENT_IN_HR = "not_current_in_hr"
    TERMINATED_IN_XERO = "terminated_in_xero"
    TERMINATED_NOT_IMPORTED = "terminated_not_imported"
    REHIRE_BY_HAND = "rehire_by_hand"
    MISSING_IN_XERO = "missing_in_xero"
    MISSING_IN_HR = "missing_in_hr"
    DETAILS_NOT_READ = "details_not_read"
    UNKNOWN_VALUE = "unknown_value"
    UNREADABLE = "unreadable"
    HOME_EMAIL_REMAINS = "home_email_remains"
    LIST_INCOMPLETE = "list_incomplete"
    CANNOT_CLEAR_IN_XERO = "cannot_clear_in_xero"
    MASKED_IN_XERO = "masked_in_xero"
    HELD_WITH_TAX = "held_with_tax"
    BACK_ALREADY = "back_already"
    CHANGED_SINCE = "changed_since"
    LINK_STAYS = "link_stays"
    NO_UNDO_BALANCE = "no_undo_balance"
    NO_UNDO_BANK = "no_undo_bank"
    NO_UNDO_CREATE = "no_undo_create"
    NO_UNDO_EMPTY = "no_undo_empty"
    NO_UNDO_END = "no_undo_end"
    NO_UNDO_HOME_EMAIL = "no_undo_home_email"
    NO_UNDO_NUMBER = "no_undo_number"
    NO_UNDO_READING = "no_undo_reading"
    SIGNS_IN = "signs_in"
    TOO_OLD = "too_old"
    VALUES_GONE = "values_gone"
    NUMBER_ONLY_IN_XERO = "number_only_in_xero"
    NUMBER_NOT_TAKEN = "number_not_taken"
    BANK_CHANGE_WAITS = "bank_change_waits"
    BANK_CHANGE_REFUSED = "bank_change_refused"
    BRANCH_HAS_NO_GROUP = "branch_has_no_group"
    GROUP_NOT_CLEARED = "group_not_cleared"
    TRANSFERS_ARE_OFF = "transfers_are_off"


@dataclass(frozen=True)
class Skip:
    """Something left alone, with the reason in words; `fields` is empty when it is the whole person.

    `by` names whoever changed it since, for those who may see people.
    """

    reason: SkipReason
    sentence: str
    employee_id: UUID | None
    xero_employee_id: UUID | None
    fields: tuple[SharedField, ...] = ()
    by: str = ""


@dataclass(frozen=True)
class Settlement:
    """Fields on which both sides agree already: nobody is written to, only the base moves."""

    employee_id: UUID
    xero_employee_id: UUID
    values: Mapping[SharedField, FieldValue]


@dataclass(frozen=True)
class Plan:
    """Everything one run would do, and everything it would not. `new_bindings` are stored before the first step."""

    request: RunRequest
    made_at: datetime
    new_bindings: tuple[Match, ...] = ()
    steps: tuple[Step, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    problems: tuple[ProblemToFix, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    skips: tuple[Skip, ...] = ()
    settlements: tuple[Settlement, ...] = ()

    @property
    def counts(self) -> Mapping[str, int]:
        """Return how many of each: `hr_create`, `xero_update`..., `conflicts`, `problems`, `proposals`, `skips`."""
        steps = Counter(f"{step.target}_{step.verb}" for step in self.steps)
        return {
            **steps,
            "conflicts": len(self.conflicts),
            "problems": len(self.problems),
            "proposals": len(self.proposals),
            "skips": len(self.skips),
        }

    @property
    def skip_counts(self) -> Counter[SkipReason]:
        """Return how many skips for each reason."""
        return Counter(skip.reason for skip in self.skips)

    @property
    def irreversible(self) -> tuple[Step, ...]:
        """Return the steps that no undo can take back; the preview names them before the run."""
        return tuple(step for step in self.steps if not step.can_be_undone)

    @property
    def estimated_calls(self) -> int:
        """Return how many calls to Xero executing this takes, at most: read, write and read back; a create reads once."""
        return sum(CALLS[step.verb] for step in self.steps if step.target is Side.XERO)

    @property
    def unread_people(self) -> tuple[UUID, ...]:
        """Return the Xero ids whose single read would let the plan say more."""
        return tuple(
            skip.xero_employee_id
            for skip in self.skips
            if skip.reason is SkipReason.DETAILS_NOT_READ and skip.xero_employee_id
        )

    @property
    def lacks_fund(self) -> bool:
        """Say whether something about super is held up, which Xero's funds read anew may clear."""
        return any(found.problem.field == SharedField.SUPER_MEMBERSHIPS for found in self.problems)

    @property
    def fingerprint(self) -> str:
        """Return a digest of what would happen: another one later means that the preview is stale."""
        content = [
            self.request.kind,
            self.request.scope,
            sorted(f"{match.employee_id}:{match.xero_employee_id}" for match in self.new_bindings),
            sorted(([step.key, *map(_change_content, step.changes)] for step in self.steps), key=str),
            sorted(([str(one.employee_id), one.field, one.reason] for one in self.conflicts), key=str),
            sorted([str(one.employee_id), str(one.xero_employee_id), one.problem.message] for one in self.problems),
            sorted([str(pair) for pair in proposal.candidates] for proposal in self.proposals),
            sorted(_skip_content(skip) for skip in self.skips if skip.reason is not SkipReason.UNCHANGED),
        ]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _change_content(change: FieldChange) -> list[object]:
    return [change.field, value_as_json(change.before), value_as_json(change.after)]


def _skip_content(skip: Skip) -> list[str]:
    return [skip.reason, str(skip.employee_id), str(skip.xero_employee_id), *skip.fields]
