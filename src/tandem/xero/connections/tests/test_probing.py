"""When probes come: spread, closer before a pay day, inside the day's calls, at the time that the page names."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from tandem.kernel.clock import FrozenClock
from tandem.kernel.scoping import scope
from tandem.testing.cast import Cast, Player
from tandem.testing.xero import Connect, calls_in
from tandem.xero.connections.assembling import assemble
from tandem.xero.connections.health import ConnectionState, Health
from tandem.xero.connections.probes import probe_connection
from tandem.xero.connections.session import open_session
from tandem.xero.governor.rules import Purpose
from tandem.xero.models import CallBudget, Connection, Due
from tandem.xero.schedule.rules import Cadence, next_probe_at
from tandem_sandbox.testing import Sandbox

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]
CALENDARS = "/payroll.xro/1.0/PayrollCalendars"


def probe(player: Player) -> Health:
    return probe_connection(player.account.account_id)


def row(player: Player) -> Connection:
    with scope(player.account.account_id):
        return Connection.objects.get()


def due_in(frozen: FrozenClock) -> timedelta:
    return Due.objects.get(kind="probe").due_at - frozen.now()


def test_a_thousand_connections_do_not_ask_in_the_same_second(frozen: FrozenClock) -> None:
    dues = [
        next_probe_at(UUID(int=number * 7_919), last_call_at=frozen.now(), now=frozen.now(), cadence=Cadence())
        for number in range(1000)
    ]
    seconds = [int((due - frozen.now()).total_seconds()) for due in dues]
    assert max(seconds.count(second) for second in set(seconds)) < 40
    assert len(set(seconds)) > 80


def test_a_probe_that_finds_all_well_asks_the_database_little(
    cast: Cast, frozen: FrozenClock, connected: Connect
) -> None:
    connected(cast.alice)
    for _ in range(2):
        frozen.advance(minutes=15)
        probe(cast.alice)
    frozen.advance(minutes=15)
    with CaptureQueriesContext(database) as asked:
        assert probe(cast.alice).state is ConnectionState.CONNECTED
    assert len(asked) <= 38, "\n".join(query["sql"][:100] for query in asked.captured_queries)


#: Three months of an idle connection: calls that worked, lists among them, and a refusal now and then.
LONG_LIFE = """
INSERT INTO xero_evidence (account_id, connection_id, grant_id, at, request_kind, purpose, answer, status, detail,
                           correlation_id, clock_offset_seconds)
SELECT e.account_id, e.connection_id, e.grant_id, e.at - n * interval '15 minutes',
       CASE WHEN n % 12 = 0 THEN 'list' ELSE 'payroll' END, e.purpose, CASE WHEN n % 50 = 0 THEN 'refused' ELSE 'ok' END,
       e.status, 'expected=12 unconfirmed=0', '', 0
FROM (SELECT * FROM xero_evidence WHERE request_kind = 'payroll' ORDER BY at LIMIT 1) e, generate_series(1, 5000) n
"""
MOST_ENTRIES_READ = 60


def _entries_read(plan: dict[str, Any]) -> float:
    """Add up what a plan, as it was carried out, read of the evidence, and for nothing."""
    below = sum(_entries_read(part) for part in plan.get("Plans", []))
    if plan.get("Relation Name") != "xero_evidence":
        return below
    rows = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
    return float(below + rows * plan["Actual Loops"])


def test_a_diagnosis_reads_as_little_after_three_months_as_on_the_first_day(
    cast: Cast, frozen: FrozenClock, connected: Connect
) -> None:
    connected(cast.alice)
    with scope(cast.alice.account.account_id), database.cursor() as cursor, CaptureQueriesContext(database) as asked:
        cursor.execute(LONG_LIFE)
        assemble(Connection.objects.get(), account_id=cast.alice.account.account_id)
        statement = next(query["sql"] for query in asked.captured_queries if "WITH asked" in query["sql"])
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
        [(plan,)] = cursor.fetchall()
    assert _entries_read(plan[0]["Plan"]) <= MOST_ENTRIES_READ


def test_the_pay_calendars_are_read_once_a_day_and_the_next_pay_day_is_kept(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    for _ in range(5):
        frozen.advance(minutes=15)
        probe(cast.alice)
    assert len(calls_in(sandbox, CALENDARS)) == 1
    kept = row(cast.alice).next_pay_on
    assert kept is not None
    assert kept >= frozen.now().date()
    frozen.advance(days=1)
    probe(cast.alice)
    assert len(calls_in(sandbox, CALENDARS)) == 2


def test_pay_calendars_that_are_refused_say_nothing_about_payroll_and_are_not_asked_again_at_once(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    sandbox.control("POST", "faults", {"path": CALENDARS, "fault": "status", "status": 403})
    for _ in range(2):
        frozen.advance(minutes=15)
        assert probe(cast.alice).state is ConnectionState.CONNECTED
    assert len(calls_in(sandbox, CALENDARS)) == 1
    assert row(cast.alice).next_pay_on is None


def test_before_a_pay_day_probes_come_closer_while_the_days_calls_last(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    frozen.advance(minutes=15)
    probe(cast.alice)
    with scope(cast.alice.account.account_id):
        Connection.objects.update(next_pay_on=date(2026, 11, 24))
    sandbox.control("DELETE", "log")
    for _ in range(6):
        frozen.advance(minutes=5)
        probe(cast.alice)
        assert due_in(frozen) <= timedelta(minutes=5)
    assert len(calls_in(sandbox, "/payroll.xro/1.0/Employees")) == 6
    with scope(cast.alice.account.account_id):
        budget = CallBudget.objects.get()
        budget.day_calls = {**budget.day_calls, "all": 700}
        budget.save()
    probe(cast.alice)
    assert due_in(frozen) > timedelta(minutes=13)


def test_what_the_page_says_about_going_on_is_when_it_goes_on(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    frozen.advance(minutes=15)
    sandbox.control("POST", "faults", {"path": "/payroll.xro/*", "fault": "status", "status": 503})
    health = probe(cast.alice)
    assert health.state is ConnectionState.WAITING
    assert Due.objects.get(kind="probe").due_at == health.resumes_at


def test_a_probe_under_way_keeps_nobody_waiting(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    account_id = cast.alice.account.account_id
    frozen.advance(minutes=15)
    with scope(account_id):
        budget = CallBudget.objects.get()
        budget.minute_started_at, budget.minute_calls = frozen.now(), 54
        budget.save()
    before = frozen.now()
    assert probe(cast.alice).state is not ConnectionState.BROKEN
    assert frozen.now() - before <= timedelta(seconds=6)
    assert open_session(account_id, purpose=Purpose.PERSON).list_employees().records
