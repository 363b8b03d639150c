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

P = ParamSpec("P")
Page = Callable[Concatenate[Request, P], HttpResponseBase]


def has_payroll(actor: Actor, employee_id: UUID | None = None) -> bool:
    """Say whether the actor sees the payroll tabs: the role and the records, or their own; and Xero is connected."""
    return (_is_own(actor, employee_id) or _works_with_payroll(actor)) and facade.is_set_up(actor)


def _is_own(actor: Actor, employee_id: object) -> bool:
    return employee_id is not None and actor.employee_id == employee_id


def _works_with_payroll(actor: Actor) -> bool:
    return actor.may(Permission.VIEW_PAYROLL) and actor.may(Permission.VIEW_EMPLOYEES)


def needs_payroll(permission: Permission, *, or_own: bool = False) -> Callable[[Page[P]], Page[P]]:
    """Answer 403 without the role or the right to see records; say what is missing while Xero is not connected.

    With `or_own` people open the page of their own record too.
    """

    def guard(view: Page[P]) -> Page[P]:
        @wraps(view)
        def run(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not (or_own and _is_own(request.actor, kwargs.get("employee_id"))):
                request.actor.require(permission)
                request.actor.require(Permission.VIEW_EMPLOYEES)
            if not facade.is_set_up(request.actor):
                may_see = request.actor.may(Permission.VIEW_INTEGRATION)
                return render(request, "people/payroll_closed.html", {"may_see_connection": may_see})
            return view(request, *args, **kwargs)

        return run

    return guard


def may_ask(actor: Actor, employee_id: UUID) -> bool:
    """Say whether the actor may ask for other bank accounts: with the role, or for their own."""
    return _is_own(actor, employee_id) or (actor.may(Permission.EDIT_PAYROLL) and actor.may(Permission.VIEW_EMPLOYEES))


def asks_only(actor: Actor, employee_id: UUID) -> bool:
    """Say whether what the actor enters here is a request: on their own record, without the role."""
    works = actor.may(Permission.EDIT_PAYROLL) and actor.may(Permission.VIEW_EMPLOYEES)
    return _is_own(actor, employee_id) and not works


def above(request: Request, employee: EmployeeRecord, *, tab: str) -> dict[str, object]:
    """Return what stands above a payroll tab."""
    return {
        "employee": present.heading(employee),
        "tabs": present.tabs(
            request.account.slug, employee.employee_id, current=tab, actor=request.actor, has_payroll=True
        ),
        "may_edit": request.actor.may(Permission.EDIT_PAYROLL) and request.actor.may(Permission.VIEW_EMPLOYEES),
        "asks_only": asks_only(request.actor, employee.employee_id),
    }


def tab_context(request: Request, employee_id: UUID, details: PayrollDetails, *, tab: str) -> dict[str, object]:
    """Return what every payroll tab shows, and everything that Xero would refuse of this person."""
    employee = selectors.get_employee(request.actor, employee_id=employee_id)
    in_xero = facade.has_number_in_xero(request.actor, employee_id=employee_id)
    problems = flows.problems_of(details, has_number_in_xero=in_xero)
    found = present_payroll.problems(problems, request.account.slug, employee_id)
    return {**above(request, employee, tab=tab), "problems": found, "has_number_in_xero": in_xero}
