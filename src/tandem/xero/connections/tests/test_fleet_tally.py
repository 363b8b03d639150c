"""The sums of the support room."""

from datetime import UTC, datetime

from tandem.xero.connections.fleet_tally import ORDER, SILENT, Age, CauseLine, Question, Tally, TallyLine
from tandem.xero.connections.health import ConnectionState

BROKEN, UNPROVEN, CONNECTED = ConnectionState.BROKEN, ConnectionState.UNPROVEN, ConnectionState.CONNECTED
MONDAY, TUESDAY = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)
TALLY = Tally(
    (
        TallyLine(CONNECTED, "", Age.FRESH, 90, TUESDAY),
        TallyLine(BROKEN, "access_removed", Age.DAY, 2, TUESDAY),
        TallyLine(BROKEN, "access_removed", Age.WEEK, 1, MONDAY),
        TallyLine(BROKEN, "clock_skew", Age.FRESH, 1, TUESDAY),
        TallyLine(UNPROVEN, "", Age.NEVER, 4, None),
    )
)


def test_what_works_needs_nobody() -> None:
    assert TALLY.count(Question()) == 8
    assert TALLY.count(Question(states=ORDER)) == 98


def test_the_silent_are_counted_whatever_their_state() -> None:
    assert TALLY.count(Question(states=ORDER, ages=SILENT)) == 7


def test_accounts_without_a_cause_are_asked_for_by_an_empty_one() -> None:
    assert TALLY.count(Question(cause="")) == 4
    assert TALLY.count(Question(cause="clock_skew")) == 1


def test_causes_come_by_urgency_the_largest_first_with_their_oldest_case() -> None:
    assert TALLY.by_cause(Question()) == [
        CauseLine(BROKEN, "access_removed", 3, MONDAY),
        CauseLine(BROKEN, "clock_skew", 1, TUESDAY),
        CauseLine(UNPROVEN, "", 4, None),
    ]
