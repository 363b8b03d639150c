"""What the history of runs is asked for, read from the address."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from tandem.web.forms import DayInput
from tandem.web.people.forms import DAY_FORMATS, NOT_A_DAY
from tandem.web.xero.present_runs import OUTCOME
from tandem.xero.facade import HistoryFilter, SharedField, StepStatus

SIDES = (("", "Both directions"), ("hr", "Xero to Tandem"), ("xero", "Tandem to Xero"))
FIELDS = (("", "Every field"), *((field.value, field.label) for field in SharedField))
ENDED = (StepStatus.APPLIED, StepStatus.REJECTED, StepStatus.UNKNOWN, StepStatus.SKIPPED)
OUTCOMES = (("", "Every outcome"), *((status.value, OUTCOME[status][1]) for status in ENDED))
EARLIEST, LATEST = date(2000, 1, 1), date(2199, 12, 31)


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=DayInput(),
        input_formats=DAY_FORMATS,
        error_messages={"invalid": NOT_A_DAY},
    )


def _choice(label: str, choices: tuple[tuple[str, str], ...]) -> forms.ChoiceField:
    message = "Choose one from the list."
    return forms.ChoiceField(label=label, required=False, choices=choices, error_messages={"invalid_choice": message})


class HistoryForm(forms.Form):
    """Dates in the account's time, both counted in; a side, a field, an outcome; one person, from their record."""

    since = _day("From")
    until = _day("To")
    side = _choice("Direction", SIDES)
    field = _choice("Field", FIELDS)
    outcome = _choice("Outcome", OUTCOMES)
    employee = forms.UUIDField(
        required=False, widget=forms.HiddenInput(), error_messages={"invalid": "There is no such person."}
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.is_needed = True  # type: ignore[attr-defined]  # a filter says "optional" nowhere

    def clean(self) -> dict[str, Any]:
        """Refuse days that no run can have, and a last day before the first."""
        found = super().clean() or {}
        for name in ("since", "until"):
            on = found.get(name)
            if on is not None and not EARLIEST <= on <= LATEST:
                self.add_error(name, NOT_A_DAY)
        since, until = found.get("since"), found.get("until")
        if since is not None and until is not None and until < since:
            self.add_error("until", "Choose a day that is not before the first one.")
        return found

    @property
    def is_narrow(self) -> bool:
        """Say whether anything but the person was asked for."""
        return any(value for name, value in self.cleaned_data.items() if name != "employee")

    @property
    def wanted(self) -> HistoryFilter:
        """Return what was asked for."""
        asked = self.cleaned_data
        return HistoryFilter(
            employee_id=asked["employee"],
            since=_midnight(asked["since"]) if asked["since"] else None,
            before=_midnight(asked["until"] + timedelta(days=1)) if asked["until"] else None,
            target=asked["side"],
            field=asked["field"],
            status=StepStatus(asked["outcome"]) if asked["outcome"] else None,
        )


def _midnight(on: date) -> datetime:
    return timezone.make_aware(datetime.combine(on, time.min))
