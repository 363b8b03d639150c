"""People who may be one person: kept until somebody decides, and what was decided, which can be asked again."""

import json
import uuid
from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum
from uuid import UUID

from django.db.models import QuerySet

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, NotFound, Problem
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped
from tandem.tenancy import vault
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.xero.mapping.employee import XeroEmployee
from tandem.xero.matching.matching import Proposal
from tandem.xero.models import IN_USE, MatchProposal
from tandem.xero.sync import bindings, mirror
from tandem.xero.sync.mirror import person_as_json

COLUMN = "xero_matchproposal.summary"
MATCH_UNDONE = "match_undone"
ASKED_AGAIN = "asked_again"
#: Opened by people, not by a plan: no run closes one, and until it is decided the pairs stay apart.
BY_PEOPLE = frozenset({MATCH_UNDONE, ASKED_AGAIN})
TAKEN_BACK = "taken_back"


class ProposalDecision(StrEnum):
    """What a person says about a Xero person that may be one of ours. Values are stored: never rename one."""

    MATCH = "match"
    APART = "apart"
    NEW_PERSON = "new_person"
    LEAVE = "leave"


#: Decisions that a person may take back, to be asked again.
REPEATABLE = (ProposalDecision.APART.value, ProposalDecision.NEW_PERSON.value, ProposalDecision.LEAVE.value)


def note(actor: Actor, connection_id: UUID, found: Iterable[Proposal], theirs: Iterable[XeroEmployee]) -> None:
    """Open what is new, and close what no longer looks alike; what was left for later stays left."""
    people = {person.xero_employee_id: person for person in theirs}
    rows = MatchProposal.objects.filter(account_id=actor.account_id, connection_id=connection_id).select_for_update()
    open_rows = {row.xero_employee_id: row for row in rows if row.decided_at is None}
    left = {(row.xero_employee_id, tuple(sorted(row.candidate_ids))) for row in rows if row.decision == "leave"}
    wanted = {proposal.candidates[0].xero_employee_id: proposal for proposal in found}
    for xero_employee_id, proposal in wanted.items():
        candidates = sorted(str(pair.employee_id) for pair in proposal.candidates)
        row = open_rows.get(xero_employee_id)
        if row is None and (xero_employee_id, tuple(candidates)) not in left:
            open_proposal(
                actor, connection_id, people[xero_employee_id], candidates=candidates, reason=proposal.reason.value
            )
        elif row is not None and row.reason_code not in BY_PEOPLE:
            row.candidate_ids, row.reason_code = candidates, proposal.reason.value
            row.save(update_fields=["candidate_ids", "reason_code"])
    for xero_employee_id, row in open_rows.items():
        if xero_employee_id not in wanted and row.reason_code not in BY_PEOPLE:
            row.delete()


def open_proposal(
    actor: Actor, connection_id: UUID, person: XeroEmployee, *, candidates: list[str], reason: str
) -> None:
    """Put a Xero person on the review list. Inside the account's scope."""
    proposal_id = uuid.uuid4()
    MatchProposal.objects.create(
        proposal_id=proposal_id,
        account_id=actor.account_id,
        connection_id=connection_id,
        xero_employee_id=person.xero_employee_id,
        xero_summary_sealed=vault.seal(
            actor.account_id,
            json.dumps(person_as_json(replace(person, payroll=None))),
            column=COLUMN,
            row_id=proposal_id,
        ),
        candidate_ids=candidates,
        reason_code=reason,
        opened_at=clock.now(),
    )


def summary_of(row: MatchProposal) -> XeroEmployee | None:
    """Return the Xero person a proposal is about, as they were when it was opened. Inside the account's scope."""
    if row.xero_summary_sealed is None:
        return None
    text = vault.unseal(row.account_id, row.xero_summary_sealed, column=COLUMN, row_id=row.proposal_id)
    return mirror.person_from_json(json.loads(text))


@scoped
def decide_proposal(
    actor: Actor, proposal_id: UUID, *, decision: ProposalDecision, employee_id: UUID | None = None
) -> None:
    """Link the Xero person to one of ours, keep it apart from one, say it is somebody new, or leave it for later.

    `employee_id` says which of several is meant. Kept apart from one of several, the Xero person waits with the rest.
    """
    actor.require(Permission.MANAGE_INTEGRATION)
    row = _rows(actor).filter(proposal_id=proposal_id, decided_at__isnull=True).first()
    if row is None:
        raise NotFound("Somebody has decided this already. Nothing was changed.")
    chosen = ProposalDecision(decision)
    if chosen is ProposalDecision.MATCH:
        _link(actor, row, employee_id)
    elif chosen is ProposalDecision.APART:
        row = _split_off(row, _candidate(row, employee_id))
    row.decision, row.decided_at, row.decided_by_user_id = chosen.value, clock.now(), actor.user_id
    row.xero_summary_sealed = None
    row.save()
    record(
        actor,
        Event.MATCH_ACCEPTED if chosen is ProposalDecision.MATCH else Event.MATCH_REJECTED,
        subject_kind="proposal",
        subject_id=row.proposal_id,
        facts={"decision": chosen.value, "employee": str(row.employee_id or "")},
    )


def _rows(actor: Actor) -> QuerySet[MatchProposal]:
    rows = MatchProposal.objects.select_for_update(of=("self",))
    return rows.filter(account_id=actor.account_id, **IN_USE)


def _candidate(row: MatchProposal, employee_id: UUID | None) -> UUID:
    candidates = {UUID(str(candidate)) for candidate in row.candidate_ids}
    if employee_id is None and len(candidates) == 1:
        employee_id = next(iter(candidates))
    if employee_id is None or employee_id not in candidates:
        raise Invalid(Problem("employee_id", "Choose which of the people listed this is."))
    return employee_id


def _split_off(row: MatchProposal, employee_id: UUID) -> MatchProposal:
    """Return the row that a decision about one candidate goes into; the others stay open in the row they are in."""
    rest = [candidate for candidate in row.candidate_ids if UUID(str(candidate)) != employee_id]
    if not rest:
        return row
    row.candidate_ids = rest
    row.save(update_fields=["candidate_ids"])
    return MatchProposal(
        account_id=row.account_id,
        connection_id=row.connection_id,
        xero_employee_id=row.xero_employee_id,
        candidate_ids=[str(employee_id)],
        reason_code=row.reason_code,
        opened_at=row.opened_at,
    )


def _link(actor: Actor, row: MatchProposal, employee_id: UUID | None) -> None:
    employee_id = _candidate(row, employee_id)
    try:
        bindings.bind(
            actor.account_id,
            row.connection_id,
            employee_id=employee_id,
            xero_employee_id=row.xero_employee_id,
            matched_by=bindings.PERSON,
        )
    except bindings.AlreadyLinked:
        message = "One of the two is linked to somebody else already. Undo that link first, on the list of matches."
        raise Invalid(Problem("employee_id", message)) from None
    row.employee_id = employee_id


def forget_candidate(actor: Actor, employee_id: UUID) -> None:
    """Close what a plan proposed about one of ours; the next run proposes what still looks alike. Inside the scope."""
    rows = _rows(actor).filter(decided_at__isnull=True, candidate_ids__contains=[str(employee_id)])
    rows.exclude(reason_code__in=BY_PEOPLE).delete()


@scoped
def ask_again(actor: Actor, proposal_id: UUID) -> None:
    """Take a decision back and put the people on the review list again; until then they stay apart, as they were."""
    actor.require(Permission.MANAGE_INTEGRATION)
    row = _rows(actor).filter(proposal_id=proposal_id, decision__in=REPEATABLE).first()
    if row is None:
        raise NotFound("This is asked again already. Nothing was changed.")
    waiting = _rows(actor).filter(
        connection_id=row.connection_id, xero_employee_id=row.xero_employee_id, decided_at__isnull=True
    )
    if other := waiting.first():
        other.candidate_ids = sorted({*map(str, other.candidate_ids), *map(str, row.candidate_ids)})
        other.reason_code = ASKED_AGAIN
        other.save(update_fields=["candidate_ids", "reason_code"])
    else:
        person = mirror.find(actor.account_id, row.connection_id, row.xero_employee_id)
        open_proposal(actor, row.connection_id, person, candidates=sorted(row.candidate_ids), reason=ASKED_AGAIN)
    row.decision = TAKEN_BACK
    row.save(update_fields=["decision"])
    record(actor, Event.MATCH_ASKED_AGAIN, subject_kind="proposal", subject_id=proposal_id)
