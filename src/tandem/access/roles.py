"""Roles add up; each is a set of permissions."""

from collections.abc import Iterable
from enum import StrEnum

from tandem.kernel.permissions import Permission


class Role(StrEnum):
    """A role within an account, by the name that customers know."""

    ACCOUNT_ADMIN = "AccountAdmin"
    EMPLOYEE_MANAGEMENT = "EmployeeManagement"
    PAYROLL_TAB = "Payroll Tab"
    SELF_SERVICE = "Self service"


PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ACCOUNT_ADMIN: frozenset(
        {
            Permission.VIEW_SELF,
            Permission.VIEW_EMPLOYEES,
            Permission.EDIT_EMPLOYEES,
            Permission.TERMINATE_EMPLOYEES,
            Permission.VIEW_INTEGRATION,
            Permission.MANAGE_INTEGRATION,
            Permission.MANAGE_USERS,
        }
    ),
    Role.EMPLOYEE_MANAGEMENT: frozenset(
        {Permission.VIEW_SELF, Permission.VIEW_EMPLOYEES, Permission.EDIT_EMPLOYEES, Permission.TERMINATE_EMPLOYEES}
    ),
    Role.PAYROLL_TAB: frozenset(
        {Permission.VIEW_SELF, Permission.VIEW_PAYROLL, Permission.EDIT_PAYROLL, Permission.VIEW_INTEGRATION}
    ),
    Role.SELF_SERVICE: frozenset({Permission.VIEW_SELF}),
}

#: Whoever has one of these works with payroll here; losing the last of them shows that the person no longer does.
OF_PAYROLL = frozenset({Role.ACCOUNT_ADMIN.value, Role.PAYROLL_TAB.value})

# What a role lets a person do, for the page that hands roles out.
SENTENCES: dict[Role, str] = {
    Role.ACCOUNT_ADMIN: "Manages people, users and the Xero connection.",
    Role.EMPLOYEE_MANAGEMENT: "Adds, edits and terminates employees.",
    Role.PAYROLL_TAB: "Sees the state of the Xero connection and, of the employees whom another role shows, bank, super, tax and leave.",
    Role.SELF_SERVICE: "Sees their own record.",
}


def permissions_of(roles: Iterable[str]) -> frozenset[Permission]:
    """Return what the roles add up to; a name that is no role adds nothing."""
    known = {role.value for role in Role}
    return frozenset().union(*(PERMISSIONS[Role(role)] for role in roles if role in known))
