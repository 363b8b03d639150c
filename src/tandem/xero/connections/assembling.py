"""Read the stored evidence of a connection into the facts that a diagnosis is made from, in a fixed number of queries."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection as database

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.people.errors import EmployeeNotFound
from tandem.people.records import EmployeeStatus
from tandem.people.selectors import get_employee
from tandem.xero.client.errors import AnswerClass
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
from tandem.xero.governor import ledger
from tandem.xero.models import CallBudget, Connection, Grant, HandoverTask, WriteApproval

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
        budget=budget_of(connection, now),
        windows=windows(),
        scopes_wanted=frozenset(settings.TANDEM.xero.scopes) - SIGN_IN_SCOPES,
        receipt=Receipt(connection.disconnected_at) if connection.disconnected_at else None,
        connected_at=connection.connected_at,
        clock_offset=read.clock_offset(),
        vault_failed_at=read.vault_failed_at(primary) if primary else None,
        organisation_status=connection.organisation_status or "ACTIVE",
        time_zone=zone_of(connection),
        wants_standby=connection.wants_standby and (standby is not None or not _is_put_off(connection, now)),
    )


def zone_of(connection: Connection) -> str:
    """Return the time zone that the organisation's days are counted in."""
    return connection.organisation_time_zone or "Australia/Sydney"


def _is_put_off(connection: Connection, now: datetime) -> bool:
    """Say whether a standby is not asked for yet; one that was given and is refused is missed at once."""
    return connection.standby_put_off_until is not None and connection.standby_put_off_until > now


def windows() -> Windows:
    """Return how long each proof lasts: one probe interval and its grace, and for data one import interval."""
    chosen = settings.TANDEM.windows
    probe = timedelta(seconds=chosen.probe_seconds * PROBE_JITTER + chosen.probe_grace_seconds)
    return Windows(
        sign_in=probe, organisation=probe, payroll=probe, data=timedelta(seconds=chosen.import_seconds) + DATA_GRACE
    )


def budget_of(connection: Connection, now: datetime) -> Budget:
    """Return what is left of the day's calls. Inside the account's scope."""
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
        self._hand_overs = hand_overs_of(connection)
        self._approvals = approvals_of(connection)
        self._others = {(row[0], row[1], row[2] == "ok"): row for row in self._rows(OTHERS)}

    def facts_of(self, grant: Grant) -> GrantFacts:
        """Return what is known of one grant."""
        due = self._hand_overs.get(grant.grant_id)
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
            hand_over_on=due.last_safe_on if due else None,
            writes_stop_on=due.writes_stop_on if due else None,
            writes_approved_until=self._approvals.get(grant.grant_id),
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
        is_private=employee.termination_is_private,
    )


def hand_overs_of(connection: Connection) -> dict[UUID, HandoverTask]:
    """Return the open hand-over task of each grant that has one. Inside the account's scope."""
    rows = HandoverTask.objects.filter(account_id=connection.account_id, connection=connection, closed_at__isnull=True)
    return {row.grant_id: row for row in rows}


def approvals_of(connection: Connection) -> dict[UUID, datetime]:
    """Return until when each grant may write though its last safe day is over. Inside the account's scope."""
    rows = WriteApproval.objects.filter(
        account_id=connection.account_id, grant__connection=connection, withdrawn_at__isnull=True
    ).order_by("until")
    return dict(rows.values_list("grant_id", "until"))
