"""A drill's way to a simulator of Xero: its control door, a made-up person's consent, and Tandem's own calls sent there.

The simulator is a program of its own, reached over HTTP at TANDEM_SANDBOX_URL; nothing of it is imported. No address and
no secret of the real Xero is used here: the drill's app is a public one, which proves itself by PKCE alone.
"""

import base64
import hashlib
import secrets
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlencode, urlsplit

from django.conf import settings

from tandem.kernel.errors import TandemError
from tandem.xero.client import transport
from tandem.xero.client.errors import RequestKind
from tandem.xero.client.transport import Credentials, Request, as_json
from tandem.xero.client.wire import TokenAnswer

T = TypeVar("T")
APP = "TANDEM-DRILL"
NAME = "tandem_sandbox"


class SimulatorRefused(TandemError):
    """The simulator did not do what the drill asked of it."""

    code = "simulator_refused"
    public_message = "The simulator refused what the drill asked of it. The real connection was not touched."


class NoSimulator(TandemError):
    """There is no simulator to rehearse on."""

    code = "no_simulator"
    public_message = (
        "No simulator of Xero can be reached, so nothing can be rehearsed. Whoever runs Tandem starts one and names it "
        "in TANDEM_SANDBOX_URL. The real connection was not touched."
    )


def address() -> str:
    """Return where the simulator is; raise NoSimulator when none is named."""
    if not settings.TANDEM.sandbox_url:
        raise NoSimulator
    return str(settings.TANDEM.sandbox_url)


def is_named() -> bool:
    """Say whether this installation knows a simulator at all."""
    return bool(settings.TANDEM.sandbox_url)


def control(method: str, path: str, body: object = None) -> Any:
    """Ask the simulator's control door and return its JSON; raise SimulatorRefused with its sentence."""
    kind = RequestKind.READ
    request: Request[Any] = Request(method, f"{address()}/_sandbox/{path}", kind, "simulator", as_json, body=body)
    answer = transport.send(request)
    said = transport.read(request, answer) if answer.body else {}
    if answer.status >= 300:
        why = said.get("error") if isinstance(said, dict) else None
        raise SimulatorRefused(f"The simulator says: {str(why)[:200]}" if why else "")
    return said


def is_simulator() -> bool:
    """Say whether what answers there calls itself the simulator, before anything else is sent to it."""
    said = control("GET", "health")
    return isinstance(said, dict) and said.get("name") == NAME


def at_simulator(request: Request[T]) -> Request[T]:
    """Return one of Tandem's own calls, sent to the simulator in place of Xero."""
    path = request.url.removeprefix(settings.TANDEM.xero.api_url)
    return replace(request, url=address() + path)


def consent(email: str, *, organisation_id: str) -> TokenAnswer:
    """Let a made-up person allow the drill's app one organisation; return the tokens of that consent."""
    verifier, state = secrets.token_urlsafe(64), secrets.token_urlsafe(32)
    asked = {
        "authorize_url": f"{address()}/identity/connect/authorize?{urlencode(_question(verifier, state))}",
        "user": email,
        "organisations": [organisation_id],
    }
    answer = parse_qs(urlsplit(control("POST", "consent", asked)["redirect_to"]).query)
    if answer.get("state") != [state] or not answer.get("code"):
        raise SimulatorRefused
    form = {"grant_type": "authorization_code", "code": answer["code"][0], "redirect_uri": callback()}
    return sent(_token_request({**form, "code_verifier": verifier}))


def _question(verifier: str, state: str) -> dict[str, str]:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return {
        "response_type": "code",
        "client_id": APP,
        "redirect_uri": callback(),
        "scope": " ".join(settings.TANDEM.xero.scopes),
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }


def callback() -> str:
    """Return the address that the drill's app is registered with; nobody is ever sent there."""
    return f"{settings.TANDEM.base_url.rstrip('/')}/xero/drill"


def refresh(refresh_token: str) -> Request[TokenAnswer]:
    """Ask the simulator for the next pair of tokens."""
    return _token_request({"grant_type": "refresh_token", "refresh_token": refresh_token})


def revoke(refresh_token: str) -> Request[None]:
    """Ask the simulator that the token and its user's connections to the drill's app end."""
    form = {"token": refresh_token, "client_id": APP}
    url = f"{address()}/connect/revocation"
    return Request("POST", url, RequestKind.DISCONNECT, "revoke", lambda _body: None, form=form)


def _token_request(form: dict[str, str]) -> Request[TokenAnswer]:
    url = f"{address()}/connect/token"
    asked = {**form, "client_id": APP}
    return Request("POST", url, RequestKind.TOKEN, "refresh", lambda body: TokenAnswer.parse(as_json(body)), form=asked)


def sent(request: Request[T], *, credentials: Credentials = transport.NOBODY) -> T:
    """Send a request, and return what it says or raise the XeroError that it amounts to."""
    answer = transport.send(request, credentials=credentials)
    error = transport.judge(request, answer)
    if error is not None:
        raise error
    return transport.read(request, answer)
