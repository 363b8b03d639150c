"""What Xero sends about bank, super, tax and leave, typed and tolerant (xero.md 4.1, 4.2).

Rows of lists are read one by one, so that one bad row never takes the others with it. Pure: pydantic only.
"""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, Field, ValidationError

from tandem.xero.client.wire import Flag, Identifier, Moment, PayrollModel, RawList, Text

Model = TypeVar("Model", bound=PayrollModel)
#: No amount of anybody's has more digits before its point, or more after it.
MOST_DIGITS = 20


def as_amount(value: object) -> object:
    """Read a number exactly as it was written; what is none is kept as text, for mapping to name."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value)
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    is_an_amount = found.is_finite() and (not found or abs(found.adjusted()) < MOST_DIGITS)
    return found if is_an_amount else str(value)


Amount = Annotated[Decimal | str | None, BeforeValidator(as_amount)]


class BankAccount(PayrollModel):
    statement_text: Text = ""
    account_name: Text = ""
    bsb: Text = Field("", alias="BSB")
    account_number: Text = ""
    remainder: Flag = None
    amount: Amount = None


class SuperMembership(PayrollModel):
    """`employee_number` is what the fund calls the member number."""

    super_membership_id: Identifier = Field(None, alias="SuperMembershipID")
    super_fund_id: Identifier = Field(None, alias="SuperFundID")
    employee_number: Text = ""


class SuperFund(PayrollModel):
    super_fund_id: Identifier = Field(None, alias="SuperFundID")
    type: Text = ""
    name: Text = ""
    abn: Text = Field("", alias="ABN")
    usi: Text = Field("", alias="USI")
    spin: Text = Field("", alias="SPIN")


class TaxDeclaration(PayrollModel):
    employment_basis: Text = ""
    tfn_exemption_type: Text = Field("", alias="TFNExemptionType")
    tax_file_number: Text = Field("", repr=False)
    abn: Text = Field("", alias="ABN")
    australian_resident_for_tax_purposes: Flag = None
    residency_status: Text = ""
    tax_scale_type: Text = ""
    work_condition: Text = ""
    senior_marital_status: Text = ""
    tax_free_threshold_claimed: Flag = None
    tax_offset_estimated_amount: Amount = None
    has_help_debt: Flag = Field(None, alias="HasHELPDebt")
    has_sfss_debt: Flag = Field(None, alias="HasSFSSDebt")
    has_trade_support_loan_debt: Flag = None
    has_student_startup_loan: Flag = None
    has_loan_or_student_debt: Flag = None
    upward_variation_tax_withholding_amount: Amount = None
    approved_withholding_variation_percentage: Amount = None
    eligible_to_receive_leave_loading: Flag = None


class LeaveBalance(PayrollModel):
    leave_name: Text = ""
    leave_type_id: Identifier = Field(None, alias="LeaveTypeID")
    number_of_units: Amount = None
    type_of_units: Text = ""


class LeaveType(PayrollModel):
    leave_type_id: Identifier = Field(None, alias="LeaveTypeID")
    name: Text = ""
    type_of_units: Text = ""
    current_record: Flag = None


class EarningsRate(PayrollModel):
    earnings_rate_id: Identifier = Field(None, alias="EarningsRateID")
    name: Text = ""
    earnings_type: Text = ""
    type_of_units: Text = ""
    current_record: Flag = None


class PayItems(PayrollModel):
    """Two of the four lists of `GET /PayItems`; their rows stay raw until something maps them."""

    leave_types: RawList = Field(default_factory=list)
    earnings_rates: RawList = Field(default_factory=list)


class TrackingCategory(PayrollModel):
    tracking_category_id: Identifier = Field(None, alias="TrackingCategoryID")
    name: Text = ""
    status: Text = ""
    options: RawList = Field(default_factory=list)


class TrackingOption(PayrollModel):
    tracking_option_id: Identifier = Field(None, alias="TrackingOptionID")
    name: Text = ""
    status: Text = ""


class LeavePeriod(PayrollModel):
    pay_period_start_date: Moment = None
    pay_period_end_date: Moment = None
    number_of_units: Amount = None
    leave_period_status: Text = ""


class LeaveApplication(PayrollModel):
    """Its status lives on the periods (xero.md 4.2)."""

    leave_application_id: Identifier = Field(None, alias="LeaveApplicationID")
    employee_id: Identifier = Field(None, alias="EmployeeID")
    leave_type_id: Identifier = Field(None, alias="LeaveTypeID")
    title: Text = ""
    description: Text = ""
    start_date: Moment = None
    end_date: Moment = None
    pay_out_type: Text = ""
    leave_periods: RawList = Field(default_factory=list)
    updated_at: Moment = Field(None, alias="UpdatedDateUTC")


def read_rows(model: type[Model], raw: Sequence[object]) -> tuple[tuple[Model, ...], int]:
    """Return the readable rows of a list in their order, and how many could not be read."""
    found: list[Model] = []
    for row in raw:
        try:
            found.append(model.model_validate(row))
        except ValidationError:
            continue
    return tuple(found), len(raw) - len(found)
