"""Branches and employee groups in runs: read, matched, moved both ways with the link kept, and named where they cannot be."""

from dataclasses import replace
from uuid import UUID

import pytest

from tandem.kernel.scoping import scope
from tandem.people.actions import ensure_branch
from tandem.people.branches import save_branches
from tandem.xero import facade
from tandem.xero.mapping.fields import SharedField
from tandem.xero.models import Binding
from tandem.xero.sync.pages import ItemKind, Reach, RunPage, StepStatus
from tandem.xero.sync.records import RunKind
from tandem.xero.sync.tests.office import MARTA, Office

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]
ALICE = "Alice Lang"
GROUP = SharedField.EMPLOYEE_GROUP.value


def set_up(office: Office, **choices: bool) -> dict[str, UUID]:
    """Read Xero's groups, let two branches stand for two of the three, and switch matching on; return the branches."""
    actor = office.player.actor
    facade.read_lists_now(actor)
    made = {name: ensure_branch(actor, name=name).branch_id for name in ("Shop", "Bakehouse")}
    save_branches(actor, keys={branch_id: name for name, branch_id in made.items()})
    office.choose(match_branches=True, allow_transfers=True, **choices)
    return made


def settle(office: Office) -> dict[str, UUID]:
    """Set up, put Alice into the Shop in Xero and run once: whoever is in a known group is in its branch."""
    made = set_up(office)
    office.edit_in_xero(ALICE, EmployeeGroupName="Shop")
    office.sync()
    office.forget_calls()
    return made


def named(page: RunPage, kind: ItemKind, person: str = ALICE) -> list[str]:
    return [item.sentence for item in page.items if item.kind is kind and item.person == person]


def test_a_first_import_brings_people_into_the_branch_of_their_group(before_import: Office) -> None:
    made = set_up(before_import)
    page = before_import.sync(RunKind.IMPORT, Reach.EVERYTHING)
    groups = {name: row["EmployeeGroupName"] for name, row in before_import.theirs().items()}
    names = {branch_id: name for name, branch_id in made.items()}
    known = {
        name: names.get(record.branch_id) if record.branch_id else None for name, record in before_import.ours().items()
    }
    known = {name: branch for name, branch in known.items() if name in groups}
    assert known == {name: group if group in made else None for name, group in groups.items()}
    unknown = [item for item in page.items if item.kind is ItemKind.PROBLEM]
    assert len(unknown) == sum(group == "Office" for group in groups.values()) > 0
    assert {(item.target, item.problem_field) for item in unknown} == {("hr", GROUP)}
    ensure = ensure_branch(before_import.player.actor, name="Office", integration_api_key="Office")
    before_import.sync()
    late = {before_import.ours()[name].branch_id for name, group in groups.items() if group == "Office"}
    assert late == {ensure.branch_id}


def test_somebody_moved_in_xero_is_moved_here_and_keeps_the_link(at_work: Office) -> None:
    made, alice = settle(at_work), at_work.someone()
    (link,) = facade.list_matches(at_work.player.actor, employee_id=alice.employee_id)
    at_work.edit_in_xero(ALICE, EmployeeGroupName="Bakehouse")
    at_work.sync()
    assert at_work.someone().branch_id == made["Bakehouse"]
    (after,) = facade.list_matches(at_work.player.actor, employee_id=alice.employee_id)
    assert after.binding_id == link.binding_id
    assert not at_work.calls("POST")
    with scope(at_work.player.account.account_id):
        binding = Binding.objects.get(employee_id=alice.employee_id)
    assert binding.base[GROUP] == "Bakehouse"


def test_somebody_moved_here_is_moved_in_xero_in_one_write_and_both_then_agree(at_work: Office) -> None:
    made = settle(at_work)
    at_work.edit(at_work.someone(), branch_id=made["Bakehouse"])
    (waiting,) = facade.list_waiting_changes(at_work.player.actor)
    assert [(line.before, line.after) for line in waiting.changes] == [("Shop", "Bakehouse")]
    page = at_work.sync()
    assert at_work.theirs()[ALICE]["EmployeeGroupName"] == "Bakehouse"
    assert len(at_work.calls("POST")) == 1
    assert page.summary.counts["applied"] == 1
    assert [item.kind for item in at_work.preview().items if item.person == ALICE] == []


def test_with_transfers_off_nobody_is_moved_and_both_ways_are_named(at_work: Office) -> None:
    made = settle(at_work)
    at_work.choose(allow_transfers=False)
    at_work.edit_in_xero(ALICE, EmployeeGroupName="Bakehouse")
    (sentence,) = named(at_work.sync(), ItemKind.SKIP)
    assert "moving people between branches is switched off" in sentence
    assert at_work.someone().branch_id == made["Shop"]
    assert not at_work.calls("POST")


def test_with_matching_off_groups_are_nobodys_business(at_work: Office) -> None:
    made = settle(at_work)
    at_work.choose(match_branches=False)
    at_work.edit(at_work.someone(), branch_id=made["Bakehouse"])
    at_work.edit_in_xero(ALICE, EmployeeGroupName="Office")
    assert named(at_work.sync(), ItemKind.SKIP) == []
    assert not at_work.calls("POST")
    assert facade.list_waiting_changes(at_work.player.actor) == []


def test_somebody_new_here_is_added_in_the_group_of_their_branch(at_work: Office) -> None:
    made = settle(at_work)
    at_work.hire(replace(MARTA, branch_id=made["Shop"]))
    page = at_work.sync()
    assert at_work.theirs()["Marta Nowak"]["EmployeeGroupName"] == "Shop"
    assert [item.status for item in page.items if item.person == "Marta Nowak"] == [StepStatus.APPLIED]
