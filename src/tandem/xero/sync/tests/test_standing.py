"""A field decided for everybody: what is decided with it, what is left, where it is written down, and the way back."""

import pytest
from django.apps import apps

from tandem.kernel.errors import Invalid, NotFound, NotPermitted
from tandem.kernel.scoping import scope
from tandem.testing.cast import Cast
from tandem.timeline.selectors import TimelineEntry, list_entries
from tandem.xero import facade
from tandem.xero.facade import ItemKind, RunStatus, Side, Why
from tandem.xero.sync.tests.office import Office

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]
OURS, THEIRS = "0491 570 110", "0491 570 313"


def clash(office: Office, name: str = "Alice Lang") -> None:
    office.edit(office.ours()[name], mobile=OURS)
    office.edit_in_xero(name, Mobile=THEIRS)


def decide(office: Office, keep: Side = Side.XERO, *, and_open: int | None = None) -> int:
    decided = facade.decide_always(office.player.actor, "mobile", keep=keep, why=Why.KEPT_THERE, and_open=and_open)
    office.clock.advance(minutes=5)
    return decided


def journalled(office: Office, *events: str) -> list[TimelineEntry]:
    return list_entries(office.player.actor, events=events)


def test_only_who_may_manage_the_integration_decides_for_everybody(cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        facade.decide_always(cast.bob.actor, "mobile", keep=Side.HR, why=Why.KEPT_THERE)
    with pytest.raises(NotPermitted):
        facade.take_back_always(cast.bob.actor, "mobile")
    with pytest.raises(NotPermitted):
        facade.find_standing_field(cast.bob.actor, "mobile")


@pytest.mark.parametrize("field", ["termination", "bank_accounts", "tax_file_number", "leave_balances", "x"])
def test_ends_bank_accounts_and_tax_file_numbers_are_never_decided_for_everybody(cast: Cast, field: str) -> None:
    with pytest.raises(Invalid):
        facade.decide_always(cast.alice.actor, field, keep=Side.HR, why=Why.KEPT_THERE)
    assert facade.find_standing_field(cast.alice.actor, field) is None


def test_more_open_conflicts_than_were_shown_are_not_decided_unseen(at_work: Office) -> None:
    clash(at_work)
    at_work.sync()
    with pytest.raises(Invalid) as refusal:
        decide(at_work, and_open=3)
    assert [one.field for one in refusal.value.problems] == ["with_open"]
    assert facade.list_standing(at_work.player.actor) == []
    assert facade.list_conflicts(at_work.player.actor)[0].decision == ""


def test_open_conflicts_of_the_field_are_decided_with_it_and_the_lost_value_stands_in_history(at_work: Office) -> None:
    clash(at_work)
    at_work.sync()
    found = facade.find_standing_field(at_work.player.actor, "mobile")
    assert found
    assert (found.open_conflicts, found.keep) == (1, None)
    assert decide(at_work, and_open=1) == 1
    page = at_work.sync()
    assert at_work.someone().mobile == at_work.theirs()["Alice Lang"]["Mobile"] == THEIRS
    assert facade.list_conflicts(at_work.player.actor) == []
    (line,) = [line for item in page.items if item.kind is ItemKind.STEP for line in item.changes]
    assert (line.before, line.after) == (OURS, THEIRS)
    with scope(at_work.player.actor.account_id):
        history = apps.get_model("people", "EmployeeEvent").objects.filter(pgh_obj_id=at_work.someone().employee_id)
        assert OURS in set(history.values_list("mobile", flat=True))


def test_without_the_tick_open_conflicts_stay_and_everybody_elses_are_not_opened(at_work: Office) -> None:
    clash(at_work)
    at_work.sync()
    decide(at_work)
    clash(at_work, "Isla Ito")
    page = at_work.sync()
    assert [one.person for one in facade.list_conflicts(at_work.player.actor)] == ["Alice Lang"]
    assert at_work.someone().mobile == OURS
    assert at_work.ours()["Isla Ito"].mobile == THEIRS
    (line,) = [line for item in page.items if item.kind is ItemKind.STEP for line in item.changes]
    assert "decided for everybody" in line.note


def test_another_field_of_the_same_person_still_waits_for_a_person(at_work: Office) -> None:
    decide(at_work)
    clash(at_work)
    at_work.edit(at_work.someone(), job_title="Head baker")
    at_work.edit_in_xero("Alice Lang", JobTitle="Shop manager")
    at_work.sync()
    assert at_work.someone().mobile == THEIRS
    assert [one.field for one in facade.list_conflicts(at_work.player.actor)] == ["job_title"]


def test_the_decision_is_journalled_with_who_and_why_and_so_is_taking_it_back(at_work: Office) -> None:
    decide(at_work)
    (standing,) = facade.list_standing(at_work.player.actor)
    assert (standing.label, standing.keep, standing.why) == ("Mobile", Side.XERO, Why.KEPT_THERE.sentence)
    assert standing.by_user_id == at_work.player.actor.user_id
    facade.take_back_always(at_work.player.actor, "mobile")
    with pytest.raises(NotFound):
        facade.take_back_always(at_work.player.actor, "mobile")
    back, decided = journalled(at_work, "standing.decided", "standing.taken_back")
    assert (back.actor_id, back.facts) == (at_work.player.actor.user_id, {"standing_field": "mobile"})
    assert decided.facts == {
        "standing_field": "mobile",
        "standing_keep": "xero",
        "standing_why": "kept_there",
        "standing_open": 0,
    }
    clash(at_work)
    at_work.sync()
    assert [one.field for one in facade.list_conflicts(at_work.player.actor)] == ["mobile"]


def test_a_preview_from_before_the_decision_is_not_carried_out(at_work: Office) -> None:
    clash(at_work)
    shown = at_work.preview()
    decide(at_work, and_open=1)
    assert at_work.approve(shown).summary.status is RunStatus.STALE
    assert at_work.someone().mobile == OURS
    assert at_work.theirs()["Alice Lang"]["Mobile"] == THEIRS
