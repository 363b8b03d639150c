"""The support room's list, and the way out that support sends: a letter with a link to the reconnect page."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection as database

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
from tandem.xero.connections.handover import leavers_of
from tandem.xero.connections.health import GREEN, ConnectionState
from tandem.xero.connections.incidents import page_address

COLUMNS = "account_id, account_slug, account_name, state, cause, cause_is_certain, since, proved_at, broken_at"


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


def list_fleet(user_id: UUID) -> list[FleetRow]:
    """Return every account, broken ones first; nothing unless the sign-in is a support agent's.

    A green state whose last proof is older than its window is listed as not proved: silence is never green.
    """
    with user_scope(user_id), database.cursor() as cursor:
        cursor.execute(f"SELECT {COLUMNS} FROM tandem_support_room()")  # noqa: S608  the columns are ours
        rows = [_row(*row) for row in cursor.fetchall()]
    order = {ConnectionState.BROKEN: 0, ConnectionState.UNPROVEN: 1, ConnectionState.WAITING: 2}
    return sorted(rows, key=lambda row: (order.get(row.state, 3), row.cause, row.name))


def _row(
    account_id: UUID,
    slug: str,
    name: str,
    stored: str,
    cause: str,
    is_certain: bool,  # noqa: FBT001  a row of the database
    since: datetime | None,
    proved_at: datetime | None,
    broken_at: datetime | None,
) -> FleetRow:
    shown = ConnectionState(stored)
    if shown in GREEN and (proved_at is None or clock.now() - proved_at > windows().data):
        shown, since = ConnectionState.UNPROVEN, proved_at
    return FleetRow(account_id, slug, name, shown, cause, is_certain, since, proved_at, broken_at)


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
