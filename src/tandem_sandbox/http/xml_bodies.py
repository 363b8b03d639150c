"""XML bodies in the shape of JSON: older programs write XML to Payroll AU 1.0 and Accounting (xero.md 3.4).

No document type is read at all, so nothing can be expanded, fetched or looked up; nesting has an end.
"""

from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import parse_qs
from xml.parsers import expat

from flask import request

from tandem_sandbox.http.bodies import DEEPEST, Unreadable

MOST_ELEMENTS = 100_000
XML_TYPES = ("application/xml", "text/xml")
FORM = "application/x-www-form-urlencoded"
# In XML nothing but its name tells a list from an object, and true from the word "true".
LISTS = {
    "BankAccounts": "BankAccount", "SuperMemberships": "SuperMembership", "LeaveBalances": "LeaveBalance",
    "EarningsLines": "EarningsLine", "DeductionLines": "DeductionLine", "SuperLines": "SuperLine",
    "ReimbursementLines": "ReimbursementLine", "LeaveLines": "LeaveLine", "LeaveEarningsLines": "LeaveEarningsLine",
    "TimesheetEarningsLines": "TimesheetEarningsLine", "LeaveAccrualLines": "LeaveAccrualLine",
    "SuperannuationLines": "SuperannuationLine", "TaxLines": "TaxLine", "LeavePeriods": "LeavePeriod",
    "TimesheetLines": "TimesheetLine", "NumberOfUnits": "NumberOfUnit", "EarningsRates": "EarningsRate",
    "DeductionTypes": "DeductionType", "LeaveTypes": "LeaveType", "ReimbursementTypes": "ReimbursementType",
    "Employees": "Employee", "LeaveApplications": "LeaveApplication", "PayrollCalendars": "PayrollCalendar",
    "PayRuns": "PayRun", "Payslips": "Payslip", "SuperFunds": "SuperFund", "Timesheets": "Timesheet",
    "TrackingCategories": "TrackingCategory", "Options": "Option",
}  # fmt: skip
FLAGS = frozenset(
    (
        "AutoCalculate", "IncludeSuperannuationGuaranteeContribution", "IsQualifyingEarnings",
        "ResetSTPCategorisation", "CurrentRecord", "AccrueLeave", "IsExemptFromTax", "IsExemptFromSuper",
        "IsReportableAsW1", "AllowanceContributesToAnnualLeaveRate", "AllowanceContributesToOvertimeRate",
        "ReducesTax", "ReducesSuper", "IsExemptFromW1", "IsPaidLeave", "ShowOnPayslip", "SGCExempt",
        "AustralianResidentForTaxPurposes", "TaxFreeThresholdClaimed", "HasHELPDebt", "HasSFSSDebt",
        "HasTradeSupportLoanDebt", "HasStudentStartupLoan", "HasLoanOrStudentDebt", "EligibleToReceiveLeaveLoading",
        "IncludeLeaveLoadingInSGC", "IncludeLeaveLoadingInQualifyingEarnings", "Remainder",
        "IsAuthorisedToApproveLeave", "IsAuthorisedToApproveTimesheets",
    )
)  # fmt: skip
WORDS = {"true": True, "false": False}


@dataclass(slots=True)
class _Element:
    name: str
    is_nil: bool = False
    children: list["_Element"] = field(default_factory=list)
    text: list[str] = field(default_factory=list)


def sent_as_xml() -> bool:
    """Say whether the request carries XML: by its type, or as the field xml of a form."""
    return request.mimetype in XML_TYPES or (request.mimetype == FORM and request.get_data().startswith(b"xml="))


def read_xml(*, roots: tuple[str, ...]) -> Any:
    """Read the request's body, whose outermost element is one of `roots`. Raises Unreadable."""
    data = request.get_data(cache=True)
    if request.mimetype == FORM:
        data = parse_qs(data.decode("utf-8", "replace")).get("xml", [""])[0].encode()
    root = _parsed(data)
    if root.name not in roots:
        raise Unreadable(f"{root.name} is not expected here")
    return _value(root)


def _parsed(data: bytes) -> _Element:
    open_elements, made_so_far = [_Element("")], count(1)
    parser = expat.ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(open_elements) > DEEPEST:
            raise Unreadable("too deep")
        if next(made_so_far) > MOST_ELEMENTS:
            raise Unreadable("too many elements")
        made = _Element(name.rpartition(":")[2], is_nil=_is_nil(attributes))
        open_elements[-1].children.append(made)
        open_elements.append(made)

    def refuse(*_: object) -> None:
        raise Unreadable("a document type is not read")

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _name: open_elements.pop()
    parser.CharacterDataHandler = lambda text: open_elements[-1].text.append(text)
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)  # noqa: FBT003  expat's own signature
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise Unreadable(str(error)) from error
    return open_elements[0].children[0]


def _is_nil(attributes: dict[str, str]) -> bool:
    return any(name.endswith(":nil") and value == "true" for name, value in attributes.items())


def _value(element: _Element) -> Any:
    text = "".join(element.text)
    if element.is_nil:
        return None
    if not element.children:
        return _plain(element.name, text)
    if text.strip():
        raise Unreadable("text beside elements")
    one = LISTS.get(element.name)
    if one is None:
        return _object(element)
    if any(child.name != one for child in element.children):
        raise Unreadable(f"{element.name} holds {one} only")
    return [_value(child) for child in element.children]


def _object(element: _Element) -> dict[str, Any]:
    found = {child.name: _value(child) for child in element.children}
    if len(found) != len(element.children):
        raise Unreadable("an element twice")
    return found


def _plain(name: str, text: str) -> Any:
    if not text.strip() and name in LISTS:
        return []
    return WORDS.get(text.strip(), text) if name in FLAGS else text
