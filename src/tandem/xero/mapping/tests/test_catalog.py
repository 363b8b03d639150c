"""Xero's lists as values: what has no id is left out, what is new is taken as it comes."""

from uuid import UUID

from tandem.people.payroll_records import FundKind
from tandem.xero.client.wire import PayCalendar, Settings
from tandem.xero.mapping.catalog import (
    CatalogEntry,
    as_fund,
    as_leave_type,
    calendar_entries,
    earnings_rate_entries,
    fund_entries,
    group_entries,
    leave_type_entries,
)
from tandem.xero.mapping.leave_requests import LeaveType
from tandem.xero.mapping.superannuation import XeroFund

ONE, TWO, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
GROUPS = Settings.model_validate({"TrackingCategories": {"EmployeeGroups": {"TrackingCategoryID": str(ONE)}}})


def test_leave_types_are_kept_with_their_unit_and_come_back_as_they_were() -> None:
    rows = [
        {"LeaveTypeID": str(ONE), "Name": "Annual  Leave", "TypeOfUnits": "Hours"},
        {"LeaveTypeID": str(TWO), "Name": "Old", "CurrentRecord": False},
        {"Name": "nobody can pick this"},
    ]
    found = leave_type_entries(rows)
    assert [as_leave_type(entry) for entry in found] == [
        LeaveType(ONE, "Annual Leave", "Hours", is_current=True),
        LeaveType(TWO, "Old", "", is_current=False),
    ]


def test_earnings_rates_without_an_id_are_left_out() -> None:
    rows = [{"EarningsRateID": str(ONE), "Name": "Ordinary Hours", "EarningsType": "NEW"}, {"Name": "x"}, "no row"]
    assert earnings_rate_entries(rows) == (CatalogEntry(ONE, "Ordinary Hours", {"type": "NEW", "unit": ""}),)


def test_a_calendar_says_when_it_pays_next_where_that_can_be_read() -> None:
    rows = [
        {"PayrollCalendarID": str(ONE), "Name": "Weekly", "CalendarType": "WEEKLY", "PaymentDate": "/Date(0)/"},
        {"PayrollCalendarID": str(TWO), "PaymentDate": "some day"},
        {"Name": "no id"},
    ]
    weekly, other = calendar_entries([PayCalendar.model_validate(row) for row in rows])
    assert weekly.facts == {"type": "WEEKLY", "paid_on": "1970-01-01"}
    assert other.facts == {"type": "", "paid_on": ""}


def test_funds_come_back_as_they_were_those_of_a_new_kind_too() -> None:
    rows = [
        {"SuperFundID": str(ONE), "Type": "SMSF", "Name": "Lane Super", "ABN": "51 824 753 556", "BSB": "000000"},
        {"SuperFundID": str(TWO), "Type": "NEWKIND"},
    ]
    known, new = fund_entries(rows)
    assert as_fund(known) == XeroFund(ONE, FundKind.SELF_MANAGED, "Lane Super", "", "51824753556")
    assert as_fund(new).kind is None
    assert set(known.facts) == {"kind", "usi", "abn"}


def test_employee_groups_are_the_options_of_the_category_that_payroll_names() -> None:
    option = {"TrackingOptionID": str(TWO), "Name": "Bakers", "Status": "ACTIVE"}
    rows = [
        {"TrackingCategoryID": str(ONE), "Options": [option, {**option, "Status": "ARCHIVED"}, {"Name": "no id"}]},
        {"TrackingCategoryID": str(OTHER), "Options": [{**option, "Name": "Harbour"}]},
    ]
    assert group_entries(GROUPS, rows) == (CatalogEntry(TWO, "Bakers"),)


def test_without_a_category_for_it_there_are_no_groups() -> None:
    rows = [{"TrackingCategoryID": str(ONE), "Options": [{"TrackingOptionID": str(TWO), "Name": "Bakers"}]}]
    assert group_entries(Settings(), rows) == ()
    assert group_entries(Settings.model_validate({"TrackingCategories": {"EmployeeGroups": "odd"}}), rows) == ()
