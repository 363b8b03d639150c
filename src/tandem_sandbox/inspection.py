"""What the control API shows of the world, in clear."""

from datetime import datetime
from typing import Any

from tandem_sandbox.world import grants, tracking, wire
from tandem_sandbox.world.state import App, Connection, Grant, Organisation, Person, User, World


def world(found: World, *, only: Organisation | None = None) -> dict[str, Any]:
    """Describe organisations, users, apps, connections and grants; `only` narrows to one organisation."""
    organisations = [only] if only else list(found.organisations.values())
    connections = found.connections.where("organisation", only.id) if only else list(found.connections.values())
    users = [user for user in found.users.values() if only is None or only.id in user.roles]
    return {
        "organisations": [_organisation(org) for org in organisations],
        "users": [_user(user, only=only) for user in users],
        "apps": [app(item) for item in found.apps.values()],
        "connections": [_connection(found, item) for item in connections],
        "grants": [] if only else [_grant(found, grant) for grant in found.grants.values()],
    }


def person(found: Person) -> dict[str, Any]:
    """Describe one employee: Xero's elements, calendar dates as ISO days."""
    return {
        "EmployeeID": found.id,
        **found.fields,
        "Status": wire.status_of(found.fields),
        "UpdatedDateUTC": found.updated_at.isoformat(),
        "number": found.number,
        "writes": found.writes,
    }


def live_tokens(found: World, *, now: datetime) -> list[dict[str, str]]:
    """List every token that still works."""
    access = [
        {"token": item.token, "kind": "access", **_holder(found, item.grant_id)}
        for item in found.access_tokens.values()
        if now < item.expires_at and found.grants[item.grant_id].alive
    ]
    refresh = [
        {"token": item.token, "kind": "refresh", **_holder(found, item.grant_id)}
        for item in found.refresh_tokens.values()
        if found.grants[item.grant_id].alive
        and (item.first_used_at is None or now - item.first_used_at <= grants.REFRESH_GRACE)
    ]
    return access + refresh


def _holder(found: World, grant_id: str) -> dict[str, str]:
    grant = found.grants[grant_id]
    return {"grant": grant.id, "user": found.users[grant.user_id].email, "app": grant.client_id}


def _user(user: User, *, only: Organisation | None) -> dict[str, Any]:
    shown = {only.id: user.roles[only.id]} if only else user.roles
    roles = {org_id: {"role": role.role, "payroll_admin": role.payroll_admin} for org_id, role in shown.items()}
    return {"id": user.id, "email": user.email, "name": user.name, "roles": roles}


def app(found: App) -> dict[str, Any]:
    """Describe one app."""
    return {
        "client_id": found.client_id,
        "name": found.name,
        "confidential": found.secret is not None,
        "redirect_uris": found.redirect_uris,
        "certified": found.certified,
        "custom": found.custom_connection is not None,
    }


def _connection(found: World, connection: Connection) -> dict[str, Any]:
    return {
        "id": connection.id,
        "user": found.users[connection.user_id].email,
        "organisation": connection.organisation_id,
        "app": connection.client_id,
        "authEventId": connection.auth_event_id,
        "createdDateUtc": wire.seven_decimals(connection.created_at),
        "updatedDateUtc": wire.seven_decimals(connection.updated_at),
    }


def _grant(found: World, grant: Grant) -> dict[str, Any]:
    return {
        "id": grant.id,
        "user": found.users[grant.user_id].email,
        "app": grant.client_id,
        "alive": grant.alive,
        "scopes": grant.scopes,
        "authEventId": grant.auth_event_id,
        "created": grant.created_at.isoformat(),
    }


def _organisation(org: Organisation) -> dict[str, Any]:
    return {
        "id": org.id,
        "name": org.name,
        "employees": org.size,
        "payroll": "ready" if org.payroll_ready else "not set up",
        "status": "retired" if org.retired else "trial over" if org.trial_over else "active",
        "offline": org.offline,
        "country": org.country,
        "day_limit": org.day_limit,
        "groups": tracking.group_names(org),
    }
