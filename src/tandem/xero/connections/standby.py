"""The second key as a duty: asked for, put off, appointed; and what is said when it had to carry on.

Mail names nobody: it says that access ended and that another carries on. The page has the names.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count

from tandem.access.selectors import list_administrators
from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import NotFound
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped, scoped_part
from tandem.notices.actions import Recipient, Wording, close_incident, open_incident
from tandem.tenancy.selectors import get_account
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.xero.connections import state
from tandem.xero.connections.incidents import page_address, standby_incident
from tandem.xero.models import Connection, JournalEntry, Step, Takeover

NEEDED = "standby_needed"
NOT_NOW = timedelta(days=30)
#: A new connection is left in peace for a day before a second person is asked for.
AT_FIRST = timedelta(days=1)
DONE = ("applied", "adopted")
OPEN = ("intended", "unknown")


@dataclass(frozen=True)
class TakeoverRecord:
    """One change of keys. `written_twice` counts steps whose journal has two outcomes that were done; it must be 0."""

    at: datetime
    broke_at: datetime | None
    because: str
    is_certain: bool
    from_name: str
    to_name: str
    by_user_id: UUID | None
    unconfirmed: int
    still_unconfirmed: int
    written_twice: int


@scoped
def put_off_standby(actor: Actor) -> datetime:
    """Say "not now": a standby is not asked for during the next month; return until when."""
    actor.require(Permission.MANAGE_INTEGRATION)
    connection = _connection(actor)
    connection.standby_put_off_until = clock.now() + NOT_NOW
    connection.save(update_fields=["standby_put_off_until"])
    _note(actor, connection, "not_now")
    close_incident(actor, incident=standby_incident(connection))
    state.update(actor.account_id)
    return connection.standby_put_off_until


@scoped
def want_standby(actor: Actor, *, wanted: bool) -> None:
    """Choose whether this account wants a second key at all."""
    actor.require(Permission.MANAGE_INTEGRATION)
    connection = _connection(actor)
    if connection.wants_standby == wanted and connection.standby_put_off_until is None:
        return
    connection.wants_standby, connection.standby_put_off_until = wanted, None
    connection.save(update_fields=["wants_standby", "standby_put_off_until"])
    _note(actor, connection, "wanted" if wanted else "not_wanted")
    if not wanted:
        close_incident(actor, incident=standby_incident(connection))
    state.update(actor.account_id)


@scoped_part
def last_takeover(actor: Actor) -> TakeoverRecord | None:
    """Return the newest change of keys."""
    actor.require(Permission.VIEW_INTEGRATION)
    row = Takeover.objects.select_related("from_grant", "to_grant").filter(account_id=actor.account_id)
    newest = row.order_by("-at").first()
    return _as_record(newest) if newest else None


def appoint_another(actor: Actor, connection: Connection, took: Takeover, *, leaver: UUID | None) -> None:
    """Tell the administrators, except a leaver, that the standby carries on, and ask for a new one."""
    open_incident(
        actor,
        incident=standby_incident(connection),
        kind=NEEDED,
        facts={"cause": took.because, "takeover": str(took.takeover_id)},
        tell=[
            Recipient(member.user_id, member.email)
            for member in list_administrators(actor, except_employee_ids=[leaver] if leaver else [])
        ],
        wording=_wording(actor, took),
    )


def is_appointed(actor: Actor, connection: Connection) -> None:
    """Close the task: a second person stands ready again. Call inside the account's scope."""
    close_incident(actor, incident=standby_incident(connection))


def _connection(actor: Actor) -> Connection:
    row = Connection.objects.select_for_update(no_key=True).filter(account_id=actor.account_id).first()
    if row is None:
        raise NotFound("This account is not connected to Xero.")
    return row


def _note(actor: Actor, connection: Connection, choice: str) -> None:
    record(
        actor,
        Event.SETTINGS_CHANGED,
        subject_kind="connection",
        subject_id=connection.connection_id,
        facts={"fields": ["standby"], "standby": choice},
    )


def _wording(actor: Actor, took: Takeover) -> Wording:
    account = get_account(actor.account_id)
    zone = ZoneInfo(account.time_zone)
    if took.because == "last_day":
        why = "A second authoriser was needed for the connection to Xero by today, and the standby has taken over"
    else:
        ended = (took.broke_at or took.at).astimezone(zone)
        why = f"The access that the connection used in Xero ended at {_moment(ended)}, and the standby has taken over"
    read_back = (
        " What Xero had not confirmed is read back there before anything is sent again." if took.unconfirmed else ""
    )
    return Wording(
        subject=f"{account.name}: the standby carries the connection to Xero",
        body=(
            f"{why}, at {_moment(took.at.astimezone(zone))}.\n\n"
            f"Imports and exports go on from where they were; nothing is written twice.{read_back}\n\n"
            f"What to do: open {page_address(account, 'xero-connection')} and let another person stand by, so that the "
            "connection has two keys again.\n"
        ),
    )


def _moment(at: datetime) -> str:
    return f"{at:%H:%M} on {at.day} {at:%b %Y}"


def _as_record(row: Takeover) -> TakeoverRecord:
    journal = JournalEntry.objects.filter(account_id=row.account_id, event__in=DONE)
    if row.run_id is not None:
        journal = journal.filter(step__run_id=row.run_id)
    else:
        journal = journal.filter(at__gte=row.broke_at or row.at)
    twice = journal.values("step_id").annotate(times=Count("entry_id")).filter(times__gt=1).count()
    open_steps = Step.objects.filter(
        account_id=row.account_id, run__connection_id=row.connection_id, status__in=OPEN, intended_at__lt=row.at
    )
    return TakeoverRecord(
        at=row.at,
        broke_at=row.broke_at,
        because=row.because,
        is_certain=row.is_certain,
        from_name=row.from_grant.holder_name,
        to_name=row.to_grant.holder_name,
        by_user_id=row.by_user_id,
        unconfirmed=row.unconfirmed,
        still_unconfirmed=open_steps.count() if row.unconfirmed else 0,
        written_twice=twice,
    )
