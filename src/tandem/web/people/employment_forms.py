"""Forms about what lies ahead of an employment: its end, other work, an absence."""

from django import forms

from tandem.web.forms import DayInput

DAY_FORMATS = ["%Y-%m-%d", "%d/%m/%Y"]
NOT_A_DAY = "This is not a date. Write it like 22/11/2026."


def _day(label: str, help_text: str = "", *, required: str = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        help_text=help_text,
        required=bool(required),
        widget=DayInput(),
        input_formats=DAY_FORMATS,
        error_messages={"invalid": NOT_A_DAY, "required": required},
    )


class ContractForm(forms.Form):
    """When a fixed-term contract ends."""

    contract_ends_on = _day("Last day of the contract", "Leave it empty if the contract has no end.")


class PositionForm(forms.Form):
    """Other work from a day on."""

    from_on = _day("First day", required="Enter the first day of the new work.")
    job_title = forms.CharField(label="New job title", error_messages={"required": "Enter the new job title."})
    leaves_payroll = forms.BooleanField(
        label="The new work is no longer payroll",
        required=False,
        help_text="This person will lose the payroll role in Xero.",
    )


class AbsenceForm(forms.Form):
    """Away from a day on."""

    from_on = _day("First day away", required="Enter the first day away.")
    until_on = _day("Last day away", "Leave it empty if nobody knows.")
