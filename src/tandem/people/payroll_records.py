"""What payroll needs of a person beyond the employment: bank, super, tax, leave. Frozen values. No Django, no I/O.

A flag that nobody answered is None. A tax file number never travels in clear: what is passed about is its end and a
keyed mark to compare it by; only the vault holds the digits (safety.md).
"""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class EmploymentBasis(StrEnum):
    FULL_TIME = "full_time"
    PART_TIME = "part_time"
    CASUAL = "casual"
    LABOUR_HIRE = "labour_hire"
    SUPER_INCOME_STREAM = "super_income_stream"
    NON_EMPLOYEE = "non_employee"


class IncomeType(StrEnum):
    SALARY_AND_WAGES = "salary_and_wages"
    WORKING_HOLIDAY_MAKER = "working_holiday_maker"
    NON_EMPLOYEE = "non_employee"
    CLOSELY_HELD_PAYEES = "closely_held_payees"
    LABOUR_HIRE = "labour_hire"


class TfnExemption(StrEnum):
    """Why there is no tax file number."""

    NOT_QUOTED = "not_quoted"
    PENDING = "pending"
    PENSIONER = "pensioner"
    UNDER_18 = "under_18"


class Residency(StrEnum):
    AUSTRALIAN = "australian"
    FOREIGN = "foreign"
    WORKING_HOLIDAY_MAKER = "working_holiday_maker"


class TaxScale(StrEnum):
    REGULAR = "regular"
    ACTORS_ARTISTS_ENTERTAINERS = "actors_artists_entertainers"
    HORTICULTURIST_OR_SHEARER = "horticulturist_or_shearer"
    SENIOR_OR_PENSIONER = "senior_or_pensioner"
    WORKING_HOLIDAY_MAKER = "working_holiday_maker"
    FOREIGN = "foreign"


class WorkCondition(StrEnum):
    """What an actor, artist or entertainer is engaged for."""

    PROMOTIONAL = "promotional"
    UP_TO_THREE_PERFORMANCES_A_WEEK = "up_to_three_performances_a_week"
    NEITHER = "neither"


class SeniorStatus(StrEnum):
    """How a senior or pensioner lives."""

    SINGLE = "single"
    MEMBER_OF_COUPLE = "member_of_couple"
    MEMBER_OF_ILLNESS_SEPARATED_COUPLE = "member_of_illness_separated_couple"


class FundKind(StrEnum):
    REGULATED = "regulated"
    SELF_MANAGED = "self_managed"


@dataclass(frozen=True)
class BankAccount:
    """An account wages go to: a fixed amount in dollars a pay, or the remainder. Its place in the list is its order."""

    account_name: str
    bsb: str = field(repr=False)
    account_number: str = field(repr=False)
    amount: Decimal | None = None
    takes_remainder: bool = False
    statement_text: str = ""


@dataclass(frozen=True)
class Fund:
    """A super fund as the employee names it: a regulated one by its USI, a self-managed one by its ABN."""

    kind: FundKind = FundKind.REGULATED
    usi: str = ""
    abn: str = ""
    name: str = ""


@dataclass(frozen=True)
class SuperMembership:
    fund: Fund
    member_number: str = field(repr=False)


@dataclass(frozen=True)
class TaxFileNumber:
    """What may be known of a number outside the vault: `mark` is "" where a system showed only its end."""

    ending: str
    mark: str = field(default="", repr=False)

    @property
    def is_masked(self) -> bool:
        """Say whether only the last three digits are known."""
        return not self.mark


@dataclass(frozen=True)
class TaxScaleChoice:
    """A tax scale, and what two of the scales ask besides."""

    scale: TaxScale
    work_condition: WorkCondition | None = None
    senior_status: SeniorStatus | None = None


@dataclass(frozen=True)
class LeaveBalance:
    """How much of one leave type is left; below nothing where leave was taken in advance."""

    leave_type_id: UUID
    name: str
    units: Decimal
    unit: str


@dataclass(frozen=True)
class PayrollDetails:
    """Everything of one person that a payroll asks for."""

    employee_group: str = ""
    income_type: IncomeType | None = None
    employment_basis: EmploymentBasis | None = None
    bank_accounts: tuple[BankAccount, ...] = ()
    super_memberships: tuple[SuperMembership, ...] = ()
    tax_file_number: TaxFileNumber | TfnExemption | None = None
    contractor_abn: str = ""
    country_of_residence: str = ""
    residency: Residency | None = None
    tax_scale: TaxScaleChoice | None = None
    tax_free_threshold: bool | None = None
    student_debt: bool | None = None
    tax_offset: Decimal | None = None
    extra_withholding: Decimal | None = None
    withholding_variation: Decimal | None = None
    leave_loading: bool | None = None
    leave_balances: tuple[LeaveBalance, ...] = ()
