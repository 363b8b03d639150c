"""Nothing is lost and nothing is done twice, whatever happens to the answer."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

import httpx2
import pytest

from tandem.kernel import clock
from tandem.kernel.scoping import scope
from tandem.testing.xero import TakesTime
from tandem.xero import facade
from tandem.xero.client import transport
from tandem.xero.models import CallBudget
from tandem.xero.sync import journal
from tandem.xero.sync.pages import RunStatus, StepStatus
from tandem.xero.sync.records import RunKind
from tandem.xero.sync.tests.office import Crash, Office

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]

#: "after intent" is in test_lost_creates: nobody can say whether that one was sent.
BOUNDARIES = ("before intent", "after call", "outcome written", "outcome committed")


@pytest.fixture
def at_boundary() -> Iterator[Callable[[str, Callable[[], None]], None]]:
    """Do something once when the worker comes to a boundary: at_boundary("after intent", do)."""
    wanted: dict[str, Callable[[], None]] = {}
    before = journal.at_boundary
    journal.at_boundary = lambda name: wanted.pop(name, lambda: None)()
    yield wanted.__setitem__
    journal.at_boundary = before


class Meanwhile(httpx2.BaseTransport):
    """Lets something happen once a call of some method was answered."""

    def __init__(self, office: Office, do: Callable[[], None], *, after: str) -> None:
        self._inner = TakesTime(httpx2.WSGITransport(app=office.sandbox.app))
        self._do, self._after = do, after

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        response = self._inner.handle_request(request)
        if request.method == self._after:
            self._after = ""
            self._do()
        return response


def writes(office: Office) -> int:
    return len(office.calls("POST"))


def marta(office: Office) -> list[dict[str, object]]:
    return [person for name, person in office.theirs().items() if name == "Marta Nowak"]


def test_a_create_that_was_done_but_not_answered_is_adopted_and_not_sent_again(at_work: Office) -> None:
    at_work.hire()
    at_work.fault("committed_but_lost", method="POST", count=1)
    page = at_work.sync(RunKind.EXPORT)
    assert page.summary.status is RunStatus.DONE
    assert len(at_work.theirs()) == 7
    assert writes(at_work) == 1


def test_an_update_that_was_done_but_not_answered_is_read_back(at_work: Office) -> None:
    at_work.edit(at_work.someone(), mobile="0491 570 110")
    at_work.fault("committed_but_lost", method="POST", count=1)
    page = at_work.sync(RunKind.EXPORT)
    assert page.summary.status is RunStatus.DONE
    assert at_work.theirs()["Alice Lang"]["Mobile"] == "0491 570 110"
    assert writes(at_work) == 1


def test_an_update_whose_call_was_dropped_goes_out_again_under_the_same_key(at_work: Office) -> None:
    at_work.edit(at_work.someone(), mobile="0491 570 110")
    at_work.fault("dropped", method="POST", count=1)
    page = at_work.sync(RunKind.EXPORT)
    assert page.summary.status is RunStatus.DONE
    keys = [call["idempotency_key"] for call in at_work.calls("POST")]
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert at_work.theirs()["Alice Lang"]["Mobile"] == "0491 570 110"


def test_a_fault_at_xero_gets_one_more_try_under_a_new_key(at_work: Office) -> None:
    at_work.hire()
    at_work.fault("status", status=500, method="POST", count=1)
    page = at_work.sync(RunKind.EXPORT)
    assert page.summary.status is RunStatus.DONE
    keys = [call["idempotency_key"] for call in at_work.calls("POST")]
    assert len(set(keys)) == 2
    assert len(at_work.theirs()) == 7


def test_a_record_that_xero_faults_on_twice_is_parked_and_the_others_go_on(at_work: Office) -> None:
    at_work.hire()
    at_work.edit(at_work.someone(), mobile="0491 570 110")
    alice = at_work.theirs()["Alice Lang"]["EmployeeID"]
    at_work.fault("status", f"/payroll.xro/1.0/employees/{alice}".lower(), status=500, method="POST")
    page = at_work.sync(RunKind.EXPORT)
    assert page.summary.status is RunStatus.DONE
    assert (page.summary.counts["applied"], page.summary.counts["rejected"]) == (1, 1)
    refused = next(item for item in page.items if item.status is StepStatus.REJECTED)
    assert "Mobile" in refused.outcome
    assert len(at_work.theirs()) == 7


def test_what_xero_will_not_take_is_shown_in_its_words(at_work: Office) -> None:
    at_work.edit(at_work.someone(), job_title="Baker")
    at_work.fault("status", status=400, method="POST")
    page = at_work.sync(RunKind.EXPORT)
    refused = next(item for item in page.items if item.status is StepStatus.REJECTED)
    assert refused.outcome


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_a_create_survives_a_crash_at_every_boundary(at_work: Office, crash_at: dict[str, int], boundary: str) -> None:
    at_work.hire()
    page = at_work.preview(RunKind.EXPORT)
    crash_at[boundary] = 1
    with pytest.raises(Crash):
        at_work.approve(page)
    at_work.clock.advance(minutes=2, seconds=1)
    page = at_work.again(page)
    assert len(marta(at_work)) == 1
    assert marta(at_work)[0]["writes"] == 1
    assert page.summary.status is RunStatus.DONE


@pytest.mark.parametrize("boundary", ["hr batch written", "hr batch committed"])
def test_an_import_survives_a_crash_at_every_boundary(
    before_import: Office, crash_at: dict[str, int], boundary: str
) -> None:
    page = before_import.preview(RunKind.IMPORT)
    crash_at[boundary] = 1
    with pytest.raises(Crash):
        before_import.approve(page)
    before_import.clock.advance(minutes=2, seconds=1)
    page = before_import.again(page)
    assert page.summary.status is RunStatus.DONE
    assert set(before_import.theirs()) | {"Dana Okafor"} == set(before_import.ours())
    assert len(before_import.ours()) == 7


def test_a_create_committed_before_a_crash_is_adopted_even_hours_later(
    at_work: Office, crash_at: dict[str, int]
) -> None:
    at_work.hire()
    page = at_work.preview(RunKind.EXPORT)
    crash_at["after call"] = 1
    with pytest.raises(Crash):
        at_work.approve(page)
    at_work.clock.advance(hours=5)
    page = at_work.again(page)
    assert page.summary.status is RunStatus.DONE
    assert writes(at_work) == 1
    assert len(marta(at_work)) == 1


@pytest.mark.parametrize("status", [429, 401, 403, 503])
def test_a_refusal_that_says_nothing_of_the_record_sends_it_once_more_and_only_once(
    at_work: Office, status: int
) -> None:
    at_work.hire()
    at_work.fault("status", status=status, method="POST", count=1)
    page = at_work.sync(RunKind.EXPORT)
    for _ in range(3):
        if page.summary.status is RunStatus.DONE:
            break
        assert page.summary.status is RunStatus.PARKED
        at_work.clock.advance(minutes=16)
        page = at_work.again(page)
    assert page.summary.status is RunStatus.DONE
    assert [person["writes"] for person in marta(at_work)] == [1]


def test_an_update_announced_long_ago_and_never_sent_is_judged_by_reading_and_sent(
    at_work: Office, crash_at: dict[str, int]
) -> None:
    at_work.edit(at_work.someone(), mobile="0491 570 110")
    page = at_work.preview(RunKind.EXPORT)
    crash_at["after intent"] = 1
    with pytest.raises(Crash):
        at_work.approve(page)
    at_work.clock.advance(hours=2)
    page = at_work.again(page)
    assert page.summary.status is RunStatus.DONE
    assert at_work.theirs()["Alice Lang"]["Mobile"] == "0491 570 110"
    assert at_work.theirs()["Alice Lang"]["writes"] == 1


def test_an_update_announced_long_ago_is_left_when_somebody_edited_the_field_in_xero_since(
    at_work: Office, crash_at: dict[str, int]
) -> None:
    at_work.edit(at_work.someone(), mobile="0491 570 110")
    page = at_work.preview(RunKind.EXPORT)
    crash_at["after intent"] = 1
    with pytest.raises(Crash):
        at_work.approve(page)
    at_work.edit_in_xero("Alice Lang", Mobile="0491 570 313")
    at_work.clock.advance(hours=2)
    page = at_work.again(page)
    assert page.items[0].status is StepStatus.SKIPPED
    assert at_work.theirs()["Alice Lang"]["Mobile"] == "0491 570 313"


def test_an_update_announced_just_now_is_left_when_somebody_edited_the_field_in_xero_since(
    at_work: Office, crash_at: dict[str, int]
) -> None:
    """The key is still good, and what it would repeat was never sent."""
    at_work.edit(at_work.someone(), mobile="0491 570 110")
    page = at_work.preview(RunKind.EXPORT)
    crash_at["after intent"] = 1
    with pytest.raises(Crash):
        at_work.approve(page)
    at_work.edit_in_xero("Alice Lang", Mobile="0491 570 313")
    at_work.clock.advance(minutes=2, seconds=1)
    page = at_work.again(page)
    assert page.items[0].status is StepStatus.SKIPPED
    assert at_work.theirs()["Alice Lang"]["Mobile"] == "0491 570 313"
    assert at_work.preview(RunKind.BOTH).item_counts["conflict"] == 1


def test_an_update_that_xero_faulted_on_is_left_when_somebody_edited_the_field_in_xero_since(at_work: Office) -> None:
    at_work.edit(at_work.someone(), mobile="0491 570 110")
    page = at_work.preview(RunKind.EXPORT)
    at_work.fault("status", status=500, method="POST", count=1)
    edit = partial(at_work.edit_in_xero, "Alice Lang", Mobile="0491 570 313")
    with transport.through(Meanwhile(at_work, edit, after="POST")):
        page = at_work.approve(page)
    assert page.items[0].status is StepStatus.SKIPPED
    assert at_work.theirs()["Alice Lang"]["Mobile"] == "0491 570 313"


def test_an_update_that_had_to_wait_for_its_turn_reads_again_what_it_is_about_to_overwrite(
    at_work: Office, at_boundary: Callable[[str, Callable[[], None]], None]
) -> None:
    """Others used the minute up between the read and the write, and meanwhile somebody edited the field in Xero."""
    at_work.edit(at_work.someone(), mobile="0491 570 110")
    page = at_work.preview(RunKind.EXPORT)

    def block() -> None:
        with scope(at_work.player.actor.account_id):
            CallBudget.objects.update(blocked_until=clock.now() + timedelta(seconds=40), blocked_by="minute")
        at_work.clock.follow(edit_once)

    def edit_once(_: datetime) -> None:
        at_work.clock.follow(lambda _: None)
        alice = at_work.theirs()["Alice Lang"]["EmployeeID"]
        event = {"kind": "edit_employee", "employee": alice, "changes": {"Mobile": "0491 570 313"}}
        at_work.sandbox.control("POST", "events", event)

    at_boundary("after intent", block)
    page = at_work.approve(page)
    assert page.items[0].status is StepStatus.SKIPPED
    assert at_work.theirs()["Alice Lang"]["Mobile"] == "0491 570 313"


def test_a_write_that_an_abandoned_run_announced_is_settled_by_the_next(
    at_work: Office, crash_at: dict[str, int]
) -> None:
    at_work.hire()
    page = at_work.preview(RunKind.EXPORT)
    crash_at["after call"] = 1
    with pytest.raises(Crash):
        at_work.approve(page)
    facade.cancel_run(at_work.player.actor, page.summary.run_id)
    at_work.clock.advance(minutes=3)
    assert "step" not in at_work.preview(RunKind.EXPORT).item_counts
    assert len(marta(at_work)) == 1
    assert at_work.page(page.summary.run_id).items[0].status is StepStatus.APPLIED
