"""The choices of payroll in words."""

from tandem.people.payroll_records import (
    EmploymentBasis,
    FundKind,
    IncomeType,
    Residency,
    SeniorStatus,
    TaxScale,
    TfnExemption,
    WorkCondition,
)
from tandem.people.tax_numbers import RevealReason

BASES = {
    EmploymentBasis.FULL_TIME: "Full time",
    EmploymentBasis.PART_TIME: "Part time",
    EmploymentBasis.CASUAL: "Casual",
    EmploymentBasis.LABOUR_HIRE: "Labour hire",
    EmploymentBasis.NON_EMPLOYEE: "Contractor",
}
INCOMES = {
    IncomeType.SALARY_AND_WAGES: "Salary and wages",
    IncomeType.WORKING_HOLIDAY_MAKER: "Working holiday maker",
    IncomeType.NON_EMPLOYEE: "Contractor",
    IncomeType.CLOSELY_HELD_PAYEES: "Closely held payee",
    IncomeType.LABOUR_HIRE: "Labour hire",
}
RESIDENCIES = {
    Residency.AUSTRALIAN: "Australian resident for tax",
    Residency.FOREIGN: "Foreign resident for tax",
}
SCALES = {
    TaxScale.REGULAR: "Regular",
    TaxScale.ACTORS_ARTISTS_ENTERTAINERS: "Actor, artist or entertainer",
    TaxScale.HORTICULTURIST_OR_SHEARER: "Horticulturist or shearer",
    TaxScale.SENIOR_OR_PENSIONER: "Senior or pensioner",
    TaxScale.WORKING_HOLIDAY_MAKER: "Working holiday maker",
    TaxScale.FOREIGN: "Foreign resident",
}
CONDITIONS = {
    WorkCondition.PROMOTIONAL: "Promotional work",
    WorkCondition.UP_TO_THREE_PERFORMANCES_A_WEEK: "Up to three performances a week",
    WorkCondition.NEITHER: "Neither of these",
}
SENIORS = {
    SeniorStatus.SINGLE: "Single",
    SeniorStatus.MEMBER_OF_COUPLE: "Member of a couple",
    SeniorStatus.MEMBER_OF_ILLNESS_SEPARATED_COUPLE: "Member of a couple separated by illness",
}
EXEMPTIONS = {
    TfnExemption.NOT_QUOTED: "Not provided (code 000000000)",
    TfnExemption.PENDING: "Applied for, not here yet (code 111111111)",
    TfnExemption.UNDER_18: "Under 18 with little pay (code 333333333)",
    TfnExemption.PENSIONER: "Pensioner (code 444444444)",
}
KINDS = {FundKind.REGULATED: "Regulated fund, by its USI", FundKind.SELF_MANAGED: "Self-managed fund, by its ABN"}
REASONS = {
    RevealReason.PERSON_ASKS: "The person asks for it",
    RevealReason.COMPARE: "To compare it with a form or with payroll",
    RevealReason.REPORT: "To report it to the Tax Office or a super fund",
    RevealReason.CORRECT: "To correct it",
}
#: What the Privacy (Tax File Number) Rule 2015 asks to be said before a number is taken.
COLLECTION_NOTICE = (
    "Tax law (the Income Tax Assessment Act 1936 and the Taxation Administration Act 1953) lets an employer ask for a tax "
    "file number.",
    "It is used to withhold the right tax and to report pay and super to the Tax Office, and for nothing else.",
    "Not giving it is no offence. Without it, tax is withheld at the highest rate, and a super fund may take more tax "
    "and refuse some contributions.",
)
