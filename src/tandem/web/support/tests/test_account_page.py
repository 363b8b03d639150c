"""Support's page of one account: what is wrong and what was tried, and never a person."""

from datetime import date
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tandem.kernel.actor import Actor
from tandem.kernel.scoping import scope
from tandem.testing.cast import Cast, text_of
from tandem.testing.xero import ROSA, Connect
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.xero.connections.fleet_account import SUPPORT_EVENTS
from tandem.xero.connections.probes import probe_connection
from tandem.xero.models import Connection, Grant, HandoverReason, HandoverTask
from tandem_sandbox.testing import Sandbox

pytestmark = pytest.mark.unmeasured


@pytest.fixture
def broken(cast: Cast, sandbox: Sandbox, connected: Connect) -> Cast:
    """The bakery after the authoriser lost access in Xero."""
    connected(cast.alice)
    sandbox.control("POST", "events", {"kind": "remove_user", "user": ROSA})
    probe_connection(cast.alice.account.account_id, anyway=True)
    return cast


def _page(cast: Cast) -> str:
    return f"/support/{cast.alice.account.account_id}/"


def _hand_over(cast: Cast) -> None:
    """Open a hand-over whose reason is not public."""
    account_id = cast.alice.account.account_id
    with scope(account_id):
        grant = Grant.objects.get(account_id=account_id, role="primary")
        link = Connection.objects.get(account_id=account_id)
        task = HandoverTask.objects.create(
            account_id=account_id,
            connection=link,
            grant=grant,
            employee_id=cast.dana_record.employee_id,
            last_safe_on=date(2031, 3, 4),
            opened_at=grant.authorised_at,
        )
        HandoverReason.objects.create(
            account_id=account_id,
            task=task,
            kind="termination",
            last_safe_on=date(2031, 3, 4),
            is_private=True,
            noted_at=grant.authorised_at,
        )


def test_nobody_else_sees_an_account_here_and_none_that_does_not_exist(broken: Cast) -> None:
    for player in (broken.alice, broken.bob, broken.charlie):
        assert player.client.get(_page(broken)).status_code == 404
    assert broken.sam.client.get(f"/support/{uuid4()}/").status_code == 404


def test_an_account_that_was_never_connected_says_so(cast: Cast) -> None:
    text = text_of(cast.sam.client.get(f"/support/{cast.charlie.account.account_id}/"))
    assert "nobody has connected Xero yet" in text
    assert "No call was made yet" in text


def test_the_page_says_cause_remedy_lights_and_correlation_ids_and_names_nobody(broken: Cast) -> None:
    text = text_of(broken.sam.client.get(_page(broken)))
    assert "access in Xero was removed" in text
    assert "Give the person their role in Xero back" in text
    assert "Refused since" in text
    assert "Last calls to Xero" in text
    with scope(broken.alice.account.account_id):
        assert Grant.objects.get(role="primary").holder_name == "Rosa Byrne"
    for name in ("Rosa", "Byrne", "Alice", "Lang", "Dana", ROSA):
        assert name not in text


def test_of_a_private_leaving_only_the_day_is_said(broken: Cast) -> None:
    _hand_over(broken)
    record(
        Actor.system(broken.alice.account.account_id, because="test"),
        Event.EMPLOYEE_TERMINATING,
        subject_kind="employee",
        subject_id=broken.dana_record.employee_id,
    )
    text = text_of(broken.sam.client.get(_page(broken)))
    assert "A second authoriser is needed by" in text
    for word in ("terminat", "last day", "leaving", "leaves"):
        assert word not in text


def test_support_is_told_of_no_event_about_people() -> None:
    assert not [
        event for event in SUPPORT_EVENTS if event.value.startswith(("employee.", "access.", "holder.", "run."))
    ]


def test_the_page_asks_as_many_questions_whatever_happened(broken: Cast) -> None:
    with CaptureQueriesContext(connection) as short:
        broken.sam.client.get(_page(broken))
    for _ in range(5):
        probe_connection(broken.alice.account.account_id, anyway=True)
    with CaptureQueriesContext(connection) as long:
        broken.sam.client.get(_page(broken))
    assert len(long) == len(short)
