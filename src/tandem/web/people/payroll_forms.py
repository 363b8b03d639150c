"""Forms about bank accounts, super and tax. What may be saved is decided by flows.payroll; a form only reads."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple
from enum import StrEnum
from typing import Any, TypeVar

from django import forms
from django.http import QueryDict
from django.utils.crypto import salted_hmac

from tandem.kernel.errors import Invalid
from tandem.people.errors import ChangedMeanwhile
from tandem.people.official_numbers import ending_of
from tandem.people.payroll_records import (
    BankAccount,
    EmploymentBasis,
    IncomeType,
    PayrollDetails,
    Residency,
    SeniorStatus,
    TaxFileNumber,
    TaxScale,
    TaxScaleChoice,
    TfnExemption,
    WorkCondition,
)
from tandem.people.tax_numbers import RevealReason
from tandem.web.people import payroll_words as words

MOST_ROWS = 40
NUMBER = "number"
Choice = TypeVar("Choice", bound=StrEnum)
YES_NO = (("", "Not answered"), ("yes", "Yes"), ("no", "No"))
FLAGS = {"yes": True, "no": False}


class NeededText(forms.CharField):
    """Text that is needed where its row is; flows.payroll says so, so that it is said with every other problem."""

    is_needed = True


class NeededChoice(forms.ChoiceField):
    """A choice that is needed; flows.payroll says so, so that it is said with every other problem."""

    is_needed = True


def text_field(
    label: str, help_text: str = "", *, is_needed: bool = False, most: int = 100, **attrs: str
) -> forms.CharField:
    widget = forms.TextInput({"autocomplete": "off", **attrs})
    kind = NeededText if is_needed else forms.CharField
    return kind(label=label, help_text=help_text, required=False, widget=widget, max_length=most)


def _amount(label: str, help_text: str = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        help_text=help_text,
        required=False,
        max_digits=9,
        decimal_places=2,
        widget=forms.TextInput({"autocomplete": "off", "inputmode": "decimal"}),
        error_messages={"invalid": "This is not an amount. Write it like 50.00."},
    )


def _choice(label: str, known: Mapping[Choice, str], help_text: str = "") -> forms.ChoiceField:
    choices = [("", "Not answered"), *((one.value, text) for one, text in known.items())]
    return forms.ChoiceField(label=label, help_text=help_text, required=False, choices=choices)


def seen_as(values: Sequence[Any]) -> str:
    """Return a keyed mark of what a form was drawn from, so that it is not saved over something newer."""
    return salted_hmac("tandem.web.people.payroll", repr([astuple(one) for one in values])).hexdigest()[:32]


class SecretInput(forms.TextInput):
    """A field that never shows what was typed into it: a form sent back comes without it."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:  # noqa: ARG002
        return super().get_context(name, None, attrs)


class RowsForm(forms.Form):
    """A list with any number of rows, each with its place; the fields of row 2 end in `_2`."""

    parts: tuple[str, ...] = ()
    heading = ""

    def __init__(self, data: QueryDict | None, *, held: Sequence[Any], asks_for_more: bool = False) -> None:
        self.held, self.places = held, list[int]()
        typed: dict[str, Any] = {name: data[name] for name in data} if data else {}
        count = min(_count(typed.get("rows", ""), least=len(held) + 1) + asks_for_more, MOST_ROWS)
        shown = {**(typed or self.drawn(held)), "rows": str(count)}
        super().__init__(None if asks_for_more or data is None else shown, initial=shown)
        self.numbers = range(1, count + 1)
        for number in self.numbers:
            for part, field in self.row_fields(number).items():
                self.fields[f"{part}_{number}"] = field
        for name in ("rows", "seen"):
            self.fields[name] = forms.CharField(widget=forms.HiddenInput, required=False)

    def row_fields(self, number: int) -> dict[str, forms.Field]:
        """Return the fields of one row."""
        raise NotImplementedError

    def drawn(self, held: Sequence[Any]) -> dict[str, object]:
        """Return what is kept, as the form shows it."""
        raise NotImplementedError

    @property
    def groups(self) -> list[dict[str, object]]:
        """Return the rows under their headings."""
        return [
            {"title": f"{self.heading} {number}", "fields": [self[f"{part}_{number}"] for part in self.parts]}
            for number in self.numbers
        ]

    def kept_rows(self, *, filled_by: tuple[str, ...]) -> list[tuple[int, dict[str, Any]]]:
        """Return the rows that say something and are not taken out, in the order of their places."""
        if self.cleaned_data["seen"] != seen_as(self.held):
            raise ChangedMeanwhile
        rows = [
            (number, {part: self.cleaned_data.get(f"{part}_{number}") for part in self.parts})
            for number in self.numbers
        ]
        said = [
            (number, row)
            for number, row in rows
            if not row["remove"] and (number <= len(self.held) or any(row[part] for part in filled_by))
        ]
        said.sort(key=lambda one: (one[1]["place"] or one[0], one[0]))
        self.places = [number for number, _ in said]
        return said

    def take_problems(self, error: Invalid) -> None:
        """Put each problem on the field of its row; what is about the whole list goes to the top."""
        for problem in error.problems:
            _, place, part = [*problem.field.split("."), "", ""][:3]
            name = f"{part}_{self.places[int(place) - 1]}" if place else ""
            self.add_error(name if name in self.fields else None, problem.message)


def _count(text: str, *, least: int) -> int:
    return max(least, int(text)) if text.isascii() and text.isdigit() and len(text) <= len(str(MOST_ROWS)) else least


def of_row(what: str, number: int) -> str:
    """Return what tells the fields of one row from those of the first."""
    return f", {what} {number}" if number > 1 else ""


def place_field(label: str, number: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, required=False, min_value=1, max_value=999, initial=number, widget=forms.TextInput()
    )


def remove_field(label: str) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False)


class BankForm(RowsForm):
    """Where wages go to."""

    parts = ("account_name", "bsb", "account_number", "takes_remainder", "amount", "statement_text", "place", "remove")
    heading = "Bank account"

    def row_fields(self, number: int) -> dict[str, forms.Field]:
        """Return the fields of one account; the numbers that are kept are not shown."""
        held = self.held[number - 1] if number <= len(self.held) else None
        of = of_row("account", number)
        bsb = f"Ends in {ending_of(held.bsb)}. Leave it empty to keep it." if held else "Six digits."
        digits = f"Ends in {ending_of(held.account_number)}. Leave it empty to keep it." if held else ""
        return {
            "account_name": text_field(f"Account name{of}", is_needed=True),
            "bsb": text_field(f"BSB{of}", bsb, is_needed=True, inputmode="numeric"),
            "account_number": text_field(f"Account number{of}", digits, is_needed=True, inputmode="numeric"),
            "takes_remainder": forms.BooleanField(label=f"What is left of the pay goes here{of}", required=False),
            "amount": _amount(f"Amount of each pay{of}", "Dollars. Empty where the remainder goes."),
            "statement_text": text_field(f"Statement text{of}", "What the bank statement says."),
            "place": place_field(f"Place in the list{of}", number),
            "remove": remove_field(f"Take this account out{of}"),
        }

    def drawn(self, held: Sequence[BankAccount]) -> dict[str, object]:
        """Return the accounts as the form shows them, without their numbers."""
        shown: dict[str, object] = {"seen": seen_as(held)}
        for number, account in enumerate(held, 1):
            shown |= {
                f"account_name_{number}": account.account_name,
                f"amount_{number}": account.amount,
                f"statement_text_{number}": account.statement_text,
                f"place_{number}": number,
            }
            if account.takes_remainder:
                shown[f"takes_remainder_{number}"] = True
        return shown

    @property
    def accounts(self) -> list[BankAccount]:
        """Return the list as typed; raise ChangedMeanwhile where the list kept is not the one that was drawn."""
        rows = self.kept_rows(filled_by=("account_name", "bsb", "account_number", "amount"))
        return [self._account(number, row) for number, row in rows]

    def _account(self, number: int, row: Mapping[str, Any]) -> BankAccount:
        held = self.held[number - 1] if number <= len(self.held) else None
        return BankAccount(
            account_name=row["account_name"],
            bsb=row["bsb"] or (held.bsb if held else ""),
            account_number=row["account_number"] or (held.account_number if held else ""),
            amount=None if row["takes_remainder"] else row["amount"],
            takes_remainder=row["takes_remainder"],
            statement_text=row["statement_text"],
        )


class TaxForm(forms.Form):
    """A tax declaration. The number that was typed never comes back."""

    answer = NeededChoice(
        label="Tax file number, or why there is none",
        required=False,
        choices=[
            ("", "Choose one"),
            (NUMBER, "The tax file number"),
            *((one.value, text) for one, text in words.EXEMPTIONS.items()),
        ],
    )
    tax_file_number = forms.CharField(
        label="Tax file number",
        required=False,
        max_length=40,
        widget=SecretInput({"autocomplete": "off", "inputmode": "numeric", "spellcheck": "false"}),
    )
    income_type = _choice("Income type", words.INCOMES)
    employment_basis = _choice("Employment basis", words.BASES)
    contractor_abn = text_field("ABN of a contractor", most=20, inputmode="numeric")
    country_of_residence = text_field("Country of a working holiday maker", "Two letters, such as NZ.", most=2)
    residency = _choice("Residency", words.RESIDENCIES)
    tax_scale = _choice("Tax scale", words.SCALES)
    work_condition = _choice("Work of an artist or entertainer", words.CONDITIONS)
    senior_status = _choice("How a senior or pensioner lives", words.SENIORS)
    tax_free_threshold = forms.ChoiceField(label="Claims the tax-free threshold", choices=YES_NO, required=False)
    student_debt = forms.ChoiceField(label="Has a study or training loan", choices=YES_NO, required=False)
    leave_loading = forms.ChoiceField(label="Eligible for leave loading", choices=YES_NO, required=False)
    tax_offset = _amount("Tax offset", "Dollars a year.")
    extra_withholding = _amount("Extra tax of each pay", "Dollars.")
    withholding_variation = _amount("Withholding variation", "Per cent, if the Tax Office approved one.")
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: QueryDict | None, *, held: PayrollDetails) -> None:
        super().__init__(data, initial=_drawn(held))
        self.held = held
        if isinstance(held.tax_file_number, TaxFileNumber):
            hint = f"Ends in {held.tax_file_number.ending}. Leave it empty to keep it."
            self.fields["tax_file_number"].help_text = hint

    def clean(self) -> None:
        """Refuse a number beside the reason for having none."""
        if self.cleaned_data.get("tax_file_number") and self.cleaned_data.get("answer") in set(TfnExemption):
            self.add_error("answer", "You typed a number and chose why there is none. Keep one of the two.")

    @property
    def groups(self) -> list[dict[str, object]]:
        """Return the fields under their headings, but for those of the number, which stand by their notice."""
        known = (
            ("Employment for tax", ("income_type", "employment_basis", "contractor_abn", "country_of_residence")),
            ("Scale", ("residency", "tax_scale", "work_condition", "senior_status")),
            ("Claims", ("tax_free_threshold", "student_debt", "leave_loading")),
            ("Amounts", ("tax_offset", "extra_withholding", "withholding_variation")),
        )
        shown = [(title, [self[name] for name in names if name in self.fields]) for title, names in known]
        return [{"title": title, "fields": fields} for title, fields in shown if fields]

    @property
    def exemption(self) -> TfnExemption | None:
        """Return why there is no number, None where there is one or nothing was chosen."""
        answer = self.cleaned_data["answer"]
        return TfnExemption(answer) if answer in set(TfnExemption) else None

    @property
    def details(self) -> PayrollDetails:
        """Return the declaration as typed; raise ChangedMeanwhile where it is not the one that was drawn."""
        if self.cleaned_data["seen"] != seen_as([self.held]):
            raise ChangedMeanwhile
        typed = self.cleaned_data
        return PayrollDetails(
            income_type=_one_of(IncomeType, typed["income_type"]),
            employment_basis=_one_of(EmploymentBasis, typed["employment_basis"]),
            residency=_one_of(Residency, typed["residency"]),
            tax_scale=_scale(typed),
            contractor_abn=typed["contractor_abn"],
            country_of_residence=typed["country_of_residence"].upper(),
            tax_free_threshold=FLAGS.get(typed["tax_free_threshold"]),
            student_debt=FLAGS.get(typed["student_debt"]),
            leave_loading=FLAGS.get(typed["leave_loading"]),
            tax_offset=typed["tax_offset"],
            extra_withholding=typed["extra_withholding"],
            withholding_variation=typed["withholding_variation"],
        )


def _one_of(kind: type[Choice], value: str) -> Choice | None:
    return kind(value) if value else None


def _scale(typed: Mapping[str, Any]) -> TaxScaleChoice | None:
    scale = _one_of(TaxScale, typed["tax_scale"])
    if scale is None:
        return None
    return TaxScaleChoice(
        scale, _one_of(WorkCondition, typed["work_condition"]), _one_of(SeniorStatus, typed["senior_status"])
    )


def _drawn(held: PayrollDetails) -> dict[str, object]:
    answer, scale = held.tax_file_number, held.tax_scale
    flags = {True: "yes", False: "no", None: ""}
    plain = ("income_type", "employment_basis", "contractor_abn", "country_of_residence", "residency")
    amounts = ("tax_offset", "extra_withholding", "withholding_variation")
    return {
        **{name: getattr(held, name) for name in (*plain, *amounts)},
        **{name: flags[getattr(held, name)] for name in ("tax_free_threshold", "student_debt", "leave_loading")},
        "answer": NUMBER if isinstance(answer, TaxFileNumber) else answer,
        "tax_scale": scale.scale if scale else "",
        "work_condition": scale.work_condition if scale else "",
        "senior_status": scale.senior_status if scale else "",
        "seen": seen_as([held]),
    }


class RevealForm(forms.Form):
    """Why somebody looks at a whole number."""

    reason = forms.ChoiceField(
        label="Why do you need the whole number?",
        choices=[("", "Choose a reason"), *((one.value, text) for one, text in words.REASONS.items())],
        error_messages={"required": "Choose why you need it. The reason is kept with your name."},
    )

    @property
    def why(self) -> RevealReason:
        """Return the reason."""
        return RevealReason(self.cleaned_data["reason"])
