"""Runs, conflicts, matches and the gap report as a person reads them."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tandem.kernel import clock
from tandem.testing.cast import Cast, text_of
from tandem.testing.xero import AMIR, at_xero
from tandem.web.xero import present_runs
from tandem.xero import facade
from tandem.xero.connections.probes import probe_connection
from tandem.xero.facade import RunKind
from tandem.xero.schedule.actions import run_due
from tandem.xero.sync.tests.office import Office
from tandem_sandbox.testing import Sandbox

pytestmark = pytest.mark.unmeasured


def _get(at: Office, path: str) -> str:
    return text_of(at.player.client.get(at.player.url(path)))


def _post(at: Office, path: str, data: dict[str, str] | None = None) -> str:
    return text_of(at.player.client.post(at.player.url(path), data or {}, follow=True))


def _newest(at: Office) -> UUID:
    return facade.list_runs(at.player.actor)[0].run_id


def _preview(at: Office, **choices: str) -> str:
    """Press Preview, let the worker read, and return what the page says then."""
    _post(at, "runs/new/", {"kind": "both", "reach": "authority", **choices})
    run_due()
    return _get(at, f"runs/{_newest(at)}/")


def test_approving_what_takes_days_says_how_many_and_until_when(at_work: Office) -> None:
    page = replace(
        at_work.preview(), estimated_calls=3000, estimated_days=4, estimated_end=clock.now() + timedelta(days=3)
    )
    with timezone.override("Australia/Melbourne"):
        assert present_runs.cost(page) == (
            "At most 3,000 calls to Xero, over 4 of Xero's days, done by Thursday 26 Nov, about 12:05."
        )


def test_a_direction_must_be_chosen(at_work: Office) -> None:
    response = at_work.player.client.post(at_work.player.url("runs/new/"), {"kind": "sideways", "reach": "authority"})
    assert response.status_code == 422


def test_without_a_connection_a_preview_is_refused_in_words(cast: Cast) -> None:
    response = cast.alice.client.post(cast.alice.url("runs/new/"), {"kind": "both", "reach": "authority"})
    assert response.status_code == 422
    assert "Nothing was saved yet" in text_of(response)


def test_the_first_import_is_previewed_approved_and_seen(before_import: Office) -> None:
    preview = _preview(before_import, kind="import")
    assert "Nothing has been written." in preview
    assert "Will be added in Tandem" in preview
    assert "Rosa Byrne" in preview
    _post(before_import, f"runs/{_newest(before_import)}/approve/")
    run_due()
    assert "Done" in _get(before_import, f"runs/{_newest(before_import)}/")
    assert "Byrne, Rosa" in _get(before_import, "employees/")


def test_while_both_sides_are_read_the_page_shows_progress_and_asks_again(at_work: Office) -> None:
    _post(at_work, "runs/new/", {"kind": "both", "reach": "authority"})
    text = _get(at_work, f"runs/{_newest(at_work)}/")
    assert "Reading both sides" in text
    assert 'hx-trigger="every 2s"' in text
    assert "Reload the page to see how far it is." in text


def test_when_reading_is_over_htmx_is_told_to_fetch_the_whole_page(at_work: Office) -> None:
    _preview(at_work)
    address = at_work.player.url(f"runs/{_newest(at_work)}/")
    response = at_work.player.client.get(address, headers={"hx-request": "true"})
    assert response.headers["hx-refresh"] == "true"


def test_an_edit_here_is_previewed_field_by_field_and_reaches_xero(at_work: Office) -> None:
    at_work.edit(at_work.someone(), job_title="Head baker")
    preview = _preview(at_work, kind="export")
    assert "Will change in Xero" in preview
    assert "<ins>Head baker</ins>" in preview
    _post(at_work, f"runs/{_newest(at_work)}/approve/")
    run_due()
    assert at_work.theirs()["Alice Lang"]["JobTitle"] == "Head baker"


def test_a_cancelled_preview_writes_nothing(at_work: Office) -> None:
    at_work.edit(at_work.someone(), job_title="Head baker")
    _preview(at_work, kind="export")
    assert "The run was stopped." in _post(at_work, f"runs/{_newest(at_work)}/cancel/")
    run_due()
    assert at_work.theirs()["Alice Lang"].get("JobTitle") != "Head baker"


def test_approving_twice_is_told_and_harmless(at_work: Office) -> None:
    at_work.edit(at_work.someone(), job_title="Head baker")
    _preview(at_work, kind="export")
    _post(at_work, f"runs/{_newest(at_work)}/approve/")
    run_due()
    assert at_work.player.client.post(at_work.player.url(f"runs/{_newest(at_work)}/approve/")).status_code == 302
    run_due()
    assert len(at_work.calls("POST")) == 1


def test_when_both_sides_agree_there_is_nothing_to_approve(at_work: Office) -> None:
    text = _preview(at_work)
    assert "Both sides agree" in text
    assert "Approve and start" not in text


def test_one_person_alone_can_be_previewed_from_their_record(at_work: Office) -> None:
    someone = at_work.someone()
    assert f"?employee={someone.employee_id}" in _get(at_work, f"employees/{someone.employee_id}/xero/")
    at_work.edit(someone, job_title="Head baker")
    at_work.edit(at_work.ours()["Rosa Byrne"], job_title="Bookkeeper")
    preview = _preview(at_work, kind="export", employee=str(someone.employee_id))
    assert "Head baker" in preview
    assert "Bookkeeper" not in preview


def test_a_record_says_what_of_it_waits_for_xero(at_work: Office) -> None:
    someone = at_work.someone()
    at_work.edit(someone, job_title="Head baker")
    text = _get(at_work, f"employees/{someone.employee_id}/xero/")
    assert "Linked" in text
    assert "<ins>Head baker</ins>" in text
    assert "Undo the link" in text
    assert "<dt>Last read</dt><dd>Never</dd>" not in text, "the first import read everybody"
    assert "Head baker" in _get(at_work, "xero/")


def _conflict(at: Office) -> UUID:
    at.edit(at.someone(), job_title="Head baker")
    at.edit_in_xero("Alice Lang", JobTitle="Shop manager")
    at.preview()
    return facade.list_conflicts(at.player.actor)[0].conflict_id


def test_a_field_that_both_changed_waits_for_a_person_and_the_decision_is_carried_out(at_work: Office) -> None:
    conflict_id = _conflict(at_work)
    text = _get(at_work, "conflicts/")
    assert "Alice Lang: Job title" in text
    assert "Head baker" in text
    assert "Shop manager" in text
    said = _post(at_work, "conflicts/decide/", {f"conflict-{conflict_id}": "xero"})
    assert "1 decision was saved." in said
    at_work.sync()
    assert at_work.someone().job_title == "Shop manager"


def test_a_conflict_left_open_stays_open(at_work: Office) -> None:
    _conflict(at_work)
    _post(at_work, "conflicts/decide/")
    assert "Alice Lang: Job title" in _get(at_work, "conflicts/")
    assert "1 conflict waits for a decision." in _get(at_work, "")


def test_a_field_is_decided_for_everybody_and_the_number_of_open_conflicts_stands_there_before(at_work: Office) -> None:
    _conflict(at_work)
    assert "Always for this field" in _get(at_work, "conflicts/")
    here = "conflicts/always/?field=job_title"
    assert "1 open conflict of this field now." in _get(at_work, here)
    said = _post(at_work, here, {"keep": "xero", "why": "kept_there", "with_open": "on", "seen": "1"})
    assert "Job title is decided for everybody. 1 open conflict was decided with it." in said
    _post(at_work, "runs/new/", {"kind": "both", "reach": "authority"})
    run_due()
    assert "this field is decided for everybody" in _get(at_work, f"runs/{_newest(at_work)}/")
    facade.approve_run(at_work.player.actor, _newest(at_work))
    run_due()
    assert "this field is decided for everybody" in _get(at_work, "runs/history/")
    assert "Why: This field is looked after on that side" in _get(at_work, "xero/timeline/")
    assert "Decided for everybody" in _get(at_work, "account/details/integration/")
    said = _post(at_work, "conflicts/always/take-back/", {"field": "job_title"})
    assert "It was taken back." in said
    assert "Decided for everybody" not in said
    assert "taken back already" in _post(at_work, "conflicts/always/take-back/", {"field": "job_title"})


def test_a_decision_for_everybody_that_was_sent_wrong_comes_back_as_typed(at_work: Office) -> None:
    _conflict(at_work)
    address = at_work.player.url("conflicts/always/?field=job_title")
    wrong = at_work.player.client.post(address, {"keep": "hr", "with_open": "on", "seen": "1"})
    assert wrong.status_code == 422
    assert "Say why this side is always kept." in text_of(wrong)
    data = {"keep": "hr", "why": "kept_there", "with_open": "on", "seen": "0"}
    more = at_work.player.client.post(address, data)
    assert more.status_code == 422
    assert "Open conflicts of this field now: 1, not 0." in text_of(more)
    assert 'name="seen" value="1"' in more.content.decode()
    assert facade.list_standing(at_work.player.actor) == []


def test_after_a_reconnect_the_gap_report_must_be_approved(at_work: Office, sandbox: Sandbox) -> None:
    sandbox.control("POST", "events", {"kind": "remove_user", "user": "rosa.byrne@example.com"})
    probe_connection(at_work.player.account.account_id, anyway=True)
    at_work.clock.advance(hours=5)
    at_work.edit_in_xero("Alice Lang", JobTitle="Shop manager")
    address = at_work.player.client.post(at_work.player.url("xero/reconnect/")).headers["location"]
    params = at_xero(sandbox, address, user=AMIR)
    at_work.player.client.get("/xero/callback", params)
    not_yet = _get(at_work, "gap-report/")
    assert "Tandem is about to read both sides; the report appears here." in not_yet
    assert "No gap" not in not_yet
    run_due()
    text = _get(at_work, "gap-report/")
    assert "Changed in Xero, will come here" in text
    assert "<ins>Shop manager</ins>" in text
    assert "The gap report waits for your approval." in _get(at_work, "")
    assert "The gap report was approved." in _post(at_work, "gap-report/")
    run_due()
    assert at_work.someone().job_title == "Shop manager"
    assert "No gap" in _get(at_work, "gap-report/")


def test_without_a_gap_there_is_nothing_to_approve(at_work: Office) -> None:
    assert "No gap" in _get(at_work, "gap-report/")
    assert at_work.player.client.post(at_work.player.url("gap-report/")).status_code == 200


def test_a_run_of_another_account_is_nowhere(at_work: Office, cast: Cast) -> None:
    at_work.preview(RunKind.IMPORT)
    run_id = _newest(at_work)
    assert cast.charlie.client.get(f"/a/second-street/runs/{run_id}/").status_code == 404
    response = cast.charlie.client.post(f"/a/second-street/runs/{run_id}/approve/", follow=True)
    assert "There is no such run" in text_of(response) or response.status_code == 404


@pytest.mark.parametrize("query", ["page=0", "page=x", "page=99999", "show=nonsense"])
def test_nonsense_in_the_address_of_a_run_is_no_error(at_work: Office, query: str) -> None:
    at_work.preview(RunKind.IMPORT)
    assert at_work.player.client.get(at_work.player.url(f"runs/{_newest(at_work)}/?{query}")).status_code == 200


@pytest.mark.parametrize("path", ["runs/", "matches/", "conflicts/"])
def test_longer_lists_take_no_more_queries(at_work: Office, path: str) -> None:
    with CaptureQueriesContext(database) as short:
        _get(at_work, path)
    for number in range(3):
        at_work.edit(at_work.someone(), job_title=f"Baker {number}")
        at_work.sync(RunKind.EXPORT)
    with CaptureQueriesContext(database) as long:
        _get(at_work, path)
    assert len(long) == len(short)
