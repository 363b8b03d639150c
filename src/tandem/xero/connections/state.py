"""From the stored evidence to the state that is shown, and what follows from a change of it.

Pages diagnose anew with `read_health`. `follow` is called after every call to Xero and writes the state down, so that
lists and the support room can be drawn, people are told, and the timeline says when it changed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection as database

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.scoping import scope, scoped
from tandem.people.errors import EmployeeNotFound
from tandem.people.records import EmployeeStatus
from tandem.people.selectors import get_employee
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.xero.client.errors import AnswerClass
from tandem.xero.connections import incidents
from tandem.xero.connections.diagnosis import diagnose
from tandem.xero.connections.evidence import (
    Budget,
    DataFacts,
    Evidence,
    GrantFacts,
    Holder,
    Listing,
    Receipt,
    Track,
    Windows,
)
from tandem.xero.connections.health import GREEN, ConnectionState, Health
from tandem.xero.governor import ledger
from tandem.xero.models import CallBudget, Connection, Grant

SIGN_IN_SCOPES = frozenset({"openid", "profile", "email", "offline_access"})
PROBE_JITTER = 1.1
DATA_GRACE = timedelta(hours=1)
DAY = timedelta(days=1)

# The last success of each kind, found by index; then what happened since, folded to first and last by PostgreSQL.
# What Xero says of one person's record (400, 404, and its 500 for bad input) says nothing about the connection.
LAST_SUCCESSES = """
SELECT asked.grant_id, asked.kind, ok.at, ok.correlation_id
FROM unnest(%(grants)s::uuid[]) AS asked_grant(grant_id)
CROSS JOIN unnest(ARRAY['refresh', 'organisation', 'payroll', 'detail', 'write']) AS asked_kind(kind)
CROSS JOIN LATERAL (SELECT asked_grant.grant_id, asked_kind.kind) AS asked
CROSS JOIN LATERAL (
    SELECT e.at, e.correlation_id FROM xero_evidence e
    WHERE e.account_id = %(account)s AND e.connection_id = %(connection)s AND e.grant_id = asked.grant_id
      AND e.request_kind = asked.kind AND e.answer = 'ok'
    ORDER BY e.at DESC LIMIT 1
) AS ok
"""
FAILURES = """
SELECT e.grant_id, e.request_kind, e.answer, min(e.at), max(e.at),
       (array_agg(e.retry_at ORDER BY e.at DESC))[1], (array_agg(e.correlation_id ORDER BY e.at DESC))[1]
FROM xero_evidence e
JOIN unnest(%(grants)s::uuid[], %(kinds)s::text[], %(after)s::timestamptz[]) AS since(grant_id, kind, at)
  ON e.grant_id = since.grant_id AND e.request_kind = since.kind AND e.at >= since.at
WHERE e.account_id = %(account)s AND e.connection_id = %(connection)s AND e.answer <> 'ok'
  AND NOT (e.request_kind IN ('detail', 'write') AND e.answer IN ('validation', 'not_found', 'refused', 'server_error'))
GROUP BY e.grant_id, e.request_kind, e.answer
"""
OTHERS = """
SELECT DISTINCT ON (e.grant_id, e.request_kind, e.answer = 'ok')
       e.grant_id, e.request_kind, e.answer, e.at, e.count, e.detail
FROM xero_evidence e
WHERE e.account_id = %(account)s AND e.connection_id = %(connection)s AND e.grant_id = ANY(%(grants)s::uuid[])
  AND e.request_kind IN ('connections', 'list', 'vault')
ORDER BY e.grant_id, e.request_kind, e.answer = 'ok', e.at DESC
"""
CLOCK_OFFSET = """
SELECT e.clock_offset_seconds FROM xero_evidence e
WHERE e.account_id = %(account)s AND e.connection_id = %(connection)s AND e.clock_offset_seconds IS NOT NULL
ORDER BY e.evidence_id DESC LIMIT 1
"""
TRACKS = {
    "refresh": "token",
    "organisation": "organisation",
    "payroll": "payroll",
    "detail": "payroll",
    "write": "payroll",
}
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Gate:
    """Whether automatic work may go on, and if not, why and until when."""

    state: ConnectionState
    cause: str
    blocks_imports: bool
    blocks_writes: bool
    resumes_at: datetime | None


@scoped
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


def follow(account_id: UUID, *, failed: bool) -> None:
    """Diagnose again after a call that failed, or that worked while the state was not green."""
    if not failed:
        with scope(account_id):
            stored = Connection.objects.filter(account_id=account_id).values_list("state", flat=True).first()
        if stored in (None, *(state.value for state in GREEN)):
            return
    update(account_id)


def update(account_id: UUID) -> Health:
    """Diagnose, write the state down, and let what follows from a change follow, in one transaction."""
    actor = Actor.system(account_id, because="diagnosis")
    with scope(account_id):
        connection = Connection.objects.select_for_update().filter(account_id=account_id).first()
        facts = assemble(connection, account_id=account_id)
        health = diagnose(facts, clock.now())
        if connection is not None:
            _write_down(actor, connection, facts, health)
    return health


def _write_down(actor: Actor, connection: Connection, facts: Evidence, health: Health) -> None:
    before, cause = connection.state, health.cause.value if health.cause else ""
    has_changed = (before, connection.cause) != (health.state.value, cause)
    was_broken, is_broken = before == ConnectionState.BROKEN.value, health.state is ConnectionState.BROKEN
    connection.cause_is_certain = bool(health.cause) and health.certain
    connection.proved_at = _proved_at(health) or connection.proved_at
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


def _proved_at(health: Health) -> datetime | None:
    """Return since when everything shown green has been proved at the latest: the time of the oldest of the proofs."""
    readings = list(health.lights.values())
    times = [reading.at for reading in readings if reading.at is not None]
    return min(times) if len(times) == len(readings) and all(reading.is_proved for reading in readings) else None


def _tell(
    actor: Actor, connection: Connection, facts: Evidence, health: Health, *, before: str, was_broken: bool
) -> None:
    subject: Mapping[str, Any] = {"subject_kind": "connection", "subject_id": connection.connection_id}
    record(
        actor,
        Event.STATE_CHANGED,
        **subject,
        facts={
            "from": before,
            "to": connection.state,
            "cause": connection.cause,
            "certain": connection.cause_is_certain,
        },
    )
    is_broken = health.state is ConnectionState.BROKEN
    if is_broken and not was_broken:
        record(actor, Event.RUNS_PAUSED, **subject, facts={"cause": connection.cause})
    if is_broken:
        incidents.open_break(actor, connection, facts, health)
    elif was_broken:
        if health.state is not ConnectionState.DISCONNECTED:
            record(actor, Event.RECOVERED, **subject, facts={"to": connection.state})
            record(actor, Event.RUNS_RESUMED, **subject)
        incidents.close_break(actor, connection, recovered=health.state is not ConnectionState.DISCONNECTED)


def assemble(connection: Connection | None, *, account_id: UUID) -> Evidence:
    """Read the latest facts of a connection, in a fixed number of queries. Call inside the account's scope."""
    if connection is None:
        return Evidence()
    now = clock.now()
    roles = ("primary", "standby")
    grants = {
        row.role: row for row in Grant.objects.filter(account_id=account_id, connection=connection, role__in=roles)
    }
    read = _Reader(connection, [row.grant_id for row in grants.values()])
    primary = grants.get("primary")
    standby = grants.get("standby")
    return Evidence(
        organisation_name=connection.tenant_name,
        primary=read.facts_of(primary) if primary else None,
        standby=read.facts_of(standby) if standby else None,
        data=read.data_of(primary) if primary else DataFacts(),
        budget=_budget(connection, now),
        windows=windows(),
        scopes_wanted=frozenset(settings.TANDEM.xero.scopes) - SIGN_IN_SCOPES,
        receipt=Receipt(connection.disconnected_at) if connection.disconnected_at else None,
        connected_at=connection.connected_at,
        clock_offset=read.clock_offset(),
        vault_failed_at=read.vault_failed_at(primary) if primary else None,
        organisation_status=connection.organisation_status or "ACTIVE",
        time_zone=connection.organisation_time_zone or "Australia/Sydney",
        # The second key is stored and shown, and becomes a duty with the hand-over release.
        wants_standby=False,
    )


def windows() -> Windows:
    """Return how long each proof lasts: one probe interval and its grace, and for data one import interval."""
    chosen = settings.TANDEM.windows
    probe = timedelta(seconds=chosen.probe_seconds * PROBE_JITTER + chosen.probe_grace_seconds)
    return Windows(
        sign_in=probe, organisation=probe, payroll=probe, data=timedelta(seconds=chosen.import_seconds) + DATA_GRACE
    )


def _budget(connection: Connection, now: datetime) -> Budget:
    size = settings.TANDEM.xero.calls_per_day
    row = CallBudget.objects.filter(account_id=connection.account_id, connection=connection).first()
    if row is None or row.day_started_at is None or now - row.day_started_at >= DAY:
        return Budget(size=size, low_below=size // 10)
    remaining = max(0, size - int(row.day_calls.get(ledger.ALL, 0)))
    return Budget(remaining=remaining, size=size, low_below=size // 10, resets_at=row.day_started_at + DAY)


class _Reader:
    """The evidence of a connection's grants, read once."""

    def __init__(self, connection: Connection, grant_ids: Iterable[UUID]) -> None:
        self._connection = connection
        self._named: dict[str, Any] = {
            "account": connection.account_id,
            "connection": connection.connection_id,
            "grants": list(grant_ids),
        }
        self._tracks = self._read_tracks()
        self._others = {(row[0], row[1], row[2] == "ok"): row for row in self._rows(OTHERS)}

    def facts_of(self, grant: Grant) -> GrantFacts:
        """Return what is known of one grant."""
        return GrantFacts(
            grant_id=grant.grant_id,
            holder=holder_of(grant),
            token=self._track(grant, "token"),
            organisation=self._track(grant, "organisation"),
            payroll=self._track(grant, "payroll"),
            listing=self._listing(grant),
            scopes_granted=frozenset(grant.scopes) or None,
            token_expires_at=grant.access_expires_at,
            last_refreshed_at=grant.refreshed_at,
        )

    def data_of(self, grant: Grant) -> DataFacts:
        """Return what the complete lists said."""
        good = self._others.get((grant.grant_id, "list", True))
        bad = self._others.get((grant.grant_id, "list", False))
        noted = dict(part.split("=") for part in bad[5].split()) if bad else {}
        return DataFacts(
            proved_at=good[3] if good else None,
            rows=good[4] if good else None,
            failed_at=bad[3] if bad else None,
            answer=AnswerClass(bad[2]) if bad else None,
            failed_rows=bad[4] if bad else None,
            expected_rows=int(noted["expected"]) if bad else None,
            unconfirmed=int(noted["unconfirmed"]) if bad else 0,
        )

    def vault_failed_at(self, grant: Grant) -> datetime | None:
        """Return when the vault could not be opened, if nothing worked since."""
        failed = self._others.get((grant.grant_id, "vault", False))
        if failed is None:
            return None
        worked = [self._track(grant, name).ok_at for name in ("token", "organisation", "payroll")]
        at: datetime = failed[3]
        return None if any(ok_at is not None and ok_at > at for ok_at in worked) else at

    def clock_offset(self) -> timedelta | None:
        """Return how far our clock was ahead of Xero's when it last told the time."""
        rows = self._rows(CLOCK_OFFSET)
        return timedelta(seconds=rows[0][0]) if rows else None

    def _listing(self, grant: Grant) -> Listing | None:
        row = self._others.get((grant.grant_id, "connections", True))
        return Listing(at=row[3], is_listed=bool(row[4])) if row else None

    def _track(self, grant: Grant, name: str) -> Track:
        return self._tracks.get((grant.grant_id, name), Track())

    def _read_tracks(self) -> dict[tuple[UUID, str], Track]:
        tracks: dict[tuple[UUID, str], Track] = {}
        for grant_id, kind, at, correlation_id in sorted(self._rows(LAST_SUCCESSES), key=lambda row: row[2]):
            tracks[grant_id, TRACKS[kind]] = Track(ok_at=at, correlation_id=correlation_id)
        for (grant_id, name), notes in self._failures(tracks).items():
            track = tracks.get((grant_id, name), Track())
            for at, answer, retry_at, correlation_id in sorted(notes, key=lambda note: note[0]):
                track = track.note(at, AnswerClass(answer), resumes_at=retry_at, correlation_id=correlation_id)
            tracks[grant_id, name] = track
        return tracks

    def _failures(self, tracks: Mapping[tuple[UUID, str], Track]) -> dict[tuple[UUID, str], list[tuple[Any, ...]]]:
        """Return, for each track, the first and the last failure of each kind since its last success."""
        asked = [(grant_id, kind) for grant_id in self._named["grants"] for kind in TRACKS]
        after = [tracks.get((grant_id, TRACKS[kind]), Track()).ok_at or BEGINNING for grant_id, kind in asked]
        rows = self._rows(FAILURES, grants=[row[0] for row in asked], kinds=[row[1] for row in asked], after=after)
        notes: dict[tuple[UUID, str], list[tuple[Any, ...]]] = {}
        for grant_id, kind, answer, first, last, retry_at, correlation_id in rows:
            found = notes.setdefault((grant_id, TRACKS[kind]), [])
            found.append((first, answer, retry_at, correlation_id))
            if last != first:
                found.append((last, answer, retry_at, correlation_id))
        return notes

    def _rows(self, query: str, **more: Any) -> list[tuple[Any, ...]]:
        with database.cursor() as cursor:
            cursor.execute(query, {**self._named, **more})
            return list(cursor.fetchall())


def holder_of(grant: Grant) -> Holder:
    """Return the person behind a grant as the HR record knows them."""
    if grant.holder_employee_id is None:
        return Holder(name=grant.holder_name)
    actor = Actor.system(grant.account_id, because="diagnosis")
    try:
        employee = get_employee(actor, employee_id=grant.holder_employee_id)
    except EmployeeNotFound:
        return Holder(name=grant.holder_name)
    return Holder(
        name=grant.holder_name,
        employee_id=employee.employee_id,
        last_day_on=employee.termination_on,
        is_terminated=employee.status is EmployeeStatus.TERMINATED,
    )
