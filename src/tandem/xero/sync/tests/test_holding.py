"""Automatic runs that wait for a person: by which rule, how it is said and told once, and what lets them go on."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from tandem.kernel.scoping import scope
from tandem.notices.models import Letter
from tandem.notices.selectors import list_open
from tandem.xero.mapping.fields import FieldValue, SharedField, Termination
from tandem.xero.matching.matching import Side
from tandem.xero.sync.holding import Hold, as_counts, hold_sentence, holds_of
from tandem.xero.sync.pages import RunStatus, Trigger
from tandem.xero.sync.plan import FieldChange, Step, Verb
from tandem.xero.sync.preferences import Preferences
from tandem.xero.sync.tests.office import Office

ADA, BEA = UUID(int=1), UUID(int=2)
BANK: FieldValue = ()


def step(
    target: Side, verb: Verb, field: SharedField = SharedField.MOBILE, after: FieldValue = "1", who: UUID = ADA
) -> Step:
    xero_id = None if (target, verb) == (Side.XERO, Verb.CREATE) else who
    employee_id = None if (target, verb) == (Side.HR, Verb.CREATE) else who
    return Step(target, verb, employee_id, xero_id, (FieldChange(field, None, after),))


ENDING: dict[str, Any] = {"field": SharedField.TERMINATION, "after": Termination(date(2026, 12, 1))}
ACCOUNTS: dict[str, Any] = {"field": SharedField.BANK_ACCOUNTS, "after": BANK}


@pytest.mark.parametrize(
    ("rules", "steps", "expected"),
    [
        ({}, [step(Side.XERO, Verb.CREATE), step(Side.XERO, Verb.TERMINATE, **ENDING)], {}),
        ({"hold_creates": True}, [step(Side.XERO, Verb.CREATE), step(Side.XERO, Verb.UPDATE, who=BEA)], {Hold.CREATES: 1}),
        ({"hold_creates": True}, [step(Side.HR, Verb.CREATE), step(Side.XERO, Verb.UPDATE)], {}),
        ({"hold_ends": True}, [step(Side.HR, Verb.TERMINATE, **ENDING), step(Side.XERO, Verb.TERMINATE, **ENDING, who=BEA)], {Hold.ENDS: 2}),
        ({"hold_ends": True}, [step(Side.HR, Verb.REINSTATE, **ENDING)], {}),
        ({"hold_bank": True}, [step(Side.XERO, Verb.UPDATE, **ACCOUNTS), step(Side.XERO, Verb.CREATE, **ACCOUNTS, who=BEA)], {Hold.BANK: 2}),
        ({"hold_bank": True}, [step(Side.HR, Verb.UPDATE, **ACCOUNTS)], {}),
        ({"hold_more_than": 1}, [step(Side.XERO, Verb.UPDATE), step(Side.HR, Verb.UPDATE)], {}),
        ({"hold_more_than": 1}, [step(Side.XERO, Verb.UPDATE), step(Side.HR, Verb.UPDATE, who=BEA)], {Hold.MANY: 2}),
        ({"hold_more_than": 0}, [step(Side.XERO, Verb.UPDATE), step(Side.HR, Verb.UPDATE, who=BEA)], {}),
    ],
)  # fmt: skip
def test_each_rule_holds_its_own_kind_of_change(
    rules: dict[str, Any], steps: list[Step], expected: dict[Hold, int]
) -> None:
    assert holds_of(steps, Preferences(**rules)) == expected


def test_the_reasons_are_said_with_their_numbers() -> None:
    said = hold_sentence(as_counts({Hold.CREATES: 1, Hold.ENDS: 1200}))
    assert "1 person to add in Xero, 1,200 employments to end." in said
    assert [problem.field for problem in Preferences(hold_more_than=-1).check()] == ["hold_more_than"]


def letters(office: Office) -> int:
    with scope(office.player.account.account_id):
        return Letter.objects.count()


@pytest.mark.usefixtures("real_db")
def test_a_run_with_somebody_to_add_stops_at_its_preview_tells_people_once_and_goes_on_when_approved(
    at_work: Office,
) -> None:
    at_work.choose(auto_import=True, auto_export=True, create_in_xero=True, hold_creates=True)
    at_work.hire()
    at_work.edit_in_xero("Alice Lang", JobTitle="Head baker")
    page = at_work.automatic()
    assert (page.summary.status, page.summary.trigger) == (RunStatus.PLANNED, Trigger.SCHEDULE)
    assert "1 person to add in Xero" in page.stop_sentence
    assert page.summary.sentence == page.stop_sentence
    assert not at_work.calls("POST")
    assert at_work.someone().job_title != "Head baker"
    assert [notice.kind for notice in list_open(at_work.player.actor)] == ["run_held"]
    told = letters(at_work)
    assert told > 0
    newest = at_work.automatic()
    assert newest.summary.run_id != page.summary.run_id
    assert at_work.page(page.summary.run_id).summary.status is RunStatus.STALE
    assert letters(at_work) == told
    done = at_work.approve(newest)
    assert done.summary.status is RunStatus.DONE
    assert "Marta Nowak" in at_work.theirs()
    assert list_open(at_work.player.actor) == []


@pytest.mark.usefixtures("real_db")
def test_a_run_without_anything_to_look_at_goes_on_and_ends_the_notice(at_work: Office) -> None:
    at_work.choose(auto_import=True, auto_export=True, create_in_xero=True, hold_creates=True)
    marta = at_work.hire()
    at_work.automatic()
    assert list_open(at_work.player.actor)
    at_work.choose(create_in_xero=False)
    at_work.edit(at_work.someone(), mobile="0491 570 156")
    page = at_work.automatic()
    assert page.summary.status is RunStatus.DONE
    assert marta.full_name not in at_work.theirs()
    assert list_open(at_work.player.actor) == []


@pytest.mark.usefixtures("real_db")
def test_somebody_who_waits_under_matches_holds_no_run(in_doubt: Office) -> None:
    in_doubt.choose(auto_import=True, auto_export=True, create_in_xero=True, hold_creates=True)
    assert in_doubt.automatic().summary.status is RunStatus.DONE


@pytest.mark.usefixtures("real_db")
def test_the_settings_and_the_preview_say_what_a_run_waits_for(at_work: Office) -> None:
    player = at_work.player
    at_work.choose(auto_export=True, hold_more_than=1)
    at_work.hire()
    at_work.edit(at_work.someone(), mobile="0491 570 156")
    page = at_work.automatic()
    shown = player.client.get(player.url(f"runs/{page.summary.run_id}/")).content.decode()
    assert "2 people to change in all" in shown
    assert "Approve and start" in shown
    tab = player.client.get(player.url("account/details/integration/")).content.decode()
    assert "Wait where more people than this would change" in tab
    assert 'value="1"' in tab
    assert "An automatic run waits for a person" in player.client.get(player.url("notices/")).content.decode()
