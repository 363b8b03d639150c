"""One first import as it would go over hours and days, and the two-way runs after it, counted by the call."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from tandem.kernel import clock
from tandem.xero import facade
from tandem.xero.facade import RunPage, RunStatus, Share
from tandem.xero.schedule import actions
from tandem.xero.sync.pages import Reach
from tandem.xero.sync.records import RunKind
from tandem.xero.sync.tests.office import Office

QUARTER, INTERVAL = timedelta(minutes=15), timedelta(hours=3)
XERO_A_MINUTE, PAGE = 60, 100
TOO_MANY = 429
TABLE = "| people | calls a day | calls | floor | time | floor | done as said | refused with 429 |"
IDLE_TABLE = "| people | changed in Xero | changed in Tandem | calls | at most |"


@dataclass(frozen=True)
class Imported:
    """What one first import took; times are virtual."""

    people: int
    a_day: int
    calls: int
    seconds: float
    days: int
    said: str
    done: str
    refused: int

    @property
    def floor(self) -> int:
        """Return the least calls possible: both lists to the page that is not full, the super funds, and everybody once."""
        return self.people // PAGE + 1 + 1 + 1 + self.people

    @property
    def floor_minutes(self) -> int:
        """Return the least minutes possible: sixty calls go at once at the beginning of each."""
        return max(0, -(-self.floor // XERO_A_MINUTE) - 1)

    @property
    def row(self) -> str:
        """Return a line of the table in docs/benchmarks.md."""
        if self.days > 1:
            time, floor = f"{self.days} days", f"{-(-self.floor // self.a_day)} days"
        else:
            time, floor = f"{self.seconds / 60:.1f} min", f"{self.floor_minutes} min"
        how = "earlier" if self.done < self.said else "later"
        kept = "yes" if self.said[:10] == self.done[:10] else f"{how}: said {self.said[:10]}, done {self.done[:10]}"
        return (
            f"| {self.people:,} | {self.a_day:,} | {self.calls:,} | {self.floor:,} | {time} | {floor} | {kept} | "
            f"{self.refused} |"
        )

    def as_dict(self) -> dict[str, Any]:
        """Return what `Imported(**row)` takes."""
        return asdict(self)


@dataclass(frozen=True)
class TwoWay:
    """What one automatic two-way run cost."""

    people: int
    in_xero: int
    here: int
    calls: int

    @property
    def at_most(self) -> int:
        """Return what it may cost: three, one for everybody changed in Xero, three for everybody changed here."""
        return 3 + self.in_xero + 3 * self.here

    @property
    def row(self) -> str:
        """Return a line of the table in docs/benchmarks.md."""
        return f"| {self.people:,} | {self.in_xero} | {self.here} | {self.calls} | {self.at_most} |"


class Play:
    """An office before its first import, with checks every quarter of an hour beside it as in life."""

    def __init__(self, office: Office, *, people: int, a_day: int) -> None:
        self._office = office
        self._people, self._a_day = people, a_day
        self._refused = 0

    def first_import(self) -> Imported:
        """Preview, wait as long as it takes, approve at once; return what it took."""
        self._pass(QUARTER)
        foreseen = facade.foresee_whole_import(self._office.player.actor)
        assert foreseen is not None
        assert foreseen.people is not None
        before, began = self._reads(), clock.now()
        days = {self._day()}
        page = self._office.preview(RunKind.IMPORT, Reach.EVERYTHING)
        while page.summary.status is RunStatus.PARKED:
            page = self._wait(page)
            days.add(self._day())
        assert page.summary.status is RunStatus.PLANNED, page.stop_code
        page = self._office.approve(page)
        assert page.summary.status is RunStatus.DONE, page.stop_code
        self._count_refusals()
        return Imported(
            people=self._people,
            a_day=self._a_day,
            calls=self._reads() - before,
            seconds=(clock.now() - began).total_seconds(),
            days=len(days),
            said=foreseen.ends_at.isoformat(),
            done=clock.now().isoformat(),
            refused=self._refused,
        )

    def two_way(self, *, in_xero: int, here: int) -> TwoWay:
        """Change people on both sides, let hours pass with checks until the schedule has its turn; count the run's calls."""
        ours, theirs = self._office.ours(), self._office.theirs()
        names = [name for name, row in theirs.items() if name in ours and row["Status"] == "ACTIVE"]
        title = f"Baker of {clock.now():%H%M}"
        for name in names[:here]:
            self._office.edit(ours[name], job_title=title)
        for name in names[here : here + in_xero]:
            self._office.edit_in_xero(name, JobTitle=title)
        before = self._of_runs()
        for _ in range(INTERVAL // QUARTER):
            self._pass(QUARTER)
        page = self._office.page(facade.list_runs(self._office.player.actor)[0].run_id)
        assert page.summary.status is RunStatus.DONE, page.stop_code
        assert page.summary.counts.get("applied", 0) == in_xero + here, page.summary.counts
        return TwoWay(self._people, in_xero, here, self._of_runs() - before)

    def _wait(self, page: RunPage) -> RunPage:
        """Let time pass until the run goes on, with whatever is due on the way."""
        while page.resume_at is not None and clock.now() < page.resume_at:
            self._pass(min(QUARTER, page.resume_at - clock.now()))
        return self._office.page(page.summary.run_id)

    def _pass(self, time: timedelta) -> None:
        self._office.clock.advance(seconds=max(0.0, time.total_seconds()))
        actions.run_due()
        self._count_refusals()

    def _count_refusals(self) -> None:
        rows = self._office.sandbox.control("GET", "log")
        self._refused += sum(row["status"] == TOO_MANY for row in rows)
        self._office.forget_calls()

    def _spent(self, *shares: Share) -> int:
        """Return the calls of these shares in all days so far; the ledger keeps two weeks."""
        found = facade.call_spending(self._office.player.actor)
        days = [*found.earlier, *([found.today] if found.today else [])]
        return sum(day.by.of(share) for day in days for share in shares)

    def _reads(self) -> int:
        return self._spent(Share.READS)

    def _of_runs(self) -> int:
        return self._spent(Share.READS, Share.WRITES)

    def _day(self) -> datetime | None:
        today = facade.call_spending(self._office.player.actor).today
        return today.started_at if today else None
