"""Bring leave on both sides together: read Xero's, settle what was never confirmed, then move each on until it stands.

What to do about one is `mapping.leave_moves`; here it is done. Only approved leave goes to Xero.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q, QuerySet

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, Problem
from tandem.kernel.scoping import scope
from tandem.people import leave as people_leave
from tandem.people.errors import EmployeeNotFound
from tandem.people.leave import WantedLeave
from tandem.people.leave_records import LeaveLine, LeaveStatus
from tandem.xero.catalog.selectors import list_leave_types
from tandem.xero.connections import state
from tandem.xero.connections.due import DueKind, set_due
from tandem.xero.connections.session import XeroSession, open_session
from tandem.xero.governor.rules import Purpose
from tandem.xero.leave import desk as desks
from tandem.xero.leave import journal
from tandem.xero.leave.desk import Desk, Waiting
from tandem.xero.leave.reading import read_leave
from tandem.xero.leave.stored import agreed_as_json, agreed_from_json, leave_from_json
from tandem.xero.leave.writing import Writer
from tandem.xero.mapping.leave_moves import Agreed, LeaveMove, LeaveVerb, decide_leave, same_terms
from tandem.xero.mapping.leave_requests import LeaveType, XeroLeave, XeroLeaveStatus, check_leave
from tandem.xero.models import Connection, LeaveLink
from tandem.xero.preferences.actions import get_preferences
from tandem.xero.sync import stops
from tandem.xero.sync.lease import LeaseLost

AFTER_TROUBLE = timedelta(minutes=15)
#: Approved leave whose last day lies further back is never sent any more.
STILL_OF_INTEREST = timedelta(days=400)
MOST_MOVES = 8
TASK_LENGTH = 500
WRITES = frozenset({LeaveVerb.CREATE, LeaveVerb.UPDATE, LeaveVerb.APPROVE, LeaveVerb.REJECT})
STATUSES = {
    XeroLeaveStatus.REQUESTED: LeaveStatus.REQUESTED,
    XeroLeaveStatus.APPROVED: LeaveStatus.APPROVED,
    XeroLeaveStatus.PART_PAID: LeaveStatus.APPROVED,
    XeroLeaveStatus.PAID: LeaveStatus.APPROVED,
    XeroLeaveStatus.REJECTED: LeaveStatus.REJECTED,
}
NOT_NOW = "The Xero connection does not work at the moment. Open it to see why and what to do."
A_LEAVE_TYPE = "Leave of a type that Xero has no more"


def leave_is_due(account_id: UUID) -> None:
    """Have an account's leave looked at as soon as a worker is free; nothing where it is not connected."""
    with scope(account_id):
        rows = Connection.objects.filter(account_id=account_id, disconnected_at__isnull=True)
        connection_id = rows.values_list("connection_id", flat=True).first()
        if connection_id is not None:
            set_due(account_id, connection_id, DueKind.LEAVE, clock.now())


def settle_leave(account_id: UUID, *, is_asked: bool = False) -> datetime | None:
    """Read and settle an account's leave; return when to come back, None when nothing waits.

    `is_asked` is a person who says to send what is approved. Run outside transactions.
    """
    with desks.sit_down(account_id, is_asked=is_asked) as desk:
        if desk is None:
            return _come_back(account_id)
        try:
            return _Work(desk).do()
        except Waiting as wait:
            return wait.until
        except LeaseLost:
            return None
        except stops.STOPPERS as error:
            pause = stops.pause_for(error)
            return pause.until if pause else clock.now() + AFTER_TROUBLE


def _come_back(account_id: UUID) -> datetime | None:
    """Say when to ask again where it is broken or somebody else works on it; None where nothing is automatic."""
    with scope(account_id):
        is_there = Connection.objects.filter(account_id=account_id, disconnected_at__isnull=True).exists()
        chosen = get_preferences(Actor.system(account_id, because="leave")).preferences
    return clock.now() + AFTER_TROUBLE if is_there and (chosen.auto_import or chosen.auto_export) else None


class _Work:
    """One pass over the leave of a connection."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._types: tuple[LeaveType, ...] = list_leave_types(desk.actor)
        self._employees = {xero_id: employee_id for employee_id, xero_id in desk.people.items()}
        self._writer: Writer | None = None

    def do(self) -> datetime | None:
        """Read, recover, then settle one after the other."""
        session = self._session(Purpose.READ)
        unlisted = read_leave(self._desk, session)
        for link in unlisted:
            Writer(self._desk, session).look(link)
        again = [at for link in self._unconfirmed() if (at := self._recovered(link))]
        links = self._open_links()
        lines = self._lines(link.request_id for link in links)
        for link in links:
            self._settle(link, lines.get(link.request_id) if link.request_id else None)
        for line in self._unsent():
            self._settle(self._new_link(line), line)
        return min(again, default=None)

    def _session(self, purpose: Purpose) -> XeroSession:
        session = open_session(self._desk.account_id, purpose=purpose)
        if session.ground.connection_id != self._desk.connection_id:
            raise LeaseLost
        return session

    def _write_with(self) -> Writer:
        self._writer = self._writer or Writer(self._desk, self._session(Purpose.WRITE))
        return self._writer

    def _unconfirmed(self) -> list[LeaveLink]:
        with scope(self._desk.account_id):
            return list(self._links().filter(state__in=(journal.INTENDED, journal.UNKNOWN)).order_by("intended_at"))

    def _recovered(self, link: LeaveLink) -> datetime | None:
        if not self._desk.may_write and link.application_id is None:
            return clock.now() + AFTER_TROUBLE
        return self._write_with().recover(link)

    def _open_links(self) -> list[LeaveLink]:
        """Return what changed on a side since it was settled, and stands in no unconfirmed write."""
        moved = Q(is_new=True) | (Q(request__isnull=False) & ~Q(request__revision=F("settled_revision")))
        with scope(self._desk.account_id):
            return list(self._links().filter(moved).exclude(state__in=journal.UNSETTLED).order_by("link_id"))

    def _links(self) -> QuerySet[LeaveLink]:
        return LeaveLink.objects.filter(account_id=self._desk.account_id, connection_id=self._desk.connection_id)

    def _lines(self, request_ids: Iterable[UUID | None]) -> dict[UUID, LeaveLine]:
        wanted = {request_id for request_id in request_ids if request_id}
        found = people_leave.list_leave_by_id(self._desk.actor, request_ids=wanted)
        return {line.request.request_id: line for line in found}

    def _unsent(self) -> list[LeaveLine]:
        """Return approved leave of linked people that Xero never heard of."""
        since = clock.today_in(self._desk.time_zone) - STILL_OF_INTEREST
        with scope(self._desk.account_id):
            known = set(self._links().filter(request__isnull=False).values_list("request_id", flat=True))
        lines = people_leave.list_approved_leave(self._desk.actor, until_from=since)
        lines = [line for line in lines if line.request.request_id not in known]
        return [line for line in lines if line.request.employee_id in self._desk.people] if self._desk.may_write else []

    def _new_link(self, line: LeaveLine) -> LeaveLink:
        link = LeaveLink(account_id=self._desk.account_id, connection_id=self._desk.connection_id)
        link.request_id = line.request.request_id
        link.xero_employee_id = self._desk.people[line.request.employee_id]
        return link

    def _settle(self, link: LeaveLink, line: LeaveLine | None) -> None:
        """Do the one thing to do next until there is nothing more, or it must wait."""
        has_looked = False
        for _ in range(MOST_MOVES):
            move = self._decide(link, line)
            if move.verb in WRITES:
                if not self._desk.may_write or line is None:
                    return
                if link.application_id is not None and not has_looked:
                    self._write_with().look(link)
                    has_looked = True
                    continue
                if self._refused_before_sending(link, line) or not self._send(link, line, move.verb):
                    return
            elif move.verb is LeaveVerb.TAKE:
                line = self._take(link, line) if self._desk.may_take else None
                if line is None:
                    return
            else:
                self._finish(link, line, move)
                return

    def _decide(self, link: LeaveLink, line: LeaveLine | None) -> LeaveMove:
        theirs = leave_from_json(link.theirs) if link.theirs else None
        return decide_leave(line.request if line else None, theirs, agreed=agreed_from_json(link.agreed))

    def _refused_before_sending(self, link: LeaveLink, line: LeaveLine) -> bool:
        """Say what Xero would refuse, all at once, in place of sending it."""
        problems = check_leave(line.request.terms, leave_types=self._types) if self._types else []
        if problems:
            said = " ".join(problem.message for problem in problems)
            self._finish(link, line, LeaveMove(LeaveVerb.TASK, said))
        return bool(problems)

    def _send(self, link: LeaveLink, line: LeaveLine, verb: LeaveVerb) -> bool:
        """Send one write; say whether it came through."""
        self._write_with().send(link, verb=verb, terms=line.request.terms)
        if link.state == journal.REFUSED:
            with scope(self._desk.account_id):
                words = " ".join(journal.words_against(link)) or "It gave no reason that Tandem knows."
            self._finish(link, line, LeaveMove(LeaveVerb.TASK, f"Xero refused this leave: {words}"))
        return not link.state

    def _take(self, link: LeaveLink, line: LeaveLine | None) -> LeaveLine | None:
        """Bring Xero's state here; return the request as it is now, None where it cannot be anybody's."""
        theirs = leave_from_json(link.theirs or {})
        employee_id = line.request.employee_id if line else self._employees.get(theirs.xero_employee_id)
        if employee_id is None:
            return None
        if theirs.is_cashed_out and line is None:
            self._finish(link, None, LeaveMove(LeaveVerb.NOTHING))
            return None
        try:
            return self._take_over(link, theirs, employee_id)
        except EmployeeNotFound:
            return None

    def _take_over(self, link: LeaveLink, theirs: XeroLeave, employee_id: UUID) -> LeaveLine:
        with scope(self._desk.account_id):
            self._desk.hold()
            taken = people_leave.take_leave_from_payroll(
                self._desk.actor,
                employee_id=employee_id,
                wanted=WantedLeave(theirs.terms, self._name_of(theirs)),
                status=STATUSES[theirs.status],
                request_id=link.request_id,
            )
            link.request_id, link.agreed = taken, agreed_as_json(Agreed(theirs.terms, STATUSES[theirs.status]))
            link.save()
        return self._lines([taken])[taken]

    def _name_of(self, theirs: XeroLeave) -> str:
        known = {one.leave_type_id: one.name for one in self._types}
        return known.get(theirs.terms.leave_type_id, A_LEAVE_TYPE)

    def _finish(self, link: LeaveLink, line: LeaveLine | None, move: LeaveMove) -> None:
        """Note that nothing is to be done any more, or what is left for a person."""
        theirs = leave_from_json(link.theirs) if link.theirs else None
        with scope(self._desk.account_id):
            self._desk.hold()
            link.task, link.asks = move.sentence[:TASK_LENGTH], move.verb is LeaveVerb.ASK
            link.is_new, link.settled_revision = False, line.revision if line else 0
            if move.verb is LeaveVerb.NOTHING and line and theirs and same_terms(line.request.terms, theirs.terms):
                link.agreed = agreed_as_json(Agreed(line.request.terms, line.request.status))
            link.save()


def settle_leave_now(actor: Actor) -> None:
    """Read Xero's leave and send what is approved, because somebody who decides on leave says so; raise Invalid."""
    people_leave.require_deciding(actor)
    if state.read_gate(actor.account_id).blocks_imports:
        raise Invalid(Problem("", NOT_NOW))
    settle_leave(actor.account_id, is_asked=True)
