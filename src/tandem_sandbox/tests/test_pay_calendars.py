"""Pay calendars and their periods (xero.md 4.2)."""

from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from tandem_sandbox.testing import Sandbox
from tandem_sandbox.tests.caller import PAYROLL, Caller, quiet_sandbox, sign_in
from tandem_sandbox.world import calendars, periods

CALENDARS = f"{PAYROLL}/PayrollCalendars"
MONTHLY = {"Name": "Monthly", "CalendarType": "MONTHLY", "StartDate": "2024-08-01", "PaymentDate": "2024-08-30"}
UNKNOWN = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def sandbox() -> Sandbox:
    return quiet_sandbox(employees=2)


@pytest.fixture
def rosa(sandbox: Sandbox) -> Caller:
    return sign_in(sandbox)


def _messages(answer: Any) -> list[str]:
    assert answer.status_code == 400
    (record,) = answer.get_json()["PayrollCalendars"]
    return [item["Message"] for item in record["ValidationErrors"]]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Name": ""}, "The Name is required."),
        ({"Name": "fortnightly"}, "The Name is used by another pay calendar."),
        ({"CalendarType": None}, "The Calendar Type is required."),
        ({"CalendarType": "DAILY"}, "'DAILY' is not a valid Calendar Type."),
        ({"StartDate": "1st of August"}, "The Start Date is not a valid date."),
        ({"StartDate": "9999-12-31", "PaymentDate": "9999-12-31"}, "The Start Date is not a valid date."),
        ({"PaymentDate": "2024-07-31"}, "The Payment Date must not be before the Start Date."),
        ({"PayRunStatus": "DRAFT"}, "'PayRunStatus' is not a valid element in PayrollCalendar"),
        ({"PayrollCalendarID": UNKNOWN}, "The Payroll Calendar ID does not exist."),
    ],
)
def test_a_bad_calendar_is_refused_in_words(rosa: Caller, changes: dict[str, Any], message: str) -> None:
    assert message in _messages(rosa.post(CALENDARS, [{**MONTHLY, **changes}]))
    assert len(rosa.get(CALENDARS).get_json()["PayrollCalendars"]) == 2


def test_a_calendar_that_exists_cannot_be_changed(rosa: Caller) -> None:
    known = rosa.get(CALENDARS).get_json()["PayrollCalendars"][0]["PayrollCalendarID"]
    assert "A pay calendar cannot be changed." in _messages(
        rosa.post(CALENDARS, [{**MONTHLY, "PayrollCalendarID": known}])
    )


@pytest.mark.parametrize("body", [MONTHLY, [], "x", [1]])
def test_what_is_no_array_of_calendars_is_400(rosa: Caller, body: Any) -> None:
    assert rosa.post(CALENDARS, body).status_code == 400


def test_an_object_where_a_value_should_stand_is_500(rosa: Caller) -> None:
    assert rosa.post(CALENDARS, [{**MONTHLY, "Name": {"a": 1}}]).status_code == 500


def test_an_unknown_calendar_is_404(rosa: Caller) -> None:
    assert rosa.get(f"{CALENDARS}/{UNKNOWN}").status_code == 404


def test_a_calendar_needs_the_scope_of_settings(sandbox: Sandbox) -> None:
    reader = sign_in(sandbox, scope="openid offline_access payroll.settings.read")
    assert reader.get(CALENDARS).status_code == 200
    assert reader.post(CALENDARS, [MONTHLY]).status_code == 401


@pytest.mark.parametrize("kind", periods.KINDS)
def test_a_calendar_of_every_kind_can_be_made_and_read(sandbox: Sandbox, rosa: Caller, kind: str) -> None:
    made = rosa.post(CALENDARS, [{**MONTHLY, "CalendarType": kind}]).get_json()["PayrollCalendars"][0]
    assert made["StartDate"] == made["ReferenceDate"] == "/Date(1722470400000+0000)/"
    (read,) = rosa.get(f"{CALENDARS}/{made['PayrollCalendarID']}").get_json()["PayrollCalendars"]
    assert read == made
    since = {"If-Modified-Since": f"{sandbox.clock.now():%Y-%m-%dT%H:%M:%S}"}
    assert rosa.get(CALENDARS, headers=since).get_json()["PayrollCalendars"] == [made]


@pytest.mark.parametrize(
    ("kind", "anchor", "day", "start", "end"),
    [
        ("WEEKLY", "2024-07-01", "2024-07-07", "2024-07-01", "2024-07-07"),
        ("FORTNIGHTLY", "2024-07-01", "2024-06-30", "2024-06-17", "2024-06-30"),
        ("FOURWEEKLY", "2024-07-01", "2024-07-29", "2024-07-29", "2024-08-25"),
        ("MONTHLY", "2024-01-31", "2024-03-01", "2024-02-29", "2024-03-30"),
        ("MONTHLY", "2024-07-15", "2024-07-14", "2024-06-15", "2024-07-14"),
        ("TWICEMONTHLY", "2024-07-01", "2024-02-20", "2024-02-16", "2024-02-29"),
        ("TWICEMONTHLY", "2024-07-16", "2024-07-15", "2024-07-01", "2024-07-15"),
        ("TWICEMONTHLY", "2024-07-15", "2025-02-28", "2025-02-28", "2025-03-14"),
        ("QUARTERLY", "2024-07-01", "2025-01-01", "2025-01-01", "2025-03-31"),
        ("QUARTERLY", "2024-07-01", "2024-06-30", "2024-04-01", "2024-06-30"),
    ],
)
def test_a_day_falls_in_one_period_of_the_calendar(kind: str, anchor: str, day: str, start: str, end: str) -> None:
    found = periods.at(kind, date.fromisoformat(anchor), date.fromisoformat(day))
    assert (found.start.isoformat(), found.end.isoformat()) == (start, end)


@pytest.mark.parametrize("kind", periods.KINDS)
@pytest.mark.parametrize("anchor", ["2024-01-31", "2024-07-16", "2023-11-05"])
def test_periods_follow_each_other_without_a_gap(kind: str, anchor: str) -> None:
    first = date.fromisoformat(anchor)
    found = periods.between(kind, first, first, date(2026, 3, 1))
    assert found[0].start == first
    assert all(one.end.toordinal() + 1 == two.start.toordinal() for one, two in pairwise(found))


@pytest.mark.parametrize(("first", "last", "days"), [("2024-07-01", "2024-07-14", 10), ("2024-07-06", "2024-07-07", 0)])
def test_working_days_are_monday_to_friday(first: str, last: str, days: int) -> None:
    assert periods.working_days(date.fromisoformat(first), date.fromisoformat(last)) == days


def test_a_calendar_that_was_moved_on_keeps_its_day_of_the_month(sandbox: Sandbox) -> None:
    calendar = {
        "CalendarType": "MONTHLY",
        "StartDate": "2024-01-31",
        "PaymentDate": "2024-03-01",
        "ReferenceDate": "2024-01-31",
    }
    starts = []
    for _ in range(3):
        calendars.advance(calendar, now=sandbox.clock.now())
        starts.append((calendar["StartDate"], calendar["PaymentDate"]))
    assert starts == [("2024-02-29", "2024-04-01"), ("2024-03-31", "2024-05-01"), ("2024-04-30", "2024-06-01")]
