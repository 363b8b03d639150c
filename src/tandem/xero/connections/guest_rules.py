"""Where a guest's link stands, and what the guest is told. Pure: decided from values alone.

A guest has no sign-in here, so no sentence sends them to a page of ours; it says what to ask of whoever sent the link.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Standing(StrEnum):
    """What a link is at the moment."""

    OPEN = "open"
    BUSY = "busy"
    USED = "used"
    REVOKED = "revoked"
    EXPIRED = "expired"
    MOVED = "moved"


@dataclass(frozen=True)
class LinkFacts:
    """What decides where a link stands. `browser` is a digest; `same_organisation` compares it with the connection's."""

    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    taken_by: str
    taken_until: datetime | None
    same_organisation: bool


SENTENCES: Mapping[Standing, str] = {
    Standing.OPEN: "",
    Standing.BUSY: "Somebody is at Xero with this link at the moment, in another browser. Finish there, or wait ten minutes "
    "and open the link again. If that is not you, tell whoever sent it.",
    Standing.USED: "This link has been used, and a link works once. If that was not you, tell whoever sent it; they see who "
    "authorised.",
    Standing.REVOKED: "Whoever sent this link has taken it back. Nothing was changed. Ask them for a new one if you are still needed.",
    Standing.EXPIRED: "This link has expired. Nothing was changed. Ask whoever sent it for a new one.",
    Standing.MOVED: "The connection that this link was made for is not linked to that organisation any more. Nothing was "
    "changed. Ask whoever sent it for a new link.",
}
UNKNOWN = "This link is not known here. Check that the whole address was copied, or ask whoever sent it for a new one."
IS_MEMBER = (
    "You are signed in to this account, and this link is for somebody who has no sign-in here. Nothing was changed. Send "
    "it to them, or authorise yourself from the connection page."
)
TOO_MANY = "Too many links were opened from here. Wait a minute, then open yours again."

_AGAIN = "Nothing was changed. The link still works: try again."
#: What stands in place of a sentence that sends to a page which a guest cannot open.
GUEST_REFUSALS: Mapping[str, str] = {
    "state_unknown": "This answer from Xero does not belong to anything that was begun in this browser. Open your link again.",
    "already_used": "This answer from Xero was used already. What came of it stands below.",
    "other_browser": "This was begun in another browser. Open your link in this one and try again.",
    "other_person": "This was begun by somebody else. Open your link again.",
    "expired": f"This took longer than ten minutes, so it was thrown away. {_AGAIN}",
    "access_denied": "Nothing was allowed at Xero, so nothing was changed. The link still works when you are ready.",
    "error_at_xero": f"Xero ended the consent with an error. {_AGAIN}",
    "no_code": f"Xero's answer was incomplete. {_AGAIN}",
    "code_refused": f"Xero did not accept the answer of its own consent page: it was used twice, or came too late. {_AGAIN}",
    "app_rejected": "Xero does not accept this installation's credentials. Nothing was changed. Tell whoever sent the link.",
    "xero_away": f"Xero did not answer while the consent was checked. {_AGAIN}",
    "limit_reached": "Xero's call limit is reached, so the consent could not be checked. Nothing was changed. Try again later.",
    "sign_in_not_kept": f"The consent does not let the connection work while you are away. {_AGAIN} Allow everything asked for.",
    "no_organisation": f"No organisation was allowed. {_AGAIN} Choose the organisation on Xero's page.",
    "standby_same_person": "You authorise this connection already. A standby must be somebody else, so nothing was changed. "
    "Tell whoever sent the link.",
    "not_connected": "There is no connection to stand by for at the moment. Nothing was changed. Tell whoever sent the link.",
    "wrong_organisation": f"You allowed another organisation than the one that is named here. Nothing was read from it. {_AGAIN}",
    "organisation_in_use": "This organisation is connected in another way already, so nothing was changed. Tell whoever sent the "
    "link.",
    "wider_denied": "Nothing was allowed at Xero, so nothing was changed.",
    "move_not_approved": SENTENCES[Standing.MOVED],
    "moved_meanwhile": SENTENCES[Standing.MOVED],
    "disconnect_unfinished": "The connection is being ended at the moment, so nothing was changed. Tell whoever sent the link.",
    "link_used": SENTENCES[Standing.USED],
    "link_revoked": SENTENCES[Standing.REVOKED],
}


def standing(facts: LinkFacts, now: datetime, *, browser: str = "") -> Standing:
    """Say where a link stands for one browser, given by its digest ("" for whoever only looks at the list)."""
    if facts.used_at is not None:
        return Standing.USED
    if facts.revoked_at is not None:
        return Standing.REVOKED
    if now >= facts.expires_at:
        return Standing.EXPIRED
    if not facts.same_organisation:
        return Standing.MOVED
    is_taken = facts.taken_until is not None and now < facts.taken_until
    return Standing.BUSY if is_taken and facts.taken_by != browser else Standing.OPEN


def sentence_for_guest(code: str, message: str) -> str:
    """Return what a guest is told of a consent that came to nothing."""
    return GUEST_REFUSALS.get(code, message)
