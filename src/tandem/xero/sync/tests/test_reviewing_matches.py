"""What people say about who is who is kept, can be taken back, and no run knows better."""

import json
from dataclasses import replace
from datetime import date

import pytest

from tandem.kernel.actor import Actor
from tandem.kernel.errors import NotFound, NotPermitted
from tandem.kernel.scoping import scope
from tandem.people.actions import ensure_branch
from tandem.testing.cast import Cast
from tandem.timeline.events import Event
from tandem.timeline.selectors import list_entries
from tandem.xero import facade
from tandem.xero.facade import Agreement, ProposalDecision, ProposalPage
from tandem.xero.models import Run
from tandem.xero.sync.pages import ItemKind, RunStatus, StepStatus
from tandem.xero.sync.records import RunKind
from tandem.xero.sync.tests.office import MARTA, Office, twin
from tandem.xero.sync.tests.test_conflicts_and_matches import clash

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]


def proposals(office: Office) -> list[ProposalPage]:
    return facade.list_proposals(office.player.actor)


def decide(office: Office, decision: ProposalDecision, *, which: int = 0) -> None:
    found = proposals(office)[0]
    employee_id = found.candidates[which].employee_id
    facade.decide_proposal(office.player.actor, found.proposal_id, decision=decision, employee_id=employee_id)
    office.clock.advance(minutes=5)


def ask_again(office: Office) -> None:
    (found,) = facade.list_decided(office.player.actor)
    facade.ask_again(office.player.actor, found.proposal_id)


def unlink(office: Office, person: str = "Alice Lang") -> None:
    found = next(row for row in facade.list_matches(office.player.actor) if row.person == person)
    facade.undo_match(office.player.actor, found.binding_id)
    office.clock.advance(minutes=5)


def events(actor: Actor) -> set[str]:
    return {entry.event for entry in list_entries(actor, limit=50)}


def test_a_pair_is_shown_side_by_side_with_what_agrees_and_what_differs(in_doubt: Office) -> None:
    (candidate,) = proposals(in_doubt)[0].candidates
    found = {line.label: (line.ours, line.theirs, line.agreement) for line in candidate.lines}
    assert found["First name"] == ("Marta", "Marta", Agreement.SAME)
    assert found["Date of birth"] == ("", "3 Apr 1991", Agreement.ONLY_IN_XERO)
    assert found["Home address"][2] is Agreement.SAME
    assert Agreement.NOT_READ not in {line.agreement for line in candidate.lines}
    assert candidate.obstacle == ""


def test_somebody_who_waits_for_a_person_is_read_once_and_shown_as_xero_has_them_now(in_doubt: Office) -> None:
    in_doubt.forget_calls()
    in_doubt.clock.advance(minutes=5)
    in_doubt.sync(RunKind.IMPORT)
    assert all("/Employees/" not in str(call["path"]) for call in in_doubt.calls("GET"))
    in_doubt.edit_in_xero("Marta Nowak", Mobile="0491 570 159")
    in_doubt.preview(RunKind.IMPORT)
    (candidate,) = proposals(in_doubt)[0].candidates
    found = {line.label: (line.theirs, line.agreement) for line in candidate.lines}
    assert found["Mobile"] == ("0491 570 159", Agreement.DIFFERENT)


def test_two_who_are_not_the_same_person_are_never_offered_again(in_doubt: Office) -> None:
    decide(in_doubt, ProposalDecision.APART)
    in_doubt.sync()
    assert proposals(in_doubt) == []
    assert sum(name == "Marta Nowak" for name in in_doubt.theirs()) == 1
    (decided,) = facade.list_decided(in_doubt.player.actor)
    assert (decided.person, decided.candidates, decided.sentence) == (
        "Marta Nowak",
        ("Marta Nowak",),
        "Not the same person",
    )
    assert Event.MATCH_REJECTED.value in events(in_doubt.player.actor)


def test_a_refusal_that_is_taken_back_is_asked_again_at_once_and_nobody_is_added_meanwhile(in_doubt: Office) -> None:
    decide(in_doubt, ProposalDecision.APART)
    ask_again(in_doubt)
    assert [one.person for one in proposals(in_doubt)] == ["Marta Nowak"]
    page = in_doubt.sync()
    assert "step" not in page.item_counts
    assert facade.list_decided(in_doubt.player.actor) == []
    decide(in_doubt, ProposalDecision.MATCH)
    in_doubt.sync()
    assert in_doubt.ours()["Marta Nowak"].date_of_birth == date(1991, 4, 3)
    assert Event.MATCH_ASKED_AGAIN.value in events(in_doubt.player.actor)


def test_what_was_left_for_later_can_be_asked_again_and_only_once(in_doubt: Office) -> None:
    decide(in_doubt, ProposalDecision.LEAVE)
    (decided,) = facade.list_decided(in_doubt.player.actor)
    facade.ask_again(in_doubt.player.actor, decided.proposal_id)
    assert len(proposals(in_doubt)) == 1
    with pytest.raises(NotFound):
        facade.ask_again(in_doubt.player.actor, decided.proposal_id)


def test_kept_apart_from_one_of_several_the_others_stay_open(at_work: Office) -> None:
    twin(at_work)
    at_work.hire(replace(MARTA, date_of_birth=None))
    at_work.sync()
    first = proposals(at_work)[0].candidates[0].employee_id
    decide(at_work, ProposalDecision.APART)
    at_work.preview()
    (left,) = proposals(at_work)
    assert [one.employee_id for one in left.candidates] != [first]
    assert len(left.candidates) == 1
    ask_again(at_work)
    assert {one.employee_id for one in proposals(at_work)[0].candidates} > {first}


def test_somebody_new_is_added_where_the_settings_add_nobody(in_doubt: Office) -> None:
    in_doubt.choose(create_in_hr=False)
    decide(in_doubt, ProposalDecision.NEW_PERSON)
    page = in_doubt.sync(RunKind.IMPORT)
    assert page.summary.counts["applied"] == 1
    assert len(in_doubt.theirs()) == 7


def test_before_a_link_is_undone_it_is_said_what_that_touches(at_work: Office) -> None:
    clash(at_work)
    at_work.sync()
    found = next(row for row in facade.list_matches(at_work.player.actor) if row.person == "Alice Lang")
    seen = facade.find_unlinking(at_work.player.actor, found.binding_id)
    assert (seen.person, seen.in_xero, seen.open_conflicts, seen.waiting_writes) == ("Alice Lang", "Alice Lang", 1, 0)
    facade.undo_match(at_work.player.actor, found.binding_id)
    assert facade.list_conflicts(at_work.player.actor) == []
    with pytest.raises(NotFound):
        facade.find_unlinking(at_work.player.actor, found.binding_id)


def test_a_run_under_way_leaves_out_the_changes_of_somebody_who_was_unlinked(at_work: Office) -> None:
    at_work.edit(at_work.someone(), job_title="Head baker")
    page = at_work.preview(RunKind.EXPORT)
    facade.approve_run(at_work.player.actor, page.summary.run_id)
    with scope(at_work.player.actor.account_id):  # as a worker leaves it that stopped before its first write
        Run.objects.filter(run_id=page.summary.run_id).update(status=RunStatus.RUNNING.value)
    found = next(row for row in facade.list_matches(at_work.player.actor) if row.person == "Alice Lang")
    assert facade.find_unlinking(at_work.player.actor, found.binding_id).waiting_writes == 1
    unlink(at_work)
    after = at_work.again(page)
    assert not at_work.calls("POST")
    (line,) = [item for item in after.items if item.kind is ItemKind.STEP]
    assert line.status is StepStatus.SKIPPED
    assert "the link before this line's turn" in line.outcome


def test_no_run_links_again_what_a_person_unlinked_however_it_was_decided(at_work: Office) -> None:
    unlink(at_work)
    at_work.sync()
    decide(at_work, ProposalDecision.LEAVE)
    at_work.sync()
    assert "Alice Lang" not in [row.person for row in facade.list_matches(at_work.player.actor)]
    ask_again(at_work)
    at_work.sync()
    assert "Alice Lang" not in [row.person for row in facade.list_matches(at_work.player.actor)]
    decide(at_work, ProposalDecision.MATCH)
    assert "Alice Lang" in [row.person for row in facade.list_matches(at_work.player.actor)]


def test_somebody_who_was_unlinked_is_not_said_to_wait_for_being_added_to_xero(at_work: Office) -> None:
    at_work.hire()
    unlink(at_work)
    waiting = [one.person for one in facade.list_waiting_changes(at_work.player.actor)]
    assert waiting == ["Marta Nowak"]


def test_a_transfer_to_another_branch_moves_the_record_and_keeps_its_link(at_work: Office) -> None:
    actor, before = at_work.player.actor, at_work.someone()
    (link,) = facade.list_matches(actor, employee_id=before.employee_id)
    at_work.edit(before, branch_id=ensure_branch(actor, name="Harbour Lane West").branch_id)
    at_work.sync()
    assert facade.list_matches(actor, employee_id=before.employee_id) == [link]
    assert (len(at_work.ours()), len(at_work.theirs())) == (7, 6)


def test_the_links_that_a_run_made_are_known_by_both_ids(at_work: Office) -> None:
    found = facade.list_matches(at_work.player.actor)[0]
    links = facade.links_of(at_work.player.actor, employee_ids=[found.employee_id])
    assert links == {(found.employee_id, found.xero_employee_id): found.binding_id}


def test_nobody_without_the_role_decides_takes_back_or_unlinks(at_work: Office, cast: Cast) -> None:
    found = facade.list_matches(at_work.player.actor)[0]
    with pytest.raises(NotPermitted):
        facade.undo_match(cast.bob.actor, found.binding_id)
    with pytest.raises(NotPermitted):
        facade.find_unlinking(cast.bob.actor, found.binding_id)
    with pytest.raises(NotPermitted):
        facade.ask_again(cast.bob.actor, found.binding_id)


def test_a_decision_holds_no_values_of_the_person_any_more(in_doubt: Office) -> None:
    decide(in_doubt, ProposalDecision.APART)
    facts = [entry.facts for entry in list_entries(in_doubt.player.actor, limit=20)]
    assert "Marta" not in json.dumps(facts, default=str)
