"""Forms about employees. What may be saved is decided by people.rules; a form only reads what was typed."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms

from tandem.people.records import Address, EmployeeDetails, EmployeeRecord, Gender, TerminationReason
from tandem.people.rules import STATES
from tandem.people.selectors import BranchRecord
from tandem.web.forms import DayInput, OfARevision

GENDERS = (
    (Gender.NOT_STATED.value, "Not stated"),
    (Gender.FEMALE.value, "Female"),
    (Gender.MALE.value, "Male"),
    (Gender.NON_BINARY.value, "Non-binary"),
)
REASONS = (
    ("", "Choose a reason"),
    (TerminationReason.VOLUNTARY.value, "Left by their own choice"),
    (TerminationReason.CONTRACT_END.value, "The contract ended"),
    (TerminationReason.REDUNDANCY.value, "Redundancy"),
    (TerminationReason.DISMISSAL.value, "Dismissal"),
    (TerminationReason.ILL_HEALTH.value, "Ill health"),
    (TerminationReason.TRANSFER.value, "Moved to another business or payroll"),
    (TerminationReason.DECEASED.value, "Died"),
)
REASON_WORDS = dict(REASONS)
DAY_FORMATS = ["%Y-%m-%d", "%d/%m/%Y"]
NOT_A_DAY = "This is not a date. Write it like 22/11/2026."
ADDRESS_PARTS = ("line1", "line2", "suburb", "state", "postcode", "country")
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "Name",
        ("title", "first_name", "middle_names", "last_name", "preferred_name", "date_of_birth", "gender"),
    ),
    ("Contact", ("work_email", "home_email", "mobile", "phone")),
    ("Home address", ADDRESS_PARTS),
    ("Job", ("employee_number", "job_title", "start_on", "branch_id")),
)


def _text(label: str, help_text: str = "", **attrs: str) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=help_text, required=False, widget=forms.TextInput({"autocomplete": "off", **attrs})
    )


def _day(label: str, *, required: str = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=bool(required),
        widget=DayInput(),
        input_formats=DAY_FORMATS,
        error_messages={"invalid": NOT_A_DAY, "required": required},
    )


class FilterForm(forms.Form):
    """What the list of employees was asked for; nonsense means everybody."""

    search = forms.CharField(required=False)
    status = forms.CharField(required=False)
    page = forms.IntegerField(required=False, min_value=1)


class EmployeeForm(OfARevision):
    """A new or existing employee."""

    title = _text("Title")
    first_name = forms.CharField(label="First name", error_messages={"required": "Enter the first name."})
    middle_names = _text("Middle names")
    last_name = forms.CharField(label="Last name", error_messages={"required": "Enter the last name."})
    preferred_name = _text("Preferred name", "What colleagues call them. Stays in Tandem.")
    date_of_birth = _day("Date of birth")
    gender = forms.ChoiceField(label="Gender", choices=GENDERS)
    work_email = _text("Work email", inputmode="email")
    home_email = _text("Home email", "Goes to Xero when there is no work email.", inputmode="email")
    mobile = _text("Mobile", inputmode="tel")
    phone = _text("Phone", inputmode="tel")
    line1 = _text("Address line 1")
    line2 = _text("Address line 2")
    suburb = _text("Suburb")
    state = _text("State", f"In Australia one of {', '.join(sorted(STATES))}.")
    postcode = _text("Postcode", inputmode="numeric")
    country = _text("Country")
    employee_number = _text("Employee ID", "No spaces. Leave it blank and the next free one is given.")
    job_title = _text("Job title")
    start_on = _day("Start date")
    branch_id = forms.TypedChoiceField(label="Branch", required=False, coerce=UUID, empty_value=None)

    def __init__(self, *args: Any, branches: Iterable[BranchRecord], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["branch_id"]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101  tells the type checker
        field.choices = [("", "No branch"), *((str(branch.branch_id), branch.name) for branch in branches)]

    @property
    def details(self) -> EmployeeDetails:
        """Return what was typed."""
        typed = {name: value for name, value in self.cleaned_data.items() if name != "revision"}
        address = Address(**{part: typed.pop(part) for part in ADDRESS_PARTS})
        return EmployeeDetails(**{**typed, "gender": Gender(typed["gender"]), "home_address": address})

    @property
    def groups(self) -> list[dict[str, object]]:
        """Return the fields under their headings."""
        return [{"title": title, "fields": [self[name] for name in names]} for title, names in GROUPS]


def as_typed(employee: EmployeeRecord) -> dict[str, object]:
    """Return a record as the form shows it."""
    plain = {name: getattr(employee, name) for _, names in GROUPS for name in names if name not in ADDRESS_PARTS}
    address = {part: getattr(employee.home_address, part) for part in ADDRESS_PARTS}
    return {**plain, **address, "gender": employee.gender.value, "revision": employee.revision}


class TerminateForm(forms.Form):
    """A last day and a reason."""

    termination_on = _day("Last day of work", required="Enter the last day of work.")
    termination_reason = forms.ChoiceField(
        label="Reason", choices=REASONS, error_messages={"required": "Choose the reason for leaving."}
    )
    is_private = forms.BooleanField(
        label="Not public yet",
        required=False,
        help_text="Until the last day is over, only those who may see this record know of it: not the person, not Xero.",
    )

    @property
    def reason(self) -> TerminationReason:
        """Return the chosen reason."""
        return TerminationReason(self.cleaned_data["termination_reason"])
