"""Give, change and end access."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from tandem.access.models import Membership, User
from tandem.access.records import MemberRecord
from tandem.access.roles import OF_PAYROLL, Role
from tandem.access.selectors import as_record
from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, NotFound, Problem
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped
from tandem.timeline.actions import record
from tandem.timeline.events import Event

EMPLOYMENT_ENDED = "employment_ended"
LOCKED = "locked"
ENDING = ("is_active", "ended_reason", "ended_at")


def ensure_user(email: str, *, name: str, password_hash: str = "", is_support: bool = False) -> UUID:
    """Return the sign-in with this address, making it when there is none. An existing password is kept."""
    existing = User.objects.filter(email=email.strip().lower()).first()
    if existing is not None:
        return existing.id
    return User.objects.create_user(email, password_hash=password_hash, name=name, is_support=is_support).id


@scoped
def grant_access(
    actor: Actor, *, user_id: UUID, roles: Iterable[Role], employee_id: UUID | None = None
) -> MemberRecord:
    """Give a sign-in access to the account with the roles."""
    actor.require(Permission.MANAGE_USERS)
    if _members(actor).filter(user_id=user_id).exists():
        raise Invalid(Problem("email", "This person already has access. Change their roles instead."))
    membership = Membership.objects.create(
        account_id=actor.account_id, user_id=user_id, employee_id=employee_id, roles=[role.value for role in roles]
    )
    record(
        actor, Event.ACCESS_GRANTED, subject_kind="user", subject_id=user_id, facts={"roles": list(membership.roles)}
    )
    return as_record(membership)


@scoped
def invite(
    actor: Actor, *, email: str, name: str, roles: Iterable[Role], employee_id: UUID | None = None
) -> MemberRecord:
    """Give the owner of an address access, making a sign-in without a password when there is none."""
    actor.require(Permission.MANAGE_USERS)
    _refuse_linked_twice(actor, employee_id)
    return grant_access(actor, user_id=ensure_user(email, name=name), roles=roles, employee_id=employee_id)


@scoped
def change_member(
    actor: Actor, *, membership_id: UUID, roles: Iterable[Role], employee_id: UUID | None
) -> MemberRecord:
    """Replace a member's roles and linked record; the last administrator keeps their role."""
    actor.require(Permission.MANAGE_USERS)
    membership = _locked(actor, membership_id)
    wanted = [role.value for role in roles]
    if Role.ACCOUNT_ADMIN.value in membership.roles and Role.ACCOUNT_ADMIN.value not in wanted:
        _refuse_without_another_administrator(actor, membership)
    if employee_id != membership.employee_id:
        _refuse_linked_twice(actor, employee_id)
    if OF_PAYROLL.intersection(wanted):
        membership.left_payroll_at = None
    elif OF_PAYROLL.intersection(membership.roles):
        membership.left_payroll_at = clock.now()
    membership.roles, membership.employee_id = wanted, employee_id
    membership.save(update_fields=["roles", "employee_id", "left_payroll_at"])
    record(
        actor,
        Event.ACCESS_CHANGED,
        subject_kind="user",
        subject_id=membership.user_id,
        facts={"roles": wanted, "employee_id": str(employee_id or "")},
    )
    return as_record(membership)


@scoped
def set_access(actor: Actor, *, membership_id: UUID, is_active: bool) -> MemberRecord:
    """Lock a member out of the account, or let them in again."""
    actor.require(Permission.MANAGE_USERS)
    membership = _locked(actor, membership_id)
    if not is_active and Role.ACCOUNT_ADMIN.value in membership.roles:
        _refuse_without_another_administrator(actor, membership)
    membership.is_active, membership.ended_reason = is_active, "" if is_active else LOCKED
    membership.ended_at = None if is_active else clock.now()
    membership.save(update_fields=ENDING)
    event = Event.ACCESS_GRANTED if is_active else Event.ACCESS_ENDED
    record(actor, event, subject_kind="user", subject_id=membership.user_id, facts={"because": "administrator"})
    return as_record(membership)


@scoped
def end_access_of_employee(actor: Actor, *, employee_id: UUID) -> UUID | None:
    """End the access of the sign-in linked to a terminated or deleted record; return its user id when there was one."""
    membership = _members(actor).select_for_update(of=("self",)).filter(employee_id=employee_id, is_active=True).first()
    if membership is None:
        return None
    membership.is_active, membership.ended_reason, membership.ended_at = False, EMPLOYMENT_ENDED, clock.now()
    membership.save(update_fields=ENDING)
    record(
        actor,
        Event.ACCESS_ENDED,
        subject_kind="user",
        subject_id=membership.user_id,
        facts={"because": EMPLOYMENT_ENDED},
    )
    return membership.user_id


@scoped
def restore_access_of_employee(actor: Actor, *, employee_id: UUID) -> UUID | None:
    """Give back the access that a termination ended; access ended by an administrator stays ended."""
    membership = (
        _members(actor)
        .select_for_update(of=("self",))
        .filter(employee_id=employee_id, is_active=False, ended_reason=EMPLOYMENT_ENDED)
        .first()
    )
    if membership is None:
        return None
    membership.is_active, membership.ended_reason, membership.ended_at = True, "", None
    membership.save(update_fields=ENDING)
    record(
        actor, Event.ACCESS_GRANTED, subject_kind="user", subject_id=membership.user_id, facts={"because": "reinstated"}
    )
    return membership.user_id


def _members(actor: Actor) -> QuerySet[Membership]:
    return Membership.objects.filter(account_id=actor.account_id)


def _locked(actor: Actor, membership_id: UUID) -> Membership:
    membership = (
        _members(actor)
        .select_for_update(of=("self",))
        .select_related("user")
        .filter(membership_id=membership_id)
        .first()
    )
    if membership is None:
        raise NotFound
    return membership


def _refuse_without_another_administrator(actor: Actor, membership: Membership) -> None:
    others = _members(actor).filter(is_active=True, roles__contains=[Role.ACCOUNT_ADMIN.value])
    if not others.exclude(membership_id=membership.membership_id).exists():
        raise Invalid(
            Problem("roles", "This is the only administrator. Give somebody else the AccountAdmin role first.")
        )


def _refuse_linked_twice(actor: Actor, employee_id: UUID | None) -> None:
    if employee_id is None:
        return
    if _members(actor).filter(employee_id=employee_id).exists():
        raise Invalid(Problem("employee_id", "This record is linked to another sign-in. Unlink it there first."))
