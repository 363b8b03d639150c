"""People only one side knows: what it takes to add them to the other. Pure."""

from collections.abc import Sequence

from tandem.kernel.errors import Problem
from tandem.people import rules
from tandem.people.payroll_records import TaxFileNumber
from tandem.people.records import EmployeeRecord, EmployeeStatus
from tandem.xero.mapping.employee import XeroEmployee, details_from_xero, theirs_value
from tandem.xero.mapping.fields import PAYROLL_FIELDS, SharedField, ours_value
from tandem.xero.mapping.payroll import IMPORT_ONLY, check_import, check_payroll_changes
from tandem.xero.mapping.requests import check_for_xero
from tandem.xero.mapping.values import is_blank
from tandem.xero.matching.matching import Side
from tandem.xero.sync import flows, groups
from tandem.xero.sync.draft import Context, Draft, PersonDraft
from tandem.xero.sync.plan import FieldChange, SkipReason, Step, Verb
from tandem.xero.sync.records import Extent
from tandem.xero.sync.sentences import SENTENCES


def plan_new_in_hr(context: Context, draft: Draft, theirs: XeroEmployee) -> None:
    """Plan to add somebody whom only Xero knows to Tandem."""
    person = PersonDraft.of(draft, theirs=theirs)
    if reason := _why_not_in_hr(context, theirs):
        person.skip(reason, SENTENCES[reason])
        return
    problems = rules.check_details(details_from_xero(theirs), today=context.today)
    for problem in problems:
        person.problem(problem, fix_in=Side.XERO)
    if problems:
        return
    changes = _what_comes(context, person, theirs)
    withheld = context.snapshot.withheld
    notes = tuple(one.sentence for one in theirs.oddities if one.is_usable and one.field not in withheld)
    draft.steps.append(Step(Side.HR, Verb.CREATE, None, theirs.xero_employee_id, changes, notes))
    person.finish()


def _what_comes(context: Context, person: PersonDraft, theirs: XeroEmployee) -> tuple[FieldChange, ...]:
    """Return what somebody new brings along, and name what stays in Xero."""
    values = {field: theirs_value(theirs, field) for field in context.snapshot.fields_of(theirs.payroll)}
    problems = (*check_import(values), *groups.check_branch(context, values))
    for problem in problems:
        person.problem(problem, fix_in=groups.side_to_fix(problem))
    for oddity in theirs.oddities:
        if not oddity.is_usable and oddity.field not in context.snapshot.withheld:
            person.leave(oddity.field, SkipReason.UNKNOWN_VALUE, oddity.sentence)
    stays = theirs.unusable | {SharedField(problem.field) for problem in problems}
    if not context.preferences.imports_terminations:
        stays |= {SharedField.TERMINATION}
    if theirs.termination and not context.preferences.imports_terminations:
        reason = SkipReason.TERMINATION_NOT_SHARED
        person.leave(SharedField.TERMINATION, reason, SENTENCES[reason])
    return tuple(
        FieldChange(field, before=None, after=value, has_base=False)
        for field, value in values.items()
        if field not in stays and not is_blank(field, value) and not isinstance(value, TaxFileNumber)
    )


def _why_not_in_hr(context: Context, theirs: XeroEmployee) -> SkipReason | None:
    if not context.writes_hr:
        return SkipReason.DIRECTION_NOT_ALLOWED
    if theirs.xero_employee_id not in context.snapshot.wanted_here:
        if not context.preferences.create_in_hr:
            return SkipReason.CREATE_IN_HR_IS_OFF
        if context.has_left(theirs.termination, theirs.status) and not context.preferences.import_terminated:
            return SkipReason.TERMINATED_NOT_IMPORTED
    return None if theirs.is_detailed else SkipReason.DETAILS_NOT_READ


def plan_new_in_xero(context: Context, draft: Draft, ours: EmployeeRecord) -> None:
    """Plan to add somebody whom only Tandem knows to Xero."""
    person = PersonDraft.of(draft, ours=ours)
    if reason := _why_not_in_xero(context, ours):
        person.skip(reason, SENTENCES[reason])
        return
    fields = _fields_for_xero(context, ours)
    problems = _problems_in_xero(context, ours, fields)
    for problem in problems:
        person.problem(problem, fix_in=flows.side_to_fix(context, ours, problem))
    if problems:
        return
    if ours.termination_on and SharedField.TERMINATION not in fields:
        reason = SkipReason.TERMINATION_NOT_SHARED
        person.leave(SharedField.TERMINATION, reason, SENTENCES[reason])
    changes = tuple(
        FieldChange(field, before=None, after=ours_value(ours, field), has_base=False)
        for field in fields
        if not is_blank(field, ours_value(ours, field))
    )
    draft.steps.append(Step(Side.XERO, Verb.CREATE, ours.employee_id, None, changes))
    person.finish()


def _fields_for_xero(context: Context, ours: EmployeeRecord) -> list[SharedField]:
    left_out = set(IMPORT_ONLY) if context.preferences.exports_terminations else {*IMPORT_ONLY, SharedField.TERMINATION}
    return [field for field in context.snapshot.fields_of(ours.payroll) if field not in left_out]


def _problems_in_xero(context: Context, ours: EmployeeRecord, fields: Sequence[SharedField]) -> tuple[Problem, ...]:
    """Return what Xero would refuse; of payroll only what was entered is judged, since Xero adds people without it too."""
    problems = check_for_xero(ours, fields)
    if ours.payroll is None:
        return problems
    entered = [field for field in fields if field in PAYROLL_FIELDS and not is_blank(field, ours_value(ours, field))]
    snapshot = context.snapshot
    more = check_payroll_changes(
        ours.payroll,
        entered,
        lists=snapshot.lists,
        is_stp2=snapshot.is_stp2,
        held=ours.payroll.tax_file_number,
    )
    return (*problems, *more)


def _why_not_in_xero(context: Context, ours: EmployeeRecord) -> SkipReason | None:
    if not context.writes_xero:
        return SkipReason.DIRECTION_NOT_ALLOWED
    if not context.preferences.create_in_xero:
        return SkipReason.CREATE_IN_XERO_IS_OFF
    if ours.status is EmployeeStatus.TERMINATED:
        return SkipReason.NOT_CURRENT_IN_HR
    return None if _is_whole(context) else SkipReason.LIST_INCOMPLETE


def _is_whole(context: Context) -> bool:
    """Say whether everybody in Xero was seen: an unreadable record may be the very person we would add again."""
    linked = {binding.xero_employee_id for binding in context.snapshot.bindings}
    unknown = [reject for reject in context.snapshot.rejects if reject.xero_id not in linked]
    return context.snapshot.extent is Extent.COMPLETE and not unknown
