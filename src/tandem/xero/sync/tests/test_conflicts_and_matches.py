"""What a run leaves to people: fields changed on both sides, people who may be one person, and what happened meanwhile."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tandem.kernel.errors import Invalid, NotFound
from tandem.kernel.scoping import scope
from tandem.people.actions import terminate_employee
from tandem.people.records import TerminationReason
from tandem.xero import facade
from tandem.xero.facade import ProposalDecision, Side
from tandem.xero.models import Binding, Connection
from tandem.xero.sync.pages import ItemKind, Reach, RunStatus, Trigger
from tandem.xero.sync.preferences import Authority, TerminationFlow
from tandem.xero.sync.records import RunKind
from tandem.xero.sync.tests.office import MARTA, Office, twin

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]


def clash(office: Office) -> None:
    office.edit(office.someone(), mobile="0491 570 110")
    office.edit_in_xero("Alice Lang", Mobile="0491 570 313")


def test_a_field_changed_on_both_sides_waits_for_a_person_and_nothing_is_written(at_work: Office) -> None:
    clash(at_work)
    page = at_work.sync()
    assert page.summary.status is RunStatus.DONE
    assert not at_work.calls("POST")
    (found,) = facade.list_conflicts(at_work.player.actor)
    assert (found.person, found.label, found.ours, found.theirs) == (
        "Alice Lang",
        "Mobile",
        "0491 570 110",
        "0491 570 313",
    )
    assert found.last_agreed not in ("", found.ours, found.theirs)


@pytest.mark.parametrize(("keep", "value"), [(Side.HR, "0491 570 110"), (Side.XERO, "0491 570 313")])
def test_a_decision_is_carried_out_by_the_next_run_on_both_sides(at_work: Office, keep: Side, value: str) -> None:
    clash(at_work)
    at_work.sync()
    (found,) = facade.list_conflicts(at_work.player.actor)
    facade.decide_conflict(at_work.player.actor, found.conflict_id, keep=keep)
    at_work.clock.advance(minutes=5)
    at_work.sync()
    assert at_work.someone().mobile == value
    assert at_work.theirs()["Alice Lang"]["Mobile"] == value
    assert facade.list_conflicts(at_work.player.actor) == []


def test_a_decision_made_on_values_that_have_changed_since_does_not_hold(at_work: Office) -> None:
    clash(at_work)
    at_work.sync()
    (found,) = facade.list_conflicts(at_work.player.actor)
    facade.decide_conflict(at_work.player.actor, found.conflict_id, keep=Side.HR)
    at_work.edit_in_xero("Alice Lang", Mobile="0491 570 159")
    at_work.sync()
    assert at_work.theirs()["Alice Lang"]["Mobile"] == "0491 570 159"
    (again,) = facade.list_conflicts(at_work.player.actor)
    assert (again.decision, again.theirs) == ("", "0491 570 159")


def test_a_conflict_that_somebody_settled_by_hand_closes_by_itself(at_work: Office) -> None:
    clash(at_work)
    at_work.sync()
    at_work.edit(at_work.someone(), mobile="0491 570 313")
    at_work.clock.advance(minutes=5)
    at_work.sync()
    assert facade.list_conflicts(at_work.player.actor) == []


def test_where_the_customer_named_an_authority_it_decides(at_work: Office) -> None:
    at_work.choose(authority=Authority.XERO)
    clash(at_work)
    at_work.sync()
    assert at_work.someone().mobile == "0491 570 313"
    assert facade.list_conflicts(at_work.player.actor) == []


def test_an_unresolved_conflict_is_never_overwritten_by_later_runs(at_work: Office) -> None:
    at_work.choose(auto_import=True, auto_export=True)
    clash(at_work)
    for _ in range(3):
        at_work.automatic()
    assert at_work.someone().mobile == "0491 570 110"
    assert at_work.theirs()["Alice Lang"]["Mobile"] == "0491 570 313"


def test_people_who_look_alike_wait_for_a_person_and_are_added_nowhere(at_work: Office) -> None:
    twin(at_work)
    at_work.sync()
    (found,) = facade.list_proposals(at_work.player.actor)
    assert (found.person, [one.person for one in found.candidates]) == ("Marta Nowak", ["Marta Nowak"])
    assert len(at_work.theirs()) == 7
    assert not at_work.calls("POST")


def test_an_accepted_match_links_the_two(in_doubt: Office) -> None:
    (found,) = facade.list_proposals(in_doubt.player.actor)
    facade.decide_proposal(in_doubt.player.actor, found.proposal_id, decision=ProposalDecision.MATCH)
    in_doubt.clock.advance(minutes=5)
    in_doubt.sync()
    assert in_doubt.ours()["Marta Nowak"].date_of_birth == date(1991, 4, 3)
    assert facade.list_proposals(in_doubt.player.actor) == []
    assert len(in_doubt.theirs()) == 7


def test_a_new_person_is_added_to_tandem_and_never_proposed_again(in_doubt: Office) -> None:
    (found,) = facade.list_proposals(in_doubt.player.actor)
    facade.decide_proposal(in_doubt.player.actor, found.proposal_id, decision=ProposalDecision.NEW_PERSON)
    in_doubt.clock.advance(minutes=5)
    page = in_doubt.sync(RunKind.IMPORT)
    assert page.summary.counts["applied"] == 1
    assert facade.list_proposals(in_doubt.player.actor) == []


def test_a_proposal_left_for_later_is_not_opened_again(in_doubt: Office) -> None:
    (found,) = facade.list_proposals(in_doubt.player.actor)
    facade.decide_proposal(in_doubt.player.actor, found.proposal_id, decision=ProposalDecision.LEAVE)
    in_doubt.clock.advance(minutes=5)
    in_doubt.sync()
    assert facade.list_proposals(in_doubt.player.actor) == []
    assert len(in_doubt.theirs()) == 7
    with pytest.raises(NotFound):
        facade.decide_proposal(in_doubt.player.actor, found.proposal_id, decision=ProposalDecision.MATCH)


def test_only_somebody_on_the_list_can_be_chosen(in_doubt: Office) -> None:
    (found,) = facade.list_proposals(in_doubt.player.actor)
    with pytest.raises(Invalid):
        facade.decide_proposal(
            in_doubt.player.actor,
            found.proposal_id,
            decision=ProposalDecision.MATCH,
            employee_id=in_doubt.someone().employee_id,
        )


def test_an_automatic_match_is_listed_and_undoing_it_adds_nobody_anywhere(at_work: Office) -> None:
    match = next(row for row in facade.list_matches(at_work.player.actor) if row.person == "Alice Lang")
    facade.undo_match(at_work.player.actor, match.binding_id)
    page = at_work.sync()
    assert [item.kind for item in page.items if item.person == "Alice Lang"] == [ItemKind.PROBLEM, ItemKind.PROBLEM]
    assert "step" not in page.item_counts
    (found,) = facade.list_proposals(at_work.player.actor)
    assert found.person == "Alice Lang"
    facade.decide_proposal(at_work.player.actor, found.proposal_id, decision=ProposalDecision.MATCH)
    at_work.clock.advance(minutes=5)
    assert at_work.sync().summary.status is RunStatus.DONE
    assert len(at_work.ours()) == 7


def test_somebody_already_in_tandem_is_matched_on_the_first_import_and_not_added_twice(before_import: Office) -> None:
    person = before_import.theirs()["Alice Lang"]
    born = date.fromisoformat(str(person["DateOfBirth"])[:10])
    before_import.hire(replace(MARTA, first_name="Alice", last_name="Lang", date_of_birth=born))
    before_import.choose(authority=Authority.XERO)
    before_import.sync(RunKind.IMPORT, Reach.EVERYTHING)
    assert sum(name == "Alice Lang" for name in before_import.ours()) == 1
    assert len(before_import.ours()) == 7
    with scope(before_import.player.actor.account_id):
        assert Binding.objects.filter(matched_by="name_and_birth_date").count() == 1


def test_a_termination_in_xero_ends_the_employment_here(at_work: Office) -> None:
    at_work.edit_in_xero("Alice Lang", TerminationDate="2026-11-20", TerminationReason="V")
    at_work.sync()
    found = at_work.someone()
    assert (found.termination_on, found.status.value) == (date(2026, 11, 20), "terminated")


def test_a_termination_here_reaches_xero_only_if_the_customer_wants_it(at_work: Office) -> None:
    terminate_employee(
        at_work.player.actor,
        employee_id=at_work.someone().employee_id,
        termination_on=date(2026, 12, 4),
        reason=TerminationReason.REDUNDANCY,
    )
    at_work.sync()
    assert not at_work.calls("POST")
    at_work.choose(termination=TerminationFlow.BOTH)
    at_work.clock.advance(minutes=5)
    page = at_work.sync()
    assert page.irreversible == 1
    person = at_work.theirs()["Alice Lang"]
    assert str(person["TerminationDate"]).startswith("2026-12-04")
    assert person["TerminationReason"] == "R"


def open_gap(office: Office) -> None:
    """Leave the account as a reconnect leaves it."""
    with scope(office.player.actor.account_id):
        now = office.clock.now()
        Connection.objects.update(gap_since=now - timedelta(hours=4), gap_until=now)
    office.clock.advance(seconds=1)


def test_after_a_reconnect_nothing_is_written_until_the_gap_report_is_approved(at_work: Office) -> None:
    at_work.choose(auto_import=True, auto_export=True)
    at_work.edit(at_work.someone(), mobile="0491 570 110")
    at_work.edit_in_xero("Rosa Byrne", Mobile="0491 570 313")
    open_gap(at_work)
    for _ in range(3):
        at_work.automatic()
    assert not at_work.calls("POST")
    assert at_work.ours()["Rosa Byrne"].mobile != "0491 570 313"
    report = facade.get_gap_report(at_work.player.actor)
    assert report is not None
    assert report.is_gap_report
    assert report.item_counts["step"] == 2
    facade.approve_gap_report(at_work.player.actor, report.summary.run_id)
    page = at_work.again(report)
    assert page.summary.status is RunStatus.DONE
    assert page.summary.trigger is Trigger.GAP
    assert at_work.ours()["Rosa Byrne"].mobile == "0491 570 313"
    assert at_work.theirs()["Alice Lang"]["Mobile"] == "0491 570 110"
    assert facade.get_gap_report(at_work.player.actor) is None
    at_work.automatic()
    assert facade.list_runs(at_work.player.actor)[0].trigger is Trigger.SCHEDULE
