"""Own changes, and the letters about them: one to those who may decide when somebody asks, one to the asker in the end.

A letter says that there is something to look at and where. What it is, and of whom, stays in Tandem (safety.md).
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from tandem.access.records import MemberRecord
from tandem.access.roles import Role, permissions_of
from tandem.access.selectors import find_user_of_employee, list_reachable
from tandem.flows.payroll import checked_super, problems_of_tax
from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, NotPermitted
from tandem.kernel.scoping import scoped
from tandem.notices.actions import write_letters
from tandem.notices.records import Recipient, Wording
from tandem.people import own_changes
from tandem.people.own_change_parts import PARTS
from tandem.people.own_change_records import ANSWER, OWN_TAX, OwnChangeKind
from tandem.people.own_changes import Asked
from tandem.people.payroll_records import PayrollDetails, SuperMembership, TfnExemption
from tandem.tenancy.selectors import get_account

LETTER = "own_change"


@scoped
def ask_own_details(actor: Actor, *, wanted: Mapping[str, object]) -> bool:
    """Ask for other details of one's own record and tell those who may decide; say whether anything was different.

    Raise Invalid with everything that is wrong.
    """
    return _tell_deciders(actor, OwnChangeKind.DETAILS, own_changes.ask_own_details(actor, wanted=wanted))


@scoped
def ask_own_super(actor: Actor, *, memberships: Sequence[SuperMembership]) -> bool:
    """Ask for other super funds of one's own and tell those who may decide; say whether anything was different.

    Raise Invalid with everything that is wrong.
    """
    asked = own_changes.ask_own_super(actor, memberships=checked_super(memberships))
    return _tell_deciders(actor, OwnChangeKind.SUPER, asked)


@scoped
def ask_own_tax(actor: Actor, *, details: PayrollDetails, exemption: TfnExemption | None, digits: str = "") -> bool:
    """Ask for another tax declaration of one's own and tell those who may decide; say whether anything was different.

    Raise Invalid with everything that is wrong with what is one's own: the rest is for the employer to mend.
    """
    if actor.employee_id is None:
        raise NotPermitted
    found = problems_of_tax(actor, actor.employee_id, details, exemption=exemption, digits=digits)
    if problems := [one for one in found if one.field in (*OWN_TAX, ANSWER)]:
        raise Invalid(*problems)
    asked = own_changes.ask_own_tax(actor, details=details, digits=digits, exemption=exemption)
    return _tell_deciders(actor, OwnChangeKind.TAX, asked)


@scoped
def approve_own_change(actor: Actor, *, employee_id: UUID, change_id: UUID) -> None:
    """Put in force what somebody asked for, and tell them; raise Invalid or NotFound."""
    own_changes.approve_own_change(actor, employee_id=employee_id, change_id=change_id)
    _tell_asker(actor, employee_id, change_id, "was approved. It is on your record now.")


@scoped
def refuse_own_change(actor: Actor, *, employee_id: UUID, change_id: UUID, note: str) -> None:
    """Refuse what somebody asked for, with the reason, and tell them; raise Invalid or NotFound."""
    own_changes.refuse_own_change(actor, employee_id=employee_id, change_id=change_id, note=note)
    _tell_asker(actor, employee_id, change_id, "was refused. Your record stays as it is; the reason is beside it.")


def _tell_deciders(actor: Actor, kind: OwnChangeKind, asked: Asked | None) -> bool:
    """Write to those who may decide; not again where they were told of one that this one replaces."""
    if asked is None or not asked.is_first:
        return asked is not None
    members = list_reachable(actor, roles=Role)
    to = [_recipient(one) for one in members if _decides(one, kind) and one.employee_id != actor.employee_id]
    account = get_account(actor.account_id)
    wording = Wording(
        subject=f"{account.name}: a change waits for a decision",
        body=f"Somebody asked for a change of their own record. It is in force once somebody else approves it.\n\n"
        f"Look at it: {_address('approval-list', account.slug)}\n",
        why="you decide on such changes",
    )
    write_letters(actor, to=to, wording=wording, kind=LETTER)
    return True


def _decides(member: MemberRecord, kind: OwnChangeKind) -> bool:
    return permissions_of(member.roles).issuperset(PARTS[kind].to_decide)


def _tell_asker(actor: Actor, employee_id: UUID, change_id: UUID, what: str) -> None:
    member = find_user_of_employee(actor, employee_id=employee_id)
    if member is None or not member.is_active:
        return
    account = get_account(actor.account_id)
    wording = Wording(
        subject=f"{account.name}: what you asked for was decided",
        body=f"The change that you asked for {what}\n\n"
        f"Look at it: {_address('own-change', account.slug, employee_id, change_id)}\n",
        why="you asked for it",
    )
    write_letters(actor, to=[_recipient(member)], wording=wording, kind=LETTER)


def _recipient(member: MemberRecord) -> Recipient:
    return Recipient(member.user_id, member.email)


def _address(name: str, *parts: object) -> str:
    return settings.TANDEM.base_url.rstrip("/") + reverse(name, args=parts)
