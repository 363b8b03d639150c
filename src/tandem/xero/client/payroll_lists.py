"""The calls that read the lists which people pick from (xero.md 4.2). Each is a value, not yet sent.

They are filed under a name of their own: other scopes guard them, and a refusal says nothing about people.
"""

from collections.abc import Mapping

from django.conf import settings

from tandem.xero.client.errors import RequestKind
from tandem.xero.client.payroll_au import payroll_url
from tandem.xero.client.transport import Request, as_json
from tandem.xero.client.wire import PayCalendar, Settings, UnreadablePayload, rows_of
from tandem.xero.client.wire_payroll import PayItems

SUBJECT = "lists"


def pay_items() -> Request[PayItems]:
    """Ask for the pay items, which come as one object of four lists."""
    return Request("GET", payroll_url("PayItems"), RequestKind.READ, SUBJECT, _pay_items)


def pay_calendars() -> Request[tuple[PayCalendar, ...]]:
    """Ask for the pay calendars."""
    return Request(
        "GET",
        payroll_url("PayrollCalendars"),
        RequestKind.READ,
        SUBJECT,
        lambda body: PayCalendar.parse_list(as_json(body)),
    )


def super_funds(*, page: int) -> Request[list[object]]:
    """Ask for one page of super funds, whose rows stay raw."""
    return Request(
        "GET",
        payroll_url("Superfunds"),
        RequestKind.READ,
        SUBJECT,
        lambda body: rows_of(as_json(body), "SuperFunds"),
        params={"page": str(page)},
    )


def payroll_settings() -> Request[Settings]:
    """Ask for the payroll settings, which name the tracking category that employee groups are options of."""
    return Request(
        "GET", payroll_url("Settings"), RequestKind.READ, SUBJECT, lambda body: Settings.parse(as_json(body))
    )


def tracking_categories() -> Request[list[object]]:
    """Ask for the tracking categories with their options, which the scope of the accounting settings guards."""
    return Request(
        "GET",
        f"{settings.TANDEM.xero.api_url}/api.xro/2.0/TrackingCategories",
        RequestKind.READ,
        SUBJECT,
        lambda body: rows_of(as_json(body), "TrackingCategories"),
    )


def _pay_items(body: bytes) -> PayItems:
    payload = as_json(body)
    if not isinstance(payload, Mapping) or not isinstance(payload.get("PayItems"), Mapping):
        message = "no PayItems in the answer"
        raise UnreadablePayload(message)
    return PayItems.model_validate(payload["PayItems"])
