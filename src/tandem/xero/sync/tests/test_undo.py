"""An undo from end to end: what goes back on both sides, what is left, what no later run does, and crashes on the way."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from tandem.access.models import Membership
from tandem.kernel.errors import Invalid, NotFound, NotPermitted
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scope
from tandem.people.actions import restore_employee
from tandem.people.records import EmployeeStatus
from tandem.people.selectors import list_deleted
from tandem.testing.cast import Cast
from tandem.xero import facade
from tandem.xero.facade import ItemKind, Reach, RunKind, RunPage, RunStatus, Side, StepStatus
from tandem.xero.schedule import actions
from tandem.xero.sync.tests.office import Authority, Office
from tandem.xero.sync.tests.test_exactly_once import Crash, crash_at
from tandem.xero.sync.undo_rules import BEING_UNDONE, IS_AN_UNDO, NOTHING_WRITTEN, STILL_GOING, TOO_OLD, UNDONE, WINDOW

__all__ = ["crash_at"]

pytestmark = pytest.mark.usefixtures("real_db")
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


def test_every_touched_field_is_as_it_was_on_the_side_it_was_written_to(at_work: Office) -> None:
    ours, theirs = at_work.ours(), at_work.theirs()
    run = both_ways(at_work)
    page = undo(at_work, run)
    assert page.summary.status is RunStatus.DONE
    assert page.summary.counts["applied"] == 2
    assert at_work.someone().mobile == ours[ALICE].mobile
    assert at_work.theirs()[ROSA].get("JobTitle", "") == theirs[ROSA].get("JobTitle", "")
    assert at_work.theirs()[ALICE]["Mobile"] == NEW
    assert at_work.ours()[ROSA].job_title == "Head baker"
    assert (page.undo.undoes, page.summary.undoes) == (run.summary.run_id, run.summary.run_id)
    assert at_work.page(run.summary.run_id).undo.undone_by == page.summary.run_id


def test_no_later_run_redoes_it_or_carries_it_across(at_work: Office) -> None:
    at_work.choose(auto_import=True, auto_export=True, authority=Authority.XERO)
    before = at_work.someone().mobile
    undo(at_work, both_ways(at_work))
    for page in (at_work.automatic(), at_work.sync(RunKind.IMPORT, Reach.EVERYTHING)):
        assert page.summary.status is RunStatus.DONE
        assert "applied" not in page.summary.counts
    assert at_work.someone().mobile == before
    assert at_work.theirs()[ALICE]["Mobile"] == NEW
    assert {one.field for one in facade.list_conflicts(at_work.player.actor)} == {"mobile", "job_title"}


def test_a_person_decides_at_once_which_value_stays_and_the_next_run_does_it(at_work: Office) -> None:
    before = at_work.someone().mobile
    undo(at_work, both_ways(at_work))
    mobile, title = sorted(facade.list_conflicts(at_work.player.actor), key=lambda one: one.field, reverse=True)[:2]
    assert (mobile.ours, mobile.theirs, mobile.last_agreed) == (before, NEW, before)
    assert "undone" in mobile.reason
    facade.decide_conflict(at_work.player.actor, mobile.conflict_id, keep=Side.HR)
    facade.decide_conflict(at_work.player.actor, title.conflict_id, keep=Side.HR)
    at_work.clock.advance(minutes=5)
    assert at_work.sync().summary.counts["applied"] == 2
    assert at_work.theirs()[ALICE]["Mobile"] == before
    assert at_work.theirs()[ROSA]["JobTitle"] == "Head baker"
    at_work.clock.advance(minutes=5)
    at_work.edit_in_xero(ALICE, Mobile=NEWER)
    at_work.sync()
    assert at_work.someone().mobile == NEWER


def test_what_was_changed_since_is_left_and_named_with_who_and_when(at_work: Office, cast: Cast) -> None:
    run = both_ways(at_work)
    at_work.edit(at_work.someone(), mobile=NEWER)
    at_work.edit_in_xero(ROSA, JobTitle="Manager")
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


def test_an_undo_goes_stale_when_a_side_moved_after_its_preview(at_work: Office) -> None:
    page = preview_undo(at_work, both_ways(at_work))
    at_work.edit_in_xero(ROSA, JobTitle="Manager")
    assert at_work.approve(page).summary.status is RunStatus.STALE
    assert at_work.theirs()[ROSA]["JobTitle"] == "Manager"


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
    again = before_import.sync(RunKind.IMPORT, Reach.EVERYTHING)
    assert added.isdisjoint(before_import.ours())
    assert "hr_create" not in again.summary.counts
    binned = next(one for one in list_deleted(before_import.player.actor) if one.full_name == ROSA)
    restore_employee(before_import.player.actor, employee_id=binned.employee_id)
    assert ROSA in before_import.ours()
    assert ROSA not in {item.person for item in before_import.preview().items if item.kind is ItemKind.STEP}


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


def test_who_was_added_to_xero_is_named_before_the_run_and_left_by_its_undo(at_work: Office) -> None:
    at_work.hire()
    page = at_work.preview(RunKind.EXPORT)
    (item,) = [item for item in page.items if item.kind is ItemKind.STEP]
    assert (item.can_be_undone, page.irreversible) == (False, 1)
    run = at_work.approve(page)
    at_work.clock.advance(minutes=5)
    found = preview_undo(at_work, run)
    assert "step" not in found.item_counts
    assert left(found) == [
        "Xero has no way to delete an employee. Who is not to be paid there has to be terminated in Xero by hand."
    ]


def test_why_a_run_cannot_be_undone_is_one_sentence(at_work: Office) -> None:
    actor = at_work.player.actor

    def refused(page: RunPage) -> str:
        shown = at_work.page(page.summary.run_id)
        with pytest.raises(Invalid) as refusal:
            facade.preview_undo(actor, page.summary.run_id)
        assert not shown.can_undo
        assert refusal.value.problems[0].message == shown.undo.why_not
        return shown.undo.why_not

    waiting = at_work.preview()
    assert refused(waiting) == STILL_GOING
    assert refused(at_work.approve(waiting)) == NOTHING_WRITTEN
    run = both_ways(at_work)
    shown = preview_undo(at_work, run)
    assert refused(run) == BEING_UNDONE
    at_work.approve(shown)
    assert refused(run) == UNDONE
    assert refused(shown) == IS_AN_UNDO
    oldest = at_work.page(facade.list_runs(actor)[-1].run_id)
    assert oldest.can_undo
    at_work.clock.advance(seconds=WINDOW / timedelta(seconds=1))
    assert refused(oldest) == TOO_OLD


def test_only_who_may_manage_the_integration_of_this_account_undoes(at_work: Office, cast: Cast) -> None:
    run = both_ways(at_work)
    with pytest.raises(NotPermitted):
        facade.preview_undo(cast.bob.actor, run.summary.run_id)
    with pytest.raises(NotFound):
        facade.preview_undo(cast.charlie.actor, run.summary.run_id)
    with pytest.raises(NotFound):
        facade.preview_undo(cast.alice.actor, uuid4())
    reader = replace(cast.alice.actor, permissions=frozenset({Permission.VIEW_INTEGRATION}))
    assert not facade.get_run(reader, run.summary.run_id).can_undo


@pytest.mark.unmeasured
@pytest.mark.parametrize("boundary", ["hr batch written", "after intent", "after call"])
def test_a_crash_at_any_boundary_neither_loses_nor_doubles_an_undo(
    at_work: Office, crash_at: dict[str, int], boundary: str
) -> None:
    before = at_work.someone().mobile, at_work.theirs()[ROSA].get("JobTitle", "")
    page = preview_undo(at_work, both_ways(at_work))
    at_work.forget_calls()
    facade.approve_run(at_work.player.actor, page.summary.run_id)
    crash_at[boundary] = 1
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
