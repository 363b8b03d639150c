"""Read what Xero holds of leave: what changed since, less two minutes (xero.md 3.3), and once a week everything.

Xero's list tells of changes and never of deletions; what a whole list does not show is looked up by its id.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from tandem.kernel import clock
from tandem.kernel.scoping import scope
from tandem.xero.client import payroll_leave
from tandem.xero.connections.session import XeroSession
from tandem.xero.leave import journal
from tandem.xero.leave.desk import Desk
from tandem.xero.leave.stored import leave_as_json, terms_from_json
from tandem.xero.mapping.leave_moves import LeaveVerb, same_terms
from tandem.xero.mapping.leave_requests import XeroLeave, leave_from_xero
from tandem.xero.models import LeaveDesk, LeaveLink

OVERLAP = timedelta(minutes=2)
LOOK_UP_AT_MOST = 20


def read_leave(desk: Desk, session: XeroSession) -> list[LeaveLink]:
    """Read every page, note the time at which the reading began, and return what a whole list did not show."""
    started_at = clock.now()
    with scope(desk.account_id):
        row = LeaveDesk.objects.get(account_id=desk.account_id, desk_id=desk.connection_id)
    since = row.read_at - OVERLAP if row.read_at and _week(row.read_at) == _week(started_at) else None
    said: set[str] = set()
    listed: set[UUID] = set()
    page = 1
    while True:
        rows = session.ask(payroll_leave.list_leave(page=page, modified_since=since))
        with scope(desk.account_id):
            desk.hold()
            listed |= _keep_page(desk, rows, said)
        if len(rows) < settings.TANDEM.xero.page_size:
            break
        page += 1
    with scope(desk.account_id):
        desk.hold()
        found = LeaveDesk.objects.filter(account_id=desk.account_id, desk_id=desk.connection_id)
        found.update(read_at=started_at, said=sorted(said))
        return _unlisted(desk, listed) if since is None and not said else []


def _week(at: datetime) -> tuple[int, int]:
    year, week, _ = at.isocalendar()
    return year, week


def _unlisted(desk: Desk, listed: set[UUID]) -> list[LeaveLink]:
    """Return known applications that a whole list did not show, a few at a time. Inside the account's scope."""
    rows = LeaveLink.objects.filter(
        account_id=desk.account_id, connection_id=desk.connection_id, application_id__isnull=False, is_gone=False
    )
    return list(rows.exclude(application_id__in=listed).order_by("link_id")[:LOOK_UP_AT_MOST])


def _keep_page(desk: Desk, rows: Sequence[object], said: set[str]) -> set[UUID]:
    """Keep what can be read and return its ids; add to `said` what is wrong with the rest."""
    listed: set[UUID] = set()
    for raw in rows:
        found = leave_from_xero(raw, time_zone=desk.time_zone)
        if isinstance(found, str):
            said.add(found)
        else:
            keep(desk, found)
            listed.add(found.application_id)
    return listed


def keep(desk: Desk, found: XeroLeave) -> LeaveLink:
    """Bring the link of an application up to date with what Xero holds; return it. Inside the account's scope."""
    link = _link_of(desk, found.application_id) or _announced(desk, found)
    if link is None:
        link = LeaveLink(account_id=desk.account_id, connection_id=desk.connection_id)
        link.application_id, link.xero_employee_id = found.application_id, found.xero_employee_id
    theirs = leave_as_json(found)
    if link.theirs != theirs:
        link.theirs, link.is_new, link.is_gone = theirs, True, False
        link.save()
    return link


def _link_of(desk: Desk, application_id: UUID) -> LeaveLink | None:
    rows = LeaveLink.objects.filter(account_id=desk.account_id, connection_id=desk.connection_id)
    return rows.filter(application_id=application_id).first()


def _announced(desk: Desk, found: XeroLeave) -> LeaveLink | None:
    """Return the create that was announced and never confirmed, where this is what it sent: it came through."""
    pending = LeaveLink.objects.filter(
        account_id=desk.account_id,
        connection_id=desk.connection_id,
        xero_employee_id=found.xero_employee_id,
        application_id__isnull=True,
        verb=LeaveVerb.CREATE.value,
        state__in=journal.UNSETTLED,
    )
    for link in pending:
        if link.sent and same_terms(terms_from_json(link.sent), found.terms):
            link.application_id = found.application_id
            journal.confirm(link, event="adopted")
            return link
    return None
