"""One trip to Xero's consent page: begun here, bound to the browser session and the person, used once, ten minutes long.

The state holds the account's id, since the way back has no account in its address, and a secret of which only the
digest is stored. The verifier (PKCE, S256) is sealed.
"""

import base64
import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.conf import settings

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import TandemError
from tandem.kernel.scoping import durable_scope, scoped
from tandem.tenancy import vault
from tandem.xero.client import identity
from tandem.xero.models import ConsentFlow

LIFETIME = timedelta(minutes=10)
VERIFIER = "xero_consentflow.code_verifier"


class ConsentPurpose(StrEnum):
    """What a consent is for."""

    CONNECT = "connect"
    RECONNECT = "reconnect"
    STANDBY = "standby"
    MOVE = "move"
    WIDEN = "widen"


class FlowRefused(TandemError):
    """The answer that came back does not belong to a trip that this browser began."""

    code = "state_unknown"
    public_message = "This answer from Xero does not belong to a connection that you began here. Start again from the connection page."


REFUSALS: Mapping[str, str] = {
    "state_unknown": FlowRefused.public_message,
    "already_used": "This answer from Xero was used already. Nothing was changed; the connection page shows where things stand.",
    "other_browser": "This connection was begun in another browser or session. Start again from the connection page in this one.",
    "other_person": "This connection was begun by somebody else. Start again from the connection page yourself.",
    "expired": "This took longer than ten minutes, so it was thrown away. Start again from the connection page.",
}


@dataclass(frozen=True)
class Trip:
    """A consent flow that has been used: what it was for, and what is needed to swap its code."""

    flow_id: UUID
    account_id: UUID
    purpose: ConsentPurpose
    started_at: datetime
    verifier: str = field(repr=False)
    guest_link_id: UUID | None = None


@scoped
def begin(
    actor: Actor,
    *,
    purpose: ConsentPurpose,
    session_key: str,
    scopes: Iterable[str],
    guest_link_id: UUID | None = None,
) -> str:
    """Write a flow down and return the address of Xero's consent page."""
    state = f"{actor.account_id.hex}.{secrets.token_urlsafe(32)}"
    verifier = secrets.token_urlsafe(64)
    flow_id, now = uuid4(), clock.now()
    ConsentFlow.objects.create(
        flow_id=flow_id,
        account_id=actor.account_id,
        purpose=purpose.value,
        state_digest=digest(state),
        session_digest=digest(session_key),
        code_verifier=vault.seal(actor.account_id, verifier, column=VERIFIER, row_id=flow_id),
        started_by_user_id=actor.user_id,
        guest_link_id=guest_link_id,
        started_at=now,
        expires_at=now + LIFETIME,
    )
    xero = settings.TANDEM.xero
    asked = {
        "response_type": "code",
        "client_id": xero.client_id,
        "redirect_uri": identity.redirect_uri(),
        "scope": " ".join(scopes),
        "state": state,
        "code_challenge": _challenge(verifier),
        "code_challenge_method": "S256",
    }
    return f"{xero.authorise_url}?{urlencode(asked)}"


def account_in(state: str) -> UUID | None:
    """Return the account that a state names; it still has to prove itself."""
    head, _, secret = state.partition(".")
    if not secret:
        return None
    try:
        return UUID(hex=head)
    except ValueError:
        return None


def use(account_id: UUID, *, state: str, session_key: str, user_id: UUID | None) -> Trip:
    """Use a flow up, whatever comes of it; raise FlowRefused unless it is this session's and person's, unused, in time."""
    refusal = ""
    with durable_scope(account_id):
        flow = ConsentFlow.objects.select_for_update().filter(account_id=account_id, state_digest=digest(state)).first()
        refusal = _refusal(flow, session_key=session_key, user_id=user_id)
        if flow is not None and not refusal:
            trip = Trip(
                flow_id=flow.flow_id,
                account_id=account_id,
                purpose=ConsentPurpose(flow.purpose),
                started_at=flow.started_at,
                verifier=vault.unseal(account_id, bytes(flow.code_verifier), column=VERIFIER, row_id=flow.flow_id),
                guest_link_id=flow.guest_link_id,
            )
            flow.used_at = clock.now()
            flow.code_verifier = b""
            flow.save(update_fields=["used_at", "code_verifier"])
            return trip
    raise FlowRefused(REFUSALS[refusal], code=refusal)


def _refusal(flow: ConsentFlow | None, *, session_key: str, user_id: UUID | None) -> str:
    """Return the code of what speaks against a flow, or ""."""
    if flow is None:
        return "state_unknown"
    if not secrets.compare_digest(flow.session_digest, digest(session_key)):
        return "other_browser"
    if flow.started_by_user_id != user_id:
        return "other_person"
    if flow.used_at is not None:
        return "already_used"
    return "expired" if clock.now() >= flow.expires_at else ""


def digest(text: str) -> str:
    """Return what is stored of a secret that is only to be recognised."""
    return hashlib.sha256(text.encode()).hexdigest()


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
