"""From the stored evidence to the state that is shown, and what follows from a change of it.

Pages diagnose anew with `read_health`. `update` is called after every call to Xero that may have changed it and writes
the state down, so that lists and the support room can be drawn, people are told, and the timeline says when it changed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.scoping import scope, scoped_part
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.webhooks.announcing import announce
from tandem.webhooks.rules import EventType
from tandem.xero.connections import incidents
from tandem.xero.connections.assembling import assemble
from tandem.xero.connections.diagnosis import diagnose
from tandem.xero.connections.due import DueKind, hurry
from tandem.xero.connections.evidence import Evidence
from tandem.xero.connections.health import GREEN, ConnectionState, Health
from tandem.xero.connections.lights import lit_until
from tandem.xero.models import Connection


@dataclass(frozen=True)
class Gate:
    """Whether automatic work may go on, and if not, why and until when."""

    state: ConnectionState
    cause: str
    blocks_imports: bool
    blocks_writes: bool
    resumes_at: datetime | None


@dataclass(frozen=True)
class Settled:
    """What was diagnosed, from what, and whether it was left unwritten."""

    connection: Connection | None
    facts: Evidence
    health: Health
    is_held_back: bool


@scoped_part
def read_health(actor: Actor, *, may_see_leavers: bool = True) -> Health:
    """Diagnose the actor's connection from the evidence as it is now."""
    connection = Connection.objects.filter(account_id=actor.account_id).first()
    return diagnose(assemble(connection, account_id=actor.account_id), clock.now(), may_see_leavers=may_see_leavers)


def read_gate(account_id: UUID) -> Gate:
    """Return whether automatic runs may go; the queue is kept while they may not."""
    health = read_health(Actor.system(account_id, because="runs"))
    return Gate(
        state=health.state,
        cause=health.cause.value if health.cause else "",
        blocks_imports=health.blocks_imports,
        blocks_writes=health.blocks_writes,
        resumes_at=health.resumes_at,
    )


def is_green(account_id: UUID) -> bool:
    """Say whether a call that worked changes nothing, as the state that is written down is green. In the scope."""
    stored = Connection.objects.filter(account_id=account_id).values_list("state", flat=True).first()
    return stored in (None, *(state.value for state in GREEN))


def update(account_id: UUID) -> Health:
    """Diagnose, write the state down, and let what follows from a change follow, in one transaction."""
    return settle(account_id).health


def settle(account_id: UUID, *, unless: Callable[[Evidence], bool] | None = None) -> Settled:
    """Do as `update`, but write nothing where the evidence calls for something to be tried first (`unless`)."""
    actor = Actor.system(account_id, because="diagnosis")
    with scope(account_id):
        connection = Connection.objects.select_for_update(no_key=True).filter(account_id=account_id).first()
        facts = assemble(connection, account_id=account_id)
        # What is written down is read by lists, letters and the support room: no private termination stands there.
        health = diagnose(facts, clock.now(), may_see_leavers=False)
        is_held_back = unless is not None and unless(facts)
        if connection is not None and not is_held_back:
            _write_down(actor, connection, facts, health)
    return Settled(connection, facts, health, is_held_back=is_held_back)


def _write_down(actor: Actor, connection: Connection, facts: Evidence, health: Health) -> None:
    before, cause = connection.state, health.cause.value if health.cause else ""
    has_changed = (before, connection.cause) != (health.state.value, cause)
    was_broken, is_broken = before == ConnectionState.BROKEN.value, health.state is ConnectionState.BROKEN
    connection.cause_is_certain = bool(health.cause) and health.certain
    connection.proved_at = _proved_at(health) or connection.proved_at
    connection.proved_until = lit_until(health.lights, facts.windows)
    if has_changed:
        connection.state, connection.cause = health.state.value, cause
        connection.since = health.since or clock.now()
    if is_broken and not was_broken:
        connection.broken_at = health.since or clock.now()
    if was_broken and not is_broken:
        connection.broken_at = None
    connection.save()
    if has_changed:
        _tell(actor, connection, facts, health, before=before, was_broken=was_broken)
    incidents.follow_concerns(actor, connection, health, before=before)


def _proved_at(health: Health) -> datetime | None:
    """Return since when everything shown green has been proved at the latest: the time of the oldest of the proofs."""
    readings = list(health.lights.values())
    times = [reading.at for reading in readings if reading.at is not None]
    return min(times) if len(times) == len(readings) and all(reading.is_proved for reading in readings) else None


def _tell(
    actor: Actor, connection: Connection, facts: Evidence, health: Health, *, before: str, was_broken: bool
) -> None:
    subject: Mapping[str, Any] = {"subject_kind": "connection", "subject_id": connection.connection_id}
    change: Mapping[str, str | bool] = {
        "from": before,
        "to": connection.state,
        "cause": connection.cause,
        "certain": connection.cause_is_certain,
    }
    record(actor, Event.STATE_CHANGED, **subject, facts=change)
    announce(actor, EventType.STATE_CHANGED, {"connection_id": str(connection.connection_id), **change})
    is_broken = health.state is ConnectionState.BROKEN
    if is_broken and not was_broken:
        # Whoever was refused asked one question only; the probe asks those that tell the causes apart.
        hurry(connection.connection_id, DueKind.PROBE)
        record(actor, Event.RUNS_PAUSED, **subject, facts={"cause": connection.cause})
    if was_broken and not is_broken and health.state is not ConnectionState.DISCONNECTED:
        record(actor, Event.RECOVERED, **subject, facts={"to": connection.state})
        record(actor, Event.RUNS_RESUMED, **subject)
    _follow_break(actor, connection, facts, health)


def _follow_break(actor: Actor, connection: Connection, facts: Evidence, health: Health) -> None:
    """Open or close the incident of a break; a state that proves nothing leaves it as it is."""
    if health.state is ConnectionState.BROKEN:
        incidents.open_break(actor, connection, facts, health)
    elif health.state is ConnectionState.DISCONNECTED:
        incidents.close_break(actor, connection)
    elif health.is_green and incidents.end_break(actor, connection):
        data = {"connection_id": str(connection.connection_id), "state": connection.state}
        announce(actor, EventType.RECOVERED, data)
