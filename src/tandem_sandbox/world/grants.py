"""Consents, codes and tokens: who may connect what, and for how long a token lives (xero.md 2.2 to 2.4)."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tandem_sandbox.world.state import (
    CONNECTING_ROLES,
    AccessToken,
    App,
    Code,
    Connection,
    Grant,
    Organisation,
    RefreshToken,
    User,
    World,
    opaque_token,
    run_time_id,
)
from tandem_sandbox.world.switches import Switches

CODE_LIFE = timedelta(seconds=300)
ACCESS_LIFE = timedelta(seconds=1800)
REFRESH_GRACE = timedelta(minutes=30)
REFRESH_UNUSED = timedelta(days=60)
TOKENS_KEPT = 1000
SWEEP_EVERY = timedelta(hours=1)
UNCERTIFIED_APPS_PER_ORGANISATION = 2
SCOPES = {
    "openid": "Know that it is you",
    "profile": "See your name",
    "email": "See your email address",
    "offline_access": "Keep working while you are not signed in",
    "accounting.settings": "View and change organisation settings",
    "accounting.settings.read": "View organisation settings",
    "accounting.contacts": "View and change contacts",
    "accounting.contacts.read": "View contacts",
    "accounting.attachments": "View and change attachments",
    "accounting.attachments.read": "View attachments",
    "payroll.employees": "View and change payroll employees and leave",
    "payroll.employees.read": "View payroll employees and leave",
    "payroll.payruns": "View and change pay runs",
    "payroll.payruns.read": "View pay runs",
    "payroll.payslip": "View and change payslips",
    "payroll.payslip.read": "View payslips",
    "payroll.settings": "View and change payroll settings",
    "payroll.settings.read": "View payroll settings",
    "payroll.timesheets": "View and change timesheets",
    "payroll.timesheets.read": "View timesheets",
}
Signer = Callable[[Grant, AccessToken], str]


class ConsentRefused(Exception):
    """The simulated Xero does not let this user connect that; the sentence is for the page."""


class TokenRefused(Exception):
    """The token endpoint's refusal; the text is the OAuth error code."""


@dataclass(frozen=True)
class Choice:
    """One organisation on the consent page."""

    organisation: Organisation
    connected: bool
    refusal: str | None


@dataclass(frozen=True)
class Ask:
    """What an app asks for when it sends somebody to the consent page."""

    app: App
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None
    challenge: str | None
    nonce: str | None


@dataclass(frozen=True)
class TokenSet:
    """What the token endpoint gives."""

    grant: Grant
    access: AccessToken
    refresh: RefreshToken | None
    nonce: str | None = None


def choices(
    world: World, user: User, ask: Ask, *, cap: int | None, organisation_ids: list[str] | None = None
) -> list[Choice]:
    """List the organisations a user belongs to (or those of them named), with what stands in the way of each."""
    found = []
    for org_id in user.roles if organisation_ids is None else organisation_ids:
        organisation = world.organisations.get(org_id)
        if organisation is None or organisation.retired or org_id not in user.roles:
            continue
        connection = world.connection_for(user_id=user.id, client_id=ask.app.client_id, organisation_id=organisation.id)
        refusal = _refusal(world, user, organisation, ask)
        if refusal is None and connection is None and cap is not None and _held(world, ask.app) >= cap:
            refusal = f"{ask.app.name} already has as many connections as its plan allows ({cap})."
        found.append(Choice(organisation, connection is not None, refusal))
    return found


def _refusal(world: World, user: User, organisation: Organisation, ask: Ask) -> str | None:
    role = user.roles[organisation.id]
    if organisation.trial_over:
        return "This organisation's trial is over."
    if role.role not in CONNECTING_ROLES:
        return "Only a Standard user or an Adviser can connect an app, and your role here is neither."
    if any(scope.startswith("payroll.") for scope in ask.scopes):
        if not role.payroll_admin:
            return "The app asks for payroll, and you are not a payroll administrator here."
        if not organisation.payroll_ready:
            return "The app asks for payroll, and payroll has not been set up here."
    if (
        not ask.app.certified
        and _uncertified(world, organisation, besides=ask.app) >= UNCERTIFIED_APPS_PER_ORGANISATION
    ):
        return "This organisation already has two uncertified apps, which is the most it can have."
    return None


def _held(world: World, app: App) -> int:
    return world.connections.count("app", app.client_id)


def _uncertified(world: World, organisation: Organisation, *, besides: App) -> int:
    connected = {item.client_id for item in world.connections.where("organisation", organisation.id)}
    return sum(
        1
        for client_id in connected - {besides.client_id}
        if client_id in world.apps and not world.apps[client_id].certified
    )


def allow(world: World, user: User, ask: Ask, *, organisation_ids: list[str], switches: Switches, now: datetime) -> str:
    """Record a consent and return its authorisation code."""
    cap = switches["app_connection_cap"]
    limit = cap if isinstance(cap, int) else None
    offered = {
        choice.organisation.id: choice
        for choice in choices(world, user, ask, cap=limit, organisation_ids=organisation_ids)
    }
    if not organisation_ids:
        raise ConsentRefused("Choose at least one organisation.")
    for org_id in organisation_ids:
        choice = offered.get(org_id)
        if choice is None:
            raise ConsentRefused("You do not belong to that organisation.")
        if choice.refusal:
            raise ConsentRefused(f"{choice.organisation.name}: {choice.refusal}")
    grant = _new_grant(world, user, ask, switches=switches, now=now)
    for org_id in organisation_ids:
        _connect(world, grant, org_id, switches=switches, now=now)
    code = Code(
        code=opaque_token(world, "code")[:43],
        grant_id=grant.id,
        client_id=ask.app.client_id,
        redirect_uri=ask.redirect_uri,
        challenge=ask.challenge,
        nonce=ask.nonce,
        expires_at=now + CODE_LIFE,
    )
    world.codes[code.code] = code
    world.touch()
    return code.code


def _new_grant(world: World, user: User, ask: Ask, *, switches: Switches, now: datetime) -> Grant:
    owner = {"user_id": user.id, "client_id": ask.app.client_id}
    scopes = list(ask.scopes)
    if switches["scopes_additive"] and world.connections.count("owner", (user.id, ask.app.client_id)):
        scopes = list(dict.fromkeys([*scopes, *world.grants.scopes_of(**owner)]))
    if switches["new_consent_earlier_tokens"] == "kill":
        world.grants.end(**owner)
    grant = Grant(
        id=run_time_id(world, "grant"),
        user_id=user.id,
        client_id=ask.app.client_id,
        scopes=scopes,
        auth_event_id=run_time_id(world, "auth-event"),
        session_id=run_time_id(world, "session").replace("-", ""),
        created_at=now,
    )
    world.grants[grant.id] = grant
    return grant


def _connect(world: World, grant: Grant, org_id: str, *, switches: Switches, now: datetime) -> None:
    existing = world.connection_for(user_id=grant.user_id, client_id=grant.client_id, organisation_id=org_id)
    if existing:
        existing.updated_at = now
        if switches["reconsent_auth_event_id"] == "change":
            existing.auth_event_id = grant.auth_event_id
        return
    connection = Connection(
        id=run_time_id(world, "connection"),
        auth_event_id=grant.auth_event_id,
        user_id=grant.user_id,
        client_id=grant.client_id,
        organisation_id=org_id,
        created_at=now,
        updated_at=now,
    )
    world.connections[connection.id] = connection


def exchange_code(
    world: World, app: App, *, code: str, redirect_uri: str, verifier: str | None, now: datetime, sign: Signer
) -> TokenSet:
    """Swap a code for a token set, once."""
    found = world.codes.get(code)
    if found is None or found.used or found.client_id != app.client_id or now > found.expires_at:
        raise TokenRefused("invalid_grant")
    if found.redirect_uri != redirect_uri or not _verified(found, verifier):
        raise TokenRefused("invalid_grant")
    found.used = True
    grant = world.grants[found.grant_id]
    if not grant.alive:
        raise TokenRefused("invalid_grant")
    access, refresh = issue(world, grant, grant.scopes, now=now, sign=sign)
    return TokenSet(grant, access, refresh, found.nonce)


def _verified(code: Code, verifier: str | None) -> bool:
    if code.challenge is None:
        return True
    digest = hashlib.sha256((verifier or "").encode()).digest()
    computed = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return hmac.compare_digest(computed, code.challenge.rstrip("="))


def refresh(
    world: World, app: App, *, token: str, scopes: list[str] | None, switches: Switches, now: datetime, sign: Signer
) -> TokenSet:
    """Rotate a refresh token; a used one may be retried for 30 minutes (xero.md 2.3)."""
    found = world.refresh_tokens.get(token)
    grant = world.grants.get(found.grant_id) if found else None
    if found is None or grant is None or not grant.alive or grant.client_id != app.client_id:
        raise TokenRefused("invalid_grant")
    if found.first_used_at is None and now - found.issued_at > REFRESH_UNUSED:
        raise TokenRefused("invalid_grant")
    if found.first_used_at is not None and now - found.first_used_at > REFRESH_GRACE:
        raise TokenRefused("invalid_grant")
    wanted = grant.scopes if scopes is None else scopes
    if not set(wanted) <= set(grant.scopes):
        raise TokenRefused("invalid_scope")
    retried = _same_pair(world, found) if switches["refresh_retry"] == "same" else None
    if retried:
        return TokenSet(grant, retried[0], retried[1])
    access, fresh = issue(world, grant, wanted, now=now, sign=sign)
    if found.first_used_at is None:
        found.first_used_at = now
        found.next_access = access.token
        found.next_refresh = fresh.token if fresh else None
    return TokenSet(grant, access, fresh)


def _same_pair(world: World, used: RefreshToken) -> tuple[AccessToken, RefreshToken | None] | None:
    if used.first_used_at is None or used.next_access is None:
        return None
    access = world.access_tokens.get(used.next_access)
    if access is None:
        return None
    return access, world.refresh_tokens.get(used.next_refresh or "")


def issue(
    world: World, grant: Grant, scopes: list[str], *, now: datetime, sign: Signer
) -> tuple[AccessToken, RefreshToken | None]:
    """Make an access token, and a refresh token where the grant has offline_access."""
    access = AccessToken(token="", grant_id=grant.id, scopes=list(scopes), issued_at=now, expires_at=now + ACCESS_LIFE)
    access.token = sign(grant, access)
    _forget_old(world, now=now)
    world.access_tokens[access.token] = access
    fresh = None
    if "offline_access" in grant.scopes:
        fresh = RefreshToken(token=opaque_token(world, "refresh"), grant_id=grant.id, issued_at=now)
        world.refresh_tokens[fresh.token] = fresh
    world.touch()
    return access, fresh


def _forget_old(world: World, *, now: datetime) -> None:
    """Drop tokens that have been dead for a day, once there are many: an unknown token gets the same answer."""
    if len(world.access_tokens) < TOKENS_KEPT or (world.swept_at and now - world.swept_at < SWEEP_EVERY):
        return
    world.swept_at = now
    limit = now - timedelta(days=1)
    world.access_tokens = {key: item for key, item in world.access_tokens.items() if item.expires_at > limit}
    world.refresh_tokens = {
        key: item
        for key, item in world.refresh_tokens.items()
        if item.first_used_at is None or item.first_used_at > limit
    }
    world.codes = {key: item for key, item in world.codes.items() if item.expires_at > limit}


def revoke(world: World, app: App, *, token: str) -> None:
    """Kill a token set and every connection of its user to the app but those left behind; unknown tokens change nothing."""
    found = world.refresh_tokens.get(token)
    grant = world.grants.get(found.grant_id) if found else None
    if grant is None or not grant.alive or grant.client_id != app.client_id:
        return
    world.grants.end(user_id=grant.user_id, client_id=grant.client_id)
    for connection in world.connections_of(user_id=grant.user_id, client_id=grant.client_id):
        if not connection.left_behind:
            del world.connections[connection.id]
    world.touch()


def visible_connections(
    world: World, *, user_id: str, client_id: str, auth_event_id: str | None, switches: Switches
) -> list[Connection]:
    """List what /connections shows to this user of this app."""
    user = world.users[user_id]
    found = world.connections_of(user_id=user_id, client_id=client_id)
    if auth_event_id:
        found = [item for item in found if item.auth_event_id == auth_event_id.lower()]
    if switches["removed_user_connection"] == "vanishes":
        found = [item for item in found if item.organisation_id in user.roles]
    return [item for item in found if item.organisation_id in world.organisations]
