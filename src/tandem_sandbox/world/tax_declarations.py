"""Tax declarations, and the rules that Single Touch Payroll Phase 2 brought (xero.md 4.1)."""

from collections.abc import Mapping
from typing import Any

from tandem_sandbox.world import countries, shapes
from tandem_sandbox.world.case import Case
from tandem_sandbox.world.shapes import choice, flag, number, text

DEPRECATED = {"EmploymentBasis": "SUPERINCOMESTREAM", "ResidencyStatus": "WORKINGHOLIDAYMAKER"}
LOANS = ("HasHELPDebt", "HasSFSSDebt", "HasTradeSupportLoanDebt", "HasStudentStartupLoan")
SHAPE: shapes.Shape = {
    "EmploymentBasis": choice(("FULLTIME", "PARTTIME", "CASUAL", "LABOURHIRE", "SUPERINCOMESTREAM", "NONEMPLOYEE")),
    "TFNExemptionType": choice(("NOTQUOTED", "PENDING", "PENSIONER", "UNDER18")),
    "TaxFileNumber": text(9, pattern=r"\d{8,9}"),
    "ABN": text(11, pattern=r"\d{11}", says="must be 11 digits."),
    "AustralianResidentForTaxPurposes": flag(),
    "ResidencyStatus": choice(("AUSTRALIANRESIDENT", "FOREIGNRESIDENT", "WORKINGHOLIDAYMAKER")),
    "TaxScaleType": choice(
        (
            "REGULAR",
            "ACTORSARTISTSENTERTAINERS",
            "HORTICULTURISTORSHEARER",
            "SENIORORPENSIONER",
            "WORKINGHOLIDAYMAKER",
            "FOREIGN",
        )
    ),
    "WorkCondition": choice(("PROMOTIONAL", "THREELESSPERFORMANCESPERWEEK", "NONE")),
    "SeniorMaritalStatus": choice(("MEMBEROFCOUPLE", "MEMBEROFILLNESSSEPARATEDCOUPLE", "SINGLE")),
    "TaxFreeThresholdClaimed": flag(),
    "TaxOffsetEstimatedAmount": number(least=0),
    **dict.fromkeys((*LOANS, "HasLoanOrStudentDebt"), flag()),
    "UpwardVariationTaxWithholdingAmount": number(least=0),
    "ApprovedWithholdingVariationPercentage": number(least=0, most=100),
    "EligibleToReceiveLeaveLoading": flag(),
    "IncludeLeaveLoadingInSGC": flag(),
    "IncludeLeaveLoadingInQualifyingEarnings": flag(),
}
NOT_SHOWN = "IncludeLeaveLoadingInSGC"  # it is missing from the published schema, so no answer carries it
_WEIGHTS = {8: (10, 7, 8, 4, 6, 3, 5, 1), 9: (1, 4, 3, 7, 5, 8, 6, 9, 10)}


def settled(tax: Mapping[str, Any]) -> dict[str, Any]:
    """Return a declaration as it is kept: the combined debt follows from the single ones where it was not given."""
    kept = {name: value for name, value in tax.items() if name != NOT_SHOWN}
    if "HasLoanOrStudentDebt" not in kept and any(name in kept for name in LOANS):
        kept["HasLoanOrStudentDebt"] = any(kept.get(name) for name in LOANS)
    return kept


def problems(case: Case) -> list[str]:
    """Say what is wrong with the declaration, and with what about the person depends on it."""
    errors = _residence(case)
    tax = case.fields.get("TaxDeclaration") or {}
    if case.sent.get("TaxDeclaration"):
        errors += shapes.problems(tax, SHAPE, type_name="TaxDeclaration")
        errors += _deprecated(case, tax) + _numbers(case, tax) + _leave_loading(case.sent["TaxDeclaration"])
        errors += _scale(case, tax)
    if case.organisation.stp2 and (case.sent.get("TaxDeclaration") or "IncomeType" in case.sent):
        errors += _income(case, tax)
    return errors


def _residence(case: Case) -> list[str]:
    country = case.fields.get("CountryOfResidence")
    if "IncomeType" not in case.sent and "CountryOfResidence" not in case.sent:
        return []
    if country and not (isinstance(country, str) and country in countries.CODES):
        return [f"'{country}' is not a valid Country Of Residence."]
    if (case.fields.get("IncomeType") == "WORKINGHOLIDAYMAKER") != bool(country):
        return ["The Country Of Residence is required for, and only for, a working holiday maker."]
    return []


def _deprecated(case: Case, tax: Mapping[str, Any]) -> list[str]:
    if not case.organisation.stp2 or case.switches["deprecated_values"] == "accept":
        return []
    return [
        f"'{value}' is not a valid {shapes.label(name)}."
        for name, value in DEPRECATED.items()
        if tax.get(name) == value
    ]


def _numbers(case: Case, tax: Mapping[str, Any]) -> list[str]:
    tfn, exemption = tax.get("TaxFileNumber"), tax.get("TFNExemptionType")
    if tfn and exemption:
        return ["Give a Tax File Number or a TFN Exemption Type, not both."]
    if tfn and case.switches["tax_file_number_check_digit"] and not _adds_up(str(tfn)):
        return ["The Tax File Number is not valid."]
    if tfn or exemption or case.fields.get("IncomeType") == "NONEMPLOYEE":
        return []
    return ["A Tax File Number or a TFN Exemption Type is required."] if case.switches["tax_number_required"] else []


def _adds_up(tfn: str) -> bool:
    weights = _WEIGHTS.get(len(tfn))
    if weights is None or not (tfn.isascii() and tfn.isdigit()):
        return False
    return sum(weight * int(digit) for weight, digit in zip(weights, tfn, strict=True)) % 11 == 0


def _leave_loading(sent: Mapping[str, Any]) -> list[str]:
    if sent.get("IncludeLeaveLoadingInSGC") is None or sent.get("IncludeLeaveLoadingInQualifyingEarnings") is not None:
        return []
    return ["IncludeLeaveLoadingInQualifyingEarnings is required when IncludeLeaveLoadingInSGC is specified."]


def _income(case: Case, tax: Mapping[str, Any]) -> list[str]:
    income = case.fields.get("IncomeType")
    errors = []
    if (income == "NONEMPLOYEE") != bool(tax.get("ABN")):
        errors.append("The ABN is required for, and only for, a non-employee.")
    if not case.switches["stp2_combinations"] or not tax:
        return errors
    basis, scale = tax.get("EmploymentBasis"), tax.get("TaxScaleType")
    if basis and (basis == "NONEMPLOYEE") != (income == "NONEMPLOYEE"):
        errors.append("The Employment Basis NONEMPLOYEE goes with the Income Type NONEMPLOYEE, and only with it.")
    if scale and (scale == "WORKINGHOLIDAYMAKER") != (income == "WORKINGHOLIDAYMAKER"):
        errors.append("The Tax Scale Type WORKINGHOLIDAYMAKER goes with that Income Type, and only with it.")
    return errors


def _scale(case: Case, tax: Mapping[str, Any]) -> list[str]:
    if not case.organisation.stp2 or not case.switches["stp2_combinations"]:
        return []
    scale = tax.get("TaxScaleType")
    if scale == "SENIORORPENSIONER" and not tax.get("SeniorMaritalStatus"):
        return ["The Senior Marital Status is required for a senior or pensioner."]
    if scale == "ACTORSARTISTSENTERTAINERS" and not tax.get("WorkCondition"):
        return ["The Work Condition is required for actors, artists and entertainers."]
    others = [name for name in ("WorkCondition", "SeniorMaritalStatus", "TaxFreeThresholdClaimed") if tax.get(name)]
    if scale == "FOREIGN" and others:
        return [f"The {shapes.label(name)} may not be given with a foreign tax scale." for name in others]
    return []
