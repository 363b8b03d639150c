"""Own changes: asked for by the person whose record it is, decided by somebody else; nothing is in force before.

One request of each kind waits. It holds what was in force when it was asked for: where that has moved on, nobody approves
it over the newer values.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from tandem.kernel import clock
from tandem.kernel.actor import Actor, ActorKind
from tandem.kernel.errors import Invalid, NotFound, NotPermitted, Problem
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scope, scoped, scoped_part
from tandem.people import rules
from tandem.people.actions import NIGHTLY
from tandem.people.errors import EmployeeNotFound
from tandem.people.models import Employee, OwnChange
from tandem.people.official_numbers import compact, ending_of, tfn_fault
from tandem.people.own_change_parts import PARTS, Wanted
from tandem.people.own_change_records import (
    ANSWER,
    MEMBERSHIPS,
    OwnChangeKind,
    OwnChangeOutcome,
    OwnChangeRecord,
    Plain,
    details_of_plain,
    different,
    moved_since,
    not_own,
    plain_answer,
    plain_columns,
    plain_details,
    plain_memberships,
    plain_of,
)
from tandem.people.payroll import columns_of
from tandem.people.payroll_records import PayrollDetails, SuperMembership, TaxFileNumber, TfnExemption
from tandem.people.selectors import as_record, employees_of
from tandem.people.tax_numbers import marker
from tandem.tenancy import vault
from tandem.tenancy.records import AccountRecord
from tandem.tenancy.selectors import get_account
from tandem.timeline.actions import record
from tandem.timeline.events import Event

COLUMN = "people_ownchange.sealed_values"
NOTE_LENGTH = 200
#: For how long a request waits; its values may hold a tax file number.
LAPSES_AFTER = timedelta(days=60)
RECENT = 5
TAKEN_BACK = (OwnChangeOutcome.WITHDRAWN.value, OwnChangeOutcome.REPLACED.value)
#: What a change came through, before the id of its request.
VIA = "request"
GONE = "This request does not wait any more: it was decided, taken back or replaced."
OWN = "This is your own record. Somebody else decides on the change."
NO_REASON = "Say why you refuse it. The person who asked reads it."
MOVED = (
    "The record changed after this was asked for, so it cannot be approved any more. Refuse it and say so; the person can "
    "ask anew."
)
EVENTS = {
    OwnChangeOutcome.APPROVED: Event.OWN_CHANGE_APPROVED,
    OwnChangeOutcome.REFUSED: Event.OWN_CHANGE_REFUSED,
    OwnChangeOutcome.WITHDRAWN: Event.OWN_CHANGE_WITHDRAWN,
    OwnChangeOutcome.REPLACED: Event.OWN_CHANGE_WITHDRAWN,
    OwnChangeOutcome.LAPSED: Event.OWN_CHANGE_LAPSED,
}


@dataclass(frozen=True)
class Asked:
    """A request that waits now; `is_first` where none of its kind waited before."""

    change_id: UUID
    is_first: bool


@scoped
def ask_own_details(actor: Actor, *, wanted: Mapping[str, object]) -> Asked | None:
    """Ask for other details of one's own record; return None where nothing is different.

    A request that waits is replaced. Raise Invalid with everything that is wrong, NotPermitted for what is not one's own.
    """
    if not_own(wanted):
        raise NotPermitted
    row = _own_row(actor)
    found = different(plain_details(as_record(row)), plain_of(wanted))
    problems = rules.check_changes(as_record(row), details_of_plain(found), today=_today(actor))
    if problems:
        raise Invalid(*problems)
    return _ask(actor, row, OwnChangeKind.DETAILS, Wanted(found))


@scoped
def ask_own_super(actor: Actor, *, memberships: Sequence[SuperMembership]) -> Asked | None:
    """Ask for other super funds of one's own; return None where nothing is different. They come here checked."""
    return _ask(actor, _own_row(actor), OwnChangeKind.SUPER, Wanted({MEMBERSHIPS: plain_memberships(memberships)}))


@scoped
def ask_own_tax(
    actor: Actor, *, details: PayrollDetails, digits: str = "", exemption: TfnExemption | None = None
) -> Asked | None:
    """Ask for another declaration of one's own, and with digits or an exemption for another answer about the number.

    Return None where nothing is different. The declaration comes here checked; raise Invalid for digits that are no whole
    number. They are sealed with the vault's key, and outside of it known by their end alone.
    """
    row = _own_row(actor)
    wanted = plain_columns(columns_of(details))
    if exemption:
        return _ask(actor, row, OwnChangeKind.TAX, Wanted({**wanted, ANSWER: plain_answer(exemption)}))
    if not digits:
        return _ask(actor, row, OwnChangeKind.TAX, Wanted(wanted))
    if fault := tfn_fault(digits):
        raise Invalid(Problem(ANSWER, fault))
    answer = TaxFileNumber(ending_of(digits), marker(actor.account_id, digits))
    return _ask(actor, row, OwnChangeKind.TAX, Wanted({**wanted, ANSWER: plain_answer(answer)}, compact(digits)))


def _ask(actor: Actor, row: Employee, kind: OwnChangeKind, wanted: Wanted) -> Asked | None:
    """Have a request wait in place of the one before. With the record locked."""
    in_force = PARTS[kind].in_force(actor, row)
    after = different(in_force, wanted.after)
    if not after:
        return None
    earlier = _waiting(actor).filter(employee_id=row.employee_id, kind=kind.value).first()
    if earlier:
        _end(actor, earlier, OwnChangeOutcome.REPLACED)
    change = OwnChange(account_id=actor.account_id, employee=row, kind=kind.value, fields=sorted(after))
    change.asked_at, change.asked_by_id = clock.now(), _person(actor)
    values = {"before": {name: in_force[name] for name in after}, "after": after}
    _seal(change, {**values, "digits": wanted.digits if ANSWER in after else ""})
    change.save(force_insert=True)
    _say(actor, Event.OWN_CHANGE_ASKED, change)
    return Asked(change.change_id, is_first=earlier is None)


@scoped
def approve_own_change(actor: Actor, *, employee_id: UUID, change_id: UUID) -> OwnChangeKind:
    """Put in force what somebody asked for of their own record; return what it was about.

    Raise Invalid for one's own record, and where the record moved on meanwhile.
    """
    row, change = _to_decide(actor, employee_id, change_id)
    part, values = PARTS[OwnChangeKind(change.kind)], _values(change)
    if moved_since(values["before"], part.in_force(actor, row)):
        raise Invalid(Problem("", MOVED))
    part.put(actor, row, Wanted(values["after"], values["digits"]), f"{VIA} {change.change_id}")
    _end(actor, change, OwnChangeOutcome.APPROVED)
    return OwnChangeKind(change.kind)


@scoped
def refuse_own_change(actor: Actor, *, employee_id: UUID, change_id: UUID, note: str) -> OwnChangeKind:
    """Refuse what somebody asked for, and say why; the record stays as it is. Return what it was about."""
    _, change = _to_decide(actor, employee_id, change_id)
    change.decision_note = note.strip()[:NOTE_LENGTH]
    if not change.decision_note:
        raise Invalid(Problem("note", NO_REASON))
    _end(actor, change, OwnChangeOutcome.REFUSED)
    return OwnChangeKind(change.kind)


@scoped
def withdraw_own_change(actor: Actor, *, change_id: UUID) -> None:
    """Take one's own request back."""
    row = _own_row(actor)
    _end(actor, _find(actor, row.employee_id, change_id), OwnChangeOutcome.WITHDRAWN)


@scoped_part
def get_own_change(actor: Actor, *, employee_id: UUID, change_id: UUID) -> OwnChangeRecord:
    """Return one request, with its values while it waits; raise NotFound."""
    _require_seeing(actor, employee_id)
    change = _rows(actor).filter(employee_id=employee_id, change_id=change_id).first()
    if change is None or not _sees(actor, change):
        raise NotFound
    return _as_record(actor, change)


@scoped_part
def list_own_changes(actor: Actor, *, employee_id: UUID) -> list[OwnChangeRecord]:
    """Return what waits of somebody's own requests, then the newest that were approved or refused; without the values."""
    _require_seeing(actor, employee_id)
    rows = _rows(actor).filter(employee_id=employee_id).exclude(outcome__in=TAKEN_BACK)
    newest = rows.order_by(F("decided_at").desc(nulls_first=True))[:RECENT]
    return [_as_line(change) for change in newest if _sees(actor, change)]


@scoped_part
def find_own_request(actor: Actor, *, kind: OwnChangeKind) -> Plain:
    """Return the values of one's own that wait, empty where none of this kind do, for a form that goes on from there."""
    change = _waiting(actor).filter(employee_id=_own_id(actor), kind=kind.value).first()
    return _values(change)["after"] if change else {}


@scoped_part
def list_waiting_own_changes(actor: Actor) -> list[OwnChangeRecord]:
    """Return everything that the actor may decide on, the oldest first; without the values."""
    kinds = [kind.value for kind, part in PARTS.items() if all(map(actor.may, part.to_decide))]
    if not kinds:
        raise NotPermitted
    rows = _waiting(actor).filter(kind__in=kinds).order_by("asked_at")
    return [_as_line(change) for change in rows if change.employee_id != actor.employee_id]


def lapse_own_changes(account: AccountRecord) -> int:
    """End the requests on which nobody decided in time, so that their values rest nowhere for longer; return how many."""
    actor = Actor.system(account.account_id, because=NIGHTLY)
    with scope(account.account_id):
        rows = OwnChange.objects.select_for_update().filter(account_id=account.account_id, outcome="")
        late = list(rows.filter(asked_at__lt=clock.now() - LAPSES_AFTER))
        for change in late:
            _end(actor, change, OwnChangeOutcome.LAPSED)
        return len(late)


def _person(actor: Actor) -> UUID:
    """Return who is at the screen: no program and no job asks or decides for a person."""
    if actor.kind is not ActorKind.USER or actor.user_id is None:
        raise NotPermitted
    return actor.user_id


def _own_id(actor: Actor) -> UUID:
    actor.require(Permission.VIEW_SELF)
    if actor.employee_id is None:
        raise NotPermitted
    return actor.employee_id


def _own_row(actor: Actor) -> Employee:
    """Return the record of the one who is at the screen, locked."""
    _person(actor)
    return _locked(actor, _own_id(actor))


def _locked(actor: Actor, employee_id: UUID) -> Employee:
    row = employees_of(actor).select_for_update(of=("self",)).filter(employee_id=employee_id).first()
    if row is None:
        raise EmployeeNotFound
    return row


def _to_decide(actor: Actor, employee_id: UUID, change_id: UUID) -> tuple[Employee, OwnChange]:
    """Return the record, locked, and a request that waits, to somebody who may decide on it."""
    user_id = _person(actor)
    actor.require(Permission.VIEW_EMPLOYEES)
    row = _locked(actor, employee_id)
    change = _find(actor, employee_id, change_id)
    for permission in PARTS[OwnChangeKind(change.kind)].to_decide:
        actor.require(permission)
    if actor.employee_id == employee_id or change.asked_by_id == user_id:
        raise Invalid(Problem("", OWN))
    return row, change


def _require_seeing(actor: Actor, employee_id: UUID) -> None:
    """Return where the actor may see the record."""
    actor.require(Permission.VIEW_SELF if actor.employee_id == employee_id else Permission.VIEW_EMPLOYEES)


def _sees(actor: Actor, change: OwnChange) -> bool:
    needed = PARTS[OwnChangeKind(change.kind)].to_see
    return actor.employee_id == change.employee_id or all(map(actor.may, needed))


def _rows(actor: Actor) -> QuerySet[OwnChange]:
    rows = OwnChange.objects.filter(account_id=actor.account_id, employee__deleted_at__isnull=True)
    return rows.select_related("employee")


def _waiting(actor: Actor) -> QuerySet[OwnChange]:
    return _rows(actor).filter(outcome="")


def _find(actor: Actor, employee_id: UUID, change_id: UUID) -> OwnChange:
    change = _waiting(actor).filter(employee_id=employee_id, change_id=change_id).first()
    if change is None:
        raise NotFound(GONE)
    return change


def _end(actor: Actor, change: OwnChange, outcome: OwnChangeOutcome) -> None:
    change.outcome, change.sealed_values = outcome.value, None
    change.decided_at, change.decided_by_id = clock.now(), actor.user_id
    change.save(update_fields=["outcome", "sealed_values", "decided_at", "decided_by_id", "decision_note"])
    _say(actor, EVENTS[outcome], change)


def _say(actor: Actor, event: Event, change: OwnChange) -> None:
    facts: dict[str, str | list[str]] = {"kind": change.kind, "fields": list(change.fields)}
    record(actor, event, subject_kind="employee", subject_id=change.employee_id, facts=facts)


def _seal(change: OwnChange, values: Plain) -> None:
    change.sealed_values = vault.seal(
        change.account_id,
        json.dumps(values),
        column=COLUMN,
        row_id=change.change_id,
        purpose=PARTS[OwnChangeKind(change.kind)].purpose,
    )


def _values(change: OwnChange) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(
        vault.unseal(
            change.account_id,
            change.sealed_values or b"",
            column=COLUMN,
            row_id=change.change_id,
            purpose=PARTS[OwnChangeKind(change.kind)].purpose,
        )
    )
    return values


def _as_record(actor: Actor, change: OwnChange) -> OwnChangeRecord:
    line = _as_line(change)
    if line.outcome is not None:
        return line
    values = _values(change)
    moved = moved_since(values["before"], PARTS[line.kind].in_force(actor, change.employee))
    return replace(line, before=values["before"], after=values["after"], moved=moved)


def _as_line(change: OwnChange) -> OwnChangeRecord:
    return OwnChangeRecord(
        change_id=change.change_id,
        employee_id=change.employee_id,
        full_name=as_record(change.employee).full_name,
        kind=OwnChangeKind(change.kind),
        fields=tuple(change.fields),
        asked_at=change.asked_at,
        asked_by_id=change.asked_by_id,
        outcome=OwnChangeOutcome(change.outcome) if change.outcome else None,
        decided_at=change.decided_at,
        decided_by_id=change.decided_by_id,
        note=change.decision_note,
    )


def _today(actor: Actor) -> date:
    return clock.today_in(get_account(actor.account_id).time_zone)
