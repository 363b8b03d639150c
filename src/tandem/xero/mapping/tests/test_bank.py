import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tandem.people.payroll_records import BankAccount
from tandem.xero.mapping.bank import (
    bank_accounts_from_xero,
    bank_accounts_to_xero,
    check_bank_accounts,
    normalise_accounts,
)

FIXED = BankAccount("Ada Byron", "000000", "00123", Decimal("100.10"), statement_text="Wages")
REST = BankAccount("Ada Byron", "122344", "123456789", takes_remainder=True)
ROW: dict[str, Any] = {
    "AccountName": " Ada\u00a0Byron ",
    "BSB": "122-344",
    "AccountNumber": "123 456 789",
    "Remainder": True,
    "Amount": 0,
}


def fixed(**values: Any) -> dict[str, Any]:
    row = {"AccountName": "Ada Byron", "BSB": "000000", "AccountNumber": "00123", "Amount": 100.1, "Remainder": False}
    return row | {"StatementText": "Wages"} | values


def test_accounts_are_read_in_xeros_order_with_exact_cents_and_leading_zeros() -> None:
    assert bank_accounts_from_xero([fixed(), ROW]) == ((FIXED, REST), ())
    assert bank_accounts_from_xero([ROW, fixed()]) == ((REST, FIXED), ())
    assert bank_accounts_from_xero([]) == ((), ())


def test_accounts_are_written_whole_in_order_and_survive_json() -> None:
    body = json.loads(json.dumps(bank_accounts_to_xero((FIXED, REST))))
    assert body["BankAccounts"][0]["Amount"] == 100.1
    assert body["BankAccounts"][1] == {
        "AccountName": "Ada Byron",
        "BSB": "122344",
        "AccountNumber": "123456789",
        "Remainder": True,
    }
    assert bank_accounts_from_xero(body["BankAccounts"]) == ((FIXED, REST), ())
    assert bank_accounts_to_xero(()) == {"BankAccounts": []}


def test_nine_accounts_are_no_problem() -> None:
    many = (REST, *(replace(FIXED, account_number=str(number)) for number in range(1, 9)))
    assert check_bank_accounts(many) == []
    assert bank_accounts_from_xero(bank_accounts_to_xero(many)["BankAccounts"]) == (many, ())  # type: ignore[arg-type]  # rows


def test_the_only_account_takes_the_remainder_whatever_xero_says() -> None:
    (only,), oddities = bank_accounts_from_xero([fixed()])
    assert (only.takes_remainder, only.amount, oddities) == (True, None, ())


def test_zeros_that_xero_dropped_are_put_back_and_said() -> None:
    (only,), oddities = bank_accounts_from_xero([ROW | {"BSB": 0}])
    assert only.bsb == "000000"
    assert [(oddity.is_usable, oddity.sentence) for oddity in oddities] == [
        (True, "Xero sent a BSB without its leading zeros; Tandem put them back.")
    ]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([ROW, "an account"], "cannot be read"),
        ([ROW, None], "cannot be read"),
        ([ROW, fixed(AccountName={"first": "Ada"})], "cannot be read"),
        ([ROW, fixed(Amount="a lot")], "not a number"),
        ([ROW, fixed(Amount="NaN")], "not a number"),
        ([ROW, fixed(Amount=True)], "not a number"),
        ([ROW, ROW | {"BSB": "000000"}], "takes the remainder"),
        ([fixed(), fixed(BSB="122344")], "takes the remainder"),
    ],
)
def test_a_list_that_is_not_understood_stays_in_xero(rows: list[object], words: str) -> None:
    accounts, oddities = bank_accounts_from_xero(rows)
    assert accounts == ()
    assert [oddity.is_usable for oddity in oddities] == [False]
    assert words in oddities[0].sentence


def test_nulls_are_blanks() -> None:
    (only,), _ = bank_accounts_from_xero([dict.fromkeys(fixed())])
    assert only == BankAccount("", "", "", takes_remainder=True)


def test_how_a_number_is_spaced_is_no_difference_and_the_order_is_one() -> None:
    typed = (
        replace(FIXED, bsb="000-000", amount=Decimal("100.1"), account_name="Ada  Byron"),
        replace(REST, amount=Decimal(5)),
    )
    assert normalise_accounts(typed) == normalise_accounts((FIXED, REST))
    assert normalise_accounts((FIXED, REST)) != normalise_accounts((REST, FIXED))


@pytest.mark.parametrize(
    ("account", "part", "words"),
    [
        (replace(FIXED, account_name=""), "account_name", "Xero needs the account name"),
        (replace(FIXED, account_name="x" * 33), "account_name", "33 characters and Xero takes at most 32"),
        (replace(FIXED, account_name="Ada 🏦"), "account_name", "such as an emoji"),
        (replace(FIXED, statement_text="x" * 19), "statement_text", "at most 18"),
        (replace(FIXED, bsb=""), "bsb", "6 digits"),
        (replace(FIXED, account_number="1234567890"), "account_number", "at most 9"),
        (replace(FIXED, amount=None), "amount", "Enter how much"),
        (replace(FIXED, amount=Decimal(0)), "amount", "more than nothing"),
        (replace(FIXED, amount=Decimal("0.105")), "amount", "two decimals"),
    ],
)
def test_what_xero_or_a_bank_would_refuse_is_said_beside_the_field(account: BankAccount, part: str, words: str) -> None:
    (problem,) = check_bank_accounts((REST, account))
    assert problem.field == f"bank_accounts.2.{part}"
    assert words in problem.message


def test_everything_wrong_with_the_accounts_is_said_at_once() -> None:
    none = check_bank_accounts((FIXED, replace(FIXED, bsb="000 000")))
    assert [problem.message for problem in none] == [
        "No bank account takes what is left of the pay. Choose exactly one that does.",
        "The same bank account is listed twice. Take one of the two out.",
    ]
    several = check_bank_accounts((REST, replace(REST, bsb="000000", account_name="")))
    assert [problem.field for problem in several] == ["bank_accounts.2.account_name", "bank_accounts"]
    assert check_bank_accounts(()) == []


def test_no_number_shows_where_an_account_is_printed() -> None:
    assert "123456789" not in repr(REST)
