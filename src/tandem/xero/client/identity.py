"""The calls of Xero's identity service and connections, and the proof of who a token belongs to (xero.md 2.1 to 2.4)."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

import jwt
from django.conf import settings

from tandem.kernel.errors import TandemError
from tandem.xero.client import transport
from tandem.xero.client.errors import RequestKind
from tandem.xero.client.transport import Credentials, Request, as_json
from tandem.xero.client.wire import ConnectionsAnswer, TokenAnswer, as_identifier


class TokenUnverified(TandemError):
    """A token's signature, issuer, audience or client is not what it must be."""

    code = "token_unverified"
    public_message = "The sign-in that came back could not be verified as Xero's, so it was thrown away. Try again."


@dataclass(frozen=True)
class Person:
    """Whose consent it is, what it covers, and the id of the consent."""

    xero_userid: UUID
    name: str
    email: str
    scopes: frozenset[str]
    authentication_event_id: UUID | None


def exchange_code(code: str, *, verifier: str) -> Request[TokenAnswer]:
    """Ask for the tokens of a consent."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri(), "code_verifier": verifier}
    return _token_request(form)


def refresh(refresh_token: str) -> Request[TokenAnswer]:
    """Ask for the next pair of tokens."""
    return _token_request({"grant_type": "refresh_token", "refresh_token": refresh_token})


def revoke(refresh_token: str) -> Request[None]:
    """Ask that the token and every connection of its user to this app end."""
    xero = settings.TANDEM.xero
    return Request(
        "POST", xero.revocation_url, RequestKind.DISCONNECT, "revoke", _nothing, form=_as_app({"token": refresh_token})
    )


def list_connections(*, auth_event_id: UUID | None = None) -> Request[ConnectionsAnswer]:
    """Ask which organisations this user connected to this app."""
    return Request(
        "GET",
        f"{settings.TANDEM.xero.api_url}/connections",
        RequestKind.READ,
        "connections",
        lambda body: ConnectionsAnswer.parse(as_json(body)),
        params={"authEventId": str(auth_event_id)} if auth_event_id else {},
    )


def delete_connection(xero_connection_id: UUID) -> Request[None]:
    """Ask that one connection end; 404 means that it is not there (any more)."""
    url = f"{settings.TANDEM.xero.api_url}/connections/{xero_connection_id}"
    return Request("DELETE", url, RequestKind.DISCONNECT, "delete", _nothing)


def redirect_uri() -> str:
    """Return where Xero sends the browser back to; registered with the app, letter for letter."""
    return f"{settings.TANDEM.base_url.rstrip('/')}/xero/callback"


def app_credentials() -> Credentials:
    """Return how the app names itself at the token endpoint: Basic where it has a secret."""
    xero = settings.TANDEM.xero
    if not xero.client_secret:
        return transport.NOBODY
    return Credentials(basic=(quote(xero.client_id, safe="-_.~"), quote(xero.client_secret, safe="-_.~")))


def _as_app(form: dict[str, str]) -> dict[str, str]:
    xero = settings.TANDEM.xero
    return form if xero.client_secret else {**form, "client_id": xero.client_id}


def _token_request(form: dict[str, str]) -> Request[TokenAnswer]:
    return Request(
        "POST",
        settings.TANDEM.xero.token_url,
        RequestKind.TOKEN,
        "refresh",
        lambda body: TokenAnswer.parse(as_json(body)),
        form=_as_app(form),
    )


def _nothing(body: bytes) -> None:
    del body


def identify(tokens: TokenAnswer) -> Person:
    """Return whose tokens these are; raise TokenUnverified unless both are Xero's, for this app and of one person.

    Expiry is not asked: the tokens come straight from the token endpoint, and a wrong clock here is diagnosed as such
    by what Xero's answers say, not by a consent that fails for no visible reason.
    """
    xero = settings.TANDEM.xero
    access = _claims(tokens.access_token, audience=xero.audience)
    if access.get("client_id") != xero.client_id:
        raise TokenUnverified
    about = _claims(tokens.id_token, audience=xero.client_id) if tokens.id_token else {}
    userid = as_identifier(access.get("xero_userid"))
    if userid is None or (about and as_identifier(about.get("xero_userid")) != userid):
        raise TokenUnverified
    scopes = access.get("scope")
    return Person(
        xero_userid=userid,
        name=_name(about),
        email=str(about.get("email", "")),
        scopes=frozenset(scopes) if isinstance(scopes, list) else tokens.scopes,
        authentication_event_id=as_identifier(access.get("authentication_event_id")),
    )


def _name(about: Mapping[str, Any]) -> str:
    parts = (str(about.get("given_name", "")), str(about.get("family_name", "")))
    return " ".join(part for part in parts if part) or str(about.get("name", ""))


def _claims(token: str, *, audience: str) -> Mapping[str, Any]:
    try:
        key = _key_of(str(jwt.get_unverified_header(token).get("kid", "")))
        return jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            issuer=settings.TANDEM.xero.issuer,
            audience=audience,
            options={"require": ["iss", "aud", "exp"], "verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
    except jwt.PyJWTError:
        raise TokenUnverified from None


_keys: dict[str, jwt.PyJWK] = {}
_keys_lock = threading.Lock()


def _key_of(key_id: str) -> jwt.PyJWK:
    """Return Xero's signing key; an unknown id is looked up once, since keys rotate."""
    with _keys_lock:
        if key_id not in _keys:
            _keys.clear()
            _keys.update(_fetch_keys())
        if key_id not in _keys:
            raise TokenUnverified
        return _keys[key_id]


def _fetch_keys() -> dict[str, jwt.PyJWK]:
    request: Request[object] = Request("GET", settings.TANDEM.xero.jwks_url, RequestKind.READ, "keys", as_json)
    answer = transport.send(request)
    error = transport.judge(request, answer)
    if error is not None:
        raise error
    payload = transport.read(request, answer)
    if not isinstance(payload, dict):
        raise TokenUnverified
    return {str(key.key_id): key for key in jwt.PyJWKSet.from_dict(payload).keys}
