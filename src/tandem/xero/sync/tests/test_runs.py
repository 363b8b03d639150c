"""Preview, approval and what each run costs."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tandem.kernel.errors import Invalid, NotFound, NotPermitted
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scope
from tandem.people.records import Address
from tandem.testing.cast import Cast
from tandem.testing.xero import Connect
from tandem.xero import facade
from tandem.xero.models import Connection, Step, XeroPerson
from tandem.xero.schedule import actions
from tandem.xero.sync import bindings
from tandem.xero.sync.pages import ItemKind, Reach, RunStatus, StepStatus
from tandem.xero.sync.records import RunKind
from tandem.xero.sync.tests.office import Office, office
from tandem_sandbox.testing import Sandbox

CountQueries = Callable[[Callable[[], object]], int]

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]


def test_a_preview_writes_nothing_on_either_side(before_import: Office) -> None:
    before_import.hire()
    page = before_import.preview()
    assert page.summary.status is RunStatus.PLANNED
    assert page.item_counts["step"] == 7
    assert not before_import.calls("POST")
    assert len(before_import.ours()) == 2


def test_the_first_import_brings_everybody_and_the_next_finds_nothing_to_do(before_import: Office) -> None:
    assert before_import.sync(RunKind.IMPORT, Reach.EVERYTHING).summary.counts["applied"] == 6
    before_import.clock.advance(minutes=5)
    page = before_import.preview(RunKind.IMPORT)
    assert page.item_counts == {}


def test_a_person_without_the_right_cannot_begin_or_approve_a_run(at_work: Office, cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        facade.preview_run(cast.bob.actor, kind=RunKind.BOTH, reach=Reach.AUTHORITY)
    page = at_work.preview()
    with pytest.raises(NotPermitted):
        facade.approve_run(cast.bob.actor, page.summary.run_id)


def test_an_edit_in_xero_reaches_tandem_and_one_in_tandem_reaches_xero(at_work: Office) -> None:
    at_work.edit_in_xero("Alice Lang", Mobile="0491 570 313")
    rosa = at_work.ours()["Rosa Byrne"]
    at_work.edit(rosa, job_title="Head baker")
    page = at_work.sync()
    assert page.summary.status is RunStatus.DONE
    assert at_work.someone().mobile == "0491 570 313"
    assert at_work.theirs()["Rosa Byrne"]["JobTitle"] == "Head baker"


def test_switching_automatic_runs_on_leaves_time_to_preview_the_first(at_work: Office) -> None:
    runs = len(facade.list_runs(at_work.player.actor))
    at_work.choose(auto_import=True, auto_export=True)
    at_work.clock.advance(hours=2, minutes=55)
    actions.run_due()
    assert len(facade.list_runs(at_work.player.actor)) == runs
    at_work.clock.advance(minutes=5)
    actions.run_due()
    assert len(facade.list_runs(at_work.player.actor)) == runs + 1


def test_an_idle_two_way_run_costs_at_most_three_calls(at_work: Office) -> None:
    at_work.choose(auto_import=True, auto_export=True)
    page = at_work.automatic()
    assert page.summary.status is RunStatus.DONE
    at_work.forget_calls()
    page = at_work.automatic()
    assert page.summary.status is RunStatus.DONE
    assert len(at_work.calls()) <= 3


def test_a_run_with_changes_costs_one_call_more_for_each_change_in_xero_and_three_for_each_here(
    at_work: Office,
) -> None:
    at_work.choose(auto_import=True, auto_export=True)
    at_work.automatic()
    at_work.forget_calls()
    at_work.edit_in_xero("Alice Lang", Mobile="0491 570 313")
    rosa = at_work.ours()["Rosa Byrne"]
    at_work.edit(rosa, home_address=Address("1 New Street", "", "Geelong", "VIC", "3220", "Australia"))
    page = at_work.automatic()
    assert page.summary.counts["applied"] == 2
    assert len(at_work.calls()) <= 3 + 1 + 3
    at_work.forget_calls()
    assert "applied" not in at_work.automatic().summary.counts
    assert len(at_work.calls()) <= 3


def test_a_preview_goes_stale_when_tandem_moved_on(at_work: Office) -> None:
    at_work.edit(at_work.someone(), mobile="0491 570 110")
    page = at_work.preview()
    at_work.edit(at_work.someone(), mobile="0491 570 156")
    page = at_work.approve(page)
    assert page.summary.status is RunStatus.STALE
    assert "preview again" in page.stop_sentence
    assert not at_work.calls("POST")


def test_a_preview_goes_stale_when_xero_moved_on(at_work: Office) -> None:
    at_work.edit(at_work.someone(), mobile="0491 570 110")
    page = at_work.preview()
    at_work.edit_in_xero("Rosa Byrne", Mobile="0491 570 313")
    page = at_work.approve(page)
    assert page.summary.status is RunStatus.STALE
    assert not at_work.calls("POST")


def test_a_newer_preview_takes_the_place_of_one_that_nobody_approved(at_work: Office) -> None:
    first = at_work.preview()
    at_work.preview()
    assert at_work.page(first.summary.run_id).summary.status is RunStatus.STALE
    with pytest.raises(Invalid):
        facade.approve_run(at_work.player.actor, first.summary.run_id)


def test_a_run_about_one_person_reads_and_writes_only_that_person(at_work: Office) -> None:
    at_work.edit_in_xero("Alice Lang", Mobile="0491 570 313")
    at_work.edit_in_xero("Rosa Byrne", Mobile="0491 570 313")
    at_work.forget_calls()
    page = at_work.preview(RunKind.BOTH, Reach.PERSON, at_work.someone().employee_id)
    assert len(at_work.calls()) == 1
    at_work.approve(page)
    assert at_work.someone().mobile == "0491 570 313"
    assert at_work.ours()["Rosa Byrne"].mobile != "0491 570 313"


def test_a_second_run_is_refused_while_one_is_under_way(at_work: Office) -> None:
    facade.preview_run(at_work.player.actor, kind=RunKind.BOTH, reach=Reach.AUTHORITY)
    with pytest.raises(Invalid, match="under way"):
        facade.preview_run(at_work.player.actor, kind=RunKind.BOTH, reach=Reach.AUTHORITY)


def test_a_cancelled_run_stops_and_the_next_can_begin(at_work: Office) -> None:
    run_id = facade.preview_run(at_work.player.actor, kind=RunKind.BOTH, reach=Reach.AUTHORITY)
    facade.cancel_run(at_work.player.actor, run_id)
    assert at_work.preview().summary.status is RunStatus.PLANNED
    assert at_work.page(run_id).summary.status is RunStatus.CANCELLED


def test_an_edit_in_xero_just_before_the_write_is_not_overwritten(at_work: Office) -> None:
    at_work.edit(at_work.someone(), mobile="0491 570 110")
    at_work.choose(auto_export=True)
    page = at_work.preview(RunKind.EXPORT)
    with scope(at_work.player.actor.account_id):
        step = Step.objects.get(run_id=page.summary.run_id, item=ItemKind.STEP.value)
        assert step.fields == ["mobile"]
    # Xero answers the check of the preview with nothing new: UpdatedDateUTC did not move.
    at_work.sandbox.simulator.clock.advance(-3600)
    at_work.edit_in_xero("Alice Lang", Mobile="0491 570 313")
    at_work.sandbox.simulator.clock.advance(3600)
    page = at_work.approve(page)
    assert page.items[0].status is StepStatus.SKIPPED
    assert "Nothing was overwritten" in page.items[0].outcome
    assert at_work.theirs()["Alice Lang"]["Mobile"] == "0491 570 313"
    assert not at_work.calls("POST")


def test_what_a_run_carries_is_sealed(at_work: Office) -> None:
    at_work.edit(at_work.someone(), mobile="0491 570 110")
    page = at_work.sync()
    with scope(at_work.player.actor.account_id):
        stored = [bytes(row.payload or b"") for row in Step.objects.filter(run_id=page.summary.run_id)]
        stored += [bytes(row.record or b"") for row in XeroPerson.objects.all()]
    assert stored
    assert not any(word in blob for blob in stored for word in (b"Alice", b"0491", b"Lang"))


def test_a_person_who_may_not_see_employees_sees_a_run_without_names_and_values(at_work: Office, cast: Cast) -> None:
    at_work.edit(at_work.someone(), mobile="0491 570 110")
    page = at_work.preview()
    officer = replace(cast.alice.actor, permissions=frozenset({Permission.VIEW_INTEGRATION}))
    seen = facade.get_run(officer, page.summary.run_id)
    assert seen.values_are_hidden
    assert "0491" not in repr(seen)
    assert "Alice" not in repr(seen)


def test_another_account_sees_no_run(at_work: Office, cast: Cast) -> None:
    page = at_work.preview()
    with pytest.raises(NotFound):
        facade.get_run(cast.charlie.actor, page.summary.run_id)


def test_one_bad_record_is_named_and_the_others_go_on(cast: Cast, sandbox: Sandbox, connected: Connect) -> None:
    with office(cast, sandbox, connected, imported=False) as at_work:
        rosa = str(at_work.theirs()["Rosa Byrne"]["EmployeeID"]).lower()
        at_work.fault("truncated", f"/payroll.xro/1.0/employees/{rosa}")
        page = at_work.preview(RunKind.IMPORT, Reach.EVERYTHING)
        assert page.item_counts["step"] == 5
        skip = next(item for item in page.items if item.kind is ItemKind.SKIP)
        assert "could not be read" in skip.sentence


def test_the_list_of_waiting_changes_asks_xero_nothing(at_work: Office) -> None:
    assert facade.list_waiting_changes(at_work.player.actor) == []
    at_work.edit(at_work.someone(), mobile="0491 570 110")
    at_work.hire()
    found = facade.list_waiting_changes(at_work.player.actor)
    assert sorted((row.person, row.verb) for row in found) == [("Alice Lang", "update"), ("Marta Nowak", "create")]
    assert not at_work.calls()


def test_the_page_of_a_run_asks_the_database_as_often_for_many_lines_as_for_few(
    before_import: Office, count_queries: CountQueries
) -> None:
    page = before_import.preview(RunKind.IMPORT, Reach.EVERYTHING)
    many = count_queries(lambda: facade.get_run(before_import.player.actor, page.summary.run_id))
    before_import.approve(page)
    page = before_import.preview(RunKind.IMPORT)
    few = count_queries(lambda: facade.get_run(before_import.player.actor, page.summary.run_id))
    assert len(page.items) == 0
    assert many == few


def test_the_lists_ask_the_database_as_often_for_many_people_as_for_one(
    at_work: Office, count_queries: CountQueries
) -> None:
    actor = at_work.player.actor
    at_work.edit(at_work.someone(), mobile="0491 570 110")
    one = count_queries(lambda: facade.list_waiting_changes(actor))
    for record in at_work.ours().values():
        at_work.edit(record, job_title="Cook")
    assert count_queries(lambda: facade.list_waiting_changes(actor)) == one
    assert count_queries(lambda: facade.list_matches(actor)) <= 8
    assert count_queries(lambda: facade.list_conflicts(actor)) <= 8


def test_what_waits_for_an_export_is_found_without_comparing_everybody(at_work: Office) -> None:
    actor = at_work.player.actor
    at_work.edit(at_work.someone(), mobile="0491 570 110")
    assert [row.person for row in facade.list_waiting_changes(actor)] == ["Alice Lang"]
    assert [row.person for row in facade.list_waiting_changes(actor, employee_id=at_work.someone().employee_id)] == [
        "Alice Lang"
    ]
    assert facade.list_waiting_changes(actor, employee_id=at_work.ours()["Rosa Byrne"].employee_id) == []
    at_work.sync()
    assert facade.list_waiting_changes(actor) == []
    at_work.edit_in_xero("Alice Lang", Mobile="0491 570 313")
    at_work.sync()
    assert facade.list_waiting_changes(actor) == []
    with scope(actor.account_id):
        assert len(bindings.with_news(actor.account_id, Connection.objects.get().connection_id)) == 1  # Dana alone
