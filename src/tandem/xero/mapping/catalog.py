"""Xero's lists that people pick from: leave types, earnings rates, pay calendars, super funds, employee groups. Pure.

A row without an id is left out: nothing could be picked by it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from tandem.people.payroll_records import FundKind
from tandem.xero.client import wire_payroll as wire
from tandem.xero.client.wire import PayCalendar, Settings
from tandem.xero.mapping.fields import clean
from tandem.xero.mapping.leave_requests import LeaveType, leave_types_from_xero
from tandem.xero.mapping.superannuation import XeroFund, funds_from_xero

NO_FACTS: Mapping[str, str] = MappingProxyType({})
GROUPS = "EmployeeGroups"
ACTIVE = "ACTIVE"


class ListKind(StrEnum):
    """One list of Xero's; values are stored."""

    LEAVE_TYPES = "leave_types"
    EARNINGS_RATES = "earnings_rates"
    PAY_CALENDARS = "pay_calendars"
    SUPER_FUNDS = "super_funds"
    EMPLOYEE_GROUPS = "employee_groups"


@dataclass(frozen=True)
class CatalogEntry:
    """One thing that may be picked; `is_current` False is one that Xero keeps and offers no more."""

    xero_id: UUID
    name: str
    facts: Mapping[str, str] = field(default_factory=lambda: NO_FACTS)
    is_current: bool = True


def leave_type_entries(rows: Sequence[object]) -> tuple[CatalogEntry, ...]:
    """Return the leave types."""
    return tuple(
        CatalogEntry(one.leave_type_id, one.name, {"unit": one.unit}, one.is_current)
        for one in leave_types_from_xero(rows)
    )


def as_leave_type(entry: CatalogEntry) -> LeaveType:
    """Return an entry as the leave type that it was."""
    return LeaveType(entry.xero_id, entry.name, entry.facts.get("unit", ""), entry.is_current)


def earnings_rate_entries(rows: Sequence[object]) -> tuple[CatalogEntry, ...]:
    """Return the earnings rates."""
    found, _ = wire.read_rows(wire.EarningsRate, rows)
    return tuple(
        CatalogEntry(
            row.earnings_rate_id,
            clean(row.name),
            {"type": clean(row.earnings_type), "unit": clean(row.type_of_units)},
            row.current_record is not False,
        )
        for row in found
        if row.earnings_rate_id
    )


def calendar_entries(rows: Sequence[PayCalendar]) -> tuple[CatalogEntry, ...]:
    """Return the pay calendars, each with the day on which its next period is paid."""
    return tuple(
        CatalogEntry(row.payroll_calendar_id, clean(row.name), {"type": clean(row.calendar_type), "paid_on": _day(row)})
        for row in rows
        if row.payroll_calendar_id
    )


def _day(row: PayCalendar) -> str:
    return row.payment_date.date().isoformat() if isinstance(row.payment_date, datetime) else ""


def fund_entries(rows: Sequence[object]) -> tuple[CatalogEntry, ...]:
    """Return the super funds; the bank account of a self-managed one stays in Xero."""
    return tuple(
        CatalogEntry(
            one.xero_fund_id, one.name, {"kind": one.kind.value if one.kind else "", "usi": one.usi, "abn": one.abn}
        )
        for one in funds_from_xero(rows)
    )


def as_fund(entry: CatalogEntry) -> XeroFund:
    """Return an entry as the fund that it was."""
    kind = entry.facts.get("kind", "")
    return XeroFund(
        entry.xero_id,
        FundKind(kind) if kind else None,
        entry.name,
        entry.facts.get("usi", ""),
        entry.facts.get("abn", ""),
    )


def group_entries(settings: Settings, rows: Sequence[object]) -> tuple[CatalogEntry, ...]:
    """Return the employee groups: the options of the category that the payroll settings name (xero.md 4.1)."""
    named = (settings.tracking_categories or {}).get(GROUPS)
    wanted = str(named.get("TrackingCategoryID", "")).lower() if isinstance(named, Mapping) else ""
    categories, _ = wire.read_rows(wire.TrackingCategory, rows)
    options = [
        option
        for category in categories
        if str(category.tracking_category_id) == wanted
        for option in wire.read_rows(wire.TrackingOption, category.options)[0]
    ]
    return tuple(
        CatalogEntry(option.tracking_option_id, clean(option.name))
        for option in options
        if option.tracking_option_id and clean(option.status).upper() in ("", ACTIVE)
    )
