"""Read what Xero holds: the lists, then the people whose list row is not enough. Resumes at the page and the record.

Both lists are read, of active and of terminated people (xero.md R18), whole or since the watermark less two minutes.
Whoever is linked and missing from a whole list is looked up; absence alone means nothing (R19).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from tandem.kernel import clock
from tandem.kernel.errors import TandemError
from tandem.kernel.scoping import scope
from tandem.xero.catalog.reading import read_super_funds
from tandem.xero.catalog.selectors import list_super_funds, lists_of
from tandem.xero.client.errors import BadPayload, NoSuchRecord, Refused, XeroError
from tandem.xero.client.wire import ACTIVE, TERMINATED, Employee, EmployeesPage
from tandem.xero.connections.session import XeroSession
from tandem.xero.governor import ledger
from tandem.xero.governor.rules import Purpose
from tandem.xero.leave import balances
from tandem.xero.mapping.employee import from_xero
from tandem.xero.mapping.payroll import Lists
from tandem.xero.mapping.superannuation import names_unknown_fund
from tandem.xero.models import Binding, XeroPerson
from tandem.xero.sync import mirror, stops, unreadable
from tandem.xero.sync.desk import Desk, moment
from tandem.xero.sync.fanout import Fan
from tandem.xero.sync.payroll_steps import person_in_full
from tandem.xero.sync.stops import Failed, Parked

OVERLAP = timedelta(minutes=2)
LOOK_UP_AT_MOST = 20
REASON_LENGTH = 200


@dataclass(frozen=True)
class Scope:
    """How much one reading asks for: `since` None is everybody; `person` is one linked person and no list."""

    key: str
    since: datetime | None = None
    every_detail: bool = False
    person: UUID | None = None
    purpose: Purpose = Purpose.READ


@dataclass(frozen=True)
class Found:
    """One single read: the person, or why there is none."""

    employee: Employee | None = None
    is_missing: bool = False
    unreadable: str = ""


class Reader:
    """Reads into the mirror. Everything it has done is in the run's checkpoint and in the rows themselves."""

    def __init__(self, desk: Desk, asked: Scope) -> None:
        self._desk = desk
        self._asked = asked
        self._session: XeroSession = desk.open_session(asked.purpose)
        self._part = desk.checkpoint(asked.key) or self._first_part()
        self._has_read_funds = False

    @property
    def started_at(self) -> datetime:
        """Return when the reading began, which is the watermark of the next one."""
        return moment(self._part["started_at"]) or clock.now()

    @property
    def is_list(self) -> bool:
        """Say whether lists are read, and not one person."""
        return self._asked.person is None

    @property
    def is_whole(self) -> bool:
        """Say whether the lists are read whole."""
        return self.is_list and not self._part["since"]

    def read(self) -> None:
        """Read the lists and the details of everybody linked who changed."""
        if self._asked.person:
            self._want([self._asked.person])
        elif not self._part["listed"]:
            self._read_lists()
        self.read_details()

    def read_more(self, xero_employee_ids: Iterable[UUID]) -> None:
        """Read the details of people whom the plan cannot judge without."""
        if self._want(xero_employee_ids):
            self.read_details()

    def read_funds(self) -> bool:
        """Read the organisation's super funds anew, once in a reading; say whether that was done."""
        if self._has_read_funds:
            return False
        self._has_read_funds = True
        try:
            self._desk.call(lambda: read_super_funds(self._session))
        except XeroError:
            # The funds are guarded by a scope of their own: memberships stay in Xero, named, and everything else goes on.
            return False
        return True

    def _read_funds_anew(self, unknown: Iterable[Employee]) -> Parked | None:
        """Read the funds where somebody is in one that is not on the list; return what stops that, for after the storing."""
        if not list(unknown):
            return None
        try:
            self.read_funds()
        except Parked as stop:
            return stop
        return None

    def _in_unknown_fund(self, people: Iterable[Employee]) -> list[Employee]:
        funds = self._known_lists().funds
        return [one for one in people if names_unknown_fund(one.super_memberships, funds=funds)]

    def _known_lists(self) -> Lists:
        with scope(self._desk.account_id):
            return lists_of(self._desk.account_id, self._desk.connection_id)

    def _first_part(self) -> dict[str, object]:
        return {
            "started_at": clock.now().isoformat(),
            "since": self._asked.since.isoformat() if self._asked.since else "",
            "status": ACTIVE,
            "page": 1,
            "active_rows": 0,
            "rows": 0,
            "left": 0,
            "rejects": [],
            "carried": unreadable.carried(self._desk) if self._asked.since or self._asked.person else [],
            "listed": False,
        }

    def _number(self, name: str) -> int:
        return int(str(self._part[name]))

    def _read_lists(self) -> None:
        while not self._part["listed"]:
            status, page = str(self._part["status"]), self._number("page")
            since = moment(self._part["since"])
            try:
                rows = self._desk.call(
                    lambda: self._session.list_employees(page=page, status=status, modified_since=since)  # noqa: B023
                )
            except XeroError as error:
                raise stops.Parked("xero_down", clock.now() + stops.XERO_IS_DOWN) from error
            self._keep_page(rows, status)
        if not self._part["since"]:
            self._judge_whole_list()

    def _keep_page(self, rows: EmployeesPage, status: str) -> None:
        """Store one page and where to go on, in one transaction."""
        length = len(rows.records) + len(rows.rejects)
        is_last = length < settings.TANDEM.xero.page_size
        with scope(self._desk.account_id):
            left = self._store_rows(rows, status)
            self._part["rows"] = self._number("rows") + length
            self._part["left"] = self._number("left") + left
            if status == ACTIVE:
                self._part["active_rows"] = self._number("active_rows") + length
            nameless = [reject.reason[:REASON_LENGTH] for reject in rows.rejects if reject.xero_id is None]
            self._part["rejects"] = [*unreadable.listed(self._part), *nameless]
            if not is_last:
                self._part["page"] = self._number("page") + 1
            elif status == ACTIVE:
                self._part.update(status=TERMINATED, page=1)
            else:
                self._part["listed"] = True
            self._desk.save(self._asked.key, self._part)

    @property
    def nameless_rejects(self) -> list[str]:
        """Return why list rows without a readable id could not be read."""
        return unreadable.known(self._part)

    def _store_rows(self, page: EmployeesPage, status: str) -> int:
        """Bring the mirror up to date with one page; return how many left since they were seen last."""
        now, desk = clock.now(), self._desk
        ids = [record.employee_id for record in page.records]
        ids += [reject.xero_id for reject in page.rejects if reject.xero_id]
        known = {row.xero_employee_id: row for row in self._rows(ids)}
        linked = self._linked(ids)
        left, changed = 0, []
        for record in page.records:
            row = known.get(record.employee_id) or self._new_row(record.employee_id)
            listed = from_xero(record, time_zone=desk.time_zone, is_detail=False)
            was_active = row.record is not None and status == TERMINATED and mirror.read(row).status == ACTIVE
            is_new = mirror.take_list_row(row, listed, now=now)
            if record.employee_id in linked and (is_new or self._is_stale(row)):
                row.wants_detail = True
            left += was_active
            changed.append(row)
        for reject in page.rejects:
            if reject.xero_id:
                row = known.get(reject.xero_id) or self._new_row(reject.xero_id)
                row.listed_at, row.missing_since = now, None
                row.unreadable = reject.reason[:REASON_LENGTH] or "unreadable"
                changed.append(row)
        mirror.store(changed)
        return left

    def _is_stale(self, row: XeroPerson) -> bool:
        return self._asked.every_detail and (row.read_at is None or row.read_at < self.started_at)

    def _rows(self, ids: Iterable[UUID]) -> list[XeroPerson]:
        return list(
            XeroPerson.objects.filter(
                account_id=self._desk.account_id,
                connection_id=self._desk.connection_id,
                xero_employee_id__in=list(ids),
            )
        )

    def _new_row(self, xero_employee_id: UUID) -> XeroPerson:
        return XeroPerson(
            person_id=XeroPerson.row_id(self._desk.connection_id, xero_employee_id),
            account_id=self._desk.account_id,
            connection_id=self._desk.connection_id,
            xero_employee_id=xero_employee_id,
        )

    def _linked(self, ids: Iterable[UUID]) -> set[UUID]:
        found = Binding.objects.filter(
            account_id=self._desk.account_id,
            connection_id=self._desk.connection_id,
            xero_employee_id__in=list(ids),
        )
        return set(found.values_list("xero_employee_id", flat=True))

    def _judge_whole_list(self) -> None:
        """Look up whoever is linked and not listed, and file the list as evidence; stop on one that is no proof.

        People found missing before are not held against the list again: somebody was told, and the plan names them.
        """
        with scope(self._desk.account_id):
            linked = Binding.objects.filter(account_id=self._desk.account_id, connection_id=self._desk.connection_id)
            total, known = linked.count(), linked.filter(missing_in_xero_since__isnull=False).count()
            missing = self._unlisted()
        sought = [self._look_up(one) for one in missing] if len(missing) <= LOOK_UP_AT_MOST else []
        found = [one for one in sought if one is not None]
        ended, unconfirmed = sum(one.status == TERMINATED for one in found), len(missing) - len(found)
        still_active = len(found) - ended
        is_proof = self._session.record_list(
            rows=self._number("active_rows"),
            ended=self._number("left") + ended,
            still_active=still_active,
            unconfirmed=unconfirmed,
            is_gone_through=True,
        )
        new = max(0, unconfirmed - known)
        if new and not self._number("rows"):
            raise Failed("empty_page")
        is_sharp = (new + still_active) * 100 > total * settings.TANDEM.windows.drop_percent
        if is_sharp or (not is_proof and not unconfirmed):
            raise Failed("sharp_drop" if self._number("active_rows") else "empty_page")

    def _unlisted(self) -> list[UUID]:
        """Return the linked people whom the two lists did not show."""
        listed = XeroPerson.objects.filter(
            account_id=self._desk.account_id, connection_id=self._desk.connection_id, listed_at__gte=self.started_at
        )
        bindings = Binding.objects.filter(account_id=self._desk.account_id, connection_id=self._desk.connection_id)
        unlisted = bindings.exclude(xero_employee_id__in=listed.values("xero_employee_id"))
        return list(unlisted.order_by("xero_employee_id").values_list("xero_employee_id", flat=True))

    def _look_up(self, xero_employee_id: UUID) -> Employee | None:
        """Read one person whom the lists did not show; None where they could not be found."""
        found = self._desk.call(lambda: self._fetch(xero_employee_id))
        self._keep_details([(xero_employee_id, found)])
        return found.employee

    def _want(self, xero_employee_ids: Iterable[UUID]) -> int:
        """Ask for details; people read since this reading began are not read twice."""
        with scope(self._desk.account_id):
            ids = list(xero_employee_ids)
            known = {row.xero_employee_id for row in self._rows(ids)}
            mirror.store(self._new_row(one) for one in ids if one not in known)
            return (
                XeroPerson.objects.filter(
                    account_id=self._desk.account_id,
                    connection_id=self._desk.connection_id,
                    xero_employee_id__in=ids,
                )
                .filter(Q(read_at__isnull=True) | Q(read_at__lt=self.started_at))
                .update(wants_detail=True)
            )

    def _wanted(self) -> list[UUID]:
        with scope(self._desk.account_id):
            rows = XeroPerson.objects.filter(
                account_id=self._desk.account_id, connection_id=self._desk.connection_id, wants_detail=True
            )
            return list(rows.order_by("xero_employee_id").values_list("xero_employee_id", flat=True))

    def read_details(self) -> None:
        """Read everybody whose details are wanted, several at once, resuming where a stop left off."""
        pending, patience = self._wanted(), stops.Patience()
        self._note_details(len(pending))
        if pending and list_super_funds(self._desk.actor) is None:
            self.read_funds()
        while pending:
            fan = Fan(pending, self._fetch)
            for batch in fan.run(width=ledger.limits().reads_in_flight):
                self._keep_details(batch)
                patience = stops.Patience()
            if fan.error is not None:
                self._after_stop(fan.error, patience)
            pending = self._wanted()

    def _note_details(self, pending: int) -> None:
        """Write down how many details are to be read, for the progress that people watch."""
        if not pending:
            return
        with scope(self._desk.account_id):
            self._part["details"] = max(int(str(self._part.get("details", 0))), pending)
            self._desk.save(self._asked.key, self._part)

    def _after_stop(self, error: Exception, patience: stops.Patience) -> None:
        """Sit out what stopped the reads, or give up with it."""
        if not isinstance(error, TandemError):
            raise error
        pause = stops.pause_for(error)
        if pause is None:
            raise stops.Parked("xero_down", clock.now() + stops.XERO_IS_DOWN) from error
        self._desk.sit_out(pause, patience)

    def _fetch(self, xero_employee_id: UUID) -> Found:
        """Read one person in full; trouble with this record alone is a finding, not an error."""
        for attempt in range(stops.READ_TRIES):
            try:
                return Found(employee=self._session.get_employee(xero_employee_id))
            except NoSuchRecord:
                return Found(is_missing=True)
            except XeroError as error:
                is_last = attempt == stops.READ_TRIES - 1
                if stops.pause_for(error) is not None:
                    raise
                if isinstance(error, BadPayload | Refused) and (is_last or not stops.is_worth_another_try(error)):
                    return Found(unreadable=error.code)
                if is_last:
                    raise
            clock.sleep(attempt + 1.0)
        raise AssertionError

    def _keep_details(self, batch: list[tuple[UUID, Found]]) -> None:
        """Store what was read, holding on to the lease, in one transaction."""
        now, desk = clock.now(), self._desk
        read = [found.employee for _, found in batch if found.employee]
        stop = self._read_funds_anew(self._in_unknown_fund(read))
        lists = self._known_lists()
        with scope(desk.account_id):
            self._desk.save(self._asked.key, self._part)
            people = [person_in_full(desk.account_id, one, time_zone=desk.time_zone, lists=lists) for one in read]
            mirror.store_detail(desk.account_id, desk.connection_id, people)
            balances.keep(desk.account_id, desk.connection_id, read)
            rows = XeroPerson.objects.filter(account_id=desk.account_id, connection_id=desk.connection_id)
            gone = [one for one, found in batch if found.is_missing]
            if gone:
                rows.filter(xero_employee_id__in=gone).update(missing_since=now, wants_detail=False)
            for one, found in batch:
                if found.unreadable:
                    rows.filter(xero_employee_id=one).update(unreadable=found.unreadable, wants_detail=False)
            self._mark_bindings(gone, [one.employee_id for one in read], now)
        if stop is not None:
            self._want_again(self._in_unknown_fund(read))
            raise stop

    def _want_again(self, people: Iterable[Employee]) -> None:
        with scope(self._desk.account_id):
            for one in people:
                mirror.want(self._desk.account_id, self._desk.connection_id, one.employee_id)

    def _mark_bindings(self, gone: list[UUID], read: list[UUID], now: datetime) -> None:
        bindings = Binding.objects.filter(account_id=self._desk.account_id, connection_id=self._desk.connection_id)
        if gone:
            bindings.filter(xero_employee_id__in=gone, missing_in_xero_since__isnull=True).update(
                missing_in_xero_since=now
            )
        if read:
            bindings.filter(xero_employee_id__in=read, missing_in_xero_since__isnull=False).update(
                missing_in_xero_since=None
            )
