"""Forms about who holds the connection."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms

LASTING = (
    ("4", "4 hours"),
    ("24", "One day"),
    ("72", "3 days"),
    ("168", "7 days"),
)


class HolderForm(forms.Form):
    """Who a Xero user is in Tandem."""

    employee_id = forms.TypedChoiceField(
        label="Who this is in Tandem",
        help_text="When this person leaves, goes away for long or loses access here, Tandem asks for a hand-over in time.",
        required=False,
        coerce=UUID,
        empty_value=None,
        error_messages={"invalid_choice": "Choose somebody from the list."},
    )

    def __init__(self, *args: Any, people: Iterable[tuple[UUID, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["employee_id"]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101  tells the type checker
        field.choices = [("", "Nobody who is employed here"), *((str(one), name) for one, name in people)]


class ApproveWritesForm(forms.Form):
    """Why a leaver's access may write on, and for how long."""

    reason = forms.CharField(
        label="Why exports cannot wait",
        help_text="It is kept with your name.",
        error_messages={"required": "Say why exports cannot wait."},
    )
    lasting = forms.ChoiceField(label="For how long", choices=LASTING, initial="4")

    @property
    def time(self) -> timedelta:
        """Return how long the approval lasts."""
        return timedelta(hours=int(self.cleaned_data["lasting"]))
