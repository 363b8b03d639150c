"""People ask for changes of their own record; somebody else decides, and nothing is in force before."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from tandem.flows import own_changes as flows
from tandem.kernel.errors import Invalid, NotFound, NotPermitted
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scope
from tandem.notices.models import Letter
from tandem.people import own_changes
from tandem.people.actions import edit_employee
from tandem.people.models import OwnChange
from tandem.people.own_change_records import (
    OWN_FIELDS,
    OwnChangeOutcome,
    details_of_plain,
    different,
    moved_since,
    plain_of,
)
from tandem.people.own_changes import GONE, MOVED, NO_REASON, OWN
from tandem.people.records import Address, EmployeeRecord, Gender
from tandem.people.selectors import get_employee, list_history
from tandem.testing.cast import Cast, Player
from tandem.timeline.events import Event
from tandem.timeline.selectors import list_entries

HOME = Address("9 Quay Road", "", "Docklands", "VIC", "3008", "Australia")


@pytest.fixture
def person(cast: Cast) -> UUID:
    return cast.dana_record.employee_id


def _ask(cast: Cast, **wanted: object) -> UUID:
    assert flows.ask_own_details(cast.dana.actor, wanted=wanted)
    return own_changes.list_waiting_own_changes(cast.bob.actor)[0].change_id


def _record(cast: Cast) -> EmployeeRecord:
    return get_employee(cast.alice.actor, employee_id=cast.dana_record.employee_id)


def _letters(cast: Cast) -> list[Letter]:
    with scope(cast.alice.account.account_id):
        return list(
            Letter.objects.filter(account_id=cast.alice.account.account_id).order_by("written_at", "to_address")
        )


def _said(player: Player) -> Iterator[tuple[Event, UUID | None]]:
    for entry in list_entries(player.actor, limit=20):
        if "own_change" in entry.event:
            yield Event(entry.event), entry.actor_id


def test_what_is_asked_for_is_in_force_only_once_somebody_else_approved_it(cast: Cast, person: UUID) -> None:
    asked = _ask(cast, home_address=HOME, mobile="0491 570 156")
    assert _record(cast) == cast.dana_record
    change = own_changes.get_own_change(cast.bob.actor, employee_id=person, change_id=asked)
    assert change.fields == ("home_address", "mobile")
    assert change.before["mobile"] == cast.dana_record.mobile
    flows.approve_own_change(cast.bob.actor, employee_id=person, change_id=asked)
    assert (_record(cast).home_address, _record(cast).mobile) == (HOME, "0491 570 156")
    assert own_changes.list_waiting_own_changes(cast.bob.actor) == []
    (newest, *_) = list_history(cast.alice.actor, employee_id=person)
    assert (newest.by_user_id, newest.via) == (cast.bob.user.id, f"request {asked}")
    assert list(_said(cast.alice)) == [
        (Event.OWN_CHANGE_APPROVED, cast.bob.user.id),
        (Event.OWN_CHANGE_ASKED, cast.dana.user.id),
    ]


def test_nobody_decides_on_their_own_record_whatever_their_roles(cast: Cast, person: UUID) -> None:
    asked = _ask(cast, mobile="0491 570 156")
    boss = replace(cast.dana.actor, permissions=cast.alice.actor.permissions)
    with pytest.raises(Invalid, match=OWN):
        flows.approve_own_change(boss, employee_id=person, change_id=asked)
    with pytest.raises(Invalid, match=OWN):
        flows.refuse_own_change(boss, employee_id=person, change_id=asked, note="No")
    moved_on = replace(boss, employee_id=None)
    with pytest.raises(Invalid, match=OWN):
        flows.approve_own_change(moved_on, employee_id=person, change_id=asked)
    assert own_changes.list_waiting_own_changes(boss) == []


def test_a_record_that_moved_on_is_not_overwritten_by_what_was_asked_before(cast: Cast, person: UUID) -> None:
    asked = _ask(cast, mobile="0491 570 156", phone="")
    edit_employee(cast.alice.actor, employee_id=person, changes={"mobile": "0491 570 157"})
    change = own_changes.get_own_change(cast.dana.actor, employee_id=person, change_id=asked)
    assert change.moved == ("mobile",)
    with pytest.raises(Invalid, match=MOVED):
        flows.approve_own_change(cast.bob.actor, employee_id=person, change_id=asked)
    assert _record(cast).mobile == "0491 570 157"
    again = _ask(cast, mobile="0491 570 158")
    edit_employee(cast.alice.actor, employee_id=person, changes={"job_title": "Head baker"})
    flows.approve_own_change(cast.bob.actor, employee_id=person, change_id=again)
    assert _record(cast).mobile == "0491 570 158"


def test_a_refusal_needs_a_reason_and_leaves_the_record_alone(cast: Cast, person: UUID) -> None:
    asked = _ask(cast, last_name="Okafor-Lee")
    with pytest.raises(Invalid, match=NO_REASON):
        flows.refuse_own_change(cast.bob.actor, employee_id=person, change_id=asked, note="  ")
    flows.refuse_own_change(cast.bob.actor, employee_id=person, change_id=asked, note="Bring the certificate")
    assert _record(cast) == cast.dana_record
    (line,) = own_changes.list_own_changes(cast.dana.actor, employee_id=person)
    assert (line.outcome, line.note, line.decided_by_id) == (
        OwnChangeOutcome.REFUSED,
        "Bring the certificate",
        cast.bob.user.id,
    )
    with pytest.raises(NotFound, match=GONE):
        flows.approve_own_change(cast.alice.actor, employee_id=person, change_id=asked)


def test_one_request_waits_and_a_newer_one_or_the_person_ends_it(cast: Cast, person: UUID) -> None:
    first = _ask(cast, mobile="0491 570 156")
    second = _ask(cast, mobile="0491 570 157")
    with pytest.raises(NotFound, match=GONE):
        flows.approve_own_change(cast.bob.actor, employee_id=person, change_id=first)
    own_changes.withdraw_own_change(cast.dana.actor, change_id=second)
    with pytest.raises(NotFound, match=GONE):
        flows.approve_own_change(cast.bob.actor, employee_id=person, change_id=second)
    with scope(cast.alice.account.account_id):
        assert set(OwnChange.objects.values_list("sealed_values", flat=True)) == {None}


def test_what_is_not_theirs_is_not_asked_for_and_what_is_wrong_is_said_at_once(cast: Cast) -> None:
    for name in ("work_email", "job_title", "employee_number", "start_on", "branch_id"):
        with pytest.raises(NotPermitted):
            flows.ask_own_details(cast.dana.actor, wanted={name: "x"})
    with pytest.raises(Invalid) as found:
        flows.ask_own_details(cast.dana.actor, wanted={"mobile": "none", "home_email": "none", "first_name": ""})
    assert {problem.field for problem in found.value.problems} == {"mobile", "home_email", "first_name"}
    assert not flows.ask_own_details(cast.dana.actor, wanted={"mobile": cast.dana_record.mobile})
    for stranger in (cast.alice.actor, cast.charlie.actor):
        with pytest.raises(NotPermitted):
            flows.ask_own_details(stranger, wanted={"mobile": "0491 570 156"})


def test_without_the_right_nobody_sees_or_decides(cast: Cast, person: UUID) -> None:
    asked = _ask(cast, mobile="0491 570 156")
    with pytest.raises(NotPermitted):
        own_changes.list_waiting_own_changes(cast.dana.actor)
    viewer = replace(cast.bob.actor, permissions=cast.bob.actor.permissions - {Permission.EDIT_EMPLOYEES})
    with pytest.raises(NotPermitted):
        flows.approve_own_change(viewer, employee_id=person, change_id=asked)
    stranger = replace(cast.dana.actor, employee_id=UUID(int=1))
    with pytest.raises(NotPermitted):
        own_changes.get_own_change(stranger, employee_id=person, change_id=asked)
    with pytest.raises(NotFound):
        own_changes.get_own_change(cast.charlie.actor, employee_id=person, change_id=asked)
    assert own_changes.list_waiting_own_changes(cast.charlie.actor) == []


def test_one_letter_goes_to_each_who_may_decide_and_one_to_the_asker_without_a_word_of_what_it_is(
    cast: Cast, person: UUID
) -> None:
    _ask(cast, mobile="0491 570 156", home_address=HOME)
    asked = _ask(cast, mobile="0491 570 157", home_address=HOME)
    assert [one.to_address for one in _letters(cast)] == [cast.alice.user.email, cast.bob.user.email]
    flows.approve_own_change(cast.bob.actor, employee_id=person, change_id=asked)
    *_, last = _letters(cast)
    assert last.to_address == cast.dana.user.email
    for letter in _letters(cast):
        for text in (letter.subject, letter.body, letter.html):
            assert not any(word in text for word in ("Dana", "Okafor", "0491", "Quay", "mobile"))
        assert "/a/harbour-lane/employees/" in letter.body


@pytest.mark.parametrize(
    ("before", "now", "moved"),
    [({"a": 1}, {"a": 1, "b": 2}, ()), ({"a": 1}, {"a": 2}, ("a",)), ({"a": None}, {"a": ""}, ("a",))],
)
def test_what_moved_is_named(before: dict[str, object], now: dict[str, object], moved: tuple[str, ...]) -> None:
    assert moved_since(before, now) == moved


def test_values_come_back_as_they_went_in() -> None:
    values = {"date_of_birth": date(1990, 2, 28), "gender": Gender.FEMALE, "home_address": HOME, "mobile": ""}
    assert details_of_plain(plain_of(values)) == values
    assert details_of_plain(plain_of({"date_of_birth": None})) == {"date_of_birth": None}
    assert different(plain_of(values), plain_of({**values, "mobile": "1"})) == {"mobile": "1"}
    assert "work_email" not in OWN_FIELDS
