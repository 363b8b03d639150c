"""Send leave: announce, send, note; and find out what became of a write that was never confirmed (xero.md R25, R33).

The announcement is committed with the exact bytes before the call. A create that may have reached Xero is never repeated
by itself (ADR 39). A change goes out again inside the key's window, with identical bytes under the same key; anything else
is thought about anew.
"""

from datetime import datetime, timedelta

from django.conf import settings

from tandem.kernel import clock
from tandem.kernel.scoping import durable_scope, scope
from tandem.people.leave_records import LeaveTerms
from tandem.xero.client import payroll_leave
from tandem.xero.client.errors import NoAnswer, NoSuchRecord, ServerError, ValidationFailed, XeroError
from tandem.xero.client.transport import Request
from tandem.xero.connections.session import XeroSession
from tandem.xero.leave import journal
from tandem.xero.leave.desk import Desk, Waiting
from tandem.xero.leave.stored import leave_as_json, leave_from_json, terms_from_json
from tandem.xero.mapping.leave_moves import LeaveVerb, same_terms
from tandem.xero.mapping.leave_requests import XeroLeave, XeroLeaveStatus, leave_from_xero, leave_to_xero
from tandem.xero.models import Grant, LeaveLink
from tandem.xero.sync import journal as boundaries
from tandem.xero.sync import stops

SEARCH_APART = timedelta(minutes=10)
LOOK_AGAIN = timedelta(minutes=1)
MOST_FAILURES = 2
NEVER_CONFIRMED = (
    "Xero never confirmed this leave, and it was not found there. Look in Xero under Payroll > Leave; "
    "if it is not there, send it again."
)
BODILESS = frozenset({LeaveVerb.APPROVE, LeaveVerb.REJECT})


class Writer:
    """Sends the leave of one connection."""

    def __init__(self, desk: Desk, session: XeroSession) -> None:
        self._desk = desk
        self._session = session

    def send(self, link: LeaveLink, *, verb: LeaveVerb, terms: LeaveTerms) -> None:
        """Announce one write and send it; raise Waiting where it must wait, as if it was never announced."""
        body = None if verb in BODILESS else leave_to_xero(terms, xero_employee_id=link.xero_employee_id)
        boundaries.at_boundary("before intent")
        with durable_scope(self._desk.account_id):
            self._desk.hold()
            journal.announce(link, verb=verb, terms=terms, body=body)
        boundaries.at_boundary("after intent")
        self._post(link)

    def look(self, link: LeaveLink) -> None:
        """Read one application anew, so that an edit there is seen before anything is written over it."""
        if link.application_id is None:
            return
        try:
            raw = self._ask(payroll_leave.get_leave(link.application_id))
        except NoSuchRecord:
            with scope(self._desk.account_id):
                self._desk.hold()
                link.theirs, link.is_gone, link.is_new = None, True, True
                link.save()
            return
        found = leave_from_xero(raw, time_zone=self._desk.time_zone)
        if isinstance(found, XeroLeave):
            with scope(self._desk.account_id):
                self._desk.hold()
                link.theirs = leave_as_json(found)
                link.save()

    def recover(self, link: LeaveLink) -> datetime | None:
        """Find out what became of an announced write; return when to look again, None where it is settled."""
        if link.application_id is None:
            return self._settle_create(link)
        self.look(link)
        if _is_done(link):
            self._confirm(link)
            return None
        # Where somebody was there meanwhile, what was announced is not sent over it, but thought about anew.
        is_overtaken = link.is_gone or link.theirs != (link.sent or {}).get("over")
        if is_overtaken or not self._is_in_window(link):
            self._begin_anew(link)
            return None
        with durable_scope(self._desk.account_id):
            self._desk.hold()
            journal.announce_again(link)
        self._post(link, is_retry=True)
        return clock.now() + LOOK_AGAIN if link.state in journal.UNSETTLED else None

    def _settle_create(self, link: LeaveLink) -> datetime | None:
        """Begin anew what surely is not in Xero; else search, and never send it again by itself.

        The list was read just before: a create that came through was found there.
        """
        with scope(self._desk.account_id):
            may_have_left = journal.may_have_left(link)
        if may_have_left:
            return self._search_again(link)
        self._begin_anew(link)
        return None

    def _begin_anew(self, link: LeaveLink) -> None:
        """Forget what was announced; what is sent next has a key of its own, since Xero repeats an error under the old one."""
        link.is_new = True
        self._leave(link, state="", event="stepped_back")

    def _confirm(self, link: LeaveLink) -> None:
        with scope(self._desk.account_id):
            self._desk.hold()
            journal.confirm(link, event="applied")

    def _search_again(self, link: LeaveLink) -> datetime | None:
        """After a first search without a find, come back ten minutes later; after the second, ask a person."""
        if link.searched_at is not None and clock.now() - link.searched_at >= SEARCH_APART:
            link.task = NEVER_CONFIRMED
            self._leave(link, state=journal.UNCONFIRMED, event="given_up")
            return None
        if link.searched_at is None:
            link.searched_at = clock.now()
            self._leave(link, state=journal.UNKNOWN, event="searched")
        return link.searched_at + SEARCH_APART

    def _ask(self, request: Request[object]) -> object:
        """Make a reading call; raise Waiting where it must wait."""
        try:
            return self._session.ask(request)
        except NoSuchRecord:
            raise
        except stops.STOPPERS as error:
            pause = stops.pause_for(error)
            raise Waiting(pause.until if pause else clock.now() + stops.XERO_IS_DOWN) from error

    def _post(self, link: LeaveLink, *, is_retry: bool = False) -> None:
        """Send what was announced, and note what came of it."""
        try:
            raw = self._session.ask(self._request(link))
        except NoAnswer as error:
            self._leave(link, state=journal.UNKNOWN, event="unknown", error=error)
        except ValidationFailed as error:
            with scope(self._desk.account_id):
                journal.said_against(link, [one.message for one in error.rejections])
            self._leave(link, state=journal.REFUSED, event="rejected", error=error)
        except stops.STOPPERS as error:
            self._after_refusal(link, error, is_retry=is_retry)
        else:
            boundaries.at_boundary("after call")
            self._done(link, raw)

    def _after_refusal(self, link: LeaveLink, error: Exception, *, is_retry: bool) -> None:
        pause = stops.pause_for(error) if isinstance(error, stops.STOPPERS) else None
        if pause is not None:
            state, event = (journal.UNKNOWN, "unknown") if is_retry else ("", "stepped_back")
            self._leave(link, state=state, event=event)
            raise Waiting(pause.until) from error
        link.failures += 1
        if isinstance(error, ServerError) and link.failures < MOST_FAILURES:
            self._leave(link, state=journal.UNKNOWN, event="unknown", error=error)
            return
        known = error if isinstance(error, XeroError) else None
        self._leave(link, state=journal.REFUSED, event="rejected", error=known)

    def _request(self, link: LeaveLink) -> Request[object]:
        verb, key = LeaveVerb(link.verb), journal.key_of(link)
        with scope(self._desk.account_id):
            body = journal.body_of(link)
        if link.application_id is None:
            return payroll_leave.create_leave(body, idempotency_key=key)
        if verb in BODILESS:
            approve = verb is LeaveVerb.APPROVE
            return payroll_leave.decide_leave(link.application_id, approve=approve, idempotency_key=key)
        return payroll_leave.update_leave(link.application_id, body, idempotency_key=key)

    def _done(self, link: LeaveLink, raw: object) -> None:
        """Note what Xero holds now; an answer that cannot be understood is read back later."""
        found = leave_from_xero(raw, time_zone=self._desk.time_zone)
        if isinstance(found, str):
            self._leave(link, state=journal.UNKNOWN, event="unknown")
            return
        with scope(self._desk.account_id):
            self._desk.hold()
            self._drop_double(link, found)
            link.application_id, link.theirs = found.application_id, leave_as_json(found)
            journal.confirm(link, event="applied")
            boundaries.at_boundary("outcome written")
        boundaries.at_boundary("outcome committed")

    def _drop_double(self, link: LeaveLink, found: XeroLeave) -> None:
        """Take away the link that a list made for the same application before its answer came."""
        others = LeaveLink.objects.filter(
            account_id=link.account_id, connection_id=link.connection_id, application_id=found.application_id
        )
        others.exclude(link_id=link.link_id).filter(request__isnull=True).delete()

    def _leave(self, link: LeaveLink, *, state: str, event: str, error: XeroError | None = None) -> None:
        with scope(self._desk.account_id):
            self._desk.hold()
            journal.leave_open(
                link,
                state=state,
                event=event,
                code=error.code if error else "",
                correlation_id=error.correlation_id if error else "",
            )

    def _is_in_window(self, link: LeaveLink) -> bool:
        """Say whether Xero still knows the key, and from the grant that announced it."""
        window = timedelta(seconds=settings.TANDEM.xero.idempotency_window_seconds)
        with scope(self._desk.account_id):
            first = journal.first_intent_at(link)
            since = Grant.objects.values_list("primary_since", flat=True).get(
                account_id=self._desk.account_id, grant_id=self._session.ground.grant_id
            )
        if first is None or (since is not None and first < since):
            return False
        return clock.now() - first < window


def _is_done(link: LeaveLink) -> bool:
    """Say whether Xero holds what was sent."""
    if not link.theirs or not link.sent:
        return False
    theirs, verb = leave_from_json(link.theirs), LeaveVerb(link.verb)
    if verb is LeaveVerb.APPROVE:
        return theirs.status not in (XeroLeaveStatus.REQUESTED, XeroLeaveStatus.REJECTED)
    if verb is LeaveVerb.REJECT:
        return theirs.status is XeroLeaveStatus.REJECTED
    return same_terms(terms_from_json(link.sent), theirs.terms)
