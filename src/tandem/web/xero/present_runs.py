"""Runs, conflicts and matches in the words of a page."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from tandem.kernel import clock
from tandem.web.templatetags.tandem_ui import counted, moment, weekday
from tandem.web.xero import present_undo
from tandem.xero.facade import ChangeLine, ItemKind, RunItem, RunPage, RunStatus, RunSummary, StepStatus, WholeImport

# Run status -> the word of the style sheet that gives its tone, and what a person reads.
STATUS: Mapping[RunStatus, tuple[str, str]] = {
    RunStatus.READING: ("running", "Reading both sides"),
    RunStatus.PLANNED: ("preview", "Preview ready"),
    RunStatus.APPROVED: ("queued", "About to start"),
    RunStatus.RUNNING: ("running", "Running"),
    RunStatus.PARKED: ("parked", "Waiting for Xero"),
    RunStatus.DONE: ("done", "Done"),
    RunStatus.FAILED: ("stopped", "Stopped"),
    RunStatus.STALE: ("warn", "Out of date"),
    RunStatus.CANCELLED: ("skipped", "Cancelled"),
}
OUTCOME: Mapping[StepStatus, tuple[str, str]] = {
    StepStatus.PLANNED: ("todo", "To do"),
    StepStatus.INTENDED: ("running", "Sent"),
    StepStatus.APPLIED: ("applied", "Done"),
    StepStatus.REJECTED: ("rejected", "Refused"),
    StepStatus.UNKNOWN: ("unknown", "Not known yet"),
    StepStatus.SKIPPED: ("skipped", "Left alone"),
}
# Key of the counts -> tone and label, in the order of the tiles.
TILES: Mapping[str, tuple[str, str]] = {
    "hr_create": ("good", "added in Tandem"),
    "hr_update": ("good", "changed in Tandem"),
    "hr_terminate": ("warn", "ended in Tandem"),
    "hr_reinstate": ("good", "reinstated in Tandem"),
    "hr_remove": ("warn", "moved to the recycle bin"),
    "xero_create": ("good", "added in Xero"),
    "xero_update": ("good", "changed in Xero"),
    "xero_terminate": ("warn", "ended in Xero"),
    "bind": ("good", "linked"),
    "conflict": ("warn", "conflicts"),
    "problem": ("bad", "to fix"),
    "proposal": ("warn", "to match by hand"),
    "skip": ("idle", "left alone"),
}
PLANNED_TILES: Mapping[str, str] = {
    "hr_create": "to add in Tandem",
    "hr_update": "to change in Tandem",
    "hr_terminate": "to end in Tandem",
    "hr_reinstate": "to reinstate in Tandem",
    "hr_remove": "to move to the recycle bin",
    "xero_create": "to add in Xero",
    "xero_update": "to change in Xero",
    "xero_terminate": "to end in Xero",
    "bind": "to link",
}
SECTIONS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("hr", "create"): ("Will be added in Tandem", "From Xero"),
    ("hr", "update"): ("Will change in Tandem", "As Xero has it"),
    ("hr", "terminate"): ("Will end in Tandem", "Their employment ended in Xero"),
    ("hr", "reinstate"): ("Will be reinstated in Tandem", "You decided so"),
    ("xero", "create"): ("Will be added in Xero", "Known to Tandem only"),
    ("xero", "update"): ("Will change in Xero", "As Tandem has it"),
    ("xero", "terminate"): ("Will end in Xero", "Their employment ended in Tandem"),
}
NO_UNDO = "No undo takes this back."
WHOLE_RECORD = {"field": "The whole record", "before": "in use", "after": "in the recycle bin"}
SIDES = {"hr": "In Tandem", "xero": "In Xero"}
PAYROLL_TABS: Mapping[str, str] = {
    "bank_accounts": "employee-bank",
    "super_memberships": "employee-super",
    **dict.fromkeys(
        (
            "tax_file_number", "contractor_abn", "country_of_residence", "residency", "tax_scale", "tax_free_threshold",
            "student_debt", "tax_offset", "extra_withholding", "withholding_variation", "leave_loading", "income_type",
            "employment_basis",
        ),
        "employee-tax",
    ),
}  # fmt: skip
HALF_A_DAY = 12 * 60 * 60
PHASES = {"reading": "Reading both sides", "writing": "Writing"}


def employee_url(slug: str, employee_id: object) -> str:
    """Return the address of a record, or "" without an id."""
    return reverse("employee-detail", args=[slug, employee_id]) if employee_id else ""


def run_url(slug: str, run_id: object) -> str:
    """Return the address of a run."""
    return reverse("run-detail", args=[slug, run_id])


def row(slug: str, run: RunSummary) -> dict[str, object]:
    """Return one line of the run history."""
    status, status_text = STATUS[run.status]
    return {
        "url": run_url(slug, run.run_id),
        "started_at": run.created_at,
        "kind": run.title,
        "status": status,
        "status_text": status_text,
        "counts_text": run.sentence,
        "started_by": "Tandem, on schedule" if run.trigger.value == "schedule" else "A person",
    }


def tiles(counts: Mapping[str, int], *, is_plan: bool = False) -> list[dict[str, object]]:
    """Return the counts worth a tile: those that are not zero; of a plan in words that do not say it happened."""
    return [
        {"value": counts[key], "label": (is_plan and PLANNED_TILES.get(key)) or label, "tone": tone}
        for key, (tone, label) in TILES.items()
        if counts.get(key)
    ]


def lines(changes: Iterable[ChangeLine]) -> list[dict[str, str]]:
    """Return changes as rows of the diff table."""
    return [{"field": line.label, "before": line.before, "after": line.after, "note": line.note} for line in changes]


def sections(slug: str, items: Iterable[RunItem], *, is_undo: bool = False) -> list[dict[str, object]]:
    """Return the writes of a preview, grouped by side and verb."""
    titles = present_undo.SECTIONS if is_undo else SECTIONS
    steps = [item for item in items if item.kind is ItemKind.STEP]
    found: list[dict[str, object]] = []
    for (target, verb), group in groupby(steps, key=lambda item: (item.target, item.verb)):
        title, text = titles.get((target, verb), (f"{verb} {target}", ""))
        people = [_person(slug, item) for item in group]
        found.append(
            {
                "title": title,
                "text": text,
                "people": people,
                "is_new": verb == "create",
                "before_label": SIDES.get(target, "Now"),
            }
        )
    return found


def _person(slug: str, item: RunItem) -> dict[str, object]:
    gone = {"field": "Values", "before": "", "after": "no longer kept"}
    # A record goes into the recycle bin whole: none of its fields becomes empty.
    rows = [WHOLE_RECORD] if item.verb == "remove" else lines(item.changes) or [gone]
    return {
        "name": item.person,
        "url": employee_url(slug, item.employee_id),
        "verb_text": "" if item.changes else item.sentence,
        "sentence": item.sentence,
        "rows": rows,
        "notes": [] if item.can_be_undone else [NO_UNDO],
    }


def problems(slug: str, items: Iterable[RunItem]) -> list[dict[str, object]]:
    """Return what must be fixed before it can flow."""
    return [
        {
            "person": item.person,
            "url": _where_to_mend(slug, item),
            "field": _named(item.problem_field),
            "text": item.sentence,
            "fix_in": "Xero" if item.target == "xero" else "Tandem",
        }
        for item in items
        if item.kind is ItemKind.PROBLEM
    ]


def _where_to_mend(slug: str, item: RunItem) -> str:
    """Return the page that shows the field: a tab of payroll, the record itself, or what branches stand for."""
    if item.problem_field == "employee_group" and item.target != "xero":
        return reverse("branch-list", args=[slug])
    tab = PAYROLL_TABS.get(item.problem_field.split(".")[0], "employee-detail")
    return reverse(tab, args=[slug, item.employee_id]) if item.employee_id else ""


def _named(field: str) -> str:
    """Return a field as people read it; of a list the place in it, and the part."""
    root, *rest = field.split(".")
    return ", ".join([root.replace("_", " ").capitalize(), *(part.replace("_", " ") for part in rest)])


def left_alone(items: Iterable[RunItem]) -> list[dict[str, str]]:
    """Return the named skips of a page."""
    return [{"count": item.person or "Somebody", "text": item.sentence} for item in items if item.kind is ItemKind.SKIP]


def outcomes(slug: str, items: Iterable[RunItem], links: Mapping[tuple[UUID, UUID], UUID]) -> list[dict[str, object]]:
    """Return the lines of a run person by person; `links` are those that may be undone, by both ids."""
    return [
        {
            "person": item.person or "Somebody",
            "url": employee_url(slug, item.employee_id),
            "verb_text": item.sentence,
            "status": _outcome(item)[0],
            "status_text": _outcome(item)[1],
            "detail": item.outcome,
            "decide_url": reverse("step-decide", args=[slug, item.step_id]) if item.needs_decision else "",
            "undo_url": _undo_url(slug, item, links),
        }
        for item in items
    ]


def _undo_url(slug: str, item: RunItem, links: Mapping[tuple[UUID, UUID], UUID]) -> str:
    """Return where the link that a line made is undone; "" for any other line, and where the link is gone."""
    if item.kind is not ItemKind.BIND or item.employee_id is None or item.xero_employee_id is None:
        return ""
    binding_id = links.get((item.employee_id, item.xero_employee_id))
    return reverse("match-undo", args=[slug, binding_id]) if binding_id else ""


def _outcome(item: RunItem) -> tuple[str, str]:
    own = {
        ItemKind.CONFLICT: ("conflict", "Conflict"),
        ItemKind.PROBLEM: ("problem", "To fix"),
        ItemKind.PROPOSAL: ("conflict", "To match"),
        ItemKind.SKIP: ("skipped", "Left alone"),
    }
    return own.get(item.kind) or OUTCOME[item.status]


def heading(run: RunSummary) -> dict[str, object]:
    """Return what stands above a run."""
    status, status_text = STATUS[run.status]
    return {
        "title": run.title,
        "status": status,
        "status_text": status_text,
        "started_by": "Tandem, on schedule" if run.trigger.value == "schedule" else "hand",
        "started_at": run.created_at,
        "ended_at": run.finished_at,
    }


def progress(page: RunPage) -> dict[str, object]:
    """Return how far a run is."""
    return {
        "label": PHASES.get(page.progress.phase, STATUS[page.summary.status][1]),
        "done": page.progress.done,
        "total": page.progress.total,
        "remaining": remaining(page.progress.remaining_seconds, page.progress.ends_at),
        "sentence": f"{page.stop_sentence or page.summary.sentence}{_goes_on(page)}",
    }


def _goes_on(page: RunPage) -> str:
    """Say when a run that waits for a while goes on."""
    if page.resume_at is None or page.resume_at - clock.now() < timedelta(minutes=1):
        return ""
    return f" That is at {_written(page.resume_at)}."


def remaining(seconds: int | None, ends_at: datetime | None = None) -> str:
    """Write how long something still takes, and of what takes days on which day it is done."""
    if seconds is None:
        return ""
    if ends_at is not None and seconds > HALF_A_DAY:
        return f"done by {_on_day(ends_at)}"
    if seconds < 60:
        return "less than a minute left"
    minutes = -(-seconds // 60)
    if minutes < 120:
        return f"about {counted(minutes, 'minute,minutes')} left"
    return f"about {counted(-(-minutes // 60), 'hour,hours')} left"


def cost(page: RunPage) -> str:
    """Say what approving a plan costs."""
    if not page.estimated_calls:
        return "No calls to Xero."
    if page.estimated_days > 1:
        took = f"over {page.estimated_days} of Xero's days, done by {_on_day(page.estimated_end)}"
    else:
        took = remaining(page.estimated_seconds).replace(" left", "")
    return f"At most {counted(page.estimated_calls, 'call,calls')} to Xero{f', {took}' if took else ''}."


def first_import(found: WholeImport | None) -> str:
    """Say what a first import will take, before anybody asks for its preview."""
    if found is None:
        return ""
    if found.people is None:
        return (
            f"Nobody was imported yet: the preview reads everybody once, {found.calls_a_day:,} people a day at most. How many "
            "there are is known within a minute; the page of the run then says by which day it is done."
        )
    cost = f"Nobody was imported yet: the preview reads {counted(found.people, 'person,people')} once, with about "
    cost += f"{counted(found.calls, 'call,calls')} to Xero. "
    if found.days == 1:
        minutes = max(1, round((found.ends_at - clock.now()).total_seconds() / 60))
        return f"{cost}It takes about {counted(minutes, 'minute,minutes')}."
    return (
        f"{cost}An import may use {found.calls_a_day:,} of a day's calls, so it takes {found.days} of Xero's days and is done "
        f"by {_on_day(found.ends_at)}. It pauses when the day's share is used and goes on by itself; nobody is read twice."
    )


def _on_day(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{weekday(local)}, about {local:%H:%M}"


def outage(page: RunPage) -> str:
    """Say from when to when the link was down; no time at all passed where the account has just been moved here."""
    if page.gap_since is None:
        return ""
    if page.gap_since == page.gap_until:
        return "Both sides compared for the first time since the account was moved to this organisation."
    until = page.gap_until or clock.now()
    return f"What changed on each side while the link was down. From {_written(page.gap_since)} to {_written(until)}."


def _written(at: datetime) -> str:
    return moment(timezone.localtime(at))


class Paging:
    """The numbers under a list of lines; a run says its pages, not its rows."""

    def __init__(self, page: RunPage) -> None:
        self.number, self.pages = page.page, page.pages
        self.total = sum(page.item_counts.values())


def changes_of(slug: str, items: Iterable[RunItem], *, target: str) -> list[dict[str, object]]:
    """Return the writes to one side as rows of a diff table, a row for each field."""
    return [
        {"person": item.person, "url": employee_url(slug, item.employee_id), **line}
        for item in items
        if item.kind is ItemKind.STEP and item.target == target
        for line in lines(item.changes) or [{"field": item.sentence, "before": "", "after": ""}]
    ]


def irreversible(page: RunPage) -> list[str]:
    """Return what no undo takes back."""
    if not page.irreversible:
        return []
    return [
        f"{counted(page.irreversible, 'write,writes')} to Xero: people added there cannot be deleted, "
        "and a termination there may not be lifted. They are marked below."
    ]


def linked_text(counts: Mapping[str, int]) -> str:
    """Say how many people a run linked by itself."""
    linked = counts.get("bind_applied", 0)
    return f"{counted(linked, 'person was,people were')} linked by this run. Each link can be undone." if linked else ""


def left_to_match(counts: Mapping[str, int]) -> str:
    """Say how many people a run left to be matched by a person."""
    found = counts.get("proposal", 0)
    return f"{counted(found, 'person was,people were')} left to match by hand." if found else ""


def proposals_text(counts: Mapping[str, int]) -> str:
    """Say how many people wait under Matches."""
    found = counts.get("proposal", 0)
    return f"{counted(found, 'person,people')} to match by hand" if found else ""
