"""Forms of the integration: what to run, what the customer chose, what a person decided."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms

from tandem.web.forms import RadioOptions
from tandem.web.templatetags.tandem_ui import counted
from tandem.xero.facade import Reach, RunKind, Side, Why

RUN_KINDS = (
    (RunKind.IMPORT.value, "Import from Xero"),
    (RunKind.EXPORT.value, "Export to Xero"),
    (RunKind.BOTH.value, "Both ways"),
)
RUN_HINTS = {
    RunKind.IMPORT.value: "Brings people and changes from Xero into Tandem.",
    RunKind.EXPORT.value: "Sends people and changes from Tandem to Xero.",
    RunKind.BOTH.value: "Compares both sides and lets each change flow its way.",
}
REACHES = (
    (Reach.AUTHORITY.value, "As per the authoritative system"),
    (Reach.CHANGED.value, "New or updated Xero records since the last import"),
    (Reach.EVERYTHING.value, "All new or updated Xero records"),
)
REACH_HINTS = {
    Reach.AUTHORITY.value: "Where both sides differ, your settings decide.",
    Reach.CHANGED.value: "Xero's newer values win, whatever the authoritative system is. What is decided for everybody stands.",
    Reach.EVERYTHING.value: "Reads everybody again; Xero's values win. What is decided for everybody stands.",
}
AUTHORITIES = (
    ("tandem", "Tandem"),
    ("xero", "Xero"),
    ("ask", "Ask me"),
)
AUTHORITY_HINTS = {
    "tandem": "When both sides changed the same field, Tandem's value is kept.",
    "xero": "When both sides changed the same field, Xero's value is kept.",
    "ask": "When both sides changed the same field, a person chooses under Conflicts.",
}
SAME = "same"
AS_ABOVE = ((SAME, "As above"), *AUTHORITIES)
INTERVALS = (
    (15, "Every 15 minutes"),
    (30, "Every 30 minutes"),
    (60, "Every hour"),
    (180, "Every 3 hours"),
    (360, "Every 6 hours"),
    (720, "Every 12 hours"),
    (1440, "Once a day"),
)
TERMINATIONS = (("import", "From Xero to Tandem"), ("export", "From Tandem to Xero"), ("both", "Both ways"))
TERMINATION_HINTS = {
    "import": "Somebody who is terminated in Xero becomes Terminated here. Nothing goes the other way.",
    "export": "A last day entered here is written to Xero. Xero may not let it be taken back.",
    "both": "Each side follows the other.",
}
OVERRIDES = ("personal", "contact", "employment", "bank", "super", "tax")
GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("When both sides have changed", "", ("authority",)),
    (
        "Groups of fields with a rule of their own",
        "Who is right for these fields alone when both sides changed them. Leave balances always follow Xero.",
        OVERRIDES,
    ),
    ("What Tandem may do in Xero", "", ("read_only",)),
    (
        "Automatic runs",
        "They wait while the connection is broken and go on by themselves.",
        ("auto_import", "auto_export", "interval_minutes"),
    ),
    (
        "Matching",
        "Whoever is linked stays linked. Anything unclear waits under Matches.",
        ("match_by_name_and_birth_date", "match_by_name_and_postcode"),
    ),
    (
        "Branches and employee groups",
        "Which branch stands for which group is chosen on the tab Branches. An employee who is linked is never added again in "
        "another branch: the record that is linked is updated, wherever it is.",
        ("match_branches", "allow_transfers"),
    ),
    (
        "What an automatic run waits for",
        "The run stops at its preview and the administrators are told. Runs that somebody previews by hand always wait.",
        ("hold_creates", "hold_ends", "hold_bank", "hold_more_than"),
    ),
    ("New people", "", ("create_in_hr", "create_in_xero", "import_terminated")),
    ("Termination dates", "", ("termination",)),
)


class RunForm(forms.Form):
    """What to preview."""

    kind = forms.ChoiceField(label="Direction", choices=RUN_KINDS, widget=RadioOptions(hints=RUN_HINTS))
    reach = forms.ChoiceField(label="Which records", choices=REACHES, widget=RadioOptions(hints=REACH_HINTS))
    employee = forms.UUIDField(required=False, widget=forms.HiddenInput)

    @property
    def employee_id(self) -> UUID | None:
        """Return the one person to look at, if the run is about one."""
        found: UUID | None = self.cleaned_data["employee"]
        return found

    @property
    def chosen_reach(self) -> Reach:
        """Return how far to go; one person is a reach of its own."""
        return Reach.PERSON if self.employee_id else Reach(self.cleaned_data["reach"])


def _override(label: str) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=AS_ABOVE)


class PreferencesForm(forms.Form):
    """The Integration tab: each choice with a sentence that says what it does."""

    authority = forms.ChoiceField(
        label="Authoritative System",
        help_text="Who is right when both sides changed the same field differently.",
        choices=AUTHORITIES,
        widget=RadioOptions(hints=AUTHORITY_HINTS),
    )
    personal = _override("Names, birth date and gender")
    contact = _override("Address, phone and email")
    employment = _override("Job title, branch, start and end")
    bank = _override("Bank accounts")
    super = _override("Super memberships")
    tax = _override("Tax declaration")
    auto_import = forms.BooleanField(
        label="Turn on automatic import from Xero",
        help_text="New people and changes in Xero come here without anybody pressing a button.",
        required=False,
    )
    auto_export = forms.BooleanField(
        label="Turn on automatic export to Xero",
        help_text="New people and changes made here go to Xero without anybody pressing a button.",
        required=False,
    )
    read_only = forms.BooleanField(
        label="Only read from Xero",
        help_text="Nobody is changed there, and Xero is asked for leave to see people only. When you take the tick away, "
        "Xero has to be asked for leave to change them; until it is given, nothing is exported.",
        required=False,
    )
    interval_minutes = forms.TypedChoiceField(
        label="How often", help_text="How far apart automatic runs lie.", choices=INTERVALS, coerce=int
    )
    match_by_name_and_birth_date = forms.BooleanField(
        label="Match employees by name and date of birth",
        help_text="A person in Xero with the same name and birth date as one here is linked, not added again.",
        required=False,
    )
    match_by_name_and_postcode = forms.BooleanField(
        label="Suggest employees by name and postcode",
        help_text="Used only where a birth date is missing; a person confirms.",
        required=False,
    )
    match_branches = forms.BooleanField(
        label="Match branches to employee groups",
        help_text="Whoever is in an employee group in Xero is in the branch here that stands for it, and the other way round.",
        required=False,
    )
    allow_transfers = forms.BooleanField(
        label="Allow transfers to other branches",
        help_text="Somebody who is moved on one side is moved on the other, and stays linked. Without this tick a branch or group "
        "is only filled in where it is empty.",
        required=False,
    )
    hold_creates = forms.BooleanField(
        label="Wait before anybody is added in Xero",
        help_text="An employee cannot be deleted in Xero once added.",
        required=False,
    )
    hold_ends = forms.BooleanField(
        label="Wait before an employment ends",
        help_text="On either side. Xero may not let an end be taken back.",
        required=False,
    )
    hold_bank = forms.BooleanField(
        label="Wait before bank accounts go to Xero",
        help_text="That somebody has approved the accounts here stays needed as well.",
        required=False,
    )
    hold_more_than = forms.IntegerField(
        label="Wait where more people than this would change",
        help_text="0 for any number.",
        required=False,
        min_value=0,
        max_value=1_000_000,
        error_messages={
            "invalid": "Enter a whole number, or 0 for any number.",
            "min_value": "Enter a number of people, or 0 for any number.",
            "max_value": "Enter a smaller number, or 0 for any number.",
        },
    )
    create_in_hr = forms.BooleanField(
        label="Add people in Tandem who are only in Xero",
        help_text="Without this tick they are named in every preview and left alone.",
        required=False,
    )
    create_in_xero = forms.BooleanField(
        label="Add people in Xero who are only in Tandem",
        help_text="An employee cannot be deleted in Xero once added.",
        required=False,
    )
    import_terminated = forms.BooleanField(
        label="Bring in people who have already left",
        help_text="Adds those whom Xero shows as terminated and Tandem does not know.",
        required=False,
    )
    termination = forms.ChoiceField(
        label="Which way they travel", choices=TERMINATIONS, widget=RadioOptions(hints=TERMINATION_HINTS)
    )

    @property
    def groups(self) -> list[dict[str, object]]:
        """Return the fields under their headings."""
        return [
            {
                "title": title,
                "hint": hint,
                "fields": [self[name] for name in names],
                "is_row": names == OVERRIDES,
            }
            for title, hint, names in GROUPS
        ]

    @property
    def as_json(self) -> dict[str, object]:
        """Return what was chosen in the form in which preferences are stored."""
        typed = dict(self.cleaned_data)
        picked = {name: typed.pop(name) for name in OVERRIDES}
        typed["hold_more_than"] = typed["hold_more_than"] or 0
        return {**typed, "overrides": {name: value for name, value in picked.items() if value != SAME}}


def as_chosen(stored: Mapping[str, object]) -> dict[str, object]:
    """Return stored preferences as the form shows them."""
    overrides = stored.get("overrides")
    own = overrides if isinstance(overrides, Mapping) else {}
    return {**stored, **dict.fromkeys(OVERRIDES, SAME), **own}


class AlwaysForm(forms.Form):
    """Which side is kept for everybody, why, and whether the open conflicts are decided with it."""

    keep = forms.ChoiceField(
        label="Always keep",
        choices=((Side.HR.value, "Tandem"), (Side.XERO.value, "Xero")),
        widget=RadioOptions(
            hints={Side.HR.value: "Tandem's value goes to Xero.", Side.XERO.value: "Xero's value comes to Tandem."}
        ),
        error_messages={"required": "Choose the side to keep."},
    )
    why = forms.ChoiceField(
        label="Why",
        help_text="It is kept with your name.",
        choices=(("", "Choose a reason"), *((why.value, why.sentence) for why in Why)),
        error_messages={"required": "Say why this side is always kept."},
    )
    with_open = forms.BooleanField(
        required=False, help_text="Without this tick they stay open, and you decide them one by one."
    )

    def __init__(self, *args: Any, open_conflicts: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if open_conflicts:
            shown = counted(open_conflicts, "open conflict,open conflicts")
            self.fields["with_open"].label = f"Decide the {shown} of this field with it"
        else:
            del self.fields["with_open"]

    @property
    def keep_side(self) -> Side:
        """Return the side to keep."""
        return Side(self.cleaned_data["keep"])

    @property
    def why_code(self) -> Why:
        """Return the reason."""
        return Why(self.cleaned_data["why"])

    @property
    def takes_open(self) -> bool:
        """Say whether the open conflicts are decided with it."""
        return bool(self.cleaned_data.get("with_open"))
