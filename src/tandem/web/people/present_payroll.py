"""Bank accounts, super and tax in the words of a page; of every number its last three digits."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import zip_longest
from uuid import UUID

from django.urls import reverse

from tandem.kernel.errors import Problem
from tandem.people.bank_changes import BankChangeRecord, WaitingBankChange
from tandem.people.official_numbers import ending_of
from tandem.people.payroll_records import BankAccount, FundKind, PayrollDetails, SuperMembership, TaxFileNumber
from tandem.timeline.selectors import TimelineEntry
from tandem.web.people import payroll_words as words
from tandem.web.templatetags.tandem_ui import day
from tandem.web.xero.present import written

SOMEBODY = "Somebody who no longer has access"
REASON_WORDS = {reason.value: text for reason, text in words.REASONS.items()}
FLAG_WORDS = {True: "Yes", False: "No", None: ""}


def account_line(account: BankAccount) -> str:
    """Return where one account is, with the ends of its numbers."""
    return f"BSB ends in {ending_of(account.bsb)}, account in {ending_of(account.account_number)}"


def share(account: BankAccount) -> str:
    """Return how much of a pay goes to an account."""
    return "What is left of each pay" if account.takes_remainder else f"${account.amount:,.2f} of each pay"


def bank_sections(accounts: Sequence[BankAccount]) -> list[dict[str, object]]:
    """Return the accounts in their order."""
    return [
        _section(
            f"Bank account {place}",
            ("Account name", account.account_name),
            ("Numbers", account_line(account)),
            ("Gets", share(account)),
            ("Statement text", account.statement_text),
        )
        for place, account in enumerate(accounts, 1)
    ]


def change_rows(before: Sequence[BankAccount], after: Sequence[BankAccount]) -> list[dict[str, str]]:
    """Return the accounts in force beside those that are asked for."""
    return [
        {"field": f"Account {place}", "before": _whole(old), "after": _whole(new), "note": _note(old, new)}
        for place, (old, new) in enumerate(zip_longest(before, after), 1)
    ]


def _whole(account: BankAccount | None) -> str:
    return f"{account.account_name}. {account_line(account)}. {share(account)}." if account else ""


def _note(old: BankAccount | None, new: BankAccount | None) -> str:
    if old == new:
        return "Does not change"
    if old is None or new is None or (old.bsb, old.account_number) == (new.bsb, new.account_number):
        return ""
    return "The numbers change"


def waiting(change: BankChangeRecord, names: Mapping[UUID, str]) -> dict[str, str]:
    """Return who asked for a change, and when."""
    return {"who": asker(change, names), "when": written(change.asked_at)}


def asker(change: BankChangeRecord | WaitingBankChange, names: Mapping[UUID, str]) -> str:
    """Return who asked: a person, or an import from Xero and who let it go ahead."""
    if change.asked_by_id is None:
        return "an automatic import from Xero"
    name = names.get(change.asked_by_id, SOMEBODY)
    return f"{name}, with an import from Xero" if change.via else name


def super_sections(memberships: Sequence[SuperMembership]) -> list[dict[str, object]]:
    """Return the memberships in their order."""
    return [
        _section(
            one.fund.name or f"Super fund {place}",
            ("Kind", "Self-managed" if one.fund.kind is FundKind.SELF_MANAGED else "Regulated"),
            ("USI", one.fund.usi),
            ("ABN", one.fund.abn),
            ("Member number", one.member_number),
        )
        for place, one in enumerate(memberships, 1)
    ]


def tax_sections(details: PayrollDetails) -> list[dict[str, object]]:
    """Return the declaration, all but the number."""
    scale = details.tax_scale
    percent = details.withholding_variation
    return [
        _section(
            "Employment for tax",
            ("Income type", words.INCOMES[details.income_type] if details.income_type else ""),
            ("Employment basis", words.BASES.get(details.employment_basis, "") if details.employment_basis else ""),
            ("ABN of a contractor", details.contractor_abn),
            ("Country", details.country_of_residence),
        ),
        _section(
            "Declaration",
            ("Residency", words.RESIDENCIES.get(details.residency, "") if details.residency else ""),
            ("Tax scale", words.SCALES[scale.scale] if scale else ""),
            ("Tax-free threshold", FLAG_WORDS[details.tax_free_threshold]),
            ("Study or training loan", FLAG_WORDS[details.student_debt]),
            ("Leave loading", FLAG_WORDS[details.leave_loading]),
        ),
        _section(
            "Amounts",
            ("Tax offset", _dollars(details.tax_offset)),
            ("Extra tax of each pay", _dollars(details.extra_withholding)),
            ("Withholding variation", f"{percent} per cent" if percent is not None else ""),
        ),
    ]


def _dollars(amount: object) -> str:
    return f"${amount:,.2f}" if amount is not None else ""


def number_line(details: PayrollDetails, *, kept_until: date | None) -> dict[str, object]:
    """Return what may be shown of a tax file number, and how long it is kept."""
    answer = details.tax_file_number
    if isinstance(answer, TaxFileNumber):
        until = f"Kept until {day(kept_until)}, then removed." if kept_until else "Kept while the person works here."
        return {
            "text": f"••• ••• {answer.ending}",
            "spoken": f"Ends in {answer.ending}",
            "detail": until,
            "whole": True,
        }
    return {"text": words.EXEMPTIONS[answer] if answer else "", "detail": "", "whole": False}


def looked_at(entries: Iterable[TimelineEntry], names: Mapping[UUID, str]) -> list[dict[str, object]]:
    """Return who looked at the whole number, when and why, as components/timeline.html takes it."""
    return [
        {
            "at": entry.at,
            "icon": "search",
            "tone": "warn",
            "text": f"{names.get(entry.actor_id, SOMEBODY) if entry.actor_id else SOMEBODY} looked at the whole number",
            "detail": REASON_WORDS.get(str(entry.facts.get("code")), ""),
        }
        for entry in entries
    ]


def problems(found: Sequence[Problem], slug: str, employee_id: UUID) -> list[dict[str, str]]:
    """Return what Xero would refuse, each with the page on which it is mended."""
    pages = {"bank_accounts": "employee-bank-edit", "super_memberships": "employee-super-edit"}
    return [
        {
            "text": problem.message,
            "url": reverse(pages.get(problem.field.split(".")[0], "employee-tax-edit"), args=[slug, employee_id]),
        }
        for problem in found
    ]


def _section(title: str, *facts: tuple[str, str]) -> dict[str, object]:
    return {"title": title, "facts": [{"label": label, "value": value} for label, value in facts]}
