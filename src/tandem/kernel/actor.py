"""Who is acting, for which account, with which permissions. Every action and selector takes one."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from uuid import UUID

from tandem.kernel.errors import NotPermitted
from tandem.kernel.permissions import EVERYTHING_IN_AN_ACCOUNT, Permission


class ActorKind(StrEnum):
    """A person with a sign-in, a program with a key, the product itself, the vendor's support staff, or a guest with a link."""

    USER = "user"
    API = "api"
    SYSTEM = "system"
    SUPPORT = "support"
    GUEST = "guest"


@dataclass(frozen=True)
class Actor:
    """Somebody, inside one account.

    `label` is for screens only ("Alice Lang", "Tandem"); logs and the timeline use the ids.
    """

    account_id: UUID
    kind: ActorKind
    permissions: frozenset[Permission]
    user_id: UUID | None = None
    employee_id: UUID | None = None
    key_id: UUID | None = None
    label: str = ""

    def may(self, permission: Permission) -> bool:
        """Say whether the actor has the permission."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Return, or raise NotPermitted."""
        if permission not in self.permissions:
            raise NotPermitted

    @classmethod
    def system(cls, account_id: UUID, *, because: str) -> Self:
        """Return the product itself at work; `because` names the job ("probe", "nightly")."""
        return cls(
            account_id=account_id,
            kind=ActorKind.SYSTEM,
            permissions=EVERYTHING_IN_AN_ACCOUNT,
            label=f"Tandem ({because})",
        )

    @classmethod
    def guest(cls, account_id: UUID) -> Self:
        """Return somebody who came with a link and may do nothing but what the link is for."""
        return cls(account_id=account_id, kind=ActorKind.GUEST, permissions=frozenset(), label="A guest")
