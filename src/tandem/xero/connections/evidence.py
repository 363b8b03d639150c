"""The facts a diagnosis is made from: what was tried, when, and how it ended. Pure, frozen, no opinions."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from tandem.xero.client.errors import AnswerClass


@dataclass(frozen=True)
class Track:
    """One kind of call, over time: its last success, and its last failure with the start of that row of failures."""

    ok_at: datetime | None = None
    bad_at: datetime | None = None
    bad_since: datetime | None = None
    answer: AnswerClass | None = None
    resumes_at: datetime | None = None
    correlation_id: str = ""

    @property
    def is_failing(self) -> bool:
        """Say whether the latest answer was not a success."""
        return self.bad_at is not None and (self.ok_at is None or self.bad_at > self.ok_at)

    @property
    def failed_with(self) -> AnswerClass | None:
        """Return how the latest answer failed, or None if it did not."""
        return self.answer if self.is_failing else None

    @property
    def failing_since(self) -> datetime | None:
        """Return when the present row of failures began."""
        return (self.bad_since or self.bad_at) if self.is_failing else None


@dataclass(frozen=True)
class Listing:
    """What `GET /connections` said about our organisation for one grant."""

    at: datetime
    is_listed: bool


@dataclass(frozen=True)
class Holder:
    """The person behind a grant, as the HR record knows them; `last_day_on` is set once a termination is entered."""

    name: str
    employee_id: UUID | None = None
    last_day_on: date | None = None
    is_terminated: bool = False
    is_private: bool = False


@dataclass(frozen=True)
class GrantFacts:
    """What is known about one grant's view of the organisation."""

    grant_id: UUID
    holder: Holder
    token: Track = field(default_factory=Track)
    organisation: Track = field(default_factory=Track)
    payroll: Track = field(default_factory=Track)
    listing: Listing | None = None
    scopes_granted: frozenset[str] | None = None
    token_expires_at: datetime | None = None
    last_refreshed_at: datetime | None = None


@dataclass(frozen=True)
class DataFacts:
    """The last complete list that was proof, and the last that was not."""

    proved_at: datetime | None = None
    rows: int | None = None
    failed_at: datetime | None = None
    answer: AnswerClass | None = None
    failed_rows: int | None = None
    expected_rows: int | None = None
    unconfirmed: int = 0

    @property
    def is_failing(self) -> bool:
        """Say whether the latest complete list was no proof."""
        return self.failed_at is not None and (self.proved_at is None or self.failed_at > self.proved_at)


@dataclass(frozen=True)
class Budget:
    """What is left of today's calls."""

    remaining: int | None = None
    size: int = 1000
    low_below: int = 100
    resets_at: datetime | None = None


@dataclass(frozen=True)
class Windows:
    """How old a proof may be before its light goes out; each is a setting."""

    sign_in: timedelta = timedelta(minutes=35)
    organisation: timedelta = timedelta(minutes=35)
    payroll: timedelta = timedelta(minutes=35)
    data: timedelta = timedelta(hours=4)
    clock_tolerance: timedelta = timedelta(minutes=4)
    unused_warning: timedelta = timedelta(days=45)
    unused_death: timedelta = timedelta(days=60)
    retry_every: timedelta = timedelta(minutes=5)


@dataclass(frozen=True)
class Receipt:
    """Somebody disconnected on purpose."""

    at: datetime
    by: str = ""


@dataclass(frozen=True)
class Evidence:
    """Everything known about one connection. `primary` None means never connected."""

    organisation_name: str = ""
    primary: GrantFacts | None = None
    standby: GrantFacts | None = None
    data: DataFacts = field(default_factory=DataFacts)
    budget: Budget = field(default_factory=Budget)
    windows: Windows = field(default_factory=Windows)
    scopes_wanted: frozenset[str] = frozenset()
    scopes_optional: frozenset[str] = frozenset()
    receipt: Receipt | None = None
    connected_at: datetime | None = None
    clock_offset: timedelta | None = None
    vault_failed_at: datetime | None = None
    wrong_organisation_at: datetime | None = None
    organisation_status: str = "ACTIVE"
    time_zone: str = "Australia/Sydney"
    wants_standby: bool = True
