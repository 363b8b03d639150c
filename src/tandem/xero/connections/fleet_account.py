"""One account as the support room sees it: state, cause, lights, evidence, its own part of the timeline, and no person."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection as database

from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped, scoped_part
from tandem.tenancy.selectors import get_account
from tandem.timeline.events import Event
from tandem.timeline.selectors import TimelineEntry, list_entries
from tandem.xero.connections.health import Health
from tandem.xero.connections.state import read_health
from tandem.xero.models import Connection, HandoverTask

#: What support may know of: the connection, its proofs, notices and letters; of a hand-over only that it is needed.
SUPPORT_EVENTS = frozenset(
    {
        Event.CONSENT_STARTED,
        Event.CONSENT_REFUSED,
        Event.CONSENT_QUARANTINED,
        Event.CONSENT_GIVEN,
        Event.CONNECTED,
        Event.RECONNECTED,
        Event.STATE_CHANGED,
        Event.RECOVERED,
        Event.DISCONNECTED,
        Event.GRANT_RETIRED,
        Event.GRANT_DIED,
        Event.TAKEN_OVER,
        Event.PROBED,
        Event.GRANT_REFRESHED,
        Event.RUNS_PAUSED,
        Event.RUNS_RESUMED,
        Event.HANDOVER_OPENED,
        Event.NOTICE_OPENED,
        Event.NOTICE_CLOSED,
        Event.WAY_OUT_SENT,
        Event.BUNDLE_TAKEN,
    }
)
#: Facts that are codes about the connection; why a hand-over is needed is never among them.
SUPPORT_FACTS = frozenset({"from", "to", "state", "cause", "certain", "kind", "letters"})
SHOWN = 30
KINDS = ("refresh", "connections", "organisation", "payroll", "list", "detail", "write", "vault")
# The newest of each kind by the index that holds them, so that years of other calls are not read.
LATEST = """
SELECT e.at, e.request_kind, e.purpose, e.answer, e.status, e.correlation_id
FROM xero_grant g CROSS JOIN unnest(%(kinds)s::text[]) AS asked(kind) CROSS JOIN LATERAL (
    SELECT * FROM xero_evidence one
    WHERE one.account_id = g.account_id AND one.connection_id = g.connection_id AND one.grant_id = g.grant_id
      AND one.request_kind = asked.kind
    ORDER BY one.at DESC LIMIT %(limit)s
) AS e
WHERE g.account_id = %(account)s AND g.role IN ('primary', 'standby')
ORDER BY e.at DESC, e.evidence_id DESC LIMIT %(limit)s
"""


@dataclass(frozen=True)
class EvidenceLine:
    """One call to Xero: its kind, how it ended, and the id under which Xero knows it."""

    at: datetime
    request_kind: str
    purpose: str
    answer: str
    status: int | None
    correlation_id: str


@dataclass(frozen=True)
class FleetAccount:
    """One account for a support agent. `authoriser_needed_by` never says why."""

    account_id: UUID
    name: str
    health: Health
    proved_at: datetime | None
    authoriser_needed_by: date | None
    evidence: tuple[EvidenceLine, ...]
    timeline: tuple[TimelineEntry, ...]


@scoped_part
def get_fleet_account(actor: Actor) -> FleetAccount:
    """Return what support may see of the actor's account; raise NotFound."""
    actor.require(Permission.VIEW_FLEET)
    account = get_account(actor.account_id)
    connection = Connection.objects.filter(account_id=actor.account_id).first()
    tasks = HandoverTask.objects.filter(account_id=actor.account_id, closed_at__isnull=True)
    return FleetAccount(
        account_id=account.account_id,
        name=account.name,
        health=read_health(actor, may_see_leavers=False),
        proved_at=connection.proved_at if connection else None,
        authoriser_needed_by=tasks.order_by("last_safe_on").values_list("last_safe_on", flat=True).first(),
        evidence=tuple(latest_evidence(actor, limit=SHOWN)),
        timeline=tuple(support_timeline(actor, limit=SHOWN)),
    )


@scoped_part
def latest_evidence(actor: Actor, *, limit: int) -> list[EvidenceLine]:
    """Return the newest calls first."""
    with database.cursor() as cursor:
        cursor.execute(LATEST, {"account": actor.account_id, "kinds": list(KINDS), "limit": limit})
        return [EvidenceLine(*row) for row in cursor.fetchall()]


@scoped
def support_timeline(actor: Actor, *, limit: int) -> list[TimelineEntry]:
    """Return support's part of the timeline, newest first: no person, and of the facts only codes."""
    entries = list_entries(actor, limit=limit, events=[event.value for event in SUPPORT_EVENTS])
    return [_without_people(entry) for entry in entries]


def _without_people(entry: TimelineEntry) -> TimelineEntry:
    return TimelineEntry(
        sequence=entry.sequence,
        at=entry.at,
        event=entry.event,
        actor_kind=entry.actor_kind,
        actor_id=None,
        subject_kind=entry.subject_kind,
        subject_id=None,
        facts={name: value for name, value in entry.facts.items() if name in SUPPORT_FACTS},
    )
