"""An undo from end to end: what goes back on both sides, what is left, what no later run does, and crashes on the way."""

from dataclasses import replace

import pytest

from tandem.access.models import Membership
from tandem.kernel.errors import Invalid, NotFound, NotPermitted
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scope
from tandem.people.records import EmployeeStatus
from tandem.testing.cast import Cast
from tandem.xero import facade
from tandem.xero.facade import ItemKind, Reach, RunKind, RunPage, RunStatus, Side, StepStatus
from tandem.xero.schedule import actions
from tandem.xero.sync.tests.office import Authority, Crash, Office
from tandem.xero.sync.undo_rules import STILL_GOING

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]
ALICE, ISLA, ROSA = "Alice Lang", "Isla Ito", "Rosa Byrne"
NEW, NEWER = "0491 570 110", "0491 570 313"


def preview_undo(office: Office, page: RunPage) -> RunPage:
    undo_id = facade.preview_undo(office.player.actor, page.summary.run_id)
    actions.run_due()
    return office.page(undo_id)


def undo(office: Office, page: RunPage) -> RunPage:
    done = office.approve(preview_undo(office, page))
    office.clock.advance(minutes=5)
    return done


def both_ways(office: Office) -> RunPage:
    """Carry a mobile number from Xero to Tandem and a job title from Tandem to Xero."""
    office.edit_in_xero(ALICE, Mobile=NEW)
    office.edit(office.ours()[ROSA], job_title="Head baker")
    page = office.sync()
    office.clock.advance(minutes=5)
    return page


def left(page: RunPage) -> list[str]:
    return [item.sentence for item in page.items if item.kind is ItemKind.SKIP]


def test_every_touched_field_goes_back_on_its_side_and_no_run_redoes_it_before_a_person_decides(
    at_work: Office,
) -> None:
    at_work.choose(auto_import=True, auto_export=True)
    ours, theirs = at_work.ours(), at_work.theirs()
    at_work.edit(ours[ISLA], mobile=NEW)
    at_work.edit_in_xero(ISLA, Mobile=NEWER)
    run = both_ways(at_work)
    at_work.choose(authority=Authority.XERO)
    page = undo(at_work, run)
    assert (page.summary.status, page.summary.counts["applied"]) == (RunStatus.DONE, 2)
    assert (page.undo.undoes, page.summary.undoes) == (run.summary.run_id, run.summary.run_id)
    assert at_work.page(run.summary.run_id).undo.undone_by == page.summary.run_id
    conflicts = {one.person: one for one in facade.list_conflicts(at_work.player.actor)}
    assert set(conflicts) == {ALICE, ISLA, ROSA}
    mobile = conflicts[ALICE]
    assert (mobile.ours, mobile.theirs, mobile.last_agreed) == (ours[ALICE].mobile, NEW, ours[ALICE].mobile)
    assert "undone" in mobile.reason
    assert at_work.automatic().summary.status is RunStatus.DONE
    assert at_work.someone().mobile == ours[ALICE].mobile
    assert at_work.theirs()[ALICE]["Mobile"] == NEW
    assert at_work.theirs()[ROSA]["JobTitle"] == theirs[ROSA]["JobTitle"]
    assert at_work.ours()[ROSA].job_title == "Head baker"
    for name in (ALICE, ROSA):
        facade.decide_conflict(at_work.player.actor, conflicts[name].conflict_id, keep=Side.HR)
    assert at_work.automatic().summary.counts["applied"] == 2
    assert at_work.theirs()[ALICE]["Mobile"] == ours[ALICE].mobile
    assert at_work.theirs()[ROSA]["JobTitle"] == "Head baker"
    at_work.edit_in_xero(ALICE, Mobile=NEWER)
    at_work.automatic()
    assert at_work.someone().mobile == NEWER


def test_what_was_changed_since_is_left_and_named_and_makes_an_older_preview_stale(at_work: Office, cast: Cast) -> None:
    run = both_ways(at_work)
    stale = preview_undo(at_work, run)
    at_work.edit(at_work.someone(), mobile=NEWER)
    at_work.edit_in_xero(ROSA, JobTitle="Manager")
    assert at_work.approve(stale).summary.status is RunStatus.STALE
    page = preview_undo(at_work, run)
    assert page.item_counts == {"skip": 2, "skip_planned": 2}
    sentences = " ".join(left(page))
    assert "Mobile: Changed in Tandem since, on 23 Nov 2026" in sentences
    assert f"That was {cast.alice.user.name}." in sentences
    assert "Job title: Changed in Xero since, on 23 Nov 2026" in sentences
    officer = replace(cast.alice.actor, permissions=frozenset({Permission.VIEW_INTEGRATION}))
    assert cast.alice.user.name not in repr(facade.get_run(officer, page.summary.run_id))
    at_work.approve(page)
    assert (at_work.someone().mobile, at_work.theirs()[ROSA]["JobTitle"]) == (NEWER, "Manager")


def test_a_person_added_to_tandem_goes_to_the_bin_and_no_run_adds_them_again(before_import: Office, cast: Cast) -> None:
    run = before_import.sync(RunKind.IMPORT, Reach.EVERYTHING)
    before_import.clock.advance(minutes=5)
    before_import.edit(before_import.ours()[ALICE], mobile=NEWER)
    with scope(before_import.player.actor.account_id):
        signs_in = before_import.ours()[ISLA].employee_id
        Membership.objects.filter(user_id=cast.bob.user.id).update(employee_id=signs_in)
    page = undo(before_import, run)
    added = {name for name in before_import.theirs() if name not in (ALICE, ISLA)}
    assert added.isdisjoint(before_import.ours())
    assert {ALICE, ISLA} <= set(before_import.ours())
    assert page.summary.counts["hr_remove"] == page.summary.counts["applied"] == len(added)
    again = before_import.sync(RunKind.IMPORT)
    assert added.isdisjoint(before_import.ours())
    assert "hr_create" not in again.summary.counts


def test_an_end_that_came_from_xero_is_lifted_with_the_access_it_ended(at_work: Office, cast: Cast) -> None:
    account_id = at_work.player.actor.account_id
    with scope(account_id):
        Membership.objects.filter(user_id=cast.bob.user.id).update(employee_id=at_work.someone().employee_id)
    at_work.edit_in_xero(ALICE, TerminationDate="2026-11-20", TerminationReason="V")
    run = at_work.sync()
    assert at_work.someone().status is EmployeeStatus.TERMINATED
    undo(at_work, run)
    assert at_work.someone().status is EmployeeStatus.CURRENT
    with scope(account_id):
        assert Membership.objects.get(user_id=cast.bob.user.id).is_active
    assert [one.field for one in facade.list_conflicts(at_work.player.actor)] == ["termination"]


def test_who_was_added_to_xero_is_named_before_the_run_and_left_by_its_undo(at_work: Office, cast: Cast) -> None:
    at_work.hire()
    waiting = at_work.preview(RunKind.EXPORT)
    (item,) = [item for item in waiting.items if item.kind is ItemKind.STEP]
    assert (item.can_be_undone, waiting.irreversible) == (False, 1)
    with pytest.raises(Invalid) as refusal:
        facade.preview_undo(cast.alice.actor, waiting.summary.run_id)
    assert refusal.value.problems[0].message == waiting.undo.why_not == STILL_GOING
    run = at_work.approve(waiting)
    at_work.clock.advance(minutes=5)
    found = preview_undo(at_work, run)
    assert "step" not in found.item_counts
    assert left(found) == [
        "Xero has no way to delete an employee. Who is not to be paid there has to be terminated in Xero by hand."
    ]
    for player, refused in ((cast.bob, NotPermitted), (cast.charlie, NotFound)):
        with pytest.raises(refused):
            facade.preview_undo(player.actor, run.summary.run_id)


def test_a_crash_in_the_middle_neither_loses_nor_doubles_an_undo(at_work: Office, crash_at: dict[str, int]) -> None:
    before = at_work.someone().mobile, at_work.theirs()[ROSA].get("JobTitle", "")
    page = preview_undo(at_work, both_ways(at_work))
    at_work.forget_calls()
    facade.approve_run(at_work.player.actor, page.summary.run_id)
    crash_at["hr batch written"] = 1
    with pytest.raises(Crash):
        actions.run_due()
    at_work.clock.advance(minutes=11)
    assert at_work.again(page).summary.status is RunStatus.DONE
    assert (at_work.someone().mobile, at_work.theirs()[ROSA].get("JobTitle", "")) == before
    assert len({call["idempotency_key"] for call in at_work.calls("POST")}) == 1
    assert len(facade.list_conflicts(at_work.player.actor)) == 2


def test_an_unconfirmed_write_of_an_undo_that_was_given_up_is_still_held_once_a_later_run_finds_out(
    at_work: Office, crash_at: dict[str, int]
) -> None:
    page = preview_undo(at_work, both_ways(at_work))
    facade.approve_run(at_work.player.actor, page.summary.run_id)
    crash_at["after call"] = 1
    with pytest.raises(Crash):
        actions.run_due()
    facade.cancel_run(at_work.player.actor, page.summary.run_id)
    at_work.clock.advance(minutes=11)
    later = at_work.sync()
    assert "applied" not in later.summary.counts
    assert at_work.page(page.summary.run_id).items[-1].status is StepStatus.APPLIED
    assert {one.field for one in facade.list_conflicts(at_work.player.actor)} == {"mobile", "job_title"}
