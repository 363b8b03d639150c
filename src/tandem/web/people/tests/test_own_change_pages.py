"""People ask for changes of their own record on its pages; whoever decides sees old and new side by side."""

import re

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tandem.access.roles import Role
from tandem.kernel.clock import FrozenClock
from tandem.people.actions import edit_employee, hire_employee
from tandem.people.own_changes import ask_own_details
from tandem.people.records import EmployeeDetails
from tandem.testing.cast import Cast, Player, join, text_of
from tandem.testing.xero import Connect
from tandem_sandbox.testing import Sandbox

TFN = "123456782"
TYPED = {
    "first_name": "Dana",
    "last_name": "Okafor",
    "gender": "female",
    "line1": "9 Quay Road",
    "suburb": "Docklands",
    "state": "VIC",
    "postcode": "3008",
    "country": "Australia",
    "mobile": "0491 570 156",
}


def _path(cast: Cast, rest: str = "") -> str:
    return f"employees/{cast.dana_record.employee_id}/{rest}"


def _get(player: Player, path: str) -> str:
    return text_of(player.client.get(player.url(path)))


def _send(player: Player, path: str, **typed: str) -> tuple[int, str]:
    answer = player.client.post(player.url(path), typed, follow=True)
    return answer.status_code, text_of(answer)


def _request(page: str) -> str:
    """Return the path of the first request that a page leads to."""
    found = re.search(r'href="/a/harbour-lane/(employees/[0-9a-f-]+/asked/[0-9a-f-]+/)"', page)
    assert found
    return found.group(1)


def test_somebody_asks_another_approves_and_the_record_says_how_it_came(cast: Cast) -> None:
    assert "Ask for a change" in _get(cast.dana, _path(cast))
    assert 'autocomplete="postal-code"' in _get(cast.dana, _path(cast, "ask/"))
    status, page = _send(cast.dana, _path(cast, "ask/"), **TYPED)
    assert (status, "Your change waits" in page) == (200, True)
    assert "Details: home address and mobile" in page
    assert "1 Wharf Street" in page
    assert "1 change that somebody asked for waits for a decision." in _get(cast.bob, "")
    path = _request(_get(cast.bob, "employees/approvals/"))
    page = _get(cast.bob, path)
    for text in ("1 Wharf Street, Southbank VIC 3006", "9 Quay Road, Docklands VIC 3008", "Asked for by Dana Okafor"):
        assert text in page
    _, page = _send(cast.bob, f"{path}approve/")
    assert "You approved the change" in page
    assert "9 Quay Road" in _get(cast.dana, _path(cast))
    assert "Approved by Bob Tran" in _get(cast.dana, path)
    assert "The person asked for it" in _get(cast.alice, _path(cast, "history/"))


def test_a_form_that_is_wrong_comes_back_as_typed_with_every_problem(cast: Cast) -> None:
    status, page = _send(cast.dana, _path(cast, "ask/"), **{**TYPED, "mobile": "none", "postcode": "12"})
    assert status == 422
    assert 'href="#id_mobile"' in page
    assert 'href="#id_postcode"' in page
    assert "9 Quay Road" in page
    for hidden in ("work_email", "job_title", "employee_number", "branch_id"):
        assert f'name="{hidden}"' not in page


def test_a_refusal_without_a_reason_comes_back_and_with_one_the_asker_reads_it(cast: Cast) -> None:
    _send(cast.dana, _path(cast, "ask/"), **TYPED)
    path = _request(_get(cast.bob, "employees/approvals/"))
    status, page = _send(cast.bob, f"{path}refuse/", note="")
    assert (status, "Say why you refuse it." in page) == (422, True)
    assert "You refused the change" in _send(cast.bob, f"{path}refuse/", note="Bring the lease")[1]
    assert "Bring the lease" in _get(cast.dana, _path(cast))
    assert "does not wait any more" in _send(cast.bob, f"{path}refuse/", note="Again")[1]


def test_what_waits_is_gone_on_from_and_taken_back(cast: Cast) -> None:
    _send(cast.dana, _path(cast, "ask/"), **TYPED)
    assert 'value="9 Quay Road"' in _get(cast.dana, _path(cast, "ask/"))
    path = _request(_get(cast.dana, _path(cast)))
    assert "/approve/" not in _get(cast.dana, path)
    assert "You took it back" in _send(cast.dana, f"{path}withdraw/")[1]
    assert "does not wait any more" in _send(cast.dana, f"{path}withdraw/")[1]
    assert "Nothing waits" in _get(cast.bob, "employees/approvals/")


def test_a_request_that_the_record_left_behind_says_so_and_offers_no_approval(cast: Cast) -> None:
    _send(cast.dana, _path(cast, "ask/"), **TYPED)
    path = _request(_get(cast.bob, "employees/approvals/"))
    edit_employee(cast.alice.actor, employee_id=cast.dana_record.employee_id, changes={"mobile": "0491 570 157"})
    page = _get(cast.bob, path)
    assert "Changed meanwhile: mobile." in page
    assert "/approve/" not in page
    assert "cannot be approved any more" in _send(cast.bob, f"{path}approve/")[1]


def test_the_approvals_cost_the_same_for_one_and_for_many(cast: Cast) -> None:
    _send(cast.dana, _path(cast, "ask/"), **TYPED)
    with CaptureQueriesContext(connection) as one:
        _get(cast.bob, "employees/approvals/")
    for name in ("Ada", "Ben", "Cleo"):
        hired = hire_employee(cast.bob.actor, details=EmployeeDetails(first_name=name, last_name="Byron"))
        asker = join(cast.bob.account, f"{name} Byron", Role.SELF_SERVICE, employee=hired)
        ask_own_details(asker.actor, wanted={"mobile": "0491 570 156"})
    with CaptureQueriesContext(connection) as many:
        assert "Cleo Byron" in _get(cast.bob, "employees/approvals/")
    assert len(many) == len(one)


def test_super_and_tax_are_asked_for_and_the_number_is_seen_by_its_end_alone(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    assert connected(cast.alice).is_success
    ken = join(cast.alice.account, "Ken Ito", Role.PAYROLL_TAB, Role.EMPLOYEE_MANAGEMENT)
    form = _get(cast.dana, _path(cast, "tax/edit/"))
    assert "Not giving it is no offence." in form
    assert 'name="income_type"' not in form
    seen = {"seen": re.findall(r'name="seen" value="([^"]*)"', form)[0]}
    typed = {**seen, "answer": "number", "tax_file_number": TFN, "residency": "australian", "tax_scale": "regular"}
    status, page = _send(cast.dana, _path(cast, "tax/edit/"), **{**typed, "tax_offset": "x"})
    assert (status, TFN in page) == (422, False)
    _, page = _send(cast.dana, _path(cast, "tax/edit/"), **typed)
    assert "Not answered yet" in page
    assert "A change waits for approval. Tax: " in page
    path = _request(_get(ken, "employees/approvals/"))
    page = _get(ken, path)
    assert "Ends in 782" in page
    assert "Australian resident for tax" in page
    assert TFN not in page
    assert "You approved" in _send(ken, f"{path}approve/")[1]
    assert "Ends in 782" in _get(cast.dana, _path(cast, "tax/"))
    seen = {"seen": re.findall(r'name="seen" value="([^"]*)"', _get(cast.dana, _path(cast, "super/edit/")))[0]}
    fund = {
        "rows": "1",
        "usi_1": "ZZZ0000AU",
        "fund_name_1": "New Super",
        "member_number_1": "77001",
        "kind_1": "regulated",
    }
    _send(cast.dana, _path(cast, "super/edit/"), **seen, **fund)
    assert "New Super, USI ZZZ0000AU, member 77001" in _get(ken, _request(_get(ken, "employees/approvals/")))
