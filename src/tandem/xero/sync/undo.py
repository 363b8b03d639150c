"""What takes a run back: for each of its writes the value before, unless somebody changed it since. Pure.

An undo never writes over what came later, and it names what it leaves alone, with the reason and what to do by hand.
Undone twice is undone once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from uuid import UUID
from zoneinfo import ZoneInfo

from tandem.kernel.errors import Problem
from tandem.people import rules
from tandem.people.records import EmployeeRecord
from tandem.xero.mapping.employee import XeroEmployee, hr_changes, theirs_value
from tandem.xero.mapping.fields import PAYROLL_FIELDS, FieldValue, SharedField, clean, ours_value
from tandem.xero.mapping.payroll import IMPORT_ONLY
from tandem.xero.mapping.values import is_blank, same
from tandem.xero.matching.matching import Pair, Side
from tandem.xero.sync.draft import Context, Draft
from tandem.xero.sync.flows import birth_date_along, shared_field
from tandem.xero.sync.plan import FieldChange, Plan, ProblemToFix, Skip, SkipReason, Step, Verb
from tandem.xero.sync.preferences import Preferences
from tandem.xero.sync.records import RunRequest, Snapshot
from tandem.xero.sync.sentences import SENTENCES
from tandem.xero.sync.undo_rules import is_within

SIDES = {Side.HR: "Tandem", Side.XERO: "Xero"}
#: What Xero does not take empty, so that a value it lacked before cannot be taken out again.
NEVER_EMPTY_IN_XERO = frozenset(
    {
        SharedField.FIRST_NAME,
        SharedField.LAST_NAME,
        SharedField.DATE_OF_BIRTH,
        SharedField.HOME_ADDRESS,
        SharedField.START_ON,
        SharedField.INCOME_TYPE,
    }
)
#: What takes more than one person's word, is kept nowhere whole, or follows one side only.
NEVER_PUT_BACK: Mapping[SharedField, SkipReason] = {
    SharedField.BANK_ACCOUNTS: SkipReason.NO_UNDO_BANK,
    SharedField.TAX_FILE_NUMBER: SkipReason.NO_UNDO_NUMBER,
    **dict.fromkeys(IMPORT_ONLY, SkipReason.NO_UNDO_BALANCE),
}


@dataclass(frozen=True)
class Written:
    """One write that a run made, or may have made, and when; without changes once its values have died."""

    step: Step
    at: datetime


@dataclass(frozen=True)
class PastRun:
    """What a run did: its writes in their order, and whom it linked."""

    ended_at: datetime
    writes: tuple[Written, ...]
    links: tuple[Pair, ...] = ()


@dataclass(frozen=True)
class LastEdit:
    """When a field was changed last, through what, and by whom; "" where nobody did it by hand."""

    at: datetime
    by_hand: bool = False
    by: str = ""


Edits = Mapping[tuple[UUID, SharedField], LastEdit]
NO_EDITS: Edits = MappingProxyType({})


def plan_undo(
    past: PastRun,
    snapshot: Snapshot,
    now: datetime,
    *,
    request: RunRequest | None = None,
    edits: Edits = NO_EDITS,
    sign_ins: frozenset[UUID] = frozenset(),
) -> Plan:
    """Return what undoes a run, the last write first.

    `edits` say who changed what since, where that is known; `sign_ins` are the employees as whom somebody signs in.
    """
    context = Context(snapshot, Preferences(), request or RunRequest(), now)
    ground = _Ground(context, edits, sign_ins)
    draft = Draft()
    for written in reversed(past.writes):
        if is_within(past.ended_at, now):
            _take_back(ground, draft, written)
        else:
            _leave(draft, written.step, SkipReason.TOO_OLD)
    linked = {binding.pair for binding in snapshot.bindings}
    reason = SkipReason.LINK_STAYS
    draft.skips += [
        Skip(reason, SENTENCES[reason], pair.employee_id, pair.xero_employee_id)
        for pair in past.links
        if pair in linked
    ]
    return draft.freeze(context.request, now)


class _Ground:
    """Both sides as they are now, by id."""

    def __init__(self, context: Context, edits: Edits, sign_ins: frozenset[UUID]) -> None:
        self.context = context
        self.edits = edits
        self.sign_ins = sign_ins
        self.ours = {record.employee_id: record for record in context.snapshot.ours}
        self.theirs = {person.xero_employee_id: person for person in context.snapshot.theirs}

    def record(self, step: Step) -> EmployeeRecord | None:
        """Return whom a step was about, if they are still in Tandem."""
        return self.ours.get(step.employee_id) if step.employee_id else None

    def person(self, step: Step) -> XeroEmployee | None:
        """Return whom a step was about, if Xero still shows them."""
        return self.theirs.get(step.xero_employee_id) if step.xero_employee_id else None

    def written(self, at: datetime) -> str:
        """Return a time as people read it, in the organisation's zone."""
        local = at.astimezone(ZoneInfo(self.context.snapshot.time_zone))
        return f"{local.day} {local:%b %Y %H:%M}"


@dataclass
class _Part:
    """What becomes of one write: what is put back, and what is left, by reason."""

    going: list[FieldChange] = field(default_factory=list)
    left: dict[tuple[SkipReason, str, str], list[SharedField]] = field(default_factory=dict)

    def leave(self, shared: SharedField, reason: SkipReason, *, sentence: str = "", by: str = "") -> None:
        """Leave one field; those left for the same reason become one line."""
        self.left.setdefault((reason, sentence or SENTENCES[reason], by), []).append(shared)


def _leave(draft: Draft, step: Step, reason: SkipReason, *, sentence: str = "", by: str = "") -> None:
    """Leave a whole write."""
    text = sentence or SENTENCES[reason]
    draft.skips.append(Skip(reason, text, step.employee_id, step.xero_employee_id, step_fields(step), by))


def step_fields(step: Step) -> tuple[SharedField, ...]:
    """Return the fields of an update; a person who was added is left whole."""
    return () if step.verb is Verb.CREATE else tuple(change.field for change in step.changes)


def _take_back(ground: _Ground, draft: Draft, written: Written) -> None:
    step = written.step
    if step.verb is Verb.CREATE:
        _take_back_create(ground, draft, written)
        return
    record, person = ground.record(step), ground.person(step)
    if record is None:
        _leave(draft, step, SkipReason.MISSING_IN_HR)
    elif not step.changes:
        _leave(draft, step, SkipReason.VALUES_GONE)
    elif step.target is Side.HR:
        part = _judged(ground, step, record)
        _put_back(draft, step, part, _without_problems(ground, draft, record, step, part.going))
    elif person is None:
        _leave(draft, step, SkipReason.MISSING_IN_XERO)
    else:
        part = _judged(ground, step, person)
        along = birth_date_along(record, part.going, person.date_of_birth is not None)
        _put_back(draft, step, part, [*part.going, *along])


def _take_back_create(ground: _Ground, draft: Draft, written: Written) -> None:
    """Somebody added to Tandem goes to the recycle bin, unless the record was worked on; nobody leaves Xero."""
    step = written.step
    if step.target is Side.XERO:
        _leave(draft, step, SkipReason.NO_UNDO_CREATE)
        return
    record = ground.record(step)
    if record is None:
        _leave(draft, step, SkipReason.BACK_ALREADY)
        return
    changes = tuple(
        FieldChange(change.field, before=ours_value(record, change.field), after=None)
        for change in step.changes
        if _is_readable(record, change.field)
    )
    is_as_added = all(same(new.field, new.before, old.after) for new, old in _paired(changes, step.changes))
    if record.changed_at > written.at or not is_as_added:
        sentence = f"Changed in Tandem since, on {ground.written(record.changed_at)}, so the record stays."
        _leave(draft, step, SkipReason.CHANGED_SINCE, sentence=sentence)
        return
    if record.employee_id in ground.sign_ins:
        _leave(draft, step, SkipReason.SIGNS_IN)
        return
    draft.steps.append(Step(Side.HR, Verb.REMOVE, step.employee_id, step.xero_employee_id, changes, is_undo=True))


def _paired(new: Sequence[FieldChange], old: Sequence[FieldChange]) -> list[tuple[FieldChange, FieldChange]]:
    by_field = {change.field: change for change in old}
    return [(change, by_field[change.field]) for change in new]


def _judged(ground: _Ground, step: Step, holder: EmployeeRecord | XeroEmployee) -> _Part:
    part = _Part()
    for change in step.changes:
        _judge(ground, part, step, holder, change)
    return part


def _put_back(draft: Draft, step: Step, part: _Part, going: Sequence[FieldChange]) -> None:
    """Name what is left, and put the rest back."""
    for (reason, sentence, by), fields in part.left.items():
        labels = ", ".join(shared.label for shared in fields)
        text = f"{labels}: {sentence}"
        draft.skips.append(Skip(reason, text, step.employee_id, step.xero_employee_id, tuple(fields), by))
    _add_steps(draft, step, going)


def _judge(
    ground: _Ground, part: _Part, step: Step, holder: EmployeeRecord | XeroEmployee, change: FieldChange
) -> None:
    """Say whether one value goes back."""
    shared = change.field
    if not _is_readable(holder, shared):
        is_odd = isinstance(holder, XeroEmployee) and shared in holder.unusable
        part.leave(shared, SkipReason.UNKNOWN_VALUE if is_odd else SkipReason.DETAILS_NOT_READ)
        return
    now = _value(holder, shared)
    if same(shared, now, change.before):
        part.leave(shared, SkipReason.BACK_ALREADY)
    elif not same(shared, now, change.after):
        sentence, by = _since(ground, step, holder, shared)
        part.leave(shared, SkipReason.CHANGED_SINCE, sentence=sentence, by=by)
    elif reason := why_never(step.target, change) or _why_not_now(ground, holder, change):
        part.leave(shared, reason)
    else:
        part.going.append(FieldChange(shared, now, change.before, change.base, change.has_base))


def _is_readable(holder: EmployeeRecord | XeroEmployee, shared: SharedField) -> bool:
    if shared in PAYROLL_FIELDS and holder.payroll is None:
        return False
    return isinstance(holder, EmployeeRecord) or shared not in holder.unread | holder.unusable


def _value(holder: EmployeeRecord | XeroEmployee, shared: SharedField) -> FieldValue:
    return ours_value(holder, shared) if isinstance(holder, EmployeeRecord) else theirs_value(holder, shared)


def _since(ground: _Ground, step: Step, holder: EmployeeRecord | XeroEmployee, shared: SharedField) -> tuple[str, str]:
    """Say when a field was changed after the run, and by whom, where that is known."""
    side = SIDES[step.target]
    if isinstance(holder, XeroEmployee):
        when = f", on {ground.written(holder.updated_at)} or before" if holder.updated_at else ""
        return f"Changed in {side} since{when}. It stays as it is.", ""
    edit = ground.edits.get((holder.employee_id, shared))
    if edit is None:
        return f"Changed in {side} since. It stays as it is.", ""
    how = "by hand" if edit.by_hand else "by a run or at night"
    return f"Changed in {side} since, on {ground.written(edit.at)}, {how}. It stays as it is.", edit.by


def why_never(target: Side, change: FieldChange) -> SkipReason | None:
    """Return why no undo takes a change back, however soon it comes; None where one does. For the preview of any run."""
    if change.field in NEVER_PUT_BACK:
        return NEVER_PUT_BACK[change.field]
    if target is not Side.XERO:
        return None
    if change.field is SharedField.TERMINATION:
        return SkipReason.NO_UNDO_END
    if change.field in NEVER_EMPTY_IN_XERO and is_blank(change.field, change.before):
        return SkipReason.NO_UNDO_EMPTY
    return None


def _why_not_now(ground: _Ground, holder: EmployeeRecord | XeroEmployee, change: FieldChange) -> SkipReason | None:
    """Return why a value that nobody touched, and that could go back, stays as things are now."""
    if isinstance(holder, EmployeeRecord):
        takes_place = change.field is SharedField.EMAIL and is_blank(change.field, change.before)
        return SkipReason.NO_UNDO_HOME_EMAIL if takes_place and clean(holder.home_email) else None
    if not ground.context.writes_xero:
        return SkipReason.NO_UNDO_READING
    return SkipReason.TERMINATED_IN_XERO if ground.context.has_left(holder.termination, holder.status) else None


def _without_problems(
    ground: _Ground, draft: Draft, record: EmployeeRecord, step: Step, going: Sequence[FieldChange]
) -> list[FieldChange]:
    """Name what Tandem would not save again, and return the rest."""
    values = {change.field: change.after for change in going}
    problems: tuple[Problem, ...] = rules.check_changes(record, hr_changes(values), today=ground.context.today)
    draft.problems += [ProblemToFix(Side.HR, step.employee_id, step.xero_employee_id, problem) for problem in problems]
    held = {shared_field(problem.field) for problem in problems}
    return [change for change in going if change.field not in held]


def _add_steps(draft: Draft, step: Step, going: Sequence[FieldChange]) -> None:
    """Put values back in one update; the end of an employment, or its return, is a step of its own."""
    plain = tuple(change for change in going if change.field is not SharedField.TERMINATION)
    groups = [(Verb.UPDATE, plain)] if plain else []
    groups += [
        (Verb.TERMINATE if change.after else Verb.REINSTATE, (change,))
        for change in going
        if change.field is SharedField.TERMINATION
    ]
    for verb, changes in groups:
        draft.steps.append(Step(step.target, verb, step.employee_id, step.xero_employee_id, changes, is_undo=True))
