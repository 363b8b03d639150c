"""What a consent can come to, and the sentences for those that come to nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from tandem.kernel.errors import TandemError
from tandem.xero.client.errors import AppRejected, GrantRevoked, RateLimited, XeroError

REFUSALS: Mapping[str, str] = {
    "access_denied": "Nothing was allowed at Xero, so nothing was changed here. Start again when you are ready.",
    "error_at_xero": "Xero ended the consent with an error. Nothing was changed here. Start again in a few minutes.",
    "no_code": "Xero's answer was incomplete. Nothing was changed here. Start again from the connection page.",
    "code_refused": "Xero did not accept the answer of its own consent page: it was used twice, or came too late. "
    "Nothing was changed here. Start again from the connection page.",
    "app_rejected": "Xero does not accept this installation's app credentials. Whoever runs Tandem must correct them; "
    "nothing was changed here.",
    "xero_away": "Xero did not answer while the consent was checked. Nothing was changed here. Start again in a few minutes.",
    "limit_reached": "Xero's call limit is reached, so the consent could not be checked. Nothing was changed here. "
    "Start again later.",
    "sign_in_not_kept": "The consent does not let Tandem work while you are away. Start again and allow everything asked for.",
    "no_organisation": "No organisation was allowed in this consent. Start again and choose the organisation on Xero's page.",
    "not_an_administrator": "You are no longer an administrator of this account, so nothing was changed. Ask another one.",
    "standby_same_person": "This is the person who already authorises the connection. A standby must be somebody else.",
    "organisation_in_use": "This organisation is connected through another account of this installation already, and two "
    "accounts must not write into one. Nothing was changed here and nothing was read from it. Disconnect it there first, or "
    "ask support.",
    "link_used": "This link was used already, so nothing was changed.",
    "link_revoked": "This link was taken back, so nothing was changed.",
    "wider_denied": "Xero was not allowed to let Tandem change people, so that is off again. Everything else works as before.",
    "move_not_approved": "The move to another organisation is not approved, or not any more, so nothing was changed. The page of "
    "the move shows where it stands.",
    "moved_meanwhile": "The connection was moved to another organisation meanwhile, so nothing was changed. Start again from the "
    "connection page.",
    "disconnect_unfinished": "A disconnect is still under way, so nothing was changed. Try again in a few minutes.",
    "not_connected": "A standby needs a connection to stand by for. Connect first.",
}


class ConsentResult(StrEnum):
    """What a consent came to."""

    CONNECTED = "connected"
    RECONNECTED = "reconnected"
    STANDBY = "standby"
    MOVED = "moved"
    WIDENED = "widened"
    CHOOSE = "choose"
    REFUSED = "refused"


@dataclass(frozen=True)
class ConsentOutcome:
    """What the callback page says: for REFUSED a code and a sentence, for CHOOSE the flow to go on with."""

    result: ConsentResult
    account_id: UUID | None
    code: str = ""
    message: str = ""
    flow_id: UUID | None = None
    organisation_name: str = ""

    @property
    def is_success(self) -> bool:
        """Say whether a grant was stored and proved."""
        return self.result not in (ConsentResult.CHOOSE, ConsentResult.REFUSED)


class Stopped(TandemError):
    """The consent ends here; code and sentence say why."""


def refused(account_id: UUID | None, code: str, message: str) -> ConsentOutcome:
    """Return the outcome of a consent that changed nothing."""
    return ConsentOutcome(ConsentResult.REFUSED, account_id, code=code, message=message)


def stop(code: str) -> Stopped:
    """Return the reason to end a consent, with its sentence."""
    return Stopped(REFUSALS[code], code=code)


def code_of(error: XeroError) -> str:
    """Return why a consent ends when Xero answered with an error or not at all."""
    if isinstance(error, GrantRevoked):
        return "code_refused"
    if isinstance(error, AppRejected):
        return "app_rejected"
    return "limit_reached" if isinstance(error, RateLimited) else "xero_away"
