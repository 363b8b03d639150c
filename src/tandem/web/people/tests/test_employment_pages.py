"""What lies ahead of an employment, entered on pages: each says first what it means for the Xero connection."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tandem.access.actions import ensure_user, grant_access
from tandem.access.records import MemberRecord
from tandem.access.roles import Role
from tandem.kernel.clock import FrozenClock
from tandem.people.actions import delete_employee, hire_employee
from tandem.people.records import EmployeeDetails, EmployeeRecord
from tandem.testing.cast import Cast, Player, join, text_of
from tandem.testing.xero import AMIR, ROSA, Connect
from tandem.xero import facade
from tandem.xero.facade import ConsentPurpose
from tandem_sandbox.testing import Sandbox

TODAY = date(2026, 11, 23)
AHEAD = (TODAY + timedelta(days=10)).isoformat()
HOLDS = "Rosa Byrne holds the Xero connection"
WAITS = "From the last safe day on exports wait until somebody else has authorised. Imports go on."


@pytest.fixture
def rosa(cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect) -> EmployeeRecord:
    """Rosa's record; she holds the connection."""
    details = EmployeeDetails(first_name="Rosa", last_name="Byrne", work_email=ROSA)

    def authorise() -> EmployeeRecord:
        record = hire_employee(cast.alice.actor, details=details)
        assert connected(cast.alice).is_success
        return record

    return connected.stand(("rosa holds it", details), authorise)


@pytest.fixture
def member(cast: Cast, rosa: EmployeeRecord) -> MemberRecord:
    """Rosa's sign-in, which works with payroll."""
    user_id = ensure_user("rosa@harbourlane.example", name="Rosa Byrne")
    return grant_access(cast.alice.actor, user_id=user_id, roles=[Role.PAYROLL_TAB], employee_id=rosa.employee_id)


def _get(player: Player, path: str) -> str:
    return text_of(player.client.get(player.url(path)))


def _post(player: Player, path: str, **typed: str) -> str:
    return text_of(player.client.post(player.url(path), typed, follow=True))


@pytest.mark.parametrize(
    ("form", "typed", "last_safe_day", "waits"),
    [
        ("terminate", {"termination_on": AHEAD, "termination_reason": "V"}, "last day of work", True),
        ("contract", {"contract_ends_on": AHEAD}, "the day on which the contract ends", True),
        (
            "position",
            {"from_on": AHEAD, "job_title": "Baker", "leaves_payroll": "on"},
            "the day before the new work begins",
            True,
        ),
        ("absence", {"from_on": AHEAD, "until_on": ""}, "the day before the absence begins", False),
        ("delete", {}, "The last safe day is today.", True),
    ],
)
def test_each_form_says_first_what_it_means_and_opens_the_hand_over(
    cast: Cast, rosa: EmployeeRecord, form: str, typed: dict[str, str], last_safe_day: str, waits: bool
) -> None:
    path = f"employees/{rosa.employee_id}/{form}/"
    before = _get(cast.bob, path)
    assert HOLDS in before
    assert last_safe_day in before
    assert (WAITS in before) is waits
    assert "hand-over task is open" in _post(cast.bob, path, **typed)
    assert len(facade.list_handovers(cast.alice.actor)) == 1


def test_of_somebody_who_holds_nothing_nothing_is_said(cast: Cast, rosa: EmployeeRecord) -> None:
    for form in ("terminate", "contract", "position", "absence", "delete"):
        assert "Xero connection" not in _get(cast.bob, f"employees/{cast.dana_record.employee_id}/{form}/")


def test_with_a_standby_the_warning_says_who_carries_on(cast: Cast, rosa: EmployeeRecord, connected: Connect) -> None:
    assert connected(cast.alice, user=AMIR, purpose=ConsentPurpose.STANDBY).is_success
    text = _get(cast.bob, f"employees/{rosa.employee_id}/terminate/")
    assert "Another person stands by and carries on from that day by itself" in text
    assert WAITS not in text
    amir = hire_employee(cast.bob.actor, details=EmployeeDetails(first_name="Amir", last_name="Lim"))
    text = _get(cast.bob, f"employees/{amir.employee_id}/terminate/")
    assert "Most likely Amir Lim stands by for the Xero connection" in text
    assert "Imports and exports go on with the access of whoever carries the connection." in text


def test_a_termination_can_be_kept_from_the_public_and_announced_later(cast: Cast, rosa: EmployeeRecord) -> None:
    path = f"employees/{rosa.employee_id}/terminate/"
    typed = {"termination_on": AHEAD, "termination_reason": "V"}
    assert "Only those who may see this record" in _post(cast.bob, path, **typed, is_private="on")
    assert "checked" in _get(cast.bob, path)
    assert "Only those who may see this record" not in _post(cast.bob, path, **typed)


def test_what_is_missing_is_named_and_what_was_typed_stays(cast: Cast, rosa: EmployeeRecord) -> None:
    for form, typed, said in (
        ("contract", {"contract_ends_on": "soon"}, "This is not a date."),
        ("position", {"job_title": "Baker"}, "First day: Enter the first day of the new work."),
        ("absence", {"from_on": AHEAD, "until_on": TODAY.isoformat()}, "The last day away is before the first."),
    ):
        response = cast.bob.client.post(cast.bob.url(f"employees/{rosa.employee_id}/{form}/"), typed)
        assert response.status_code == 422
        assert said in text_of(response)
        assert HOLDS in text_of(response)
        assert next(iter(typed.values())) in text_of(response)


def test_a_plan_stands_on_the_tab_and_is_taken_back_there(cast: Cast, rosa: EmployeeRecord) -> None:
    base = f"employees/{rosa.employee_id}/"
    assert "No change of position is planned." in _get(cast.bob, f"{base}employment/")
    _post(cast.bob, f"{base}position/", from_on=AHEAD, job_title="Baker", leaves_payroll="on")
    text = _post(cast.bob, f"{base}absence/", from_on=AHEAD)
    for said in ("Baker", "From 3 Dec 2026. No longer payroll", "Nobody knows until when", "Planned"):
        assert said in text
    undos = [part.split('"')[0] for part in text.split('action="')[1:] if "take-back" in part.split('"')[0]]
    assert len(undos) == 2
    for undo in undos:
        assert "was taken back." in text_of(cast.bob.client.post(undo, follow=True))
    assert facade.list_handovers(cast.alice.actor) == []


def test_the_end_of_a_contract_is_changed_and_taken_away(cast: Cast, rosa: EmployeeRecord) -> None:
    path = f"employees/{rosa.employee_id}/contract/"
    assert "Ends on 3 Dec 2026" in _post(cast.bob, path, contract_ends_on=AHEAD)
    assert "Has no end" in _post(cast.bob, path, contract_ends_on="")
    assert "changed end of contract" in _get(cast.bob, f"employees/{rosa.employee_id}/history/")


def test_a_deleted_record_lies_in_the_bin_and_comes_back(cast: Cast, rosa: EmployeeRecord) -> None:
    assert "The recycle bin is empty" in _get(cast.bob, "employees/deleted/")
    text = _post(cast.bob, f"employees/{rosa.employee_id}/delete/")
    assert "Rosa Byrne is in the recycle bin." in text
    assert "E00002" in text
    text = _post(cast.bob, f"employees/{rosa.employee_id}/restore/")
    assert "Rosa Byrne is back, as the record was." in text
    assert "changed recycle bin" in _get(cast.bob, f"employees/{rosa.employee_id}/history/")
    assert facade.list_handovers(cast.alice.actor) == []


def test_people_cannot_delete_themselves(cast: Cast) -> None:
    maya = hire_employee(cast.bob.actor, details=EmployeeDetails(first_name="Maya", last_name="Berg"))
    player = join(cast.alice.account, "Maya Berg", Role.EMPLOYEE_MANAGEMENT, employee=maya)
    assert "This is your own record." in _post(player, f"employees/{maya.employee_id}/delete/")


def test_the_page_of_a_user_warns_before_roles_and_access_are_taken(cast: Cast, member: MemberRecord) -> None:
    path = f"users/{member.membership_id}/"
    text = _get(cast.alice, path)
    assert HOLDS in text
    assert "The last safe day is 7 days from today." in text
    text = _get(cast.alice, f"{path}lock/")
    assert HOLDS in text
    assert "The last safe day is today." in text
    assert WAITS in text
    assert "no longer has access" in _post(cast.alice, f"{path}lock/")
    assert len(facade.list_handovers(cast.alice.actor)) == 1
    _post(cast.alice, f"{path}unlock/")
    assert facade.list_handovers(cast.alice.actor) == []


def test_a_fuller_bin_takes_no_more_queries(cast: Cast) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            _get(cast.bob, "employees/deleted/")
        return len(asked)

    def bury(name: str) -> None:
        record = hire_employee(cast.bob.actor, details=EmployeeDetails(first_name="Ada", last_name=name))
        delete_employee(cast.bob.actor, employee_id=record.employee_id)

    bury("Byron")
    before = count()
    for number in range(4):
        bury(f"Byron{number}")
    assert count() == before
