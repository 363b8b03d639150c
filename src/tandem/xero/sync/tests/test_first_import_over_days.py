"""A first import that is larger than a day's calls says when it is done, pauses, goes on by itself, and is done then."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from pytest_django.fixtures import Settings

from tandem.kernel import clock
from tandem.testing.cast import Cast, text_of
from tandem.testing.xero import Connect
from tandem.xero import facade
from tandem.xero.schedule import actions
from tandem.xero.sync.pages import Reach, RunPage, RunStatus
from tandem.xero.sync.records import RunKind
from tandem.xero.sync.tests.office import Office, office
from tandem_sandbox.testing import Sandbox

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]
PEOPLE, A_DAY = 60, 24


@pytest.fixture
def small_days(cast: Cast, sandbox: Sandbox, connected: Connect, settings: Settings) -> Iterator[Office]:
    """Sixty people behind twenty-four calls a day, at Tandem and at Xero."""
    with office(cast, sandbox, connected, employees=PEOPLE, imported=False) as found:
        settings.TANDEM = replace(settings.TANDEM, xero=replace(settings.TANDEM.xero, calls_per_day=A_DAY))
        sandbox.control("PATCH", "limits", {"day": A_DAY})
        yield found


def wait_and_go_on(at: Office, page: RunPage) -> RunPage:
    """Let the clock reach the time at which the run goes on by itself, and the schedule have its turn."""
    assert page.resume_at is not None
    at.clock.advance(seconds=max(0.0, (page.resume_at - clock.now()).total_seconds()))
    return at.again(page)


def test_it_is_done_on_the_day_it_said_and_reads_nobody_twice(small_days: Office) -> None:
    at, actor = small_days, small_days.player.actor
    foreseen = facade.foresee_whole_import(actor)
    assert foreseen is not None
    assert (foreseen.people, foreseen.days) == (PEOPLE, 5)
    form = unescape(text_of(at.player.client.get(at.player.url("runs/new/"))))
    assert "it takes 5 of Xero's days and is done by Friday 27 Nov" in form
    page = at.preview(RunKind.IMPORT, Reach.EVERYTHING)
    said, pauses = [page.progress.ends_at], 0
    shown = unescape(text_of(at.player.client.get(at.player.url(f"runs/{page.summary.run_id}/"))))
    assert "A run's calls to Xero are used up for today" in shown
    assert "It goes on by itself where it stopped. That is at 24 Nov 2026, 12:00." in shown
    assert "Its share of the day's calls is used up" in unescape(text_of(at.player.client.get(at.player.url("xero/"))))
    assert "done by Friday 27 Nov" in shown
    while page.summary.status is RunStatus.PARKED:
        assert page.stop_code == "must_wait_day"
        done, pauses = page.progress.done, pauses + 1
        page = wait_and_go_on(at, page)
        assert page.progress.done >= done
        said.append(page.progress.ends_at)
    assert page.summary.status is RunStatus.PLANNED
    page = at.approve(page)
    assert page.summary.status is RunStatus.DONE
    assert pauses == 4
    assert {moment.date() for moment in said[:-1] if moment} == {clock.now().date()} == {foreseen.ends_at.date()}
    assert all(abs(moment - clock.now()) < timedelta(minutes=30) for moment in said[:-1] if moment)
    assert len(at.ours()) >= PEOPLE
    details = [row["path"] for row in at.calls("GET") if "/Employees/" in row["path"]]
    assert len(details) == len(set(details)) == PEOPLE
    assert [row for row in at.calls() if row["status"] == 429] == []


def test_where_xeros_day_begins_at_another_hour_than_thought_it_is_done_earlier_and_never_later(
    small_days: Office,
) -> None:
    foreseen = facade.foresee_whole_import(small_days.player.actor)
    assert foreseen is not None
    page = small_days.preview(RunKind.IMPORT, Reach.EVERYTHING)
    while page.summary.status is RunStatus.PARKED:
        small_days.clock.advance(hours=4)
        page = small_days.again(page)
    assert page.summary.status is RunStatus.PLANNED
    assert clock.now() <= foreseen.ends_at + timedelta(hours=4)
    assert [row for row in small_days.sandbox.control("GET", "log") if row["status"] == 429] == []


def test_a_consent_and_a_check_have_their_calls_on_a_day_that_the_import_used_up(small_days: Office) -> None:
    page = small_days.preview(RunKind.IMPORT, Reach.EVERYTHING)
    assert page.stop_code == "must_wait_day"
    before = facade.call_spending(small_days.player.actor)
    assert before.today is not None
    assert before.today.total < A_DAY
    proved = facade.probe_now(small_days.player.actor)
    assert proved.lights[facade.Light.PAYROLL].is_proved
    actions.run_due()
    assert [row for row in small_days.calls() if row["status"] == 429] == []
