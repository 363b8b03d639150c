"""Custom connections: one app, one organisation, client credentials, no consent page (xero.md 2.7)."""

from datetime import datetime

from tandem_sandbox.world import grants
from tandem_sandbox.world.state import App, Grant, Organisation, User, World
from tandem_sandbox.world.switches import Switches

NOT_FOR_PROGRAMS = frozenset({"openid", "profile", "email", "offline_access"})


def authorise(
    world: World, app: App, user: User, organisation: Organisation, *, switches: Switches, now: datetime
) -> None:
    """Let a user authorise the app for one organisation, as by the mail that Xero sends. Raises ConsentRefused."""
    scopes = tuple(scope for scope in grants.SCOPES if scope not in NOT_FOR_PROGRAMS)
    ask = grants.Ask(app=app, redirect_uri="", scopes=scopes, state=None, challenge=None, nonce=None)
    code = grants.allow(world, user, ask, organisation_ids=[organisation.id], switches=switches, now=now)
    grant = world.grants[world.codes.pop(code).grant_id]
    grant.is_custom = True
    connection = world.connection_for(user_id=user.id, client_id=app.client_id, organisation_id=organisation.id)
    app.custom_connection = connection.id if connection else None


def tokens(world: World, app: App, *, scopes: list[str], now: datetime, sign: grants.Signer) -> grants.TokenSet:
    """Give an access token and no refresh token. Raises TokenRefused."""
    grant = _grant(world, app)
    wanted = scopes or list(grant.scopes)
    if not set(wanted) <= set(grant.scopes):
        raise grants.TokenRefused("invalid_scope")
    access, _ = grants.issue(world, grant, wanted, now=now, sign=sign)
    return grants.TokenSet(grant, access, None)


def _grant(world: World, app: App) -> Grant:
    connection = world.connections.get(app.custom_connection or "")
    living = world.grants.where("living", (connection.user_id, app.client_id)) if connection else []
    custom = [grant for grant in living if grant.is_custom]
    if not custom:
        raise grants.TokenRefused("unauthorized_client")
    return custom[-1]
