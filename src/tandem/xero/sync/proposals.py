"""People who may be one person: kept until somebody decides. Automatic matches can be undone."""

import json
import uuid
from collections.abc import Iterable
from enum import StrEnum
from uuid import UUID

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
from tandem.xero.models import IN_USE, Binding, MatchProposal
from tandem.xero.sync import bindings, mirror
from tandem.xero.sync.mirror import person_as_json

COLUMN = "xero_matchproposal.summary"
MATCH_UNDONE = "match_undone"


class ProposalDecision(StrEnum):
    """What a person says about a Xero person that may be one of ours."""

    MATCH = "match"
    NEW_PERSON = "new_person"
    LEAVE = "leave"


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
        elif row is not None and row.reason_code != MATCH_UNDONE:
            row.candidate_ids, row.reason_code = candidates, proposal.reason.value
            row.save(update_fields=["candidate_ids", "reason_code"])
    for xero_employee_id, row in open_rows.items():
        if xero_employee_id not in wanted and row.reason_code != MATCH_UNDONE:
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
            actor.account_id, json.dumps(person_as_json(person)), column=COLUMN, row_id=proposal_id
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
    """Link the Xero person to one of ours, say it is somebody new, or leave it for later."""
    actor.require(Permission.MANAGE_INTEGRATION)
    row = (
        MatchProposal.objects.select_for_update(of=("self",))
        .filter(account_id=actor.account_id, proposal_id=proposal_id, decided_at__isnull=True, **IN_USE)
        .first()
    )
    if row is None:
        raise NotFound("Somebody has decided this already. Nothing was changed.")
    chosen = ProposalDecision(decision)
    if chosen is ProposalDecision.MATCH:
        _link(actor, row, employee_id)
    row.decision, row.decided_at, row.decided_by_user_id = chosen.value, clock.now(), actor.user_id
    row.xero_summary_sealed = None
    row.save()
    record(
        actor,
        Event.MATCH_ACCEPTED if chosen is ProposalDecision.MATCH else Event.MATCH_REJECTED,
        subject_kind="proposal",
        subject_id=proposal_id,
        facts={"decision": chosen.value, "employee": str(row.employee_id or "")},
    )


def _link(actor: Actor, row: MatchProposal, employee_id: UUID | None) -> None:
    candidates = {UUID(str(candidate)) for candidate in row.candidate_ids}
    if employee_id is None and len(candidates) == 1:
        employee_id = next(iter(candidates))
    if employee_id not in candidates or employee_id is None:
        raise Invalid(Problem("employee_id", "Choose which of the people listed this is."))
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


@scoped
def undo_match(actor: Actor, binding_id: UUID) -> None:
    """Unlink a pair; nothing is deleted on either side and the pair goes back to the review list."""
    actor.require(Permission.MANAGE_INTEGRATION)
    rows = Binding.objects.select_for_update(of=("self",)).filter(account_id=actor.account_id, **IN_USE)
    row = rows.filter(binding_id=binding_id).first()
    if row is None:
        raise NotFound("This link is gone already. Nothing was changed.")
    known = mirror.load(actor.account_id, row.connection_id, only=[row.xero_employee_id])
    person = known[0][1] if known else XeroEmployee(row.xero_employee_id)
    MatchProposal.objects.filter(
        account_id=actor.account_id,
        connection_id=row.connection_id,
        xero_employee_id=row.xero_employee_id,
        decided_at__isnull=True,
    ).delete()
    open_proposal(actor, row.connection_id, person, candidates=[str(row.employee_id)], reason=MATCH_UNDONE)
    record(
        actor,
        Event.MATCH_UNDONE,
        subject_kind="employee",
        subject_id=row.employee_id,
        facts={"xero_employee": str(row.xero_employee_id)},
    )
    row.delete()
