"""Walk once through every operation of the official SDK that the simulator could know, and write down what came of each."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tests.conformance.sdk import AMIR, BAKERY, Client, SignIn
from xero_python.accounting import AccountingApi, TrackingCategory, TrackingOption
from xero_python.exceptions import HTTPStatusException
from xero_python.identity import IdentityApi
from xero_python.payrollau import PayrollAuApi
from xero_python.payrollau import models as au
from xero_python.payrollauv2 import PayrollAuV2Api
from xero_python.payrollauv2 import models as v2

from tandem_sandbox.testing import Sandbox

NOBODY = "00000000-0000-0000-0000-000000000000"
APIS = {"identity": IdentityApi, "accounting": AccountingApi, "payroll": PayrollAuApi, "payroll_v2": PayrollAuV2Api}
VERBS = ("get_", "create_", "update_", "approve_", "reject_", "revert_", "delete_")
ASKED_OF_ACCOUNTING = re.compile("organisation|user|tracking")
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
HOME = {"address_line1": "1 Mill Road", "city": "Hobart", "region": au.State.TAS, "postal_code": "7000"}


@dataclass(frozen=True)
class Row:
    """One operation, the request that the SDK made of it, and what came of it."""

    api: str
    operation: str
    request: str
    status: int
    result: str


def operations() -> list[tuple[str, str]]:
    """List the operations of the SDK that belong in the table, by API."""
    return [
        (api, name)
        for api, kind in APIS.items()
        for name in vars(kind)
        if name.startswith(VERBS) and name not in ("get_resource_url", "get_model_finder")
        if api != "accounting" or ASKED_OF_ACCOUNTING.search(name)
    ]


class Walk:
    """One user's client on the way, and the rows so far."""

    def __init__(self, sandbox: Sandbox, client: Client, *, tenant: str) -> None:
        self.rows: list[Row] = []
        self._sandbox, self._client, self._tenant = sandbox, client, tenant

    def call(self, where: str, *given: Any, says: Callable[[Any], object], **named: Any) -> Any:
        """Call "api.operation"; None for a refusal or an answer that the SDK cannot read."""
        api, _, operation = where.partition(".")
        told = () if api == "identity" else (self._tenant,)
        answer, result = None, ""
        self._sandbox.control("DELETE", "log")
        try:
            answer = getattr(getattr(self._client, api), operation)(*told, *given, **named)
            result = str(says(answer))
        except HTTPStatusException:
            result = "refused"
        except (ValueError, TypeError) as fault:
            result = f"the SDK fails: {type(fault).__name__}"
        asked = self._sandbox.control("GET", "log")[0]
        path = ID.sub("{id}", asked["path"])
        if (api, operation) not in {(row.api, row.operation) for row in self.rows}:
            self.rows.append(Row(api, operation, f"{asked['method']} {path}", asked["status"], result))
        return answer

    def person_and_rate(self, *, number: int = 0) -> tuple[str, str]:
        """Return the ids of a person on the first calendar and of an earnings rate, read beside the way."""
        people = self._client.payroll.get_employees(self._tenant).employees
        paid = [one for one in people if one.payroll_calendar_id == self.calendar()]
        rates = self._client.payroll.get_pay_items(self._tenant).pay_items.earnings_rates
        return str(paid[number].employee_id), str(rates[0].earnings_rate_id)

    def calendar(self) -> str:
        """Return the id of the first pay calendar, read beside the way."""
        return str(self._client.payroll.get_payroll_calendars(self._tenant).payroll_calendars[0].payroll_calendar_id)


def walk(sandbox: Sandbox, sign_in: SignIn) -> list[Row]:
    """Walk through everything as Amir, and return the rows."""
    sandbox.control("PATCH", "limits", {"minute": None})
    sandbox.control("PATCH", "switches", {"new_leave_status": "REQUESTED"})
    client = sign_in(AMIR)
    going = Walk(sandbox, client, tenant=client.tenant(BAKERY))
    for stretch in (_settings, _people, _funds, _leave, _pay, _timesheets, _timesheets_v2, _accounting, _identity):
        stretch(going)
    return going.rows


def _settings(go: Walk) -> None:
    go.call("payroll.get_settings", says=lambda a: f"{len(a.settings.accounts)} accounts")
    items = go.call("payroll.get_pay_items", says=lambda a: f"{len(a.pay_items.earnings_rates)} earnings rates")
    rates = items.pay_items.earnings_rates
    go.call("payroll.create_pay_item", au.PayItem(earnings_rates=rates), says=lambda a: f"PayItems, {_emptiness(a)}")


def _emptiness(answer: Any) -> str:
    return "full" if any(answer.pay_items.to_dict().values()) else "empty as in the file's example"


def _people(go: Walk) -> None:
    people = go.call("payroll.get_employees", says=lambda a: f"{len(a.employees)} people").employees
    first = people[0].employee_id
    go.call("payroll.get_employee", first, says=lambda a: f"{len(a.employees[0].bank_accounts)} bank account")
    nia = {"first_name": "Nia", "last_name": "Okoro", "date_of_birth": date(1991, 2, 3)}
    new = au.Employee(**nia, home_address=au.HomeAddress(**HOME))
    made = go.call("payroll.create_employee", [new], says=lambda a: a.employees[0].status.value)
    change = au.Employee(**{**nia, "last_name": "Okoro-Lim"})
    go.call("payroll.update_employee", made.employees[0].employee_id, [change], says=lambda a: a.employees[0].last_name)


def _funds(go: Walk) -> None:
    go.call(
        "payroll.get_superfund_products", abn="51824753556", says=lambda a: f"{len(a.super_fund_products)} products"
    )
    go.call("payroll.get_superfunds", says=lambda a: f"{len(a.super_funds)} funds")
    fund = au.SuperFund(type=au.SuperFundType.REGULATED, usi="51824753556003")
    made = go.call("payroll.create_superfund", [fund], says=lambda a: a.super_funds[0].type.value)
    fund_id = made.super_funds[0].super_fund_id
    fund.super_fund_id, fund.employer_number = fund_id, "445566"
    go.call("payroll.update_superfund", fund_id, [fund], says=lambda a: a.super_funds[0].employer_number)
    go.call("payroll.get_superfund", fund_id, says=lambda a: a.super_funds[0].usi)


def _leave(go: Walk) -> None:
    go.call("payroll.get_leave_applications", says=lambda a: f"{len(a.leave_applications)} approved")
    every = go.call("payroll.get_leave_applications_v2", says=lambda a: f"{len(a.leave_applications)} of every status")
    for verb in ("approve", "reject"):
        waiting = _leave_asked(go, every.leave_applications[0], title=f"To {verb}")
        go.call(f"payroll.{verb}_leave_application", waiting, says=_status_of_leave)
    go.call("payroll.get_leave_application", waiting, says=_status_of_leave)


def _leave_asked(go: Walk, like: Any, *, title: str) -> str:
    """Ask for leave, change its title, and return its id; the switch says that new leave waits for approval."""
    asked = au.LeaveApplication(
        employee_id=like.employee_id,
        leave_type_id=like.leave_type_id,
        title="Asked",
        start_date=date(2024, 9, 2),
        end_date=date(2024, 9, 3),
    )
    made = go.call("payroll.create_leave_application", [asked], says=_status_of_leave)
    leave_id = str(made.leave_applications[0].leave_application_id)
    asked.title = title
    go.call("payroll.update_leave_application", leave_id, [asked], says=lambda a: a.leave_applications[0].title)
    return leave_id


def _status_of_leave(answer: Any) -> str:
    return str(answer.leave_applications[0].leave_periods[0].leave_period_status.value)


def _pay(go: Walk) -> None:
    calendars = go.call("payroll.get_payroll_calendars", says=lambda a: f"{len(a.payroll_calendars)} calendars")
    (first, *_) = calendars.payroll_calendars
    day = date(2024, 8, 1)
    monthly = au.PayrollCalendar(
        name="Monthly", calendar_type=au.CalendarType.MONTHLY, start_date=day, payment_date=day + timedelta(days=30)
    )
    go.call("payroll.create_payroll_calendar", [monthly], says=lambda a: a.payroll_calendars[0].calendar_type.value)
    calendar = first.payroll_calendar_id
    go.call("payroll.get_payroll_calendar", calendar, says=lambda a: a.payroll_calendars[0].name)
    runs = go.call("payroll.get_pay_runs", says=lambda a: f"{len(a.pay_runs)} pay run").pay_runs
    draft = au.PayRun(payroll_calendar_id=calendar)
    made = go.call("payroll.create_pay_run", [draft], says=_status_of_run)
    run = made.pay_runs[0].pay_run_id if made else runs[0].pay_run_id
    full = go.call("payroll.get_pay_run", run, says=lambda a: f"{len(a.pay_runs[0].payslips)} payslips")
    slips = full.pay_runs[0].payslips if full else None
    slip = slips[0].payslip_id if slips else NOBODY
    go.call("payroll.get_payslip", slip, says=lambda a: f"{len(a.payslip.earnings_lines)} earnings line")
    lines = au.PayslipLines(reimbursement_lines=[])
    go.call("payroll.update_payslip", slip, [lines], says=lambda a: f"{len(a.payslips)} payslip")
    posted = au.PayRun(payroll_calendar_id=calendar, pay_run_status=au.PayRunStatus.POSTED)
    go.call("payroll.update_pay_run", run, [posted], says=_status_of_run)


def _status_of_run(answer: Any) -> str:
    return str(answer.pay_runs[0].pay_run_status.value)


def _timesheets(go: Walk) -> None:
    go.call("payroll.get_timesheets", says=lambda a: f"{len(a.timesheets)} timesheets")
    person, rate = go.person_and_rate()
    line = au.TimesheetLine(earnings_rate_id=rate, number_of_units=[7.6] * 5 + [0.0] * 9)
    sheet = au.Timesheet(
        employee_id=person, start_date=date(2024, 7, 1), end_date=date(2024, 7, 14), timesheet_lines=[line]
    )
    made = go.call("payroll.create_timesheet", [sheet], says=lambda a: f"{a.timesheets[0].hours} hours")
    sheet_id = made.timesheets[0].timesheet_id if made else NOBODY
    go.call("payroll.get_timesheet", sheet_id, says=lambda a: f"{a.timesheet.hours} hours")
    sheet.status = au.TimesheetStatus.APPROVED
    go.call("payroll.update_timesheet", sheet_id, [sheet], says=lambda a: a.timesheets[0].status.value)


def _timesheets_v2(go: Walk) -> None:
    person, rate = go.person_and_rate(number=1)
    go.call("payroll_v2.get_timesheets", says=lambda a: f"{a.pagination.item_count} timesheets")
    sheet = v2.Timesheet(
        payroll_calendar_id=go.calendar(), employee_id=person, start_date=date(2024, 7, 1), end_date=date(2024, 7, 14)
    )
    made = go.call("payroll_v2.create_timesheet", sheet, says=lambda a: a.timesheet.status)
    sheet_id = made.timesheet.timesheet_id if made else NOBODY
    line = v2.TimesheetLine(date=date(2024, 7, 2), earnings_rate_id=rate, number_of_units=7.6)
    added = go.call("payroll_v2.create_timesheet_line", sheet_id, line, says=_units)
    line_id = added.timesheet_line.timesheet_line_id if added else NOBODY
    line.number_of_units = 4.0
    go.call("payroll_v2.update_timesheet_line", sheet_id, line_id, line, says=_units)
    go.call("payroll_v2.get_timesheet", sheet_id, says=lambda a: f"{a.timesheet.total_hours} hours")
    go.call("payroll_v2.approve_timesheet", sheet_id, says=lambda a: a.timesheet.status)
    go.call("payroll_v2.revert_timesheet", sheet_id, says=lambda a: a.timesheet.status)
    go.call("payroll_v2.delete_timesheet_line", sheet_id, line_id, says=lambda _: "gone")
    # What the answer to a deletion holds is a line (known fault of the file), so the sheet gets one again.
    go.call("payroll_v2.create_timesheet_line", sheet_id, line, says=_units)
    go.call("payroll_v2.delete_timesheet", sheet_id, says=lambda _: "gone")


def _units(answer: Any) -> str:
    return f"{answer.timesheet_line.number_of_units} hours"


def _accounting(go: Walk) -> None:
    found = go.call("accounting.get_organisations", says=lambda a: a.organisations[0].name).organisations
    go.call("accounting.get_organisation_actions", says=lambda a: f"{len(a.actions)} actions")
    go.call(
        "accounting.get_organisation_cis_settings",
        found[0].organisation_id,
        says=lambda a: f"contractor: {a.cis_settings[0].cis_contractor_enabled}",
    )
    people = go.call("accounting.get_users", says=lambda a: f"{len(a.users)} users").users
    go.call("accounting.get_user", people[0].user_id, says=lambda a: a.users[0].organisation_role)
    listed = go.call("accounting.get_tracking_categories", says=lambda a: f"{len(a.tracking_categories)} categories")
    location = listed.tracking_categories[1].tracking_category_id
    go.call("accounting.get_tracking_category", location, says=lambda a: a.tracking_categories[0].name)
    # Two are active at most, so one makes room for the new one.
    archived = TrackingCategory(status="ARCHIVED")
    go.call("accounting.update_tracking_category", location, archived, says=_status_of_category)
    named = TrackingCategory(name="Project")
    made = go.call("accounting.create_tracking_category", named, says=lambda a: a.tracking_categories[0].name)
    project = made.tracking_categories[0].tracking_category_id
    _options(go, project)
    go.call("accounting.delete_tracking_category", project, says=_status_of_category)


def _status_of_category(answer: Any) -> str:
    return str(answer.tracking_categories[0].status)


def _options(go: Walk, category: str) -> None:
    ferry = TrackingOption(name="Ferry")
    added = go.call("accounting.create_tracking_options", category, ferry, says=lambda a: a.options[0].name)
    option = added.options[0].tracking_option_id
    renamed = TrackingOption(name="Night ferry")
    go.call("accounting.update_tracking_options", category, option, renamed, says=lambda a: a.options[0].name)
    go.call("accounting.delete_tracking_options", category, option, says=lambda a: a.options[0].status)


def _identity(go: Walk) -> None:
    connections = go.call("identity.get_connections", says=lambda a: f"{len(a)} connection")
    go.call("identity.delete_connection", connections[0].id, says=lambda _: "gone")
