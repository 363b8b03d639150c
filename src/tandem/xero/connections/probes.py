"""Prove the connection when nothing else does: one payroll read, and the other questions only when it is refused.

A refusal is asked about once: which connections this person has, and whether the organisation answers. Both count as
evidence, and the diagnosis names the cause from them. Probes come out of the day budget first.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import TandemError
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scope
from tandem.people.records import EmployeeStatus
from tandem.people.selectors import iter_employees
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.xero.client.errors import Disposition, NoSuchRecord, Refused, XeroError
from tandem.xero.client.wire import ACTIVE, TERMINATED, EmployeesPage
from tandem.xero.connections import assembling, disconnecting, noticing, paying, questions, retirement, state, takeover
from tandem.xero.connections.diagnosis import diagnose
from tandem.xero.connections.due import DueKind, clear_due, set_due
from tandem.xero.connections.evidence import Evidence
from tandem.xero.connections.health import GREEN, Health, Light
from tandem.xero.connections.lights import latest
from tandem.xero.connections.recording import forget_old
from tandem.xero.connections.session import GrantRole, NotConnected, XeroSession, open_session
from tandem.xero.governor.ledger import MustWait
from tandem.xero.governor.rules import Purpose
from tandem.xero.models import Binding, Connection, Grant
from tandem.xero.oauth import tokens
from tandem.xero.schedule.rules import (
    Cadence,
    next_full_check_at,
    next_probe_at,
    next_standby_probe_at,
    probe_interval,
)

PATIENCE = timedelta(seconds=5)
SINGLE_READS = 5
SOON = timedelta(seconds=5)
LOOK_AGAIN = timedelta(hours=1)


@dataclass(frozen=True)
class Listed:
    """A complete list of active people."""

    rows: int
    ids: frozenset[UUID]


@dataclass(frozen=True)
class _Sought:
    """What became of bound people whom a list of active people lacks."""

    ended: int = 0
    still_active: int = 0
    unconfirmed: int = 0


@dataclass(frozen=True)
class _Sight:
    """What a probe begins with: a session, the connection's row, and the facts from before it."""

    session: XeroSession
    connection: Connection
    facts: Evidence


def probe_now(actor: Actor) -> Health:
    """Probe because a person asked; return what it came to."""
    actor.require(Permission.VIEW_INTEGRATION)
    with scope(actor.account_id):
        connection = Connection.objects.filter(account_id=actor.account_id).first()
        subject_id = connection.connection_id if connection else None
        record(actor, Event.PROBED, subject_kind="connection", subject_id=subject_id)
    return probe_connection(actor.account_id, anyway=True, purpose=Purpose.PERSON)


def probe_connection(account_id: UUID, *, anyway: bool = False, purpose: Purpose = Purpose.PROBE) -> Health:
    """Do as `probe`, and return what it came to."""
    return probe(account_id, anyway=anyway, purpose=purpose).health


def probe(account_id: UUID, *, anyway: bool = False, purpose: Purpose = Purpose.PROBE) -> state.Settled:
    """Prove an account's connection unless a real call did so lately; set when it is due next. Run outside transactions.

    With the `purpose` of a person who waits, the first look is paid from the share of people.
    """
    with scope(account_id):
        has_leftovers = disconnecting.is_unfinished(account_id) or retirement.has_work(account_id)
        sight = None if has_leftovers else _sight(account_id, purpose)
    if has_leftovers:
        disconnecting.resume(account_id)
        retirement.retire_replaced(account_id)
        sight = _look(account_id, purpose)
    if sight is None:
        return _rest(account_id)
    if anyway or _is_needed(sight):
        _probe(sight, thorough=anyway)
    settled = state.settle(account_id, unless=takeover.is_called_for)
    if settled.is_held_back:
        if takeover.take_over(account_id) and (sight := _look(account_id, purpose)) is not None:
            _probe(sight)
        settled = state.settle(account_id)
    _set_next(settled)
    return settled


def _look(account_id: UUID, purpose: Purpose) -> _Sight | None:
    with scope(account_id):
        return _sight(account_id, purpose)


def _sight(account_id: UUID, purpose: Purpose) -> _Sight | None:
    """Open a session and read what is known before a probe; None where there is nothing to call with."""
    connection = Connection.objects.filter(account_id=account_id).first()
    if connection is None:
        return None
    facts = assembling.assemble(connection, account_id=account_id)
    try:
        session = open_session(account_id, purpose=purpose, patience=PATIENCE, is_doubted_already=facts.data.is_failing)
    except NotConnected:
        return None
    return _Sight(session, connection, facts)


def _rest(account_id: UUID) -> state.Settled:
    """Say when to come back though there is nothing to prove: soon for an unfinished disconnect, else never."""
    with scope(account_id):
        connection = Connection.objects.filter(account_id=account_id).first()
        if connection is not None and disconnecting.is_unfinished(account_id):
            set_due(account_id, connection.connection_id, DueKind.PROBE, clock.now() + disconnecting.RESUME_AFTER)
        elif connection is not None:
            clear_due(connection.connection_id, DueKind.PROBE, DueKind.REFRESH)
    return state.settle(account_id)


def _is_needed(sight: _Sight) -> bool:
    """Say whether no real call has proved payroll within the interval, or there is more to ask than calls answer."""
    facts = sight.facts
    health = diagnose(facts, clock.now())
    payroll = health.lights[Light.PAYROLL]
    if health.state not in GREEN or payroll.at is None:
        return True
    if _wants_list(facts) or _wants_standby(facts) or _wants_full_check(facts):
        return True
    return clock.now() - payroll.at >= _interval(sight) * (1 - Cadence.jitter) - SOON


def _interval(sight: _Sight) -> timedelta:
    """Return how far probes lie apart now: closer before a pay day, while the day's calls last."""
    return probe_interval(
        now=clock.now(),
        cadence=_cadence(),
        next_pay_on=sight.connection.next_pay_on,
        budget_left=paying.spare_calls(sight.facts.budget),
        time_zone=assembling.zone_of(sight.connection),
    )


def _cadence() -> Cadence:
    return Cadence(probe=timedelta(seconds=settings.TANDEM.windows.probe_seconds))


def _probe(sight: _Sight, *, thorough: bool = False) -> None:
    """Read a page, and whatever else the facts from before it say is due; `thorough` where a person asked."""
    session, facts = sight.session, sight.facts
    try:
        page = session.list_employees(page=1)
        if _is_to_prove_data(session, facts, page, thorough=thorough):
            _prove_data(session, page, since=facts.data.proved_at)
        paying.read_pay_days(session, sight.connection, facts)
        if _wants_full_check(facts):
            questions.check_organisation(session)
            session.list_connections()
        if _wants_standby(facts):
            questions.reads_payroll(session.ground.account_id, GrantRole.STANDBY)
    except MustWait:
        return
    except Refused as error:
        if error.disposition in (Disposition.RECONNECT, Disposition.REFRESH, Disposition.REMATCH):
            questions.ask_why(session)
            _ask_again(session)
    except (XeroError, TandemError):
        # The session has filed what happened; there is nothing more to ask of a Xero that does not answer.
        return


def _ask_again(session: XeroSession) -> None:
    """Ask for payroll once more where it was refused once: a single slip of Xero's is over before anybody reads of it."""
    facts = _facts(session.ground.account_id)
    if facts.primary and facts.primary.payroll.is_refused and not facts.primary.payroll.is_refused_twice:
        questions.reads_payroll(session.ground.account_id, GrantRole.PRIMARY)


def _facts(account_id: UUID) -> Evidence:
    with scope(account_id):
        connection = Connection.objects.filter(account_id=account_id).first()
        return assembling.assemble(connection, account_id=account_id)


def _wants_list(facts: Evidence) -> bool:
    """Say whether the data needs a proof of its own soon: it is half-way through its window, or failing."""
    proved_at = facts.data.proved_at
    return facts.data.is_failing or proved_at is None or clock.now() - proved_at >= assembling.windows().data / 2


def _is_to_prove_data(session: XeroSession, facts: Evidence, first: EmployeesPage, *, thorough: bool) -> bool:
    """Say whether to read the whole list, and to look for whom it lacks.

    A list that was gone through, was no proof and is too short still, or whose first page does not tell, is gone through
    once an hour: it would say the same, and an organisation that stays so all day would spend the day's calls on it.
    """
    data = facts.data
    if not data.is_failing or data.failed_at is None or not data.is_gone_through or thorough:
        return _wants_list(facts) or session.has_doubted
    tells = len(first.records) + len(first.rejects) < settings.TANDEM.xero.page_size
    return (tells and not session.has_doubted) or clock.now() - data.failed_at >= LOOK_AGAIN


def _wants_full_check(facts: Evidence) -> bool:
    """Say whether the organisation itself was not read for a day."""
    last = facts.primary.organisation.ok_at if facts.primary else None
    return next_full_check_at(last_checked_at=last, now=clock.now(), cadence=Cadence()) <= clock.now()


def _wants_standby(facts: Evidence) -> bool:
    """Say whether there is a standby that was not proved for an hour."""
    if facts.standby is None:
        return False
    last = latest(facts.standby.payroll.ok_at, facts.standby.payroll.refused_at)
    due = next_standby_probe_at(facts.standby.grant_id, last_call_at=last, now=clock.now(), cadence=Cadence())
    return due <= clock.now()


def accept_list(actor: Actor) -> Health:
    """Believe the last list that was doubted: a person has looked at Xero and says that these are all."""
    actor.require(Permission.MANAGE_INTEGRATION)
    with scope(actor.account_id):
        connection = Connection.objects.select_for_update(no_key=True).filter(account_id=actor.account_id).first()
        doubted = assembling.assemble(connection, account_id=actor.account_id).data
        if connection is not None and doubted.is_failing and doubted.failed_rows is not None:
            connection.listed_people = doubted.failed_rows
            connection.save(update_fields=["listed_people"])
            record(
                actor,
                Event.PROBED,
                subject_kind="connection",
                subject_id=connection.connection_id,
                facts={"accepted_people": doubted.failed_rows},
            )
    return probe_connection(actor.account_id, anyway=True, purpose=Purpose.PERSON)


def _prove_data(session: XeroSession, first: EmployeesPage, *, since: datetime | None) -> None:
    listed = _rest_of_list(session, first)
    missing = _bound_but_not_listed(session, listed, since=since)
    found = _look_for(session, missing)
    session.record_list(
        rows=listed.rows,
        ended=found.ended,
        still_active=found.still_active,
        unconfirmed=found.unconfirmed,
        is_gone_through=True,
    )
    noticing.leave_for_next_run(
        session.ground.account_id, session.ground.connection_id, listed=listed.ids, missing=missing
    )


def _rest_of_list(session: XeroSession, first: EmployeesPage, *, status: str = ACTIVE) -> Listed:
    """Read on to the page that is not full; a person on two pages counts once (xero.md 3.3)."""
    ids: set[UUID] = set()
    unreadable, number, page = 0, 1, first
    while True:
        ids.update(row.employee_id for row in page.records)
        unreadable += len(page.rejects)
        if len(page.records) + len(page.rejects) < settings.TANDEM.xero.page_size:
            return Listed(rows=len(ids) + unreadable, ids=frozenset(ids))
        number += 1
        page = session.list_employees(page=number, status=status)


def _bound_but_not_listed(session: XeroSession, listed: Listed, *, since: datetime | None) -> frozenset[UUID]:
    """Return the linked people who were in the list of active people when it was proved last and are not now.

    Whoever had left before that was not among them; who left since is looked for, since they make the list shorter.
    """
    account_id = session.ground.account_id
    with scope(account_id):
        links = dict(
            Binding.objects.filter(account_id=account_id, connection_id=session.ground.connection_id).values_list(
                "xero_employee_id", "employee_id"
            )
        )
    absent = {xero_id: employee_id for xero_id, employee_id in links.items() if xero_id not in listed.ids}
    if not absent:
        return frozenset()
    actor = Actor.system(account_id, because="probe")
    ended = [row for row in iter_employees(actor) if row.status is EmployeeStatus.TERMINATED]
    gone = {row.employee_id for row in ended if since is None or row.changed_at <= since}
    return frozenset(xero_id for xero_id, employee_id in absent.items() if employee_id not in gone)


def _look_for(session: XeroSession, missing: frozenset[UUID]) -> _Sought:
    """Look for missing people among the terminated, then one by one."""
    if not missing:
        return _Sought()
    terminated = _rest_of_list(session, session.list_employees(page=1, status=TERMINATED), status=TERMINATED)
    ended, unknown = len(missing & terminated.ids), sorted(missing - terminated.ids)
    still_active = 0
    # A few of many would not make it a proof.
    for xero_employee_id in unknown if len(unknown) <= SINGLE_READS else ():
        try:
            has_ended = session.get_employee(xero_employee_id).status == TERMINATED
        except NoSuchRecord:
            continue
        ended, still_active = ended + has_ended, still_active + (not has_ended)
    return _Sought(ended, still_active, len(missing) - ended - still_active)


def _set_next(settled: state.Settled) -> None:
    """Make the next probe due: at the time that the page names where it names one, else one interval after the last call."""
    connection, health = settled.connection, settled.health
    if connection is None:
        return
    payroll, now = health.lights[Light.PAYROLL], clock.now()
    at = health.resumes_at or next_probe_at(
        connection.connection_id,
        last_call_at=payroll.at if payroll.is_proved else now,
        now=now,
        cadence=_cadence(),
        next_pay_on=connection.next_pay_on,
        budget_left=paying.spare_calls(settled.facts.budget),
        time_zone=assembling.zone_of(connection),
    )
    set_due(connection.account_id, connection.connection_id, DueKind.PROBE, max(at, now + SOON))


def refresh_idle(account_id: UUID) -> int:
    """Refresh every live grant that was not refreshed for a week, so that none dies unused; return how many."""
    cadence = Cadence()
    now = clock.now()
    with scope(account_id):
        roles = [GrantRole.PRIMARY.value, GrantRole.STANDBY.value]
        idle = Grant.objects.filter(
            account_id=account_id, role__in=roles, refresh_token__isnull=False, refreshed_at__lte=now - cadence.refresh
        )
        ids = list(idle.values_list("grant_id", flat=True))
        connection = Connection.objects.filter(account_id=account_id, disconnected_at__isnull=True).first()
        if connection is not None:
            set_due(account_id, connection.connection_id, DueKind.REFRESH, now + timedelta(days=1))
        forget_old(account_id)
    for grant_id in ids:
        try:
            tokens.refresh(account_id, grant_id, anyway=True, purpose=Purpose.PROBE.value)
        except XeroError:
            state.update(account_id)
    return len(ids)
