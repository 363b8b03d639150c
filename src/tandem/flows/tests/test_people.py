"""Leaving and returning across rooms: the record, the sign-in and the Xero connection move together."""

from datetime import UTC, date, datetime, timedelta

from tandem.access.selectors import find_user_of_employee
from tandem.flows.people import reinstate, terminate
from tandem.kernel import clock
from tandem.people.actions import hire_employee
from tandem.people.records import EmployeeDetails, EmployeeStatus, TerminationReason
from tandem.people.selectors import get_employee
from tandem.testing.cast import Cast
from tandem.testing.xero import Connect
from tandem.xero import facade
from tandem.xero.schedule.actions import ensure_nightly, run_due

ROSA = EmployeeDetails(first_name="Rosa", last_name="Byrne", work_email="rosa.byrne@example.com")
AFTERNOON_IN_MELBOURNE = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)


def _may_sign_in(cast: Cast) -> bool:
    member = find_user_of_employee(cast.alice.actor, employee_id=cast.dana_record.employee_id)
    return member is not None and member.is_active


def test_access_lasts_through_the_last_day_and_ends_in_the_night_after_it(cast: Cast) -> None:
    with clock.frozen_at(AFTERNOON_IN_MELBOURNE) as frozen:
        ensure_nightly()
        terminate(
            cast.bob.actor,
            employee_id=cast.dana_record.employee_id,
            termination_on=date(2026, 12, 1),
            reason=TerminationReason.VOLUNTARY,
        )
        run_due()
        assert _may_sign_in(cast)
        frozen.advance(hours=12)
        run_due()
    after = get_employee(cast.bob.actor, employee_id=cast.dana_record.employee_id)
    assert after.status is EmployeeStatus.TERMINATED
    assert not _may_sign_in(cast)


def test_a_leaver_without_a_grant_opens_no_task(cast: Cast, connected: Connect) -> None:
    connected(cast.alice)
    departure = terminate(
        cast.bob.actor,
        employee_id=cast.dana_record.employee_id,
        termination_on=date(2030, 1, 1),
        reason=TerminationReason.VOLUNTARY,
    )
    assert not departure.handover_opened
    assert facade.list_handovers(cast.alice.actor) == []


def test_whoever_holds_the_grant_leaves_a_task_and_staying_closes_it(cast: Cast, connected: Connect) -> None:
    rosa = hire_employee(cast.alice.actor, details=ROSA)
    connected(cast.alice)
    last_day = clock.today_in("Australia/Melbourne") + timedelta(days=9)
    departure = terminate(
        cast.bob.actor, employee_id=rosa.employee_id, termination_on=last_day, reason=TerminationReason.VOLUNTARY
    )
    assert departure.handover_opened
    assert [task.last_safe_on for task in facade.list_handovers(cast.alice.actor)] == [last_day]
    reinstate(cast.bob.actor, employee_id=rosa.employee_id)
    assert facade.list_handovers(cast.alice.actor) == []
