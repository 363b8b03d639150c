"""What the payroll pages of a record share: who may open them, what stands above them, and when there are none."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.http.response import HttpResponseBase
from django.shortcuts import render

from tandem.flows import payroll as flows
from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.people import selectors
from tandem.people.payroll_records import PayrollDetails
from tandem.people.records import EmployeeRecord
from tandem.web.people import present, present_payroll
from tandem.web.requests import Request
from tandem.xero import facade
from tandem.xero.facade import ConnectionState

P = ParamSpec("P")
Page = Callable[Concatenate[Request, P], HttpResponseBase]
NONE_YET = frozenset({ConnectionState.NOT_SET_UP, ConnectionState.DISCONNECTED})


def has_payroll(actor: Actor) -> bool:
    """Say whether the actor sees the payroll tabs: the role, the records, and a connection to Xero."""
    if not (actor.may(Permission.VIEW_PAYROLL) and actor.may(Permission.VIEW_EMPLOYEES)):
        return False
    return facade.connection_summary(actor).state not in NONE_YET


def needs_payroll(permission: Permission) -> Callable[[Page[P]], Page[P]]:
    """Answer 403 without the role or the right to see records; say what is missing while Xero is not connected."""

    def guard(view: Page[P]) -> Page[P]:
        @wraps(view)
        def run(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            request.actor.require(permission)
            request.actor.require(Permission.VIEW_EMPLOYEES)
            if not has_payroll(request.actor):
                return render(request, "people/payroll_closed.html")
            return view(request, *args, **kwargs)

        return run

    return guard


def above(request: Request, employee: EmployeeRecord, *, tab: str) -> dict[str, object]:
    """Return what stands above a payroll tab."""
    return {
        "employee": present.heading(employee),
        "tabs": present.tabs(
            request.account.slug, employee.employee_id, current=tab, actor=request.actor, has_payroll=True
        ),
        "may_edit": request.actor.may(Permission.EDIT_PAYROLL),
    }


def tab_context(request: Request, employee_id: UUID, details: PayrollDetails, *, tab: str) -> dict[str, object]:
    """Return what every payroll tab shows, and everything that Xero would refuse of this person."""
    employee = selectors.get_employee(request.actor, employee_id=employee_id)
    found = present_payroll.problems(flows.problems_of(details), request.account.slug, employee_id)
    return {**above(request, employee, tab=tab), "problems": found}
