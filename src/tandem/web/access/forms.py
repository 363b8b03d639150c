"""Forms about who may sign in and what they may do."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms

from tandem.access.roles import SENTENCES, Role
from tandem.web.forms import CheckOptions

ROLES = [(role.value, role.value) for role in Role]


class UserForm(forms.Form):
    """A sign-in's roles in the account and the record it is linked to."""

    name = forms.CharField(label="Name", error_messages={"required": "Enter the name."})
    email = forms.EmailField(
        label="Email address",
        help_text="They sign in with it.",
        error_messages={
            "required": "Enter the email address.",
            "invalid": "This is not an email address. It should look like name@example.com.",
        },
    )
    roles = forms.MultipleChoiceField(
        label="Roles",
        help_text="Roles add up.",
        choices=ROLES,
        widget=CheckOptions(hints={role.value: sentence for role, sentence in SENTENCES.items()}),
        error_messages={"required": "Choose at least one role."},
    )
    employee_id = forms.TypedChoiceField(
        label="Linked record",
        help_text="Their access ends when this person's employment ends.",
        required=False,
        coerce=UUID,
        empty_value=None,
    )

    def __init__(self, *args: Any, people: Iterable[tuple[UUID, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["employee_id"]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101  tells the type checker
        field.choices = [("", "Nobody"), *((str(employee_id), name) for employee_id, name in people)]

    @property
    def chosen_roles(self) -> list[Role]:
        """Return the ticked roles."""
        return [Role(value) for value in self.cleaned_data["roles"]]


class MemberForm(UserForm):
    """An existing member: name and address belong to the person and are not changed here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["name"], self.fields["email"]
