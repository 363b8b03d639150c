"""What notices and letters look like on a page. Names of members alone: a notice says nothing of anybody else."""

from collections.abc import Mapping
from uuid import UUID

from tandem.notices.records import NoticeRecord, TellingRecord
from tandem.notices.rules import Rung, Urgency
from tandem.xero import facade

TITLES: Mapping[str, str] = {
    "connection_broken": "The connection to Xero is broken",
    "connection_attention": "Something about the Xero connection wants a look",
    "handover_needed": "A second authoriser for Xero is needed",
    "webhook_disabled": "A webhook was switched off",
    "standby_needed": "The standby carries the connection to Xero",
    "run_held": "An automatic run waits for a person",
    "move_asked": "A move to another organisation waits for approval",
}
ICONS: Mapping[str, str] = {
    "connection_broken": "failed",
    "connection_attention": "info",
    "handover_needed": "flag",
    "standby_needed": "key",
    "move_asked": "run",
    "run_held": "pause",
    "webhook_disabled": "send",
}
#: Where something can be done about it: the name of an address, and the words of the button.
PLACES: Mapping[str, tuple[str, str]] = {
    "handover_needed": ("handover-list", "Open the hand-over"),
    "move_asked": ("xero-move", "See the move"),
    "run_held": ("run-list", "See the run"),
}
CONNECTION = ("xero-connection", "Open the connection")
URGENCIES: Mapping[Urgency, tuple[str, str]] = {
    Urgency.NOW: ("bad", "Urgent"),
    Urgency.SOON: ("warn", "Pressing"),
    Urgency.DIGEST: ("idle", "Can wait"),
}
RUNGS: Mapping[str, str] = {
    Rung.ADMINISTRATORS.value: "Administrator",
    Rung.PAYROLL.value: "Payroll",
    Rung.SUPPORT.value: "Support",
    "reminder": "Reminded",
    "recovered": "Heard that it is over",
}
FATES: Mapping[str, tuple[str, str]] = {
    "sent": ("good", "Sent"),
    "waiting": ("idle", "Waiting"),
    "kept": ("idle", "Kept here"),
    "failed": ("bad", "Not delivered"),
}
PROBLEMS: Mapping[str, str] = {
    "SMTPRecipientsRefused": "The mail server refuses this address",
    "SMTPDataError": "The mail server refused the letter",
    "SMTPSenderRefused": "The mail server refuses the sender",
    "SMTPAuthenticationError": "The mail server refuses Tandem's sign-in",
    "SMTPServerDisconnected": "The mail server ended the talk, or did not answer in time",
    "ConnectionRefusedError": "The mail server does not answer",
    "TimeoutError": "The mail server was too slow",
    "SSLCertVerificationError": "The mail server's certificate is not trusted",
    "NotEncryptedError": "The mail server offers no TLS, and the password is not sent without it",
    "SMTPConnectError": "What answers there turns Tandem away, or is no mail server",
    "gaierror": "The mail server's name is not known",
    "too_old": "The mail server took no mail for three days",
    "overtaken": "It was over before the letter went",
}


def row(notice: NoticeRecord, names: Mapping[UUID, str], *, may_act: bool) -> dict[str, object]:
    """Return one incident as a list and its own page show it."""
    tone, urgency = URGENCIES[notice.urgency]
    on_it, place = notice.acknowledged_by_user_id, PLACES.get(notice.kind, CONNECTION)
    return {
        "notice_id": notice.notice_id,
        "title": TITLES.get(notice.kind, notice.kind.replace("_", " ").capitalize()),
        "icon": "done" if notice.closed_at else ICONS.get(notice.kind, "alert"),
        "text": facade.notice_line(notice),
        "tone": "good" if notice.closed_at else tone,
        "urgency": "Over" if notice.closed_at else urgency,
        "opened_at": notice.opened_at,
        "closed_at": notice.closed_at,
        "told": notice.people_told,
        "on_it": names.get(on_it, "Somebody") if on_it and not notice.closed_at else "",
        "on_it_since": notice.acknowledged_at,
        "may_act": may_act,
        "place": place[0],
        "place_label": place[1],
    }


def telling(told: TellingRecord, names: Mapping[UUID, str]) -> dict[str, object]:
    """Return one person who was told. Whoever has no sign-in is the brand's support, by their address."""
    who = names.get(told.user_id, "Somebody who left") if told.user_id else told.address
    return {
        "who": who,
        "as": RUNGS.get(told.rung, told.rung),
        "at": told.told_at,
        "urgent": told.urgency is Urgency.NOW and told.rung != "recovered",
        **fate(told.fate, told.problem_code),
    }


def fate(word: str, problem_code: str) -> dict[str, str]:
    """Return what became of a letter, in words."""
    tone, text = FATES[word]
    problem = PROBLEMS.get(problem_code, "The mail server could not be used") if problem_code else ""
    return {"tone": tone, "fate": text, "problem": problem}
