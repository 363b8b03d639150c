"""The form in which each person says when they want to be told."""

from django import forms

from tandem.notices.digest_rules import RunLetters
from tandem.notices.records import ChoicesRecord
from tandem.notices.rules import Urgency
from tandem.web.forms import DayInput, RadioOptions

LEAST = {
    Urgency.DIGEST: ("Everything", "Also one daily letter about what can wait."),
    Urgency.SOON: ("What presses", "No daily letter."),
    Urgency.NOW: (
        "Only what is urgent",
        "Only when a pay day is near. For anything else the next on the ladder is told.",
    ),
}
OF_RUNS = {
    RunLetters.DAILY: ("One letter a day", "At the hour of the daily letter; none when nothing happened."),
    RunLetters.AT_ONCE: (
        "Trouble at once",
        "What is refused or stops, as soon as it begins; everything else once a day.",
    ),
    RunLetters.NEVER: ("Nothing", "It stands under Notices and Runs."),
}
NO_TIME = "This is not a time. Write it like 20:00."


class TimeInput(forms.TimeInput):
    """A time picker of the browser's own."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class ChoicesForm(forms.Form):
    """Quiet hours, the hour of the daily letter, an absence, and what comes by mail."""

    least_urgency = forms.TypedChoiceField(
        label="By mail",
        coerce=Urgency,
        choices=[(urgency.value, label) for urgency, (label, _) in LEAST.items()],
        widget=RadioOptions(hints={urgency.value: hint for urgency, (_, hint) in LEAST.items()}),
        error_messages={"required": "Choose what comes by mail."},
    )
    run_letters = forms.TypedChoiceField(
        label="What automatic runs did",
        coerce=RunLetters,
        choices=[(wish.value, label) for wish, (label, _) in OF_RUNS.items()],
        widget=RadioOptions(hints={wish.value: hint for wish, (_, hint) in OF_RUNS.items()}),
        error_messages={"required": "Choose what comes of automatic runs."},
    )
    quiet_from = forms.TimeField(
        label="Quiet from",
        required=False,
        widget=TimeInput(),
        help_text="No letter reaches you in quiet hours, unless a pay day is near.",
        error_messages={"invalid": NO_TIME},
    )
    quiet_until = forms.TimeField(
        label="Quiet until",
        required=False,
        widget=TimeInput(),
        help_text="May lie on the next morning.",
        error_messages={"invalid": NO_TIME},
    )
    daily_letter_at = forms.TimeField(
        label="Daily letter at",
        widget=TimeInput(),
        error_messages={"invalid": NO_TIME, "required": "Enter a time, like 08:00."},
    )
    away_until = forms.DateField(
        label="Away until",
        required=False,
        widget=DayInput(),
        help_text="The last day of an absence. Others are told in your place; you hear of what is still open when you are back.",
        error_messages={"invalid": "This is not a date."},
    )

    @property
    def as_record(self) -> ChoicesRecord:
        """Return what was chosen."""
        return ChoicesRecord(**self.cleaned_data)
