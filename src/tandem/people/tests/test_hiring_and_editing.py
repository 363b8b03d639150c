"""Hire, edit, find: what is saved, what is refused, and what the timeline says."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tandem.kernel import clock
from tandem.kernel.errors import Invalid, NotFound, NotPermitted
from tandem.people import actions, selectors
from tandem.people.errors import ChangedMeanwhile, EmployeeNotFound, NumberTaken
from tandem.people.records import Address, EmployeeDetails, EmployeeStatus
from tandem.testing.cast import Cast
from tandem.timeline.selectors import list_entries

ADA = EmployeeDetails(first_name="Ada", last_name="Byron", work_email="ada@harbourlane.example")


def test_a_blank_employee_id_is_assigned_and_counts_on(cast: Cast) -> None:
    hired = [actions.hire_employee(cast.bob.actor, details=replace(ADA, first_name=name)) for name in ("Ada", "Ben")]
    assert [person.employee_number for person in hired] == ["E00002", "E00003"]


def test_an_employee_id_that_is_taken_says_so(cast: Cast) -> None:
    actions.hire_employee(cast.bob.actor, details=replace(ADA, employee_number="B-7"))
    with pytest.raises(NumberTaken, match="Employee ID B-7 belongs to somebody else"):
        actions.hire_employee(cast.bob.actor, details=replace(ADA, employee_number="B-7"))


def test_an_employee_id_may_not_be_changed_to_one_that_is_taken(cast: Cast) -> None:
    hired = actions.hire_employee(cast.bob.actor, details=ADA)
    with pytest.raises(NumberTaken):
        actions.edit_employee(cast.bob.actor, employee_id=hired.employee_id, changes={"employee_number": "E00001"})


def test_another_account_may_use_the_same_employee_id(cast: Cast) -> None:
    taken = cast.dana_record.employee_number
    theirs = actions.hire_employee(cast.charlie.actor, details=replace(ADA, employee_number=taken))
    assert theirs.employee_number == taken


def test_every_problem_of_a_new_employee_is_named_at_once(cast: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        actions.hire_employee(cast.bob.actor, details=EmployeeDetails(first_name="", last_name="", phone="ring me"))
    assert {problem.field for problem in refused.value.problems} == {"first_name", "last_name", "phone"}


def test_an_edit_saves_what_changed_and_who_changed_it(cast: Cast) -> None:
    before = cast.dana_record
    with clock.frozen_at(datetime(2026, 12, 1, 3, 0, tzinfo=UTC)):
        after = actions.edit_employee(
            cast.bob.actor, employee_id=before.employee_id, changes={"last_name": "Okoro", "job_title": "Baker"}
        )
    assert (after.last_name, after.revision) == ("Okoro", before.revision + 1)
    assert after.changed_at == datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
    newest = selectors.list_history(cast.bob.actor, employee_id=before.employee_id)[0]
    assert (newest.fields, newest.by_user_id, newest.via) == (("last_name",), cast.bob.user.id, "screen")


def test_an_edit_that_changes_nothing_leaves_no_trace(cast: Cast) -> None:
    before = cast.dana_record
    entries = len(list_entries(cast.bob.actor))
    after = actions.edit_employee(cast.bob.actor, employee_id=before.employee_id, changes={"last_name": "Okafor"})
    assert after == before
    assert len(list_entries(cast.bob.actor)) == entries


def test_an_address_is_saved_whole(cast: Cast) -> None:
    moved = Address("9 Quay Road", "", "Newport", "VIC", "3015", "Australia")
    after = actions.edit_employee(
        cast.bob.actor, employee_id=cast.dana_record.employee_id, changes={"home_address": moved}
    )
    assert after.home_address == moved
    assert selectors.get_employee(cast.bob.actor, employee_id=after.employee_id).home_address == moved


def test_the_longest_text_that_the_rules_allow_can_be_kept(cast: Cast) -> None:
    longest = Address(*["x" * 100 for _ in range(6)])
    hired = actions.hire_employee(cast.bob.actor, details=replace(ADA, home_address=longest, job_title="x" * 100))
    assert hired.home_address == longest


def test_the_timeline_says_which_fields_and_never_their_values(cast: Cast) -> None:
    actions.edit_employee(
        cast.bob.actor, employee_id=cast.dana_record.employee_id, changes={"mobile": "0491 570 156"}, via="xero run 7"
    )
    newest = list_entries(cast.bob.actor)[0]
    assert (newest.event, newest.facts) == ("employee.edited", {"fields": ["mobile"], "via": "xero run 7"})


def test_a_form_that_was_open_too_long_overwrites_nothing(cast: Cast) -> None:
    seen = cast.dana_record
    actions.edit_employee(cast.alice.actor, employee_id=seen.employee_id, changes={"job_title": "Head baker"})
    with pytest.raises(ChangedMeanwhile):
        actions.edit_employee(
            cast.bob.actor, employee_id=seen.employee_id, changes={"phone": "03 5550 0000"}, seen_revision=seen.revision
        )
    assert selectors.get_employee(cast.bob.actor, employee_id=seen.employee_id).phone == ""


def test_a_branch_of_another_account_cannot_be_chosen(cast: Cast) -> None:
    theirs = actions.ensure_branch(cast.charlie.actor, name="Second Street Books")
    with pytest.raises(Invalid, match="This branch is gone"):
        actions.hire_employee(cast.bob.actor, details=replace(ADA, branch_id=theirs.branch_id))


def test_an_employee_sees_their_own_record_and_no_other(cast: Cast) -> None:
    other = actions.hire_employee(cast.bob.actor, details=ADA)
    own = selectors.get_employee(cast.dana.actor, employee_id=cast.dana_record.employee_id)
    assert own.first_name == "Dana"
    with pytest.raises(EmployeeNotFound):
        selectors.get_employee(cast.dana.actor, employee_id=other.employee_id)
    with pytest.raises(NotPermitted):
        selectors.list_employees(cast.dana.actor)


def test_somebody_of_another_account_finds_nothing(cast: Cast) -> None:
    with pytest.raises(NotFound):
        selectors.get_employee(cast.charlie.actor, employee_id=cast.dana_record.employee_id)
    with pytest.raises(NotFound):
        actions.edit_employee(
            cast.charlie.actor, employee_id=cast.dana_record.employee_id, changes={"first_name": "Hers"}
        )
    assert selectors.list_employees(cast.charlie.actor).total == 0


def test_an_employee_may_not_edit(cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        actions.edit_employee(
            cast.dana.actor, employee_id=cast.dana_record.employee_id, changes={"job_title": "Manager"}
        )


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("byron", 1),
        ("ADA byr", 1),
        ("e00002", 1),
        ("ada@harbour", 1),
        ("ada okafor", 0),
        ("", 2),
        ("\x00", 2),
        ("%", 0),
    ],
)
def test_search_looks_at_name_number_and_email(cast: Cast, search: str, found: int) -> None:
    actions.hire_employee(cast.bob.actor, details=ADA)
    assert selectors.list_employees(cast.bob.actor, search=search).total == found


def test_pages_are_counted_from_one_and_a_page_too_far_is_the_last(cast: Cast) -> None:
    for number in range(4):
        actions.hire_employee(cast.bob.actor, details=replace(ADA, last_name=f"Byron{number}"))
    page = selectors.list_employees(cast.bob.actor, page=99, size=2)
    assert (page.number, page.pages, page.first, page.last, page.total) == (3, 3, 5, 5, 5)


def test_a_status_narrows_the_list(cast: Cast) -> None:
    assert selectors.list_employees(cast.bob.actor, status=EmployeeStatus.TERMINATED).total == 0
    assert selectors.list_employees(cast.bob.actor, status=EmployeeStatus.CURRENT).total == 1


def test_a_long_list_takes_no_more_queries_than_a_short_one(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as short:
        selectors.list_employees(cast.bob.actor)
    for number in range(10):
        actions.hire_employee(cast.bob.actor, details=replace(ADA, last_name=f"Byron{number}"))
    with CaptureQueriesContext(connection) as long:
        selectors.list_employees(cast.bob.actor)
    assert len(long) == len(short)


def test_streaming_visits_everybody_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "CHUNK", 2)
    hired = {actions.hire_employee(cast.bob.actor, details=ADA).employee_id for _ in range(4)}
    seen = [person.employee_id for person in selectors.iter_employees(cast.bob.actor)]
    assert sorted(seen) == sorted({*hired, cast.dana_record.employee_id})


def test_what_changed_since_a_moment_is_listed_oldest_first(cast: Cast) -> None:
    with clock.frozen_at(datetime(2030, 1, 1, tzinfo=UTC)) as frozen:
        moment = frozen.now()
        first = actions.hire_employee(cast.bob.actor, details=ADA)
        frozen.advance(minutes=1)
        actions.edit_employee(
            cast.bob.actor,
            employee_id=cast.dana_record.employee_id,
            changes={"date_of_birth": date(1990, 2, 3)},
        )
    changed = selectors.list_changed_since(cast.bob.actor, since=moment)
    assert [person.employee_id for person in changed] == [first.employee_id, cast.dana_record.employee_id]


def test_a_person_is_found_by_either_email_address_whatever_the_case(cast: Cast) -> None:
    found = selectors.list_by_email(cast.alice.actor, email="DANA@harbourlane.example")
    assert [person.employee_id for person in found] == [cast.dana_record.employee_id]
    assert selectors.list_by_email(cast.alice.actor, email="") == []
