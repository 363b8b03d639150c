"""What is on its way to one side: which of it may go, which needs fixing first, and the steps for the rest. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from tandem.kernel.errors import Problem
from tandem.people import rules
from tandem.people.payroll_records import PayrollDetails, TaxFileNumber
from tandem.people.records import EmployeeRecord
from tandem.xero.mapping.employee import hr_changes
from tandem.xero.mapping.fields import PAYROLL_FIELDS, FieldValue, SharedField, Termination, clean
from tandem.xero.mapping.payroll import JUDGED_TOGETHER, check_import, check_payroll_changes
from tandem.xero.mapping.requests import check_for_xero
from tandem.xero.mapping.superannuation import fund_tasks
from tandem.xero.mapping.values import is_blank
from tandem.xero.matching.matching import Side
from tandem.xero.sync import groups
from tandem.xero.sync.draft import Context, PersonDraft
from tandem.xero.sync.plan import FieldChange, SkipReason, Step, Verb
from tandem.xero.sync.records import BankHold
from tandem.xero.sync.sentences import SENTENCES

#: Names of record and form fields, where they are not the shared field's own.
SHARED_NAMES = {
    "work_email": SharedField.EMAIL,
    "home_email": SharedField.EMAIL,
    "termination_on": SharedField.TERMINATION,
    "termination_reason": SharedField.TERMINATION,
    "branch_id": SharedField.EMPLOYEE_GROUP,
}
#: What Xero keeps when it is sent empty.
NEVER_CLEARED = frozenset({SharedField.START_ON, SharedField.INCOME_TYPE, SharedField.TAX_FILE_NUMBER})
BANK_HOLDS = {BankHold.WAITS: SkipReason.BANK_CHANGE_WAITS, BankHold.REFUSED: SkipReason.BANK_CHANGE_REFUSED}
NO_BIRTH_DATE = Problem(
    SharedField.DATE_OF_BIRTH.value, "Xero holds no date of birth any more. Enter it in Xero; Tandem keeps its own."
)


def shared_field(name: str) -> SharedField:
    """Return the shared field that a problem's field name is about."""
    root = name.split(".")[0]
    return SHARED_NAMES.get(root) or SharedField(root)


def flow_to_hr(
    context: Context,
    person: PersonDraft,
    ours: EmployeeRecord,
    changes: Sequence[FieldChange],
    notes: tuple[str, ...],
) -> None:
    """Plan the steps that bring Xero's values to Tandem."""
    going: list[FieldChange] = []
    for change in changes:
        reason = _why_not_to_hr(context, ours, change)
        if reason:
            person.leave(change.field, reason, SENTENCES[reason])
        elif change.field is SharedField.DATE_OF_BIRTH and change.after is None:
            person.problem(NO_BIRTH_DATE, fix_in=Side.XERO)
        else:
            going.append(change)
    problems = _hr_problems(context, ours, going)
    for problem in problems:
        person.problem(problem, fix_in=groups.side_to_fix(problem))
    _add_steps(person, Side.HR, _without_problems(going, problems), notes)


def _why_not_to_hr(context: Context, ours: EmployeeRecord, change: FieldChange) -> SkipReason | None:
    if not context.writes_hr:
        return SkipReason.DIRECTION_NOT_ALLOWED
    if isinstance(change.after, Termination) and not context.preferences.imports_terminations:
        return SkipReason.TERMINATION_NOT_SHARED
    if change.field is SharedField.EMAIL and is_blank(change.field, change.after) and clean(ours.home_email):
        return SkipReason.HOME_EMAIL_REMAINS
    if _is_masked(change.after) and isinstance(change.before, TaxFileNumber) and not change.before.is_masked:
        return SkipReason.MASKED_IN_XERO
    if isinstance(change.after, TaxFileNumber):
        return SkipReason.NUMBER_NOT_TAKEN
    if change.field is SharedField.BANK_ACCOUNTS and ours.employee_id in context.snapshot.bank_holds:
        return BANK_HOLDS[context.snapshot.bank_holds[ours.employee_id]]
    return None


def _hr_problems(context: Context, ours: EmployeeRecord, going: Sequence[FieldChange]) -> tuple[Problem, ...]:
    """Return what Tandem would not save; a reason for leaving that Xero lacks is not held against it."""
    values = {change.field: change.after for change in going}
    problems = (
        *rules.check_changes(ours, hr_changes(values), today=context.today),
        *check_import(values),
        *groups.check_branch(context, values),
    )
    termination = values.get(SharedField.TERMINATION)
    if not isinstance(termination, Termination):
        return problems
    ending = rules.check_termination(ours, termination_on=termination.on, reason=termination.reason)
    return (*problems, *(problem for problem in ending if problem.field == "termination_on"))


def flow_to_xero(
    context: Context,
    person: PersonDraft,
    ours: EmployeeRecord,
    changes: Sequence[FieldChange],
    *,
    has_left: bool,
    theirs: Mapping[SharedField, FieldValue],
) -> None:
    """Plan the steps that bring Tandem's values to Xero."""
    going = _going_to_xero(context, person, changes, has_left=has_left)
    problems = _xero_problems(context, ours, going, theirs)
    for problem in problems:
        person.problem(problem, fix_in=side_to_fix(context, ours, problem))
    sent = _without_problems(going, problems)
    _leave_held(person, going, sent, problems)
    has_birth_date = theirs.get(SharedField.DATE_OF_BIRTH) is not None
    _add_steps(person, Side.XERO, [*sent, *birth_date_along(ours, sent, has_birth_date)], ())


def side_to_fix(context: Context, ours: EmployeeRecord, problem: Problem) -> Side:
    """Return where somebody has to see to what Xero would refuse: a fund is added in Xero, anything else corrected here."""
    memberships = ours.payroll.super_memberships if ours.payroll else ()
    tasks = fund_tasks(memberships, funds=context.snapshot.lists.funds)
    return Side.XERO if problem.message in {task.sentence for task in tasks} else Side.HR


def _going_to_xero(
    context: Context, person: PersonDraft, changes: Sequence[FieldChange], *, has_left: bool
) -> list[FieldChange]:
    """Return the changes that may go, and name the others.

    Whoever has not left in Xero yet gets their last changes before their end. An end that this plan moves into the
    future brings them back into reach.
    """
    going: list[FieldChange] = []
    moved = [change.after for change in changes if _is_exported_end(context, change)]
    out_of_reach = has_left and (not moved or context.has_left(moved[0]))
    for change in changes:
        travels_along = bool(moved) and _is_missing_birth_date(change)
        reason = _why_not_to_xero(context, change, out_of_reach and not travels_along)
        if reason:
            person.leave(change.field, reason, SENTENCES[reason])
        else:
            going.append(change)
    return going


def _xero_problems(
    context: Context, ours: EmployeeRecord, going: Sequence[FieldChange], theirs: Mapping[SharedField, FieldValue]
) -> tuple[Problem, ...]:
    """Return what Xero would refuse about what is on its way there."""
    fields = [change.field for change in going]
    problems = check_for_xero(ours, fields)
    if ours.payroll is None:
        return problems
    merged: dict[str, Any] = {field.value: theirs[field] for field in PAYROLL_FIELDS if field in theirs}
    merged |= {change.field.value: change.after for change in going if change.field in PAYROLL_FIELDS}
    more = check_payroll_changes(
        PayrollDetails(**merged),
        fields,
        lists=context.snapshot.lists,
        is_stp2=context.snapshot.is_stp2,
        held=ours.payroll.tax_file_number,
    )
    return (*problems, *more)


def _leave_held(
    person: PersonDraft, going: Sequence[FieldChange], sent: Sequence[FieldChange], problems: Sequence[Problem]
) -> None:
    """Name the changes that are right themselves, and wait for what Xero judges together with them."""
    named = {shared_field(problem.field) for problem in problems}
    for change in going:
        if change not in sent and change.field not in named:
            person.leave(change.field, SkipReason.HELD_WITH_TAX, SENTENCES[SkipReason.HELD_WITH_TAX])


def birth_date_along(
    ours: EmployeeRecord,
    sent: Sequence[FieldChange],
    xero_has_birth_date: bool,  # noqa: FBT001
) -> list[FieldChange]:
    """Return the birth date that Xero lacks and every write must carry, so that the preview names it (xero.md 7)."""
    is_named = any(change.field is SharedField.DATE_OF_BIRTH for change in sent)
    if not sent or is_named or xero_has_birth_date or ours.date_of_birth is None:
        return []
    return [FieldChange(SharedField.DATE_OF_BIRTH, before=None, after=ours.date_of_birth, has_base=False)]


def _is_masked(value: FieldValue) -> bool:
    return isinstance(value, TaxFileNumber) and value.is_masked


def _is_exported_end(context: Context, change: FieldChange) -> bool:
    return isinstance(change.after, Termination) and context.writes_xero and context.preferences.exports_terminations


def _is_missing_birth_date(change: FieldChange) -> bool:
    """Say whether Xero lacks the birth date, which it asks for with every write: an end takes it along."""
    return change.field is SharedField.DATE_OF_BIRTH and change.before is None


def _why_not_to_xero(context: Context, change: FieldChange, has_left: bool) -> SkipReason | None:  # noqa: FBT001
    if not context.writes_xero:
        return SkipReason.DIRECTION_NOT_ALLOWED
    if change.field is SharedField.TERMINATION:
        if change.after is None:
            return SkipReason.REHIRE_BY_HAND
        return None if context.preferences.exports_terminations else SkipReason.TERMINATION_NOT_SHARED
    if has_left:
        return SkipReason.TERMINATED_IN_XERO
    if change.field in NEVER_CLEARED and change.after is None:
        return SkipReason.CANNOT_CLEAR_IN_XERO
    return None


def _without_problems(going: Sequence[FieldChange], problems: Sequence[Problem]) -> list[FieldChange]:
    held = {shared_field(problem.field) for problem in problems}
    if not JUDGED_TOGETHER.isdisjoint(held):
        held |= JUDGED_TOGETHER
    return [change for change in going if change.field not in held]


def _add_steps(person: PersonDraft, target: Side, going: Sequence[FieldChange], notes: tuple[str, ...]) -> None:
    """Add an update and, apart from it and after it, the end or the return of an employment."""
    plain = tuple(change for change in going if change.field is not SharedField.TERMINATION)
    if plain:
        person.draft.steps.append(Step(target, Verb.UPDATE, person.employee_id, person.xero_employee_id, plain, notes))
    for change in going:
        if change.field is SharedField.TERMINATION:
            verb = Verb.TERMINATE if change.after else Verb.REINSTATE
            person.draft.steps.append(Step(target, verb, person.employee_id, person.xero_employee_id, (change,), notes))
