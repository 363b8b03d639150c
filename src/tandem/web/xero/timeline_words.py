"""The timeline in sentences. Entries hold ids and codes; names are added here for those who may see the page."""

import re
from collections.abc import Mapping
from datetime import date
from uuid import UUID

from tandem.timeline.events import Event
from tandem.timeline.selectors import TimelineEntry
from tandem.web.templatetags.tandem_ui import day
from tandem.xero import facade
from tandem.xero.facade import Side, Why

# Event -> icon, tone, sentence. {who} is the person, "Tandem" or "Support".
WORDS: Mapping[str, tuple[str, str, str]] = {
    Event.EMPLOYEE_HIRED: ("plus", "good", "{who} added an employee"),
    Event.EMPLOYEE_EDITED: ("edit", "info", "{who} changed an employee"),
    Event.EMPLOYEE_TERMINATING: ("calendar", "warn", "{who} entered a last day"),
    Event.EMPLOYEE_TERMINATED: ("person", "idle", "{who} ended an employment"),
    Event.EMPLOYEE_REINSTATED: ("restore", "good", "{who} reinstated an employee"),
    Event.EMPLOYEE_DELETED: ("x", "idle", "{who} put an employee into the recycle bin"),
    Event.EMPLOYEE_RESTORED: ("restore", "good", "{who} took an employee out of the recycle bin"),
    Event.EMPLOYEES_PURGED: ("x", "idle", "{who} emptied the recycle bin"),
    Event.EMPLOYEES_MERGED: ("link", "good", "{who} merged two records of one person"),
    Event.EMPLOYEES_UNMERGED: ("restore", "warn", "{who} undid a merge of two records"),
    Event.CANDIDATE_ENTERED: ("plus", "info", "{who} entered a candidate"),
    Event.CANDIDATE_CHANGED: ("edit", "info", "{who} changed a candidate"),
    Event.CANDIDATES_PURGED: ("x", "idle", "Candidates who were entered long ago were removed"),
    Event.CANDIDATE_HIRED: ("person", "good", "{who} hired a candidate"),
    Event.CANDIDATE_JOINED: ("link", "good", "{who} joined a candidate to an employee on record"),
    Event.CANDIDATE_REMOVED: ("x", "idle", "{who} removed a candidate"),
    Event.PAYROLL_CHANGED: ("edit", "info", "{who} changed an employee's payroll details"),
    Event.BANK_CHANGE_ASKED: ("wait", "warn", "{who} asked for a change of bank accounts"),
    Event.BANK_CHANGE_APPROVED: ("check", "good", "{who} approved a change of bank accounts"),
    Event.BANK_CHANGE_REFUSED: ("x", "idle", "{who} refused a change of bank accounts"),
    Event.BANK_CHANGE_WITHDRAWN: ("x", "idle", "{who} took a change of bank accounts back"),
    Event.OWN_CHANGE_ASKED: ("wait", "warn", "{who} asked for a change of their own record"),
    Event.OWN_CHANGE_APPROVED: ("check", "good", "{who} approved what somebody asked for of their own record"),
    Event.OWN_CHANGE_REFUSED: ("x", "idle", "{who} refused what somebody asked for of their own record"),
    Event.OWN_CHANGE_WITHDRAWN: ("x", "idle", "{who} took back what they asked for of their own record"),
    Event.OWN_CHANGE_LAPSED: ("x", "idle", "Nobody decided in time on what somebody asked for of their own record"),
    Event.TAX_NUMBER_SHOWN: ("search", "warn", "{who} looked at a whole tax file number"),
    Event.TAX_NUMBER_REMOVED: ("x", "idle", "{who} removed a tax file number"),
    Event.TAX_NUMBERS_PURGED: ("x", "idle", "Tax file numbers of people who left long ago were removed"),
    Event.LEAVE_ASKED: ("calendar", "info", "{who} asked for leave"),
    Event.LEAVE_CHANGED: ("edit", "info", "{who} changed leave"),
    Event.LEAVE_APPROVED: ("check", "good", "{who} approved leave"),
    Event.LEAVE_REJECTED: ("x", "idle", "{who} rejected leave"),
    Event.LEAVE_WITHDRAWN: ("restore", "info", "{who} withdrew leave"),
    Event.LEAVE_IMPORTED: ("download", "info", "Leave came from Xero"),
    Event.ABSENCE_ENTERED: ("calendar", "info", "{who} entered an absence"),
    Event.ABSENCE_TAKEN_BACK: ("restore", "info", "{who} took an absence back"),
    Event.POSITION_CHANGE_PLANNED: ("calendar", "info", "{who} planned a change of position"),
    Event.POSITION_CHANGE_TAKEN_BACK: ("restore", "info", "{who} took a change of position back"),
    Event.ACCESS_GRANTED: ("key", "good", "{who} gave somebody access"),
    Event.ACCESS_CHANGED: ("key", "info", "{who} changed somebody's access"),
    Event.ACCESS_ENDED: ("lock", "idle", "{who} ended somebody's access"),
    Event.API_KEY_MADE: ("key", "info", "{who} made an API key"),
    Event.API_KEY_REVOKED: ("key", "idle", "{who} ended an API key"),
    Event.CONSENT_STARTED: ("external", "info", "{who} went to Xero to authorise"),
    Event.CONSENT_REFUSED: ("failed", "warn", "An authorisation did not go through"),
    Event.CONSENT_QUARANTINED: ("failed", "warn", "{who} allowed another organisation; nothing was read from it"),
    Event.CONSENT_GIVEN: ("key", "good", "{who} came back from Xero with an authorisation that was proved"),
    Event.GUEST_LINK_MADE: ("link", "info", "{who} made a link for a guest to authorise with"),
    Event.GUEST_LINK_USED: ("key", "good", "{who} authorised"),
    Event.GUEST_LINK_REVOKED: ("x", "idle", "{who} took a guest's link back"),
    Event.CONNECTED: ("plug", "good", "{who} connected Xero"),
    Event.RECONNECTED: ("plug", "good", "{who} reconnected Xero"),
    Event.MOVE_ASKED: ("run", "warn", "{who} asked to move to another organisation"),
    Event.MOVE_APPROVED: ("check", "warn", "{who} approved the move to another organisation"),
    Event.MOVE_REFUSED: ("x", "idle", "{who} refused the move to another organisation"),
    Event.MOVE_WITHDRAWN: ("x", "idle", "{who} took the request to move back"),
    Event.MOVED: ("plug", "warn", "{who} moved the connection to another organisation; the one before is archived"),
    Event.STATE_CHANGED: ("info", "info", "The state became {state}"),
    Event.RECOVERED: ("done", "good", "The connection works again"),
    Event.DISCONNECTED: ("disconnect", "idle", "{who} disconnected Xero"),
    Event.GRANT_RETIRED: ("key", "idle", "An authorisation that was replaced was retired"),
    Event.GRANT_DIED: ("failed", "bad", "Xero ended an authorisation"),
    Event.TAKEN_OVER: ("key", "warn", "The standby carries the connection now"),
    Event.STANDBY_GIVEN_UP: ("key", "idle", "{who} gave the standby up"),
    Event.WRITES_APPROVED: ("check", "warn", "{who} let exports go on until another person authorises"),
    Event.WRITES_APPROVAL_ENDED: ("pause", "idle", "{who} took that approval back"),
    Event.PROBED: ("refresh", "info", "{who} checked the connection"),
    Event.GRANT_REFRESHED: ("refresh", "info", "The sign-in was renewed"),
    Event.RUNS_PAUSED: ("pause", "warn", "Automatic runs were paused; what waits is kept"),
    Event.RUNS_RESUMED: ("run", "good", "Automatic runs go on"),
    Event.SETTINGS_CHANGED: ("settings", "info", "{who} changed the integration settings"),
    Event.SETTINGS_SNAPSHOT: ("file", "info", "The settings were kept as they were"),
    Event.SETTINGS_RESTORED: ("restore", "good", "{who} restored the settings from before"),
    Event.BRANCHES_CHANGED: ("settings", "info", "{who} changed branches or their employee groups"),
    Event.RUN_PREVIEWED: ("search", "info", "{who} previewed a run"),
    Event.RUN_APPROVED: ("check", "good", "{who} approved a run"),
    Event.RUN_STARTED: ("run", "info", "A run started"),
    Event.RUN_PARKED: ("wait", "warn", "A run waits for Xero"),
    Event.RUN_FINISHED: ("done", "good", "A run ended"),
    Event.GAP_REPORT_OPENED: ("file", "warn", "A gap report waits for approval"),
    Event.GAP_REPORT_APPROVED: ("check", "good", "{who} approved the gap report"),
    Event.WRITE_INTENDED: ("send", "info", "A write to Xero was announced"),
    Event.WRITE_APPLIED: ("check", "good", "A write to Xero was confirmed"),
    Event.WRITE_REJECTED: ("failed", "bad", "Xero refused a write"),
    Event.WRITE_UNKNOWN: (
        "unknown",
        "warn",
        "A write to Xero was not answered; it is read back before anybody retries",
    ),
    Event.CONFLICT_OPENED: ("conflict", "warn", "Both sides changed the same field"),
    Event.CONFLICT_DECIDED: ("conflict", "good", "{who} decided a conflict"),
    Event.STANDING_DECIDED: ("conflict", "good", "{who} decided a field for everybody"),
    Event.STANDING_TAKEN_BACK: ("restore", "info", "{who} took back what was decided for everybody"),
    Event.MATCH_ACCEPTED: ("link", "good", "{who} linked two records"),
    Event.MATCH_REJECTED: ("cancel", "idle", "{who} kept two records apart"),
    Event.MATCH_UNDONE: ("restore", "warn", "{who} undid a link"),
    Event.MATCH_ASKED_AGAIN: ("restore", "info", "{who} took a decision about two records back"),
    Event.HANDOVER_OPENED: ("flag", "warn", "A second authoriser is needed"),
    Event.HANDOVER_MOVED: ("calendar", "warn", "The last safe day of the hand-over moved"),
    Event.HANDOVER_APPOINTED: ("person", "info", "{who} said who takes the hand-over in hand"),
    Event.HANDOVER_PUT_OFF: ("pause", "info", "{who} put the hand-over off"),
    Event.HANDOVER_ESCALATED: ("mail", "warn", "People were reminded of the hand-over"),
    Event.HANDOVER_CLOSED: ("flag", "good", "The hand-over task was closed"),
    Event.HOLDER_ASSIGNED: ("link", "info", "{who} said who the Xero user is in Tandem"),
    Event.NOTICE_OPENED: ("mail", "info", "A notice was opened"),
    Event.NOTICE_TOLD: ("mail", "info", "People were told"),
    Event.NOTICE_ACKNOWLEDGED: ("check", "info", "{who} said: I am on it"),
    Event.NOTICE_RELEASED: ("restore", "info", "{who} is not on it any more"),
    Event.NOTICE_CLOSED: ("mail", "good", "A notice was closed"),
    Event.WEBHOOK_MADE: ("send", "info", "{who} added a webhook"),
    Event.WEBHOOK_SWITCHED_ON: ("send", "good", "{who} switched a webhook on"),
    Event.WEBHOOK_SWITCHED_OFF: ("send", "warn", "{who} switched a webhook off"),
    Event.WEBHOOK_REMOVED: ("send", "idle", "{who} removed a webhook"),
    Event.BUNDLE_TAKEN: ("download", "info", "{who} took a diagnostic bundle"),
    Event.TIMELINE_PRUNED: ("history", "idle", "Old entries were removed behind a signed checkpoint"),
    Event.DRILL_STARTED: ("run", "info", "{who} began a drill on a throw-away link"),
    Event.DRILL_ENDED: ("file", "info", "A drill ended; the connection was not touched"),
    Event.WAY_OUT_SENT: ("send", "info", "{who} sent the way out"),
}
CONNECTION_EVENTS = frozenset(event.value for event in Event if not event.value.startswith(("employee.", "access.")))
ISO_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")
KINDS = {"system": "Tandem", "support": "Support", "api": "A program with an API key", "guest": "A guest with a link"}
SPELT = {
    "not_set_up": "Not set up",
    "attention": "Connected, action needed",
    "waiting": "Waiting for Xero",
    "unproven": "Not proved",
}
CAUSES: Mapping[str, str] = {
    **{cause.value: entry.title for cause, entry in facade.CAUSES.items()},
    "last_day": "The last safe day has come",
    "by_hand": "A person swapped the two",
    "must_wait_day": "Its share of the day's calls is used up",
    "must_wait_minute": "The calls of this minute are used up",
    Side.HR.value: "Tandem's value",
    Side.XERO.value: "Xero's value",
    **{why.value: why.sentence for why in Why},
}
FACTS = {
    "cause": "Cause",
    "code": "Reason",
    "last_safe_on": "Last safe day",
    "standing_field": "Field",
    "standing_keep": "Kept",
    "standing_why": "Why",
    "standing_open": "Open conflicts decided with it",
}
BECAUSE = {
    "default": "The defaults were put in force",
    "disconnect": "The two automatic ticks were cleared",
    "restore": "As they were before the disconnect",
    "preset": "A recommended set",
    "preset_back": "As they were before a recommended set",
    "undo": "It takes an earlier run back",
    "taken_over": "Somebody else authorised",
    "moved": "The account was moved to another organisation",
    "reinstated": "The person stays",
    "given_up": "The standby was given up",
    "taken_back": "The reason for it was taken back",
}


def happened(entry: TimelineEntry, names: Mapping[UUID, str]) -> dict[str, object]:
    """Return one entry with its icon and sentence."""
    icon, tone, sentence = WORDS.get(entry.event, ("info", "info", entry.event))
    state = str(entry.facts.get("state") or entry.facts.get("to") or "")
    text = sentence.format(who=_who(entry, names), state=SPELT.get(state, state.replace("_", " ").capitalize()))
    return {"at": entry.at, "icon": icon, "tone": tone, "text": text, "detail": _detail(entry)}


def _who(entry: TimelineEntry, names: Mapping[UUID, str]) -> str:
    if entry.actor_kind in KINDS:
        return KINDS[entry.actor_kind]
    return names.get(entry.actor_id, "Somebody") if entry.actor_id else "Somebody"


def _detail(entry: TimelineEntry) -> str:
    said = [f"{label}: {_plain(entry.facts[name])}" for name, label in FACTS.items() if entry.facts.get(name)]
    because = BECAUSE.get(str(entry.facts.get("because", "")), "")
    return ". ".join([because, *said] if because else said)


def _plain(value: object) -> str:
    """Write a code or an ISO date as people read it."""
    text = CAUSES.get(str(value), str(value))
    return day(date.fromisoformat(text)) if ISO_DAY.match(text) else text.replace("_", " ")
