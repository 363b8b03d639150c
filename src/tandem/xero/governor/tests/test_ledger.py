"""The calls of all processes are counted in one place, and a call that may not go is not sent."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection as database
from pytest_django.fixtures import Settings

from tandem.kernel import clock
from tandem.kernel.clock import FrozenClock
from tandem.kernel.scoping import scope
from tandem.testing.cast import Cast
from tandem.testing.xero import AMIR, Connect, calls_in
from tandem.xero.client.errors import RateLimited
from tandem.xero.connections import probes
from tandem.xero.connections.health import Light
from tandem.xero.connections.session import XeroSession, open_session
from tandem.xero.governor import ledger
from tandem.xero.governor.ledger import MustWait
from tandem.xero.governor.rules import LimitKind, Purpose
from tandem.xero.models import AppBudget, CallBudget, Connection, InFlight
from tandem.xero.oauth.flow import ConsentPurpose
from tandem_sandbox.testing import Sandbox

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]


def connection_of(cast: Cast) -> Connection:
    with scope(cast.alice.account.account_id):
        return Connection.objects.get()


def limit(settings: Settings, **limits: int) -> None:
    settings.TANDEM = replace(settings.TANDEM, xero=replace(settings.TANDEM.xero, **limits))


def test_a_minute_that_is_full_sends_nothing_and_says_until_when(
    cast: Cast, settings: Settings, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    limit(settings, calls_per_minute=4)
    session = open_session(cast.alice.account.account_id, purpose=Purpose.READ)
    session.list_employees()
    sandbox.control("DELETE", "log")
    with pytest.raises(MustWait) as refusal:
        session.list_employees()
    assert refusal.value.limit is LimitKind.MINUTE
    assert calls_in(sandbox) == []
    frozen.move_to(refusal.value.until)
    assert len(session.list_employees().records) == 60


def test_patience_waits_for_the_next_minute(
    cast: Cast, settings: Settings, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    limit(settings, calls_per_minute=3)
    started_at = clock.now()
    session = open_session(cast.alice.account.account_id, purpose=Purpose.READ, patience=timedelta(minutes=2))
    assert len(session.list_employees().records) == 60
    assert timedelta(seconds=50) < clock.now() - started_at < timedelta(seconds=65)


def call_for_ever(session: XeroSession) -> None:
    while True:
        session.list_employees()


@pytest.mark.parametrize("purpose", [Purpose.READ, Purpose.SWEEP, Purpose.WRITE])
def test_a_consent_and_a_button_go_through_while_a_run_has_used_up_its_calls(
    cast: Cast, frozen: FrozenClock, connected: Connect, purpose: Purpose
) -> None:
    connected(cast.alice)
    account_id = cast.alice.account.account_id
    with scope(account_id):
        CallBudget.objects.update(minute_calls=45, minute_by={"read": 45}, minute_started_at=clock.now())
    run = open_session(account_id, purpose=purpose)
    with pytest.raises(MustWait) as refusal:
        call_for_ever(run)
    assert refusal.value.limit is LimitKind.MINUTE
    before = clock.now()
    assert connected(cast.alice, user=AMIR, purpose=ConsentPurpose.STANDBY).is_success
    proved_at = probes.probe_now(cast.alice.actor).lights[Light.PAYROLL].at
    assert proved_at is not None
    assert before <= proved_at <= clock.now() < before + timedelta(seconds=1)


def test_the_last_calls_of_a_day_are_kept_for_probes_and_writes(
    cast: Cast, settings: Settings, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    limit(settings, calls_per_day=100)
    account_id = cast.alice.account.account_id
    with scope(account_id):
        CallBudget.objects.update(day_calls={"all": 70})
    with pytest.raises(MustWait) as refusal:
        open_session(account_id, purpose=Purpose.READ).list_employees()
    assert refusal.value.limit is LimitKind.DAY
    open_session(account_id, purpose=Purpose.PROBE).list_employees()
    with scope(account_id):
        budget = CallBudget.objects.get()
    assert budget.day_calls["all"] == 71
    assert budget.day_calls["probe"] == 1


def test_what_xero_says_is_obeyed_until_its_time_is_over(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    sandbox.control("PATCH", "limits", {"minute": 1})
    session = open_session(cast.alice.account.account_id, purpose=Purpose.READ)
    with pytest.raises(RateLimited) as said:
        session.list_employees()
    assert said.value.retry_after is not None
    sandbox.control("DELETE", "log")
    with pytest.raises(MustWait) as refusal:
        session.list_employees()
    assert calls_in(sandbox) == []
    assert refusal.value.until >= frozen.now() + said.value.retry_after - timedelta(seconds=1)
    patient = open_session(cast.alice.account.account_id, purpose=Purpose.READ, patience=timedelta(minutes=3))
    assert len(patient.list_employees().records) == 60
    assert [call["status"] for call in calls_in(sandbox)] == [200]


def test_a_call_that_never_came_back_frees_its_place_after_a_while(
    cast: Cast, settings: Settings, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    limit(settings, calls_in_flight=1)
    account_id, connection = cast.alice.account.account_id, connection_of(cast)
    ledger.enter(account_id, connection.connection_id, Purpose.READ)
    with pytest.raises(MustWait) as refusal:
        ledger.enter(account_id, connection.connection_id, Purpose.READ)
    assert refusal.value.limit is LimitKind.CONCURRENT
    frozen.advance(minutes=3)
    ledger.enter(account_id, connection.connection_id, Purpose.READ)


def test_threads_never_exceed_five_calls_at_once(cast: Cast, sandbox: Sandbox, connected: Connect) -> None:
    connected(cast.alice)
    session = open_session(cast.alice.account.account_id, purpose=Purpose.READ, patience=timedelta(seconds=60))
    read: list[int] = []

    def work() -> None:
        read.append(len(session.list_employees().records))
        database.close()

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read == [60] * 12
    assert max(call["in_flight"] for call in calls_in(sandbox, "/payroll.xro/*")) <= 5
    with scope(cast.alice.account.account_id):
        assert not InFlight.objects.exists()


def test_the_whole_app_is_counted_over_accounts(
    cast: Cast, settings: Settings, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    connected(cast.charlie, user="amir.lim@example.com", organisations=["Second Street Books Pty Ltd"])
    assert sum(AppBudget.objects.values_list("calls", flat=True)) == 6
    limit(settings, app_calls_per_minute=6)
    with pytest.raises(MustWait) as refusal:
        open_session(cast.charlie.account.account_id, purpose=Purpose.READ).list_employees()
    assert refusal.value.limit is LimitKind.APP
    frozen.advance(hours=2)
    open_session(cast.charlie.account.account_id, purpose=Purpose.READ).list_employees()
    assert AppBudget.objects.count() == 1
