"""The one way to call Xero for an account: governor, token, one HTTP call, evidence.

    session = open_session(account_id, purpose=Purpose.READ)
    page = session.list_employees(page=1)

A call raises MustWait (nothing was sent; come back at `until`) or a XeroError (what Xero answered, or that it did not);
a write that may not go out with this grant raises WritingBarred or GrantReplaced before anything is sent.
Nothing is retried, except once with a fresh token where Xero refused the old one. A session belongs to one connection
and one grant, and is built from their rows: no function takes an organisation's id beside it. Threads may share one.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import connection as database

from tandem.kernel import clock
from tandem.kernel.crypto import Unreadable, VaultUnavailable
from tandem.kernel.errors import TandemError
from tandem.kernel.scoping import joined_scope, scope
from tandem.xero.client import identity, payroll_au, transport
from tandem.xero.client.errors import RequestKind, TokenRejected, XeroError
from tandem.xero.client.transport import Answer, Credentials, NetworkInsideTransaction, Request
from tandem.xero.client.wire import (
    ACTIVE,
    ConnectionsAnswer,
    Employee,
    EmployeesPage,
    Organisation,
    PayCalendar,
    Settings,
)
from tandem.xero.client.wire import Connection as WireConnection
from tandem.xero.connections import recording, state, writing
from tandem.xero.connections.recording import Ground
from tandem.xero.governor import ledger
from tandem.xero.governor.ledger import MustWait
from tandem.xero.governor.rules import LimitKind, Purpose
from tandem.xero.models import Connection, Grant
from tandem.xero.oauth import tokens
from tandem.xero.oauth.vault import Access

T = TypeVar("T")
# A place among the calls in progress is free as soon as one ends, which is earlier than the governor can promise.
PLACE_WAIT_SECONDS = 0.3
SHORTEST_WAIT_SECONDS = 0.05


class GrantRole(StrEnum):
    """What a grant is to its connection."""

    PRIMARY = "primary"
    STANDBY = "standby"
    QUARANTINED = "quarantined"
    RETIRED = "retired"


class NotConnected(TandemError):
    """There is no grant to call Xero with."""

    code = "not_connected"
    public_message = "This account is not connected to Xero. Connect it on the connection page first."


class _Again(Exception):
    """Xero refused the access token; the call is worth one more try with a fresh one."""


@dataclass(frozen=True)
class _Basis:
    """What a session stands on, read once."""

    ground: Ground
    tenant_id: UUID
    role: GrantRole
    listed_people: int | None


class XeroSession:
    """Calls to one organisation with one grant. Made by `open_session`."""

    def __init__(
        self, basis: _Basis, *, purpose: Purpose, patience: timedelta, is_doubted_already: bool = False
    ) -> None:
        self._basis = basis
        self._purpose = purpose
        self._patience = patience
        #: Whether a first page held far too few people; it is filed unless the last list was no proof already.
        self.has_doubted = False
        self._is_doubted_already = is_doubted_already

    @property
    def ground(self) -> Ground:
        """Return the account, connection and grant that the session stands on."""
        return self._basis.ground

    @property
    def tenant_id(self) -> UUID:
        """Return the organisation that the session talks to."""
        return self._basis.tenant_id

    def list_employees(
        self, *, page: int = 1, status: str = ACTIVE, modified_since: datetime | None = None
    ) -> EmployeesPage:
        """Read one page of summaries, `ACTIVE` or `TERMINATED`; a page shorter than the page size is the last."""
        found = self._call(payroll_au.list_employees(page=page, status=status, modified_since=modified_since))
        if page == 1 and status == ACTIVE and modified_since is None:
            self._doubt(found)
        return found

    def get_employee(self, xero_employee_id: UUID) -> Employee:
        """Read one person in full; raise NoSuchRecord."""
        return self._call(payroll_au.get_employee(xero_employee_id))

    def create_employee(self, body: payroll_au.JsonObject, *, idempotency_key: str) -> Employee:
        """Send a new person; raise OutcomeUnknown when no answer came."""
        return self._call(payroll_au.create_employee(body, idempotency_key=idempotency_key))

    def update_employee(self, xero_employee_id: UUID, body: payroll_au.JsonObject, *, idempotency_key: str) -> Employee:
        """Send changed fields; raise OutcomeUnknown when no answer came."""
        return self._call(payroll_au.update_employee(xero_employee_id, body, idempotency_key=idempotency_key))

    def get_organisation(self) -> Organisation:
        """Read the organisation, which needs no payroll rights."""
        return self._call(payroll_au.get_organisation())

    def list_pay_calendars(self) -> tuple[PayCalendar, ...]:
        """Read the pay calendars, which need the scope of the payroll settings."""
        return self._call(payroll_au.list_pay_calendars())

    def get_settings(self) -> Settings:
        """Read the payroll settings, which only a payroll administrator may."""
        return self._call(payroll_au.get_settings())

    def ask(self, request: Request[T]) -> T:
        """Make a call that a module of the client describes, such as the lists that forms pick from."""
        return self._call(request)

    def list_connections(self, *, auth_event_id: UUID | None = None) -> tuple[WireConnection, ...]:
        """Read which organisations this grant's person connected to this app; may name organisations of others."""
        answer: ConnectionsAnswer = self._call(
            identity.list_connections(auth_event_id=auth_event_id), at_organisation=False
        )
        return answer.records

    def delete_connection(self, xero_connection_id: UUID) -> None:
        """Remove one connection at Xero; raise NoSuchRecord when it is gone already."""
        self._call(identity.delete_connection(xero_connection_id), at_organisation=False)

    def record_list(
        self,
        *,
        rows: int,
        ended: int = 0,
        still_active: int = 0,
        unconfirmed: int = 0,
        is_gone_through: bool = False,
    ) -> bool:
        """File a complete list of active people as evidence (see recording.record_list); say whether it is proof."""
        with scope(self.ground.account_id):
            verdict = recording.record_list(
                self.ground,
                purpose=self._purpose.value,
                rows=rows,
                ended=ended,
                still_active=still_active,
                unconfirmed=unconfirmed,
                is_gone_through=is_gone_through,
            )
        self._diagnose_after(failed=verdict is not verdict.OK)
        return verdict is verdict.OK

    def _doubt(self, first: EmployeesPage) -> None:
        """File a first page that is the whole list and holds far too few people; an import files its own lists."""
        rows = len(first.records) + len(first.rejects)
        is_whole = rows < settings.TANDEM.xero.page_size and self._purpose not in (Purpose.READ, Purpose.SWEEP)
        if not is_whole or self._basis.role is not GrantRole.PRIMARY:
            return
        if recording.is_doubtful(rows, expected=self._basis.listed_people):
            self.has_doubted = True
            if not self._is_doubted_already:
                self.record_list(rows=rows)

    def _call(self, request: Request[T], *, at_organisation: bool = True) -> T:
        if database.in_atomic_block:
            raise NetworkInsideTransaction
        if request.kind is RequestKind.WRITE:
            writing.refuse_barred(self.ground)
        access, ticket = self._ready() if at_organisation else (self._token(), None)
        try:
            return self._once(request, access, ticket, again=True)
        except _Again:
            fresh = self._token(rejected=access)
        return self._once(request, fresh, self._admitted() if at_organisation else None, again=False)

    def _ready(self) -> tuple[Access, ledger.Ticket]:
        """Return a token and a ticket: of one transaction where both are at hand, as for almost every call."""
        ground = self.ground
        with suppress(MustWait, VaultUnavailable, Unreadable), scope(ground.account_id):
            access = tokens.access_at_hand(ground.account_id, ground.grant_id)
            if access is not None:
                return access, ledger.enter(ground.account_id, ground.connection_id, self._purpose)
        return self._token(), self._admitted()

    def _once(self, request: Request[T], access: Access, ticket: ledger.Ticket | None, *, again: bool) -> T:
        """Make one call, with a ticket at the organisation.

        With `again`, a refused token is no evidence yet: the call that follows a refresh is.
        """
        credentials = Credentials(access.token, self._basis.tenant_id if ticket is not None else None)
        outcome = _exchange(request, credentials)
        try_again = again and isinstance(outcome.error, TokenRejected)
        with scope(self.ground.account_id):
            if ticket is not None:
                ledger.leave(ticket, answer=outcome.answer, error=outcome.error)
            if not try_again:
                self._record(request, outcome)
            follows = not try_again and self._is_to_follow(failed=outcome.error is not None)
        if try_again:
            raise _Again
        if follows:
            state.update(self.ground.account_id)
        if outcome.error is not None:
            raise outcome.error
        return outcome.values[0]

    def _record(self, request: Request[T], outcome: "_Outcome[T]") -> None:
        recording.record_call(
            self.ground,
            subject=request.subject,
            purpose=self._purpose.value,
            answer=outcome.answer,
            error=outcome.error,
            count=outcome.count(self._basis.tenant_id),
        )

    def _token(self, *, rejected: Access | None = None) -> Access:
        try:
            return tokens.access_for(
                self.ground.account_id, self.ground.grant_id, rejected=rejected, purpose=self._purpose.value
            )
        except XeroError:
            self._diagnose_after(failed=True)
            raise
        except (VaultUnavailable, Unreadable):
            with scope(self.ground.account_id):
                recording.record_vault_failure(self.ground)
            self._diagnose_after(failed=True)
            raise

    def _admitted(self) -> ledger.Ticket:
        """Return a ticket, waiting as long as the session's patience lasts; raise MustWait."""
        left = transport.time_left()
        give_up_at = clock.now() + (self._patience if left is None else min(self._patience, left))
        while True:
            try:
                return ledger.enter(self.ground.account_id, self.ground.connection_id, self._purpose)
            except MustWait as wait:
                if wait.until > give_up_at or clock.now() >= give_up_at:
                    raise
                seconds = (wait.until - clock.now()).total_seconds()
                if wait.limit is LimitKind.CONCURRENT:
                    seconds = min(seconds, PLACE_WAIT_SECONDS)
            clock.sleep(max(seconds, SHORTEST_WAIT_SECONDS))

    def _diagnose_after(self, *, failed: bool) -> None:
        """Let the connection's state follow what just happened."""
        with scope(self.ground.account_id):
            follows = self._is_to_follow(failed=failed)
        if follows:
            state.update(self.ground.account_id)

    def _is_to_follow(self, *, failed: bool) -> bool:
        """Say whether the connection's state may change by what just happened; a candidate's calls say nothing about it."""
        return self._basis.role is GrantRole.PRIMARY and (failed or not state.is_green(self.ground.account_id))


def open_session(
    account_id: UUID,
    *,
    purpose: Purpose,
    grant: GrantRole = GrantRole.PRIMARY,
    patience: timedelta = timedelta(0),
    is_doubted_already: bool = False,
) -> XeroSession:
    """Return a session on the account's connection; raise NotConnected.

    With `patience`, a call waits that long for a place before it raises MustWait. Where the list of people
    `is_doubted_already`, a first page that holds too few of them is not filed again.
    """
    with joined_scope(account_id):
        row = (
            Grant.objects.select_related("connection")
            .filter(account_id=account_id, role=grant.value, retired_at__isnull=True)
            .first()
        )
        if row is None or row.xero_tenant_id is None or row.connection.disconnected_at is not None:
            raise NotConnected
        if row.xero_tenant_id != row.connection.xero_tenant_id:
            raise NotConnected
        basis = _basis(row.connection, row, row.xero_tenant_id)
        return XeroSession(basis, purpose=purpose, patience=patience, is_doubted_already=is_doubted_already)


def open_candidate_session(account_id: UUID, grant_id: UUID, *, patience: timedelta = timedelta(0)) -> XeroSession:
    """Return a session with a grant that is not (or no longer) the connection's, to prove it or to take it down."""
    with scope(account_id):
        row = Grant.objects.select_related("connection").get(account_id=account_id, grant_id=grant_id)
        tenant_id = row.xero_tenant_id or UUID(int=0)
        return XeroSession(_basis(row.connection, row, tenant_id), purpose=Purpose.LIFE_CYCLE, patience=patience)


def _basis(connection: Connection, grant: Grant, tenant_id: UUID) -> _Basis:
    ground = Ground(grant.account_id, connection.connection_id, grant.grant_id)
    return _Basis(ground, tenant_id, GrantRole(grant.role), connection.listed_people)


@dataclass(frozen=True)
class _Outcome(Generic[T]):
    """What one exchange came to: the answer if any, the error it amounts to, or the one value it holds."""

    answer: Answer | None
    error: XeroError | None
    values: tuple[T, ...] = ()

    def count(self, tenant_id: UUID) -> int | None:
        """Return what evidence counts: rows of a page, and of the connections only whether ours is among them."""
        value = self.values[0] if self.values else None
        if isinstance(value, EmployeesPage):
            return len(value.records) + len(value.rejects)
        if isinstance(value, ConnectionsAnswer):
            return sum(1 for row in value.records if row.tenant_id == tenant_id)
        return None


def _exchange(request: Request[T], credentials: Credentials) -> _Outcome[T]:
    """Send, judge and read."""
    answer: Answer | None = None
    try:
        answer = transport.send(request, credentials=credentials)
        error = transport.judge(request, answer)
        if error is not None:
            return _Outcome(answer, error)
        return _Outcome(answer, None, (transport.read(request, answer),))
    except XeroError as error:
        return _Outcome(answer, error)
