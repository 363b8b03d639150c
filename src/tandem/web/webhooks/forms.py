"""The form that adds a webhook."""

from django import forms

from tandem.web.forms import CheckOptions
from tandem.webhooks.rules import CHOICES, LONGEST_ADDRESS, EventType

HINTS = {
    EventType.STATE_CHANGED: "The connection changed its state or its cause, at once.",
    EventType.RECOVERED: "A connection that was broken is proved to work again.",
    EventType.HANDOVER_NEEDED: "A second authoriser is needed by a day; never why.",
}


class WebhookForm(forms.Form):
    """Where messages go, and which."""

    url = forms.CharField(
        label="Address",
        max_length=LONGEST_ADDRESS,
        help_text="It begins with https:// and leads to a public server.",
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Enter the address that messages go to."},
    )
    events = forms.TypedMultipleChoiceField(
        label="Events",
        coerce=EventType,
        choices=[(event.value, event.value) for event in CHOICES],
        initial=[event.value for event in CHOICES],
        widget=CheckOptions(hints={event.value: HINTS[event] for event in CHOICES}),
        error_messages={"required": "Choose at least one event: without one, nothing is ever sent."},
    )
