"""What a person may do here changes: their access, and the Xero connection they may hold, in one transaction."""

from collections.abc import Iterable
from uuid import UUID

from tandem.access import actions
from tandem.access.records import MemberRecord
from tandem.access.roles import Role
from tandem.kernel.actor import Actor
from tandem.kernel.scoping import scoped
from tandem.xero import facade


@scoped
def change_member(
    actor: Actor, *, membership_id: UUID, roles: Iterable[Role], employee_id: UUID | None
) -> MemberRecord:
    """Replace a member's roles and linked record; losing the last role of payroll may need a hand-over."""
    member = actions.change_member(actor, membership_id=membership_id, roles=roles, employee_id=employee_id)
    facade.foresee(actor)
    return member


@scoped
def set_access(actor: Actor, *, membership_id: UUID, is_active: bool) -> MemberRecord:
    """Lock a member out of the account, which may need a hand-over, or let them in again."""
    member = actions.set_access(actor, membership_id=membership_id, is_active=is_active)
    facade.foresee(actor)
    return member


@scoped
def assign_holder(actor: Actor, *, grant_id: UUID, employee_id: UUID | None) -> facade.HolderRecord:
    """Say which employee a Xero user is, or (None) that they are nobody here; what is foretold of them counts at once."""
    holder = facade.assign_holder(actor, grant_id=grant_id, employee_id=employee_id)
    facade.foresee(actor)
    return holder
