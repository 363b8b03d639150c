"""Drills in words: what each step saw, who would have been told, and the receipt."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from tandem.tenancy.records import AccountRecord
from tandem.web.templatetags.tandem_ui import counted, moment
from tandem.xero import facade
from tandem.xero.facade import DrillOutcome, DrillRecord, DrillStanding, DrillStep

Seen = Mapping[str, Any]
RESULTS = {
    DrillOutcome.PASSED: ("connected", "Passed"),
    DrillOutcome.FAILED: ("broken", "Failed"),
    DrillOutcome.INTERRUPTED: ("attention", "Interrupted"),
}
STANDINGS = {
    DrillStanding.MOVING: ("running", "Going on"),
    DrillStanding.WORKING: ("running", "Going on"),
    DrillStanding.YOUR_TURN: ("attention", "Waits for you"),
    DrillStanding.INTERRUPTED: ("attention", "Interrupted"),
}
CIRCLES = {"administrators": "Administrators", "payroll": "Payroll", "support": "Support"}
BUSY = frozenset({DrillStanding.MOVING, DrillStanding.WORKING})


def told(drill: DrillRecord) -> list[UUID]:
    """Return the sign-ins that would have been told."""
    return [UUID(one["user_id"]) for one in _reached(drill) if one["user_id"]]


def _reached(drill: DrillRecord) -> Sequence[Seen]:
    found: Sequence[Seen] = drill.seen(DrillStep.TELL).get("reached", ())
    return found


def list_context(drills: Sequence[DrillRecord], names: Mapping[UUID, str], *, slug: str) -> dict[str, object]:
    """Return what the list of drills shows."""
    open_one = next((one for one in drills if one.standing is not DrillStanding.ENDED), None)
    return {
        "drills": [_row(drill, names, slug) for drill in drills],
        "last_text": last_text(drills),
        "open_url": reverse("xero-drill", args=[slug, open_one.drill_id]) if open_one else "",
        "steps": [
            {
                "status": "todo",
                "text": entry.title,
                "detail": entry.about,
                "says": "You press" if entry.is_pressed else "",
            }
            for entry in facade.DRILL_PLAN
        ],
    }


def last_text(drills: Sequence[DrillRecord]) -> str:
    """Say when the last drill that ended was, and how it went."""
    last = next((one for one in drills if one.outcome is not None), None)
    if last is None or last.outcome is None:
        return "Nobody has rehearsed a break yet."
    return f"The last drill was on {_when(last)}: {RESULTS[last.outcome][1].lower()}."


def _when(drill: DrillRecord) -> str:
    return moment(timezone.localtime(drill.started_at))


def _state(drill: DrillRecord) -> tuple[str, str]:
    return RESULTS[drill.outcome] if drill.outcome else STANDINGS[drill.standing]


def _row(drill: DrillRecord, names: Mapping[UUID, str], slug: str) -> dict[str, object]:
    state, text = _state(drill)
    return {
        "url": reverse("xero-drill", args=[slug, drill.drill_id]),
        "at": drill.started_at,
        "by": _name(drill.by_user_id, names),
        "state": state,
        "state_text": text,
        "noticed": _seconds(drill.noticed_after) if drill.noticed_after is not None else "",
    }


def _name(user_id: UUID | None, names: Mapping[UUID, str]) -> str:
    return names.get(user_id, "Somebody") if user_id else "Tandem"


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{round(seconds * 1000)} ms"


def drill_context(drill: DrillRecord, names: Mapping[UUID, str], *, account: AccountRecord) -> dict[str, object]:
    """Return what the page of one drill shows."""
    address = [account.slug, drill.drill_id]
    state, state_text = _state(drill)
    told_facts = drill.seen(DrillStep.TELL)
    return {
        "drill": {"at": drill.started_at, "by": _name(drill.by_user_id, names), "state": state, "text": state_text},
        "steps": _steps(drill),
        "is_moving": drill.standing in BUSY,
        "is_your_turn": drill.standing is DrillStanding.YOUR_TURN,
        "is_interrupted": drill.standing is DrillStanding.INTERRUPTED,
        "advance_url": reverse("xero-drill-advance", args=address),
        "clean_up_url": reverse("xero-drill-clean-up", args=address),
        "back_url": reverse("xero-drills", args=[account.slug]),
        "letter": {"subject": told_facts["subject"], "body": told_facts["body"]} if told_facts.get("body") else None,
        "told": [_person(one, names, account) for one in _reached(drill)],
        "sent_text": _sent(drill),
        "receipt": _receipt(drill, names),
    }


def _person(one: Seen, names: Mapping[UUID, str], account: AccountRecord) -> dict[str, str]:
    name = names.get(UUID(one["user_id"]), "Somebody") if one["user_id"] else account.support_email
    hours = float(one["after_hours"])
    when = "at once" if hours == 0 else f"after {counted(round(hours), 'hour,hours')} if nobody is on it"
    return {"name": name, "circle": CIRCLES[one["rung"]], "when": when}


def _sent(drill: DrillRecord) -> str:
    """Say who got the letter."""
    if DrillStep.TELL not in {one.step for one in drill.steps}:
        return ""
    count = drill.seen(DrillStep.TELL).get("sent", 0)
    if drill.tells_others:
        return f"{counted(count, 'letter was,letters were')} written, each marked as a drill."
    return "Only you got the letter, marked as a drill." if count else "No letter was written."


def _steps(drill: DrillRecord) -> list[dict[str, str]]:
    done = {one.step: one for one in drill.steps}
    entries = [(entry.step, entry.title, entry.about) for entry in facade.DRILL_PLAN]
    if DrillStep.CLEAN_UP in done:
        entries = [one for one in entries if one[0] in done]
        entries.append((DrillStep.CLEAN_UP, "Clean up", ""))
    return [_step(drill, step, title, about) for step, title, about in entries]


def _step(drill: DrillRecord, step: DrillStep, title: str, about: str) -> dict[str, str]:
    record = next((one for one in drill.steps if one.step is step), None)
    if record is None:
        status = "now" if step is drill.next_step else "todo"
        return {"status": status, "text": title, "detail": about, "says": ""}
    if record.outcome is DrillOutcome.FAILED:
        return {"status": "failed", "text": title, "detail": record.facts["problem"], "says": _seconds(record.seconds)}
    status = "warn" if step is DrillStep.CLEAN_UP and not record.facts["is_proved"] else "done"
    return {"status": status, "text": title, "detail": _saw(step, record.facts), "says": _seconds(record.seconds)}


def _saw(step: DrillStep, seen: Seen) -> str:
    """Say in words what a step saw."""
    if step is DrillStep.NOTICE:
        return _noticed(seen)
    if step is DrillStep.CLEAN_UP:
        return _cleaned(seen)
    return SAW[step].format(**{**seen, "both": " and ".join(seen.get("people", [])) if step is DrillStep.MAKE else ""})


SAW: Mapping[DrillStep, str] = {
    DrillStep.MAKE: "{organisation}, with {both}. All of it is made up.",
    DrillStep.CONNECT: "{who} authorised {organisation}.",
    DrillStep.PROVE: "Sign-in, organisation, payroll and data are proved: Connected. {people} people were read.",
    DrillStep.BREAK: "{who} is no payroll administrator any more. The sign-in still works, and that proves nothing.",
    DrillStep.TELL: "The letter is worded, and it is known whom it would reach.",
    DrillStep.RECONNECT: "{who} authorised the same organisation.",
    DrillStep.PROVE_AGAIN: "All four lights are proved again: Connected. {people} people were read.",
    DrillStep.REMOVE: "{deleted} connections were deleted and are not listed any more; {revoked} sign-ins were revoked.",
    DrillStep.PROVE_GONE: "{refused} dead sign-ins were tried and refused. Rows stored of the link: {rows_left}.",
}


def _noticed(seen: Seen) -> str:
    return (
        f"{seen['headline']}. Seen {_seconds(seen['seconds'])} after the break, by the next call. On a connection that "
        f"is idle the next call is a probe, at most {counted(seen['idle_minutes'], 'minute,minutes')} later."
    )


def _cleaned(seen: Seen) -> str:
    if seen["is_proved"]:
        return "What was left of the link was removed; what tokens there were are refused."
    return f"What was stored here was removed. What the simulator still holds is not proved. {seen['problem']}"


def _receipt(drill: DrillRecord, names: Mapping[UUID, str]) -> dict[str, object] | None:
    """Return the receipt of a drill that has ended."""
    if drill.outcome is None or drill.ended_at is None:
        return None
    tone, result = _state(drill)
    lines = [
        {"label": "Result", "value": result, "detail": ""},
        {"label": "By", "value": _name(drill.by_user_id, names), "detail": ""},
        {"label": "In all", "value": _seconds((drill.ended_at - drill.started_at).total_seconds()), "detail": ""},
    ]
    if drill.noticed_after is not None:
        lines.append({"label": "Noticed after", "value": _seconds(drill.noticed_after), "detail": ""})
    if sent := _sent(drill):
        lines.append({"label": "Told", "value": sent, "detail": ""})
    lines.append({"label": "Link", "value": _link(drill), "detail": "The real connection was not read or changed."})
    return {
        "at": drill.ended_at,
        "tone": {"connected": "good", "broken": "bad"}.get(tone, "warn"),
        "reference": str(drill.drill_id),
        "lines": lines,
    }


def _link(drill: DrillRecord) -> str:
    if drill.seen(DrillStep.CLEAN_UP).get("is_proved", drill.outcome is DrillOutcome.PASSED):
        return "Removed, and proved gone"
    return "Removed here; what the simulator holds is not proved"
