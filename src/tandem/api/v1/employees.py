"""Employees: who there is, and their leaving, with everything that follows from it."""

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Path, Router

from tandem.api.auth import actor_of
from tandem.api.v1.schemas import DepartureOut, EmployeeOut, EmployeesOut, TerminationIn
from tandem.flows import people as departures
from tandem.people.selectors import get_employee, list_employees

router = Router(tags=["employees"])
VIA = "api"


@router.get("/employees", response=EmployeesOut, summary="One page of employees")
def show_employees(
    request: HttpRequest,
    account_id: Path[UUID],  # noqa: ARG001  the key is checked against it
    page: Annotated[int, Field(ge=1)] = 1,
) -> EmployeesOut:
    """Return employees by last name; archived and deleted ones are left out."""
    found = list_employees(actor_of(request), page=page)
    rows = [EmployeeOut.of(row) for row in found.rows]
    return EmployeesOut(page=found.number, pages=found.pages, total=found.total, employees=rows)


@router.get("/employees/{employee_id}", response=EmployeeOut, summary="One employee")
def show_employee(request: HttpRequest, account_id: Path[UUID], employee_id: UUID) -> EmployeeOut:  # noqa: ARG001
    """Return one employee."""
    return EmployeeOut.of(get_employee(actor_of(request), employee_id=employee_id))


@router.post("/employees/{employee_id}/termination", response=DepartureOut, summary="Enter a last day")
def terminate(request: HttpRequest, account_id: Path[UUID], employee_id: UUID, payload: TerminationIn) -> DepartureOut:  # noqa: ARG001
    """Enter a termination; if this person holds the Xero connection, a hand-over task opens at once."""
    departure = departures.terminate(
        actor_of(request),
        employee_id=employee_id,
        termination_on=payload.termination_on,
        reason=payload.reason,
        is_private=payload.not_public,
        via=VIA,
    )
    return DepartureOut(
        employee=EmployeeOut.of(departure.employee),
        handover_opened=departure.handover_opened,
        last_safe_on=departure.last_safe_on,
    )


@router.delete("/employees/{employee_id}/termination", response=EmployeeOut, summary="Take a termination back")
def reinstate(request: HttpRequest, account_id: Path[UUID], employee_id: UUID) -> EmployeeOut:  # noqa: ARG001
    """Take a termination back; the hand-over task closes."""
    return EmployeeOut.of(departures.reinstate(actor_of(request), employee_id=employee_id, via=VIA))
