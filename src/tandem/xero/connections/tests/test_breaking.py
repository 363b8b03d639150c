"""What happens at Xero shows within one call or one probe, under its own name, and is never shown as connected."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from tandem.access.actions import ensure_user, grant_access
from tandem.access.roles import Role
from tandem.kernel.clock import FrozenClock
from tandem.kernel.crypto import MasterKey
from tandem.kernel.errors import NotPermitted
from tandem.kernel.scoping import scope
from tandem.notices.models import Letter
from tandem.notices.selectors import list_open
from tandem.people.actions import hire_employee, terminate_employee
from tandem.people.records import EmployeeDetails, TerminationReason
from tandem.testing.cast import Cast, Player
from tandem.testing.xero import AMIR, BAKERY, ROSA, Connect, calls_in
from tandem.timeline.selectors import list_entries
from tandem.xero.client.errors import AccessForbidden, AnswerClass
from tandem.xero.connections.causes import Cause
from tandem.xero.connections.fleet import get_fleet
from tandem.xero.connections.fleet_tally import ORDER, SILENT, Question
from tandem.xero.connections.health import GREEN, ConnectionState, Health, Light, LightState
from tandem.xero.connections.outreach import preview_outreach
from tandem.xero.connections.pages import connection_summary, get_connection_page
from tandem.xero.connections.probes import accept_list, probe_connection, refresh_idle
from tandem.xero.connections.session import open_session
from tandem.xero.connections.state import read_gate, read_health
from tandem.xero.governor.rules import Purpose
from tandem.xero.models import Binding, Connection, Due
from tandem.xero.oauth.flow import ConsentPurpose
from tandem.xero.schedule.actions import run_due
from tandem.xero.schedule.tending import tend
from tandem_sandbox.testing import Sandbox

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]
OF_ROSA = {"user": ROSA, "organisation": BAKERY}


def probe(player: Player) -> Health:
    return probe_connection(player.account.account_id)


def letters_to(player: Player) -> list[str]:
    with scope(player.account.account_id):
        return list(Letter.objects.order_by("written_at").values_list("to_address", flat=True))


@pytest.mark.parametrize(
    ("event", "cause"),
    [
        ({"kind": "remove_user", **OF_ROSA}, Cause.ACCESS_REMOVED),
        ({"kind": "change_role", **OF_ROSA, "role": "READONLY"}, Cause.ACCESS_REMOVED),
        ({"kind": "drop_payroll_admin", **OF_ROSA}, Cause.PAYROLL_PERMISSION_LOST),
        ({"kind": "disconnect_app", "user": ROSA, "organisation": BAKERY}, Cause.DISCONNECTED_IN_XERO),
        ({"kind": "end_trial", "organisation": BAKERY}, Cause.ACCESS_REMOVED),
    ],
)
def test_one_probe_finds_what_happened_at_xero_and_names_it_without_claiming_to_know(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect, event: dict[str, Any], cause: Cause
) -> None:
    connected(cast.alice)
    frozen.advance(minutes=15)
    sandbox.control("POST", "events", event)
    health = probe(cast.alice)
    assert (health.state, health.cause, health.certain) == (ConnectionState.BROKEN, cause, False)
    assert health.blocks_imports
    assert health.blocks_writes
    assert "ost likely" in f"{health.headline} {health.explanation}"
    with scope(cast.alice.account.account_id):
        assert Connection.objects.get().state == "broken"


def test_the_same_break_is_put_down_to_leaving_when_the_record_says_so(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    rosa = hire_employee(
        cast.alice.actor, details=EmployeeDetails(first_name="Rosa", last_name="Byrne", work_email=ROSA)
    )
    connected(cast.alice)
    terminate_employee(
        cast.alice.actor,
        employee_id=rosa.employee_id,
        termination_on=frozen.now().date() - timedelta(days=1),
        reason=TerminationReason.VOLUNTARY,
    )
    frozen.advance(minutes=20)
    sandbox.control("POST", "events", {"kind": "remove_user", **OF_ROSA})
    health = probe(cast.alice)
    assert health.cause is Cause.AUTHORISER_LEFT
    assert "Rosa Byrne" in health.headline


def test_one_call_is_enough(cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect) -> None:
    connected(cast.alice)
    frozen.advance(seconds=30)
    sandbox.control("POST", "events", {"kind": "disconnect_app", "user": ROSA, "organisation": BAKERY})
    session = open_session(cast.alice.account.account_id, purpose=Purpose.READ)
    with pytest.raises(AccessForbidden):
        session.list_employees()
    health = read_health(cast.alice.actor)
    assert health.state is ConnectionState.BROKEN
    assert health.lights[Light.PAYROLL].state is LightState.FAILED


def test_a_refusal_is_asked_about_and_once_asked_again(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    frozen.advance(minutes=15)
    sandbox.control("POST", "events", {"kind": "remove_user", **OF_ROSA})
    sandbox.control("DELETE", "log")
    probe(cast.alice)
    asked = [call["path"].split("/")[-1] for call in calls_in(sandbox)]
    assert asked == ["Employees", "connections", "Organisation", "Employees"]
    frozen.advance(minutes=15)
    sandbox.control("DELETE", "log")
    probe(cast.alice)
    assert len(calls_in(sandbox)) - len(calls_in(sandbox, "/connect/token")) == 3


def test_one_refusal_among_good_answers_is_over_within_the_probe(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    frozen.advance(minutes=15)
    sandbox.control("POST", "faults", {"path": "/payroll.xro/*", "fault": "status", "status": 403, "count": 1})
    assert probe(cast.alice).state is ConnectionState.CONNECTED


def test_a_refused_call_brings_the_probe_that_asks_why(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    frozen.advance(minutes=15)
    probe(cast.alice)
    assert Due.objects.get(kind="probe").due_at > frozen.now()
    frozen.advance(minutes=1)
    sandbox.control("POST", "events", {"kind": "drop_payroll_admin", **OF_ROSA})
    with pytest.raises(AccessForbidden):
        open_session(cast.alice.account.account_id, purpose=Purpose.READ).list_employees()
    assert read_health(cast.alice.actor).cause is Cause.UNKNOWN
    assert Due.objects.get(kind="probe").due_at <= frozen.now()
    run_due()
    assert read_health(cast.alice.actor).cause is Cause.PAYROLL_PERMISSION_LOST


def test_an_empty_page_is_no_proof_for_whoever_reads_it(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    with scope(cast.alice.account.account_id):
        Connection.objects.update(listed_people=100)
    frozen.advance(minutes=1)
    open_session(cast.alice.account.account_id, purpose=Purpose.PERSON).list_employees()
    health = read_health(cast.alice.actor)
    assert (health.state, health.lights[Light.DATA].why) == (ConnectionState.BROKEN, AnswerClass.SHARP_DROP)


def test_an_idle_connection_that_works_costs_one_call_a_probe(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    sandbox.control("DELETE", "log")
    for _ in range(4):
        frozen.advance(minutes=15)
        assert probe(cast.alice).state is ConnectionState.CONNECTED
    once_a_day = len(calls_in(sandbox, "*/PayrollCalendars"))
    assert once_a_day == 1
    assert len(calls_in(sandbox, "/payroll.xro/1.0/Employees")) == 4
    assert len(calls_in(sandbox)) - len(calls_in(sandbox, "/connect/token")) - once_a_day == 4


def test_a_probe_is_not_made_where_a_real_call_was_the_proof(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    frozen.advance(minutes=10)
    open_session(cast.alice.account.account_id, purpose=Purpose.READ).get_settings()
    sandbox.control("DELETE", "log")
    frozen.advance(minutes=5)
    assert probe(cast.alice).state is ConnectionState.CONNECTED
    assert calls_in(sandbox) == []
    with scope(cast.alice.account.account_id):
        connection = Connection.objects.get()
    due = Due.objects.get(subject_id=connection.connection_id, kind="probe")
    assert frozen.now() < due.due_at <= frozen.now() + timedelta(minutes=10)


def test_nobody_looking_turns_the_lights_off(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    frozen.advance(minutes=30)
    summary = connection_summary(cast.alice.actor)
    assert summary.state is ConnectionState.UNPROVEN
    assert not summary.health.is_green


@pytest.mark.parametrize(("minutes", "is_green"), [(15, True), (25, False)])
def test_where_the_worker_stands_still_the_support_rooms_row_goes_out_with_the_lights_of_the_page(
    cast: Cast, frozen: FrozenClock, connected: Connect, minutes: int, is_green: bool
) -> None:
    connected(cast.alice)
    frozen.advance(minutes=minutes)
    said = read_health(cast.alice.actor).state
    assert (said in GREEN) is is_green
    found = get_fleet(cast.sam.user.id, Question(states=ORDER, search="Harbour"))
    assert [row.state for row in found.rows] == [said]
    assert found.tally.count(Question(states=ORDER, ages=SILENT)) == (not is_green)
    assert preview_outreach(cast.sam.actor).state is said


def test_people_are_told_once_and_told_when_it_works_again(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    frozen.advance(minutes=15)
    sandbox.control("POST", "events", {"kind": "disconnect_app", "user": ROSA, "organisation": BAKERY})
    for _ in range(3):
        probe(cast.alice)
        frozen.advance(minutes=15)
    (notice,) = list_open(cast.alice.actor)
    assert notice.kind == "connection_broken"
    tend(cast.alice.account.account_id)
    assert letters_to(cast.alice) == [cast.alice.user.email]
    gate = read_gate(cast.alice.account.account_id)
    assert (gate.blocks_imports, gate.blocks_writes, gate.cause) == (True, True, "disconnected_in_xero")
    sandbox.control("POST", "events", {"kind": "put_back"})
    assert probe(cast.alice).state is ConnectionState.CONNECTED
    assert list_open(cast.alice.actor) == []
    gate = read_gate(cast.alice.account.account_id)
    assert (gate.blocks_imports, gate.blocks_writes) == (False, False)
    frozen.advance(minutes=30)
    tend(cast.alice.account.account_id)
    assert letters_to(cast.alice) == [cast.alice.user.email] * 2
    events = [entry.event for entry in list_entries(cast.alice.actor, limit=100)]
    for event in ("runs.paused", "notice.opened", "connection.recovered", "runs.resumed", "notice.closed"):
        assert events.count(event) == 1


def test_a_sign_in_that_is_too_old_only_by_another_clock_is_blamed_on_the_clocks(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    frozen.advance(minutes=15)
    sandbox.control("POST", "faults", {"path": "/payroll.xro/*", "fault": "clock_skew", "seconds": 2400})
    health = probe(cast.alice)
    assert (health.state, health.cause, health.certain) == (ConnectionState.BROKEN, Cause.CLOCK_SKEW, False)
    assert health.headline == "Most likely this server's clock is wrong"
    assert health.next_step.label == "How to set the clock"
    sandbox.control("DELETE", "faults")
    assert probe(cast.alice).state is ConnectionState.CONNECTED


def test_the_mail_names_nobody_and_the_leaver_gets_none(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    rosa = hire_employee(
        cast.alice.actor, details=EmployeeDetails(first_name="Rosa", last_name="Byrne", work_email=ROSA)
    )
    grant_access(
        cast.alice.actor,
        user_id=ensure_user(ROSA, name="Rosa Byrne"),
        roles=[Role.ACCOUNT_ADMIN],
        employee_id=rosa.employee_id,
    )
    connected(cast.alice)
    terminate_employee(
        cast.alice.actor,
        employee_id=rosa.employee_id,
        termination_on=frozen.now().date() + timedelta(days=3),
        reason=TerminationReason.VOLUNTARY,
    )
    frozen.advance(minutes=15)
    sandbox.control("POST", "events", {"kind": "remove_user", **OF_ROSA})
    probe(cast.alice)
    frozen.advance(minutes=2)
    tend(cast.alice.account.account_id)
    assert letters_to(cast.alice) == [cast.alice.user.email]
    with scope(cast.alice.account.account_id):
        letter = Letter.objects.get()
    assert "Rosa" not in letter.subject + letter.body
    assert "http://localhost:8000/a/harbour-lane/" in letter.body


@pytest.mark.parametrize(
    "fault",
    [
        {"path": "/payroll.xro/*", "fault": "status", "status": 503},
        {"path": "*", "fault": "dropped"},
        {"path": "*", "fault": "html_502"},
        {"path": "/connect/token", "fault": "status", "status": 500},
        {"path": "/connect/token", "fault": "committed_but_lost"},
    ],
)
def test_xero_away_is_waited_out_and_breaks_nothing(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect, fault: dict[str, Any]
) -> None:
    connected(cast.alice)
    frozen.advance(minutes=40)
    sandbox.control("POST", "faults", fault)
    health = probe(cast.alice)
    assert (health.state, health.cause) == (ConnectionState.WAITING, Cause.XERO_DOWN)
    assert health.resumes_at is not None
    assert letters_to(cast.alice) == []
    sandbox.control("DELETE", "faults")
    frozen.advance(minutes=5)
    assert probe(cast.alice).state is ConnectionState.CONNECTED


def test_the_day_limit_is_named_with_the_time_it_ends(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    frozen.advance(minutes=15)
    sandbox.control("PATCH", "limits", {"day": 1})
    health = probe(cast.alice)
    assert health.state not in GREEN
    frozen.advance(minutes=15)
    health = probe(cast.alice)
    assert (health.state, health.cause) == (ConnectionState.WAITING, Cause.DAY_LIMIT)
    assert health.resumes_at is not None
    assert health.resumes_at > frozen.now()
    refused = [call for call in calls_in(sandbox) if call["status"] == 429]
    assert len(refused) <= 1


def test_an_empty_list_where_people_were_is_no_proof(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    session = open_session(cast.alice.account.account_id, purpose=Purpose.READ)
    frozen.advance(minutes=1)
    assert not session.record_list(rows=0)
    health = read_health(cast.alice.actor)
    assert health.state is ConnectionState.BROKEN
    assert health.lights[Light.DATA].state is LightState.FAILED
    frozen.advance(minutes=1)
    assert not session.record_list(rows=40)
    assert session.record_list(rows=40, ended=20)
    assert not session.record_list(rows=40, unconfirmed=1)


def test_a_grant_that_nobody_uses_is_kept_alive(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    for _ in range(10):
        frozen.advance(days=7)
        assert refresh_idle(cast.alice.account.account_id) == 1
    assert probe(cast.alice).is_green


def test_a_person_may_say_that_a_doubted_list_is_right(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    with scope(cast.alice.account.account_id):
        Connection.objects.update(listed_people=100)
    frozen.advance(hours=3)
    health = probe(cast.alice)
    assert (health.state, health.lights[Light.DATA].why) == (ConnectionState.BROKEN, AnswerClass.SHARP_DROP)
    frozen.advance(minutes=1)
    assert accept_list(cast.alice.actor).state is ConnectionState.CONNECTED
    with pytest.raises(NotPermitted):
        accept_list(cast.bob.actor)


def test_a_linked_person_who_is_nowhere_at_xero_is_no_proof(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    account_id = cast.alice.account.account_id
    with scope(account_id):
        Binding.objects.create(
            account_id=account_id,
            connection=Connection.objects.get(),
            employee_id=cast.dana_record.employee_id,
            xero_employee_id=uuid4(),
            matched_by="person",
            bound_at=frozen.now(),
        )
    frozen.advance(hours=3)
    health = probe(cast.alice)
    assert health.lights[Light.DATA].why is AnswerClass.PEOPLE_MISSING
    assert health.state is ConnectionState.BROKEN


def test_once_a_day_the_organisation_is_asked_what_it_is_called(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    sandbox.control(
        "POST", "events", {"kind": "rename_organisation", "organisation": BAKERY, "name": "Wharf Bread Ltd"}
    )
    for _ in range(3):
        frozen.advance(minutes=30)
        probe(cast.alice)
    assert connection_summary(cast.alice.actor).organisation_name == BAKERY
    frozen.advance(days=1)
    probe(cast.alice)
    assert connection_summary(cast.alice.actor).organisation_name == "Wharf Bread Ltd"


def test_a_missing_master_key_is_named(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect, settings: Settings
) -> None:
    connected(cast.alice)
    frozen.advance(minutes=20)
    right = settings.TANDEM
    settings.TANDEM = replace(right, master_key=MasterKey(b""))
    health = probe(cast.alice)
    assert (health.state, health.cause) == (ConnectionState.BROKEN, Cause.VAULT_UNAVAILABLE)
    settings.TANDEM = right
    frozen.advance(minutes=1)
    assert probe(cast.alice).state is ConnectionState.CONNECTED


def test_a_standby_is_proved_every_hour(cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect) -> None:
    connected(cast.alice)
    connected(cast.alice, user=AMIR, purpose=ConsentPurpose.STANDBY)
    sandbox.control("DELETE", "log")
    for _ in range(8):
        frozen.advance(minutes=15)
        assert probe(cast.alice).state is ConnectionState.CONNECTED
    by_amir = [call for call in calls_in(sandbox, "/payroll.xro/*") if call["user"] == AMIR]
    assert len(by_amir) == 2


def test_the_connection_page_takes_a_fixed_number_of_queries(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    with CaptureQueriesContext(database) as few:
        get_connection_page(cast.alice.actor)
    for _ in range(10):
        frozen.advance(minutes=15)
        probe(cast.alice)
    with CaptureQueriesContext(database) as many:
        get_connection_page(cast.alice.actor)
    assert len(many) == len(few) < 40
