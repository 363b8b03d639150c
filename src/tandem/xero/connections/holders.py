"""Who a Xero user is in Tandem: found by address or name, and put right by an administrator.

Most people are imported after the connection was made, so whoever was found nowhere is looked for again.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.db.models import QuerySet

from tandem.access.records import MemberRecord
from tandem.access.selectors import find_member_by_email, find_user_of_employee
from tandem.kernel.actor import Actor
from tandem.kernel.errors import NotFound
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped, scoped_part
from tandem.people.selectors import get_employee, list_by_email, list_employees
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.xero.models import IN_USE, Binding, Connection, Grant

ROLES = ("primary", "standby")


class Match(StrEnum):
    """How sure it is who a Xero user is. Values are stored: never rename one."""

    UNKNOWN = ""
    SIGN_IN = "sign_in"
    EMAIL = "email"
    NAME = "name"
    ASSIGNED = "assigned"
    NOBODY = "nobody"

    @property
    def is_decided(self) -> bool:
        """Say whether a person has said so, so that nothing is looked for any more."""
        return self in (Match.ASSIGNED, Match.NOBODY)

    @property
    def is_certain(self) -> bool:
        """Say whether pages may speak of this person without *most likely*."""
        return self is not Match.NAME


@dataclass(frozen=True)
class HolderRecord:
    """Somebody who holds a grant of the account; `is_certain` False goes with the words *most likely*.

    `has_second` says that another person has authorised as well.
    """

    employee_id: UUID | None
    grant_id: UUID
    role: str
    name: str
    match: Match
    has_second: bool = False

    @property
    def is_certain(self) -> bool:
        """Say whether it is known, and not only likely, that this employee is the Xero user."""
        return self.match.is_certain


def find_person(account_id: UUID, *, name: str, email: str) -> tuple[UUID | None, Match]:
    """Return the employee behind a Xero user, if exactly one has their address or their exact name, and how found."""
    system = Actor.system(account_id, because="holder")
    member = find_member_by_email(system, email=email)
    if member is not None and member.employee_id is not None:
        return member.employee_id, Match.SIGN_IN
    by_email = list_by_email(system, email=email)
    if by_email:
        return (by_email[0].employee_id, Match.EMAIL) if len(by_email) == 1 else (None, Match.UNKNOWN)
    wanted = name.casefold().split()
    if not wanted:
        return None, Match.UNKNOWN
    rows = list_employees(system, search=name).rows
    same = [row for row in rows if f"{row.first_name} {row.last_name}".casefold().split() == wanted]
    return (same[0].employee_id, Match.NAME) if len(same) == 1 else (None, Match.UNKNOWN)


def find_again(grant: Grant) -> None:
    """Look again for whoever was found nowhere, or by the name alone. Inside the account's scope."""
    match = Match(grant.holder_match)
    is_settled = match.is_decided or (grant.holder_employee_id is not None and match is not Match.NAME)
    if is_settled:
        return
    found, how = find_person(grant.account_id, name=grant.holder_name, email=grant.holder_email)
    # A record in the recycle bin is found by nothing, and is still the holder's.
    if found is not None and (found, how) != (grant.holder_employee_id, match):
        grant.holder_employee_id, grant.holder_match = found, how.value
        grant.save(update_fields=["holder_employee_id", "holder_match"])


def sign_in_of(grant: Grant) -> MemberRecord | None:
    """Return the member behind a grant: linked to the same record, or with the same address. Inside the scope."""
    system = Actor.system(grant.account_id, because="holder")
    if grant.holder_employee_id is not None:
        member = find_user_of_employee(system, employee_id=grant.holder_employee_id)
        if member is not None:
            return member
    if grant.holder_match == Match.NOBODY.value:
        return None
    member = find_member_by_email(system, email=grant.holder_email)
    is_somebody_else = member is not None and member.employee_id not in (None, grant.holder_employee_id)
    return None if is_somebody_else else member


@scoped_part
def find_holder(actor: Actor, *, employee_id: UUID) -> HolderRecord | None:
    """Return the grant that this employee holds, the primary one first."""
    for grant in Grant.objects.filter(account_id=actor.account_id, role__in=ROLES).order_by("role"):
        find_again(grant)
        if grant.holder_employee_id == employee_id:
            return _as_record(grant)
    return None


@scoped_part
def holders_by_employee(actor: Actor) -> dict[UUID, HolderRecord]:
    """Return the holders who have a record, by it, for lists of people."""
    found: dict[UUID, HolderRecord] = {}
    for grant in Grant.objects.filter(account_id=actor.account_id, role__in=ROLES).order_by("-role"):
        find_again(grant)
        if grant.holder_employee_id is not None:
            found[grant.holder_employee_id] = _as_record(grant)
    return found


@scoped_part
def find_holder_with_sign_in(actor: Actor, *, membership_id: UUID) -> HolderRecord | None:
    """Return the grant whose holder signs in to Tandem by this membership."""
    actor.require(Permission.MANAGE_USERS)
    for grant in Grant.objects.filter(account_id=actor.account_id, role__in=ROLES).order_by("role"):
        find_again(grant)
        member = sign_in_of(grant)
        if member is not None and member.membership_id == membership_id:
            return _as_record(grant)
    return None


def locked_grants(actor: Actor) -> QuerySet[Grant]:
    """Lock the connection, and return the grants in use, locked when they are read. Inside the account's scope.

    In this order, as a consent locks them that is put in place meanwhile (ADR 41).
    """
    Connection.objects.select_for_update(no_key=True).filter(account_id=actor.account_id).first()
    return Grant.objects.select_for_update(no_key=True).filter(account_id=actor.account_id, role__in=ROLES)


@scoped
def assign_holder(actor: Actor, *, grant_id: UUID, employee_id: UUID | None) -> HolderRecord:
    """Say which employee a Xero user is, or (None) that they are nobody here. Foresee anew afterwards."""
    actor.require(Permission.MANAGE_INTEGRATION)
    grant = locked_grants(actor).filter(grant_id=grant_id).first()
    if grant is None:
        raise NotFound
    if employee_id is not None:
        get_employee(actor, employee_id=employee_id)
    grant.holder_employee_id = employee_id
    grant.holder_match = (Match.NOBODY if employee_id is None else Match.ASSIGNED).value
    grant.save(update_fields=["holder_employee_id", "holder_match"])
    record(
        actor,
        Event.HOLDER_ASSIGNED,
        subject_kind="grant",
        subject_id=grant_id,
        facts={"match": grant.holder_match},
    )
    return _as_record(grant)


@scoped_part
def needed_here(actor: Actor, employee_ids: Collection[UUID]) -> set[UUID]:
    """Return those of the employees who hold a grant, or are linked: the next import would bring them back."""
    account = {"account_id": actor.account_id}
    holding = Grant.objects.filter(**account, role__in=ROLES, holder_employee_id__in=employee_ids)
    linked = Binding.objects.filter(**account, **IN_USE, employee_id__in=employee_ids)
    return {
        *linked.values_list("employee_id", flat=True),
        *(one.holder_employee_id for one in holding if one.holder_employee_id),
    }


def _as_record(grant: Grant) -> HolderRecord:
    others = Grant.objects.filter(account_id=grant.account_id, role__in=ROLES).exclude(xero_userid=grant.xero_userid)
    return HolderRecord(
        grant.holder_employee_id,
        grant.grant_id,
        grant.role,
        grant.holder_name,
        Match(grant.holder_match),
        has_second=others.exists(),
    )
