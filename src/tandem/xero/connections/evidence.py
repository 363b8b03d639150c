"""The facts a diagnosis is made from: what was tried, when, and how it ended. Pure, frozen, no opinions."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from tandem.xero.client.errors import CLOCK_TOLERANCE, AnswerClass

#: Answers that pass by themselves: limits, faults and silence. Everything else that is not OK is a refusal.
PASSING = frozenset(
    {
        AnswerClass.MINUTE_LIMIT,
        AnswerClass.DAY_LIMIT,
        AnswerClass.CONCURRENT_LIMIT,
        AnswerClass.APP_LIMIT,
        AnswerClass.UNKNOWN_LIMIT,
        AnswerClass.SERVER_ERROR,
        AnswerClass.OFFLINE,
        AnswerClass.MAINTENANCE,
        AnswerClass.NO_ANSWER,
        AnswerClass.TIMED_OUT,
        AnswerClass.BAD_PAYLOAD,
        AnswerClass.OUTCOME_UNKNOWN,
    }
)


@dataclass(frozen=True)
class Track:
    """One kind of call over time: its last success, refusal and hindrance. Fold facts in with `note`, oldest first.

    A refusal outlives a hindrance: if Xero said 403 and is down now, it still said 403. Only a success ends either.
    A 401 that one refresh cured is no fact; the retried call is.
    """

    ok_at: datetime | None = None
    refused_at: datetime | None = None
    refused_since: datetime | None = None
    refused_with: AnswerClass | None = None
    hindered_at: datetime | None = None
    hindered_since: datetime | None = None
    hindered_by: AnswerClass | None = None
    resumes_at: datetime | None = None
    correlation_id: str = ""

    @property
    def is_refused(self) -> bool:
        """Say whether the last word that was no hindrance was a refusal."""
        return self.refused_at is not None and (self.ok_at is None or self.refused_at > self.ok_at)

    @property
    def is_refused_twice(self) -> bool:
        """Say whether a refusal was seen again after the first, so that it was no single slip."""
        return self.is_refused and self.refused_at != self.refused_since

    @property
    def is_hindered(self) -> bool:
        """Say whether the latest answer was a limit, a fault or silence."""
        return self.hindered_at is not None and all(
            at is None or self.hindered_at > at for at in (self.ok_at, self.refused_at)
        )

    def note(
        self, at: datetime, answer: AnswerClass, *, resumes_at: datetime | None = None, correlation_id: str = ""
    ) -> "Track":
        """Return the track after one more answer."""
        if answer is AnswerClass.OK:
            return Track(ok_at=at, correlation_id=correlation_id)
        if answer in PASSING:
            return replace(
                self,
                hindered_at=at,
                hindered_since=self.hindered_since if self.is_hindered else at,
                hindered_by=answer,
                resumes_at=resumes_at,
                correlation_id=correlation_id,
            )
        return replace(
            self,
            refused_at=at,
            refused_since=self.refused_since if self.is_refused else at,
            refused_with=answer,
            correlation_id=correlation_id,
        )


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

    def has_left(self, today: date) -> bool:
        """Say whether the HR record makes it likely that access ends today or has ended."""
        return self.is_terminated or (self.last_day_on is not None and self.last_day_on <= today)

    @property
    def is_leaving(self) -> bool:
        """Say whether the HR record knows an end."""
        return self.is_terminated or self.last_day_on is not None


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
    # The last safe day of an open hand-over task, whatever opened it.
    hand_over_on: date | None = None
    # From this day on the grant writes only when approved; None where what is foretold only warns.
    writes_stop_on: date | None = None
    writes_approved_until: datetime | None = None

    @property
    def is_going(self) -> bool:
        """Say whether this person's end is known: no second key to build on."""
        return self.holder.is_leaving or self.hand_over_on is not None

    @property
    def is_refused(self) -> bool:
        """Say whether Xero's last word to this person was a refusal."""
        return self.payroll.is_refused or self.token.is_refused

    def may_write(self, *, now: datetime, today: date) -> bool:
        """Say whether writes may go out: from the last safe day on only while somebody has approved it (rule 7)."""
        if not self.is_over(today):
            return True
        return self.writes_approved_until is not None and now < self.writes_approved_until

    def is_over(self, today: date) -> bool:
        """Say whether the day has come from which on nothing is written with this grant."""
        return self.holder.has_left(today) or (self.writes_stop_on is not None and self.writes_stop_on <= today)


@dataclass(frozen=True)
class DataFacts:
    """The last complete list that was proof, and the last that was not: `is_gone_through` if whoever it lacked was looked for."""

    proved_at: datetime | None = None
    rows: int | None = None
    failed_at: datetime | None = None
    answer: AnswerClass | None = None
    failed_rows: int | None = None
    expected_rows: int | None = None
    unconfirmed: int = 0
    is_gone_through: bool = True

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
    clock_tolerance: timedelta = CLOCK_TOLERANCE
    unused_warning: timedelta = timedelta(days=45)
    unused_death: timedelta = timedelta(days=60)
    retry_every: timedelta = timedelta(minutes=5)
    standby: timedelta = timedelta(hours=1)


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

    @property
    def is_organisation_active(self) -> bool:
        """Say whether Xero called the organisation active when it was read last."""
        return self.organisation_status.upper() in ("", "ACTIVE")

    @property
    def has_standby(self) -> bool:
        """Say whether a second key is there; a refused one is none, and neither is a leaver's."""
        standby = self.standby
        return standby is not None and not standby.is_refused and not standby.is_going

    def standby_can_carry(self, now: datetime) -> bool:
        """Say whether the standby read payroll not long ago, was not refused since, and may write today."""
        standby = self.standby
        if standby is None or standby.payroll.ok_at is None or standby.is_refused:
            return False
        is_fresh = now - standby.payroll.ok_at <= 2 * self.windows.standby
        return is_fresh and not standby.is_over(self.today(now))

    def today(self, now: datetime) -> date:
        """Return the day it is where the organisation is."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()
