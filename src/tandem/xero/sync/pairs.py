"""One linked person: three values per field, and where each should go. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tandem.people.records import EmployeeRecord
from tandem.xero.mapping.employee import XeroEmployee, theirs_value
from tandem.xero.mapping.fields import FieldValue, SharedField, Termination, ours_value
from tandem.xero.mapping.payroll import IMPORT_ONLY
from tandem.xero.mapping.tax_file_number import is_only_theirs
from tandem.xero.mapping.values import same
from tandem.xero.matching.matching import Side
from tandem.xero.sync import flows, groups
from tandem.xero.sync.draft import Context, Draft, PersonDraft
from tandem.xero.sync.plan import Conflict, ConflictReason, FieldChange, Settlement, SkipReason
from tandem.xero.sync.preferences import Authority
from tandem.xero.sync.records import Binding
from tandem.xero.sync.sentences import SENTENCES
from tandem.xero.sync.threeway import Verdict, compare


@dataclass(frozen=True)
class TheirView:
    """What is known of Xero's side: `values` as read, else as seen last, else as agreed last."""

    values: Mapping[SharedField, FieldValue]
    status: str
    oddities: Mapping[SharedField, str]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Ruling:
    """Whose value is kept, or None if a person has to say; `by_standing` where a decision for everybody says it."""

    keep: Side | None
    by_standing: bool = False


@dataclass
class PairDraft:
    """A linked person being compared: what flows which way, and what is agreed already."""

    context: Context
    person: PersonDraft
    ours: EmployeeRecord
    view: TheirView
    binding: Binding
    to_hr: list[FieldChange] = field(default_factory=list)
    to_xero: list[FieldChange] = field(default_factory=list)
    agreed: dict[SharedField, FieldValue] = field(default_factory=dict)


def plan_pair(
    context: Context, draft: Draft, ours: EmployeeRecord, theirs: XeroEmployee | None, binding: Binding
) -> None:
    """Plan what makes a linked person agree; `theirs` None means that they were not read this time."""
    before = draft.size
    person = PersonDraft(draft, binding.employee_id, binding.xero_employee_id)
    pair = PairDraft(context, person, ours, their_view(context, theirs, binding), binding)
    for shared in context.snapshot.fields_of(ours.payroll):
        _place(pair, shared)
    flows.flow_to_hr(context, person, ours, pair.to_hr, pair.view.notes)
    flows.flow_to_xero(
        context,
        person,
        ours,
        pair.to_xero,
        has_left=context.has_left(pair.view.values.get(SharedField.TERMINATION), pair.view.status),
        theirs=pair.view.values,
    )
    if pair.agreed:
        draft.settlements.append(Settlement(binding.employee_id, binding.xero_employee_id, pair.agreed))
    person.finish()
    if draft.size == before:
        person.skip(SkipReason.UNCHANGED, SENTENCES[SkipReason.UNCHANGED])


def their_view(context: Context, theirs: XeroEmployee | None, binding: Binding) -> TheirView:
    """Return Xero's side of a linked person, with what was not read filled in from what was seen before."""
    values: dict[SharedField, FieldValue] = {**binding.base, **binding.seen}
    if theirs is None:
        return TheirView(values, "", {}, ())
    withheld = context.snapshot.withheld
    for shared in context.snapshot.fields_of(theirs.payroll):
        if shared not in theirs.unread:
            values[shared] = theirs_value(theirs, shared)
    odd = {oddity.field: oddity.sentence for oddity in theirs.oddities if not oddity.is_usable}
    notes = tuple(one.sentence for one in theirs.oddities if one.is_usable and one.field not in withheld)
    return TheirView(values, theirs.status, odd, notes)


def _place(pair: PairDraft, shared: SharedField) -> None:
    """Put one field where it belongs: agreed, on its way, in a conflict, or left with a reason."""
    if shared in pair.view.oddities:
        pair.person.leave(shared, SkipReason.UNKNOWN_VALUE, pair.view.oddities[shared])
        return
    if shared not in pair.view.values:
        pair.person.leave(shared, SkipReason.DETAILS_NOT_READ, SENTENCES[SkipReason.DETAILS_NOT_READ])
        return
    ours, theirs = ours_value(pair.ours, shared), pair.view.values[shared]
    if shared is SharedField.TAX_FILE_NUMBER and is_only_theirs(ours, theirs):
        pair.person.leave(shared, SkipReason.NUMBER_ONLY_IN_XERO, SENTENCES[SkipReason.NUMBER_ONLY_IN_XERO])
        return
    base = pair.binding.base
    verdict = compare(shared, ours=ours, theirs=theirs, base=base)
    if verdict is Verdict.AGREED:
        if shared not in base or shared in pair.binding.waits_for_a_person or not same(shared, base[shared], ours):
            pair.agreed[shared] = ours
        return
    if shared is SharedField.EMPLOYEE_GROUP and (reason := groups.why_left(pair.context, pair.ours, theirs, base)):
        pair.person.leave(shared, reason, SENTENCES[reason])
        return
    ruling = _ruling(pair, shared, verdict, ours, theirs)
    was, agreed = base.get(shared), shared in base
    if ruling.keep is Side.HR:
        pair.to_xero.append(FieldChange(shared, theirs, ours, was, agreed, ruling.by_standing))
    elif ruling.keep is Side.XERO:
        pair.to_hr.append(FieldChange(shared, ours, theirs, was, agreed, ruling.by_standing))
    else:
        _raise_conflict(pair, shared, ours, theirs)


def _ruling(pair: PairDraft, shared: SharedField, verdict: Verdict, ours: FieldValue, theirs: FieldValue) -> Ruling:
    """Return whose value goes to the other side."""
    if shared in IMPORT_ONLY:
        return Ruling(Side.XERO)
    if decided := pair.context.decided(pair.ours.employee_id, shared, ours=ours, theirs=theirs):
        return Ruling(decided, by_standing=decided is pair.context.standing(pair.ours.employee_id, shared))
    if shared in pair.binding.waits_for_a_person:
        return Ruling(None)
    if verdict is Verdict.OURS:
        return Ruling(Side.HR)
    if shared is SharedField.TERMINATION and not _may_flow_by_itself(verdict, ours, theirs):
        return Ruling(None)
    if verdict is Verdict.THEIRS:
        return Ruling(Side.XERO)
    return _ruling_on_clash(pair, shared)


def _ruling_on_clash(pair: PairDraft, shared: SharedField) -> Ruling:
    if standing := pair.context.standing(pair.ours.employee_id, shared):
        return Ruling(standing, by_standing=True)
    return Ruling({Authority.TANDEM: Side.HR, Authority.XERO: Side.XERO}.get(pair.context.authority(shared)))


def _may_flow_by_itself(verdict: Verdict, ours: FieldValue, theirs: FieldValue) -> bool:
    """Say whether a termination needs nobody's word: never where one side says that the person works on.

    Somebody rehired in Xero is not brought back in silence; nor is anybody ended by a link that was made just now.
    """
    if isinstance(ours, Termination) and isinstance(theirs, Termination):
        return True
    return verdict is Verdict.THEIRS and isinstance(theirs, Termination)


def _raise_conflict(pair: PairDraft, shared: SharedField, ours: FieldValue, theirs: FieldValue) -> None:
    pair.person.draft.conflicts.append(
        Conflict(
            reason=_conflict_reason(pair, shared, theirs),
            employee_id=pair.ours.employee_id,
            xero_employee_id=pair.binding.xero_employee_id,
            field=shared,
            ours=ours,
            theirs=theirs,
            base=pair.binding.base.get(shared),
            has_base=shared in pair.binding.base,
        )
    )


def _conflict_reason(pair: PairDraft, shared: SharedField, theirs: FieldValue) -> ConflictReason:
    if shared in pair.binding.held:
        return ConflictReason.UNDONE
    if shared in pair.binding.doubted:
        return ConflictReason.UNCONFIRMED
    if shared not in pair.binding.base:
        return ConflictReason.NEVER_AGREED
    if shared is not SharedField.TERMINATION:
        return ConflictReason.BOTH_CHANGED
    was_terminated = isinstance(pair.binding.base[shared], Termination)
    return ConflictReason.REHIRED_IN_XERO if was_terminated and theirs is None else ConflictReason.TERMINATION_DIFFERS
