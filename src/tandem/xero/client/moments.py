"""Xero's dates and times, read tolerantly. Pure.

Payroll AU writes Microsoft JSON dates, `/Date(1573623306000+0000)/`: milliseconds since 1970 UTC, negative for births
before then; the offset is decoration and may be absent. Identity writes seven decimals and no zone, meaning UTC. A
calendar date is normally midnight UTC, but not always: a leave start of 2019-10-31T22:00Z is 1 November in Sydney
(xero.md 3.5).
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MS_DATE = re.compile(r"^/Date\((-?\d{1,15})([+-]\d{4})?\)/$")
LONG_FRACTION = re.compile(r"(\.\d{6})\d+")


@dataclass(frozen=True)
class CalendarDate:
    """A date as read; `is_shifted` flags that it did not come at midnight UTC and the organisation's zone decided."""

    on: date
    is_shifted: bool


def parse_moment(text: str) -> datetime | None:
    """Return the aware UTC time that a text means, or None if it is none that Xero writes."""
    text = text.strip()
    if found := MS_DATE.match(text):
        return _from_milliseconds(int(found.group(1)))
    return _from_iso(text)


def _from_milliseconds(milliseconds: int) -> datetime | None:
    try:
        return EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return None


def _from_iso(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(LONG_FRACTION.sub(r"\1", text))
    except ValueError:
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None


def calendar_date(moment: datetime, time_zone: str) -> CalendarDate:
    """Return the date that a moment stands for in an organisation's time zone."""
    if moment.timetz() == time(0, tzinfo=UTC):
        return CalendarDate(on=moment.date(), is_shifted=False)
    try:
        return CalendarDate(on=moment.astimezone(ZoneInfo(time_zone)).date(), is_shifted=True)
    except OverflowError:
        return CalendarDate(on=moment.date(), is_shifted=True)


def write_date(on: date) -> str:
    """Return a date as we send it: midnight UTC, in the form that every Payroll AU writer accepts (xero.md 3.5)."""
    milliseconds = (datetime.combine(on, time(0), tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)
    return f"/Date({milliseconds}+0000)/"


def modified_since(moment: datetime) -> str:
    """Return an If-Modified-Since value: whole seconds UTC, no zone; milliseconds with a Z have given 500 (3.3)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


#: `Timezone` of the Organisation answer, Xero's own names (xero.md 4.2), to the names that Python knows.
TIME_ZONES = {
    "AUSEASTERNSTANDARDTIME": "Australia/Sydney",
    "EAUSTRALIASTANDARDTIME": "Australia/Brisbane",
    "CENAUSTRALIASTANDARDTIME": "Australia/Adelaide",
    "AUSCENTRALSTANDARDTIME": "Australia/Darwin",
    "WAUSTRALIASTANDARDTIME": "Australia/Perth",
    "TASMANIASTANDARDTIME": "Australia/Hobart",
    "LORDHOWESTANDARDTIME": "Australia/Lord_Howe",
    "AUSCENTRALWSTANDARDTIME": "Australia/Eucla",
}
DEFAULT_TIME_ZONE = "Australia/Sydney"


def zone_of(xero_name: str) -> str:
    """Return the IANA name of a Xero time zone; an unknown one is taken to be Sydney's."""
    return TIME_ZONES.get(xero_name.replace(".", "").replace(" ", "").upper(), DEFAULT_TIME_ZONE)
