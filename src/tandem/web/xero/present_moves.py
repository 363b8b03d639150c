"""A move to another organisation in the words of a page: what happens, where a request stands, what was before."""

from collections.abc import Mapping
from uuid import UUID

from django.urls import reverse

from tandem.web.templatetags.tandem_ui import counted
from tandem.web.xero.present import on, written
from tandem.xero.facade import EarlierOrganisation, MoveRecord, MoveStanding

#: What a move does, in order. {people} are those linked now.
POINTS = (
    "Another administrator approves within three days. Until then nothing changes, and nothing is asked of Xero.",
    "You go to Xero and allow the other organisation. Only when its payroll is proved is the change made, all at once.",
    "The links of {people}, what was read of them and where the runs stood are archived, not deleted. Moving back brings them back.",
    "Your settings are kept. The two automatic ticks are cleared; one press puts them back.",
    "The move writes nothing into Xero. The first comparison with the other organisation is shown before anything is written.",
    "The app's entry in the present organisation is removed in Xero, and whoever stands by has to authorise anew.",
)
SAID: Mapping[MoveStanding, str] = {
    MoveStanding.WAITING: "Waits for a second person",
    MoveStanding.APPROVED: "Approved",
    MoveStanding.DONE: "Done",
    MoveStanding.REFUSED: "Refused",
    MoveStanding.WITHDRAWN: "Taken back",
    MoveStanding.EXPIRED: "Its time was over",
}
PILLS: Mapping[MoveStanding, str] = {MoveStanding.WAITING: "waiting", MoveStanding.APPROVED: "connected"}


def points(linked_people: int) -> list[str]:
    """Return what a move does."""
    people = counted(linked_people, "person,people") if linked_people else "people, if there are any"
    return [point.format(people=people) for point in POINTS]


def request_facts(move: MoveRecord, names: Mapping[UUID, str]) -> list[dict[str, str]]:
    """Return what a request says, as lines."""
    decided = names.get(move.decided_by_user_id, "Somebody") if move.decided_by_user_id else ""
    verb = "Refused by" if move.standing is MoveStanding.REFUSED else "Approved by"
    until = "Has to be done by" if move.standing is MoveStanding.APPROVED else "Has to be approved by"
    lines = [
        ("From", move.from_name),
        ("To", move.to_name),
        ("Why", move.reason),
        ("Asked by", f"{names.get(move.asked_by_user_id, 'Somebody')}, {written(move.asked_at)}"),
        (verb, f"{decided}, {written(move.decided_at)}" if decided else ""),
        (until, written(move.expires_at) if move.standing.is_open else ""),
    ]
    return [{"label": label, "value": value} for label, value in lines if value]


def pill(move: MoveRecord) -> dict[str, str]:
    """Return the badge of a request."""
    return {"state": PILLS.get(move.standing, "idle"), "state_text": SAID[move.standing]}


def earlier_row(one: EarlierOrganisation, *, slug: str, may_act: bool) -> dict[str, object]:
    """Return one organisation of before as a line of the list."""
    runs = counted(one.runs, "run,runs")
    last = max((at for at in (one.last_import_at, one.last_export_at) if at is not None), default=None)
    return {
        "name": one.name,
        "since": on(one.connected_at),
        "until": on(one.archived_at),
        "linked": counted(one.linked_people, "person,people"),
        "seen": f"{one.people_in_xero} read from Xero" if one.people_in_xero else "",
        "runs": f"{runs}, the last one that ended well on {on(last)}" if last else runs,
        "unconfirmed": f"{counted(one.unconfirmed, 'write,writes')} not confirmed" if one.unconfirmed else "",
        "back_url": f"{reverse('xero-move', args=[slug])}?back={one.connection_id}" if may_act else "",
    }
