"""Limits, outages and refusals: a run waits with its place kept, and goes on where it stopped."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from tandem.kernel import clock
from tandem.kernel.scoping import scope
from tandem.testing.xero import ROSA, Connect
from tandem.timeline.events import Event
from tandem.timeline.selectors import list_entries
from tandem.xero import facade
from tandem.xero.models import Connection
from tandem.xero.oauth.flow import ConsentPurpose
from tandem.xero.schedule import actions
from tandem.xero.sync import executor, lease
from tandem.xero.sync.pages import ItemKind, Reach, RunStatus
from tandem.xero.sync.records import RunKind
from tandem.xero.sync.tests.office import Office
from tandem_sandbox.world import seed

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]


def test_a_minute_limit_is_sat_out_and_everybody_is_read_once(before_import: Office) -> None:
    before_import.sandbox.control("PATCH", "limits", {"minute": 4})
    page = before_import.preview(RunKind.IMPORT, Reach.EVERYTHING)
    for _ in range(5):
        if page.summary.status is RunStatus.PLANNED:
            break
        before_import.clock.advance(minutes=2)
        page = before_import.again(page)
    assert page.summary.status is RunStatus.PLANNED
    assert page.item_counts["step"] == 6
    details = [call["path"] for call in before_import.calls("GET") if call["status"] == 200]
    singles = [path for path in details if "/employees/" in path.lower()]
    assert len(singles) == len(set(singles)) == 6


@pytest.mark.parametrize("hours", [0, 5])
def test_a_run_whose_worker_died_before_a_disconnect_gives_way_to_the_gap_report_after_the_reconnect(
    at_work: Office, connected: Connect, hours: int
) -> None:
    """It had stood there as under way for ever, and no other could begin. Meanwhile it says once that it waits."""
    actor = at_work.player.actor
    dead = facade.preview_run(actor, kind=RunKind.BOTH, reach=Reach.AUTHORITY)
    assert lease.claim(actor.account_id, dead)
    facade.disconnect(actor)
    for _ in range(hours):
        at_work.clock.advance(hours=1)
        actions.run_due()
    assert not list_entries(actor, events=[Event.RUN_PARKED])[1:]
    assert connected(at_work.player, purpose=ConsentPurpose.RECONNECT).is_success
    for _ in range(2):
        at_work.clock.advance(minutes=16)
        actions.run_due()
    report = facade.get_gap_report(actor)
    assert report
    assert report.summary.status is RunStatus.PLANNED
    assert at_work.page(dead).summary.status is RunStatus.STALE


def test_a_lease_that_ends_now_can_be_taken_now(at_work: Office) -> None:
    """Else a worker that comes back at the very moment finds it taken, and asks again and again."""
    account_id = at_work.player.actor.account_id
    run_id = facade.preview_run(at_work.player.actor, kind=RunKind.BOTH, reach=Reach.AUTHORITY)
    assert lease.claim(account_id, run_id)
    assert not lease.claim(account_id, run_id)
    at_work.clock.advance(seconds=lease.length().total_seconds())
    assert lease.claim(account_id, run_id)


@pytest.mark.parametrize("reach", [Reach.AUTHORITY, Reach.EVERYTHING])
def test_a_minute_limit_that_does_not_end_parks_the_run_instead_of_keeping_a_worker(
    at_work: Office, reach: Reach
) -> None:
    begun = at_work.clock.now()
    at_work.sandbox.control("PATCH", "limits", {"minute": 0})
    with _a_worker_that_is_needed_elsewhere(at_work):
        page = at_work.preview(RunKind.IMPORT, reach)
    assert page.summary.status is RunStatus.PARKED
    assert page.resume_at is not None
    assert page.resume_at - at_work.clock.now() == timedelta(minutes=5)
    assert at_work.clock.now() - begun <= timedelta(minutes=2)
    at_work.sandbox.control("DELETE", "limits")
    at_work.clock.move_to(page.resume_at)
    assert at_work.again(page).summary.status is RunStatus.PLANNED


def test_a_limit_that_does_not_end_among_the_details_or_the_writes_parks_the_run_too(at_work: Office) -> None:
    at_work.edit(at_work.someone(), mobile="0491 570 110")
    page = at_work.preview(RunKind.EXPORT)
    at_work.fault("status", path="/payroll.xro/1.0/Employees/*", status=429)
    with _a_worker_that_is_needed_elsewhere(at_work):
        page = at_work.approve(page)
    assert page.summary.status is RunStatus.PARKED
    at_work.sandbox.control("DELETE", "faults")
    assert page.resume_at is not None
    at_work.clock.move_to(page.resume_at)
    page = at_work.again(page)
    assert page.summary.status is RunStatus.DONE
    assert at_work.theirs()["Alice Lang"]["Mobile"] == "0491 570 110"
    assert [call["status"] for call in at_work.calls("POST") if call["status"] != 429] == [200]


@contextmanager
def _a_worker_that_is_needed_elsewhere(office: Office) -> Iterator[None]:
    """Fail where the worker sleeps for more than ten minutes in all."""
    latest = office.clock.now() + timedelta(minutes=10)
    right = clock.sleep

    def sleep(seconds: float) -> None:
        assert office.clock.now() < latest, "the worker sleeps on and on"
        right(seconds)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "sleep", sleep)
        yield


def test_a_day_limit_parks_the_run_until_xero_allows_it_and_says_so(before_import: Office) -> None:
    before_import.sandbox.control("PATCH", "limits", {"day": 9})
    page = before_import.preview(RunKind.IMPORT, Reach.EVERYTHING)
    assert page.summary.status is RunStatus.PARKED
    assert "calls to Xero are used up" in page.stop_sentence
    assert page.resume_at is not None
    before_import.sandbox.control("PATCH", "limits", {"day": 5000})
    before_import.clock.move_to(page.resume_at)
    before_import.clock.advance(hours=24)
    page = before_import.again(page)
    assert page.summary.status is RunStatus.PLANNED
    assert page.item_counts["step"] == 6


def test_lost_access_parks_the_run_and_it_goes_on_when_access_returns(at_work: Office) -> None:
    at_work.edit(at_work.someone(), mobile="0491 570 110")
    page = at_work.preview(RunKind.EXPORT)
    at_work.sandbox.control(
        "POST", "events", {"kind": "remove_user", "user": ROSA, "organisation": at_work.organisation_id}
    )
    page = at_work.approve(page)
    assert page.summary.status is RunStatus.PARKED
    assert "reconnect" in page.stop_sentence
    at_work.sandbox.control("POST", "events", {"kind": "put_back"})
    at_work.clock.advance(minutes=16)
    page = at_work.again(page)
    assert page.summary.status is RunStatus.DONE
    assert at_work.theirs()["Alice Lang"]["Mobile"] == "0491 570 110"


def test_xero_down_in_the_middle_parks_the_run_for_five_minutes(at_work: Office) -> None:
    at_work.fault("status", status=503, count=20)
    page = at_work.preview(RunKind.IMPORT)
    assert page.summary.status is RunStatus.PARKED
    at_work.sandbox.control("DELETE", "faults/1")
    at_work.clock.advance(minutes=6)
    assert at_work.again(page).summary.status is RunStatus.PLANNED


def test_an_empty_list_where_people_were_stops_the_run_and_changes_nothing(at_work: Office) -> None:
    before = at_work.ours()
    organisation = at_work.sandbox.simulator.world.organisations[at_work.organisation_id]
    seed.people_of(at_work.sandbox.simulator.world, organisation).clear()
    organisation.listings.clear()
    page = at_work.preview(RunKind.IMPORT)
    assert page.summary.status is RunStatus.FAILED
    assert "Xero listed nobody" in page.stop_sentence
    assert at_work.ours() == before
    assert page.item_counts == {}


def test_somebody_missing_from_the_list_is_looked_up_and_named_and_never_ended(at_work: Office) -> None:
    organisation = at_work.sandbox.simulator.world.organisations[at_work.organisation_id]
    people = seed.people_of(at_work.sandbox.simulator.world, organisation)
    people.pop(str(at_work.theirs()["Alice Lang"]["EmployeeID"]).lower())
    organisation.listings.clear()
    page = at_work.preview(RunKind.IMPORT)
    assert page.summary.status is RunStatus.PLANNED
    assert [item.kind for item in page.items] == [ItemKind.SKIP]
    assert "That is no termination" in page.items[0].sentence
    assert at_work.someone().termination_on is None


def test_a_worker_that_lost_its_lease_leaves_the_run_to_the_other(at_work: Office) -> None:
    run_id = facade.preview_run(at_work.player.actor, kind=RunKind.IMPORT, reach=Reach.AUTHORITY)
    account_id = at_work.player.actor.account_id
    first = lease.claim(account_id, run_id)
    assert first is not None
    assert lease.claim(account_id, run_id) is None
    at_work.clock.advance(minutes=3)
    second = lease.claim(account_id, run_id)
    assert second is not None
    with pytest.raises(lease.LeaseLost):
        lease.renew(first)
    lease.release(second)
    assert at_work.again(at_work.page(run_id)).summary.status is RunStatus.PLANNED


def test_automatic_runs_wait_while_the_connection_is_broken(at_work: Office) -> None:
    at_work.choose(auto_import=True, auto_export=True)
    at_work.automatic()
    runs = len(facade.list_runs(at_work.player.actor))
    at_work.sandbox.control(
        "POST", "events", {"kind": "remove_user", "user": ROSA, "organisation": at_work.organisation_id}
    )
    facade.probe_now(at_work.player.actor)
    at_work.automatic()
    assert len(facade.list_runs(at_work.player.actor)) == runs


def test_a_run_that_breaks_in_an_unforeseen_way_is_tried_again_and_then_ended(
    at_work: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(desk: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(executor, "recover_old", break_down)
    page = at_work.preview()
    assert page.summary.status is RunStatus.READING
    for _ in range(3):
        at_work.clock.advance(minutes=6)
        page = at_work.again(page)
    assert page.summary.status is RunStatus.FAILED
    assert "tell support" in page.stop_sentence


def test_a_run_approved_before_the_connection_broke_does_not_go_on_after_a_reconnect(at_work: Office) -> None:
    at_work.edit(at_work.someone(), mobile="0491 570 110")
    page = at_work.preview(RunKind.EXPORT)
    at_work.sandbox.control(
        "POST", "events", {"kind": "remove_user", "user": ROSA, "organisation": at_work.organisation_id}
    )
    page = at_work.approve(page)
    at_work.sandbox.control("POST", "events", {"kind": "put_back"})
    at_work.clock.advance(minutes=1)
    with scope(at_work.player.actor.account_id):
        Connection.objects.update(gap_since=at_work.clock.now(), gap_until=at_work.clock.now())
    at_work.clock.advance(minutes=16)
    page = at_work.again(page)
    assert page.summary.status in (RunStatus.FAILED, RunStatus.STALE)
    assert "gap report" in page.stop_sentence
    assert at_work.theirs()["Alice Lang"]["Mobile"] != "0491 570 110"
