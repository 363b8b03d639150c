"""The form of the branches: a list of employee groups for each, and for a new one."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django import forms

from tandem.people.selectors import BranchRecord

NONE = ("", "No employee group")


class BranchesForm(forms.Form):
    """What each branch stands for. The fields of the branches are named by their ids."""

    name = forms.CharField(label="Name", required=False, max_length=120)
    key = forms.ChoiceField(label="Employee group", required=False)

    def __init__(self, *args: Any, branches: Iterable[BranchRecord], groups: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._branches = list(branches)
        self.fields["key"].choices = _choices("", groups)  # type: ignore[attr-defined]  # a ChoiceField
        for branch in self._branches:
            field = self.fields[str(branch.branch_id)] = forms.ChoiceField(
                label=branch.name,
                required=False,
                choices=_choices(branch.integration_api_key, groups),
                initial=branch.integration_api_key,
            )
            field.is_needed = True  # type: ignore[attr-defined]  # none is an answer too

    @property
    def rows(self) -> list[forms.BoundField]:
        """Return the field of each branch."""
        return [self[str(branch.branch_id)] for branch in self._branches]

    @property
    def keys(self) -> dict[UUID, str]:
        """Return what was chosen for each branch."""
        return {branch.branch_id: self.cleaned_data[str(branch.branch_id)] for branch in self._branches}


def _choices(held: str, groups: Sequence[str]) -> list[tuple[str, str]]:
    """Return what can be chosen: none, what Xero has, and what is held where Xero does not have it (any more)."""
    kept = [(held, f"{held} (not in Xero's list)")] if held and held not in groups else []
    return [NONE, *((name, name) for name in groups), *kept]
