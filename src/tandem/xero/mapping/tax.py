"""The tax declaration, element by element, and what single touch payroll, phase 2, asks of it. Pure.

Each `..._to_xero` returns parts of Xero's TaxDeclaration (country of residence alone stands beside it); a part that is
None is taken out of the declaration, which is sent whole (`payroll.tax_declaration_to_xero`). Rules: xero.md 4.1.
"""

from collections.abc import Mapping
from decimal import Decimal

from tandem.people.official_numbers import abn_fault, compact
from tandem.people.payroll_records import Residency, SeniorStatus, TaxScale, TaxScaleChoice, WorkCondition
from tandem.xero.client.wire import Employee
from tandem.xero.client.wire_payroll import TaxDeclaration
from tandem.xero.mapping.fields import SharedField, clean
from tandem.xero.mapping.oddities import Oddities, amount_as_json, codes_of, read_amount, read_choice, unusable

Parts = dict[str, object]

RESIDENCIES: Mapping[str, Residency] = {
    "AUSTRALIANRESIDENT": Residency.AUSTRALIAN,
    "FOREIGNRESIDENT": Residency.FOREIGN,
    "WORKINGHOLIDAYMAKER": Residency.WORKING_HOLIDAY_MAKER,
}
SCALES: Mapping[str, TaxScale] = {
    "REGULAR": TaxScale.REGULAR,
    "ACTORSARTISTSENTERTAINERS": TaxScale.ACTORS_ARTISTS_ENTERTAINERS,
    "HORTICULTURISTORSHEARER": TaxScale.HORTICULTURIST_OR_SHEARER,
    "SENIORORPENSIONER": TaxScale.SENIOR_OR_PENSIONER,
    "WORKINGHOLIDAYMAKER": TaxScale.WORKING_HOLIDAY_MAKER,
    "FOREIGN": TaxScale.FOREIGN,
}
CONDITIONS: Mapping[str, WorkCondition] = {
    "PROMOTIONAL": WorkCondition.PROMOTIONAL,
    "THREELESSPERFORMANCESPERWEEK": WorkCondition.UP_TO_THREE_PERFORMANCES_A_WEEK,
    "NONE": WorkCondition.NEITHER,
}
SENIORS: Mapping[str, SeniorStatus] = {
    "SINGLE": SeniorStatus.SINGLE,
    "MEMBEROFCOUPLE": SeniorStatus.MEMBER_OF_COUPLE,
    "MEMBEROFILLNESSSEPARATEDCOUPLE": SeniorStatus.MEMBER_OF_ILLNESS_SEPARATED_COUPLE,
}
RESIDENCY_CODES = codes_of(RESIDENCIES)
SCALE_CODES = codes_of(SCALES)
CONDITION_CODES = codes_of(CONDITIONS)
SENIOR_CODES = codes_of(SENIORS)
#: The four debts that Xero asked for one by one before it asked for any of them at once.
SINGLE_DEBTS = ("HasHELPDebt", "HasSFSSDebt", "HasTradeSupportLoanDebt", "HasStudentStartupLoan")


def contractor_abn_from_xero(tax: TaxDeclaration) -> tuple[str, Oddities]:
    """Return a contractor's ABN, "" for none."""
    number = compact(clean(tax.abn))
    if number and abn_fault(number):
        return "", unusable(SharedField.CONTRACTOR_ABN, "Xero holds an ABN that cannot be one. Correct it in Xero.")
    return number, ()


def contractor_abn_to_xero(abn: str) -> Parts:
    """Return the ABN; an empty text unsets it, as Xero's own description has it."""
    return {"ABN": compact(abn)}


def country_of_residence_from_xero(employee: Employee) -> str:
    """Return a working holiday maker's country as its two letters, "" for none."""
    return clean(employee.country_of_residence).upper()


def country_of_residence_to_xero(country: str) -> Parts:
    """Return the country, which stands beside the tax declaration."""
    return {"CountryOfResidence": clean(country).upper()}


def residency_from_xero(tax: TaxDeclaration) -> tuple[Residency | None, Oddities]:
    """Return the residency status; where Xero has only the older yes or no, that."""
    if clean(tax.residency_status) or tax.australian_resident_for_tax_purposes is None:
        return read_choice(SharedField.RESIDENCY, tax.residency_status, RESIDENCIES)
    return Residency.AUSTRALIAN if tax.australian_resident_for_tax_purposes else Residency.FOREIGN, ()


def residency_to_xero(residency: Residency | None) -> Parts:
    """Return the residency status in place of the older yes or no."""
    code = RESIDENCY_CODES[residency] if residency else None
    return {"ResidencyStatus": code, "AustralianResidentForTaxPurposes": None}


def tax_scale_from_xero(tax: TaxDeclaration) -> tuple[TaxScaleChoice | None, Oddities]:
    """Return the tax scale with what it asks besides; one unknown part keeps all of it in Xero."""
    field = SharedField.TAX_SCALE
    scale, odd_scale = read_choice(field, tax.tax_scale_type, SCALES)
    condition, odd_condition = read_choice(field, tax.work_condition, CONDITIONS)
    senior, odd_senior = read_choice(field, tax.senior_marital_status, SENIORS)
    oddities = (odd_scale + odd_condition + odd_senior)[:1]
    if scale is None or oddities:
        return None, oddities
    return TaxScaleChoice(scale, condition, senior), ()


def tax_scale_to_xero(choice: TaxScaleChoice | None) -> Parts:
    """Return the tax scale with what it asks besides."""
    if choice is None:
        return {"TaxScaleType": None, "WorkCondition": None, "SeniorMaritalStatus": None}
    return {
        "TaxScaleType": SCALE_CODES[choice.scale],
        "WorkCondition": CONDITION_CODES[choice.work_condition] if choice.work_condition else None,
        "SeniorMaritalStatus": SENIOR_CODES[choice.senior_status] if choice.senior_status else None,
    }


def tax_free_threshold_from_xero(tax: TaxDeclaration) -> bool | None:
    """Say whether the tax-free threshold is claimed."""
    return tax.tax_free_threshold_claimed


def tax_free_threshold_to_xero(claimed: bool | None) -> Parts:  # noqa: FBT001  # the value itself
    """Return whether the tax-free threshold is claimed."""
    return {"TaxFreeThresholdClaimed": claimed}


def student_debt_from_xero(tax: TaxDeclaration) -> bool | None:
    """Say whether there is a study or training loan: Xero's one answer, else any of the older four."""
    if tax.has_loan_or_student_debt is not None:
        return tax.has_loan_or_student_debt
    single = (tax.has_help_debt, tax.has_sfss_debt, tax.has_trade_support_loan_debt, tax.has_student_startup_loan)
    return None if set(single) == {None} else any(single)


def student_debt_to_xero(owed: bool | None) -> Parts:  # noqa: FBT001  # the value itself
    """Return the one answer; a no takes the older four along, lest one of them still says yes."""
    return {"HasLoanOrStudentDebt": owed} | ({} if owed else dict.fromkeys(SINGLE_DEBTS))


def tax_offset_from_xero(tax: TaxDeclaration) -> tuple[Decimal | None, Oddities]:
    """Return the estimated tax offset in dollars a year; nothing and none are the same."""
    return _dollars(SharedField.TAX_OFFSET, tax.tax_offset_estimated_amount)


def tax_offset_to_xero(amount: Decimal | None) -> Parts:
    """Return the estimated tax offset."""
    return {"TaxOffsetEstimatedAmount": _as_json(amount)}


def extra_withholding_from_xero(tax: TaxDeclaration) -> tuple[Decimal | None, Oddities]:
    """Return how much more tax is withheld each pay, in dollars; nothing and none are the same."""
    return _dollars(SharedField.EXTRA_WITHHOLDING, tax.upward_variation_tax_withholding_amount)


def extra_withholding_to_xero(amount: Decimal | None) -> Parts:
    """Return how much more tax is withheld each pay."""
    return {"UpwardVariationTaxWithholdingAmount": _as_json(amount)}


def withholding_variation_from_xero(tax: TaxDeclaration) -> tuple[Decimal | None, Oddities]:
    """Return the approved percentage; 0 % is one, and not the same as none."""
    return read_amount(SharedField.WITHHOLDING_VARIATION, tax.approved_withholding_variation_percentage)


def withholding_variation_to_xero(percentage: Decimal | None) -> Parts:
    """Return the approved percentage."""
    return {"ApprovedWithholdingVariationPercentage": _as_json(percentage)}


def leave_loading_from_xero(tax: TaxDeclaration) -> bool | None:
    """Say whether leave is paid with a loading."""
    return tax.eligible_to_receive_leave_loading


def leave_loading_to_xero(eligible: bool | None) -> Parts:  # noqa: FBT001  # the value itself
    """Return whether leave is paid with a loading."""
    return {"EligibleToReceiveLeaveLoading": eligible}


def _dollars(field: SharedField, value: Decimal | str | None) -> tuple[Decimal | None, Oddities]:
    amount, oddities = read_amount(field, value)
    return amount or None, oddities


def _as_json(amount: Decimal | None) -> int | float | None:
    return None if amount is None else amount_as_json(amount)
