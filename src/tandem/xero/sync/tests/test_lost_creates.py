"""A person sent to Xero whose answer was lost is never sent again by itself, whenever the lost call lands (ADR 39)."""

from dataclasses import replace
from datetime import date

import httpx2
import pytest

from tandem.kernel.errors import NotFound
from tandem.xero import facade
from tandem.xero.client import transport
from tandem.xero.sync.pages import RunItem, RunPage, RunStatus, StepStatus
from tandem.xero.sync.records import RunKind
from tandem.xero.sync.tests.office import MARTA, Breaks, Crash, Office

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]

HALVES = ("before", "after")


def created(page: RunPage) -> list[RunItem]:
    return [item for item in page.items if item.verb == "create"]


def martas(office: Office) -> int:
    """Count all of that name in Xero, also where two bear it."""
    found = office.sandbox.control("GET", f"world/organisations/{office.organisation_id}/employees")
    rows = found["employees"] if isinstance(found, dict) else found
    return sum(row["FirstName"] == "Marta" for row in rows)


def hire(office: Office, *names: str) -> None:
    for number, name in enumerate(names):
        office.hire(replace(MARTA, first_name=name, date_of_birth=date(1991, 4, 3 + number), work_email=""))


def send_again(office: Office, page: RunPage) -> None:
    facade.decide_unknown(office.player.actor, created(page)[0].step_id, send_again=True)


def to_the_end(office: Office, page: RunPage) -> RunPage:
    """Let the worker come back as often as the run wants."""
    for _ in range(4):
        if page.summary.status is not RunStatus.PARKED:
            break
        office.clock.advance(minutes=11)
        page = office.again(page)
    return page


def test_a_lost_create_is_searched_twice_ten_minutes_apart_and_goes_again_only_once_a_person_has_said_so(
    at_work: Office,
) -> None:
    at_work.hire()
    at_work.fault("dropped", method="POST", count=1)
    page = at_work.sync(RunKind.EXPORT)
    assert page.summary.status is RunStatus.PARKED
    with pytest.raises(NotFound):
        send_again(at_work, page)
    at_work.clock.advance(minutes=5)
    assert at_work.again(page).summary.status is RunStatus.PARKED
    at_work.clock.advance(minutes=6)
    page = at_work.again(page)
    assert created(page)[0].needs_decision
    assert "step" not in at_work.preview(RunKind.EXPORT).item_counts
    send_again(at_work, page)
    assert at_work.sync(RunKind.EXPORT).summary.counts["applied"] == 1
    assert martas(at_work) == 1


def test_a_create_that_lands_after_400_seconds_is_adopted_by_the_second_search(at_work: Office) -> None:
    """Xero forgets a key after six minutes: sent again at once, and landing then, they would be two."""
    at_work.hire()
    at_work.fault("committed_late", method="POST", count=1, seconds=400)
    page = at_work.sync(RunKind.EXPORT)
    at_work.clock.advance(minutes=11)
    page = at_work.again(page)
    assert created(page)[0].status is StepStatus.APPLIED
    at_work.preview(RunKind.EXPORT)
    assert martas(at_work) == 1


def test_a_create_that_lands_after_both_searches_is_linked_by_the_next_run_and_nobody_is_asked_any_more(
    at_work: Office,
) -> None:
    at_work.hire()
    at_work.fault("committed_late", method="POST", count=1, seconds=1500)
    page = to_the_end(at_work, at_work.sync(RunKind.EXPORT))
    assert created(page)[0].needs_decision
    at_work.clock.advance(minutes=30)
    at_work.sync()
    item = created(at_work.page(page.summary.run_id))[0]
    assert (item.needs_decision, item.status) == (False, StepStatus.SKIPPED)
    assert martas(at_work) == 1
    assert "step" not in at_work.preview(RunKind.EXPORT).item_counts


def test_a_create_that_never_reached_xero_goes_out_again_at_once(at_work: Office) -> None:
    at_work.hire()
    with transport.through(Breaks(at_work, [("before", httpx2.ConnectTimeout("silence"))])):
        page = at_work.sync(RunKind.EXPORT)
    assert page.summary.status is RunStatus.DONE
    assert created(page)[0].status is StepStatus.APPLIED
    assert martas(at_work) == 1


def test_a_create_that_never_reached_xero_is_sent_once_xero_is_back(at_work: Office) -> None:
    at_work.hire()
    page = at_work.preview(RunKind.EXPORT)
    with transport.through(Breaks(at_work, [("before", httpx2.ConnectError("refused"))] * 2)):
        page = at_work.approve(page)
    assert page.summary.status is RunStatus.PARKED
    page = to_the_end(at_work, page)
    assert created(page)[0].status is StepStatus.APPLIED
    assert martas(at_work) == 1


@pytest.mark.parametrize("half", HALVES)
def test_a_create_that_took_too_long_is_searched_for_and_not_repeated(at_work: Office, half: str) -> None:
    at_work.hire()
    page = at_work.preview(RunKind.EXPORT)
    with transport.through(Breaks(at_work, [(half, httpx2.ReadTimeout("too long"))])):
        page = at_work.approve(page)
    page = to_the_end(at_work, page)
    assert created(page)[0].needs_decision is (half == "before")
    assert len(at_work.calls("POST")) == (half == "after")


def test_a_worker_that_died_before_its_call_leaves_one_question_and_the_others_go_on(
    at_work: Office, crash_at: dict[str, int]
) -> None:
    hire(at_work, "Marta", "Milan", "Mina")
    page = at_work.preview(RunKind.EXPORT)
    crash_at["after intent"] = 2
    with pytest.raises(Crash):
        at_work.approve(page)
    at_work.clock.advance(minutes=3)
    page = to_the_end(at_work, at_work.again(page))
    assert page.summary.status is RunStatus.DONE
    assert [item.needs_decision for item in created(page)].count(True) == 1
    assert len(at_work.theirs()) == 6 + 2


def test_after_three_lost_answers_nobody_more_is_sent_before_a_person_has_decided(at_work: Office) -> None:
    hire(at_work, "Marta", "Milan", "Mina", "Mirko", "Mila")
    at_work.fault("dropped", method="POST")
    page = to_the_end(at_work, at_work.sync(RunKind.EXPORT))
    assert page.summary.status is RunStatus.DONE
    assert [item.needs_decision for item in created(page)].count(True) == 3
    assert [item.status for item in created(page)].count(StepStatus.SKIPPED) == 2
    at_work.sandbox.control("DELETE", "faults")
    assert to_the_end(at_work, at_work.sync(RunKind.EXPORT)).summary.counts["skipped"] == 2
    assert len(at_work.calls("POST")) == 3


def test_lost_answers_of_people_who_are_found_in_xero_hold_nobody_up(at_work: Office) -> None:
    hire(at_work, "Marta", "Milan", "Mina", "Mirko", "Mila")
    at_work.fault("committed_but_lost", method="POST", count=3)
    page = at_work.sync(RunKind.EXPORT)
    assert page.summary.status is RunStatus.DONE
    assert page.summary.counts["applied"] == 5
    assert len(at_work.calls("POST")) == 5
