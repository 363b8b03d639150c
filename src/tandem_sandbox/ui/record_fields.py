"""The fields of an employee's record as the forms show them, and which of them a sentence of refusal is about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tandem_sandbox.ui import words
from tandem_sandbox.world import rules, tax_declarations
from tandem_sandbox.world.shapes import label

Options = tuple[tuple[str, str], ...]
NOT_GIVEN = ("", "Not given")
YES_OR_NO: Options = (NOT_GIVEN, ("true", "Yes"), ("false", "No"))


@dataclass(frozen=True)
class Field:
    """One field: Xero's name of the element, what a person reads, how it is typed, and what to choose from."""

    name: str
    label: str
    type: str = "text"
    options: Options = ()
    long: bool = False
    hint: str = ""


def _choices(allowed: Iterable[str], names: Mapping[str, str] | None = None) -> Options:
    known = names or {}
    return (NOT_GIVEN, *((value, known.get(value, words.shouted(value))) for value in sorted(allowed)))


GENDERS = {"F": "Female", "M": "Male", "N": "Not specified", "I": "Non-binary"}
INCOME = {
    "SALARYANDWAGES": "Salary and wages",
    "WORKINGHOLIDAYMAKER": "Working holiday maker",
    "NONEMPLOYEE": "Non-employee",
    "CLOSELYHELDPAYEES": "Closely held payee",
    "LABOURHIRE": "Labour hire",
}
REASONS: Options = (
    ("", "Choose a reason"), ("V", "Voluntary"), ("I", "Ill health"), ("D", "Deceased"), ("R", "Redundancy"),
    ("F", "Dismissal"), ("C", "Contract ended"), ("T", "Transfer"),
)  # fmt: skip
PERSONAL = (
    Field("Title", "Title"),
    Field("FirstName", "First name"),
    Field("MiddleNames", "Middle names"),
    Field("LastName", "Last name"),
    Field("DateOfBirth", "Date of birth", "date"),
    Field("Gender", "Gender", options=_choices(GENDERS, GENDERS)),
    Field("Email", "Email address", "email", long=True),
    Field("Phone", "Phone", "tel"),
    Field("Mobile", "Mobile", "tel"),
)
ADDRESS = (
    Field("AddressLine1", "Address line 1", long=True),
    Field("AddressLine2", "Address line 2", long=True),
    Field("City", "Suburb"),
    Field("Region", "State", options=_choices(rules.REGIONS, {name: name for name in rules.REGIONS})),
    Field("PostalCode", "Postcode"),
    Field("Country", "Country"),
)
EMPLOYMENT = (
    Field("StartDate", "Start date", "date"),
    Field("JobTitle", "Job title"),
    Field("Classification", "Classification"),
    Field("EmploymentType", "Employment type", options=_choices(rules.ENUMS["EmploymentType"])),
    Field("IncomeType", "Income type", options=_choices(rules.ENUMS["IncomeType"], INCOME)),
    Field("CountryOfResidence", "Country of residence", hint="Two letters; a working holiday maker's."),
    Field("IsAuthorisedToApproveLeave", "May approve leave", options=YES_OR_NO),
    Field("IsAuthorisedToApproveTimesheets", "May approve timesheets", options=YES_OR_NO),
)
# These offer what the organisation has, so a page fills the options in.
LISTED = (
    Field("EmployeeGroupName", "Employee group"),
    Field("PayrollCalendarID", "Pay calendar"),
    Field("OrdinaryEarningsRateID", "Ordinary earnings rate"),
)
TERMINATION = (Field("TerminationDate", "Last day", "date"), Field("TerminationReason", "Reason", options=REASONS))


def _allowed(name: str) -> Options:
    """Read the words that an element takes off its own rule, by asking that rule."""
    words_, rule = TAX_WORDS[name], tax_declarations.SHAPE[name]
    return _choices((value for value in words_ if rule.judge(name, value) is None), words_)


TAX_WORDS: Mapping[str, Mapping[str, str]] = {
    "EmploymentBasis": {
        "FULLTIME": "Full time",
        "PARTTIME": "Part time",
        "CASUAL": "Casual",
        "LABOURHIRE": "Labour hire",
        "SUPERINCOMESTREAM": "Super income stream",
        "NONEMPLOYEE": "Non-employee",
    },
    "TFNExemptionType": {
        "NOTQUOTED": "Not quoted",
        "PENDING": "Pending",
        "PENSIONER": "Pensioner",
        "UNDER18": "Under 18",
    },
    "ResidencyStatus": {
        "AUSTRALIANRESIDENT": "Australian resident",
        "FOREIGNRESIDENT": "Foreign resident",
        "WORKINGHOLIDAYMAKER": "Working holiday maker",
    },
    "TaxScaleType": {
        "REGULAR": "Regular",
        "ACTORSARTISTSENTERTAINERS": "Actors, artists and entertainers",
        "HORTICULTURISTORSHEARER": "Horticulturist or shearer",
        "SENIORORPENSIONER": "Senior or pensioner",
        "WORKINGHOLIDAYMAKER": "Working holiday maker",
        "FOREIGN": "Foreign",
    },
    "WorkCondition": {
        "PROMOTIONAL": "Promotional",
        "THREELESSPERFORMANCESPERWEEK": "Three or fewer performances a week",
        "NONE": "None",
    },
    "SeniorMaritalStatus": {
        "MEMBEROFCOUPLE": "Member of a couple",
        "MEMBEROFILLNESSSEPARATEDCOUPLE": "Couple separated by illness",
        "SINGLE": "Single",
    },
}
TAX = (
    Field("EmploymentBasis", "Employment basis"),
    Field("TFNExemptionType", "Exemption from giving a number"),
    Field("ABN", "ABN", hint="Of a non-employee."),
    Field("ResidencyStatus", "Residency status"),
    Field("TaxScaleType", "Tax scale"),
    Field("WorkCondition", "Work condition"),
    Field("SeniorMaritalStatus", "Senior's marital status"),
    Field("TaxOffsetEstimatedAmount", "Tax offset"),
    Field("UpwardVariationTaxWithholdingAmount", "Extra tax to withhold"),
    Field("ApprovedWithholdingVariationPercentage", "Approved variation in per cent"),
    Field("AustralianResidentForTaxPurposes", "Australian resident for tax", options=YES_OR_NO),
    Field("TaxFreeThresholdClaimed", "Tax-free threshold claimed", options=YES_OR_NO),
    Field("HasHELPDebt", "HELP debt", options=YES_OR_NO),
    Field("HasSFSSDebt", "SFSS debt", options=YES_OR_NO),
    Field("HasTradeSupportLoanDebt", "Trade support loan", options=YES_OR_NO),
    Field("HasStudentStartupLoan", "Student start-up loan", options=YES_OR_NO),
    Field("EligibleToReceiveLeaveLoading", "Eligible for leave loading", options=YES_OR_NO),
)
BANK = (
    Field("AccountName", "Account name"),
    Field("BSB", "BSB"),
    Field("AccountNumber", "Account number"),
    Field("Amount", "Amount"),
    Field("StatementText", "Statement text"),
)
SPECIAL = (
    ("Home Address is", "AddressLine1"),
    ("termination reason", "TerminationReason"),
    ("superannuation fund", "SuperFundID"),
    ("take the remainder", "Remainder"),
    ("needs an Amount", "Amount"),
)


def tax_fields() -> tuple[Field, ...]:
    """Return the fields of a tax declaration, each with the words that its rule takes."""
    return tuple(
        Field(item.name, item.label, item.type, _allowed(item.name), item.long, item.hint)
        if item.name in TAX_WORDS
        else item
        for item in TAX
    )


def field_of(message: str, names: Iterable[str]) -> str:
    """Find the field that a sentence is about; an empty name where it is about none of them."""
    known = sorted(names, key=len, reverse=True)
    special = next((name for part, name in SPECIAL if part in message), "")
    if special in known:
        return special
    return next((name for name in known if label(name) in message or name in message), "")


def value_of(item: Field, typed: str) -> Any:
    """Read what was typed as the value that the element takes; nothing is None."""
    if item.options == YES_OR_NO:
        return {"true": True, "false": False}.get(typed)
    return typed or None


def written(value: Any) -> str:
    """Write a value as its field shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
