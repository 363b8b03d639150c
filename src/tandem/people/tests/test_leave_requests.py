"""Leave is asked for by people, decided by somebody else with the role, and keeps every step."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from tandem.access.roles import Role
from tandem.kernel.errors import Invalid, NotFound, NotPermitted
from tandem.people import leave
from tandem.people.errors import ChangedMeanwhile
from tandem.people.leave import OVER, OVERLAPS, OWN, WantedLeave
from tandem.people.leave_records import LeaveStatus, LeaveStepKind, LeaveTerms
from tandem.testing.cast import Cast, Player, join

pytestmark = pytest.mark.usefixtures("real_db")
ANNUAL = UUID(int=1)


def wanted(first: int = 14, last: int = 18, *, title: str = "Beach") -> WantedLeave:
    return WantedLeave(LeaveTerms(ANNUAL, date(2026, 12, first), date(2026, 12, last), title), "Annual Leave")


@pytest.fixture
def ken(cast: Cast) -> Player:
    return join(cast.alice.account, "Ken Ito", Role.PAYROLL_TAB, Role.EMPLOYEE_MANAGEMENT)


def test_a_request_waits_is_approved_by_another_person_and_keeps_its_steps(cast: Cast, ken: Player) -> None:
    dana = cast.dana_record.employee_id
    asked = leave.ask_leave(cast.dana.actor, employee_id=dana, wanted=wanted())
    (line,) = leave.list_waiting_leave(ken.actor)
    assert (line.full_name, line.leave_type_name, line.request.status) == (
        "Dana Okafor",
        "Annual Leave",
        LeaveStatus.REQUESTED,
    )
    leave.approve_leave(ken.actor, employee_id=dana, request_id=asked, seen=line.revision)
    assert leave.list_waiting_leave(ken.actor) == []
    (found,) = leave.list_leave(cast.dana.actor, employee_id=dana)
    assert (found.request.status, found.decided_by_id) == (LeaveStatus.APPROVED, ken.user.id)
    steps = leave.list_leave_steps(cast.dana.actor, employee_id=dana, request_id=asked)
    assert [(step.what, step.by_user_id) for step in steps] == [
        (LeaveStepKind.APPROVED, ken.user.id),
        (LeaveStepKind.ASKED, cast.dana.user.id),
    ]


def test_nobody_decides_on_their_own_leave_whatever_their_roles(cast: Cast, ken: Player) -> None:
    dana = cast.dana_record.employee_id
    boss = replace(cast.dana.actor, permissions=ken.actor.permissions)
    asked = leave.ask_leave(boss, employee_id=dana, wanted=wanted())
    with pytest.raises(Invalid, match=OWN):
        leave.approve_leave(boss, employee_id=dana, request_id=asked, seen=1)
    with pytest.raises(Invalid, match=OWN):
        leave.reject_leave(boss, employee_id=dana, request_id=asked)
    leave.approve_leave(ken.actor, employee_id=dana, request_id=asked, seen=1)
    with pytest.raises(Invalid, match=OWN):
        leave.change_leave(boss, employee_id=dana, request_id=asked, seen=2, wanted=wanted(21, 22))


def test_without_the_role_nobody_sees_or_decides_the_leave_of_others(cast: Cast) -> None:
    dana = cast.dana_record.employee_id
    asked = leave.ask_leave(cast.dana.actor, employee_id=dana, wanted=wanted())
    for stranger in (cast.alice.actor, cast.bob.actor):
        with pytest.raises(NotPermitted):
            leave.list_leave(stranger, employee_id=dana)
        with pytest.raises(NotPermitted):
            leave.approve_leave(stranger, employee_id=dana, request_id=asked, seen=1)
    for everybody in (cast.bob.actor, cast.dana.actor):
        with pytest.raises(NotPermitted):
            leave.list_waiting_leave(everybody)
    with pytest.raises((NotFound, NotPermitted)):
        leave.find_leave(cast.charlie.actor, employee_id=dana, request_id=asked)


def test_days_that_overlap_are_refused_until_the_other_leave_is_over(cast: Cast) -> None:
    dana = cast.dana_record.employee_id
    first = leave.ask_leave(cast.dana.actor, employee_id=dana, wanted=wanted(14, 18))
    with pytest.raises(Invalid, match=OVERLAPS):
        leave.ask_leave(cast.dana.actor, employee_id=dana, wanted=wanted(18, 19))
    assert leave.change_leave(cast.dana.actor, employee_id=dana, request_id=first, seen=1, wanted=wanted(15, 18))
    leave.withdraw_leave(cast.dana.actor, employee_id=dana, request_id=first)
    leave.ask_leave(cast.dana.actor, employee_id=dana, wanted=wanted(18, 19))


def test_what_is_approved_is_what_was_seen(cast: Cast, ken: Player) -> None:
    dana = cast.dana_record.employee_id
    asked = leave.ask_leave(cast.dana.actor, employee_id=dana, wanted=wanted())
    assert leave.change_leave(cast.dana.actor, employee_id=dana, request_id=asked, seen=1, wanted=wanted(14, 24))
    with pytest.raises(ChangedMeanwhile):
        leave.approve_leave(ken.actor, employee_id=dana, request_id=asked, seen=1)
    leave.approve_leave(ken.actor, employee_id=dana, request_id=asked, seen=2)
    with pytest.raises(NotPermitted):
        leave.change_leave(cast.bob.actor, employee_id=dana, request_id=asked, seen=3, wanted=wanted(14, 31))
    with pytest.raises(Invalid, match=OWN):
        leave.change_leave(cast.dana.actor, employee_id=dana, request_id=asked, seen=3, wanted=wanted(14, 31))
    assert not leave.change_leave(ken.actor, employee_id=dana, request_id=asked, seen=3, wanted=wanted(14, 24))


def test_what_is_over_is_not_decided_again_and_a_rejection_says_why(cast: Cast, ken: Player) -> None:
    dana = cast.dana_record.employee_id
    asked = leave.ask_leave(ken.actor, employee_id=dana, wanted=wanted())
    leave.reject_leave(ken.actor, employee_id=dana, request_id=asked, note="  Stocktake ")
    assert leave.find_leave(cast.dana.actor, employee_id=dana, request_id=asked).decision_note == "Stocktake"
    for again in (leave.reject_leave, leave.withdraw_leave):
        with pytest.raises(Invalid, match=OVER):
            again(ken.actor, employee_id=dana, request_id=asked)
    approved = leave.ask_leave(cast.dana.actor, employee_id=dana, wanted=wanted())
    leave.approve_leave(ken.actor, employee_id=dana, request_id=approved, seen=1)
    with pytest.raises(Invalid, match=OVER):
        leave.reject_leave(ken.actor, employee_id=dana, request_id=approved)
