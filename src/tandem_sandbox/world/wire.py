"""How values are written for the outside: Microsoft JSON dates, seven-decimal dates, envelopes' records."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tandem_sandbox.world.state import Person

DATE_FIELDS = frozenset({"DateOfBirth", "StartDate", "TerminationDate", "OpeningBalanceDate"})
ROW_DATES = frozenset(
    ("StartDate", "EndDate", "PaymentDate", "ReferenceDate", "PayRunPeriodStartDate", "PayRunPeriodEndDate",
     "PayPeriodStartDate", "PayPeriodEndDate", "PaymentDateForThisPeriod")
)  # fmt: skip
SUMMARY_FIELDS = (
    "FirstName", "MiddleNames", "LastName", "Email", "DateOfBirth", "Gender", "Phone", "Mobile", "StartDate",
    "TerminationDate", "TerminationReason", "OrdinaryEarningsRateID", "PayrollCalendarID", "EmployeeGroupName",
)  # fmt: skip
NULLABLE = ("Title", "MiddleNames", "Email", "Phone", "Mobile", "JobTitle", "Classification", "TerminationDate")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS_DATE = re.compile(r"^/Date\((-?\d{1,15})([+-]\d{4})?\)/$")
_ISO_DATE = re.compile(r"^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}:\d{2})(?:\.\d{1,7})?(Z|[+-]\d{2}:?\d{2})?)?$")


def milliseconds(moment: datetime) -> int:
    """Count the milliseconds since 1970; negative before."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def ms_moment(moment: datetime) -> str:
    """Write a moment as Payroll AU does: /Date(1573621524458+0000)/ (xero.md 3.5)."""
    return f"/Date({milliseconds(moment)}+0000)/"


def ms_envelope(moment: datetime) -> str:
    """Write an envelope's DateTimeUTC, which carries no offset."""
    return f"/Date({milliseconds(moment)})/"


def ms_day(iso: str) -> str:
    """Write a calendar date as midnight UTC."""
    year, month, day = iso.split("-")
    return ms_moment(datetime(int(year), int(month), int(day), tzinfo=UTC))


def seven_decimals(moment: datetime) -> str:
    """Write a moment as /connections does: seven decimals and no zone (xero.md 2.4)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0"


def read_moment(value: object) -> datetime | None:
    """Read a moment in either form a writer may use; a date alone is midnight UTC."""
    if not isinstance(value, str):
        return None
    matched = _MS_DATE.match(value)
    try:
        if matched:
            return EPOCH + timedelta(milliseconds=int(matched[1]))
        matched = _ISO_DATE.match(value)
        if matched is None:
            return None
        moment = datetime.fromisoformat(f"{matched[1]}T{matched[2] or '00:00:00'}{matched[3] or '+00:00'}")
        return moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def read_day(value: object) -> str | None:
    """Read a calendar date in either form a writer may use; zone-shifted ones fall on their UTC day."""
    if not isinstance(value, str):
        return None
    matched = _MS_DATE.match(value)
    try:
        if matched:
            return (EPOCH + timedelta(milliseconds=int(matched[1]))).date().isoformat()
        matched = _ISO_DATE.match(value)
        if matched:
            return date.fromisoformat(matched[1]).isoformat()
    except (OverflowError, ValueError):
        return None
    return None


def status_of(fields: Mapping[str, Any]) -> str:
    """Derive the status: terminated is whoever has a termination date (xero.md 4.1)."""
    return "TERMINATED" if fields.get("TerminationDate") else "ACTIVE"


def summary(person: Person) -> dict[str, Any]:
    """Return what a list shows of a person."""
    fields = person.fields
    shown: dict[str, Any] = {"EmployeeID": person.id}
    for name in SUMMARY_FIELDS:
        value = fields.get(name)
        if value is not None:
            shown[name] = ms_day(value) if name in DATE_FIELDS else value
    shown["Status"] = status_of(fields)
    shown["UpdatedDateUTC"] = ms_moment(person.updated_at)
    shown["IsSTP2Qualified"] = bool(fields.get("IsSTP2Qualified"))
    return shown


def summary_text(person: Person) -> str:
    """Return the summary as JSON text, kept until the person changes."""
    kept = person.listed
    if kept is not None and kept[0] is person.fields and kept[1] == person.updated_at:
        return kept[2]
    text = dumps(summary(person))
    person.listed = (person.fields, person.updated_at, text)
    return text


def detail(person: Person) -> dict[str, Any]:
    """Return everything of a person, as the single read does, tax file number included (xero.md 0.7)."""
    updated = ms_moment(person.updated_at)
    shown: dict[str, Any] = {"EmployeeID": person.id, **_dated(person.fields)}
    shown["Status"] = status_of(person.fields)
    shown["UpdatedDateUTC"] = updated
    if "TaxDeclaration" in shown:
        shown["TaxDeclaration"] = {**shown["TaxDeclaration"], "UpdatedDateUTC": updated}
    return shown


def row(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as it is written; inside, days are ISO days and `UpdatedDateUTC` an ISO moment."""
    return {
        **{name: _row_value(name, value) for name, value in found.items()},
        "UpdatedDateUTC": ms_moment(updated_of(found)),
    }


def _row_value(name: str, value: Any) -> Any:
    if name in ROW_DATES and value is not None:
        return ms_day(value)
    if isinstance(value, list):
        return [_row_part(part) for part in value]
    return value


def _row_part(part: Any) -> Any:
    return {name: _row_value(name, value) for name, value in part.items()} if isinstance(part, dict) else part


def filterable(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as a filter sees it."""
    return {**found, "UpdatedDateUTC": updated_of(found)}


def updated_of(found: Mapping[str, Any]) -> datetime:
    """Tell when a row was last changed."""
    return datetime.fromisoformat(found["UpdatedDateUTC"])


def with_unknown(record: dict[str, Any]) -> dict[str, Any]:
    """Add an element that the specification does not know."""
    return {**record, "WorkforceTag": {"Code": "A1", "Weight": 0.5}}


def dumps(value: object) -> str:
    """Write compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _dated(fields: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, value in fields.items():
        if value is None:
            continue
        if name in DATE_FIELDS:
            shown[name] = ms_day(value)
        elif isinstance(value, dict):
            shown[name] = _dated(value)
        else:
            shown[name] = value
    return shown
