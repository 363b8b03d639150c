"""The Leave tab: balances as of a time, leave that is asked for, decided and withdrawn, each with its page."""

import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tandem.access.roles import Role
from tandem.testing.cast import Cast, Player, join, text_of
from tandem.xero import facade
from tandem.xero.sync.tests.office import Office

pytestmark = pytest.mark.usefixtures("real_db")


@pytest.fixture
def ken(cast: Cast, at_work: Office) -> Player:
    return join(cast.alice.account, "Ken Ito", Role.PAYROLL_TAB, Role.EMPLOYEE_MANAGEMENT)


@pytest.fixture
def ada(cast: Cast, at_work: Office) -> Player:
    """Somebody whom Xero has too, at her own record."""
    return join(cast.alice.account, "Ada Lang", Role.SELF_SERVICE, employee=at_work.someone())


def _get(player: Player, path: str) -> str:
    return text_of(player.client.get(player.url(path)))


def _tab(office: Office, rest: str = "") -> str:
    return f"employees/{office.someone().employee_id}/leave/{rest}"


def _typed(*, first: str = "2026-12-14", last: str = "2026-12-18", title: str = "Beach") -> dict[str, str]:
    return {"from_on": first, "until_on": last, "title": title, "description": ""}


def _ask(cast: Cast, office: Office, player: Player, **typed: str) -> str:
    if not facade.list_leave_types(player.actor):
        facade.read_lists_now(cast.alice.actor)
    known = {one.name: str(one.leave_type_id) for one in facade.list_leave_types(player.actor)}
    sent = {"leave_type_id": known["Annual Leave"], **_typed(**typed)}
    return text_of(player.client.post(player.url(_tab(office, "new/")), sent, follow=True))


def _press(player: Player, page: str, verb: str, **typed: str) -> str:
    found = re.search(rf'action="([^"]*/{verb}/)"', page)
    assert found
    hidden = dict(re.findall(r'name="(seen)" value="([^"]*)"', page))
    return text_of(player.client.post(found.group(1), hidden | typed, follow=True))


def _of_the_list(player: Player) -> str:
    """Follow the first request of the list of what waits."""
    found = re.search(r'href="([^"]*/leave/[0-9a-f-]{36}/)"', _get(player, "employees/leave/"))
    assert found
    return text_of(player.client.get(found.group(1)))


def test_balances_stand_there_with_their_time_and_are_read_anew_by_the_role_alone(
    cast: Cast, at_work: Office, ken: Player, ada: Player
) -> None:
    page = _get(ada, _tab(at_work))
    assert "Annual Leave" in page
    assert "As of " in page
    assert "No leave yet" in page
    assert "/leave/read/" not in page
    assert "The balances were read from Xero." in _press(ken, _get(ken, _tab(at_work)), "read")
    assert "not linked" in text_of(
        ken.client.post(ken.url(f"employees/{cast.dana_record.employee_id}/leave/read/"), follow=True)
    )


def test_leave_is_asked_for_waits_on_home_and_is_approved_by_another_person(
    cast: Cast, at_work: Office, ken: Player, ada: Player
) -> None:
    assert "Xero's leave types were not read yet" in _get(ada, _tab(at_work, "new/"))
    page = _ask(cast, at_work, ada)
    assert "Waits for a decision" in page
    assert "Somebody else with the Payroll Tab role decides on it." in page
    assert "/approve/" not in page
    assert "1 request for leave waits for a decision." in _get(ken, "")
    approved = _press(ken, _of_the_list(ken), "approve")
    assert "You approved the leave." in approved
    assert "Ken Ito approved it" in approved
    assert "Nothing waits" in _get(ken, "employees/leave/")
    assert "Approved" in _get(ada, _tab(at_work))


def test_what_is_wrong_is_said_at_once_and_what_was_typed_stays(cast: Cast, at_work: Office, ada: Player) -> None:
    page = _ask(cast, at_work, ada, first="2026-12-18", last="2026-12-14", title="x" * 60)
    assert "The last day away is before the first." in page
    assert "Title has 60 characters and Xero takes at most 50." in page
    assert "x" * 60 in page
    answer = ada.client.post(ada.url(_tab(at_work, "new/")), {})
    assert answer.status_code == 422
    assert text_of(answer).count("Enter the ") >= 2
    assert ada.client.get(ada.url(_tab(at_work, f"{uuid4()}/"))).status_code == 404


def test_a_rejection_says_why_and_leave_can_be_changed_and_withdrawn(
    cast: Cast, at_work: Office, ken: Player, ada: Player
) -> None:
    page = _ask(cast, at_work, ada)
    edit = re.search(r'href="([^"]*/edit/)"', page)
    assert edit
    form = text_of(ada.client.get(edit.group(1)))
    hidden = re.findall(r'name="seen" value="([^"]*)"', form)
    kind = re.findall(r'value="([^"]*)" selected', form)
    sent = {"leave_type_id": kind[0], "seen": hidden[0], **_typed(last="2026-12-16")}
    assert "The leave was changed." in text_of(ada.client.post(edit.group(1), sent, follow=True))
    assert "Somebody else changed this record" in text_of(ada.client.post(edit.group(1), sent))
    assert "Why it was rejected" in _press(ken, _of_the_list(ken), "reject", note="Stocktake")
    assert "The leave was withdrawn." in _press(ada, _ask(cast, at_work, ada), "withdraw")


def test_what_stands_with_xero_is_said_and_what_does_not_meet_is_decided_there(
    cast: Cast, at_work: Office, ken: Player, ada: Player
) -> None:
    _ask(cast, at_work, ada)
    _press(ken, _of_the_list(ken), "approve")
    assert "Not in Xero yet" in _get(ada, _tab(at_work))
    at_work.fault("status", path="/payroll.xro/1.0/leaveapplications*", method="POST", status=400, count=1)
    page = _press(ken, _get(ken, "employees/leave/"), "send")
    assert "Leave was compared with Xero." in page
    assert "Needs somebody in payroll" in page
    assert "Xero refused this leave" in page
    request = re.search(r'href="([^"]*/leave/[0-9a-f-]{36}/)"', page.split("Needs somebody in payroll")[1])
    assert request
    assert "Send it again" not in text_of(ada.client.get(request.group(1)))
    assert "is sent again shortly" in _press(ken, text_of(ken.client.get(request.group(1))), "again")
    _press(ken, _get(ken, "employees/leave/"), "send")
    assert "In Xero" in _get(ada, _tab(at_work))


def test_the_list_of_what_waits_takes_no_more_queries_for_more(cast: Cast, at_work: Office, ken: Player) -> None:
    _ask(cast, at_work, ken)
    with CaptureQueriesContext(connection) as few:
        _get(ken, "employees/leave/")
    for month in ("01", "02"):
        _ask(cast, at_work, ken, first=f"2027-{month}-01", last=f"2027-{month}-02")
    with CaptureQueriesContext(connection) as many:
        _get(ken, "employees/leave/")
    assert len(many) == len(few)
