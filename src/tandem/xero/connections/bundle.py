"""The diagnostic bundle: what a connection is and did, in ids, codes, counts and times; refused if it holds anything else."""

import platform
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from uuid import UUID

import django
import structlog
from django.conf import settings

from tandem.access.selectors import list_members
from tandem.kernel import clock
from tandem.kernel.actor import Actor, ActorKind
from tandem.kernel.errors import NotPermitted, TandemError
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped
from tandem.people.selectors import list_names
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.xero.client.errors import AnswerClass
from tandem.xero.connections.bundle_scan import Finding, scan
from tandem.xero.connections.causes import Cause, Concern, StepCode
from tandem.xero.connections.fleet_account import KINDS, latest_evidence, support_timeline
from tandem.xero.connections.health import ConnectionState, Light, LightState
from tandem.xero.connections.state import read_health
from tandem.xero.models import Connection, Due, Grant, Run
from tandem.xero.preferences.actions import get_preferences

log = structlog.get_logger()
EVIDENCE, ENTRIES, RUNS = 100, 200, 20
ENUMS = (Event, AnswerClass, Cause, Concern, StepCode, ConnectionState, Light, LightState, ActorKind)
FIELDS = [
    "made_at",
    "versions",
    "python",
    "django",
    "windows",
    "account_id",
    "connection",
    "state",
    "cause",
    "certain",
    "concerns",
    "since",
    "resumes_at",
    "proved_at",
    "connected_at",
    "disconnected_at",
    "broken_at",
    "lights",
    "light",
    "at",
    "why",
    "next_step",
    "grants",
    "role",
    "authorised_at",
    "refreshed_at",
    "died_at",
    "died_of",
    "leftover",
    "retired_at",
    "evidence",
    "request_kind",
    "purpose",
    "answer",
    "status",
    "correlation_id",
    "runs",
    "run_id",
    "kind",
    "reach",
    "trigger",
    "stop_code",
    "created_at",
    "started_at",
    "finished_at",
    "counts",
    "due",
    "due_at",
    "timeline",
    "sequence",
    "event",
    "actor_kind",
    "actor_id",
    "subject_kind",
    "subject_id",
    "facts",
    "from",
    "to",
    "letters",
    "settings",
    "probe_seconds",
    "probe_grace_seconds",
    "import_seconds",
    "drop_percent",
    "lease_seconds",
    "primary",
    "standby",
    "quarantined",
    "retired",
    "probe",
    "import",
    "export",
    "person",
    "both",
    "authority",
    "changed",
    "everything",
    "schedule",
    "gap",
    "reading",
    "planned",
    "approved",
    "running",
    "parked",
    "done",
    "failed",
    "stale",
    "cancelled",
    "refresh",
    "resume",
    "nightly",
    "grant",
    "notice",
    "account",
    "read",
]
VOCABULARY = frozenset({*FIELDS, *KINDS, *(one.value for kind in ENUMS for one in kind)})


class BundleRefused(TandemError):
    """The bundle held something that looks like a secret or a person, so nobody gets it."""

    code = "bundle_refused"
    public_message = (
        "The bundle was not handed out: something in it looks like a secret or a person. Tell whoever runs this "
        "installation; the log names the place, not the thing."
    )


@scoped
def make_bundle(actor: Actor) -> dict[str, object]:
    """Return the bundle and write its taking into the timeline; raise BundleRefused or NotPermitted."""
    if not (actor.may(Permission.VIEW_FLEET) or actor.may(Permission.MANAGE_INTEGRATION)):
        raise NotPermitted
    bundle = _plain(_collect(actor))
    found = scan(bundle, names=_names(actor), vocabulary=VOCABULARY)
    if found:
        log.warning("bundle_refused", places=sorted({_place(one) for one in found}))
        raise BundleRefused
    record(actor, Event.BUNDLE_TAKEN, subject_kind="account", subject_id=actor.account_id)
    return bundle if isinstance(bundle, dict) else {}


def _place(found: Finding) -> str:
    return f"{found.path}: {found.kind}"


def _names(actor: Actor) -> list[str]:
    system = Actor.system(actor.account_id, because="bundle")
    holders = Grant.objects.filter(account_id=actor.account_id).values_list("holder_name", flat=True)
    return [*list_names(system), *(member.name for member in list_members(system)), *holders]


def _collect(actor: Actor) -> dict[str, object]:
    account_id = actor.account_id
    row = Connection.objects.filter(account_id=account_id).first()
    return {
        "made_at": clock.now(),
        "account_id": account_id,
        "versions": {"python": platform.python_version(), "django": django.get_version()},
        "windows": asdict(settings.TANDEM.windows),
        "settings": _switches(get_preferences(actor).preferences.as_json()),
        "connection": _connection(actor, row),
        "grants": _rows(
            Grant, account_id, "role authorised_at refreshed_at died_at died_of leftover retired_at", "authorised_at"
        ),
        "evidence": [asdict(line) for line in latest_evidence(actor, limit=EVIDENCE)],
        "runs": _rows(
            Run,
            account_id,
            "run_id kind reach trigger status stop_code created_at started_at finished_at counts",
            "created_at",
        ),
        "due": list(Due.objects.filter(for_account=account_id).order_by("due_at").values("kind", "due_at")),
        "timeline": [asdict(entry) for entry in support_timeline(actor, limit=ENTRIES)],
    }


def _rows(model: type[Grant] | type[Run], account_id: UUID, fields: str, newest: str) -> list[dict[str, object]]:
    return list(model.objects.filter(account_id=account_id).order_by(f"-{newest}").values(*fields.split())[:RUNS])


def _connection(actor: Actor, row: Connection | None) -> dict[str, object]:
    health = read_health(actor, may_see_leavers=False)
    times = ("proved_at", "connected_at", "disconnected_at", "broken_at")
    return {
        "state": health.state,
        "cause": health.cause,
        "certain": health.certain,
        "since": health.since,
        "resumes_at": health.resumes_at,
        "next_step": health.next_step.code,
        "lights": [
            {"light": light, "state": reading.state, "at": reading.at, "why": reading.why}
            for light, reading in health.lights.items()
        ],
        **{name: getattr(row, name) for name in times if row},
    }


def _switches(chosen: Mapping[str, object]) -> dict[str, object]:
    """Return the choices that are on or off, or numbers; what somebody could have typed is left out."""
    return {name: value for name, value in chosen.items() if isinstance(value, (bool, int))}


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value) if isinstance(value, (UUID, str)) else value
