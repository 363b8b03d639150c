"""What an actor may do. Roles (access room) add up to a set of these."""

from enum import StrEnum


class Permission(StrEnum):
    """One thing an actor may do within an account, or, for the two last, across the installation."""

    VIEW_SELF = "view_self"
    VIEW_EMPLOYEES = "view_employees"
    EDIT_EMPLOYEES = "edit_employees"
    TERMINATE_EMPLOYEES = "terminate_employees"
    VIEW_PAYROLL = "view_payroll"
    EDIT_PAYROLL = "edit_payroll"
    VIEW_INTEGRATION = "view_integration"
    MANAGE_INTEGRATION = "manage_integration"
    MANAGE_USERS = "manage_users"
    VIEW_FLEET = "view_fleet"
    SEND_WAY_OUT = "send_way_out"


EVERYTHING_IN_AN_ACCOUNT = frozenset(Permission) - {Permission.VIEW_FLEET, Permission.SEND_WAY_OUT}
