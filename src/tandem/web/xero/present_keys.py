"""Who holds the connection, in the words of a page: two keys, their proof, the last change of keys, approvals."""

from collections.abc import Mapping
from uuid import UUID

from django.urls import reverse

from tandem.access.selectors import names_of as users_by_id
from tandem.kernel import clock
from tandem.kernel.permissions import Permission
from tandem.people.selectors import names_of
from tandem.web.requests import Request
from tandem.web.templatetags.tandem_ui import day
from tandem.web.xero.present import on, written
from tandem.web.xero.timeline_words import CAUSES
from tandem.xero import facade
from tandem.xero.facade import Authoriser, ConnectionPage, HandoverRecord, Match, TakeoverRecord

PARTS = {"primary": "Carries the connection", "standby": "Stands by"}
READING = ", for reading only"
FOUND = {
    Match.SIGN_IN: "the same sign-in address",
    Match.EMAIL: "the same email address",
    Match.NAME: "the same name, so most likely",
    Match.ASSIGNED: "an administrator said so",
}
APPROVAL_POINTS = (
    "From the last safe day of the person whose access the connection uses on, exports wait.",
    "Until the time you choose, Tandem writes in Xero with that person's access, under your name.",
    "Imports go on either way. You can take the approval back at any time.",
)
#: From how many days before exports stop on the approval is offered.
OFFERED_DAYS = 7


def holders(request: Request, page: ConnectionPage) -> list[dict[str, object]]:
    """Return the one who carries and the one who stands by."""
    found = [one for one in (page.primary, page.standby) if one]
    may_see = request.actor.may(Permission.VIEW_EMPLOYEES)
    ids = [one.employee_id for one in found if one.employee_id and may_see]
    names = names_of(request.actor, employee_ids=ids)
    may_act = request.actor.may(Permission.MANAGE_INTEGRATION)
    slug = request.account.slug
    return [
        {
            **key(one, page.summary.handovers),
            "found": how_found(one, names) if may_see else "",
            "who_url": reverse("xero-holder", args=[slug, one.grant_id]) if may_act else "",
        }
        for one in found
    ]


def key(one: Authoriser, handovers: tuple[HandoverRecord, ...]) -> dict[str, object]:
    """Return one key with its proof; that its holder is going stands there only for those who may know whose it is."""
    going = next((task for task in handovers if task.grant_id == one.grant_id), None)
    return {
        "name": _name(one),
        "part": f"{PARTS[one.role]}, authorised {on(one.authorised_at)}{READING if one.may_only_read else ''}",
        "state": "broken" if one.is_refused else "connected" if one.proved_at else "unproven",
        "state_text": proof(one),
        "going": f"Hand over by {day(going.last_safe_on)}" if going else "",
    }


def proof(one: Authoriser) -> str:
    """Say when Xero last gave payroll to this person, or that it does not."""
    last = written(one.proved_at)
    if one.is_refused:
        return f"Refused, payroll last proved {last}" if last else "Refused"
    return f"Payroll proved {last}" if last else "Not proved yet"


def how_found(one: Authoriser, names: Mapping[UUID, str]) -> str:
    """Say who a Xero user is in Tandem, and how that is known."""
    name = names.get(one.employee_id, "") if one.employee_id else ""
    if name and one.match in FOUND:
        return f"In Tandem: {name} ({FOUND[one.match]})"
    if one.match is Match.NOBODY:
        return "Not employed here, an administrator said"
    return "Not found among the people in Tandem"


def keys(page: ConnectionPage, *, slug: str) -> list[dict[str, object]]:
    """Return what an administrator can do about the keys."""
    if page.primary is None:
        return []
    if page.standby is None:
        return [{"label": "Add a standby", "url": reverse("xero-standby", args=[slug])}]
    return [
        {"label": "Use the standby", "url": reverse("xero-swap", args=[slug])},
        {"label": "Give the standby up", "url": reverse("xero-standby-give-up", args=[slug])},
    ]


def no_standby(page: ConnectionPage) -> str:
    """Say what it means that nobody stands by, and what was chosen about it."""
    if page.primary is None or page.standby is not None:
        return ""
    if not page.wants_standby:
        return "This account does without a standby."
    until = page.standby_put_off_until
    stops = "If the access ends, imports and exports stop until somebody reconnects."
    return f"{stops} You are asked again on {on(until)}." if until and until > clock.now() else stops


def standby_offer(page: ConnectionPage, *, slug: str) -> dict[str, object]:
    """Return the page that asks for a second person."""
    return {
        "organisation": page.summary.organisation_name,
        "holder": page.primary.name if page.primary else "",
        "standby": page.standby.name if page.standby else "",
        "asks": page.wants_standby and page.standby is None,
        "wants": page.wants_standby,
        "action": reverse("xero-standby", args=[slug]),
        "guest_url": f"{reverse('guest-link-new', args=[slug])}?for=standby",
        "later_url": reverse("xero-standby-later", args=[slug]),
        "wanted_url": reverse("xero-standby-wanted", args=[slug]),
        "back_url": reverse("xero-connection", args=[slug]),
    }


def swap_question(page: ConnectionPage, *, slug: str) -> dict[str, object]:
    """Return the question before the standby carries."""
    first, second = _names(page)
    return {
        "heading": "Use the standby?",
        "title": f"{second} carries the connection, {first} stands by",
        "points": [
            f"Xero is asked first whether {second} can see payroll. If not, nothing is changed.",
            f"If {first} left or is to be handed over today, or Xero ended that sign-in, the access is retired instead.",
            "A run in progress goes on by itself. Nothing is written twice.",
            "Settings, links and the queue stay. You can change back in the same way.",
        ],
        "label": "Use the standby",
        "danger": False,
        "action": reverse("xero-swap", args=[slug]),
        "back_url": reverse("xero-connection", args=[slug]),
        "back_label": "Leave it as it is",
    }


def give_up_question(page: ConnectionPage, *, slug: str) -> dict[str, object]:
    """Return the question before a standby is given up."""
    first, second = _names(page)
    return {
        "heading": "Give the standby up?",
        "title": f"{second} stands by no more",
        "points": [
            f"Xero is asked to remove {second}'s link to this organisation. {first}'s is left alone.",
            f"{second}'s sign-in is ended where no account here relies on it. Other organisations of theirs go on.",
            f"If {first} loses access, imports and exports stop until somebody reconnects.",
            f"This cannot be undone from here: to stand by again, {second} authorises again.",
        ],
        "label": "Give the standby up",
        "danger": True,
        "action": reverse("xero-standby-give-up", args=[slug]),
        "back_url": reverse("xero-connection", args=[slug]),
        "back_label": "Keep the standby",
    }


def _names(page: ConnectionPage) -> tuple[str, str]:
    return _name(page.primary), _name(page.standby)


def _name(one: Authoriser | None) -> str:
    return one.name or one.email if one else ""


def takeover(report: TakeoverRecord | None) -> dict[str, object] | None:
    """Return the report of the last change of keys."""
    if report is None:
        return None
    likely = "" if report.is_certain else "Most likely: "
    unconfirmed = f"{report.unconfirmed}, of which {report.still_unconfirmed} still are" if report.unconfirmed else "0"
    lines = [
        ("When", written(report.at)),
        ("Why", f"{likely}{CAUSES.get(report.because, report.because)}"),
        ("Broken since", written(report.broke_at)),
        ("Writes not confirmed by then", unconfirmed),
        ("Written twice", str(report.written_twice)),
    ]
    return {
        "title": f"From {report.from_name} to {report.to_name}",
        "lines": [{"label": label, "value": value} for label, value in lines if value],
    }


def _takes_over(page: ConnectionPage) -> bool:
    """Say whether a standby carries on by itself when the day comes."""
    standby = page.standby
    is_going = any(standby and task.grant_id == standby.grant_id for task in page.summary.handovers)
    return standby is not None and not standby.is_refused and not is_going


def writes(request: Request, page: ConnectionPage) -> dict[str, object] | None:
    """Return what is said about exports near, and after, the last safe day of whoever carries the connection."""
    approval = facade.find_approval(request.actor)
    task = next((one for one in page.summary.handovers if one.role == "primary" and one.writes_stop_on), None)
    may_act, slug = request.actor.may(Permission.MANAGE_INTEGRATION), request.account.slug
    if approval is not None:
        by = users_by_id(request.actor, user_ids=[approval.by_user_id]).get(approval.by_user_id, "An administrator")
        return {
            "text": f"{by} lets exports go on until {written(approval.until)}.",
            "detail": f"Reason: {approval.reason}" if may_act and task else "",
            "withdraw_url": reverse("xero-writes-withdraw", args=[slug]) if may_act else "",
        }
    if task is None or task.writes_stop_on is None or _takes_over(page):
        return None
    left = (task.writes_stop_on - clock.today_in(request.account.time_zone)).days
    if left > OFFERED_DAYS:
        return None
    text = (
        "Exports wait until somebody else authorises."
        if left <= 0
        else f"Exports wait from {day(task.writes_stop_on)} on."
    )
    return {"text": text, "detail": "", "approve_url": reverse("xero-writes", args=[slug]) if may_act else ""}
