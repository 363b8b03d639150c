"""Bank accounts, whole lists in their order: any number of them, of which one takes the remainder. Pure.

Xero's limits are those of xero.md 4.1; it replaces the list whole. A value never appears in a problem's words.
"""

import unicodedata
from collections.abc import Sequence
from decimal import Decimal

from tandem.kernel.errors import Problem
from tandem.people.official_numbers import BSB_LENGTH, account_number_fault, bsb_fault, compact, is_digits
from tandem.people.payroll_records import BankAccount
from tandem.xero.client import wire_payroll as wire
from tandem.xero.mapping.fields import SharedField, clean, length_in_xero
from tandem.xero.mapping.oddities import Oddities, Oddity, amount_as_json, unusable

FIELD = SharedField.BANK_ACCOUNTS
ACCOUNT_NAME_LENGTH = 32
STATEMENT_TEXT_LENGTH = 18
CENT = Decimal("0.01")
SYMBOLS = frozenset({"So", "Sk", "Cs", "Co", "Cn", "Cc"})
UNREADABLE = "Xero holds a bank account that cannot be read. Look at it in Xero; nothing was taken over."
NOT_A_NUMBER = "Xero holds an amount for a bank account that is not a number. Correct it in Xero."
REMAINDERS = "In Xero not exactly one bank account takes the remainder. Choose one there; nothing was taken over."


def bank_accounts_from_xero(rows: Sequence[object]) -> tuple[tuple[BankAccount, ...], Oddities]:
    """Return the accounts in Xero's order; where one cannot be understood none is taken, since the list is one value."""
    found, unread = wire.read_rows(wire.BankAccount, rows)
    if unread:
        return (), unusable(FIELD, UNREADABLE)
    if any(isinstance(row.amount, str) for row in found):
        return (), unusable(FIELD, NOT_A_NUMBER)
    accounts = tuple(_account(row, is_only=len(found) == 1) for row in found)
    if accounts and sum(account.takes_remainder for account in accounts) != 1:
        return (), unusable(FIELD, REMAINDERS)
    if any(is_digits(compact(row.bsb)) and len(compact(row.bsb)) < BSB_LENGTH for row in found):
        sentence = "Xero sent a BSB without its leading zeros; Tandem put them back."
        return accounts, (Oddity(FIELD, sentence, is_usable=True),)
    return accounts, ()


def _account(row: wire.BankAccount, *, is_only: bool) -> BankAccount:
    """Return one account; the only one takes the remainder, whatever Xero says of it."""
    takes_remainder = bool(row.remainder) or is_only
    bsb = compact(row.bsb)
    amount = None if takes_remainder or isinstance(row.amount, str) else row.amount
    return BankAccount(
        account_name=clean(row.account_name),
        bsb=bsb.zfill(BSB_LENGTH) if is_digits(bsb) else bsb,
        account_number=compact(row.account_number),
        amount=amount,
        takes_remainder=takes_remainder,
        statement_text=clean(row.statement_text),
    )


def bank_accounts_to_xero(accounts: Sequence[BankAccount]) -> dict[str, object]:
    """Return the whole list in its order; the remainder carries no amount, and blank texts are left out."""
    return {"BankAccounts": [_row(account) for account in accounts]}


def _row(account: BankAccount) -> dict[str, object]:
    row: dict[str, object] = {
        "AccountName": clean(account.account_name),
        "BSB": compact(account.bsb),
        "AccountNumber": compact(account.account_number),
        "Remainder": account.takes_remainder,
    }
    if clean(account.statement_text):
        row["StatementText"] = clean(account.statement_text)
    if not account.takes_remainder and account.amount is not None:
        row["Amount"] = amount_as_json(account.amount)
    return row


def normalise_accounts(accounts: Sequence[BankAccount]) -> tuple[BankAccount, ...]:
    """Return accounts as they are compared: digits only, single spaces, cents, no amount beside the remainder."""
    return tuple(
        BankAccount(
            account_name=clean(account.account_name),
            bsb=compact(account.bsb),
            account_number=compact(account.account_number),
            amount=None if account.takes_remainder or account.amount is None else account.amount.quantize(CENT),
            takes_remainder=account.takes_remainder,
            statement_text=clean(account.statement_text),
        )
        for account in accounts
    )


def check_bank_accounts(accounts: Sequence[BankAccount]) -> list[Problem]:
    """Return everything that Xero, or a bank, would refuse; fields are `bank_accounts.<place from 1>.<part>`."""
    problems = [problem for place, account in enumerate(accounts, 1) for problem in _check(place, account)]
    remainders = sum(account.takes_remainder for account in accounts)
    if accounts and remainders != 1:
        said = "No bank account takes" if remainders == 0 else "More than one bank account takes"
        problems.append(Problem(FIELD.value, f"{said} what is left of the pay. Choose exactly one that does."))
    numbers = [(compact(account.bsb), compact(account.account_number)) for account in accounts]
    if len(set(numbers)) < len(numbers):
        problems.append(Problem(FIELD.value, "The same bank account is listed twice. Take one of the two out."))
    return problems


def _check(place: int, account: BankAccount) -> list[Problem]:
    faults = {
        "account_name": _text_fault("Account name", account.account_name, ACCOUNT_NAME_LENGTH, is_needed=True),
        "bsb": bsb_fault(account.bsb),
        "account_number": account_number_fault(account.account_number),
        "amount": _amount_fault(account),
        "statement_text": _text_fault("Statement text", account.statement_text, STATEMENT_TEXT_LENGTH, is_needed=False),
    }
    return [Problem(f"{FIELD.value}.{place}.{part}", fault) for part, fault in faults.items() if fault]


def _text_fault(label: str, text: str, limit: int, *, is_needed: bool) -> str:
    cleaned = clean(text)
    if is_needed and not cleaned:
        return f"Xero needs the {label.lower()}. Enter it."
    if any(unicodedata.category(character) in SYMBOLS for character in cleaned):
        return f"{label} has a symbol in it that a bank cannot print, such as an emoji. Use letters and digits."
    if length_in_xero(cleaned) > limit:
        return f"{label} has {length_in_xero(cleaned)} characters and Xero takes at most {limit}. Shorten it."
    return ""


def _amount_fault(account: BankAccount) -> str:
    if account.takes_remainder:
        return ""
    if account.amount is None:
        return "Enter how much of each pay goes to this account, or let it take the remainder."
    if account.amount <= 0:
        return "The amount must be more than nothing."
    if account.amount != account.amount.quantize(CENT):
        return "The amount has parts of a cent. Use two decimals."
    return ""
