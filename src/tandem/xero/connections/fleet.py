"""The support room's list, and the way out that support sends: a letter with a link to the reconnect page."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection as database
from django.db.backends.utils import CursorWrapper

from tandem.access.selectors import list_administrators
from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, Problem
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped, user_scope
from tandem.notices.actions import Recipient, Wording, write_letters
from tandem.tenancy.selectors import get_account
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.xero.connections.assembling import windows
from tandem.xero.connections.fleet_tally import Age, Question, Tally, TallyLine
from tandem.xero.connections.handover import leavers_of
from tandem.xero.connections.health import ConnectionState
from tandem.xero.connections.incidents import page_address

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

    A green state whose last proof is older than its window is listed as not proved: silence is never green.
    """
    now, fresh = clock.now(), windows().data.total_seconds()
    with user_scope(user_id), database.cursor() as cursor:
        cursor.execute(TALLY, [now, fresh, question.search])
        tally = Tally(tuple(_line(*row) for row in cursor.fetchall()))
        total = tally.count(question)
        number = min(max(1, question.page), max(1, -(-total // PAGE_SIZE)))
        found = _read(cursor, question, now=now, fresh=fresh, skipped=(number - 1) * PAGE_SIZE) if total else ()
    return FleetPage(found, tally, number, total)


def _read(
    cursor: CursorWrapper, question: Question, *, now: datetime, fresh: float, skipped: int
) -> tuple[FleetRow, ...]:
    states, ages = [state.value for state in question.states], [age.value for age in question.ages]
    cursor.execute(ROOM, [now, fresh, question.search, states, question.cause, ages, PAGE_SIZE, skipped])
    return tuple(FleetRow(row[0], row[1], row[2], ConnectionState(row[3]), *row[4:]) for row in cursor.fetchall())


def _line(state: str, cause: str, age: str, accounts: int, oldest: datetime | None) -> TallyLine:
    return TallyLine(ConnectionState(state), cause, Age(age), accounts, oldest)


@scoped
def send_way_out(actor: Actor) -> int:
    """Write to the account's administrators how to reconnect, but not to whoever leaves; return how many letters."""
    actor.require(Permission.SEND_WAY_OUT)
    account = get_account(actor.account_id)
    members = list_administrators(actor, except_employee_ids=leavers_of(actor.account_id))
    if not members:
        raise Invalid(Problem("", f"{account.name} has no administrator who could act. Ring the customer."))
    wording = Wording(
        subject=f"{account.name}: how to reconnect Xero",
        body=(
            f"The connection between {account.name} and Xero needs you, and it takes a minute.\n\n"
            f"1. Open {page_address(account, 'xero-reconnect')}.\n"
            "2. Press Reconnect, and sign in at Xero as somebody who is a payroll administrator there and who stays.\n"
            "3. Allow the same organisation as before.\n\n"
            "Settings and links are kept: there is nothing to write down. Before anything is written, you see what "
            "changed on each side while the link was down.\n"
        ),
    )
    sent = write_letters(actor, to=[Recipient(member.user_id, member.email) for member in members], wording=wording)
    record(actor, Event.WAY_OUT_SENT, subject_kind="account", subject_id=actor.account_id, facts={"letters": sent})
    return sent
