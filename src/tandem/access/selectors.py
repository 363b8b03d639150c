"""Who a request is, and who belongs to an account."""

from collections.abc import Iterable
from uuid import UUID

from tandem.access.models import Membership, User
from tandem.access.records import MemberRecord
from tandem.access.roles import Role, permissions_of
from tandem.kernel.actor import Actor, ActorKind
from tandem.kernel.errors import NotFound
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scope, scoped_part
from tandem.tenancy.records import AccountRecord


def as_record(membership: Membership) -> MemberRecord:
    """Return the membership as a value."""
    return MemberRecord(
        membership_id=membership.membership_id,
        user_id=membership.user_id,
        email=membership.user.email,
        name=membership.user.name,
        roles=tuple(membership.roles),
        is_active=membership.is_active,
        ended_reason=membership.ended_reason,
        employee_id=membership.employee_id,
        last_signed_in_at=membership.user.last_login,
        ended_at=membership.ended_at,
        left_payroll_at=membership.left_payroll_at,
    )


def find_actor(user: User, *, account: AccountRecord) -> Actor | None:
    """Return the actor that a sign-in is inside an account, or None when it has no access there."""
    return _actor(user, account_id=account.account_id)


def find_actor_by_id(user_id: UUID, *, account_id: UUID) -> Actor | None:
    """Return the actor that a sign-in is inside an account, where only the ids are known, or None."""
    user = User.objects.filter(id=user_id, is_active=True).first()
    return _actor(user, account_id=account_id) if user else None


def _actor(user: User, *, account_id: UUID) -> Actor | None:
    with scope(account_id):
        membership = Membership.objects.filter(account_id=account_id, user_id=user.id, is_active=True).first()
    if membership is None:
        return None
    return Actor(
        account_id=account_id,
        kind=ActorKind.USER,
        permissions=permissions_of(membership.roles),
        user_id=user.id,
        employee_id=membership.employee_id,
        label=user.name or user.email,
    )


def support_actor(user: User, *, account_id: UUID) -> Actor:
    """Return the support agent at work on one account; may only see the state and send the way out."""
    if not (user.is_active and user.is_support):
        raise NotFound
    return Actor(
        account_id=account_id,
        kind=ActorKind.SUPPORT,
        permissions=frozenset({Permission.VIEW_FLEET, Permission.SEND_WAY_OUT}),
        user_id=user.id,
        label=user.name or user.email,
    )


@scoped_part
def list_members(actor: Actor) -> list[MemberRecord]:
    """Return everybody who has or had access, by name."""
    actor.require(Permission.MANAGE_USERS)
    rows = (
        Membership.objects.select_related("user")
        .filter(account_id=actor.account_id)
        .order_by("user__name", "user__email")
    )
    return [as_record(row) for row in rows]


@scoped_part
def get_member(actor: Actor, *, membership_id: UUID) -> MemberRecord:
    """Return one member; raise NotFound."""
    actor.require(Permission.MANAGE_USERS)
    row = (
        Membership.objects.select_related("user")
        .filter(account_id=actor.account_id, membership_id=membership_id)
        .first()
    )
    if row is None:
        raise NotFound
    return as_record(row)


@scoped_part
def list_administrators(
    actor: Actor,
    *,
    except_employee_ids: Iterable[UUID] = (),
    except_emails: Iterable[str] = (),
) -> list[MemberRecord]:
    """Return the administrators with access, leaving out those linked to the records and those with the addresses."""
    left_out, addresses = set(except_employee_ids), {email.casefold() for email in except_emails}
    rows = Membership.objects.select_related("user").filter(
        account_id=actor.account_id, is_active=True, roles__contains=[Role.ACCOUNT_ADMIN.value]
    )
    return [
        as_record(row)
        for row in rows.order_by("created_at")
        if row.employee_id not in left_out and row.user.email.casefold() not in addresses
    ]


@scoped_part
def list_reachable(actor: Actor, *, roles: Iterable[Role]) -> list[MemberRecord]:
    """Return those with access and one of the roles, whom mail may be sent to, the longest there first."""
    rows = Membership.objects.select_related("user").filter(
        account_id=actor.account_id, is_active=True, user__is_active=True, roles__overlap=[role.value for role in roles]
    )
    return [as_record(row) for row in rows.order_by("created_at")]


@scoped_part
def names_of(actor: Actor, *, user_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the names of users who belong to the account, for timelines."""
    rows = Membership.objects.select_related("user").filter(account_id=actor.account_id, user_id__in=set(user_ids))
    return {row.user_id: row.user.name or row.user.email for row in rows}


@scoped_part
def find_user_of_employee(actor: Actor, *, employee_id: UUID) -> MemberRecord | None:
    """Return the member linked to an employee record."""
    row = Membership.objects.select_related("user").filter(account_id=actor.account_id, employee_id=employee_id).first()
    return as_record(row) if row else None


@scoped_part
def find_member_by_email(actor: Actor, *, email: str) -> MemberRecord | None:
    """Return the member who signs in with this address."""
    rows = Membership.objects.select_related("user").filter(account_id=actor.account_id)
    row = rows.filter(user__email=email.strip().lower()).first() if email else None
    return as_record(row) if row else None


def find_user_id(email: str) -> UUID | None:
    """Return the sign-in with this address, whatever accounts it belongs to."""
    return User.objects.filter(email=email.strip().lower()).values_list("id", flat=True).first()


def get_user_by_email(email: str) -> User:
    """Return the sign-in with this address; raise NotFound."""
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        raise NotFound
    return user
