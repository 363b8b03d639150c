"""Forms about leave: what is asked for, and why it is rejected. What may be saved is decided by flows.leave."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict

from tandem.people.leave_records import LeaveLine, LeaveTerms
from tandem.web.forms import DayInput
from tandem.web.people.employment_forms import DAY_FORMATS, NOT_A_DAY
from tandem.xero.facade import LeaveType

NOTE_LENGTH = 200
TITLE, DESCRIPTION = 50, 200


def _day(label: str, required: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=DayInput(),
        input_formats=DAY_FORMATS,
        error_messages={"invalid": NOT_A_DAY, "required": required},
    )


class LeaveForm(forms.Form):
    """Days away, from a leave type that payroll has."""

    leave_type_id = forms.ChoiceField(
        label="Leave type",
        error_messages={"required": "Choose a leave type.", "invalid_choice": "Choose a leave type from the list."},
    )
    from_on = _day("First day away", "Enter the first day away.")
    until_on = _day("Last day away", "Enter the last day away.")
    title = forms.CharField(
        label="Title",
        help_text=f"A few words, such as Winter holiday. At most {TITLE} characters; payroll sees it.",
        max_length=2 * TITLE,
        error_messages={"required": "Enter a title. Xero needs one."},
    )
    description = forms.CharField(
        label="Description",
        help_text=f"Only what payroll may read: it goes to Xero. At most {DESCRIPTION} characters.",
        required=False,
        max_length=2 * DESCRIPTION,
        widget=forms.Textarea({"rows": 3}),
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput())

    def __init__(
        self, data: QueryDict | None, *, leave_types: Iterable[LeaveType], held: LeaveLine | None = None
    ) -> None:
        super().__init__(data, initial=_drawn(held) if held else None)
        known = [(str(one.leave_type_id), one.name) for one in leave_types if one.is_current]
        field: Any = self.fields["leave_type_id"]
        field.choices = [("", "Choose one"), *known]

    @property
    def terms(self) -> LeaveTerms:
        """Return what was typed."""
        typed = self.cleaned_data
        return LeaveTerms(
            UUID(typed["leave_type_id"]), typed["from_on"], typed["until_on"], typed["title"], typed["description"]
        )

    @property
    def revision(self) -> int:
        """Return the revision that the form was drawn from."""
        return self.cleaned_data["seen"] or 0


def _drawn(held: LeaveLine) -> dict[str, object]:
    terms = held.request.terms
    return {
        "leave_type_id": str(terms.leave_type_id),
        "from_on": terms.from_on,
        "until_on": terms.until_on,
        "title": terms.title,
        "description": terms.description,
        "seen": held.revision,
    }
