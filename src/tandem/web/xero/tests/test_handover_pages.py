"""Hand-overs as a person reads them: by when, why, who does it, how far it is, and what to press."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tandem.access.roles import Role
from tandem.flows import people as flows
from tandem.kernel.clock import FrozenClock
from tandem.people.actions import hire_employee
from tandem.people.records import EmployeeDetails, EmployeeRecord, TerminationReason
from tandem.testing.cast import Cast, Player, join, text_of
from tandem.testing.xero import AMIR, BAKERY, ROSA, Connect
from tandem.xero import facade
from tandem.xero.connections.probes import probe_connection
from tandem.xero.facade import ConsentPurpose
from tandem_sandbox.testing import Sandbox

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)


@pytest.fixture
def rosa(cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect) -> EmployeeRecord:
    """Rosa's record; she holds the connection."""
    details = EmployeeDetails(first_name="Rosa", last_name="Byrne", work_email=ROSA)

    def authorise() -> EmployeeRecord:
        record = hire_employee(cast.alice.actor, details=details)
        assert connected(cast.alice).is_success
        return record

    return connected.stand(("rosa holds it", details), authorise)


@pytest.fixture
def task_id(cast: Cast, rosa: EmployeeRecord) -> UUID:
    """The hand-over after her last day was entered, ten days ahead."""
    departure = flows.terminate(
        cast.bob.actor,
        employee_id=rosa.employee_id,
        termination_on=TODAY + 10 * DAY,
        reason=TerminationReason.VOLUNTARY,
    )
    assert departure.handover_task_id is not None
    return departure.handover_task_id


def _get(player: Player, path: str) -> str:
    return text_of(player.client.get(player.url(path)))


def _post(player: Player, path: str, **typed: str) -> str:
    return text_of(player.client.post(player.url(path), typed, follow=True))


def test_with_nothing_to_hand_over_the_list_says_when_something_would_stand_there(cast: Cast) -> None:
    assert "Nothing has to be handed over" in _get(cast.alice, "handovers/")


def test_the_list_and_home_lead_to_the_hand_over(cast: Cast, task_id: UUID) -> None:
    for path in ("handovers/", "", "xero/"):
        text = _get(cast.alice, path)
        assert "Rosa Byrne holds the Xero connection and is leaving" in text
        assert "3 Dec 2026" in text
        assert f"handovers/{task_id}/" in text


def test_one_hand_over_says_why_by_when_how_far_it_is_and_what_waits(cast: Cast, task_id: UUID) -> None:
    text = _get(cast.alice, f"handovers/{task_id}/")
    for said in (
        "in 10 days",
        "A last day of work",
        "Nobody yet",
        "imports go on and exports wait from 3 Dec 2026 on",
        "Hand over now: add a second person",
        "xero/guests/new/?for=standby",
        "Alice Lang",
    ):
        assert said in text


def test_with_a_standby_the_way_is_to_let_them_carry(cast: Cast, task_id: UUID, connected: Connect) -> None:
    assert connected(cast.alice, user=AMIR, purpose=ConsentPurpose.STANDBY).is_success
    text = _get(cast.alice, f"handovers/{task_id}/")
    assert "Let Amir Lim carry it now" in text
    assert "exports wait" not in text
    assert "Amir Lim stands by and carries on from that day by itself" in _get(cast.alice, "")
    _post(cast.alice, "xero/standby/use/")
    done = _get(cast.alice, f"handovers/{task_id}/")
    assert "Another person" in done
    assert "Closed" in done
    assert "Closed lately" in _get(cast.alice, "handovers/")


def test_a_standby_that_xero_refuses_is_no_way_out(
    cast: Cast, task_id: UUID, connected: Connect, sandbox: Sandbox, frozen: FrozenClock
) -> None:
    assert connected(cast.alice, user=AMIR, purpose=ConsentPurpose.STANDBY).is_success
    sandbox.control("POST", "events", {"kind": "remove_user", "user": AMIR, "organisation": BAKERY})
    frozen.advance(hours=2)
    probe_connection(cast.alice.account.account_id)
    text = _get(cast.alice, f"handovers/{task_id}/")
    assert "Refused" in text
    assert "Hand over now: add a second person" in text


def test_somebody_is_appointed_and_hears_of_it(cast: Cast, task_id: UUID) -> None:
    erin = join(cast.alice.account, "Erin Walsh", Role.ACCOUNT_ADMIN)
    path = f"handovers/{task_id}/appoint/"
    text = _post(cast.alice, path, user_id=str(erin.user.id))
    assert "Erin Walsh takes the hand-over in hand." in text
    for wrong in ("", str(cast.bob.user.id)):
        refused = cast.alice.client.post(cast.alice.url(path), {"user_id": wrong})
        assert refused.status_code == 422
        assert "Who takes it in hand: Choose" in text_of(refused)


def test_it_is_put_off_until_a_day_and_never_beyond_the_last_safe_one(cast: Cast, task_id: UUID) -> None:
    path = f"handovers/{task_id}/put-off/"
    for wrong in ("", "2026-13-01", "2026-12-04", "2026-11-23"):
        refused = cast.alice.client.post(cast.alice.url(path), {"off-until": wrong})
        assert refused.status_code == 422
        assert "Remind us again on:" in text_of(refused)
    assert 'value="2026-12-04"' in text_of(cast.alice.client.post(cast.alice.url(path), {"off-until": "2026-12-04"}))
    text = _post(cast.alice, path, **{"off-until": "2026-11-30"})
    assert "Nobody is reminded before 30 Nov 2026." in text
    assert "Put off until 30 Nov 2026" in _get(cast.alice, "handovers/")


def test_a_reason_taken_back_closes_it_and_says_so(cast: Cast, task_id: UUID, rosa: EmployeeRecord) -> None:
    flows.reinstate(cast.bob.actor, employee_id=rosa.employee_id)
    text = _get(cast.alice, f"handovers/{task_id}/")
    assert "The reason for it was taken back" in text
    assert "Appoint" not in text
    assert cast.alice.client.post(cast.alice.url(f"handovers/{task_id}/appoint/"), {"user_id": ""}).status_code == 422


def test_every_reason_is_named_on_the_card(cast: Cast, rosa: EmployeeRecord) -> None:
    bob, rosa_id = cast.bob.actor, rosa.employee_id
    flows.enter_absence(bob, employee_id=rosa_id, from_on=TODAY + 20 * DAY, until_on=None)
    assert "Rosa Byrne holds the Xero connection and will be away for long" in _get(cast.alice, "")
    flows.set_contract_end(bob, employee_id=rosa_id, contract_ends_on=TODAY + 5 * DAY)
    assert "Rosa Byrne holds the Xero connection and has a contract that ends" in _get(cast.alice, "")
    flows.delete_record(bob, employee_id=rosa_id)
    assert "Rosa Byrne holds the Xero connection and has a record in the recycle bin" in _get(cast.alice, "")


def test_the_record_leads_to_the_hand_over(cast: Cast, task_id: UUID, rosa: EmployeeRecord) -> None:
    text = _get(cast.alice, f"employees/{rosa.employee_id}/")
    assert "Rosa Byrne holds the Xero connection" in text
    assert f"handovers/{task_id}/" in text


def test_a_standby_s_record_says_that_they_stand_by_and_how_sure_that_is(
    cast: Cast, rosa: EmployeeRecord, connected: Connect
) -> None:
    assert connected(cast.alice, user=AMIR, purpose=ConsentPurpose.STANDBY).is_success
    amir = hire_employee(cast.alice.actor, details=EmployeeDetails(first_name="Amir", last_name="Lim"))
    text = _get(cast.alice, f"employees/{amir.employee_id}/")
    assert "Most likely Amir Lim stands by for the Xero connection" in text
    assert "If they leave, somebody else must authorise first." in text
    flows.set_contract_end(cast.bob.actor, employee_id=amir.employee_id, contract_ends_on=TODAY + 5 * DAY)
    assert "Amir Lim stands by for Xero and has a contract that ends" in _get(cast.alice, "handovers/")
    (task,) = facade.list_handovers(cast.alice.actor)
    assert "Hand over now: add a second person" in _get(cast.alice, f"handovers/{task.task_id}/")


def test_another_account_s_hand_over_is_nowhere(cast: Cast, task_id: UUID) -> None:
    assert cast.charlie.client.get(cast.charlie.url(f"handovers/{task_id}/")).status_code == 404


def test_a_longer_list_takes_no_more_queries(cast: Cast, task_id: UUID, rosa: EmployeeRecord) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            _get(cast.alice, "handovers/")
        return len(asked)

    def leave_once_more() -> None:
        flows.reinstate(cast.bob.actor, employee_id=rosa.employee_id)
        last_day, reason = TODAY + 10 * DAY, TerminationReason.VOLUNTARY
        flows.terminate(cast.bob.actor, employee_id=rosa.employee_id, termination_on=last_day, reason=reason)

    leave_once_more()
    before = count()
    for _ in range(3):
        leave_once_more()
    assert count() == before
