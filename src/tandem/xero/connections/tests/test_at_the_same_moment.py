"""What happens in the moment in which a consent is put in place waits for it, or goes on; it never locks it out."""

from collections.abc import Callable
from contextlib import closing
from threading import Thread
from uuid import UUID

import psycopg
import pytest
from django.db import connection

from tandem.cli.waiting import wait_until
from tandem.flows.access import assign_holder
from tandem.flows.people import terminate
from tandem.kernel import clock
from tandem.kernel.clock import FrozenClock
from tandem.kernel.errors import NotFound
from tandem.kernel.scoping import scope
from tandem.people.actions import hire_employee
from tandem.people.records import EmployeeDetails, TerminationReason
from tandem.testing.cast import Cast
from tandem.testing.xero import AMIR, BAKERY, ROSA, SESSION_KEY, Connect, at_xero
from tandem.xero.client.errors import AnswerClass
from tandem.xero.connections import recording, reliance
from tandem.xero.connections.consent import finish_consent, start_consent
from tandem.xero.connections.consent_outcome import ConsentOutcome, ConsentResult
from tandem.xero.connections.handover_pages import list_handovers
from tandem.xero.connections.recording import Ground
from tandem.xero.models import Evidence, Grant
from tandem.xero.oauth.flow import ConsentPurpose
from tandem_sandbox.testing import Sandbox

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]
Superuser = psycopg.Connection[tuple[object, ...]]
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
SECONDS = 10


class Meanwhile:
    """Something that another process does, begun while a consent holds what it locks first."""

    def __init__(self, act: Callable[[], object], go_on_when: Callable[[], bool]) -> None:
        self._act = act
        self._go_on_when = go_on_when
        self._thread = Thread(target=self._run)
        self.ended_well = False

    def _run(self) -> None:
        with closing(connection):
            self._act()
        self.ended_well = True

    def begin(self) -> None:
        self._thread.start()
        assert wait_until(self._go_on_when, seconds=SECONDS)

    def end(self) -> None:
        self._thread.join(SECONDS)


def _reconnect(
    cast: Cast, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, meanwhile: Meanwhile, *, user: str
) -> ConsentOutcome:
    """Reconnect, and let `meanwhile` begin once the connection and the new grant are locked."""
    real = reliance.wait_for_turn

    def wait_for_turn(xero_tenant_id: UUID) -> None:
        meanwhile.begin()
        real(xero_tenant_id)

    address = start_consent(cast.alice.actor, purpose=ConsentPurpose.RECONNECT, session_key=SESSION_KEY)
    params = at_xero(sandbox, address, user=user, organisations=(BAKERY,))
    monkeypatch.setattr(reliance, "wait_for_turn", wait_for_turn)
    outcome = finish_consent(session_key=SESSION_KEY, user_id=cast.alice.user.id, params=params)
    meanwhile.end()
    return outcome


def _leaves(cast: Cast, grant_id: UUID, rosa_id: UUID) -> None:
    today = clock.today_in(cast.alice.account.time_zone)
    terminate(cast.bob.actor, employee_id=rosa_id, termination_on=today, reason=TerminationReason.VOLUNTARY)


def _is_told_to_be_somebody_who_left(cast: Cast, grant_id: UUID, rosa_id: UUID) -> None:
    with pytest.raises(NotFound):  # the grant was replaced while this waited
        assign_holder(cast.alice.actor, grant_id=grant_id, employee_id=rosa_id)


@pytest.mark.parametrize("act", [_leaves, _is_told_to_be_somebody_who_left])
def test_what_is_foretold_of_the_holder_waits_while_another_takes_over(
    cast: Cast,
    frozen: FrozenClock,
    sandbox: Sandbox,
    connected: Connect,
    superuser: Superuser,
    monkeypatch: pytest.MonkeyPatch,
    act: Callable[[Cast, UUID, UUID], None],
) -> None:
    details = EmployeeDetails(first_name="Rosa", last_name="Byrne", work_email=ROSA)
    rosa_id = hire_employee(cast.alice.actor, details=details).employee_id
    connected(cast.alice)
    with scope(cast.alice.account.account_id):
        grant_id = Grant.objects.get(role="primary").grant_id
    if act is _is_told_to_be_somebody_who_left:
        assign_holder(cast.alice.actor, grant_id=grant_id, employee_id=None)
        _leaves(cast, grant_id, rosa_id)
    meanwhile = Meanwhile(lambda: act(cast, grant_id, rosa_id), lambda: superuser.execute(WAITING).fetchone() == (1,))
    outcome = _reconnect(cast, sandbox, monkeypatch, meanwhile, user=AMIR)
    assert outcome.result is ConsentResult.RECONNECTED
    assert meanwhile.ended_well
    assert list_handovers(cast.alice.actor) == []


def test_a_call_through_the_grant_that_is_replaced_is_filed_without_waiting(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected(cast.alice)
    account_id = cast.alice.account.account_id
    with scope(account_id):
        grant = Grant.objects.get(role="primary")
    ground = Ground(account_id, grant.connection_id, grant.grant_id)

    def file() -> None:
        with scope(account_id):
            recording.record_call(ground, subject="payroll", purpose="canary", answer=None, error=None)

    meanwhile = Meanwhile(file, lambda: meanwhile.ended_well)
    assert _reconnect(cast, sandbox, monkeypatch, meanwhile, user=ROSA).result is ConsentResult.RECONNECTED
    with scope(account_id):
        assert Evidence.objects.get(purpose="canary").answer == AnswerClass.OK.value
