"""What the connection page, home and the commands show, diagnosed anew every time."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped_part
from tandem.people.selectors import knows_of_leaving
from tandem.xero.connections import assembling
from tandem.xero.connections.diagnosis import diagnose
from tandem.xero.connections.evidence import Evidence, GrantFacts
from tandem.xero.connections.handover_pages import HandoverRecord, list_handovers
from tandem.xero.connections.health import ConnectionState, Health
from tandem.xero.connections.holders import ROLES, Match
from tandem.xero.connections.scopes import can_write
from tandem.xero.models import Connection, Grant, Receipt
from tandem.xero.preferences.actions import Difference, compare_with_snapshot

# Why a replaced person's entry may still be listed in Xero, by the code that its retirement left.
LEFTOVERS = {
    "sign_in_dead": "The sign-in had ended, so Xero could not be asked to remove it.",
    "left_behind": "Xero was asked to remove it and still listed it.",
    "refused": "Xero refused to remove it.",
    "pending": "Xero did not answer when it was asked to remove it.",
}


@dataclass(frozen=True)
class Authoriser:
    """One person's grant, as administrators see it."""

    grant_id: UUID
    role: str
    name: str
    email: str
    employee_id: UUID | None
    match: Match
    authorised_at: datetime
    authorised_by_user_id: UUID | None
    refreshed_at: datetime | None
    proved_at: datetime | None
    is_refused: bool
    may_only_read: bool


@dataclass(frozen=True)
class Leftover:
    """A replaced person's entry that Xero may still list; where to look is `disconnecting.WHERE_TO_LOOK`."""

    name: str
    code: str
    sentence: str
    retired_at: datetime


@dataclass(frozen=True)
class ConnectionSummary:
    """The connection at a glance, for home, the integrations page and the commands."""

    connection_id: UUID | None
    health: Health
    organisation_name: str
    proved_at: datetime | None
    handovers: tuple[HandoverRecord, ...]

    @property
    def state(self) -> ConnectionState:
        """Return the state that is shown."""
        return self.health.state


@dataclass(frozen=True)
class ConnectionPage:
    """Everything on the connection page but the timeline and the runs."""

    summary: ConnectionSummary
    tenant_id: UUID | None
    time_zone: str
    connected_at: datetime | None
    disconnected_at: datetime | None
    primary: Authoriser | None
    standby: Authoriser | None
    leftovers: tuple[Leftover, ...]
    receipt_id: UUID | None
    differences: tuple[Difference, ...]
    gap_since: datetime | None
    gap_until: datetime | None
    last_import_at: datetime | None
    last_export_at: datetime | None
    listed_people: int | None
    calls_left_today: int | None
    wants_standby: bool
    standby_put_off_until: datetime | None

    @property
    def health(self) -> Health:
        """Return the diagnosis."""
        return self.summary.health


@scoped_part
def connection_summary(actor: Actor) -> ConnectionSummary:
    """Return the connection at a glance."""
    actor.require(Permission.VIEW_INTEGRATION)
    row = Connection.objects.filter(account_id=actor.account_id).first()
    return _summary(actor, row, assembling.assemble(row, account_id=actor.account_id))


@scoped_part
def is_set_up(actor: Actor) -> bool:
    """Say whether the account is connected to Xero, well or not; anybody with access may know that much."""
    actor.require(Permission.VIEW_SELF)
    row = Connection.objects.filter(account_id=actor.account_id).only("connected_at", "disconnected_at").first()
    if row is None or row.connected_at is None:
        return False
    return row.disconnected_at is None or row.connected_at > row.disconnected_at


@scoped_part
def get_connection_page(actor: Actor) -> ConnectionPage:
    """Return everything that the connection page shows."""
    actor.require(Permission.VIEW_INTEGRATION)
    row = Connection.objects.filter(account_id=actor.account_id).first()
    grants = list(Grant.objects.filter(account_id=actor.account_id).order_by("-authorised_at"))
    facts = assembling.assemble(row, account_id=actor.account_id)
    seen = {one.grant_id: one for one in (facts.primary, facts.standby) if one}
    by_role = {grant.role: _authoriser(grant, seen.get(grant.grant_id)) for grant in grants if grant.role in ROLES}
    receipt = Receipt.objects.filter(account_id=actor.account_id).order_by("-at").first()
    return ConnectionPage(
        summary=_summary(actor, row, facts),
        tenant_id=row.xero_tenant_id if row else None,
        time_zone=row.organisation_time_zone if row else "",
        connected_at=row.connected_at if row else None,
        disconnected_at=row.disconnected_at if row else None,
        primary=by_role.get("primary"),
        standby=by_role.get("standby"),
        leftovers=tuple(_leftover(grant) for grant in grants if grant.leftover and grant.retired_at is not None),
        receipt_id=receipt.receipt_id if receipt else None,
        differences=tuple(compare_with_snapshot(actor)),
        gap_since=row.gap_since if row else None,
        gap_until=row.gap_until if row else None,
        last_import_at=row.last_import_at if row else None,
        last_export_at=row.last_export_at if row else None,
        listed_people=row.listed_people if row else None,
        calls_left_today=facts.budget.remaining,
        wants_standby=row.wants_standby if row else True,
        standby_put_off_until=row.standby_put_off_until if row else None,
    )


def _summary(actor: Actor, row: Connection | None, facts: Evidence) -> ConnectionSummary:
    return ConnectionSummary(
        connection_id=row.connection_id if row else None,
        health=diagnose(facts, clock.now(), may_see_leavers=_may_see_leavers(actor, facts)),
        organisation_name=row.tenant_name if row else "",
        proved_at=row.proved_at if row else None,
        handovers=tuple(list_handovers(actor)),
    )


def _may_see_leavers(actor: Actor, facts: Evidence) -> bool:
    """Say whether the actor may know that the holder leaves, where that is not public; never the holder themselves."""
    employee_id = facts.primary.holder.employee_id if facts.primary else None
    if employee_id is None:
        return actor.may(Permission.VIEW_EMPLOYEES)
    return knows_of_leaving(actor, employee_id=employee_id)


def _authoriser(grant: Grant, seen: GrantFacts | None) -> Authoriser:
    return Authoriser(
        grant_id=grant.grant_id,
        role=grant.role,
        name=grant.holder_name,
        email=grant.holder_email,
        employee_id=grant.holder_employee_id,
        match=Match(grant.holder_match),
        authorised_at=grant.authorised_at,
        authorised_by_user_id=grant.authorised_by_user_id,
        refreshed_at=grant.refreshed_at,
        proved_at=seen.payroll.ok_at if seen else None,
        is_refused=seen.is_refused if seen else False,
        may_only_read=not can_write(grant.scopes),
    )


def _leftover(grant: Grant) -> Leftover:
    return Leftover(
        name=grant.holder_name,
        code=grant.leftover,
        sentence=LEFTOVERS.get(grant.leftover, ""),
        retired_at=grant.retired_at or grant.authorised_at,
    )
