"""The form about super funds: picked from those that Xero has, or described where Xero has it not yet."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict

from tandem.people.payroll_records import Fund, FundKind, SuperMembership
from tandem.web.people import payroll_words as words
from tandem.web.people.payroll_forms import RowsForm, of_row, place_field, remove_field, seen_as, text_field
from tandem.xero.facade import XeroFund, find_fund

NOT_BOTH = "Choose a fund from the list or give the numbers of another one, not both."
VANISHED = "Xero has this fund no more. Choose another one."
#: What a new row must say something in to be one; the kind is always chosen.
FILLED_BY = frozenset({"fund", "fund_name", "usi", "abn", "member_number"})


class SuperForm(RowsForm):
    """Funds that super goes to; `funds` are those that Xero has, none while its list was not read."""

    described = ("kind", "fund_name", "usi", "abn")
    heading = "Super fund"

    def __init__(
        self,
        data: QueryDict | None,
        *,
        held: Sequence[SuperMembership],
        funds: Sequence[XeroFund] = (),
        asks_for_more: bool = False,
    ) -> None:
        self.funds = {str(fund.xero_fund_id): fund for fund in funds if fund.kind is not None}
        picked = ("fund",) if self.funds else ()
        self.parts = (*picked, *self.described, "member_number", "place", "remove")
        super().__init__(data, held=held, asks_for_more=asks_for_more)

    def row_fields(self, number: int) -> dict[str, forms.Field]:
        """Return the fields of one membership."""
        kinds = [(kind.value, text) for kind, text in words.KINDS.items()]
        of = of_row("fund", number)
        fields: dict[str, forms.Field] = {
            "kind": forms.ChoiceField(label=f"Kind of fund{of}", choices=kinds, required=False),
            "fund_name": text_field(f"Name of the fund{of}"),
            "usi": text_field(f"USI{of}", "Of a regulated fund. Its letters show it.", most=40),
            "abn": text_field(f"ABN{of}", "Of a self-managed fund. Eleven digits.", most=20, inputmode="numeric"),
            "member_number": text_field(f"Member number{of}", is_needed=True),
            "place": place_field(f"Place in the list{of}", number),
            "remove": remove_field(f"Take this fund out{of}"),
        }
        return {"fund": self._picking(of), **fields} if self.funds else fields

    def _picking(self, of: str) -> forms.ChoiceField:
        known = [(key, _named(fund)) for key, fund in self.funds.items()]
        return forms.ChoiceField(
            label=f"Fund in Xero{of}",
            help_text="Is it not there? Give its numbers below, and payroll adds it in Xero.",
            choices=[("", "Another fund"), *known],
            required=False,
            error_messages={"invalid_choice": VANISHED},
        )

    def drawn(self, held: Sequence[SuperMembership]) -> dict[str, object]:
        """Return the memberships as the form shows them; a fund that Xero has is picked, another one described."""
        shown: dict[str, object] = {"seen": seen_as(held)}
        for number, one in enumerate(held, 1):
            found = find_fund(one.fund, tuple(self.funds.values()))
            values = {"member_number": one.member_number, "place": str(number)}
            if isinstance(found, XeroFund):
                values["fund"] = str(found.xero_fund_id)
            else:
                fund = one.fund
                values |= {"kind": fund.kind.value, "fund_name": fund.name, "usi": fund.usi, "abn": fund.abn}
            shown |= {f"{part}_{number}": value for part, value in values.items()}
        return shown

    def clean(self) -> dict[str, Any]:
        """Refuse a row that picks one fund and gives the numbers of another."""
        typed = self.cleaned_data
        for number in self.numbers:
            if typed.get(f"fund_{number}") and (typed.get(f"usi_{number}") or typed.get(f"abn_{number}")):
                self.add_error(f"fund_{number}", NOT_BOTH)
        return typed

    @property
    def memberships(self) -> list[SuperMembership]:
        """Return the list as typed; raise ChangedMeanwhile where the list kept is not the one that was drawn."""
        said = self.kept_rows(filled_by=tuple(part for part in self.parts if part in FILLED_BY))
        return [SuperMembership(self._fund(row), row["member_number"]) for _, row in said]

    def _fund(self, row: Mapping[str, Any]) -> Fund:
        if row.get("fund"):
            return self.funds[row["fund"]].as_fund
        return Fund(FundKind(row["kind"] or FundKind.REGULATED), row["usi"], row["abn"], row["fund_name"])


def _named(fund: XeroFund) -> str:
    number = f"USI {fund.usi}" if fund.usi else f"ABN {fund.abn}"
    return f"{fund.name or 'Without a name'} ({number})"
