"""Two records of one person: what survives, the link, the way back; and nothing half done."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from tandem.flows import merging
from tandem.flows.people import delete_record, restore_record
from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, NotFound, NotPermitted
from tandem.kernel.permissions import Permission
from tandem.people.actions import terminate_employee
from tandem.people.errors import ChangedMeanwhile, EmployeeNotFound
from tandem.people.leave import ask_leave, list_leave
from tandem.people.merge_rules import Origin
from tandem.people.records import EmployeeRecord, TerminationReason
from tandem.people.selectors import get_employee, list_deleted
from tandem.people.tests.test_leave_requests import wanted
from tandem.testing.cast import Cast
from tandem.timeline.events import Event
from tandem.timeline.selectors import list_entries
from tandem.xero import facade
from tandem.xero.sync.pages import Reach
from tandem.xero.sync.preferences import TerminationFlow
from tandem.xero.sync.records import RunKind
from tandem.xero.sync.tests.office import MARTA, Office

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]


def double(at: Office) -> EmployeeRecord:
    """Put a linked person on record a second time, with another job and a title that the first lacks."""
    first = at.someone()
    details = replace(
        MARTA, first_name="Alice", last_name="Lang", date_of_birth=first.date_of_birth, job_title="Head baker"
    )
    return at.hire(replace(details, title="Dr", mobile=""))


def merge(at: Office, kept: EmployeeRecord, other: EmployeeRecord, **chosen: Origin) -> UUID:
    return merging.merge(
        at.player.actor,
        kept_id=kept.employee_id,
        other_id=other.employee_id,
        chosen=chosen,
        seen=(kept.revision, other.revision),
    )


def payroll(at: Office) -> Actor:
    """Return the same person, with the role for payroll too."""
    actor = at.player.actor
    return replace(actor, permissions=actor.permissions | {Permission.VIEW_PAYROLL, Permission.EDIT_PAYROLL})


def linked(at: Office, record: EmployeeRecord) -> bool:
    return bool(facade.list_matches(at.player.actor, employee_id=record.employee_id))


def test_a_person_on_record_twice_is_shown_with_whom_they_are_linked_to(at_work: Office) -> None:
    first, second = at_work.someone(), double(at_work)
    page = facade.duplicates.list_duplicates(at_work.player.actor)
    ((why, group),) = page.ours
    assert why == "Same name and date of birth."
    assert {one.record.employee_id: one.is_linked for one in group} == {
        first.employee_id: True,
        second.employee_id: False,
    }
    assert (page.here, page.in_xero) == (1, 0)


def test_a_person_twice_in_xero_is_shown_and_which_of_the_two_is_linked(at_work: Office) -> None:
    person = at_work.theirs()["Alice Lang"]
    fields = {name: person[name] for name in ("FirstName", "LastName", "HomeAddress")}
    born = date.fromisoformat(str(person["DateOfBirth"])[:10]).isoformat()
    event = {"kind": "create_employee", "organisation": at_work.organisation_id}
    at_work.sandbox.control("POST", "events", {**event, "fields": {**fields, "DateOfBirth": born}})
    at_work.clock.advance(minutes=5)
    at_work.preview(RunKind.IMPORT, Reach.EVERYTHING)
    ((why, group),) = facade.duplicates.list_duplicates(at_work.player.actor).theirs
    assert why == "Same name and date of birth."
    assert sorted(one.linked_to for one in group) == ["", "Alice Lang"]


def test_the_kept_record_takes_what_it_lacks_and_what_was_chosen_and_keeps_its_link(at_work: Office) -> None:
    kept, other = at_work.ours()["Rosa Byrne"], double(at_work)
    merge(at_work, kept, other, job_title=Origin.OTHER, first_name=Origin.KEPT)
    after = get_employee(at_work.player.actor, employee_id=kept.employee_id)
    assert (after.title, after.job_title, after.first_name) == (kept.title or "Dr", "Head baker", "Rosa")
    assert (after.employee_number, after.mobile) == (kept.employee_number, kept.mobile)
    assert linked(at_work, kept)
    assert [row.employee_id for row in list_deleted(at_work.player.actor)] == [other.employee_id]
    entry = next(
        one for one in list_entries(at_work.player.actor, limit=20) if one.event == Event.EMPLOYEES_MERGED.value
    )
    assert "Head baker" not in str(entry.facts)


def test_the_link_of_the_record_that_is_put_away_moves_and_nobody_is_added_or_lost(at_work: Office) -> None:
    other, kept = at_work.someone(), double(at_work)
    preview = merging.preview_merge(at_work.player.actor, kept_id=kept.employee_id, other_id=other.employee_id)
    assert (preview.link_moves, preview.obstacle) == (True, "")
    merge(at_work, kept, other)
    assert linked(at_work, kept)
    assert not linked(at_work, other)
    at_work.clock.advance(minutes=5)
    at_work.sync()
    assert len(at_work.theirs()) == 6
    assert len(at_work.ours()) == 7


def test_an_undone_merge_puts_both_records_and_the_link_back(at_work: Office) -> None:
    other, kept = at_work.someone(), double(at_work)
    merge_id = merge(at_work, kept, other, job_title=Origin.OTHER)
    merged = get_employee(at_work.player.actor, employee_id=kept.employee_id)
    at_work.edit(merged, mobile="0491 570 110")
    left = merging.undo_merge(at_work.player.actor, merge_id)
    after = get_employee(at_work.player.actor, employee_id=kept.employee_id)
    assert (after.title, after.job_title, after.mobile) == (kept.title, kept.job_title, "0491 570 110")
    assert left == ("mobile",)
    assert linked(at_work, other)
    assert not linked(at_work, kept)
    assert list_deleted(at_work.player.actor) == []
    with pytest.raises(NotFound):
        merging.undo_merge(at_work.player.actor, merge_id)
    assert merge(at_work, after, get_employee(at_work.player.actor, employee_id=other.employee_id)) != merge_id


def test_a_link_that_moves_ends_no_employment_and_clears_no_payroll_in_xero(at_work: Office) -> None:
    other, kept, actor = at_work.someone(), double(at_work), at_work.player.actor
    at_work.choose(termination=TerminationFlow.BOTH)
    reason = TerminationReason.VOLUNTARY
    kept = terminate_employee(actor, employee_id=kept.employee_id, termination_on=date(2026, 11, 10), reason=reason)
    before = at_work.theirs()["Alice Lang"]
    assert before["BankAccounts"]
    merge(at_work, kept, other)
    at_work.clock.advance(minutes=5)
    at_work.sync()
    after = at_work.theirs()["Alice Lang"]
    assert not after.get("TerminationDate")
    assert after["BankAccounts"] == before["BankAccounts"]
    assert "Termination" in [one.label for one in facade.list_conflicts(actor)]


def test_leave_follows_its_person_and_goes_back_with_the_undo(at_work: Office) -> None:
    kept, other, actor = at_work.someone(), double(at_work), payroll(at_work)
    asked = ask_leave(actor, employee_id=other.employee_id, wanted=wanted())
    merge_id = merge(at_work, kept, other)
    assert [one.request.request_id for one in list_leave(actor, employee_id=kept.employee_id)] == [asked]
    merging.undo_merge(actor, merge_id)
    assert list_leave(actor, employee_id=kept.employee_id) == []
    assert [one.request.request_id for one in list_leave(actor, employee_id=other.employee_id)] == [asked]


def test_two_records_with_leave_on_the_same_days_are_not_merged(at_work: Office) -> None:
    kept, other = at_work.someone(), double(at_work)
    for record in (kept, other):
        ask_leave(payroll(at_work), employee_id=record.employee_id, wanted=wanted())
    with pytest.raises(Invalid, match="leave on the same days"):
        merge(at_work, kept, other)
    assert list_deleted(at_work.player.actor) == []


def test_two_that_are_linked_to_two_in_xero_are_not_merged(at_work: Office) -> None:
    kept, other = at_work.someone(), at_work.ours()["Rosa Byrne"]
    with pytest.raises(Invalid) as refused:
        merge(at_work, kept, other)
    assert "Undo the link that is wrong first" in refused.value.problems[0].message
    assert at_work.ours()["Rosa Byrne"] == other


def test_a_merge_of_records_that_moved_on_since_they_were_looked_at_changes_nothing(at_work: Office) -> None:
    kept, other = at_work.someone(), double(at_work)
    at_work.edit(other, title="Mx")
    with pytest.raises(ChangedMeanwhile):
        merge(at_work, kept, other)
    assert list_deleted(at_work.player.actor) == []


def test_a_merged_record_is_restored_with_its_merge_alone(at_work: Office) -> None:
    kept, other = at_work.someone(), double(at_work)
    merge(at_work, kept, other)
    with pytest.raises(Invalid) as refused:
        restore_record(at_work.player.actor, employee_id=other.employee_id)
    assert "merged into Alice Lang" in refused.value.problems[0].message


def test_a_record_is_never_merged_into_itself_nor_into_one_that_is_gone(at_work: Office) -> None:
    kept, other = at_work.someone(), double(at_work)
    with pytest.raises(EmployeeNotFound):
        merging.preview_merge(at_work.player.actor, kept_id=kept.employee_id, other_id=kept.employee_id)
    with pytest.raises(Invalid):
        merge(at_work, kept, kept)
    delete_record(at_work.player.actor, employee_id=other.employee_id)
    with pytest.raises(EmployeeNotFound):
        merge(at_work, kept, other)


def test_only_who_may_edit_delete_and_manage_the_integration_merges(at_work: Office, cast: Cast) -> None:
    kept, other = at_work.someone(), double(at_work)
    with pytest.raises(NotPermitted):
        merging.merge(cast.bob.actor, kept_id=kept.employee_id, other_id=other.employee_id, chosen={}, seen=(1, 1))
