"""Life events: what people and Xero do to a connection from the other side. Each can be put back."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from tandem_sandbox.world import people, rules, seed, time_events, user_events
from tandem_sandbox.world.event import Event, EventRefused
from tandem_sandbox.world.rules import Malformed
from tandem_sandbox.world.state import ROLES, Connection, Organisation, Role, Undo, User, World
from tandem_sandbox.world.switches import Switches
from tandem_sandbox.world.user_events import belongs

__all__ = ["KEYS", "EventRefused", "disconnect", "happen"]

KEYS = {
    "remove_user": ("user", "organisation"),
    "restore_user": ("user", "organisation"),
    "change_role": ("user", "organisation", "role"),
    "drop_payroll_admin": ("user", "organisation"),
    "restore_payroll_admin": ("user", "organisation"),
    "disconnect_app": ("user", "organisation", "app"),
    "add_user": ("organisation", "email", "first_name", "last_name", "role", "payroll_admin"),
    "change_email": ("user", "email"),
    "user_connects": ("user", "organisation", "app", "scope"),
    "put_back": ("user", "organisation", "event"),
    "edit_employee": ("organisation", "employee", "changes"),
    "create_employee": ("organisation", "fields"),
    "end_trial": ("organisation",),
    "payroll_not_set_up": ("organisation",),
    "organisation_offline": ("organisation",),
    "stp2_off": ("organisation",),
    "rename_organisation": ("organisation", "name"),
    "demo_reset": ("organisation",),
    "lower_day_limit": ("organisation", "day"),
    "rotate_signing_key": (),
    **time_events.KEYS,
}
FOR_GOOD = ("edit_employee", "create_employee", *time_events.KEYS)
WITHOUT_DEFAULT_PLACE = ("put_back", "disconnect_app", "change_email", "rotate_signing_key")
OTHER_KINDS: dict[str, type] = {"changes": dict, "fields": dict, "payroll_admin": bool, "day": int}
WORDS: dict[type, str] = {str: "a text", dict: "an object", bool: "true or false", int: "a whole number"}


def happen(
    world: World, payload: Mapping[str, Any], *, now: datetime, switches: Switches | None = None
) -> dict[str, Any]:
    """Make an event happen and say what it touched."""
    kind = payload.get("kind")
    if not isinstance(kind, str) or kind not in KEYS:
        raise EventRefused(f"There is no event called {kind!r}. There are: {', '.join(KEYS)}.")
    surplus = set(payload) - {"kind", *KEYS[kind]}
    if surplus:
        raise EventRefused(f"The event {kind} does not take {', '.join(sorted(surplus))}.")
    for name, value in payload.items():
        _check_kind(name, value)
    event = Event(
        kind=kind,
        user=_user(world, payload),
        organisation=_organisation(world, payload, required=kind not in WITHOUT_DEFAULT_PLACE),
        details=payload,
        now=now,
        switches=switches or Switches(),
    )
    before = len(world.undo)
    result = HANDLERS[kind](world, event)
    for undo in world.undo[before:]:
        undo.event = kind
    world.touch()
    return {"kind": kind, **result}


def _check_kind(name: str, value: object) -> None:
    wanted = OTHER_KINDS.get(name, str)
    if value is not None and (not isinstance(value, wanted) or isinstance(value, bool) != (wanted is bool)):
        raise EventRefused(f"{name} is {WORDS[wanted]}.")


def _user(world: World, payload: Mapping[str, Any]) -> User | None:
    given = payload.get("user")
    if given is None:
        return None
    user = world.users.get(str(given)) or world.user_by_email(str(given))
    if user is None:
        raise EventRefused(f"There is no user {given}. GET /_sandbox/world lists the users.")
    return user


def _organisation(world: World, payload: Mapping[str, Any], *, required: bool) -> Organisation | None:
    given = payload.get("organisation")
    if given is None:
        return next((org for org in world.organisations.values() if not org.retired), None) if required else None
    organisation = world.organisation_named(str(given))
    if organisation is None:
        raise EventRefused(f"There is no organisation {given}. GET /_sandbox/world lists them.")
    return organisation


def _set_role(world: World, event: Event, role: Role | None) -> dict[str, Any]:
    user, organisation = event.both()
    before = user.roles.get(organisation.id)
    kept = None if before is None else {"role": before.role, "payroll_admin": before.payroll_admin}
    world.undo.append(Undo("role", user.id, organisation.id, kept))
    if role is None:
        user.roles.pop(organisation.id, None)
    else:
        user.roles[organisation.id] = role
    user.updated_at = event.now
    return {"user": user.email, "organisation": organisation.id, "role": role.role if role else "REMOVED"}


def _remove_user(world: World, event: Event) -> dict[str, Any]:
    return _set_role(world, event, None)


def _restore_user(world: World, event: Event) -> dict[str, Any]:
    user, organisation = event.both()
    removed = [
        undo
        for undo in world.undo
        if undo.kind == "role" and (undo.user_id, undo.organisation_id) == (user.id, organisation.id) and undo.before
    ]
    before = removed[-1].before if removed else {"role": "STANDARD", "payroll_admin": True}
    return _set_role(world, event, Role(**before))


def _change_role(world: World, event: Event) -> dict[str, Any]:
    user, organisation = event.both()
    wanted = event.details.get("role")
    if wanted not in ROLES:
        raise EventRefused(f"{wanted!r} is no role. There are: {', '.join(ROLES)}.")
    return _set_role(world, event, Role(str(wanted), belongs(user, organisation).payroll_admin))


def _drop_payroll_admin(world: World, event: Event) -> dict[str, Any]:
    user, organisation = event.both()
    return _set_role(world, event, Role(belongs(user, organisation).role, payroll_admin=False))


def _restore_payroll_admin(world: World, event: Event) -> dict[str, Any]:
    user, organisation = event.both()
    return _set_role(world, event, Role(belongs(user, organisation).role, payroll_admin=True))


def _disconnect_app(world: World, event: Event) -> dict[str, Any]:
    client_id = event.details.get("app")
    if client_id is not None and client_id not in world.apps:
        raise EventRefused(f"There is no app {client_id}.")
    gone = [
        item
        for item in world.connections.values()
        if (event.user is None or item.user_id == event.user.id)
        and (event.organisation is None or item.organisation_id == event.organisation.id)
        and (client_id is None or item.client_id == client_id)
    ]
    for connection in gone:
        disconnect(world, connection)
    return {"connections": [connection.id for connection in gone]}


def disconnect(world: World, connection: Connection) -> None:
    """Drop one connection from inside Xero; the token set is untouched."""
    world.undo.append(Undo("connection", connection.user_id, connection.organisation_id, vars(connection).copy()))
    world.connections.pop(connection.id, None)
    world.touch()


def _edit_employee(world: World, event: Event) -> dict[str, Any]:
    organisation = event.place()
    person = people.find(world, organisation, str(event.details.get("employee", "")))
    if person is None:
        raise EventRefused(f"{organisation.name} has no employee {event.details.get('employee')}.")
    changes = _fields(event.details.get("changes"))
    people.edit(world, organisation, person, changes, now=event.now)
    return {"employee": person.id}


def _create_employee(world: World, event: Event) -> dict[str, Any]:
    fields = _fields(event.details.get("fields"))
    return {"employee": people.add(world, event.place(), fields, now=event.now).id}


def _fields(given: object) -> Mapping[str, Any]:
    if not isinstance(given, dict) or not given:
        raise EventRefused("Give the elements as an object, named as Xero names them.")
    unknown = sorted(set(given) - rules.WRITABLE)
    if unknown:
        raise EventRefused(f"An employee has no element {', '.join(unknown)}, or it is read-only.")
    try:
        rules.normalise(given)
    except Malformed as error:
        raise EventRefused(f"{error} has the wrong shape.") from error
    return given


def _flag(name: str, *, value: object) -> Callable[[World, Event], dict[str, Any]]:
    def handler(world: World, event: Event) -> dict[str, Any]:
        return _set_attribute(world, event, name, value)

    return handler


def _set_attribute(world: World, event: Event, name: str, value: object) -> dict[str, Any]:
    organisation = event.place()
    world.undo.append(Undo(name, None, organisation.id, getattr(organisation, name)))
    setattr(organisation, name, value)
    return {"organisation": organisation.id}


def _rename(world: World, event: Event) -> dict[str, Any]:
    return _set_attribute(world, event, "name", event.words("name", "Give the new name."))


def _lower_day_limit(world: World, event: Event) -> dict[str, Any]:
    day = event.details.get("day")
    if day is None or day < 0:
        raise EventRefused("Give the new limit as day, a whole number.")
    return _set_attribute(world, event, "day_limit", day)


def _rotate_signing_key(world: World, event: Event) -> dict[str, Any]:
    del event
    world.undo.append(Undo("key", None, None, world.key_number))
    world.key_number += 1
    return {"key": world.key_number}


def _demo_reset(world: World, event: Event) -> dict[str, Any]:
    old = event.place()
    fresh = seed.build_organisation(world, number=old.number, edition=old.edition + 1)
    fresh.name, fresh.is_demo, fresh.headcount = old.name, True, old.headcount
    fresh.country, fresh.timezone = old.country, old.timezone
    world.organisations[fresh.id] = fresh
    old.retired = True
    for user in world.users.values():
        if old.id in user.roles:
            user.roles[fresh.id] = user.roles[old.id]
    world.undo.append(Undo("reset", None, old.id, fresh.id))
    return {"organisation": fresh.id, "was": old.id}


def _put_back(world: World, event: Event) -> dict[str, Any]:
    if event.details.get("event") not in (None, *KEYS):
        raise EventRefused(f"There is no event called {event.details['event']!r}. There are: {', '.join(KEYS)}.")
    if event.details.get("event") in FOR_GOOD:
        raise EventRefused(f"{event.details['event']} cannot be put back. Reset the simulator instead.")
    kept, done = [], 0
    for undo in reversed(world.undo):
        if _concerns(undo, event):
            _take_back(world, undo)
            done += 1
        else:
            kept.append(undo)
    world.undo[:] = list(reversed(kept))
    return {"events": done}


def _concerns(undo: Undo, event: Event) -> bool:
    if event.user is not None and undo.user_id != event.user.id:
        return False
    if event.details.get("event") not in (None, undo.event):
        return False
    return event.organisation is None or undo.organisation_id == event.organisation.id


def _take_back(world: World, undo: Undo) -> None:
    organisation = world.organisations.get(undo.organisation_id or "")
    if undo.kind == "role":
        _give_back_role(world, undo)
    elif undo.kind == "email" and undo.user_id:
        user_events.rename(world, world.users[undo.user_id], undo.before)
    elif undo.kind == "key":
        world.key_number = undo.before
    elif undo.kind == "connection":
        _reconnect(world, Connection(**undo.before))
    elif undo.kind == "connected":
        world.connections.pop(undo.before, None)
    elif undo.kind == "reset" and organisation:
        _undo_reset(world, organisation, fresh_id=undo.before)
    elif organisation:
        setattr(organisation, undo.kind, undo.before)


def _give_back_role(world: World, undo: Undo) -> None:
    roles = world.users[undo.user_id or ""].roles
    if undo.before is None:
        roles.pop(undo.organisation_id or "", None)
    else:
        roles[undo.organisation_id or ""] = Role(**undo.before)


def _undo_reset(world: World, organisation: Organisation, *, fresh_id: str) -> None:
    organisation.retired = False
    world.organisations.pop(fresh_id, None)
    for user in world.users.values():
        user.roles.pop(fresh_id, None)


def _reconnect(world: World, connection: Connection) -> None:
    replaced = world.connection_for(
        user_id=connection.user_id, client_id=connection.client_id, organisation_id=connection.organisation_id
    )
    if replaced is None:
        world.connections[connection.id] = connection


HANDLERS: dict[str, Callable[[World, Event], dict[str, Any]]] = {
    "remove_user": _remove_user,
    "restore_user": _restore_user,
    "change_role": _change_role,
    "drop_payroll_admin": _drop_payroll_admin,
    "restore_payroll_admin": _restore_payroll_admin,
    "disconnect_app": _disconnect_app,
    "put_back": _put_back,
    "edit_employee": _edit_employee,
    "create_employee": _create_employee,
    "end_trial": _flag("trial_over", value=True),
    "payroll_not_set_up": _flag("payroll_ready", value=False),
    "organisation_offline": _flag("offline", value=True),
    "stp2_off": _flag("stp2", value=False),
    "rename_organisation": _rename,
    "demo_reset": _demo_reset,
    "add_user": user_events.add_user,
    "change_email": user_events.change_email,
    "user_connects": user_events.user_connects,
    "lower_day_limit": _lower_day_limit,
    "rotate_signing_key": _rotate_signing_key,
    **time_events.HANDLERS,
}
