"""The holder of the grant leaves: a task at once. And the support room, which sends the way out."""

from datetime import date, timedelta

import pytest

from tandem.flows.people import reinstate, terminate
from tandem.kernel.clock import FrozenClock
from tandem.kernel.scoping import scope
from tandem.notices.models import Letter
from tandem.notices.selectors import list_open
from tandem.people.actions import hire_employee
from tandem.people.records import EmployeeDetails, EmployeeRecord, TerminationReason
from tandem.testing.cast import Cast
from tandem.testing.xero import AMIR, BAKERY, BOOKS, ROSA, Connect
from tandem.xero.connections.causes import Concern
from tandem.xero.connections.disconnecting import disconnect
from tandem.xero.connections.fleet import get_fleet
from tandem.xero.connections.fleet_tally import ORDER, SILENT, Question
from tandem.xero.connections.handover_pages import list_handovers
from tandem.xero.connections.health import ConnectionState
from tandem.xero.connections.holders import find_holder
from tandem.xero.connections.probes import probe_connection
from tandem.xero.connections.state import read_health
from tandem.xero.models import Connection
from tandem.xero.oauth.flow import ConsentPurpose
from tandem_sandbox.testing import Sandbox

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]


def hire_rosa(cast: Cast) -> EmployeeRecord:
    return hire_employee(
        cast.alice.actor, details=EmployeeDetails(first_name="Rosa", last_name="Byrne", work_email=ROSA)
    )


def leave(cast: Cast, employee: EmployeeRecord, on: date) -> None:
    terminate(cast.bob.actor, employee_id=employee.employee_id, termination_on=on, reason=TerminationReason.VOLUNTARY)


def test_a_termination_of_the_holder_opens_a_task_and_asks_for_action_at_once(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    rosa = hire_rosa(cast)
    connected(cast.alice)
    holder = find_holder(cast.alice.actor, employee_id=rosa.employee_id)
    assert holder is not None
    assert holder.role == "primary"
    last_day = frozen.now().date() + timedelta(days=10)
    leave(cast, rosa, last_day)
    (task,) = list_handovers(cast.alice.actor)
    assert (task.employee_id, task.last_safe_on) == (rosa.employee_id, last_day)
    health = read_health(cast.alice.actor)
    assert health.state is ConnectionState.ATTENTION
    assert health.concerns[0] is Concern.AUTHORISER_LEAVING
    with scope(cast.alice.account.account_id):
        assert Connection.objects.get().state == "attention"
        letter = Letter.objects.get()
    assert "Rosa" not in letter.subject + letter.body
    assert "erminat" not in letter.subject + letter.body
    assert [notice.kind for notice in list_open(cast.alice.actor)] == ["handover_needed"]


def test_another_day_moves_the_task_and_reinstating_closes_it(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    rosa = hire_rosa(cast)
    connected(cast.alice)
    today = frozen.now().date()
    leave(cast, rosa, today + timedelta(days=10))
    leave(cast, rosa, today + timedelta(days=5))
    (task,) = list_handovers(cast.alice.actor)
    assert task.last_safe_on == today + timedelta(days=5)
    reinstate(cast.bob.actor, employee_id=rosa.employee_id)
    assert list_handovers(cast.alice.actor) == []
    assert list_open(cast.alice.actor) == []
    assert read_health(cast.alice.actor).state is ConnectionState.CONNECTED


def test_another_authoriser_closes_the_task(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    rosa = hire_rosa(cast)
    connected(cast.alice)
    leave(cast, rosa, frozen.now().date() + timedelta(days=10))
    assert connected(cast.alice, user=AMIR, purpose=ConsentPurpose.RECONNECT).is_success
    assert list_handovers(cast.alice.actor) == []
    assert find_holder(cast.alice.actor, employee_id=rosa.employee_id) is None
    assert read_health(cast.alice.actor).state is ConnectionState.CONNECTED


def test_somebody_who_is_leaving_already_gets_a_task_with_their_consent(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    rosa = hire_rosa(cast)
    leave(cast, rosa, frozen.now().date() + timedelta(days=10))
    assert list_handovers(cast.alice.actor) == []
    connected(cast.alice)
    assert len(list_handovers(cast.alice.actor)) == 1


def test_a_disconnect_closes_the_task(cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect) -> None:
    rosa = hire_rosa(cast)
    connected(cast.alice)
    leave(cast, rosa, frozen.now().date() + timedelta(days=10))
    disconnect(cast.alice.actor)
    assert list_handovers(cast.alice.actor) == []


def test_somebody_who_holds_no_grant_leaves_without_a_task(cast: Cast, sandbox: Sandbox, connected: Connect) -> None:
    connected(cast.alice)
    assert find_holder(cast.alice.actor, employee_id=cast.dana_record.employee_id) is None
    leave(cast, cast.dana_record, date(2030, 1, 1))
    assert list_handovers(cast.alice.actor) == []


def test_support_sees_every_account_by_cause_and_nobody_else_sees_any(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    connected(cast.charlie, user=AMIR, organisations=[BOOKS])
    frozen.advance(minutes=15)
    sandbox.control("POST", "events", {"kind": "remove_user", "user": ROSA, "organisation": BAKERY})
    for player in (cast.alice, cast.charlie):
        probe_connection(player.account.account_id)
    everything = Question(states=ORDER)
    rows = get_fleet(cast.sam.user.id, everything).rows
    assert [(row.slug, row.state.value, row.cause) for row in rows] == [
        ("harbour-lane", "broken", "access_removed"),
        ("second-street", "connected", ""),
    ]
    assert get_fleet(cast.alice.user.id, everything).tally.lines == ()
    assert get_fleet(cast.sam.user.id, Question(states=ORDER, ages=SILENT)).total == 0
    frozen.advance(hours=6)
    silent = get_fleet(cast.sam.user.id, Question(states=ORDER, ages=SILENT)).rows
    assert {row.slug: row.state for row in silent} == {
        "harbour-lane": ConnectionState.BROKEN,
        "second-street": ConnectionState.UNPROVEN,
    }
