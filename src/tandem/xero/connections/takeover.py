"""Two keys: a second person's grant carries on where the first can not (docs/adr/0019-two-keys.md).

Before the roles change, the first is asked once more and the second is asked for the same thing, outside any
transaction. The change itself is one transaction: roles, report, timeline, tasks, and what is due next. A run that is
under way parks, and goes on from its journal with the new grant.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, Problem
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import durable_scope, scope
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.xero.connections import assembling, foresight, handover, questions, retirement, state
from tandem.xero.connections.causes import OF_PERSON, Cause
from tandem.xero.connections.diagnosis import diagnose
from tandem.xero.connections.due import DueKind, set_due
from tandem.xero.connections.evidence import Evidence, GrantFacts
from tandem.xero.connections.health import ConnectionState, Health
from tandem.xero.connections.lights import latest
from tandem.xero.connections.session import GrantRole, open_session
from tandem.xero.connections.standby import appoint_another
from tandem.xero.governor.rules import Purpose
from tandem.xero.models import Connection, Grant, Run, Step, Takeover
from tandem.xero.schedule.rules import Cadence

LAST_DAY, BY_HAND = "last_day", "by_hand"
#: Whose access is over for good: their grant is retired, which ends what it left behind in Xero.
FOR_GOOD = frozenset({Cause.AUTHORISER_LEFT.value, LAST_DAY, Cause.SIGN_IN_EXPIRED.value, Cause.SIGN_IN_REVOKED.value})
UNCONFIRMED = ("intended", "unknown")
UNDER_WAY = ("reading", "approved", "running", "parked")


@dataclass(frozen=True)
class _Case:
    """Why the standby should carry on."""

    because: str
    is_certain: bool
    broke_at: datetime | None


def take_over(account_id: UUID) -> bool:
    """Let the standby carry on if the primary's person can not; say whether it does. Run outside transactions."""
    with scope(account_id):
        if not Grant.objects.filter(account_id=account_id, role="standby").exists():
            return False
        facts, health = _facts(account_id)
        case = _case(facts, health)
    if case is None or facts.primary is None or facts.standby is None:
        return False
    if case.because != LAST_DAY and not _is_refused_again(account_id, facts.primary):
        return False
    if not _standby_reads(account_id, facts.standby):
        return False
    if case.because == Cause.UNKNOWN.value:
        questions.ask_why(open_session(account_id, purpose=Purpose.PROBE))
    actor = Actor.system(account_id, because="takeover")
    with durable_scope(account_id):
        is_done = _take_over(actor)
    if is_done:
        state.update(account_id)
        retirement.retire_replaced(account_id)
    return is_done


def is_called_for(facts: Evidence) -> bool:
    """Say whether the standby may have to carry on, which `take_over` finds out."""
    return facts.standby is not None and _case(facts, diagnose(facts, clock.now())) is not None


def carrier_of(account_id: UUID) -> UUID | None:
    """Return the grant that carries the account's connection."""
    with scope(account_id):
        rows = Grant.objects.filter(account_id=account_id, role="primary")
        return rows.values_list("grant_id", flat=True).first()


def _is_refused_again(account_id: UUID, primary: GrantFacts) -> bool:
    """Say whether a refusal was no single slip; asks once more where it was seen once."""
    if any(track.is_refused_twice for track in (primary.payroll, primary.organisation, primary.token)):
        return True
    return primary.token.is_refused or not questions.reads_payroll(account_id, GrantRole.PRIMARY)


def _standby_reads(account_id: UUID, standby: GrantFacts) -> bool:
    """Ask the standby for payroll, a refused one once an hour; where it is refused too, for the organisation."""
    asked_at = latest(standby.payroll.refused_at, standby.token.refused_at)
    if standby.is_refused and asked_at and clock.now() - asked_at < Cadence().standby_probe:
        return False
    if questions.reads_payroll(account_id, GrantRole.STANDBY):
        return True
    questions.ask_organisation(account_id, GrantRole.STANDBY)
    return False


def swap(actor: Actor) -> None:
    """Let the standby carry the connection and the primary stand by, because a person wants it; raise Invalid."""
    actor.require(Permission.MANAGE_INTEGRATION)
    with scope(actor.account_id):
        standby = _facts(actor.account_id)[0].standby
    if standby is None:
        raise Invalid(Problem("", "There is no standby. Add one first."))
    if not questions.reads_payroll(actor.account_id, GrantRole.STANDBY):
        raise Invalid(
            Problem(
                "", "Xero does not give payroll to the standby at the moment, so nothing was changed. See the lights."
            )
        )
    with durable_scope(actor.account_id):
        connection = _locked(actor)
        facts, health = _facts(actor.account_id)
        if facts.primary is None or facts.standby is None or not facts.standby_can_carry(clock.now()):
            raise Invalid(Problem("", "The standby can not carry the connection at the moment. Nothing was changed."))
        case = _case(facts, health) or _Case(BY_HAND, is_certain=True, broke_at=None)
        _promote(actor, connection, facts.primary, facts.standby, case)
    state.update(actor.account_id)
    retirement.retire_replaced(actor.account_id)


def retire_standby(actor: Actor) -> None:
    """Give a standby up: only that person's link to this organisation ends, and their sign-in where nobody needs it."""
    actor.require(Permission.MANAGE_INTEGRATION)
    with durable_scope(actor.account_id):
        connection = _locked(actor)
        standby = (
            Grant.objects.select_for_update(no_key=True).filter(account_id=actor.account_id, role="standby").first()
        )
        if standby is None:
            raise Invalid(Problem("", "There is no standby any more. Nothing was changed."))
        standby.role = "retired"
        standby.save(update_fields=["role"])
        handover.close_for_grant(actor, standby.grant_id, because="given_up")
        record(
            actor,
            Event.STANDBY_GIVEN_UP,
            subject_kind="grant",
            subject_id=standby.grant_id,
            facts={"connection": str(connection.connection_id)},
        )
    state.update(actor.account_id)
    retirement.retire_replaced(actor.account_id)


def _facts(account_id: UUID) -> tuple[Evidence, Health]:
    connection = Connection.objects.filter(account_id=account_id).first()
    facts = assembling.assemble(connection, account_id=account_id)
    return facts, diagnose(facts, clock.now())


def _locked(actor: Actor) -> Connection:
    connection = Connection.objects.select_for_update(no_key=True).filter(account_id=actor.account_id).first()
    if connection is None or connection.disconnected_at is not None:
        raise Invalid(Problem("", "This account is not connected to Xero."))
    return connection


def _case(facts: Evidence, health: Health) -> _Case | None:
    """Return why the standby should carry on: a break that is one person's, or a last day that has come."""
    if facts.primary is None:
        return None
    is_of_person = health.cause in OF_PERSON or health.cause is Cause.UNKNOWN
    if health.state is ConnectionState.BROKEN and health.cause is not None and is_of_person:
        return _Case(health.cause.value, health.certain, health.since)
    now = clock.now()
    if not facts.primary.may_write(now=now, today=facts.today(now)):
        return _Case(LAST_DAY, is_certain=True, broke_at=None)
    return None


def _take_over(actor: Actor) -> bool:
    """Look again under the lock, and change the roles if the case still stands and the standby was proved after it."""
    connection = _locked_if_there(actor)
    if connection is None:
        return False
    facts, health = _facts(actor.account_id)
    case = _case(facts, health)
    if case is None or case.because == Cause.UNKNOWN.value or facts.primary is None or facts.standby is None:
        return False
    seen = facts.standby.payroll.ok_at
    is_newer = case.broke_at is None or (seen is not None and seen >= case.broke_at)
    if not (facts.standby_can_carry(clock.now()) and is_newer):
        return False
    _promote(actor, connection, facts.primary, facts.standby, case)
    return True


def _locked_if_there(actor: Actor) -> Connection | None:
    rows = Connection.objects.select_for_update(no_key=True).filter(
        account_id=actor.account_id, disconnected_at__isnull=True
    )
    return rows.first()


def _promote(actor: Actor, connection: Connection, primary: GrantFacts, standby: GrantFacts, case: _Case) -> None:
    """Change the roles, and write down why, in the transaction that is open."""
    now, account_id, told = clock.now(), actor.account_id, _as_told(case, primary)
    grants = Grant.objects.select_for_update(no_key=True).filter(account_id=account_id)
    old, new = grants.get(grant_id=primary.grant_id), grants.get(grant_id=standby.grant_id)
    is_over = case.because in FOR_GOOD or old.refresh_token is None
    # There is never more than one of a kind, so the first steps aside before the second steps up.
    Grant.objects.filter(account_id=account_id, grant_id=old.grant_id).update(role="retired")
    Grant.objects.filter(account_id=account_id, grant_id=new.grant_id).update(role="primary", primary_since=now)
    if not is_over:
        Grant.objects.filter(account_id=account_id, grant_id=old.grant_id).update(role="standby")
    _date_the_gap(connection, case, now)
    connection.standby_put_off_until = now if case.because != BY_HAND else connection.standby_put_off_until
    connection.save()
    took = Takeover.objects.create(
        account_id=account_id,
        connection=connection,
        from_grant=old,
        to_grant=new,
        at=now,
        broke_at=case.broke_at,
        because=told.because,
        is_certain=told.is_certain,
        by_user_id=actor.user_id,
        run_id=_run_under_way(connection),
        unconfirmed=_unconfirmed(connection),
    )
    _write_down(actor, took)
    handover.close_for_grant(actor, old.grant_id, because="taken_over")
    foresight.foresee_grant(actor, new.grant_id)
    set_due(account_id, connection.connection_id, DueKind.PROBE, now)
    if case.because != BY_HAND:
        appoint_another(actor, connection, took, leaver=primary.holder.employee_id if primary.is_going else None)


def _as_told(case: _Case, primary: GrantFacts) -> _Case:
    """Return the case as the report, the timeline and the letters may say it: a private termination stays unsaid."""
    if primary.holder.is_private and case.because == Cause.AUTHORISER_LEFT.value:
        return replace(case, because=Cause.ACCESS_REMOVED.value, is_certain=False)
    return case


def _date_the_gap(connection: Connection, case: _Case, now: datetime) -> None:
    """Ask for a gap report only where nothing flowed for longer than a proof lasts; otherwise work goes straight on."""
    broke_at = connection.broken_at or case.broke_at
    if broke_at is not None and now - broke_at > assembling.windows().payroll:
        connection.gap_since, connection.gap_until = min(connection.gap_since or broke_at, broke_at), now


def _run_under_way(connection: Connection) -> UUID | None:
    rows = Run.objects.filter(account_id=connection.account_id, connection=connection, status__in=UNDER_WAY)
    return rows.values_list("run_id", flat=True).first()


def _unconfirmed(connection: Connection) -> int:
    return Step.objects.filter(
        account_id=connection.account_id, run__connection=connection, status__in=UNCONFIRMED
    ).count()


def _write_down(actor: Actor, took: Takeover) -> None:
    record(
        actor,
        Event.TAKEN_OVER,
        subject_kind="grant",
        subject_id=took.to_grant_id,
        facts={
            "takeover": str(took.takeover_id),
            "from": str(took.from_grant_id),
            "cause": took.because,
            "certain": took.is_certain,
            "unconfirmed": took.unconfirmed,
        },
    )
