"""Tax file numbers: masked everywhere, never in a plan, and never guessed from a mask. Pure.

What travels through plans is the end of a number and a keyed mark (`Marker`). Digits reach a request body only at the
moment of sending, from the vault or from the very answer that the declaration was read from.
"""

from collections.abc import Callable

from tandem.kernel.errors import Problem
from tandem.people.official_numbers import EXEMPTION_CODES, compact, ending_of, is_digits, tfn_fault
from tandem.people.payroll_records import TaxFileNumber, TfnExemption
from tandem.xero.client.wire_payroll import TaxDeclaration
from tandem.xero.mapping.fields import SharedField, clean
from tandem.xero.mapping.oddities import Oddities, codes_of, read_choice, unusable

FIELD = SharedField.TAX_FILE_NUMBER
#: Gives a number's keyed mark, the same for the same digits within one account.
Marker = Callable[[str], str]
Answer = TaxFileNumber | TfnExemption | None
EXEMPTIONS = {
    "NOTQUOTED": TfnExemption.NOT_QUOTED,
    "PENDING": TfnExemption.PENDING,
    "PENSIONER": TfnExemption.PENSIONER,
    "UNDER18": TfnExemption.UNDER_18,
}
EXEMPTION_WORDS = codes_of(EXEMPTIONS)
BOTH = "Xero holds a tax file number and a reason for having none. Correct it in Xero; nothing was taken over."
UNREADABLE = "Xero holds a tax file number that cannot be one. Correct it in Xero; nothing was taken over."
ENDING_LENGTH = 3


def is_masked_text(text: str) -> bool:
    """Say whether a text shows a number's end behind signs that hide the rest."""
    number = compact(text)
    return bool(number) and not is_digits(number) and is_digits(number[-ENDING_LENGTH:])


def tax_file_number_from_xero(tax: TaxDeclaration, *, marker: Marker) -> tuple[Answer, Oddities]:
    """Return the number, its end alone where Xero shows no more, or why there is none. The digits stay behind here."""
    exemption, oddities = read_choice(FIELD, tax.tfn_exemption_type, EXEMPTIONS)
    number = compact(clean(tax.tax_file_number))
    if not number or oddities:
        return exemption, oddities
    if number in EXEMPTION_CODES:
        return exemption or EXEMPTION_CODES[number], ()
    if exemption:
        return None, unusable(FIELD, BOTH)
    if is_masked_text(number):
        return TaxFileNumber(number[-ENDING_LENGTH:]), ()
    if tfn_fault(number):
        return None, unusable(FIELD, UNREADABLE)
    return TaxFileNumber(ending_of(number), marker(number)), ()


class NumberNotAtHand(ValueError):
    """A request was to carry a tax file number of which only the end is there."""


def tax_file_number_to_xero(answer: Answer, *, digits: str) -> dict[str, object]:
    """Return the number or the reason for having none, as parts of the declaration; the one ends the other.

    Raise NumberNotAtHand unless `digits` is the whole of the number that was planned: a mask is never sent.
    """
    if isinstance(answer, TfnExemption):
        return {"TaxFileNumber": None, "TFNExemptionType": EXEMPTION_WORDS[answer]}
    if answer is None:
        return {"TaxFileNumber": None, "TFNExemptionType": None}
    number = compact(digits)
    if tfn_fault(number) or ending_of(number) != answer.ending:
        raise NumberNotAtHand(FIELD.value)
    return {"TaxFileNumber": number, "TFNExemptionType": None}


def same_answer(left: Answer, right: Answer) -> bool:
    """Say whether two answers mean the same number; a mask is taken for any number with its end."""
    if isinstance(left, TaxFileNumber) and isinstance(right, TaxFileNumber):
        if left.is_masked or right.is_masked:
            return left.ending == right.ending
        return left.mark == right.mark
    return left == right


def is_only_theirs(ours: object, theirs: object) -> bool:
    """Say whether Xero alone holds a number: it is not taken over, nor is its lack here sent there."""
    return ours is None and isinstance(theirs, TaxFileNumber)


def kept_answer(held: Answer, arrived: Answer) -> Answer:
    """Return what is held after an answer arrived: a mask never takes the place of a whole number."""
    is_mask = isinstance(arrived, TaxFileNumber) and arrived.is_masked
    if is_mask and isinstance(held, TaxFileNumber) and not held.is_masked:
        return held
    return arrived


def masked(answer: Answer) -> str:
    """Return what a page may show: the last three digits, or "" where there is no number."""
    return f"*** *** {answer.ending}" if isinstance(answer, TaxFileNumber) else ""


def check_tax_file_number(answer: Answer, *, digits: str | None = None) -> list[Problem]:
    """Return what is wrong with an answer; `digits`, where they are at hand, must add up."""
    if isinstance(answer, TaxFileNumber) and answer.is_masked:
        message = "Only the end of this tax file number is known. Enter the whole number, or choose why there is none."
        return [Problem(FIELD.value, message)]
    fault = tfn_fault(digits) if digits else ""
    return [Problem(FIELD.value, fault)] if fault else []
