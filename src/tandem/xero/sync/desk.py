"""What a worker holds while it works on a run, and how it calls Xero: with patience for what passes by itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import TandemError
from tandem.kernel.scoping import scope
from tandem.xero.connections import takeover
from tandem.xero.connections.session import XeroSession, open_session
from tandem.xero.connections.writing import REPLACED
from tandem.xero.governor.rules import Purpose
from tandem.xero.models import Run
from tandem.xero.sync import lease, stops
from tandem.xero.sync.lease import Lease, LeaseLost
from tandem.xero.sync.pages import Reach, Trigger
from tandem.xero.sync.preferences import Preferences
from tandem.xero.sync.records import ImportScope, RunKind, RunRequest
from tandem.xero.sync.stops import Parked

T = TypeVar("T")
FIRST_RETRY = timedelta(seconds=1)
SCOPES = {
    Reach.AUTHORITY: ImportScope.PER_AUTHORITY,
    Reach.CHANGED: ImportScope.CHANGED,
    Reach.EVERYTHING: ImportScope.EVERYTHING,
    Reach.PERSON: ImportScope.PER_AUTHORITY,
}


@dataclass(frozen=True)
class Desk:
    """One run on one worker's desk. The row is read again where it may have moved."""

    lease: Lease
    connection_id: UUID
    kind: RunKind
    reach: Reach
    trigger: Trigger
    employee_id: UUID | None
    time_zone: str
    preferences: Preferences
    preferences_version: int
    # The grant that carried the connection when the worker sat down.
    carrier: UUID | None
    # The run that this one takes back.
    undoes: UUID | None = None

    @property
    def account_id(self) -> UUID:
        """Return whose run it is."""
        return self.lease.account_id

    @property
    def run_id(self) -> UUID:
        """Return which run it is."""
        return self.lease.run_id

    @property
    def actor(self) -> Actor:
        """Return the product itself, working on this run."""
        return Actor.system(self.account_id, because="sync")

    @property
    def via(self) -> str:
        """Return what a record's history says a change came through."""
        return f"xero run {self.run_id}"

    @property
    def request(self) -> RunRequest:
        """Return what was asked for, as the planner takes it."""
        return RunRequest(kind=self.kind, scope=SCOPES[self.reach], employee_id=self.employee_id)

    def open_session(self, purpose: Purpose) -> XeroSession:
        """Return a way to call Xero, or park the run where there is none."""
        try:
            session = open_session(self.account_id, purpose=purpose)
        except stops.STOPPERS as error:
            pause = stops.pause_for(error)
            raise Parked(error.code, pause.until if pause else clock.now() + stops.XERO_IS_DOWN) from error
        # The account may have been moved to another organisation, for which this run was not made.
        if session.ground.connection_id != self.connection_id:
            raise LeaseLost
        return session

    def call(self, do: Callable[[], T], *, tries: int = stops.READ_TRIES) -> T:
        """Make a call that may be repeated: wait out what is short, try what may pass, park the run on the rest.

        An error that concerns only the record asked for is raised. `tries` of one is for calls that must not be
        repeated without looking; waits before anything was sent are no tries.
        """
        patience = stops.Patience()
        while True:
            try:
                return do()
            except stops.STOPPERS as error:
                pause = stops.pause_for(error)
                if pause is not None:
                    self.sit_out(pause, patience)
                    continue
                tries -= 1
                if tries <= 0 or not stops.is_worth_another_try(error):
                    raise
                lease.wait_until(self.lease, clock.now() + FIRST_RETRY * (stops.READ_TRIES - tries) ** 2)

    def sit_out(self, pause: stops.Pause, patience: stops.Patience) -> None:
        """Sleep through a short wait; park the run for a long one, or for a moment where another grant carries on.

        `patience` is of the call that is waited for: where it is used up, waits that are short each park the run too. A parked
        run is taken up from its journal, so that nothing is sent twice by the new grant.
        """
        if pause.code == REPLACED or (pause.code in stops.OF_ACCESS and self._another_carries()):
            raise Parked(REPLACED, clock.now())
        if not pause.is_short:
            raise Parked(pause.code, pause.until)
        if not patience.bears(pause):
            raise Parked(pause.code, pause.ask_again_at)
        lease.wait_until(self.lease, pause.until)

    def _another_carries(self) -> bool:
        """Let the standby carry on, or see that it does: several calls of a run are refused at once, and one is first."""
        return takeover.take_over(self.account_id) or takeover.carrier_of(self.account_id) != self.carrier

    def load(self, key: str) -> dict[str, object]:
        """Return one part of the run's checkpoint. Inside the account's scope."""
        row = Run.objects.values_list("checkpoint", flat=True).get(account_id=self.account_id, run_id=self.run_id)
        part = row.get(key, {})
        return dict(part)

    def save(self, key: str, part: dict[str, object]) -> None:
        """Write one part of the run's checkpoint, holding on to the lease. Inside the account's scope."""
        lease.hold(self.lease, noting={key: part})

    def checkpoint(self, key: str) -> dict[str, object]:
        """Return one part of the run's checkpoint."""
        with scope(self.account_id):
            return self.load(key)


def moment(raw: object) -> datetime | None:
    """Return the time that a checkpoint holds."""
    return datetime.fromisoformat(raw) if isinstance(raw, str) and raw else None


def is_about_the_record(error: TandemError) -> bool:
    """Say whether only this record is concerned, so that the others can go on."""
    return stops.pause_for(error) is None
