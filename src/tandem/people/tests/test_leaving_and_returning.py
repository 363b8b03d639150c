"""Terminate, the daily job, reinstate: dates are read in the account's time zone."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tandem.kernel import clock
from tandem.kernel.errors import Invalid, NotFound, NotPermitted
from tandem.people import actions, selectors
from tandem.people.records import EmployeeDetails, EmployeeStatus, TerminationReason
from tandem.testing.cast import Cast
from tandem.timeline.selectors import list_entries

# 13:30 UTC on the 30th is already half past midnight on 1 December in Melbourne.
PAST_MIDNIGHT_IN_MELBOURNE = datetime(2026, 11, 30, 13, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "status"),
    [
        (date(2026, 11, 30), EmployeeStatus.TERMINATED),
        (date(2026, 12, 1), EmployeeStatus.TERMINATING),
        (date(2026, 12, 2), EmployeeStatus.TERMINATING),
    ],
)
def test_the_last_day_itself_is_still_worked(cast: Cast, day: date, status: EmployeeStatus) -> None:
    with clock.frozen_at(PAST_MIDNIGHT_IN_MELBOURNE):
        after = actions.terminate_employee(
            cast.bob.actor,
            employee_id=cast.dana_record.employee_id,
            termination_on=day,
            reason=TerminationReason.VOLUNTARY,
        )
    assert (after.status, after.termination_on) == (status, day)


def test_a_reason_is_asked_of_a_person(cast: Cast) -> None:
    with pytest.raises(Invalid, match="Choose the reason"):
        actions.terminate_employee(
            cast.bob.actor, employee_id=cast.dana_record.employee_id, termination_on=date(2026, 12, 1), reason=None
        )


def test_a_reason_is_not_asked_of_xero(cast: Cast) -> None:
    after = actions.terminate_employee(
        cast.bob.actor,
        employee_id=cast.dana_record.employee_id,
        termination_on=date(2020, 12, 1),
        reason=None,
        via="xero run 1",
    )
    assert (after.status, after.termination_reason) == (EmployeeStatus.TERMINATED, None)


def test_nobody_leaves_before_they_started(cast: Cast) -> None:
    hired = actions.hire_employee(
        cast.bob.actor, details=EmployeeDetails(first_name="Ada", last_name="Byron", start_on=date(2026, 6, 1))
    )
    with pytest.raises(Invalid, match="before the start date"):
        actions.terminate_employee(
            cast.bob.actor,
            employee_id=hired.employee_id,
            termination_on=date(2026, 5, 31),
            reason=TerminationReason.VOLUNTARY,
        )


def test_terminating_twice_the_same_way_is_one_change(cast: Cast) -> None:
    with clock.frozen_at(PAST_MIDNIGHT_IN_MELBOURNE):
        first = _terminate(cast, date(2026, 12, 5))
        again = _terminate(cast, date(2026, 12, 5))
    assert again == first


def test_the_daily_job_waits_until_the_last_day_is_over_in_melbourne(cast: Cast) -> None:
    with clock.frozen_at(PAST_MIDNIGHT_IN_MELBOURNE) as frozen:
        _terminate(cast, date(2026, 12, 1))
        assert actions.complete_due_terminations(cast.alice.account) == []
        frozen.advance(hours=23, minutes=45)
        assert actions.complete_due_terminations(cast.alice.account) == [cast.dana_record.employee_id]
        assert actions.complete_due_terminations(cast.alice.account) == []
    after = selectors.get_employee(cast.bob.actor, employee_id=cast.dana_record.employee_id)
    assert after.status is EmployeeStatus.TERMINATED
    assert list_entries(cast.bob.actor)[0].facts == {"via": "nightly"}


def test_the_daily_job_of_one_account_leaves_another_alone(cast: Cast) -> None:
    with clock.frozen_at(PAST_MIDNIGHT_IN_MELBOURNE) as frozen:
        _terminate(cast, date(2026, 12, 1))
        frozen.advance(days=5)
        assert actions.complete_due_terminations(cast.charlie.account) == []


def test_a_reinstated_person_is_current_without_a_date(cast: Cast) -> None:
    _terminate(cast, date(2026, 1, 1))
    after = actions.reinstate_employee(cast.bob.actor, employee_id=cast.dana_record.employee_id)
    assert (after.status, after.termination_on, after.termination_reason) == (EmployeeStatus.CURRENT, None, None)
    again = actions.reinstate_employee(cast.bob.actor, employee_id=cast.dana_record.employee_id)
    assert again == replace(after)


def test_only_who_may_terminates_and_reinstates(cast: Cast) -> None:
    employee_id = cast.dana_record.employee_id
    with pytest.raises(NotPermitted):
        actions.terminate_employee(
            cast.dana.actor,
            employee_id=employee_id,
            termination_on=date(2026, 1, 1),
            reason=TerminationReason.VOLUNTARY,
        )
    with pytest.raises(NotFound):
        actions.reinstate_employee(cast.charlie.actor, employee_id=employee_id)


def _terminate(cast: Cast, day: date) -> object:
    return actions.terminate_employee(
        cast.bob.actor,
        employee_id=cast.dana_record.employee_id,
        termination_on=day,
        reason=TerminationReason.VOLUNTARY,
    )
