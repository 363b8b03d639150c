"""Leave as plain JSON: terms, what was agreed on last, and what Xero held."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from tandem.people.leave_records import LeaveStatus, LeaveTerms
from tandem.xero.mapping.leave_moves import Agreed
from tandem.xero.mapping.leave_requests import PaidPeriod, XeroLeave, XeroLeaveStatus

Json = dict[str, Any]


def terms_as_json(terms: LeaveTerms) -> Json:
    """Return terms as plain JSON."""
    return {
        "type": str(terms.leave_type_id),
        "from": terms.from_on.isoformat(),
        "until": terms.until_on.isoformat(),
        "title": terms.title,
        "description": terms.description,
    }


def terms_from_json(raw: Mapping[str, Any]) -> LeaveTerms:
    """Return the terms that `terms_as_json` wrote."""
    first, last = date.fromisoformat(raw["from"]), date.fromisoformat(raw["until"])
    return LeaveTerms(UUID(raw["type"]), first, last, raw["title"], raw["description"])


def agreed_as_json(agreed: Agreed) -> Json:
    """Return what was agreed on as plain JSON."""
    return {**terms_as_json(agreed.terms), "status": agreed.status.value}


def agreed_from_json(raw: Mapping[str, Any] | None) -> Agreed | None:
    """Return what `agreed_as_json` wrote; None where nothing was agreed on yet."""
    return Agreed(terms_from_json(raw), LeaveStatus(raw["status"])) if raw else None


def leave_as_json(leave: XeroLeave) -> Json:
    """Return an application as plain JSON."""
    return {
        **terms_as_json(leave.terms),
        "id": str(leave.application_id),
        "employee": str(leave.xero_employee_id),
        "status": leave.status.value,
        "cashed_out": leave.is_cashed_out,
        "periods": [
            [_iso(one.from_on), _iso(one.until_on), None if one.units is None else str(one.units), one.is_paid]
            for one in leave.periods
        ],
        "said": list(leave.sentences),
    }


def leave_from_json(raw: Mapping[str, Any]) -> XeroLeave:
    """Return the application that `leave_as_json` wrote."""
    return XeroLeave(
        UUID(raw["id"]),
        UUID(raw["employee"]),
        terms_from_json(raw),
        XeroLeaveStatus(raw["status"]),
        is_cashed_out=raw["cashed_out"],
        periods=tuple(
            PaidPeriod(_day(first), _day(last), None if units is None else Decimal(units), is_paid)
            for first, last, units, is_paid in raw["periods"]
        ),
        sentences=tuple(raw["said"]),
    )


def _iso(on: date | None) -> str | None:
    return on.isoformat() if on else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
