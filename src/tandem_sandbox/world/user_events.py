"""Life events of users: they join, change their e-mail address, and connect an app on their own."""

import re
from typing import Any

from tandem_sandbox.world import grants
from tandem_sandbox.world.event import Event, EventRefused
from tandem_sandbox.world.seed import DEMO_APP, PASSWORD
from tandem_sandbox.world.state import CONNECTING_ROLES, ROLES, App, Organisation, Role, Undo, User, World, derive_id

_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
CONNECTED_SCOPES = (
    "openid profile email offline_access accounting.settings.read payroll.employees payroll.settings "
    "payroll.payruns.read payroll.payslip.read payroll.timesheets"
)


def add_user(world: World, event: Event) -> dict[str, Any]:
    """Let somebody join an organisation, new to Xero or not."""
    organisation, email = event.place(), _email(event)
    wanted = str(event.details.get("role") or "STANDARD")
    if wanted not in ROLES:
        raise EventRefused(f"{wanted!r} is no role. There are: {', '.join(ROLES)}.")
    user = world.user_by_email(email)
    if user and organisation.id in user.roles:
        raise EventRefused(f"{user.email} belongs to {organisation.name} already.")
    if user is None:
        user = _new_user(world, event, email)
        world.users[user.id] = user
    world.undo.append(Undo("role", user.id, organisation.id, None))
    admin = event.details.get("payroll_admin")
    user.roles[organisation.id] = Role(wanted, wanted in CONNECTING_ROLES if admin is None else bool(admin))
    user.updated_at = event.now
    return {"user": user.email, "organisation": organisation.id, "role": wanted}


def _email(event: Event) -> str:
    email = event.words("email", "Give an e-mail address.")
    if not _EMAIL.match(email) or len(email) > 200:
        raise EventRefused(f"{email} is no e-mail address.")
    return email


def _new_user(world: World, event: Event, email: str) -> User:
    local = email.partition("@")[0]
    return User(
        id=derive_id(world.seed, "user", email.casefold()),
        email=email,
        first_name=str(event.details.get("first_name") or local.partition(".")[0].title()),
        last_name=str(event.details.get("last_name") or local.rpartition(".")[2].title()),
        password=PASSWORD,
        updated_at=event.now,
    )


def change_email(world: World, event: Event) -> dict[str, Any]:
    """Give a user another e-mail address; everything else about the user stays."""
    if event.user is None:
        raise EventRefused("The event change_email needs a user (e-mail).")
    user, email = event.user, _email(event)
    other = world.user_by_email(email)
    if other is not None and other is not user:
        raise EventRefused(f"{email} is another user's address.")
    world.undo.append(Undo("email", user.id, None, user.email))
    user.updated_at = event.now
    rename(world, user, email)
    return {"user": user.email}


def rename(world: World, user: User, email: str) -> None:
    """Put a user into the table under another address."""
    user.email = email
    world.users[user.id] = user


def user_connects(world: World, event: Event) -> dict[str, Any]:
    """Let a user connect an app from a browser that nobody here drives: a consent without a callback."""
    user, organisation = event.both()
    client_id = str(event.details.get("app") or DEMO_APP)
    if client_id not in world.apps:
        raise EventRefused(f"There is no app {client_id}.")
    ask = _ask(world.apps[client_id], str(event.details.get("scope") or CONNECTED_SCOPES))
    owner = {"user_id": user.id, "client_id": client_id, "organisation_id": organisation.id}
    known = world.connection_for(**owner)
    try:
        code = grants.allow(
            world, user, ask, organisation_ids=[organisation.id], switches=event.switches, now=event.now
        )
    except grants.ConsentRefused as error:
        raise EventRefused(str(error)) from error
    connection = world.connection_for(**owner)
    if connection is None:
        raise EventRefused("The connection is gone already.")
    if known is None:
        world.undo.append(Undo("connected", user.id, organisation.id, connection.id))
    return {"user": user.email, "organisation": organisation.id, "connection": connection.id, "code": code}


def _ask(app: App, scope: str) -> grants.Ask:
    scopes = tuple(scope.split())
    unknown = [name for name in scopes if name not in grants.SCOPES]
    if unknown:
        raise EventRefused(f"There is no scope {', '.join(unknown)}.")
    redirect = app.redirect_uris[0] if app.redirect_uris else ""
    return grants.Ask(app=app, redirect_uri=redirect, scopes=scopes, state=None, challenge=None, nonce=None)


def belongs(user: User, organisation: Organisation) -> Role:
    """Return a user's role in an organisation, or refuse."""
    role = user.roles.get(organisation.id)
    if role is None:
        raise EventRefused(f"{user.email} does not belong to {organisation.name}. Restore the user first.")
    return role
