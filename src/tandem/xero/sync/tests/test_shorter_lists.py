"""Whoever leaves makes Xero's list of active people shorter: where Tandem knows who left, that is no doubtful drop."""

from datetime import timedelta

import httpx2
import pytest

from tandem.flows.people import terminate
from tandem.kernel import clock
from tandem.kernel.scoping import scope
from tandem.people.records import EmployeeRecord, EmployeeStatus, TerminationReason
from tandem.testing.xero import Connect, TakesTime
from tandem.xero import facade
from tandem.xero.client import transport
from tandem.xero.models import Connection
from tandem.xero.oauth.flow import ConsentPurpose
from tandem.xero.schedule import actions
from tandem.xero.sync.pages import RunStatus
from tandem.xero.sync.preferences import TerminationFlow
from tandem.xero.sync.tests.office import Office

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]


def leave(office: Office, *names: str, in_days: int) -> None:
    for name in names:
        record: EmployeeRecord = office.ours()[name]
        terminate(
            office.player.actor,
            employee_id=record.employee_id,
            termination_on=clock.today_in("Australia/Melbourne") + timedelta(days=in_days),
            reason=TerminationReason.REDUNDANCY,
        )


def two_of(office: Office) -> list[str]:
    return sorted(set(office.ours()) & set(office.theirs()) - {"Alice Lang"})[:2]


def is_green(office: Office) -> bool:
    return facade.connection_summary(office.player.actor).health.is_green


def test_a_third_of_a_small_firm_leaves_by_an_export_and_the_next_probe_is_green(at_work: Office) -> None:
    at_work.choose(termination=TerminationFlow.BOTH)
    leave(at_work, *two_of(at_work), in_days=-2)
    assert at_work.sync().summary.counts["applied"] == 2
    at_work.clock.advance(minutes=16)
    actions.run_due()
    assert is_green(at_work)
    assert at_work.sync().summary.status is RunStatus.DONE


def test_a_third_of_a_small_firm_is_ended_by_hand_on_both_sides_and_the_next_probe_is_green(at_work: Office) -> None:
    at_work.choose(termination=TerminationFlow.IMPORT)
    leave(at_work, *two_of(at_work), in_days=-2)
    for name in two_of(at_work):
        at_work.edit_in_xero(name, TerminationDate="2026-11-21", TerminationReason="R")
    at_work.clock.advance(minutes=16)
    actions.run_due()
    assert is_green(at_work)


def test_a_third_of_a_small_firm_left_while_it_was_disconnected_and_the_first_probe_finds_them(
    at_work: Office, connected: Connect
) -> None:
    facade.disconnect(at_work.player.actor)
    for name in two_of(at_work):
        at_work.edit_in_xero(name, TerminationDate="2026-11-21", TerminationReason="R")
    assert connected(at_work.player, purpose=ConsentPurpose.RECONNECT).is_success
    assert not is_green(at_work)
    actions.run_due()
    assert is_green(at_work)


def test_people_who_leave_and_others_who_vanish_are_told_apart(at_work: Office) -> None:
    """Two left by an export; two more are not in the list, and nobody knows why."""
    at_work.choose(termination=TerminationFlow.BOTH)
    leave(at_work, *two_of(at_work), in_days=-2)
    at_work.sync()
    people = at_work.sandbox.simulator.world.organisations[at_work.organisation_id].people
    assert people
    for name in two_of_the_rest(at_work):
        del people[str(at_work.theirs()[name]["EmployeeID"])]
    at_work.clock.advance(minutes=16)
    actions.run_due()
    assert not is_green(at_work)


def two_of_the_rest(office: Office) -> list[str]:
    return [name for name, row in office.theirs().items() if row["Status"] == "ACTIVE" and name != "Alice Lang"][:2]


class Shortens(httpx2.BaseTransport):
    """Lets lists hold so many people only; whoever is asked for by id is there."""

    def __init__(self, office: Office, *, to: int) -> None:
        self._inner = TakesTime(httpx2.WSGITransport(app=office.sandbox.app))
        self._to = to

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Pass a request on, and shorten the list that comes back."""
        response = self._inner.handle_request(request)
        if not request.url.path.endswith("/Employees"):
            return response
        response.read()
        body = response.json()
        body["Employees"] = body["Employees"][: self._to]
        return httpx2.Response(200, json=body, headers={"Date": response.headers["Date"]})


def test_a_list_without_half_of_the_people_stops_an_import_though_each_is_there_when_asked_for(at_work: Office) -> None:
    with transport.through(Shortens(at_work, to=3)):
        page = at_work.preview()
        assert page.summary.status is RunStatus.FAILED
        assert "Xero listed far fewer people than before" in page.summary.sentence
        assert not is_green(at_work)
    assert {one.status for one in at_work.ours().values()} == {EmployeeStatus.CURRENT}
    at_work.clock.advance(minutes=16)
    actions.run_due()
    assert is_green(at_work)
    assert at_work.sync().summary.status is RunStatus.DONE


def test_a_list_without_a_third_of_the_people_is_no_proof_for_a_probe_though_each_is_there_when_asked_for(
    at_work: Office,
) -> None:
    with transport.through(Shortens(at_work, to=4)):
        at_work.clock.advance(minutes=16)
        actions.run_due()
        assert not is_green(at_work)


def test_one_person_on_no_page_is_looked_up_and_the_next_list_is_expected_to_be_as_long_as_before(
    at_work: Office,
) -> None:
    with transport.through(Shortens(at_work, to=5)):
        assert at_work.preview().summary.status is RunStatus.PLANNED
        at_work.clock.advance(hours=3)
        actions.run_due()
        assert is_green(at_work)
    with scope(at_work.player.account.account_id):
        assert Connection.objects.get().listed_people == 6


def test_a_list_that_stays_short_is_gone_through_once_an_hour_and_believed_as_soon_as_it_is_whole(
    at_work: Office,
) -> None:
    with transport.through(Shortens(at_work, to=3)):
        at_work.clock.advance(minutes=16)
        actions.run_due()
        at_work.forget_calls()
        for _ in range(3 * 5):
            at_work.clock.advance(minutes=12)
            actions.run_due()
            assert not is_green(at_work)
        assert len(at_work.calls()) <= 3 * 13
    at_work.clock.advance(minutes=16)
    actions.run_due()
    assert is_green(at_work)
