"""The support room's list, a page at a time."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection as database
from django.db.backends.utils import CursorWrapper

from tandem.kernel import clock
from tandem.kernel.scoping import user_scope
from tandem.xero.connections.assembling import windows
from tandem.xero.connections.fleet_tally import Age, Question, Tally, TallyLine
from tandem.xero.connections.health import ConnectionState

PAGE_SIZE = 50
TALLY = "SELECT state, cause, age, accounts, oldest FROM tandem_support_tally(%s, make_interval(secs => %s), %s)"
ROOM = (
    "SELECT account_id, account_slug, account_name, state, cause, cause_is_certain, since, proved_at, broken_at"
    " FROM tandem_support_room(%s, make_interval(secs => %s), %s, %s, %s, %s, %s, %s)"
)


@dataclass(frozen=True)
class FleetRow:
    """One account as the support room sees it: state, cause and times, and no person."""

    account_id: UUID
    slug: str
    name: str
    state: ConnectionState
    cause: str
    cause_is_certain: bool
    since: datetime | None
    proved_at: datetime | None
    broken_at: datetime | None


@dataclass(frozen=True)
class FleetPage:
    """One page of the accounts that were asked for, and the counts of all whose name fits."""

    rows: tuple[FleetRow, ...]
    tally: Tally
    number: int
    total: int

    @property
    def pages(self) -> int:
        """Return how many pages there are; an empty list has one."""
        return max(1, -(-self.total // PAGE_SIZE))

    @property
    def first(self) -> int:
        """Return the number of the first row shown, 0 where there is none."""
        return (self.number - 1) * PAGE_SIZE + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """Return the number of the last row shown."""
        return (self.number - 1) * PAGE_SIZE + len(self.rows)


def get_fleet(user_id: UUID, question: Question) -> FleetPage:
    """Return one page of accounts, what a person must act on first; nothing unless the sign-in is a support agent's.

    A green state is listed as not proved from the moment at which the page's own lights go out: silence is never green.
    """
    now, fresh = clock.now(), windows().data.total_seconds()
    with user_scope(user_id), database.cursor() as cursor:
        cursor.execute(TALLY, [now, fresh, question.search])
        tally = Tally(tuple(_line(*row) for row in cursor.fetchall()))
        total = tally.count(question)
        number = min(max(1, question.page), max(1, -(-total // PAGE_SIZE)))
        found = _read(cursor, question, now=now, fresh=fresh, skipped=(number - 1) * PAGE_SIZE) if total else ()
    return FleetPage(found, tally, number, total)


def list_fleet_ids(user_id: UUID, question: Question, *, limit: int) -> list[UUID]:
    """Return the first accounts that are asked for, as many as `limit`."""
    now, fresh = clock.now(), windows().data.total_seconds()
    with user_scope(user_id), database.cursor() as cursor:
        rows = _read(cursor, question, now=now, fresh=fresh, skipped=0, amount=limit)
    return [row.account_id for row in rows]


def _read(
    cursor: CursorWrapper, question: Question, *, now: datetime, fresh: float, skipped: int, amount: int = PAGE_SIZE
) -> tuple[FleetRow, ...]:
    states, ages = [state.value for state in question.states], [age.value for age in question.ages]
    cursor.execute(ROOM, [now, fresh, question.search, states, question.cause, ages, amount, skipped])
    return tuple(FleetRow(row[0], row[1], row[2], ConnectionState(row[3]), *row[4:]) for row in cursor.fetchall())


def _line(state: str, cause: str, age: str, accounts: int, oldest: datetime | None) -> TallyLine:
    return TallyLine(ConnectionState(state), cause, Age(age), accounts, oldest)
