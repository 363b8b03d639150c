"""The calls of Payroll AU 1.0 and of Organisation that Tandem makes (xero.md 3.3, 3.4). Each is a value, not yet sent."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.conf import settings

from tandem.xero.client.errors import AnswerClass, NoSuchRecord, RequestKind, ValidationFailed
from tandem.xero.client.moments import modified_since as written_since
from tandem.xero.client.problems import read_rejections
from tandem.xero.client.transport import Request, as_json
from tandem.xero.client.wire import (
    ACTIVE,
    Employee,
    EmployeesPage,
    Organisation,
    PayCalendar,
    Settings,
    UnreadablePayload,
)

JsonObject = Mapping[str, object]


def payroll_url(path: str) -> str:
    """Return the address of a path of Payroll AU 1.0."""
    return f"{settings.TANDEM.xero.api_url}/payroll.xro/1.0/{path}"


def list_employees(
    *, page: int = 1, status: str = ACTIVE, modified_since: datetime | None = None
) -> Request[EmployeesPage]:
    """Ask for one page of summaries; the list without `where` holds active people only (xero.md 0.2)."""
    params = {"page": str(page)}
    if status != ACTIVE:
        params["where"] = f'Status=="{status}"'
    headers = {"If-Modified-Since": written_since(modified_since)} if modified_since else {}
    return Request(
        "GET",
        payroll_url("Employees"),
        RequestKind.LISTING,
        "payroll",
        lambda body: EmployeesPage.parse(as_json(body)),
        params=params,
        headers=headers,
    )


def get_employee(xero_employee_id: UUID) -> Request[Employee]:
    """Ask for one person in full."""
    return Request("GET", payroll_url(f"Employees/{xero_employee_id}"), RequestKind.READ, "detail", _the_one)


def create_employee(body: JsonObject, *, idempotency_key: str) -> Request[Employee]:
    """Send one new person, as the list of one that Payroll AU takes."""
    return _write("Employees", body, idempotency_key=idempotency_key)


def update_employee(xero_employee_id: UUID, body: JsonObject, *, idempotency_key: str) -> Request[Employee]:
    """Send one person's changed fields."""
    return _write(f"Employees/{xero_employee_id}", body, idempotency_key=idempotency_key)


def get_settings() -> Request[Settings]:
    """Ask for the payroll settings, which only a payroll administrator may read."""
    return Request(
        "GET", payroll_url("Settings"), RequestKind.READ, "payroll", lambda body: Settings.parse(as_json(body))
    )


def list_pay_calendars() -> Request[tuple[PayCalendar, ...]]:
    """Ask for the pay calendars; filed under a name of its own, since another scope guards them."""
    return Request(
        "GET",
        payroll_url("PayrollCalendars"),
        RequestKind.READ,
        "calendars",
        lambda body: PayCalendar.parse_list(as_json(body)),
    )


def get_organisation() -> Request[Organisation]:
    """Ask for the organisation, which needs no payroll rights."""
    return Request(
        "GET",
        f"{settings.TANDEM.xero.api_url}/api.xro/2.0/Organisation",
        RequestKind.READ,
        "organisation",
        lambda body: Organisation.parse(as_json(body)),
    )


def _write(path: str, body: JsonObject, *, idempotency_key: str) -> Request[Employee]:
    return Request(
        "POST",
        payroll_url(path),
        RequestKind.WRITE,
        "write",
        _written,
        headers={"Idempotency-Key": idempotency_key},
        body=[body],
    )


def _the_one(body: bytes) -> Employee:
    page = EmployeesPage.parse(as_json(body))
    if page.records:
        return page.records[0]
    if page.rejects:
        raise UnreadablePayload(page.rejects[0].reason)
    raise NoSuchRecord(AnswerClass.NOT_FOUND, status=200)


def _written(body: bytes) -> Employee:
    rejections = read_rejections(body)
    if rejections:
        raise ValidationFailed(status=200, detail="", correlation_id="", rejections=rejections)
    page = EmployeesPage.parse(as_json(body))
    if not page.records:
        message = "no employee in the answer to a write"
        raise UnreadablePayload(message)
    return page.records[0]
