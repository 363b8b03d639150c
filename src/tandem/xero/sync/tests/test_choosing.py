"""A part of a preview: what a rule takes and leaves, that nothing else is written, and that what is left comes again."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from tandem.kernel.errors import Invalid, NotPermitted
from tandem.testing.cast import Cast, text_of
from tandem.xero import facade
from tandem.xero.mapping.fields import FieldGroup, SharedField
from tandem.xero.matching.matching import Side
from tandem.xero.sync.choosing import (
    Choice,
    Outcome,
    Planned,
    everything,
    fields_left,
    group_of,
    outcome,
    tally,
    without,
)
from tandem.xero.sync.pages import ItemKind, RunPage, StepStatus
from tandem.xero.sync.plan import FieldChange, Step, Verb
from tandem.xero.sync.tests.office import Office

F = SharedField
ADA, BEA, CEC = (Planned(UUID(int=number), kind, fields) for number, kind, fields in (
    (1, "xero_create", (F.FIRST_NAME, F.BANK_ACCOUNTS)),
    (2, "xero_update", (F.MOBILE, F.BANK_ACCOUNTS, F.INCOME_TYPE)),
    (3, "hr_update", (F.MOBILE,)),
))  # fmt: skip
PLAN = (ADA, BEA, CEC)
ALL = everything(PLAN)


def test_what_there_is_to_choose_is_counted_by_kind_and_by_group() -> None:
    found = tally(PLAN)
    assert found.kinds == {"xero_create": 1, "xero_update": 1, "hr_update": 1}
    assert found.groups == {FieldGroup.CONTACT: 2, FieldGroup.BANK: 1, FieldGroup.TAX: 1}
    assert group_of(F.INCOME_TYPE) is FieldGroup.TAX
    assert group_of(F.JOB_TITLE) is FieldGroup.EMPLOYMENT


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (ALL, Outcome(whole=3, part=0, left=0)),
        (Choice(frozenset({"hr_update"}), ALL.groups), Outcome(whole=1, part=0, left=2)),
        (Choice(ALL.kinds, ALL.groups - {FieldGroup.BANK}), Outcome(whole=2, part=1, left=0)),
        (Choice(ALL.kinds, frozenset({FieldGroup.BANK})), Outcome(whole=1, part=1, left=1)),
        (Choice(ALL.kinds, ALL.groups, frozenset({CEC.step_id})), Outcome(whole=2, part=0, left=1)),
        (Choice(frozenset(), frozenset()), Outcome(whole=0, part=0, left=3)),
    ],
)
def test_a_rule_says_how_much_goes_and_how_much_stays(choice: Choice, expected: Outcome) -> None:
    assert outcome(PLAN, choice) == expected
    assert expected.going == expected.whole + expected.part


def test_somebody_who_is_added_goes_whole_or_not_at_all() -> None:
    assert fields_left(ADA, Choice(ALL.kinds, frozenset())) == frozenset()
    assert fields_left(ADA, Choice(frozenset(), ALL.groups)) == set(ADA.fields)


@pytest.mark.parametrize(("before", "kept"), [(None, True), (date(1990, 1, 1), False)])
def test_a_birth_date_that_xero_lacks_goes_along_and_another_one_does_not(before: date | None, *, kept: bool) -> None:
    changes = (FieldChange(F.MOBILE, "1", "2"), FieldChange(F.DATE_OF_BIRTH, before, date(1991, 1, 1)))
    step = Step(Side.XERO, Verb.UPDATE, ADA.step_id, BEA.step_id, changes)
    assert (F.DATE_OF_BIRTH in without(step, frozenset({F.DATE_OF_BIRTH})).after) is kept


def edited(office: Office) -> RunPage:
    """Change a mobile and a job title here, somebody's mobile in Xero, hire somebody, and preview."""
    office.choose(create_in_xero=True)
    office.edit(office.someone(), mobile="0491 570 156", job_title="Head baker")
    office.hire()
    other = next(name for name in office.theirs() if name != "Alice Lang")
    office.edit_in_xero(other, Mobile="0491 570 157")
    return office.preview()


def choose(page: RunPage, *, kinds: set[str], groups: set[FieldGroup] | None = None) -> Choice:
    return Choice(frozenset(kinds), frozenset(groups if groups is not None else FieldGroup))


@pytest.mark.usefixtures("real_db")
def test_only_what_was_chosen_is_written_the_rest_is_named_and_comes_again(at_work: Office) -> None:
    page, run_id = edited(at_work), None
    run_id, actor = page.summary.run_id, at_work.player.actor
    found = facade.choice_page(actor, run_id)
    assert found.tally.kinds == {"xero_create": 1, "xero_update": 1, "hr_update": 1}
    facade.approve_part(actor, run_id, choose(page, kinds={"xero_update", "hr_update"}, groups={FieldGroup.EMPLOYMENT}))
    after = at_work.again(page)
    alice = at_work.theirs()["Alice Lang"]
    assert (alice["JobTitle"], alice["Mobile"] == "0491 570 156") == ("Head baker", False)
    assert "Marta Nowak" not in at_work.theirs()
    assert len(at_work.calls("POST")) == 1
    lines = [(item.kind, item.status, item.sentence) for item in after.items]
    assert [status for kind, status, _ in lines if kind is ItemKind.STEP].count(StepStatus.SKIPPED) == 2
    assert [said for kind, _, said in lines if kind is ItemKind.SKIP] == [
        "Mobile: Not approved in this run, so nothing was changed. The next run has it again."
    ]
    assert (after.summary.counts["applied"], after.summary.counts.get("xero_create", 0)) == (1, 0)
    again = facade.choice_page(actor, at_work.preview().summary.run_id)
    assert again.tally.kinds == {"xero_create": 1, "xero_update": 1, "hr_update": 1}
    assert again.tally.groups == {FieldGroup.CONTACT: 2}


@pytest.mark.usefixtures("real_db")
def test_a_choice_of_nothing_and_one_that_comes_too_late_change_nothing(at_work: Office, cast: Cast) -> None:
    page = edited(at_work)
    actor, run_id = at_work.player.actor, page.summary.run_id
    with pytest.raises(NotPermitted):
        facade.approve_part(cast.bob.actor, run_id, ALL)
    with pytest.raises(Invalid, match="Nothing is ticked"):
        facade.approve_part(actor, run_id, choose(page, kinds={"xero_terminate"}))
    facade.cancel_run(actor, run_id)
    with pytest.raises(facade.RunMoved):
        facade.choice_page(actor, run_id)


@pytest.mark.usefixtures("real_db")
def test_the_page_counts_first_and_approves_exactly_what_it_counted(at_work: Office) -> None:
    page, player = edited(at_work), at_work.player
    at = player.url(f"runs/{page.summary.run_id}/choose/")
    assert "Approve some of it" in text_of(player.client.get(player.url(f"runs/{page.summary.run_id}/")))
    first = text_of(player.client.get(at))
    assert "Add in Xero (1)" in first
    assert 'value="approve"' not in first
    ticks: dict[str, Any] = {"there": ["xero_update"], "groups": ["contact", "employment"]}
    counted = text_of(player.client.post(at, {**ticks, "do": "count"}))
    assert "Approve 1 change" in counted
    seen = counted.split('name="seen" value="')[1].split('"')[0]
    other = player.client.post(at, {**ticks, "here": ["hr_update"], "do": "approve", "seen": seen})
    assert other.status_code == 422
    assert "others than those that were counted" in text_of(other)
    player.client.post(at, {**ticks, "do": "approve", "seen": seen})
    done = at_work.again(page)
    assert (done.summary.status.value, done.summary.counts["applied"], done.summary.counts["skipped"]) == ("done", 1, 2)
    assert text_of(player.client.get(at, follow=True)).count("has moved on") == 1
