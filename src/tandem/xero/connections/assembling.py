"""Read the stored evidence of a connection into the facts that a diagnosis is made from, in a fixed number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection as database

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.people.selectors import find_leaving
from tandem.xero.client.errors import AnswerClass
from tandem.xero.connections import scopes
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
from tandem.xero.models import Connection, Grant, HandoverTask, WriteApproval
from tandem.xero.preferences.actions import get_preferences

SIGN_IN_SCOPES = frozenset({"openid", "profile", "email", "offline_access"})
PROBE_JITTER = 1.1
DATA_GRACE = timedelta(hours=1)
DAY = timedelta(days=1)

# The last success of each kind; then what happened since, folded to first and last; then the newest of what is no track;
# then the clock, the day's calls, hand-overs and approvals. One statement, since this is read at every probe and by every
# page, and each look into the evidence of three months begins at the newest entry of one kind: LATERAL and OFFSET keep the
# planner from reading all of it, whatever it believes of the table.
# What Xero says of one person's record (400, 404, and its 500 for bad input) says nothing about the connection.
EVIDENCE = """
WITH asked AS (
    SELECT g.grant_id, k.kind, k.track FROM unnest(%(grants)s::uuid[]) AS g(grant_id)
    CROSS JOIN unnest(%(kinds)s::text[], %(tracks)s::text[]) AS k(kind, track)
), worked AS (
    SELECT asked.grant_id, asked.kind, asked.track, ok.at, ok.correlation_id FROM asked
    CROSS JOIN LATERAL (
        SELECT e.at, e.correlation_id FROM xero_evidence e
        WHERE e.account_id = %(account)s AND e.connection_id = %(connection)s AND e.grant_id = asked.grant_id
          AND e.request_kind = asked.kind AND e.answer = 'ok'
        ORDER BY e.at DESC LIMIT 1
    ) AS ok
), since AS (
    SELECT asked.grant_id, asked.kind, coalesce(max(worked.at), '-infinity') AS at
    FROM asked LEFT JOIN worked ON worked.grant_id = asked.grant_id AND worked.track = asked.track
    GROUP BY asked.grant_id, asked.kind
)
SELECT 'worked' AS part, grant_id, kind, 'ok' AS answer, at AS first_at, at AS last_at,
       NULL::timestamptz AS retry_at, correlation_id, NULL::integer AS number, '' AS detail
FROM worked
UNION ALL
SELECT 'failed', since.grant_id, since.kind, e.answer, min(e.at), max(e.at),
       (array_agg(e.retry_at ORDER BY e.at DESC))[1], (array_agg(e.correlation_id ORDER BY e.at DESC))[1], NULL, ''
FROM since CROSS JOIN LATERAL (
    SELECT f.answer, f.at, f.retry_at, f.correlation_id FROM xero_evidence f
    WHERE f.account_id = %(account)s AND f.connection_id = %(connection)s AND f.grant_id = since.grant_id
      AND f.request_kind = since.kind AND f.at >= since.at AND f.answer <> 'ok'
      AND NOT (f.request_kind IN ('detail', 'write') AND f.answer IN ('validation', 'not_found', 'refused', 'server_error'))
    OFFSET 0
) AS e
GROUP BY since.grant_id, since.kind, e.answer
UNION ALL
SELECT 'other', g.grant_id, k.kind, newest.answer, newest.at, newest.at, NULL::timestamptz, '', newest.count, newest.detail
FROM unnest(%(grants)s::uuid[]) AS g(grant_id)
CROSS JOIN (VALUES ('connections'), ('list'), ('vault')) AS k(kind) CROSS JOIN (VALUES (true), (false)) AS w(worked)
CROSS JOIN LATERAL (
    SELECT e.answer, e.at, e.count, e.detail FROM xero_evidence e
    WHERE e.account_id = %(account)s AND e.connection_id = %(connection)s AND e.grant_id = g.grant_id
      AND e.request_kind = k.kind AND (e.answer = 'ok') = w.worked
    ORDER BY e.at DESC, e.evidence_id DESC LIMIT 1
) AS newest
UNION ALL
(SELECT 'clock', NULL, '', '', told.at, told.at, NULL, '', told.clock_offset_seconds, '' FROM asked
CROSS JOIN LATERAL (
    SELECT e.evidence_id, e.at, e.clock_offset_seconds FROM xero_evidence e
    WHERE e.account_id = %(account)s AND e.connection_id = %(connection)s AND e.grant_id = asked.grant_id
      AND e.request_kind = asked.kind AND e.clock_offset_seconds IS NOT NULL
    ORDER BY e.at DESC, e.evidence_id DESC LIMIT 1
) AS told ORDER BY told.at DESC, told.evidence_id DESC LIMIT 1)
UNION ALL
SELECT 'budget', NULL, '', '', b.day_started_at, b.day_started_at, NULL, '', coalesce((b.day_calls->>%(all)s)::integer, 0), ''
FROM xero_callbudget b
WHERE b.account_id = %(account)s AND b.connection_id = %(connection)s AND b.day_started_at IS NOT NULL
UNION ALL
SELECT 'hand_over', h.grant_id, '', '', h.opened_at, h.opened_at, NULL, '', NULL,
       concat_ws(' ', to_char(h.last_safe_on, 'YYYY-MM-DD'), to_char(h.writes_stop_on, 'YYYY-MM-DD'))
FROM xero_handovertask h
WHERE h.account_id = %(account)s AND h.connection_id = %(connection)s AND h.closed_at IS NULL
UNION ALL
SELECT 'approval', a.grant_id, '', '', max(a.until), max(a.until), NULL, '', NULL, ''
FROM xero_writeapproval a
WHERE a.account_id = %(account)s AND a.grant_id = ANY(%(grants)s::uuid[]) AND a.withdrawn_at IS NULL
GROUP BY a.grant_id
"""
TRACKS = {
    "refresh": "token",
    "organisation": "organisation",
    "payroll": "payroll",
    "detail": "payroll",
    "write": "payroll",
}


def assemble(connection: Connection | None, *, account_id: UUID) -> Evidence:
    """Read the latest facts of a connection, in a fixed number of queries. Call inside the account's scope."""
    if connection is None:
        return Evidence()
    now, configured = clock.now(), settings.TANDEM.xero.scopes
    chosen = get_preferences(Actor.system(account_id, because="diagnosis")).preferences
    roles = ("primary", "standby")
    grants = {
        row.role: row for row in Grant.objects.filter(account_id=account_id, connection=connection, role__in=roles)
    }
    read = _Reader(connection, grants.values())
    primary = grants.get("primary")
    standby = grants.get("standby")
    return Evidence(
        organisation_name=connection.tenant_name,
        primary=read.facts_of(primary) if primary else None,
        standby=read.facts_of(standby) if standby else None,
        data=read.data_of(primary) if primary else DataFacts(),
        budget=read.budget(now),
        windows=windows(),
        scopes_wanted=frozenset(scopes.asked(configured, read_only=True)) - SIGN_IN_SCOPES,
        scopes_optional=frozenset(scopes.asked(configured, read_only=chosen.read_only)) - SIGN_IN_SCOPES,
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


@dataclass(frozen=True)
class _Row:
    """One line of what EVIDENCE found."""

    part: str
    grant_id: UUID | None
    kind: str
    answer: str
    first_at: datetime
    last_at: datetime
    retry_at: datetime | None
    correlation_id: str
    number: int | None
    detail: str


class _Reader:
    """The evidence of a connection's grants, read once."""

    def __init__(self, connection: Connection, grants: Iterable[Grant]) -> None:
        rows = _read(connection, [grant.grant_id for grant in grants])
        self._tracks = _fold(rows)
        self._others = {(row.grant_id, row.kind, row.answer == "ok"): row for row in rows if row.part == "other"}
        self._single = {(row.part, row.grant_id): row for row in rows}

    def facts_of(self, grant: Grant) -> GrantFacts:
        """Return what is known of one grant."""
        hand_over = self._single.get(("hand_over", grant.grant_id))
        last_days = [date.fromisoformat(day) for day in hand_over.detail.split()] if hand_over else []
        approval = self._single.get(("approval", grant.grant_id))
        return GrantFacts(
            grant_id=grant.grant_id,
            holder=holder_of(grant),
            token=self._track(grant, "token"),
            organisation=self._track(grant, "organisation"),
            payroll=self._track(grant, "payroll"),
            listing=self._listing(grant),
            scopes_granted=scopes.covered(grant.scopes) or None,
            token_expires_at=grant.access_expires_at,
            last_refreshed_at=grant.refreshed_at,
            hand_over_on=last_days[0] if last_days else None,
            writes_stop_on=last_days[1] if len(last_days) > 1 else None,
            writes_approved_until=approval.last_at if approval else None,
        )

    def data_of(self, grant: Grant) -> DataFacts:
        """Return what the complete lists said."""
        good = self._others.get((grant.grant_id, "list", True))
        bad = self._others.get((grant.grant_id, "list", False))
        noted = dict(part.split("=") for part in bad.detail.split()) if bad else {}
        return DataFacts(
            proved_at=good.last_at if good else None,
            rows=good.number if good else None,
            failed_at=bad.last_at if bad else None,
            answer=AnswerClass(bad.answer) if bad else None,
            failed_rows=bad.number if bad else None,
            expected_rows=int(noted["expected"]) if bad else None,
            unconfirmed=int(noted["unconfirmed"]) if bad else 0,
            is_gone_through=noted.get("gone_through") != "0",
        )

    def vault_failed_at(self, grant: Grant) -> datetime | None:
        """Return when the vault could not be opened, if nothing worked since."""
        failed = self._others.get((grant.grant_id, "vault", False))
        if failed is None:
            return None
        worked = [self._track(grant, name).ok_at for name in ("token", "organisation", "payroll")]
        at = failed.last_at
        return None if any(ok_at is not None and ok_at > at for ok_at in worked) else at

    def clock_offset(self) -> timedelta | None:
        """Return how far our clock was ahead of Xero's when it last told the time."""
        told = self._single.get(("clock", None))
        return timedelta(seconds=told.number) if told and told.number is not None else None

    def budget(self, now: datetime) -> Budget:
        """Return what is left of the day's calls."""
        size = settings.TANDEM.xero.calls_per_day
        row = self._single.get(("budget", None))
        if row is None or now - row.last_at >= DAY:
            return Budget(size=size, low_below=size // 10)
        remaining = max(0, size - (row.number or 0))
        return Budget(remaining=remaining, size=size, low_below=size // 10, resets_at=row.last_at + DAY)

    def _listing(self, grant: Grant) -> Listing | None:
        row = self._others.get((grant.grant_id, "connections", True))
        return Listing(at=row.last_at, is_listed=bool(row.number)) if row else None

    def _track(self, grant: Grant, name: str) -> Track:
        return self._tracks.get((grant.grant_id, name), Track())


def _read(connection: Connection, grant_ids: list[UUID]) -> list[_Row]:
    named: dict[str, Any] = {
        "account": connection.account_id,
        "connection": connection.connection_id,
        "grants": grant_ids,
        "kinds": list(TRACKS),
        "tracks": list(TRACKS.values()),
        "all": ledger.ALL,
    }
    with database.cursor() as cursor:
        cursor.execute(EVIDENCE, named)
        return [_Row(*row) for row in cursor.fetchall()]


def _fold(rows: Iterable[_Row]) -> dict[tuple[UUID | None, str], Track]:
    """Fold each track's last success, and the first and the last failure of each kind since."""
    tracks: dict[tuple[UUID | None, str], Track] = {}
    notes: list[tuple[datetime, _Row]] = []
    for row in sorted(rows, key=lambda row: row.first_at):
        if row.part == "worked":
            tracks[row.grant_id, TRACKS[row.kind]] = Track(ok_at=row.first_at, correlation_id=row.correlation_id)
        elif row.part == "failed":
            notes.append((row.first_at, row))
            notes += [(row.last_at, row)] if row.last_at != row.first_at else []
    for at, row in sorted(notes, key=lambda note: note[0]):
        key = (row.grant_id, TRACKS[row.kind])
        tracks[key] = tracks.get(key, Track()).note(
            at, AnswerClass(row.answer), resumes_at=row.retry_at, correlation_id=row.correlation_id
        )
    return tracks


def holder_of(grant: Grant) -> Holder:
    """Return the person behind a grant as the HR record knows them."""
    if grant.holder_employee_id is None:
        return Holder(name=grant.holder_name)
    actor = Actor.system(grant.account_id, because="diagnosis")
    leaving = find_leaving(actor, employee_id=grant.holder_employee_id)
    if leaving is None:
        return Holder(name=grant.holder_name)
    return Holder(
        name=grant.holder_name,
        employee_id=grant.holder_employee_id,
        last_day_on=leaving.last_day_on,
        is_terminated=leaving.is_terminated,
        is_private=leaving.is_private,
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
