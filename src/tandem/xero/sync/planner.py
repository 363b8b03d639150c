"""Compare both sides with what they agreed on last, and say what should happen. Pure.

Every person is a step, a settlement, a conflict, a problem, a proposal or a named skip; nobody is passed over in
silence, and absence from a list is never taken for a departure.
"""

from datetime import datetime
from uuid import UUID

from tandem.xero.matching import matching
from tandem.xero.matching.matching import Match, MatchedBy, Matching, Side
from tandem.xero.sync.draft import Context, Draft, PersonDraft
from tandem.xero.sync.newcomers import plan_new_in_hr, plan_new_in_xero
from tandem.xero.sync.pairs import plan_pair
from tandem.xero.sync.plan import Plan, Skip, SkipReason
from tandem.xero.sync.preferences import Preferences
from tandem.xero.sync.records import Binding, Extent, RunRequest, Snapshot
from tandem.xero.sync.sentences import SENTENCES

#: What leaves nothing to tell Xero about somebody.
AS_IT_SHOULD_BE = frozenset({SkipReason.UNCHANGED, SkipReason.NUMBER_ONLY_IN_XERO})


def plan(snapshot: Snapshot, preferences: Preferences, now: datetime, *, request: RunRequest | None = None) -> Plan:
    """Return what one run would do."""
    context = Context(snapshot, preferences, request or RunRequest(), now)
    matched = match(snapshot, preferences)
    draft = Draft()
    _plan_rejects(context, draft)
    _plan_matches(context, draft, matched)
    _plan_new_people(context, draft, matched)
    draft.proposals += [
        proposal
        for proposal in matched.proposals
        if any(context.concerns(pair.employee_id, pair.xero_employee_id) for pair in proposal.candidates)
    ]
    return draft.freeze(context.request, now)


def people_to_read(snapshot: Snapshot, plan: Plan) -> tuple[UUID, ...]:
    """Return the Xero ids whose single read would let the plan, or whoever looks at its proposals, say more."""
    proposed = {pair.xero_employee_id for proposal in plan.proposals for pair in proposal.candidates}
    unread = {person.xero_employee_id for person in snapshot.theirs if not person.is_detailed}
    return (*plan.unread_people, *sorted(proposed & unread - set(plan.unread_people)))


def match(snapshot: Snapshot, preferences: Preferences) -> Matching:
    """Return who is who in a snapshot."""
    return matching.match_people(
        snapshot.ours,
        snapshot.theirs,
        bound=[binding.pair for binding in snapshot.bindings],
        rules=matching.Rules(
            by_name_and_birth_date=preferences.match_by_name_and_birth_date,
            by_name_and_postcode=preferences.match_by_name_and_postcode,
            kept_apart=snapshot.kept_apart,
        ),
    )


def _plan_rejects(context: Context, draft: Draft) -> None:
    """Name the records that could not be read."""
    linked = {binding.xero_employee_id: binding.employee_id for binding in context.snapshot.bindings}
    for reject in context.snapshot.rejects:
        employee_id = linked.get(reject.xero_id) if reject.xero_id else None
        if context.concerns(employee_id, reject.xero_id):
            sentence = SENTENCES[SkipReason.UNREADABLE]
            draft.skips.append(Skip(SkipReason.UNREADABLE, sentence, employee_id, reject.xero_id))


def _plan_matches(context: Context, draft: Draft, matched: Matching) -> None:
    snapshot = context.snapshot
    ours = {record.employee_id: record for record in snapshot.ours}
    theirs = {person.xero_employee_id: person for person in snapshot.theirs}
    bindings = {binding.pair: binding for binding in snapshot.bindings}
    unreadable = {reject.xero_id for reject in snapshot.rejects}
    for found in matched.matches:
        if not context.concerns(found.employee_id, found.xero_employee_id) or found.xero_employee_id in unreadable:
            continue
        if found.by is not MatchedBy.BINDING:
            draft.new_bindings.append(found)
        binding = bindings.get(_pair(found)) or Binding(found.employee_id, found.xero_employee_id)
        record, person = ours.get(found.employee_id), theirs.get(found.xero_employee_id)
        part = PersonDraft(draft, found.employee_id, found.xero_employee_id)
        if record is None:
            part.skip(SkipReason.MISSING_IN_HR, SENTENCES[SkipReason.MISSING_IN_HR])
        elif person is None and snapshot.extent is Extent.COMPLETE:
            part.skip(SkipReason.MISSING_IN_XERO, SENTENCES[SkipReason.MISSING_IN_XERO])
        else:
            plan_pair(context, draft, record, person, binding)


def _pair(found: Match) -> matching.Pair:
    return matching.Pair(found.employee_id, found.xero_employee_id)


def _plan_new_people(context: Context, draft: Draft, matched: Matching) -> None:
    ours = {record.employee_id: record for record in context.snapshot.ours}
    theirs = {person.xero_employee_id: person for person in context.snapshot.theirs}
    for newcomer in matched.new_people:
        if newcomer.side is Side.XERO and context.concerns(None, newcomer.person_id):
            plan_new_in_hr(context, draft, theirs[newcomer.person_id])
        elif newcomer.side is Side.HR and context.concerns(newcomer.person_id, None):
            plan_new_in_xero(context, draft, ours[newcomer.person_id])


def quiet(snapshot: Snapshot, plan: Plan) -> dict[UUID, int]:
    """Return at which revision those are about whom the plan has nothing to tell Xero."""
    quiet = {skip.employee_id for skip in plan.skips if skip.reason in AS_IT_SHOULD_BE}
    quiet |= {settlement.employee_id for settlement in plan.settlements}
    quiet -= {step.employee_id for step in plan.steps}
    quiet -= {found.employee_id for found in plan.problems}
    quiet -= {conflict.employee_id for conflict in plan.conflicts}
    quiet -= {skip.employee_id for skip in plan.skips if skip.reason not in AS_IT_SHOULD_BE}
    return {record.employee_id: record.revision for record in snapshot.ours if record.employee_id in quiet}
