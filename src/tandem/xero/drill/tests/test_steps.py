"""What a drill's record amounts to, as a table of values."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from tandem.xero.client.errors import AnswerClass
from tandem.xero.connections.causes import Cause
from tandem.xero.connections.health import ConnectionState
from tandem.xero.drill.reading import Fact, Party, diagnose_drill
from tandem.xero.drill.steps import (
    LEFT,
    PLAN,
    STALLED,
    Outcome,
    Standing,
    Step,
    StepRecord,
    next_step,
    noticed_after,
    outcome_of,
    standing,
)

NOW = datetime(2026, 11, 26, 1, 0, tzinfo=UTC)
ROBIN = Party(
    link_id=UUID(int=1),
    name="Robin Reed",
    organisation_name="Rehearsal Pty Ltd",
    scopes=frozenset({"payroll.employees"}),
    wanted=frozenset({"payroll.employees"}),
)


def done(*steps: Step, outcome: Outcome = Outcome.DONE, at: datetime = NOW) -> list[StepRecord]:
    return [StepRecord(step, outcome, at, at + timedelta(seconds=2), {"seconds": 0.4}) for step in steps]


EVERY = done(*(entry.step for entry in PLAN))
UNTIL_TOLD = done(Step.MAKE, Step.CONNECT, Step.PROVE, Step.BREAK, Step.NOTICE, Step.TELL)


def test_the_plan_has_each_step_once_and_only_the_reconnect_is_pressed() -> None:
    assert [entry.step for entry in PLAN] == [step for step in Step if step is not Step.CLEAN_UP]
    assert [entry.step for entry in PLAN if entry.is_pressed] == [Step.RECONNECT]


@pytest.mark.parametrize(
    ("records", "wanted"),
    [
        ([], Step.MAKE),
        (done(Step.MAKE), Step.CONNECT),
        (UNTIL_TOLD, Step.RECONNECT),
        (done(Step.MAKE, outcome=Outcome.FAILED), None),
        (EVERY, None),
    ],
)
def test_the_next_step_is_the_first_that_is_not_done(records: list[StepRecord], wanted: Step | None) -> None:
    entry = next_step(records)
    assert (entry.step if entry else None) is wanted


@pytest.mark.parametrize(
    ("records", "working_since", "ended_at", "now", "wanted"),
    [
        ([], None, None, NOW, Standing.MOVING),
        ([], None, None, NOW + LEFT + timedelta(seconds=1), Standing.INTERRUPTED),
        ([], NOW, None, NOW + STALLED, Standing.WORKING),
        ([], NOW, None, NOW + STALLED + timedelta(seconds=1), Standing.INTERRUPTED),
        (UNTIL_TOLD, None, None, NOW + timedelta(minutes=5), Standing.YOUR_TURN),
        (UNTIL_TOLD, None, None, NOW + LEFT + timedelta(minutes=1), Standing.INTERRUPTED),
        (done(Step.MAKE, outcome=Outcome.FAILED), None, None, NOW, Standing.INTERRUPTED),
        (EVERY, None, NOW, NOW + timedelta(days=1), Standing.ENDED),
    ],
)
def test_where_a_drill_stands(
    records: list[StepRecord],
    working_since: datetime | None,
    ended_at: datetime | None,
    now: datetime,
    wanted: Standing,
) -> None:
    found = standing(records, now=now, started_at=NOW, working_since=working_since, ended_at=ended_at)
    assert found is wanted


@pytest.mark.parametrize(
    ("records", "wanted"),
    [
        (EVERY, Outcome.PASSED),
        (done(Step.MAKE) + done(Step.CONNECT, outcome=Outcome.FAILED) + done(Step.CLEAN_UP), Outcome.FAILED),
        (done(Step.MAKE, Step.CLEAN_UP), Outcome.INTERRUPTED),
        (done(Step.MAKE) + done(Step.CLEAN_UP, outcome=Outcome.FAILED), Outcome.INTERRUPTED),
    ],
)
def test_how_a_drill_ended(records: list[StepRecord], wanted: Outcome) -> None:
    assert outcome_of(records) is wanted


def test_the_time_to_notice_is_known_once_it_was_noticed() -> None:
    assert noticed_after(done(Step.MAKE)) is None
    assert noticed_after(UNTIL_TOLD) == 0.4


def test_a_record_reads_back_as_it_was_stored() -> None:
    (record,) = done(Step.NOTICE)
    assert StepRecord.read(record.as_json()) == record
    assert record.seconds == 2


def answers(*rows: tuple[str, AnswerClass, int | None]) -> list[Fact]:
    return [Fact(name, NOW + timedelta(seconds=i), answer, count) for i, (name, answer, count) in enumerate(rows)]


OK, FORBIDDEN = AnswerClass.OK, AnswerClass.FORBIDDEN
WORKS = [("refresh", OK, None), ("payroll", OK, 3), ("organisation", OK, None), ("connections", OK, 1)]


def test_what_is_proved_is_connected() -> None:
    assert diagnose_drill(ROBIN, answers(*WORKS), now=NOW + timedelta(minutes=1)).state is ConnectionState.CONNECTED


def test_payroll_refused_and_the_organisation_given_is_a_lost_permission() -> None:
    facts = answers(*WORKS, ("payroll", FORBIDDEN, None), ("organisation", OK, None), ("connections", OK, 1))
    health = diagnose_drill(ROBIN, facts, now=NOW + timedelta(minutes=1))
    assert (health.state, health.cause) == (ConnectionState.BROKEN, Cause.PAYROLL_PERMISSION_LOST)


def test_a_list_of_connections_that_was_refused_says_nothing() -> None:
    facts = answers(*WORKS, ("connections", FORBIDDEN, None))
    assert diagnose_drill(ROBIN, facts, now=NOW + timedelta(minutes=1)).state is ConnectionState.CONNECTED


def test_a_fact_reads_back_as_it_was_stored() -> None:
    (fact,) = answers(("payroll", FORBIDDEN, None))
    assert Fact.read(fact.as_json()) == fact
