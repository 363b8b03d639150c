"""The map itself: each shared field, where Xero keeps it, which functions carry it, and what Xero takes. Pure.

docs/xero/fields.md is made from this by `python -m tests.fields.report`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tandem.people.official_numbers import ABN_LENGTH, ACCOUNT_NUMBER_LENGTH, BSB_LENGTH
from tandem.xero.mapping import (
    bank,
    details,
    employment,
    leave_balances,
    leave_requests,
    requests,
    superannuation,
    tax,
    tax_file_number,
)
from tandem.xero.mapping.fields import REGION_CODES, SharedField

Carrier = Callable[..., Any]
F = SharedField


@dataclass(frozen=True)
class Mapped:
    """One field: `element` is Xero's name for it, `read` and `write` carry it, `write` None is import only."""

    element: str
    read: Carrier
    write: Carrier | None
    takes: str = ""


def _text(field: SharedField) -> str:
    return f"text, at most {requests.LENGTHS[field]}"


ADDRESS_TAKES = (
    "; ".join(f"{label} at most {limit}" for _, label, limit in requests.ADDRESS_LENGTHS)
    + f"; state one of {', '.join(sorted(REGION_CODES))}; postcode at most {requests.POSTCODE_LENGTH}; sent whole"
)
BANK_TAKES = (
    f"any number, in order, sent whole: account name at most {bank.ACCOUNT_NAME_LENGTH}, BSB of {BSB_LENGTH} digits, account "
    f"number of at most {ACCOUNT_NUMBER_LENGTH} digits, statement text at most {bank.STATEMENT_TEXT_LENGTH}, an amount to the "
    "cent; exactly one takes the remainder"
)
CHOICE = "one of the choices below"
DOLLARS = "dollars, not less than nothing"
YES_OR_NO = "yes or no"
FIELD_MAP: Mapping[SharedField, Mapped] = {
    F.TITLE: Mapped("Title", details.title_from_xero, details.title_to_xero, _text(F.TITLE)),
    F.FIRST_NAME: Mapped(
        "FirstName", details.first_name_from_xero, details.first_name_to_xero, f"needed; {_text(F.FIRST_NAME)}"
    ),
    F.MIDDLE_NAMES: Mapped(
        "MiddleNames", details.middle_names_from_xero, details.middle_names_to_xero, _text(F.MIDDLE_NAMES)
    ),
    F.LAST_NAME: Mapped(
        "LastName", details.last_name_from_xero, details.last_name_to_xero, f"needed; {_text(F.LAST_NAME)}"
    ),
    F.DATE_OF_BIRTH: Mapped(
        "DateOfBirth", details.date_of_birth_from_xero, details.date_of_birth_to_xero, "needed; a date"
    ),
    F.GENDER: Mapped("Gender", details.gender_from_xero, details.gender_to_xero, CHOICE),
    F.HOME_ADDRESS: Mapped(
        "HomeAddress", details.home_address_from_xero, details.home_address_to_xero, f"needed; {ADDRESS_TAKES}"
    ),
    F.PHONE: Mapped("Phone", details.phone_from_xero, details.phone_to_xero, _text(F.PHONE)),
    F.MOBILE: Mapped("Mobile", details.mobile_from_xero, details.mobile_to_xero, _text(F.MOBILE)),
    F.EMAIL: Mapped(
        "Email",
        details.email_from_xero,
        details.email_to_xero,
        f"{_text(F.EMAIL)}; the work e-mail goes, else the home one; what comes is the work e-mail",
    ),
    F.JOB_TITLE: Mapped("JobTitle", details.job_title_from_xero, details.job_title_to_xero, _text(F.JOB_TITLE)),
    F.START_ON: Mapped("StartDate", details.start_on_from_xero, details.start_on_to_xero, "a date; never cleared"),
    F.TERMINATION: Mapped(
        "TerminationDate, TerminationReason",
        details.termination_from_xero,
        details.termination_to_xero,
        "a date and a reason, as the account's settings allow; never cleared in Xero",
    ),
    F.EMPLOYEE_GROUP: Mapped(
        "EmployeeGroupName",
        employment.employee_group_from_xero,
        employment.employee_group_to_xero,
        "a group that Xero has, found by the branch's Integration API Key",
    ),
    F.EMPLOYMENT_BASIS: Mapped(
        "TaxDeclaration.EmploymentBasis",
        employment.employment_basis_from_xero,
        employment.employment_basis_to_xero,
        CHOICE,
    ),
    F.INCOME_TYPE: Mapped("IncomeType", employment.income_type_from_xero, employment.income_type_to_xero, CHOICE),
    F.BANK_ACCOUNTS: Mapped("BankAccounts", bank.bank_accounts_from_xero, bank.bank_accounts_to_xero, BANK_TAKES),
    F.SUPER_MEMBERSHIPS: Mapped(
        "SuperMemberships",
        superannuation.super_memberships_from_xero,
        superannuation.super_memberships_to_xero,
        "sent whole: a fund that Xero has, regulated by USI, self-managed by ABN, else a task; a member number",
    ),
    F.TAX_FILE_NUMBER: Mapped(
        "TaxDeclaration.TaxFileNumber, TFNExemptionType",
        tax_file_number.tax_file_number_from_xero,
        tax_file_number.tax_file_number_to_xero,
        "a number that adds up, or why there is none; a masked one is never sent, nor kept over a whole one",
    ),
    F.CONTRACTOR_ABN: Mapped(
        "TaxDeclaration.ABN",
        tax.contractor_abn_from_xero,
        tax.contractor_abn_to_xero,
        f"{ABN_LENGTH} digits that add up; of contractors, and only of them",
    ),
    F.COUNTRY_OF_RESIDENCE: Mapped(
        "CountryOfResidence",
        tax.country_of_residence_from_xero,
        tax.country_of_residence_to_xero,
        "two letters; of working holiday makers, and only of them",
    ),
    F.RESIDENCY: Mapped("TaxDeclaration.ResidencyStatus", tax.residency_from_xero, tax.residency_to_xero, CHOICE),
    F.TAX_SCALE: Mapped(
        "TaxDeclaration.TaxScaleType, WorkCondition, SeniorMaritalStatus",
        tax.tax_scale_from_xero,
        tax.tax_scale_to_xero,
        f"{CHOICE}; artists say what the work is, seniors how they live",
    ),
    F.TAX_FREE_THRESHOLD: Mapped(
        "TaxDeclaration.TaxFreeThresholdClaimed",
        tax.tax_free_threshold_from_xero,
        tax.tax_free_threshold_to_xero,
        f"{YES_OR_NO}; not on the foreign scale",
    ),
    F.STUDENT_DEBT: Mapped(
        "TaxDeclaration.HasLoanOrStudentDebt", tax.student_debt_from_xero, tax.student_debt_to_xero, YES_OR_NO
    ),
    F.TAX_OFFSET: Mapped(
        "TaxDeclaration.TaxOffsetEstimatedAmount", tax.tax_offset_from_xero, tax.tax_offset_to_xero, DOLLARS
    ),
    F.EXTRA_WITHHOLDING: Mapped(
        "TaxDeclaration.UpwardVariationTaxWithholdingAmount",
        tax.extra_withholding_from_xero,
        tax.extra_withholding_to_xero,
        DOLLARS,
    ),
    F.WITHHOLDING_VARIATION: Mapped(
        "TaxDeclaration.ApprovedWithholdingVariationPercentage",
        tax.withholding_variation_from_xero,
        tax.withholding_variation_to_xero,
        "0 to 100 per cent",
    ),
    F.LEAVE_LOADING: Mapped(
        "TaxDeclaration.EligibleToReceiveLeaveLoading",
        tax.leave_loading_from_xero,
        tax.leave_loading_to_xero,
        YES_OR_NO,
    ),
    F.LEAVE_BALANCES: Mapped("LeaveBalances", leave_balances.leave_balances_from_xero, None, "every leave type"),
}
#: Leave is a record of its own beside the person.
LEAVE_REQUEST = Mapped(
    "LeaveApplications",
    leave_requests.leave_from_xero,
    leave_requests.leave_to_xero,
    f"a leave type that Xero has, two dates, a title of at most {leave_requests.TITLE_LENGTH}, a description of at most "
    f"{leave_requests.DESCRIPTION_LENGTH}; Xero works out the hours",
)
#: Xero's codes and what Tandem calls them.
CHOICES: Mapping[SharedField, tuple[Mapping[str, StrEnum], ...]] = {
    F.GENDER: (details.GENDERS,),
    F.EMPLOYMENT_BASIS: (employment.EMPLOYMENT_BASES,),
    F.INCOME_TYPE: (employment.INCOME_TYPES,),
    F.TAX_FILE_NUMBER: (tax_file_number.EXEMPTIONS,),
    F.RESIDENCY: (tax.RESIDENCIES,),
    F.TAX_SCALE: (tax.SCALES, tax.CONDITIONS, tax.SENIORS),
}
#: What Xero holds of a person and Tandem leaves alone (R32): the words say why.
NOT_SHARED: Mapping[str, str] = {
    "PayrollCalendarID": "Payroll chooses the pay calendar; Tandem reads the calendars to know the pay days.",
    "OrdinaryEarningsRateID": "Payroll chooses the rate.",
    "PayTemplate": "Pay is payroll's; super lines point at the memberships, so a membership that stays keeps its id.",
    "OpeningBalances": "They are entered once, in Xero.",
    "Classification": "Tandem has no such field.",
    "TwitterUserName": "Tandem has no such field.",
    "IsAuthorisedToApproveLeave, IsAuthorisedToApproveTimesheets": "Approving in Tandem is a matter of roles.",
    "EmploymentType": "Tandem shows it nowhere; the income type says who is a contractor.",
}
