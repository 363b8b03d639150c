import pytest

from tandem.people.payroll_records import TaxFileNumber, TfnExemption
from tandem.xero.client.wire_payroll import TaxDeclaration
from tandem.xero.mapping.tax_file_number import (
    Answer,
    NumberNotAtHand,
    check_tax_file_number,
    is_masked_text,
    kept_answer,
    masked,
    same_answer,
    tax_file_number_from_xero,
    tax_file_number_to_xero,
)

SAMPLE = "123456782"
WHOLE = TaxFileNumber("782", "mark of 123456782")
OTHER = TaxFileNumber("782", "mark of another")
MASK = TaxFileNumber("782")


def marker(digits: str) -> str:
    return f"mark of {digits}"


def read(number: str | None = "", exemption: str = "") -> tuple[Answer, tuple[object, ...]]:
    tax = TaxDeclaration.model_validate({"TaxFileNumber": number, "TFNExemptionType": exemption})
    return tax_file_number_from_xero(tax, marker=marker)


@pytest.mark.parametrize(
    ("number", "exemption", "answer"),
    [
        (SAMPLE, "", WHOLE),
        ("123\u00a0456 782", "", WHOLE),
        ("###-###-782", "", MASK),
        ("*****782", "", MASK),
        ("XXX XXX 782", "", MASK),
        ("", "NOTQUOTED", TfnExemption.NOT_QUOTED),
        ("", "pending", TfnExemption.PENDING),
        (None, "PENSIONER", TfnExemption.PENSIONER),
        ("", "UNDER18", TfnExemption.UNDER_18),
        ("000000000", "", TfnExemption.NOT_QUOTED),
        ("111 111 111", "", TfnExemption.PENDING),
        ("333333333", "UNDER18", TfnExemption.UNDER_18),
        ("", "", None),
    ],
)
def test_a_number_is_read_as_its_end_and_a_mark_or_as_the_reason_for_none(
    number: str, exemption: str, answer: Answer
) -> None:
    assert read(number, exemption) == (answer, ())


@pytest.mark.parametrize(
    ("number", "exemption", "words"),
    [
        (SAMPLE, "PENDING", "and a reason for having none"),
        ("123456789", "", "cannot be one"),
        ("none yet 🙂", "", "cannot be one"),
        ("", "RETIRED", "does not know yet"),
        (SAMPLE, "RETIRED", "does not know yet"),
    ],
)
def test_a_number_that_is_not_understood_stays_in_xero(number: str, exemption: str, words: str) -> None:
    tax = TaxDeclaration.model_validate({"TaxFileNumber": number, "TFNExemptionType": exemption})
    answer, oddities = tax_file_number_from_xero(tax, marker=marker)
    assert answer is None
    assert [oddity.is_usable for oddity in oddities] == [False]
    assert words in oddities[0].sentence


@pytest.mark.parametrize("digits", ["", "782", "######782", "*** *** 782", "123456789", "000000000"])
def test_a_masked_or_wrong_number_never_travels(digits: str) -> None:
    for answer in (WHOLE, MASK):
        with pytest.raises(NumberNotAtHand) as refused:
            tax_file_number_to_xero(answer, digits=digits)
        assert str(refused.value) == "tax_file_number"


def test_another_number_than_the_planned_one_never_travels() -> None:
    with pytest.raises(NumberNotAtHand):
        tax_file_number_to_xero(TaxFileNumber("783", "mark"), digits=SAMPLE)


def test_a_number_and_a_reason_end_each_other() -> None:
    assert tax_file_number_to_xero(WHOLE, digits="123 456 782") == {"TaxFileNumber": SAMPLE, "TFNExemptionType": None}
    assert tax_file_number_to_xero(TfnExemption.PENDING, digits="") == {
        "TaxFileNumber": None,
        "TFNExemptionType": "PENDING",
    }
    assert tax_file_number_to_xero(None, digits="") == {"TaxFileNumber": None, "TFNExemptionType": None}


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (WHOLE, WHOLE, True),
        (WHOLE, MASK, True),
        (MASK, WHOLE, True),
        (WHOLE, OTHER, False),
        (MASK, TaxFileNumber("783"), False),
        (WHOLE, TfnExemption.PENDING, False),
        (TfnExemption.PENDING, TfnExemption.PENDING, True),
        (None, WHOLE, False),
        (None, None, True),
    ],
)
def test_numbers_are_compared_by_their_mark_and_masks_by_their_end(left: Answer, right: Answer, same: bool) -> None:
    assert same_answer(left, right) is same


@pytest.mark.parametrize(
    ("held", "arrived", "kept"),
    [
        (WHOLE, MASK, WHOLE),
        (WHOLE, TaxFileNumber("783"), WHOLE),
        (WHOLE, OTHER, OTHER),
        (None, MASK, MASK),
        (MASK, TaxFileNumber("783"), TaxFileNumber("783")),
        (TfnExemption.PENDING, MASK, MASK),
        (WHOLE, TfnExemption.PENDING, TfnExemption.PENDING),
    ],
)
def test_a_mask_never_takes_the_place_of_a_whole_number(held: Answer, arrived: Answer, kept: Answer) -> None:
    assert kept_answer(held, arrived) == kept


def test_three_digits_are_all_that_shows() -> None:
    assert masked(WHOLE) == masked(MASK) == "*** *** 782"
    assert masked(TfnExemption.PENDING) == ""
    assert "mark of" not in repr(WHOLE)
    assert not is_masked_text("")


def test_a_mask_and_digits_that_do_not_add_up_are_problems_to_fix() -> None:
    assert ["whole number" in one.message for one in check_tax_file_number(MASK)] == [True]
    assert ["add up" in one.message for one in check_tax_file_number(WHOLE, digits="123456789")] == [True]
    assert check_tax_file_number(WHOLE, digits=SAMPLE) == []
    assert check_tax_file_number(TfnExemption.PENDING) == check_tax_file_number(None) == []
