"""The evidence of these tests: a connection that Rosa authorised and that works."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from tandem.xero.client.errors import AnswerClass
from tandem.xero.connections.evidence import DataFacts, Evidence, GrantFacts, Holder, Listing, Track

NOW = datetime(2026, 11, 22, 3, 20, tzinfo=UTC)
SCOPES = frozenset({"payroll.employees", "payroll.settings", "accounting.settings.read", "offline_access"})
ROSA = Holder("Rosa Byrne", employee_id=UUID(int=1))
AMIR = Holder("Amir Lim", employee_id=UUID(int=2))


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def ok(minutes: float = 5) -> Track:
    return Track(ok_at=ago(minutes))


def refused(answer: AnswerClass = AnswerClass.FORBIDDEN, *, minutes: float = 5, ok_before: float = 20) -> Track:
    return ok(ok_before).note(ago(minutes), answer)


def hindered(answer: AnswerClass, *, minutes: float = 5, resumes_at: datetime | None = None) -> Track:
    return ok(20).note(ago(minutes), answer, resumes_at=resumes_at)


PRIMARY = GrantFacts(
    grant_id=UUID(int=11),
    holder=ROSA,
    token=ok(10),
    organisation=ok(60),
    payroll=ok(5),
    listing=Listing(ago(60), is_listed=True),
    scopes_granted=SCOPES,
    last_refreshed_at=ago(10),
)
STANDBY = replace(PRIMARY, grant_id=UUID(int=12), holder=AMIR, payroll=ok(30), organisation=ok(30))
WORKING = Evidence(
    organisation_name="Harbour Lane Bakery Pty Ltd",
    primary=PRIMARY,
    standby=STANDBY,
    data=DataFacts(proved_at=ago(30), rows=60),
    scopes_wanted=SCOPES,
    connected_at=ago(10_000),
)
ALONE = replace(WORKING, standby=None, wants_standby=False)


def with_primary(evidence: Evidence = ALONE, **changes: object) -> Evidence:
    """Return evidence with other facts about the primary grant."""
    assert evidence.primary
    return replace(evidence, primary=replace(evidence.primary, **changes))  # type: ignore[arg-type]


def with_standby(**changes: object) -> GrantFacts:
    return replace(STANDBY, **changes)  # type: ignore[arg-type]
