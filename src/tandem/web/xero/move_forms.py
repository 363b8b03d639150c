"""The form that asks for a move to another organisation."""

from typing import Any

from django import forms


class MoveForm(forms.Form):
    """Where to, why, and the name of the present organisation typed by hand."""

    to_name = forms.CharField(
        label="Name of the other organisation",
        help_text="As Xero shows it. A consent for any other organisation is turned away.",
        max_length=200,
        error_messages={"required": "Enter the name of the other organisation as Xero shows it."},
    )
    reason = forms.CharField(
        label="Why",
        help_text="The person who approves reads it, and it is kept.",
        max_length=200,
        error_messages={"required": "Say why the connection has to move."},
    )
    confirmed = forms.CharField(
        label="Name of the present organisation",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Type the name of the present organisation."},
    )
    back_to = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, present: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["confirmed"].help_text = f"Type {present}, so that nobody moves by accident."
