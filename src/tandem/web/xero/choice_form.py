"""The form on which a part of a preview is chosen: by side and kind, by group of fields, and person by person."""

import hashlib
from collections.abc import Mapping
from typing import Any

from django import forms

from tandem.web.forms import CheckOptions
from tandem.xero.facade import Choice, ChoicePage, FieldGroup

KINDS: Mapping[str, str] = {
    "hr_create": "Add in Tandem",
    "hr_update": "Change in Tandem",
    "hr_terminate": "End in Tandem",
    "hr_reinstate": "Reinstate in Tandem",
    "hr_remove": "Move to the recycle bin",
    "xero_create": "Add in Xero",
    "xero_update": "Change in Xero",
    "xero_terminate": "End in Xero",
}
GROUPS: Mapping[FieldGroup, str] = {
    FieldGroup.PERSONAL: "Names, birth date and gender",
    FieldGroup.CONTACT: "Address, phone and email",
    FieldGroup.EMPLOYMENT: "Job title, branch, start and end",
    FieldGroup.BANK: "Bank accounts",
    FieldGroup.SUPER: "Super memberships",
    FieldGroup.TAX: "Tax declaration and income type",
    FieldGroup.LEAVE: "Leave balances",
}


def _ticks(label: str) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(label=label, required=False, widget=CheckOptions())


class ChoiceForm(forms.Form):
    """What may go ahead. `seen` says which ticks the counts on the page were made for."""

    here = _ticks("From Xero to Tandem")
    there = _ticks("From Tandem to Xero")
    groups = _ticks("Fields, where somebody is changed")
    left_out = _ticks("Leave out")
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, page: ChoicePage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._page, found = page, page.tally
        for name, side in (("here", "hr_"), ("there", "xero_")):
            kinds = [(kind, _with(label, found.kinds[kind])) for kind, label in KINDS.items() if kind in found.kinds]
            self._offer(name, [one for one in kinds if one[0].startswith(side)], ticked=True)
        groups = [
            (group.value, _with(label, found.groups[group])) for group, label in GROUPS.items() if group in found.groups
        ]
        self._offer("groups", groups, ticked=True)
        lines = [(str(one.step_id), f"{one.person or 'Somebody'}: {_said(one.kind, one.labels)}") for one in page.lines]
        self._offer("left_out", lines, ticked=False)

    def _offer(self, name: str, choices: list[tuple[str, str]], *, ticked: bool) -> None:
        """Offer these choices; a question with none is not asked."""
        if not choices:
            del self.fields[name]
            return
        self.fields[name].choices = choices  # type: ignore[attr-defined]  # it has choices
        self.fields[name].is_needed = True  # type: ignore[attr-defined]  # no ticks are an answer too
        self.fields[name].initial = [value for value, _ in choices] if ticked else []

    @property
    def rules(self) -> list[forms.BoundField]:
        """Return the questions that are about many."""
        return [self[name] for name in ("here", "there", "groups") if name in self.fields]

    @property
    def lines(self) -> list[forms.BoundField]:
        """Return the question that is about each line, where it is asked."""
        return [self["left_out"]] if "left_out" in self.fields else []

    @property
    def choice(self) -> Choice:
        """Return what was ticked."""
        typed = self.cleaned_data
        return Choice(
            frozenset([*typed.get("here", []), *typed.get("there", [])]),
            frozenset(FieldGroup(value) for value in typed.get("groups", [])),
            frozenset(step.step_id for step in self._page.planned if str(step.step_id) in typed.get("left_out", [])),
        )

    @property
    def digest(self) -> str:
        """Return what stands for these very ticks."""
        chosen = self.choice
        parts = [sorted(chosen.kinds), sorted(chosen.groups), sorted(map(str, chosen.left_out))]
        return hashlib.sha256(repr(parts).encode()).hexdigest()


def _with(label: str, count: int) -> str:
    return f"{label} ({count:,})"


def _said(kind: str, labels: str) -> str:
    return f"{KINDS[kind]}, {labels}" if kind.endswith("_update") else KINDS[kind]
