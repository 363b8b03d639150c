"""Where the official SDK fails on an answer that Xero may give (xero.md 6); nothing here patches it over."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.conformance.sdk import Client


@dataclass(frozen=True)
class SdkFault:
    """What fails, the control call that brings it about, the SDK's call, and its exception."""

    says: str
    control: tuple[str, str, Mapping[str, object]]
    call: Callable[[Client, str, str], Any]
    exception: type[Exception]


def _a_draft(client: Client, tenant: str) -> str:
    sheets = client.payroll_v2.get_timesheets(tenant).timesheets
    return next(str(sheet.timesheet_id) for sheet in sheets if sheet.status == "Draft")


FAULTS = (
    SdkFault(
        "One value that its enumerations lack, in one record, loses the whole list.",
        ("POST", "faults", {"path": "/payroll.xro/1.0/employees", "fault": "unknown_enum"}),
        lambda client, tenant, _person: client.payroll.get_employees(tenant),
        ValueError,
    ),
    SdkFault(
        "A list that is null cannot be read.",
        ("POST", "faults", {"path": "/payroll.xro/1.0/employees/*", "fault": "null_list"}),
        lambda client, tenant, person: client.payroll.get_employee(tenant, person),
        TypeError,
    ),
    SdkFault(
        "An empty element that is null instead of absent cannot be read.",
        ("PATCH", "switches", {"null_fields": "null"}),
        lambda client, tenant, person: client.payroll.get_employee(tenant, person),
        ValueError,
    ),
    SdkFault(
        "An allowance type that it does not know loses all pay items.",
        ("PATCH", "switches", {"unknown_allowance_type": True}),
        lambda client, tenant, _person: client.payroll.get_pay_items(tenant),
        ValueError,
    ),
    SdkFault(
        "The answer to a deleted timesheet cannot be read unless it holds a line.",
        ("PATCH", "switches", {"timesheet_deleted_answer": "envelope"}),
        lambda client, tenant, _person: client.payroll_v2.delete_timesheet(tenant, _a_draft(client, tenant)),
        ValueError,
    ),
)
