"""What Payroll AU accepts for an employee, and in which words it refuses (xero.md 3.4 and 4.1)."""

import re
from collections.abc import Mapping
from typing import Any

from tandem_sandbox.world import pay_items
from tandem_sandbox.world.state import Organisation
from tandem_sandbox.world.switches import Switches
from tandem_sandbox.world.wire import DATE_FIELDS, read_day

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
OTHERS = ("OrdinaryEarningsRateID", "PayrollCalendarID", "EmployeeGroupName", "CountryOfResidence")
READ_ONLY = frozenset(
    {"EmployeeID", "Status", "LeaveBalances", "IsSTP2Qualified", "UpdatedDateUTC", "ValidationErrors"}
)
WRITABLE = frozenset((*LENGTHS, *ENUMS, *BOOLEANS, *OBJECTS, *LISTS, *OTHERS, *(DATE_FIELDS - {"OpeningBalanceDate"})))
REGIONS = frozenset(("ACT", "NSW", "NT", "QLD", "SA", "TAS", "VIC", "WA"))
ADDRESS_LENGTHS = {"AddressLine1": 50, "AddressLine2": 50, "City": 50, "Country": 50}
BANK_LENGTHS = {"StatementText": 18, "AccountName": 32}
BANK_ELEMENTS = frozenset((*BANK_LENGTHS, "BSB", "AccountNumber", "Remainder", "Amount"))
TAX_ENUMS = {
    "EmploymentBasis": frozenset(
        ("FULLTIME", "PARTTIME", "CASUAL", "LABOURHIRE", "SUPERINCOMESTREAM", "NONEMPLOYEE")
    ),
    "TFNExemptionType": frozenset(("NOTQUOTED", "PENDING", "PENSIONER", "UNDER18")),
    "ResidencyStatus": frozenset(("AUSTRALIANRESIDENT", "FOREIGNRESIDENT", "WORKINGHOLIDAYMAKER")),
    "TaxScaleType": frozenset(
        ("REGULAR", "ACTORSARTISTSENTERTAINERS", "HORTICULTURISTORSHEARER", "SENIORORPENSIONER", "WORKINGHOLIDAYMAKER",
         "FOREIGN")
    ),
    "WorkCondition": frozenset(("PROMOTIONAL", "THREELESSPERFORMANCESPERWEEK", "NONE")),
    "SeniorMaritalStatus": frozenset(("MEMBEROFCOUPLE", "MEMBEROFILLNESSSEPARATEDCOUPLE", "SINGLE")),
}  # fmt: skip
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")


class Malformed(Exception):
    """A value of the wrong JSON kind: Payroll AU answers 500 to those (xero.md 3.2)."""


def label(element: str) -> str:
    """Write an element's name as words: LastName -> Last Name."""
    return _WORDS.sub(" ", element)


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
    """Keep what may be written, dates as ISO days. Raises Malformed for the wrong JSON kind."""
    kept: dict[str, Any] = {}
    for name, value in record.items():
        if name not in WRITABLE:
            continue
        if name in OBJECTS and value is not None and not isinstance(value, dict):
            raise Malformed(name)
        if name in LISTS and value is not None and not _is_list_of_objects(value):
            raise Malformed(name)
        kept[name] = _day_or_given(value) if name in DATE_FIELDS else value
    _reject_empty_bsb(kept)
    _tidy_nested(kept)
    return kept


def _is_list_of_objects(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _day_or_given(value: object) -> object:
    return value if value in (None, "") else (read_day(value) or value)


def _reject_empty_bsb(kept: Mapping[str, Any]) -> None:
    if any(account.get("BSB") == "" for account in kept.get("BankAccounts") or ()):
        raise Malformed("BSB")


def _tidy_nested(kept: dict[str, Any]) -> None:
    tax = kept.get("TaxDeclaration")
    if tax:
        kept["TaxDeclaration"] = {name: value for name, value in tax.items() if name != "UpdatedDateUTC"}
    balances = kept.get("OpeningBalances")
    if balances and "OpeningBalanceDate" in balances:
        kept["OpeningBalances"] = {
            **balances,
            "OpeningBalanceDate": read_day(balances["OpeningBalanceDate"]) or balances["OpeningBalanceDate"],
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
    errors = _required(fields, switches=switches, is_new=is_new)
    for part in (_texts, _enums, _dates, _references, _termination, _address, _banks, _tax, _super):
        errors += part(fields, sent, organisation)
    return errors


def _required(fields: Mapping[str, Any], *, switches: Switches, is_new: bool) -> list[str]:
    needed = ["FirstName", "LastName", "DateOfBirth"]
    if is_new and switches["address_required"]:
        needed.append("HomeAddress")
    return [f"The {label(name)} is required." for name in needed if _is_blank(fields.get(name))]


def _is_blank(value: object) -> bool:
    return value is None or value == {} or (isinstance(value, str) and not value.strip())


def _texts(fields: Mapping[str, Any], sent: Mapping[str, Any], _organisation: Organisation) -> list[str]:
    errors = []
    for name, longest in LENGTHS.items():
        value = sent.get(name)
        if value is None:
            continue
        if not isinstance(value, str):
            errors.append(f"The {label(name)} must be text.")
        elif len(value) > longest:
            errors.append(f"The {label(name)} must not be longer than {longest} characters.")
    email = sent.get("Email")
    if isinstance(email, str) and email and not _EMAIL.match(email):
        errors.append("The Email is not a valid email address.")
    errors += [
        f"The {label(name)} must be true or false."
        for name in BOOLEANS
        if sent.get(name) is not None and not isinstance(fields.get(name), bool)
    ]
    return errors


def _enums(_fields: Mapping[str, Any], sent: Mapping[str, Any], _organisation: Organisation) -> list[str]:
    return [
        f"'{sent[name]}' is not a valid {label(name)}."
        for name, allowed in ENUMS.items()
        if sent.get(name) not in (None, "") and not _is_in(sent[name], allowed)
    ]


def _is_in(value: object, allowed: frozenset[str]) -> bool:
    return isinstance(value, str) and value in allowed


def _dates(_fields: Mapping[str, Any], sent: Mapping[str, Any], _organisation: Organisation) -> list[str]:
    return [
        f"The {label(name)} is not a valid date."
        for name in sorted(DATE_FIELDS)
        if sent.get(name) not in (None, "") and read_day(sent[name]) is None
    ]


def _references(fields: Mapping[str, Any], sent: Mapping[str, Any], organisation: Organisation) -> list[str]:
    errors = []
    rate = sent.get("OrdinaryEarningsRateID")
    if rate and str(rate).lower() not in pay_items.ids(organisation, "EarningsRates"):
        errors.append("Invalid OrdinaryEarningsRateID")
    calendar = sent.get("PayrollCalendarID")
    if calendar and str(calendar).lower() not in {item["PayrollCalendarID"] for item in organisation.calendars}:
        errors.append("Invalid PayrollCalendarID")
    group = sent.get("EmployeeGroupName")
    if group and group not in organisation.groups:
        errors.append("The Employee Group Name is not an option of the employee group tracking category.")
    holiday_maker = fields.get("IncomeType") == "WORKINGHOLIDAYMAKER"
    if ("IncomeType" in sent or "CountryOfResidence" in sent) and holiday_maker != bool(
        fields.get("CountryOfResidence")
    ):
        errors.append("The Country Of Residence is required for, and only for, a working holiday maker.")
    return errors


def _termination(fields: Mapping[str, Any], sent: Mapping[str, Any], organisation: Organisation) -> list[str]:
    if "TerminationDate" not in sent and "TerminationReason" not in sent:
        return []
    if fields.get("TerminationDate") and organisation.stp2 and not fields.get("TerminationReason"):
        return ["A termination reason must be provided"]
    started, ended = read_day(fields.get("StartDate")), read_day(fields.get("TerminationDate"))
    if started and ended and ended < started:
        return ["The Termination Date must not be before the Start Date."]
    return []


def _address(_fields: Mapping[str, Any], sent: Mapping[str, Any], _organisation: Organisation) -> list[str]:
    address = sent.get("HomeAddress")
    if not address:
        return []
    errors = [] if not _is_blank(address.get("AddressLine1")) else ["The Address Line 1 is required."]
    errors += _too_long(address, ADDRESS_LENGTHS)
    region, postcode = address.get("Region"), address.get("PostalCode")
    if region not in (None, "") and not _is_in(region, REGIONS):
        errors.append(f"'{region}' is not a valid Region.")
    if postcode not in (None, "") and not re.fullmatch(r"\d{4}", str(postcode)):
        errors.append("The Postal Code must be 4 digits.")
    return errors


def _too_long(record: Mapping[str, Any], lengths: Mapping[str, int]) -> list[str]:
    return [
        f"The {label(name)} must not be longer than {longest} characters."
        for name, longest in lengths.items()
        if len(str(record.get(name) or "")) > longest
    ]


def _banks(_fields: Mapping[str, Any], sent: Mapping[str, Any], _organisation: Organisation) -> list[str]:
    accounts = sent.get("BankAccounts")
    if not accounts:
        return []
    errors: list[str] = []
    for account in accounts:
        errors += [f"'{name}' is not a valid element in BankAccount" for name in account if name not in BANK_ELEMENTS]
        errors += _too_long(account, BANK_LENGTHS)
        if not re.fullmatch(r"\d{6}", str(account.get("BSB") or "")):
            errors.append("The BSB must be exactly 6 digits.")
        if not re.fullmatch(r"\d{1,9}", str(account.get("AccountNumber") or "")):
            errors.append("The Account Number must be 1 to 9 digits.")
        if not account.get("Remainder") and account.get("Amount") is None:
            errors.append("A bank account needs an Amount unless it takes the remainder.")
    if sum(1 for account in accounts if account.get("Remainder") is True) != 1:
        errors.append("Exactly one bank account must take the remainder.")
    return errors


def _tax(fields: Mapping[str, Any], sent: Mapping[str, Any], _organisation: Organisation) -> list[str]:
    tax = sent.get("TaxDeclaration")
    if not tax:
        return []
    errors = [
        f"'{tax[name]}' is not a valid {label(name)}."
        for name, allowed in TAX_ENUMS.items()
        if tax.get(name) not in (None, "") and not _is_in(tax[name], allowed)
    ]
    number, exemption = tax.get("TaxFileNumber"), tax.get("TFNExemptionType")
    if number and exemption:
        errors.append("Give a Tax File Number or a TFN Exemption Type, not both.")
    if number and not re.fullmatch(r"\d{8,9}", str(number)):
        errors.append("The Tax File Number is not valid.")
    if (fields.get("IncomeType") == "NONEMPLOYEE") != bool(tax.get("ABN")):
        errors.append("The ABN is required for, and only for, a non-employee.")
    return errors


def _super(_fields: Mapping[str, Any], sent: Mapping[str, Any], organisation: Organisation) -> list[str]:
    funds = {fund["SuperFundID"] for fund in organisation.super_funds}
    errors = []
    for membership in sent.get("SuperMemberships") or ():
        if str(membership.get("SuperFundID") or "").lower() not in funds:
            errors.append("The superannuation fund is required.")
        if _is_blank(membership.get("EmployeeNumber")):
            errors.append("The Employee Number is required.")
    return errors
