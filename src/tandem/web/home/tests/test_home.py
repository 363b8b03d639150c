"""Home: what needs this person today, and nothing that they may not know."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tandem.flows.people import terminate
from tandem.kernel import clock
from tandem.people.actions import hire_employee
from tandem.people.records import EmployeeDetails, TerminationReason
from tandem.people.selectors import list_by_email
from tandem.testing.cast import Cast, text_of
from tandem.testing.xero import Connect

pytestmark = pytest.mark.unmeasured

ROSA = EmployeeDetails(first_name="Rosa", last_name="Byrne", work_email="rosa.byrne@example.com")


def _rosa_leaves(cast: Cast) -> None:
    ahead = clock.today_in("Australia/Melbourne") + timedelta(days=5)
    rosa = list_by_email(cast.alice.actor, email="rosa.byrne@example.com")[0]
    terminate(cast.bob.actor, employee_id=rosa.employee_id, termination_on=ahead, reason=TerminationReason.VOLUNTARY)


def test_before_anybody_connected_home_says_so(cast: Cast) -> None:
    text = text_of(cast.alice.client.get(cast.alice.url("")))
    assert "Not set up" in text
    assert "Nothing waits for you" in text


def test_an_employee_sees_their_own_record_and_nothing_of_xero(cast: Cast) -> None:
    text = text_of(cast.dana.client.get(cast.dana.url("")))
    assert f"/a/harbour-lane/employees/{cast.dana_record.employee_id}/" in text
    assert "Xero connection" not in text


def test_a_connection_that_works_is_green_with_the_time_of_its_proof(cast: Cast, connected: Connect) -> None:
    connected(cast.alice)
    text = text_of(cast.alice.client.get(cast.alice.url("")))
    assert "Connected, proved" in text
    assert text.count("Proved ") == 4


def test_the_leaver_s_task_stands_on_the_administrator_s_home(cast: Cast, connected: Connect) -> None:
    hire_employee(cast.alice.actor, details=ROSA)
    connected(cast.alice)
    _rosa_leaves(cast)
    text = text_of(cast.alice.client.get(cast.alice.url("")))
    assert "Rosa Byrne holds the Xero connection and is leaving" in text
    assert "in 5 days" in text


def test_people_are_counted_by_status(cast: Cast) -> None:
    text = text_of(cast.bob.client.get(cast.bob.url("")))
    assert "?status=current" in text


def test_home_takes_no_more_queries_for_more_people(cast: Cast, connected: Connect) -> None:
    connected(cast.alice)
    with CaptureQueriesContext(connection) as few:
        cast.alice.client.get(cast.alice.url(""))
    for number in range(8):
        hire_employee(cast.alice.actor, details=EmployeeDetails(first_name="Ada", last_name=f"Byron{number}"))
    with CaptureQueriesContext(connection) as many:
        cast.alice.client.get(cast.alice.url(""))
    assert len(many) == len(few)
