"""Tax file numbers, business numbers, bank-state-branch codes and account numbers, as people type them. Pure.

Check digits are python-stdnum's affair (ADR 26). Every number is text: leading zeros count.
"""

import re
from collections.abc import Mapping

from stdnum.au import abn as abn_rules
from stdnum.au import tfn as tfn_rules

from tandem.people.payroll_records import TfnExemption

SEPARATORS = re.compile(r"[\s\-.\u2010-\u2015\u2212\u200b\ufeff]+")
DIGITS = re.compile(r"[0-9]+")
#: What the Tax Office asks employers to report in place of a number; people and older systems store these as one.
EXEMPTION_CODES: Mapping[str, TfnExemption] = {
    "000000000": TfnExemption.NOT_QUOTED,
    "111111111": TfnExemption.PENDING,
    "333333333": TfnExemption.UNDER_18,
    "444444444": TfnExemption.PENSIONER,
}
TFN_LENGTHS = (8, 9)
CHECKED_TFN_LENGTH = 9
ABN_LENGTH = 11
BSB_LENGTH = 6
ACCOUNT_NUMBER_LENGTH = 9
USI_LENGTH = 20
ENDING = 3


def compact(text: str) -> str:
    """Return a number without the spaces, dots and dashes that people group its digits with."""
    return SEPARATORS.sub("", text)


def is_digits(text: str) -> bool:
    """Say whether a text is nothing but the ten digits; other scripts' digits are not."""
    return bool(DIGITS.fullmatch(text))


def tfn_fault(text: str) -> str:
    """Return what is wrong with a tax file number, "" if nothing is.

    Nine digits must add up. The old eight-digit numbers are taken as they are: the library's weights are those of nine.
    """
    number = compact(text)
    if number in EXEMPTION_CODES:
        return "This is the code for having no tax file number. Choose the reason in its place."
    if not is_digits(number):
        return "A tax file number has digits only. Check it."
    if len(number) not in TFN_LENGTHS:
        return f"A tax file number has 9 digits (a few old ones 8), and this one has {len(number)}. Check it."
    if len(number) == CHECKED_TFN_LENGTH and not tfn_rules.is_valid(number):
        return "The digits of this tax file number do not add up. Look for a mistyped or swapped digit."
    return ""


def abn_fault(text: str) -> str:
    """Return what is wrong with an Australian business number, "" if nothing is."""
    number = compact(text)
    if not is_digits(number) or len(number) != ABN_LENGTH:
        return f"An ABN has {ABN_LENGTH} digits. Check it."
    if not abn_rules.is_valid(number):
        return "The digits of this ABN do not add up. Look for a mistyped or swapped digit."
    return ""


def bsb_fault(text: str) -> str:
    """Return what is wrong with a bank-state-branch code, "" if nothing is; it has no check digit."""
    number = compact(text)
    if not is_digits(number) or len(number) != BSB_LENGTH:
        return f"A BSB has {BSB_LENGTH} digits. Check it."
    return ""


def account_number_fault(text: str) -> str:
    """Return what is wrong with an account number, "" if nothing is; it has no check digit."""
    number = compact(text)
    if not is_digits(number):
        return "An account number has digits only. Check it."
    if len(number) > ACCOUNT_NUMBER_LENGTH:
        return (
            f"An account number has at most {ACCOUNT_NUMBER_LENGTH} digits, and this one has {len(number)}. Check it."
        )
    return ""


def usi_fault(text: str) -> str:
    """Return what is wrong with a fund's unique superannuation identifier, "" if nothing is."""
    code = compact(text)
    if not (code.isascii() and code.isalnum()) or len(code) > USI_LENGTH:
        return (
            f"A USI has letters and digits only, at most {USI_LENGTH}. Take it from the fund's own letter or website."
        )
    return ""


def ending_of(text: str) -> str:
    """Return the last three digits, the only ones that may be shown."""
    return compact(text)[-ENDING:]
