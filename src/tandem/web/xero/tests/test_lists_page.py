"""Lists from Xero on a page, and picking a super fund from them."""

import re
from collections.abc import Callable

import pytest
from allauth.mfa.totp.internal.auth import TOTP

from tandem.access.roles import Role
from tandem.kernel.clock import FrozenClock
from tandem.testing.cast import TOTP_SECRET, Cast, Player, join, text_of
from tandem.testing.xero import Connect
from tandem.xero import facade
from tandem_sandbox.testing import Sandbox

pytestmark = pytest.mark.usefixtures("real_db")
NOT_IN_XERO = {"kind_1": "regulated", "fund_name_1": "Lane Super", "usi_1": "51824753556003", "member_number_1": "7"}


def _get(player: Player, path: str) -> str:
    return text_of(player.client.get(player.url(path)))


@pytest.fixture
def ken(cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect) -> Player:
    assert connected(cast.alice).is_success
    player = join(cast.alice.account, "Ken Ito", Role.PAYROLL_TAB, Role.EMPLOYEE_MANAGEMENT)
    TOTP.activate(player.user, TOTP_SECRET)
    return player


@pytest.fixture
def save(cast: Cast, ken: Player) -> Callable[..., str]:
    path = f"employees/{cast.dana_record.employee_id}/super/edit/"

    def send(**typed: str) -> str:
        (seen,) = re.findall(r'name="seen" value="([^"]*)"', _get(ken, path))
        return text_of(ken.client.post(ken.url(path), {"seen": seen, "rows": "1", **typed}, follow=True))

    return send


def test_before_a_connection_the_page_says_what_is_missing(cast: Cast) -> None:
    assert "Xero is not connected" in _get(cast.alice, "xero/lists/")


def test_the_lists_are_read_at_a_press_and_shown_with_their_time(cast: Cast, ken: Player) -> None:
    assert "Not read yet" in _get(ken, "xero/lists/")
    page = text_of(ken.client.post(ken.url("xero/lists/read/"), follow=True))
    assert "The lists were read from Xero." in page
    for said in ("Annual Leave", "Not offered any more", "Sample Industry Super", "payment date", "No branch has it"):
        assert said in page
    assert "Not read yet" not in page
    assert "/xero/lists/" in _get(cast.alice, "xero/")


def test_a_super_fund_is_picked_from_those_that_xero_has(cast: Cast, ken: Player, save: Callable[..., str]) -> None:
    assert "Fund in Xero" not in _get(ken, f"employees/{cast.dana_record.employee_id}/super/edit/")
    facade.read_lists_now(cast.alice.actor)
    (fund,) = (one for one in facade.list_super_funds(ken.actor) or () if one.name == "Sample Industry Super")
    both = save(fund_1=str(fund.xero_fund_id), usi_1="ZZZ0000AU", member_number_1="7")
    assert "not both" in both
    page = save(fund_1=str(fund.xero_fund_id), member_number_1="7")
    assert "The super funds were saved." in page
    assert fund.usi in page
    assert "To do in Xero first" not in page
    assert f'value="{fund.xero_fund_id}" selected' in _get(ken, f"employees/{cast.dana_record.employee_id}/super/edit/")


def test_a_fund_that_xero_has_not_is_a_task(cast: Cast, save: Callable[..., str]) -> None:
    assert "To do in Xero first" not in save(**NOT_IN_XERO)
    facade.read_lists_now(cast.alice.actor)
    page = _get(cast.dana, f"employees/{cast.dana_record.employee_id}/super/")
    assert "To do in Xero first" in page
    assert "Add Lane Super (USI 51824753556003) in Xero" in page
