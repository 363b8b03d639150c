"""Sign a user in without a browser: consent through the control API, then the exchange that every app makes."""

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict, Unpack
from urllib.parse import parse_qs, urlencode, urlsplit

from tandem_sandbox.world.grants import SCOPES

DEMO_APP, DEMO_SECRET = "TANDEM-DEMO-APP", "tandem-demo-secret"
CALLBACK = "http://localhost/callback"
FIRST_USER = "rosa.byrne@example.com"
FORM = "application/x-www-form-urlencoded"

Send = Callable[[str, str, Mapping[str, str], bytes | None], tuple[int, bytes]]
"""Make one call (method, path, headers, body) and return the status and the body of its answer."""


class SignInRefused(Exception):
    """The simulator does not sign this user in, or not this app; the text is its sentence."""


@dataclass(frozen=True)
class SignedIn:
    """What an app holds after a consent.

    `tokens` is the token endpoint's answer; `tenants` gives the tenant id of each connected organisation by name.
    """

    tokens: dict[str, Any] = field(repr=False)
    tenants: dict[str, str]

    def headers(self, organisation: str | None = None) -> dict[str, str]:
        """Return the three headers of a call about an organisation, by default the first one connected."""
        tenant = self.tenants[organisation] if organisation else next(iter(self.tenants.values()))
        return {**_bearer(self.tokens), "Xero-Tenant-Id": tenant}


@dataclass(frozen=True)
class App:
    """The app that asks. Without a secret it is a public one, which proves itself by PKCE alone."""

    client_id: str = DEMO_APP
    secret: str | None = DEMO_SECRET
    redirect_uri: str = CALLBACK


class Wanted(TypedDict, total=False):
    """Who signs in where: by default Rosa Byrne, the demo app, her first organisation, every scope."""

    user: str
    organisations: Sequence[str]
    app: App
    scopes: Sequence[str]


def sign_in(send: Send, **wanted: Unpack[Wanted]) -> SignedIn:
    """Consent as a user and exchange the code for tokens."""
    asking, verifier = wanted.get("app", App()), secrets.token_urlsafe(48)
    code = _consent(send, asking, wanted, verifier=verifier)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": asking.redirect_uri,
        "client_id": asking.client_id,
        "code_verifier": verifier,
        **({"client_secret": asking.secret} if asking.secret else {}),
    }
    tokens = _call(send, "POST", "/connect/token", {"Content-Type": FORM}, urlencode(form).encode())
    connections = _call(send, "GET", "/connections", _bearer(tokens), None)
    return SignedIn(tokens, {str(one.get("tenantName") or one["tenantId"]): one["tenantId"] for one in connections})


def _consent(send: Send, app: App, wanted: Wanted, *, verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": app.redirect_uri,
        "scope": " ".join(wanted.get("scopes", SCOPES)),
        "state": "without-a-browser",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    body = {
        "authorize_url": f"/identity/connect/authorize?{urlencode(asked)}",
        "user": wanted.get("user", FIRST_USER),
        **({"organisations": list(wanted["organisations"])} if "organisations" in wanted else {}),
    }
    headers = {"Content-Type": "application/json"}
    answer = _call(send, "POST", "/_sandbox/consent", headers, json.dumps(body).encode())
    return parse_qs(urlsplit(str(answer["redirect_to"])).query)["code"][0]


def _bearer(tokens: Mapping[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}", "Accept": "application/json"}


def _call(send: Send, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Any:
    status, answer = send(method, path, headers, body)
    if status >= 300:
        raise SignInRefused(f"{method} {path} answered {status}: {answer.decode(errors='replace')}")
    return json.loads(answer)
