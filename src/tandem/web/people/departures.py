"""Last days from a file: upload, look at every line, confirm."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from tandem.flows import departures as flows
from tandem.flows.departures import PlannedDeparture
from tandem.kernel.errors import Invalid
from tandem.kernel.permissions import Permission
from tandem.people.departures import MOST_LINES
from tandem.web.answers import show_problems
from tandem.web.people.forms import REASON_WORDS
from tandem.web.requests import Request, needs
from tandem.web.templatetags.tandem_ui import counted, day

LARGEST = 200_000
EXAMPLE = "Employee ID,Last day,Reason,Not public\nE00012,18/12/2026,V,\nE00031,15/01/2027,R,yes"


class UploadForm(forms.Form):
    """A file of last days."""

    file = forms.FileField(
        label="File",
        help_text=f"A CSV file, as a spreadsheet saves it, of at most {MOST_LINES} people.",
        widget=forms.FileInput({"accept": ".csv,text/csv"}),
        error_messages={"required": "Choose the file.", "empty": "The file is empty."},
    )

    def clean_file(self) -> object:
        """Refuse a file that is no list of people."""
        found = self.cleaned_data["file"]
        if (found.size or 0) > LARGEST:
            raise forms.ValidationError(f"The file is larger than {LARGEST // 1000} kB. Is it the right one?")
        return found

    @property
    def text(self) -> str:
        """Return what the file says; a spreadsheet writes UTF-8 or the old Windows letters."""
        content: bytes = self.cleaned_data["file"].read(LARGEST)
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return content.decode("cp1252", errors="replace")


@needs(Permission.TERMINATE_EMPLOYEES)
def employee_departures(request: Request) -> HttpResponse:
    """Take a file and show what it would do."""
    if request.method != "POST":
        return _upload(request, UploadForm())
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _upload(request, form)
    text = form.text
    try:
        planned = flows.preview(request.actor, text=text)
    except Invalid as error:
        show_problems(form, error)
        return _upload(request, form)
    return _preview(request, planned, text)


def _upload(request: Request, form: UploadForm) -> HttpResponse:
    context = {"form": form, "example": EXAMPLE, "reasons": _reasons(), "cancel_url": _list_url(request)}
    return render(request, "people/departures_upload.html", context, status=422 if form.errors else 200)


def _reasons() -> list[dict[str, str]]:
    return [{"code": code, "words": words} for code, words in REASON_WORDS.items() if code]


def _list_url(request: Request) -> str:
    return reverse("employee-list", args=[request.account.slug])


def _preview(request: Request, planned: list[PlannedDeparture], text: str) -> HttpResponse:
    new = sum(one.is_new for one in planned)
    wrong = sum(bool(one.problems) for one in planned)
    context = {
        "rows": [_row(one) for one in planned],
        "text": text,
        "summary": _summary(new, wrong, len(planned) - new - wrong),
        "label": f"Enter {counted(new, 'last day,last days')}" if new else "",
        "holders": [one.employee.full_name for one in planned if one.is_new and one.holds_key and one.employee],
        "action": reverse("employee-departures-enter", args=[request.account.slug]),
        "back_url": reverse("employee-departures", args=[request.account.slug]),
    }
    return render(request, "people/departures_preview.html", context)


def _summary(new: int, wrong: int, same: int) -> str:
    parts = [f"{counted(new, 'last day,last days')} will be entered"]
    if wrong:
        parts.append(f"{counted(wrong, 'line has a problem and is,lines have a problem and are')} left out")
    if same:
        parts.append(f"{counted(same, 'line is,lines are')} so already")
    return f"{', '.join(parts)}. Nothing has been saved."


def _row(one: PlannedDeparture) -> dict[str, object]:
    line = one.line
    state, state_text = ("problem", "Left out") if one.problems else ("preview", "Will be entered")
    if not one.problems and one.is_entered:
        state, state_text = "skipped", "So already"
    return {
        "number": line.number,
        "who": one.employee.full_name if one.employee else line.employee_number or "Nobody",
        "employee_number": line.employee_number,
        "on": day(line.termination_on) if line.termination_on else "",
        "reason": REASON_WORDS[line.reason.value] if line.reason else "",
        "is_private": line.is_private,
        "problems": one.problems,
        "holds_key": one.holds_key and one.is_new,
        "state": state,
        "state_text": state_text,
    }


@require_POST
@needs(Permission.TERMINATE_EMPLOYEES)
def employee_departures_enter(request: Request) -> HttpResponse:
    """Enter what was looked at; lines with a problem stay out."""
    try:
        entered = flows.enter(request.actor, text=request.POST.get("text", "")[:LARGEST])
    except Invalid as error:
        messages.error(request, str(error))
        return redirect("employee-departures", account=request.account.slug)
    messages.success(request, f"{counted(len(entered), 'last day was,last days were')} entered.")
    for departure in entered:
        if departure.handover_opened:
            messages.warning(request, f"{departure.employee.full_name} holds a key to Xero. A hand-over task is open.")
    return redirect("employee-list", account=request.account.slug)
