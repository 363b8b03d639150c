"""The undo of a run as a person presses it, as a program asks for it, and from the command line."""

import json
from datetime import timedelta
from uuid import UUID

from allauth.mfa.totp.internal.auth import TOTP
from click.testing import CliRunner

from tandem.access.roles import Role
from tandem.api.tests.caller import program_of
from tandem.cli.sync import sync
from tandem.testing.cast import TOTP_SECRET, Cast, join, text_of
from tandem.xero import facade
from tandem.xero.facade import RunKind
from tandem.xero.schedule.actions import run_due
from tandem.xero.sync.tests.office import Office
from tandem.xero.sync.undo_rules import WINDOW

NEW = "0491 570 110"


def _get(at: Office, path: str) -> str:
    return text_of(at.player.client.get(at.player.url(path)))


def _post(at: Office, path: str) -> str:
    return text_of(at.player.client.post(at.player.url(path), {}, follow=True))


def _run(at: Office) -> UUID:
    at.edit_in_xero("Alice Lang", Mobile=NEW)
    page = at.sync(RunKind.IMPORT)
    at.clock.advance(minutes=5)
    return page.summary.run_id


def test_the_undo_of_an_import_says_of_whom_it_added_that_the_record_goes_whole(at_work: Office) -> None:
    first = facade.list_runs(at_work.player.actor)[-1].run_id
    _post(at_work, f"runs/{first}/undo/")
    run_due()
    preview = _get(at_work, f"runs/{facade.list_runs(at_work.player.actor)[0].run_id}/")
    assert "Will go to the recycle bin in Tandem" in preview
    assert "<ins>in the recycle bin</ins>" in preview
    assert "Home address" not in preview


def test_a_run_is_undone_from_its_page_after_a_preview_and_the_two_are_linked(at_work: Office) -> None:
    before, run_id = at_work.someone().mobile, _run(at_work)
    assert "Undo this run" in _get(at_work, f"runs/{run_id}/")
    _post(at_work, f"runs/{run_id}/undo/")
    run_due()
    undo_id = facade.list_runs(at_work.player.actor)[0].run_id
    preview = _get(at_work, f"runs/{undo_id}/")
    assert "Undo of an earlier run" in preview
    assert "Will be put back in Tandem" in preview
    assert f"<ins>{before}</ins>" in preview
    assert f"runs/{run_id}/" in preview
    assert "An undo of this run has begun." in _post(at_work, f"runs/{run_id}/undo/")
    _post(at_work, f"runs/{undo_id}/approve/")
    run_due()
    assert "Put back in Tandem: Mobile" in _get(at_work, f"runs/{undo_id}/")
    assert "A run was undone here." in _get(at_work, "conflicts/")
    page = _get(at_work, f"runs/{run_id}/")
    assert "This run was undone." in page
    assert f"runs/{undo_id}/" in page
    assert "disabled" in page
    assert "1 done. Undone since." in _get(at_work, "runs/")
    assert at_work.someone().mobile == before


def test_a_page_says_why_there_is_no_undo_and_shows_no_button_to_who_may_not(at_work: Office, cast: Cast) -> None:
    run_id = _run(at_work)
    ken = join(cast.alice.account, "Ken Ito", Role.PAYROLL_TAB)
    TOTP.activate(ken.user, TOTP_SECRET)
    page = text_of(ken.client.get(ken.url(f"runs/{run_id}/")))
    assert "Whoever may manage the integration can undo this run." in page
    assert f"runs/{run_id}/undo/" not in page
    at_work.clock.advance(seconds=WINDOW / timedelta(seconds=1))
    page = _get(at_work, f"runs/{run_id}/")
    assert "ended more than 14 days ago" in page
    assert f"runs/{run_id}/undo/" not in page


def test_a_program_and_a_command_undo_a_run_too(at_work: Office) -> None:
    before, run_id = at_work.someone().mobile, _run(at_work)
    slug = at_work.player.account.slug
    looked = CliRunner().invoke(sync, ["undo", "--account", slug, "--run", str(run_id), "--look"])
    assert "Put back in Tandem: Mobile" in looked.output
    assert at_work.someone().mobile == NEW
    at_work.clock.advance(minutes=5)
    program = program_of(at_work.player)
    facade.cancel_run(at_work.player.actor, facade.list_runs(at_work.player.actor)[0].run_id)
    begun = program.call("POST", f"runs/{run_id}/undo")
    assert (begun.status, begun.body["undoes"]) == (202, str(run_id))
    assert program.call("POST", f"runs/{run_id}/undo").status in (409, 422)
    run_due()
    assert program.call("GET", f"runs/{begun.body['run_id']}").body["items"][0]["fields"] == ["mobile"]
    facade.cancel_run(at_work.player.actor, UUID(begun.body["run_id"]))
    done = CliRunner().invoke(sync, ["undo", "--account", slug, "--run", str(run_id), "--json"])
    assert (done.exit_code, json.loads(done.output)["undo"]["undoes"]) == (0, str(run_id))
    assert at_work.someone().mobile == before
    assert program.call("GET", f"runs/{run_id}").body["can_undo"] is False
