"""A change of bank accounts: asked for by one person, put in force by another, never by the one whose pay it is."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from django.db.models import Q, QuerySet

from tandem.kernel import clock
from tandem.kernel.actor import Actor, ActorKind
from tandem.kernel.errors import Invalid, NotFound, NotPermitted, Problem
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped, scoped_part
from tandem.people.errors import BankChangeWaits
from tandem.people.models import PayBankChange
from tandem.people.payroll import (
    bank_accounts_of,
    lock_for_payroll,
    put_bank_accounts,
    require_payroll,
    say_changed,
)
from tandem.people.payroll_records import BankAccount
from tandem.people.selectors import as_record
from tandem.tenancy import vault
from tandem.timeline.actions import record
from tandem.timeline.events import Event

COLUMN = "people_paybankchange.sealed_accounts"
PURPOSE = "bank accounts"
SAME_PERSON = "You asked for this change. Somebody else with the Payroll Tab role has to approve it."
OWN_PAY = "These are your own bank accounts. Somebody else with the Payroll Tab role has to approve the change."


class BankChangeOutcome(StrEnum):
    """How a request ended; "" while it waits."""

    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"


EVENTS = {
    BankChangeOutcome.APPROVED: Event.BANK_CHANGE_APPROVED,
    BankChangeOutcome.REFUSED: Event.BANK_CHANGE_REFUSED,
    BankChangeOutcome.WITHDRAWN: Event.BANK_CHANGE_WITHDRAWN,
    BankChangeOutcome.REPLACED: Event.BANK_CHANGE_WITHDRAWN,
}
#: What a person said no with.
REFUSALS = frozenset({BankChangeOutcome.REFUSED.value, BankChangeOutcome.WITHDRAWN.value})


@dataclass(frozen=True)
class BankChangeRecord:
    """A list of bank accounts that waits for a second person; `via` names the import that asks, `asked_by_id` who let it run."""

    change_id: UUID
    employee_id: UUID
    asked_at: datetime
    asked_by_id: UUID | None
    via: str = ""
    accounts: tuple[BankAccount, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class WaitingBankChange:
    """One line of the approvals list."""

    change_id: UUID
    employee_id: UUID
    full_name: str
    asked_at: datetime
    asked_by_id: UUID | None
    via: str = ""


@dataclass(frozen=True)
class BankStanding:
    """Where somebody's bank accounts stand: a request waits, and the mark of the list that was refused to an import last."""

    waits: bool = False
    refused_mark: str = ""


@scoped
def ask_bank_change(actor: Actor, *, employee_id: UUID, accounts: Sequence[BankAccount]) -> bool:
    """Ask for a list of accounts in place of the one in force; an earlier request that waits is replaced.

    People may ask for their own. Say whether anything was different. Nothing reaches a plan before another person approves.
    """
    user_id = _person(actor)
    lock_for_payroll(actor, employee_id, _to_ask(actor, employee_id))
    if tuple(accounts) == bank_accounts_of(actor, employee_id):
        return False
    earlier = _waiting(actor).filter(employee_id=employee_id).first()
    if earlier:
        _end(actor, earlier, BankChangeOutcome.REPLACED)
    _ask(actor, PayBankChange(employee_id=employee_id, asked_by_id=user_id), accounts)
    return True


def ask_for_import(
    actor: Actor, *, employee_id: UUID, accounts: Sequence[BankAccount], via: str, asked_by_id: UUID | None
) -> None:
    """Ask a second person for the accounts that an import found, in place of those in force; with the record locked.

    `asked_by_id` is who let the import go ahead, None where it is automatic. Raise BankChangeWaits where a request waits.
    """
    if _waiting(actor).filter(employee_id=employee_id).exists():
        raise BankChangeWaits
    mark = mark_of(actor.account_id, accounts)
    _ask(actor, PayBankChange(employee_id=employee_id, asked_by_id=asked_by_id, via=via, mark=mark), accounts)


def _ask(actor: Actor, row: PayBankChange, accounts: Sequence[BankAccount]) -> None:
    row.account_id, row.asked_at = actor.account_id, clock.now()
    row.sealed_accounts = vault.seal(actor.account_id, _written(accounts), column=COLUMN, row_id=row.change_id)
    row.save(force_insert=True)
    record(actor, Event.BANK_CHANGE_ASKED, subject_kind="employee", subject_id=row.employee_id)


def mark_of(account_id: UUID, accounts: Sequence[BankAccount]) -> str:
    """Return the keyed mark of a list of accounts, the same for the same list within one account."""
    return vault.fingerprint(account_id, _written(accounts), purpose=PURPOSE)


@scoped_part
def standing_of_bank_accounts(actor: Actor) -> Mapping[UUID, BankStanding]:
    """Return of everybody about whom a request waits, or was refused to an import, where their bank accounts stand."""
    actor.require(Permission.VIEW_PAYROLL)
    rows = PayBankChange.objects.filter(account_id=actor.account_id).filter(Q(outcome="") | ~Q(mark=""))
    found: dict[UUID, BankStanding] = {}
    for employee_id, outcome, mark in rows.order_by("asked_at").values_list("employee_id", "outcome", "mark"):
        refused = mark if outcome in REFUSALS else ""
        found[employee_id] = BankStanding(waits=outcome == "", refused_mark=refused)
    return found


@scoped
def approve_bank_change(actor: Actor, *, employee_id: UUID, change_id: UUID) -> None:
    """Put in force what somebody else asked for; raise Invalid for one's own request or one's own pay."""
    user_id = _person(actor)
    lock_for_payroll(actor, employee_id)
    row = _find(actor, employee_id, change_id)
    if row.asked_by_id == user_id:
        raise Invalid(Problem("", SAME_PERSON))
    if actor.employee_id == employee_id:
        raise Invalid(Problem("", OWN_PAY))
    put_bank_accounts(actor, employee_id, _proposed(row))
    _end(actor, row, BankChangeOutcome.APPROVED)
    say_changed(actor, employee_id, ["bank_accounts"])


@scoped
def end_bank_change(actor: Actor, *, employee_id: UUID, change_id: UUID) -> BankChangeOutcome:
    """Take one's own request back, or refuse somebody else's; the accounts in force stay."""
    user_id = _person(actor)
    lock_for_payroll(actor, employee_id, _to_ask(actor, employee_id))
    row = _find(actor, employee_id, change_id)
    outcome = BankChangeOutcome.WITHDRAWN if row.asked_by_id == user_id else BankChangeOutcome.REFUSED
    if outcome is BankChangeOutcome.REFUSED:
        actor.require(Permission.EDIT_PAYROLL)
    _end(actor, row, outcome)
    return outcome


@scoped_part
def find_bank_change(actor: Actor, *, employee_id: UUID) -> BankChangeRecord | None:
    """Return the request that waits for this person, with what it would put in force."""
    require_payroll(actor, employee_id, Permission.VIEW_PAYROLL)
    row = _waiting(actor).filter(employee_id=employee_id).first()
    if row is None:
        return None
    return BankChangeRecord(row.change_id, employee_id, row.asked_at, row.asked_by_id, row.via, _proposed(row))


@scoped_part
def list_bank_changes(actor: Actor) -> list[WaitingBankChange]:
    """Return every request that waits, the oldest first; never a number."""
    actor.require(Permission.VIEW_PAYROLL)
    actor.require(Permission.VIEW_EMPLOYEES)
    rows = _waiting(actor).filter(employee__deleted_at__isnull=True).select_related("employee").order_by("asked_at")
    return [
        WaitingBankChange(
            row.change_id, row.employee_id, as_record(row.employee).full_name, row.asked_at, row.asked_by_id, row.via
        )
        for row in rows
    ]


def _person(actor: Actor) -> UUID:
    """Return who is at the screen: no program and no job has a second pair of eyes."""
    if actor.kind is not ActorKind.USER or actor.user_id is None:
        raise NotPermitted
    return actor.user_id


def _to_ask(actor: Actor, employee_id: UUID) -> Permission:
    """Return what it takes to ask: for one's own accounts no more than to see them."""
    return Permission.VIEW_PAYROLL if actor.employee_id == employee_id else Permission.EDIT_PAYROLL


def _waiting(actor: Actor) -> QuerySet[PayBankChange]:
    return PayBankChange.objects.filter(account_id=actor.account_id, outcome="")


def _find(actor: Actor, employee_id: UUID, change_id: UUID) -> PayBankChange:
    row = _waiting(actor).filter(employee_id=employee_id, change_id=change_id).first()
    if row is None:
        raise NotFound("This change does not wait any more: it was decided, taken back or replaced.")
    return row


def _end(actor: Actor, row: PayBankChange, outcome: BankChangeOutcome) -> None:
    row.outcome, row.sealed_accounts = outcome.value, None
    row.decided_at, row.decided_by_id = clock.now(), actor.user_id
    row.save(update_fields=["outcome", "sealed_accounts", "decided_at", "decided_by_id"])
    record(actor, EVENTS[outcome], subject_kind="employee", subject_id=row.employee_id)


def _written(accounts: Sequence[BankAccount]) -> str:
    return json.dumps([asdict(account) for account in accounts], default=str)


def _proposed(row: PayBankChange) -> tuple[BankAccount, ...]:
    sealed = row.sealed_accounts or b""
    found = json.loads(vault.unseal(row.account_id, sealed, column=COLUMN, row_id=row.change_id))
    return tuple(
        BankAccount(**{**one, "amount": None if one["amount"] is None else Decimal(one["amount"])}) for one in found
    )
