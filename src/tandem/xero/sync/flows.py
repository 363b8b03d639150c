"""What is on its way to one side: which of it may go, which needs fixing first, and the steps for the rest. Pure."""

from collections.abc import Sequence

from tandem.kernel.errors import Problem
from tandem.people import rules
from tandem.people.records import EmployeeRecord
from tandem.xero.mapping.employee import hr_changes
from tandem.xero.mapping.fields import SharedField, Termination, clean
from tandem.xero.mapping.requests import check_for_xero
from tandem.xero.mapping.values import is_blank
from tandem.xero.matching.matching import Side
from tandem.xero.sync.draft import Context, PersonDraft
from tandem.xero.sync.plan import FieldChange, SkipReason, Step, Verb
from tandem.xero.sync.sentences import SENTENCES

#: Names of record and form fields, where they are not the shared field's own.
SHARED_NAMES = {
    "work_email": SharedField.EMAIL,
    "home_email": SharedField.EMAIL,
    "termination_on": SharedField.TERMINATION,
    "termination_reason": SharedField.TERMINATION,
}
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
        person.problem(problem, fix_in=Side.XERO)
    _add_steps(person, Side.HR, _without_problems(going, problems), notes)


def _why_not_to_hr(context: Context, ours: EmployeeRecord, change: FieldChange) -> SkipReason | None:
    if not context.writes_hr:
        return SkipReason.DIRECTION_NOT_ALLOWED
    if isinstance(change.after, Termination) and not context.preferences.imports_terminations:
        return SkipReason.TERMINATION_NOT_SHARED
    if change.field is SharedField.EMAIL and is_blank(change.field, change.after) and clean(ours.home_email):
        return SkipReason.HOME_EMAIL_REMAINS
    return None


def _hr_problems(context: Context, ours: EmployeeRecord, going: Sequence[FieldChange]) -> tuple[Problem, ...]:
    """Return what Tandem would not save; a reason for leaving that Xero lacks is not held against it."""
    values = {change.field: change.after for change in going}
    problems = rules.check_changes(ours, hr_changes(values), today=context.today)
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
    xero_has_birth_date: bool,
) -> None:
    """Plan the steps that bring Tandem's values to Xero.

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
    problems = check_for_xero(ours, [change.field for change in going])
    for problem in problems:
        person.problem(problem, fix_in=Side.HR)
    sent = _without_problems(going, problems)
    _add_steps(person, Side.XERO, [*sent, *_birth_date_along(ours, sent, xero_has_birth_date)], ())


def _birth_date_along(
    ours: EmployeeRecord,
    sent: Sequence[FieldChange],
    xero_has_birth_date: bool,  # noqa: FBT001
) -> list[FieldChange]:
    """Return the birth date that Xero lacks and every write must carry, so that the preview names it (xero.md 7)."""
    is_named = any(change.field is SharedField.DATE_OF_BIRTH for change in sent)
    if not sent or is_named or xero_has_birth_date or ours.date_of_birth is None:
        return []
    return [FieldChange(SharedField.DATE_OF_BIRTH, before=None, after=ours.date_of_birth, has_base=False)]


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
    if change.field is SharedField.START_ON and change.after is None:
        return SkipReason.CANNOT_CLEAR_IN_XERO
    return None


def _without_problems(going: Sequence[FieldChange], problems: Sequence[Problem]) -> list[FieldChange]:
    held = {shared_field(problem.field) for problem in problems}
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
