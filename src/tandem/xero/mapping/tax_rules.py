"""What Xero would refuse about somebody's tax and income, all at once and in HR terms. Pure.

The rules of single touch payroll, phase 2, hold where the organisation's settings say so (`is_stp2`; xero.md 4.1).
"""

from collections.abc import Iterator

from tandem.kernel.errors import Problem
from tandem.people.official_numbers import abn_fault
from tandem.people.payroll_records import (
    EmploymentBasis,
    IncomeType,
    PayrollDetails,
    Residency,
    TaxScale,
)
from tandem.xero.mapping.fields import SharedField, clean
from tandem.xero.mapping.tax_file_number import check_tax_file_number

COUNTRY_LENGTH = 2
MOST_PERCENT = 100


def check_tax(details: PayrollDetails, *, is_stp2: bool, digits: str | None = None) -> list[Problem]:
    """Return everything that is wrong; `digits` is the tax file number where it is at hand to be added up."""
    problems = [*check_tax_file_number(details.tax_file_number, digits=digits), *_check_number_needed(details)]
    problems += [*_check_abn(details), *_check_country(details), *_check_scale(details), *_check_amounts(details)]
    if is_stp2:
        problems += [*_check_income(details), *_check_retired_words(details)]
    return problems


def _problem(field: SharedField, message: str) -> Problem:
    return Problem(field.value, message)


def _check_number_needed(details: PayrollDetails) -> Iterator[Problem]:
    if details.tax_file_number is None and details.income_type is not IncomeType.NON_EMPLOYEE:
        message = "Enter the tax file number, or choose why there is none."
        yield _problem(SharedField.TAX_FILE_NUMBER, message)


def _check_abn(details: PayrollDetails) -> Iterator[Problem]:
    if details.contractor_abn and (fault := abn_fault(details.contractor_abn)):
        yield _problem(SharedField.CONTRACTOR_ABN, fault)


def _check_country(details: PayrollDetails) -> Iterator[Problem]:
    country = clean(details.country_of_residence)
    if country and not (len(country) == COUNTRY_LENGTH and country.isascii() and country.isalpha()):
        yield _problem(SharedField.COUNTRY_OF_RESIDENCE, "A country is written with its two letters, such as NZ.")


def _check_scale(details: PayrollDetails) -> Iterator[Problem]:
    choice = details.tax_scale
    if choice is None:
        return
    if choice.scale is TaxScale.SENIOR_OR_PENSIONER and choice.senior_status is None:
        yield _problem(
            SharedField.TAX_SCALE, "Xero asks of a senior or pensioner whether they are single or in a couple."
        )
    if choice.scale is TaxScale.ACTORS_ARTISTS_ENTERTAINERS and choice.work_condition is None:
        yield _problem(SharedField.TAX_SCALE, "Xero asks of an artist or entertainer what the work is. Choose one.")
    if choice.scale is not TaxScale.FOREIGN:
        return
    if choice.senior_status or choice.work_condition:
        yield _problem(SharedField.TAX_SCALE, "The foreign tax scale stands alone. Clear the other choices.")
    if details.tax_free_threshold:
        yield _problem(SharedField.TAX_FREE_THRESHOLD, "Nobody on the foreign tax scale claims the tax-free threshold.")


def _check_amounts(details: PayrollDetails) -> Iterator[Problem]:
    for field, amount in (
        (SharedField.TAX_OFFSET, details.tax_offset),
        (SharedField.EXTRA_WITHHOLDING, details.extra_withholding),
    ):
        if amount is not None and amount < 0:
            yield _problem(field, f"{field.label} is less than nothing. Enter it without the minus.")
    percentage = details.withholding_variation
    if percentage is not None and not 0 <= percentage <= MOST_PERCENT:
        yield _problem(SharedField.WITHHOLDING_VARIATION, "A withholding variation is between 0 and 100 per cent.")


def _check_income(details: PayrollDetails) -> Iterator[Problem]:
    """Say what does not go together: a contractor and an ABN, a working holiday maker and a country."""
    income, scale = details.income_type, details.tax_scale
    is_contractor = income is IncomeType.NON_EMPLOYEE
    is_traveller = income is IncomeType.WORKING_HOLIDAY_MAKER
    if is_contractor != bool(details.contractor_abn):
        message = (
            "Xero needs the ABN of a contractor." if is_contractor else "Only a contractor has an ABN here. Clear it."
        )
        yield _problem(SharedField.CONTRACTOR_ABN, message)
    if details.employment_basis and (details.employment_basis is EmploymentBasis.NON_EMPLOYEE) != is_contractor:
        message = "Employment basis and income type must both say contractor, or neither."
        yield _problem(SharedField.EMPLOYMENT_BASIS, message)
    if is_traveller != bool(details.country_of_residence):
        needed = "Xero needs the country that a working holiday maker comes from."
        message = needed if is_traveller else "Only a working holiday maker has a country of residence here. Clear it."
        yield _problem(SharedField.COUNTRY_OF_RESIDENCE, message)
    if scale and (scale.scale is TaxScale.WORKING_HOLIDAY_MAKER) != is_traveller:
        message = "Tax scale and income type must both say working holiday maker, or neither."
        yield _problem(SharedField.TAX_SCALE, message)


def _check_retired_words(details: PayrollDetails) -> Iterator[Problem]:
    if details.employment_basis is EmploymentBasis.SUPER_INCOME_STREAM:
        yield _problem(SharedField.EMPLOYMENT_BASIS, "Xero takes super income stream no more. Choose another basis.")
    if details.residency is Residency.WORKING_HOLIDAY_MAKER:
        message = "Xero takes working holiday maker as an income type now, no more as a residency. Choose another one."
        yield _problem(SharedField.RESIDENCY, message)
