"""Forms about a hand-over."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms

from tandem.web.forms import DayInput


class AppointForm(forms.Form):
    """Who takes a hand-over in hand: an administrator who stays."""

    user_id = forms.TypedChoiceField(
        label="Who takes it in hand",
        help_text="They get a letter with the day, and the reminders.",
        coerce=UUID,
        error_messages={
            "required": "Choose who takes it in hand.",
            "invalid_choice": "Choose an administrator who has access and stays.",
        },
    )

    def __init__(self, *args: Any, people: Iterable[tuple[UUID, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = list(people)
        field = self.fields["user_id"]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101  tells the type checker
        field.choices = [("", "Choose somebody"), *((str(one), name) for one, name in self.people)]


class PutOffForm(forms.Form):
    """Until when nobody is reminded."""

    until = forms.DateField(
        label="Remind us again on",
        help_text="At the latest on the last safe day.",
        widget=DayInput(),
        input_formats=["%Y-%m-%d", "%d/%m/%Y"],
        error_messages={
            "required": "Enter the day on which you want to be reminded.",
            "invalid": "This is not a date. Write it like 22/11/2026.",
        },
    )
