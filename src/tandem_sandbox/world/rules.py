"""What Payroll AU accepts for an employee, and in which words it refuses (xero.md 3.4 and 4.1)."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from tandem_sandbox.world import (
    bank_accounts,
    pay_items,
    pay_lines,
    pay_templates,
    shapes,
    super_funds,
    tax_declarations,
    tracking,
)
from tandem_sandbox.world.case import Case
from tandem_sandbox.world.shapes import Malformed, choice, label, text
from tandem_sandbox.world.state import Organisation
from tandem_sandbox.world.switches import Switches
from tandem_sandbox.world.wire import DATE_FIELDS, read_day

__all__ = [
    "READ_ONLY",
    "REGIONS",
    "WRITABLE",
    "Malformed",
    "check",
    "label",
    "normalise",
    "problems",
    "unknown_elements",
]

LENGTHS = {
    "FirstName": 35, "MiddleNames": 35, "LastName": 35, "Title": 10, "Email": 100, "Phone": 50, "Mobile": 50,
    "JobTitle": 50, "TwitterUserName": 50, "Classification": 100,
}  # fmt: skip
ENUMS = {
    "Gender": frozenset("NMFI"),
    "TerminationReason": frozenset("VIDRFCT"),
    "IncomeType": frozenset(
        ("SALARYANDWAGES", "WORKINGHOLIDAYMAKER", "NONEMPLOYEE", "CLOSELYHELDPAYEES", "LABOURHIRE")
    ),
    "EmploymentType": frozenset(("EMPLOYEE", "CONTRACTOR")),
}
BOOLEANS = ("IsAuthorisedToApproveLeave", "IsAuthorisedToApproveTimesheets")
OBJECTS = ("HomeAddress", "TaxDeclaration", "PayTemplate", "OpeningBalances")
LISTS = ("BankAccounts", "SuperMemberships")
IDS = ("OrdinaryEarningsRateID", "PayrollCalendarID")
OTHERS = (*IDS, "EmployeeGroupName", "CountryOfResidence")
READ_ONLY = frozenset(
    {"EmployeeID", "Status", "LeaveBalances", "IsSTP2Qualified", "UpdatedDateUTC", "ValidationErrors"}
)
WRITABLE = frozenset((*LENGTHS, *ENUMS, *BOOLEANS, *OBJECTS, *LISTS, *OTHERS, *(DATE_FIELDS - {"OpeningBalanceDate"})))
REGIONS = frozenset(("ACT", "NSW", "NT", "QLD", "SA", "TAS", "VIC", "WA"))
ADDRESS: shapes.Shape = {
    **dict.fromkeys(("AddressLine1", "AddressLine2", "City", "Country"), text(50)),
    "Region": choice(REGIONS),
    "PostalCode": text(4, pattern=r"\d{4}", says="must be 4 digits."),
}
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")


def unknown_elements(record: Mapping[str, Any]) -> list[str]:
    """Name the elements that an employee does not have."""
    errors = [
        f"'{name}' is not a valid element in Employee"
        for name in record
        if name not in WRITABLE and name not in READ_ONLY
    ]
    tax = record.get("TaxDeclaration")
    if isinstance(tax, Mapping) and "EmployeeID" in tax:
        errors.append("EmployeeID is not a valid element in TaxDeclaration")
    return errors


def normalise(record: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what may be written, each value in one form. Raises Malformed for the wrong JSON kind."""
    kept: dict[str, Any] = {}
    for name, value in record.items():
        if name not in WRITABLE:
            continue
        if name in OBJECTS and value is not None and not isinstance(value, dict):
            raise Malformed(name)
        if name in LISTS:
            shapes.objects(value, name)
        kept[name] = TIDY[name](value) if name in TIDY and value not in (None, "") else value
    return kept


def _day(value: object) -> object:
    return read_day(value) or value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _accounts(accounts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if any(account.get("BSB") == "" for account in accounts):
        raise Malformed("BSB")
    return [shapes.tidied(account, bank_accounts.SHAPE) for account in accounts]


def _object(shape: shapes.Shape) -> Callable[[Any], Any]:
    """Keep what was emptied as None, so that a merge can tell it from what was left out."""
    return lambda given: {**dict.fromkeys(given.keys() - shapes.ECHOED), **shapes.tidied(given, shape)}


TIDY: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(DATE_FIELDS - {"OpeningBalanceDate"}, _day),
    **dict.fromkeys(IDS, _lower),
    "BankAccounts": _accounts,
    "SuperMemberships": lambda rows: [shapes.tidied(row, super_funds.MEMBERSHIP) for row in rows],
    "HomeAddress": _object(ADDRESS),
    "TaxDeclaration": _object(tax_declarations.SHAPE),
    "PayTemplate": lambda given: pay_lines.tidied(given, pay_lines.PAY_TEMPLATE),
    "OpeningBalances": pay_templates.tidied_balances,
}


def check(
    fields: Mapping[str, Any],
    *,
    sent: Mapping[str, Any],
    organisation: Organisation,
    switches: Switches,
    is_new: bool,
) -> list[str]:
    """List everything wrong with a record as it would become; `sent` is what the caller sent of it."""
    return problems(Case(fields, sent, organisation, switches, is_new))


def problems(case: Case) -> list[str]:
    """List everything wrong with a record, knowing what it was and which day it is."""
    return [message for part in PARTS for message in part(case)]


def _required(case: Case) -> list[str]:
    needed = ["FirstName", "LastName", "DateOfBirth"]
    if case.is_new and case.switches["address_required"]:
        needed.append("HomeAddress")
    return [f"The {label(name)} is required." for name in needed if shapes.is_blank(case.fields.get(name))]


def _texts(case: Case) -> list[str]:
    errors = []
    for name, longest in LENGTHS.items():
        value = case.sent.get(name)
        if value is None:
            continue
        if not isinstance(value, str):
            errors.append(f"The {label(name)} must be text.")
        elif len(value) > longest:
            errors.append(f"The {label(name)} must not be longer than {longest} characters.")
    email = case.sent.get("Email")
    if isinstance(email, str) and email and not _EMAIL.match(email):
        errors.append("The Email is not a valid email address.")
    errors += [
        f"The {label(name)} must be true or false."
        for name in BOOLEANS
        if case.sent.get(name) is not None and not isinstance(case.fields.get(name), bool)
    ]
    return errors


def _enums(case: Case) -> list[str]:
    return [
        f"'{case.sent[name]}' is not a valid {label(name)}."
        for name, allowed in ENUMS.items()
        if case.sent.get(name) not in (None, "") and not _is_in(case.sent[name], allowed)
    ]


def _is_in(value: object, allowed: frozenset[str]) -> bool:
    return isinstance(value, str) and value in allowed


def _dates(case: Case) -> list[str]:
    return [
        f"The {label(name)} is not a valid date."
        for name in sorted(DATE_FIELDS)
        if case.sent.get(name) not in (None, "") and read_day(case.sent[name]) is None
    ]


def _references(case: Case) -> list[str]:
    errors = []
    rate, calendar, group = (case.sent.get(name) for name in (*IDS, "EmployeeGroupName"))
    if rate and str(rate) not in pay_items.ids(case.organisation, "EarningsRates"):
        errors.append("Invalid OrdinaryEarningsRateID")
    if calendar and str(calendar) not in {item["PayrollCalendarID"] for item in case.organisation.calendars}:
        errors.append("Invalid PayrollCalendarID")
    if group and group not in tracking.group_names(case.organisation):
        errors.append("The Employee Group Name is not an option of the employee group tracking category.")
    return errors


def _termination(case: Case) -> list[str]:
    if "TerminationDate" not in case.sent and "TerminationReason" not in case.sent:
        return []
    if case.fields.get("TerminationDate") and case.organisation.stp2 and not case.fields.get("TerminationReason"):
        return ["A termination reason must be provided"]
    started, ended = read_day(case.fields.get("StartDate")), read_day(case.fields.get("TerminationDate"))
    if started and ended and ended < started:
        return ["The Termination Date must not be before the Start Date."]
    return _untimely(case, ended) if ended else []


def _untimely(case: Case, ended: str) -> list[str]:
    if case.switches["future_termination"] == "refuse" and case.today and ended > case.today.isoformat():
        return ["The Termination Date must not be in the future."]
    paid_until = max(
        (
            str(run["PayRunPeriodEndDate"])
            for run in case.organisation.pay_runs
            if run["PayRunStatus"] == "POSTED" and run["PayrollCalendarID"] == case.fields.get("PayrollCalendarID")
        ),
        default="",
    )
    if case.switches["termination_before_pay_run"] == "refuse" and ended <= paid_until:
        return ["The Termination Date must not be before the end of a posted pay run."]
    return []


def _address(case: Case) -> list[str]:
    if not case.sent.get("HomeAddress"):
        return []
    address = case.fields.get("HomeAddress") or {}
    errors = ["The Address Line 1 is required."] if shapes.is_blank(address.get("AddressLine1")) else []
    return errors + shapes.problems(address, ADDRESS, type_name="HomeAddress")


def _memberships(case: Case) -> list[str]:
    return super_funds.membership_errors(
        case.sent.get("SuperMemberships") or (),
        organisation=case.organisation,
        known=case.before.get("SuperMemberships") or (),
    )


PARTS: tuple[Callable[[Case], list[str]], ...] = (
    _required, _texts, _enums, _dates, _references, _termination, _address, bank_accounts.problems,
    tax_declarations.problems, _memberships, pay_templates.problems,
)  # fmt: skip
