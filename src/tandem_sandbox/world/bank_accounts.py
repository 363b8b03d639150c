"""The bank accounts that wages are paid to: one takes what the others leave (xero.md 4.1)."""

from collections.abc import Mapping
from typing import Any

from tandem_sandbox.world import shapes
from tandem_sandbox.world.case import Case
from tandem_sandbox.world.shapes import flag, number, text

BSB = "must be exactly 6 digits."
ACCOUNT_NUMBER = "must be 1 to 9 digits."
SHAPE: shapes.Shape = {
    "StatementText": text(18),
    "AccountName": text(32),
    "BSB": text(6, pattern=r"\d{6}", says=BSB),
    "AccountNumber": text(9, pattern=r"\d{1,9}", says=ACCOUNT_NUMBER),
    "Remainder": flag(),
    "Amount": number(least=0),
}


def key(account: Mapping[str, Any]) -> tuple[object, ...]:
    """Tell accounts apart where lists are merged."""
    return account.get("BSB"), account.get("AccountNumber")


def problems(case: Case) -> list[str]:
    """Say what is wrong with the accounts that the employee would have."""
    accounts = case.fields.get("BankAccounts")
    if not case.sent.get("BankAccounts") or not accounts:
        return []
    errors: list[str] = []
    for account in accounts:
        errors += shapes.problems(account, SHAPE, type_name="BankAccount")
        errors += [f"The BSB {BSB}"] if shapes.is_blank(account.get("BSB")) else []
        errors += [f"The Account Number {ACCOUNT_NUMBER}"] if shapes.is_blank(account.get("AccountNumber")) else []
        if not account.get("Remainder") and account.get("Amount") is None:
            errors.append("A bank account needs an Amount unless it takes the remainder.")
    if sum(1 for account in accounts if account.get("Remainder") is True) != 1:
        errors.append("Exactly one bank account must take the remainder.")
    return errors
