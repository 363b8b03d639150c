"""The form in which people ask for other details of their own record, and the one in which somebody refuses."""

from collections.abc import Mapping
from typing import Any

from django import forms

from tandem.people.own_change_records import OWN_FIELDS, details_of_plain
from tandem.people.own_changes import NO_REASON, NOTE_LENGTH
from tandem.people.records import Address, EmployeeRecord, Gender
from tandem.web.people.forms import ADDRESS_PARTS, GROUPS, EmployeeForm
from tandem.web.people.payroll_forms import TaxForm

GROUPS_OF_ONESELF = tuple(
    (title, tuple(name for name in names if name in (*OWN_FIELDS, *ADDRESS_PARTS))) for title, names in GROUPS[:3]
)
#: What of a declaration is for the employer to say.
EMPLOYERS = ("income_type", "employment_basis", "contractor_abn", "leave_loading")
#: What browsers fill in for people about themselves.
PURPOSES = {
    "title": "honorific-prefix",
    "first_name": "given-name",
    "middle_names": "additional-name",
    "last_name": "family-name",
    "preferred_name": "nickname",
    "date_of_birth": "bday",
    "home_email": "home email",
    "mobile": "mobile tel",
    "phone": "home tel",
    "line1": "address-line1",
    "line2": "address-line2",
    "suburb": "address-level2",
    "state": "address-level1",
    "postcode": "postal-code",
    "country": "country-name",
}


class OwnDetailsForm(EmployeeForm):
    """What people may ask for; the rest of the record is not in it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, branches=(), **kwargs)
        asked_for = {name for _, names in GROUPS_OF_ONESELF for name in names}
        for name in set(self.fields) - asked_for:
            del self.fields[name]
        for name, purpose in PURPOSES.items():
            self.fields[name].widget.attrs["autocomplete"] = purpose
        self.fields["preferred_name"].help_text = "What colleagues call you. Stays in Tandem."

    @property
    def wanted(self) -> dict[str, object]:
        """Return what was typed."""
        typed = dict(self.cleaned_data)
        address = Address(**{part: typed.pop(part) for part in ADDRESS_PARTS})
        return {**typed, "gender": Gender(typed["gender"]), "home_address": address}

    @property
    def groups(self) -> list[dict[str, object]]:
        """Return the fields under their headings."""
        return [{"title": title, "fields": [self[name] for name in names]} for title, names in GROUPS_OF_ONESELF]


def own_details_as_typed(employee: EmployeeRecord, waiting: Mapping[str, Any]) -> dict[str, object]:
    """Return one's own record as the form shows it, with what waits laid over it."""
    values = {**{name: getattr(employee, name) for name in OWN_FIELDS}, **details_of_plain(waiting)}
    address = values.pop("home_address")
    return {**values, **{part: getattr(address, part) for part in ADDRESS_PARTS}}


class RefuseForm(forms.Form):
    """Why somebody refuses."""

    note = forms.CharField(
        label="Why you refuse it",
        help_text="The person who asked reads it. It stays in Tandem.",
        max_length=NOTE_LENGTH,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": NO_REASON},
    )


class OwnTaxForm(TaxForm):
    """What people declare about their own tax; what is their employer's to say stays as it is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in EMPLOYERS:
            del self.fields[name]

    def clean(self) -> None:
        """Go on with what the employer said."""
        super().clean()
        self.cleaned_data |= {name: self.initial[name] or "" for name in EMPLOYERS}
