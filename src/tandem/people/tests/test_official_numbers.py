"""Published sample numbers only: nobody else's number ever adds up here."""

import pytest

from tandem.people.official_numbers import (
    EXEMPTION_CODES,
    abn_fault,
    account_number_fault,
    bsb_fault,
    compact,
    ending_of,
    tfn_fault,
    usi_fault,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("123456789", "do not add up"),
        ("123 456 728", "do not add up"),
        ("1234567", "this one has 7"),
        ("1234567820", "this one has 10"),
        ("", "digits only"),
        ("###-###-782", "digits only"),
        ("１２３４５６７８２", "digits only"),
        *((code, "Choose the reason") for code in EXEMPTION_CODES),
    ],
)
def test_a_tax_file_number_that_cannot_be_one_is_explained(text: str, words: str) -> None:
    assert words in tfn_fault(text)


@pytest.mark.parametrize("text", ["123456782", "123 456 782", "123-456\u00a0782", " 123456782\u200b", "12345678"])
def test_a_tax_file_number_is_taken_however_it_is_spaced_and_the_old_ones_as_they_are(text: str) -> None:
    assert tfn_fault(text) == ""


@pytest.mark.parametrize(
    ("text", "words"), [("51824753557", "do not add up"), ("5182475355", "11 digits"), ("", "11 digits")]
)
def test_a_business_number_that_cannot_be_one_is_explained(text: str, words: str) -> None:
    assert words in abn_fault(text)
    assert abn_fault("51 824 753 556") == ""


@pytest.mark.parametrize("text", ["", "12234", "1223445", "12234a"])
def test_a_bsb_has_six_digits(text: str) -> None:
    assert "6 digits" in bsb_fault(text)
    assert bsb_fault("000-000") == ""


@pytest.mark.parametrize(
    ("text", "words"), [("", "digits only"), ("12 34x", "digits only"), ("1234567890", "at most 9")]
)
def test_an_account_number_that_cannot_be_one_is_explained(text: str, words: str) -> None:
    assert words in account_number_fault(text)
    assert account_number_fault("0000 1234") == ""


@pytest.mark.parametrize("text", ["", "ZZZ/0000", "Z" * 21, "Ünion01"])
def test_a_usi_has_letters_and_digits(text: str) -> None:
    assert "letters and digits" in usi_fault(text)
    assert usi_fault("zzz 0000 au") == ""


def test_leading_zeros_stay_and_three_digits_are_shown() -> None:
    assert compact(" 000–000 ") == "000000"
    assert ending_of("123 456 782") == "782"
