"""Payroll details of one person, plain and drawn by hypothesis. Published sample numbers only."""

from decimal import Decimal
from uuid import UUID

from hypothesis import strategies as st

from tandem.people.payroll_records import (
    BankAccount,
    EmploymentBasis,
    Fund,
    FundKind,
    IncomeType,
    LeaveBalance,
    PayrollDetails,
    Residency,
    SeniorStatus,
    SuperMembership,
    TaxFileNumber,
    TaxScale,
    TaxScaleChoice,
    TfnExemption,
    WorkCondition,
)
from tandem.xero.mapping.employment import BranchKey
from tandem.xero.mapping.fields import FieldValue, SharedField
from tandem.xero.mapping.payroll import Lists
from tandem.xero.mapping.superannuation import funds_from_xero

SAMPLE_TFN = "123456782"
SAMPLE_ABN = "51824753556"
ANNUAL, PERSONAL = UUID(int=21), UUID(int=22)
FUNDS = funds_from_xero(
    [
        {
            "SuperFundID": str(UUID(int=31)),
            "Type": "REGULATED",
            "Name": "Sample Industry Super",
            "USI": f"{SAMPLE_ABN}001",
        },
        {"SuperFundID": str(UUID(int=32)), "Type": "SMSF", "Name": "Byron Family Fund", "ABN": SAMPLE_ABN},
    ]
)
LISTS = Lists(groups=("Bakehouse", "Café"), funds=FUNDS)
BRANCHES = tuple(BranchKey(UUID(int=number), name, name) for number, name in enumerate(LISTS.groups, 1))


def mark_of(digits: str) -> str:
    """Stand in for the account's keyed mark."""
    return f"mark of {digits}"


WHOLE_TFN = TaxFileNumber("782", mark_of(SAMPLE_TFN))
MASKED_TFN = TaxFileNumber("782")
WAGES = BankAccount("Ada Byron", "000000", "00123", Decimal("100.10"), statement_text="Wages")
REST = BankAccount("Ada Byron", "122344", "123456789", takes_remainder=True)
INDUSTRY = SuperMembership(FUNDS[0].as_fund, "0042")
FAMILY = SuperMembership(FUNDS[1].as_fund, "A-1")
ADAS = PayrollDetails(
    employee_group="Bakehouse",
    income_type=IncomeType.SALARY_AND_WAGES,
    employment_basis=EmploymentBasis.FULL_TIME,
    bank_accounts=(WAGES, REST),
    super_memberships=(INDUSTRY, FAMILY),
    tax_file_number=WHOLE_TFN,
    residency=Residency.AUSTRALIAN,
    tax_scale=TaxScaleChoice(TaxScale.REGULAR),
    tax_free_threshold=True,
    student_debt=False,
    tax_offset=Decimal(100),
    extra_withholding=Decimal("12.50"),
    withholding_variation=Decimal(0),
    leave_loading=True,
    leave_balances=(LeaveBalance(ANNUAL, "Annual Leave", Decimal("152.0769"), "Hours"),),
)

FLAGS = st.sampled_from([None, True, False])
AMOUNTS = st.sampled_from([None, Decimal(5), Decimal("7.25")])
BANKS = st.sampled_from([(), (REST,), (WAGES, REST), (REST, WAGES)])
MEMBERSHIPS = st.sampled_from([(), (INDUSTRY,), (INDUSTRY, FAMILY), (FAMILY, INDUSTRY)])
NUMBERS = st.sampled_from([None, WHOLE_TFN, TfnExemption.PENDING, TfnExemption.UNDER_18])
SCALES = st.sampled_from(
    [
        None,
        TaxScaleChoice(TaxScale.REGULAR),
        TaxScaleChoice(TaxScale.SENIOR_OR_PENSIONER, senior_status=SeniorStatus.SINGLE),
        TaxScaleChoice(TaxScale.ACTORS_ARTISTS_ENTERTAINERS, WorkCondition.PROMOTIONAL),
    ]
)
BALANCES = st.sampled_from(
    [
        (),
        (LeaveBalance(ANNUAL, "Annual Leave", Decimal("-7.6"), "Hours"),),
        (
            LeaveBalance(ANNUAL, "Annual Leave", Decimal(10), "Hours"),
            LeaveBalance(PERSONAL, "Sick", Decimal(2), "Days"),
        ),
    ]
)
PAYROLL_STRATEGIES: dict[SharedField, st.SearchStrategy[FieldValue]] = {
    SharedField.EMPLOYEE_GROUP: st.sampled_from(["", "Bakehouse", "bakehouse", "Café", "Kitchen 🍞"]),
    SharedField.EMPLOYMENT_BASIS: st.none() | st.sampled_from(EmploymentBasis),
    SharedField.INCOME_TYPE: st.none() | st.sampled_from(IncomeType),
    SharedField.BANK_ACCOUNTS: BANKS,
    SharedField.SUPER_MEMBERSHIPS: MEMBERSHIPS,
    SharedField.TAX_FILE_NUMBER: NUMBERS,
    SharedField.CONTRACTOR_ABN: st.sampled_from(["", SAMPLE_ABN]),
    SharedField.COUNTRY_OF_RESIDENCE: st.sampled_from(["", "NZ", "ie"]),
    SharedField.RESIDENCY: st.none() | st.sampled_from(Residency),
    SharedField.TAX_SCALE: SCALES,
    SharedField.TAX_FREE_THRESHOLD: FLAGS,
    SharedField.STUDENT_DEBT: FLAGS,
    SharedField.TAX_OFFSET: AMOUNTS,
    SharedField.EXTRA_WITHHOLDING: AMOUNTS,
    SharedField.WITHHOLDING_VARIATION: st.sampled_from([None, Decimal(0), Decimal(15)]),
    SharedField.LEAVE_LOADING: FLAGS,
    SharedField.LEAVE_BALANCES: BALANCES,
}
SMSF = Fund(FundKind.SELF_MANAGED, abn=SAMPLE_ABN)
