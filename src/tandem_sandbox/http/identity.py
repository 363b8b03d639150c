"""Sign-in, consent and tokens over HTTP (xero.md 2.1 to 2.3)."""

import base64
import binascii
import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, redirect, request, session
from werkzeug.wrappers import Response as BaseResponse

from tandem_sandbox.http import errors
from tandem_sandbox.http.access import identify, moment, simulator
from tandem_sandbox.signing import ISSUER, subject_of
from tandem_sandbox.simulator import Simulator
from tandem_sandbox.ui import consent_page, forms
from tandem_sandbox.world import custom, grants
from tandem_sandbox.world.grants import Ask
from tandem_sandbox.world.state import App, Grant, User, World
from tandem_sandbox.world.wire import dumps

blueprint = Blueprint("identity", __name__)
USERS_SHOWN = 12


class AskRefused(Exception):
    """An authorise request that never gets back to the app; the sentence is for the error page."""


def read_ask(world: World, query: str) -> Ask:
    """Check an authorise request's query string."""
    given = dict(parse_qsl(query, keep_blank_values=True))
    app = world.apps.get(given.get("client_id", ""))
    if app is None:
        raise AskRefused("unauthorized_client: no app has this client_id.")
    if given.get("redirect_uri", "") not in app.redirect_uris:
        raise AskRefused("invalid_request: this redirect_uri is not registered for the app, letter for letter.")
    if given.get("response_type") != "code":
        raise AskRefused("unsupported_response_type: only response_type=code is known.")
    scopes = tuple(given.get("scope", "").split())
    unknown = [scope for scope in scopes if scope not in grants.SCOPES]
    if not scopes or unknown:
        raise AskRefused(f"invalid_scope: {', '.join(unknown) or 'no scope'} cannot be asked for.")
    challenge = given.get("code_challenge")
    if (challenge is not None or app.secret is None) and given.get("code_challenge_method") != "S256":
        raise AskRefused("invalid_request: a code_challenge with code_challenge_method=S256 is needed.")
    if app.secret is None and not challenge:
        raise AskRefused("invalid_request: an app without a secret must send a code_challenge.")
    return Ask(
        app=app,
        redirect_uri=given["redirect_uri"],
        scopes=scopes,
        state=given.get("state"),
        challenge=challenge,
        nonce=given.get("nonce"),
    )


def callback(ask: Ask, **values: str) -> str:
    """Build the address that the browser is sent back to."""
    parts = urlsplit(ask.redirect_uri)
    answer = {**values, "state": ask.state} if ask.state is not None else values
    query = "&".join(text for text in (parts.query, urlencode(answer)) if text)
    return urlunsplit(parts._replace(query=query))


def consent(sim: Simulator, ask: Ask, user: User, *, organisation_ids: list[str]) -> str:
    """Record a consent and return where the browser goes."""
    code = grants.allow(
        sim.world, user, ask, organisation_ids=organisation_ids, switches=sim.switches, now=sim.clock.now()
    )
    return callback(ask, code=code, scope=" ".join(ask.scopes))


@blueprint.get("/identity/connect/authorize")
def authorize() -> Response:
    """Show the error, the sign-in or the consent page."""
    sim, query = simulator(), request.query_string.decode("utf-8", "replace")
    with sim.world.lock:
        try:
            ask = read_ask(sim.world, query)
        except AskRefused as error:
            return forms.page("authorise_error.html", status=400, reason=str(error))
        user = _signed_in(sim)
        if user is None:
            return _login_page(sim, ask, query)
        return consent_page.show(sim, ask, user, query=query)


@blueprint.post("/identity/login")
def login() -> BaseResponse:
    """Sign a seeded user in."""
    sim, query = simulator(), request.form.get("ask", "")
    forms.check_token()
    with sim.world.lock:
        try:
            ask = read_ask(sim.world, query)
        except AskRefused as error:
            return forms.page("authorise_error.html", status=400, reason=str(error))
        email = request.form.get("email", "")
        user = sim.world.user_by_email(email)
        if user is None or request.form.get("password") != user.password:
            wrong = "The email address or the password is not right. Every user's password is sandbox."
            return _login_page(sim, ask, query, email=email, error=wrong)
        session["user"] = user.id
    return redirect(f"/identity/connect/authorize?{query}", 303)


@blueprint.post("/identity/logout")
def logout() -> BaseResponse:
    """Let somebody else sign in."""
    forms.check_token()
    session.pop("user", None)
    return redirect(f"/identity/connect/authorize?{request.form.get('ask', '')}", 303)


@blueprint.post("/identity/consent")
def decide() -> BaseResponse:
    """Take the answer of the consent page back to the app."""
    sim, query = simulator(), request.form.get("ask", "")
    forms.check_token()
    with sim.world.lock:
        try:
            ask = read_ask(sim.world, query)
        except AskRefused as error:
            return forms.page("authorise_error.html", status=400, reason=str(error))
        user = _signed_in(sim)
        if user is None:
            return _login_page(sim, ask, query)
        chosen, decision = request.form.getlist("organisation"), request.form.get("decision")
        if decision == "find":
            return consent_page.show(sim, ask, user, query=query, chosen=chosen)
        if decision != "allow":
            return redirect(callback(ask, error="access_denied"), 303)
        try:
            return redirect(consent(sim, ask, user, organisation_ids=chosen), 303)
        except grants.ConsentRefused as error:
            return consent_page.show(sim, ask, user, query=query, chosen=chosen, error=str(error))


@blueprint.post("/connect/token")
def token() -> Response:
    """Give tokens for a code or for a refresh token."""
    sim = simulator()
    with sim.world.lock:
        try:
            app = _client(sim.world)
            given = _token_set(sim, app, request.form)
        except grants.TokenRefused as error:
            return errors.answer(dumps({"error": str(error)}), status=400)
        return errors.answer(dumps(_token_body(sim, given)), status=200)


@blueprint.post("/connect/revocation")
def revocation() -> Response:
    """Kill a token set; 200 whatever the token."""
    sim = simulator()
    with sim.world.lock:
        try:
            app = _client(sim.world)
        except grants.TokenRefused as error:
            return errors.answer(dumps({"error": str(error)}), status=400)
        grants.revoke(sim.world, app, token=request.form.get("token", ""))
    return errors.answer("", status=200)


@blueprint.get("/connect/userinfo")
def userinfo() -> Response:
    """Say who the token's user is."""
    sim = simulator()
    with sim.world.lock:
        identified = identify(sim)
        if isinstance(identified, Response):
            return identified
        grant, access = identified
        return errors.answer(dumps(_userinfo(sim.world, grant, access.scopes)), status=200)


@blueprint.get("/.well-known/openid-configuration")
def discovery() -> Response:
    """Describe the endpoints; the issuer stays Xero's, as the tokens say."""
    base = request.host_url.rstrip("/")
    document = {
        "issuer": ISSUER,
        "jwks_uri": f"{base}/.well-known/openid-configuration/jwks",
        "authorization_endpoint": f"{base}/identity/connect/authorize",
        "token_endpoint": f"{base}/connect/token",
        "userinfo_endpoint": f"{base}/connect/userinfo",
        "revocation_endpoint": f"{base}/connect/revocation",
        "scopes_supported": list(grants.SCOPES),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }
    return errors.answer(dumps(document), status=200)


@blueprint.get("/.well-known/openid-configuration/jwks")
def jwks() -> Response:
    """Give the public signing key."""
    sim = simulator()
    with sim.world.lock:
        keys = sim.signatory.jwks(sim.world, keeps_old=bool(sim.switches["jwks_keeps_old_key"]))
        return errors.answer(dumps(keys), status=200)


def _signed_in(sim: Simulator) -> User | None:
    return sim.world.users.get(session.get("user", ""))


def _login_page(sim: Simulator, ask: Ask, query: str, *, email: str = "", error: str | None = None) -> Response:
    users = list(sim.world.users.values())[:USERS_SHOWN]
    return forms.page(
        "login.html",
        status=400 if error else 200,
        query=query,
        app_name=ask.app.name,
        users=users,
        total=len(sim.world.users),
        email=email,
        error=error,
        form_targets=ask.redirect_uri,
    )


def _client(world: World) -> App:
    basic = _basic()
    client_id = basic[0] if basic else request.form.get("client_id", "")
    secret = basic[1] if basic else request.form.get("client_secret")
    app = world.apps.get(client_id)
    if app is None or (app.secret is not None and secret != app.secret):
        raise grants.TokenRefused("invalid_client")
    return app


def _basic() -> tuple[str, str] | None:
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise grants.TokenRefused("invalid_client") from error
    return unquote(client_id), unquote(secret)


def _token_set(sim: Simulator, app: App, form: Mapping[str, str]) -> grants.TokenSet:
    def sign(grant: Grant, access: Any) -> str:
        return sim.signatory.access_token(sim.world, grant, access)

    kind = form.get("grant_type")
    if kind == "authorization_code":
        return grants.exchange_code(
            sim.world,
            app,
            code=form.get("code", ""),
            redirect_uri=form.get("redirect_uri", ""),
            verifier=form.get("code_verifier"),
            now=moment(),
            sign=sign,
        )
    if kind == "refresh_token":
        scope = form.get("scope", "").split()
        return grants.refresh(
            sim.world,
            app,
            token=form.get("refresh_token", ""),
            scopes=scope or None,
            switches=sim.switches,
            now=moment(),
            sign=sign,
        )
    if kind == "client_credentials" and app.custom_connection:
        scopes = form.get("scope", "").split()
        return custom.tokens(sim.world, app, scopes=scopes, now=moment(), sign=sign)
    raise grants.TokenRefused("unsupported_grant_type")


def _token_body(sim: Simulator, given: grants.TokenSet) -> dict[str, object]:
    body: dict[str, object] = {}
    if "openid" in given.access.scopes:
        body["id_token"] = sim.signatory.id_token(sim.world, given.grant, given.access, nonce=given.nonce)
    left = given.access.expires_at - moment()
    body |= {"access_token": given.access.token, "expires_in": math.ceil(left.total_seconds()), "token_type": "Bearer"}
    if given.refresh:
        body["refresh_token"] = given.refresh.token
    body["scope"] = " ".join(given.access.scopes)
    return body


def _userinfo(world: World, grant: Grant, scopes: list[str]) -> dict[str, object]:
    user = world.users[grant.user_id]
    shown: dict[str, object] = {"sub": subject_of(user), "xero_userid": user.id}
    if "email" in scopes:
        shown["email"] = user.email
    if "profile" in scopes:
        shown |= {"given_name": user.first_name, "family_name": user.last_name, "preferred_username": user.email}
    return shown
