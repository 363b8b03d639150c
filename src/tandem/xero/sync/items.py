"""A plan as rows: each line sealed, with names of fields in clear. What is stored here is what is executed."""

import json
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from tandem.people.records import EmployeeRecord
from tandem.tenancy import vault
from tandem.xero.mapping.employee import XeroEmployee
from tandem.xero.matching.matching import Side
from tandem.xero.models import MatchProposal, Step
from tandem.xero.sync.pages import ItemKind, StepStatus
from tandem.xero.sync.plan import Plan, SkipReason, Verb
from tandem.xero.sync.plan import Step as PlannedStep
from tandem.xero.sync.proposals import BY_PEOPLE
from tandem.xero.sync.records import Snapshot
from tandem.xero.sync.stored import base_as_json, conflict_as_json, step_as_json, step_from_json

COLUMN = "xero_step.payload"
REQUEST_COLUMN = "xero_step.request"
#: Counted, not stored: they say nothing about anybody that a person could act on.
COUNTED_ONLY = frozenset({SkipReason.UNCHANGED, SkipReason.DIRECTION_NOT_ALLOWED, SkipReason.NUMBER_ONLY_IN_XERO})
CREATE_UNKNOWN = "create_unknown"
HELD = "held_for_review"
WRITE_SIZE = 500


@dataclass(frozen=True)
class Line:
    """One line of a plan, before it is a row."""

    kind: ItemKind
    payload: dict[str, Any]
    target: str = ""
    verb: str = ""
    employee_id: UUID | None = None
    xero_employee_id: UUID | None = None
    fields: tuple[str, ...] = ()
    reason: str = ""
    can_be_undone: bool = True


@dataclass(frozen=True)
class Names:
    """Who is who on both sides, for the lines' own sentences."""

    ours: dict[UUID, EmployeeRecord]
    theirs: dict[UUID, XeroEmployee]

    @classmethod
    def of(cls, snapshot: Snapshot) -> "Names":
        """Return the names in a snapshot."""
        return cls(
            {record.employee_id: record for record in snapshot.ours},
            {person.xero_employee_id: person for person in snapshot.theirs},
        )

    def name(self, employee_id: UUID | None, xero_employee_id: UUID | None) -> str:
        """Return a person's name, ours first."""
        if employee_id and (record := self.ours.get(employee_id)):
            return record.full_name
        if xero_employee_id and (person := self.theirs.get(xero_employee_id)):
            return person.full_name
        return ""


def fingerprint_of(account_id: UUID, plan: Plan) -> str:
    """Return the account's keyed digest of a plan: a plain one could be tried against every bank account number."""
    return vault.fingerprint(account_id, plan.fingerprint, purpose="plan")


def held_people(account_id: UUID, connection_id: UUID) -> tuple[set[UUID], set[UUID]]:
    """Return ours and theirs whom nobody may add anywhere before a person has looked: links undone, pairs asked again."""
    rows = MatchProposal.objects.filter(
        account_id=account_id, connection_id=connection_id, reason_code__in=BY_PEOPLE, decision__in=["", "leave"]
    )
    ours = {UUID(str(candidate)) for row in rows for candidate in row.candidate_ids}
    return ours, {row.xero_employee_id for row in rows}


def unconfirmed_creates(account_id: UUID, connection_id: UUID) -> set[UUID]:
    """Return ours whose creation Xero never confirmed; they are not sent again by themselves."""
    rows = Step.objects.filter(
        account_id=account_id,
        run__connection_id=connection_id,
        target=Side.XERO.value,
        verb=Verb.CREATE.value,
        status__in=[StepStatus.UNKNOWN.value, StepStatus.INTENDED.value],
    )
    return {row for row in rows.values_list("employee_id", flat=True) if row}


def lines(plan: Plan, names: Names, *, held: tuple[set[UUID], set[UUID]], unconfirmed: set[UUID]) -> Iterator[Line]:
    """Return the lines of a plan in the order in which they are executed; then what is left to people."""
    for match in plan.new_bindings:
        person = names.name(match.employee_id, match.xero_employee_id)
        yield Line(
            ItemKind.BIND,
            {"person": person},
            "",
            "bind",
            match.employee_id,
            match.xero_employee_id,
            reason=match.by.value,
        )
    for settlement in plan.settlements:
        yield Line(
            ItemKind.SETTLE,
            {
                "person": names.name(settlement.employee_id, settlement.xero_employee_id),
                "values": base_as_json(settlement.values),
            },
            employee_id=settlement.employee_id,
            xero_employee_id=settlement.xero_employee_id,
            fields=tuple(field.value for field in settlement.values),
        )
    for step in sorted(plan.steps, key=lambda one: one.target is Side.XERO):
        yield _step_line(step, names, held, unconfirmed)
    yield from _people_lines(plan, names)


def _step_line(step: PlannedStep, names: Names, held: tuple[set[UUID], set[UUID]], unconfirmed: set[UUID]) -> Line:
    person = names.name(step.employee_id, step.xero_employee_id)
    if step.verb is Verb.CREATE and step.employee_id in unconfirmed:
        message = (
            "Xero never confirmed that it added this person. Look for them in Xero, then say whether to send again."
        )
        return _problem_line(step, person, message, CREATE_UNKNOWN)
    if step.verb is Verb.CREATE and (step.employee_id in held[0] or step.xero_employee_id in held[1]):
        message = "This person waits under Matches. Decide there who they are; nobody is added before."
        return _problem_line(step, person, message, HELD)
    return Line(
        ItemKind.STEP,
        {"person": person, "step": step_as_json(step)},
        step.target.value,
        step.verb.value,
        step.employee_id,
        step.xero_employee_id,
        fields=step.field_names,
        can_be_undone=step.can_be_undone,
    )


def _problem_line(step: PlannedStep, person: str, message: str, reason: str) -> Line:
    return Line(
        ItemKind.PROBLEM,
        {"person": person, "field": "", "message": message, "fix_in": Side.HR.value},
        employee_id=step.employee_id,
        xero_employee_id=step.xero_employee_id,
        reason=reason,
    )


def _people_lines(plan: Plan, names: Names) -> Iterator[Line]:
    for conflict in plan.conflicts:
        yield Line(
            ItemKind.CONFLICT,
            {"person": names.name(conflict.employee_id, None), "conflict": conflict_as_json(conflict)},
            employee_id=conflict.employee_id,
            xero_employee_id=conflict.xero_employee_id,
            fields=(conflict.field.value,),
            reason=conflict.reason.value,
        )
    for found in plan.problems:
        yield Line(
            ItemKind.PROBLEM,
            {
                "person": names.name(found.employee_id, found.xero_employee_id),
                "field": found.problem.field,
                "message": found.problem.message,
                "fix_in": found.fix_in.value,
            },
            found.fix_in.value,
            employee_id=found.employee_id,
            xero_employee_id=found.xero_employee_id,
            fields=(found.problem.field,) if found.problem.field else (),
        )
    for proposal in plan.proposals:
        xero_employee_id = proposal.candidates[0].xero_employee_id
        yield Line(
            ItemKind.PROPOSAL,
            {
                "person": names.name(None, xero_employee_id),
                "candidates": [names.name(pair.employee_id, None) for pair in proposal.candidates],
            },
            xero_employee_id=xero_employee_id,
            reason=proposal.reason.value,
        )
    for skip in plan.skips:
        if skip.reason not in COUNTED_ONLY:
            yield Line(
                ItemKind.SKIP,
                {
                    "person": names.name(skip.employee_id, skip.xero_employee_id),
                    "sentence": skip.sentence,
                    "by": skip.by,
                },
                employee_id=skip.employee_id,
                xero_employee_id=skip.xero_employee_id,
                fields=tuple(field.value for field in skip.fields),
                reason=skip.reason.value,
            )


def store(account_id: UUID, run_id: UUID, found: Iterator[Line]) -> Counter[str]:
    """Write a plan's lines in place of any before; return how many of each. Inside the account's scope."""
    Step.objects.filter(account_id=account_id, run_id=run_id).delete()
    counts: Counter[str] = Counter()
    rows = []
    for position, line in enumerate(found):
        counts[line.kind.value] += 1
        if line.kind is ItemKind.STEP:
            counts[f"{line.target}_{line.verb}"] += 1
            counts["irreversible"] += not line.can_be_undone
        rows.append(as_row(account_id, run_id, position, line))
    Step.objects.bulk_create(rows, batch_size=WRITE_SIZE)
    return counts


def as_row(account_id: UUID, run_id: UUID, position: int, line: Line) -> Step:
    """Return a line as the row that keeps it. Inside the account's scope."""
    step_id = uuid.uuid4()
    return Step(
        step_id=step_id,
        account_id=account_id,
        run_id=run_id,
        position=position,
        item=line.kind.value,
        target=line.target,
        verb=line.verb,
        employee_id=line.employee_id,
        xero_employee_id=line.xero_employee_id,
        fields=list(line.fields),
        payload=vault.seal(account_id, json.dumps(line.payload), column=COLUMN, row_id=step_id),
        reason_code=line.reason,
        can_be_undone=line.can_be_undone,
    )


def payload_of(row: Step) -> dict[str, Any]:
    """Return what a row carries; empty once it has been wiped. Inside the account's scope."""
    if row.payload is None:
        return {}
    found: dict[str, Any] = json.loads(vault.unseal(row.account_id, row.payload, column=COLUMN, row_id=row.step_id))
    return found


def reseal(row: Step, payload: dict[str, Any]) -> None:
    """Put another payload into a row; the caller saves it."""
    row.payload = vault.seal(row.account_id, json.dumps(payload), column=COLUMN, row_id=row.step_id)


def planned_step(row: Step) -> PlannedStep:
    """Return the planned step that a row holds, with the ids the row has learnt since."""
    step = step_from_json(payload_of(row)["step"])
    return replace(step, employee_id=row.employee_id, xero_employee_id=row.xero_employee_id)


def request_of(row: Step) -> dict[str, Any] | None:
    """Return the body that was sent for a row, or None."""
    if row.request is None:
        return None
    found: dict[str, Any] = json.loads(
        vault.unseal(row.account_id, row.request, column=REQUEST_COLUMN, row_id=row.step_id)
    )
    return found


def seal_request(row: Step, body: dict[str, object]) -> None:
    """Keep the body that is about to be sent; the caller saves it."""
    row.request = vault.seal(row.account_id, json.dumps(body), column=REQUEST_COLUMN, row_id=row.step_id)
