"""The style guide: every component with made-up values. Open in the demo only."""

from datetime import date, timedelta
from types import SimpleNamespace as Sample

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tandem.kernel import clock
from tandem.kernel.errors import NotFound
from tandem.web.forms import CheckOptions, DayInput, RadioOptions
from tandem.web.xero import present_calls
from tandem.xero.facade import CallSpending, Counts, DaySpent


def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every component."""
    if not settings.TANDEM.demo:
        raise NotFound
    return render(request, "styleguide.html", {"sample": sample(), "crumbs": _crumbs()})


def sample() -> Sample:
    """Return values for every component."""
    return Sample(
        at=clock.now(),
        tabs=[_tab("Details"), _tab("Integration", current=True, count=2), _tab("Security")],
        facts=[
            "Automatic import and export are paused. 7 changes are waiting; nothing is lost.",
            "The next pay run is on Thursday 26 Nov, in 4 days.",
        ],
        actions=[Sample(label="Reconnect", url="#", main=True), Sample(label="Ask someone else", url="#", main=False)],
        lights=_lights(),
        timeline=_timeline(),
        changes=_changes(),
        calls=present_calls.calls(_spending()),
        steps=_steps(),
        receipt=[
            Sample(label="Settings", value="Kept as version 12", detail=""),
            Sample(label="Connection at Xero", value="Deleted, and gone from the list", detail="Read back at 14:20"),
            Sample(label="Token", value="Revoked, and refused when tried", detail=""),
        ],
        cannot_prove=["Whether Xero still lists the app. Look there under Manage app connections > Connected apps."],
        pills=_pills(),
        tiles=[
            Sample(value="60", label="people", tone=""),
            Sample(value="2", label="conflicts", tone="warn"),
            Sample(value="1", label="refused", tone="bad"),
            Sample(value="57", label="agreed", tone="good"),
        ],
        offers=[
            Sample(icon="link", title="XERO", text="Set up our 2-way Xero connector"),
            Sample(icon="file", title="CSV", text="Bring people in from a spreadsheet"),
        ],
        wrong_form=SampleForm({"surname": "Lang", "email": "nope"}),
        form=SampleForm(initial={"first_name": "Alice", "surname": "Lang", "authority": "ask"}, prefix="filled"),
        people=[
            Sample(name="Okafor, Ngozi", job="Baker", status="current", says="Current", changes=2),
            Sample(name="Prasad, Dev", job="Driver", status="terminating", says="Terminating 4 Dec 2026", changes=0),
            Sample(name="Tran, Minh", job="Head baker", status="terminated", says="Terminated", changes=0),
        ],
        page=Sample(number=2, pages=3, total=60, first=26, last=50),
    )


class SampleForm(forms.Form):
    """One field of each shape."""

    first_name = forms.CharField(label="First name")
    surname = forms.CharField(label="Surname", help_text="As it is on the person's passport or licence.")
    email = forms.EmailField(label="Work e-mail", required=False)
    born_on = forms.DateField(label="Date of birth", widget=DayInput, initial=date(1990, 2, 3))
    gender = forms.ChoiceField(label="Gender", choices=[("female", "Female"), ("male", "Male")])
    authority = forms.ChoiceField(
        label="Which system is right when both have changed?",
        choices=[("tandem", "Tandem"), ("xero", "Xero"), ("ask", "Ask me each time")],
        widget=RadioOptions(
            hints={
                "tandem": "A value changed here replaces the value in Xero.",
                "xero": "A value changed in Xero replaces the value here.",
                "ask": "Nothing is written; the two values wait in the conflict inbox.",
            }
        ),
    )
    auto_import = forms.BooleanField(
        label="Turn on automatic import from Xero", required=False, help_text="Every 3 hours. Last run 13:50."
    )
    roles = forms.MultipleChoiceField(
        label="Roles",
        required=False,
        choices=[("admin", "AccountAdmin"), ("people", "EmployeeManagement")],
        widget=CheckOptions(hints={"admin": "Manages people, users and the Xero connection."}),
    )
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea(attrs={"rows": 3}))


def _crumbs() -> list[Sample]:
    return [Sample(label="Actions", url="#"), Sample(label="Integrations", url="#"), Sample(label="Xero", url="")]


def _tab(label: str, *, current: bool = False, count: int = 0) -> Sample:
    return Sample(label=label, url="#", current=current, count=count)


def _lights() -> list[Sample]:
    rows = [
        ("Sign-in", "proved", "Proved 14:20", "Renewed, good until 14:50"),
        ("Organisation", "failed", "Refused 14:05", "No longer listed for this person"),
        ("Payroll", "failed", "Refused 14:05, again 14:20", "Last worked 13:50"),
        ("Data", "unproven", "Not proved since 13:50", "60 of 60 people agreed then"),
    ]
    return [Sample(name=name, verdict=verdict, says=says, detail=detail) for name, verdict, says, detail in rows]


def _timeline() -> list[Sample]:
    rows = [
        (0, "x", "bad", "Probe: still refused", ""),
        (14, "mail", "", "2 administrators told", "The person who left was not asked to fix it."),
        (15, "pause", "", "Automatic runs paused, queue kept", ""),
        (15, "x", "bad", "Export refused, organisation no longer listed", "The change is kept."),
        (30, "check", "good", "All four proved", ""),
    ]
    return [
        Sample(at=clock.now() - timedelta(minutes=minutes), icon=icon, tone=tone, text=text, detail=detail)
        for minutes, icon, tone, text, detail in rows
    ]


def _changes() -> list[Sample]:
    rows = [
        ("Okafor, Ngozi", "Bank account", "••• 214", "••• 880", ""),
        ("Prasad, Dev", "Suburb", "Fitzroy", "Brunswick", ""),
        ("Tran, Minh", "Job title", "", "Head baker", "Held for approval"),
    ]
    return [
        Sample(person=person, url="#", field=field, before=before, after=after, note=note)
        for person, field, before, after, note in rows
    ]


def _steps() -> list[Sample]:
    rows = [
        ("done", "Settings kept", "Version 12", "Done"),
        ("now", "Xero asked", "Waiting for you to press Allow", "Now"),
        ("failed", "Same organisation", "Another organisation was chosen.", "Refused"),
        ("todo", "Old access retired", "", ""),
    ]
    return [Sample(status=status, text=text, detail=detail, says=says) for status, text, detail, says in rows]


def _pills() -> list[Sample]:
    rows = {
        "connected": "Connected, proved 14:20",
        "attention": "Connected, action needed",
        "waiting": "Waiting for Xero",
        "unproven": "Not proved since 13:50",
        "broken": "Broken since 14:05 today",
        "disconnected": "Disconnected",
        "not_set_up": "Not set up",
        "running": "Running",
    }
    return [Sample(state=state, text=text) for state, text in rows.items()]


def _spending() -> CallSpending:
    now = clock.now()
    earlier = (
        DaySpent(now - timedelta(days=1), 812, Counts(probes=92, people=8, writes=40, reads=672)),
        DaySpent(now - timedelta(days=2), 104, Counts(probes=96, people=2, reads=6)),
    )
    return CallSpending(
        limit=1000,
        kept=Counts(probes=96, people=30, writes=170),
        today=DaySpent(now - timedelta(hours=5), 612, Counts(probes=20, people=6, writes=36, reads=550)),
        resets_at=now + timedelta(hours=19),
        earlier=earlier,
    )
