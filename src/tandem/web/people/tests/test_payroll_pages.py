"""Bank, super and tax on the pages of a record: masked, checked at once, with a second person for bank accounts."""

import re

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tandem.access.roles import Role
from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.clock import FrozenClock
from tandem.kernel.scoping import scope
from tandem.people import bank_changes
from tandem.people.actions import hire_employee
from tandem.people.payroll_records import BankAccount
from tandem.people.records import EmployeeDetails
from tandem.testing.cast import TOTP_SECRET, Cast, Player, join, text_of
from tandem.testing.xero import Connect
from tandem_sandbox.testing import Sandbox

TFN = "123456782"
DECLARED = {
    "answer": "number",
    "tax_file_number": "123 456 782",
    "income_type": "salary_and_wages",
    "employment_basis": "full_time",
    "residency": "australian",
    "tax_scale": "regular",
}
ACCOUNT = {"account_name_1": "Dana Okafor", "bsb_1": "000-000", "account_number_1": "12345678", "rows": "1"}


@pytest.fixture
def ken(cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect) -> Player:
    assert connected(cast.alice).is_success
    return _payroll_person(cast, "Ken Ito")


@pytest.fixture
def pia(cast: Cast, ken: Player) -> Player:
    return _payroll_person(cast, "Pia Wood")


def _payroll_person(cast: Cast, name: str) -> Player:
    player = join(cast.alice.account, name, Role.PAYROLL_TAB, Role.EMPLOYEE_MANAGEMENT)
    TOTP.activate(player.user, TOTP_SECRET)
    return player


def _path(cast: Cast, rest: str) -> str:
    return f"employees/{cast.dana_record.employee_id}/{rest}"


def _get(player: Player, path: str) -> str:
    return text_of(player.client.get(player.url(path)))


def _send(player: Player, path: str, **typed: str) -> tuple[int, str]:
    """Send a form with the marks that its page carries."""
    hidden = dict(re.findall(r'name="(seen)" value="([^"]*)"', _get(player, path)))
    answer = player.client.post(player.url(path), hidden | typed, follow=True)
    return answer.status_code, text_of(answer)


def _ask(cast: Cast, player: Player) -> str:
    return _send(player, _path(cast, "bank/edit/"), **ACCOUNT, takes_remainder_1="on")[1]


def _press(player: Player, page: str, verb: str) -> str:
    found = re.search(rf'action="([^"]*/{verb}/)"', page)
    assert found
    return text_of(player.client.post(found.group(1), follow=True))


def _prove(player: Player, *, minutes_ago: int) -> None:
    session = player.client.session
    at = clock.now().timestamp() - 60 * minutes_ago
    session["account_authentication_methods"] = [{"method": "mfa", "at": at}]
    session.save()


def test_the_tabs_are_there_once_xero_is_connected_for_those_with_the_role(cast: Cast, ken: Player) -> None:
    assert "/bank/" in _get(ken, _path(cast, "employment/"))
    assert "/bank/" not in _get(cast.alice, _path(cast, ""))
    assert "/bank/" not in _get(cast.bob, _path(cast, ""))


def test_people_see_their_own_tabs_and_ask_for_other_bank_accounts(cast: Cast, ken: Player) -> None:
    _send(ken, _path(cast, "tax/edit/"), **DECLARED)
    own = _get(cast.dana, _path(cast, "tax/"))
    assert "Ends in 782" in own
    assert "Show the whole number" not in own
    assert "Ask to change the tax declaration" in own
    assert "Somebody else has to approve" in _get(cast.dana, _path(cast, "super/edit/"))
    page = _ask(cast, cast.dana)
    assert "You asked for this change" in page
    assert "Take it back" in page
    assert "/approvals/" not in page
    assert "BSB ends in 000, account in 678" in _press(ken, _get(ken, _path(cast, "bank/")), "approve")


def test_without_xero_the_pages_say_what_is_missing(cast: Cast) -> None:
    early = _payroll_person(cast, "Ken Ito")
    assert "Xero is not connected" in _get(early, _path(cast, "bank/"))
    assert "/bank/" not in _get(early, _path(cast, ""))


def test_a_person_without_details_sees_what_to_do_and_everything_that_is_missing(cast: Cast, ken: Player) -> None:
    for tab, says in (("bank", "No bank account yet"), ("super", "No super fund yet"), ("tax", "Not answered yet")):
        page = _get(ken, _path(cast, f"{tab}/"))
        assert says in page
        assert "Enter the tax file number, or choose why there is none." in page


def test_a_bank_form_that_is_wrong_comes_back_as_typed_with_every_problem_on_its_field(cast: Cast, ken: Player) -> None:
    status, page = _send(ken, _path(cast, "bank/edit/"), **{**ACCOUNT, "bsb_1": "12"}, amount_1="20")
    assert status == 422
    assert 'href="#id_bsb_1"' in page
    assert "No bank account takes what is left of the pay" in page
    assert 'value="12345678"' in page


def test_bank_accounts_are_asked_for_by_one_and_put_in_force_by_another(cast: Cast, ken: Player, pia: Player) -> None:
    page = _ask(cast, ken)
    assert "The change waits until somebody else" in page
    assert "/approve/" not in page
    assert "Dana Okafor" in _get(pia, "employees/approvals/")
    done = _press(pia, _get(pia, _path(cast, "bank/")), "approve")
    assert "The new bank accounts are in force." in done
    assert "BSB ends in 000, account in 678" in done
    assert "12345678" not in done
    assert "Nothing waits" in _get(pia, "employees/approvals/")


def test_the_one_who_asked_takes_it_back_and_another_refuses(cast: Cast, ken: Player, pia: Player) -> None:
    assert "You took the change back" in _press(ken, _ask(cast, ken), "end")
    _ask(cast, ken)
    old = _get(pia, _path(cast, "bank/"))
    assert "You refused the change" in _press(pia, old, "end")
    assert "does not wait any more" in _press(pia, old, "approve")
    assert "does not wait any more" in _press(pia, old, "end")


def test_a_number_left_empty_is_kept_a_row_taken_out_is_gone_and_another_row_keeps_what_was_typed(
    cast: Cast, ken: Player, pia: Player
) -> None:
    _ask(cast, ken)
    _press(pia, _get(pia, _path(cast, "bank/")), "approve")
    more = {"account_name_2": "Savings", "bsb_2": "000000", "account_number_2": "87654321", "rows": "2"}
    typed = {"account_name_1": "D Okafor", "amount_1": "10", "place_1": "2", "takes_remainder_2": "on", **more}
    status, page = _send(ken, _path(cast, "bank/edit/"), **typed, more="1")
    assert (status, 'value="Savings"' in page, "account_name_3" in page) == (200, True, True)
    _send(ken, _path(cast, "bank/edit/"), **typed, place_2="1")
    after = _press(pia, _get(pia, _path(cast, "bank/")), "approve")
    assert after.index("Savings") < after.index("D Okafor")
    assert after.count("account in 678") == 1
    _send(ken, _path(cast, "bank/edit/"), remove_2="on", takes_remainder_1="on", account_name_1="Savings", rows="2")
    assert "D Okafor" not in _press(pia, _get(pia, _path(cast, "bank/")), "approve")


def test_a_form_drawn_from_an_older_list_saves_nothing(cast: Cast, ken: Player) -> None:
    typed = {**ACCOUNT, "takes_remainder_1": "on", "seen": "older"}
    for path in ("bank/edit/", "super/edit/", "tax/edit/"):
        answer = ken.client.post(ken.url(_path(cast, path)), {**typed, **DECLARED})
        assert answer.status_code == 422
        assert "Somebody else changed this record" in text_of(answer)


def test_super_funds_are_entered_by_usi_or_abn(cast: Cast, ken: Player) -> None:
    fund = {"kind_1": "self_managed", "abn_1": "51824753556", "fund_name_1": "Okafor Super"}
    status, page = _send(ken, _path(cast, "super/edit/"), **fund)
    assert status == 422
    assert 'href="#id_member_number_1"' in page
    _, page = _send(ken, _path(cast, "super/edit/"), **fund, member_number_1="1")
    assert "The super funds were saved." in page
    assert "Okafor Super" in page
    assert "Nothing was different." in _send(ken, _path(cast, "super/edit/"), **fund, member_number_1="1")[1]


def test_numbers_are_kept_without_the_spaces_they_are_grouped_with_and_never_too_long(cast: Cast, ken: Player) -> None:
    fund = {"kind_1": "self_managed", "abn_1": "51 824 753 556", "fund_name_1": "Okafor Super", "member_number_1": "1"}
    assert "51824753556" in _send(ken, _path(cast, "super/edit/"), **fund)[1]
    long = {"kind_2": "regulated", "usi_2": "STA0100AU", "abn_2": "5" * 60, "member_number_2": "1", "rows": "2"}
    status, page = _send(ken, _path(cast, "super/edit/"), **fund, **long)
    assert (status, 'href="#id_abn_2"' in page) == (422, True)
    status, page = _send(ken, _path(cast, "tax/edit/"), **{**DECLARED, "country_of_residence": "New Zealand"})
    assert (status, 'href="#id_country_of_residence"' in page) == (422, True)


def test_a_tax_form_that_is_wrong_comes_back_as_typed_but_for_the_number(cast: Cast, ken: Player) -> None:
    status, page = _send(ken, _path(cast, "tax/edit/"), **{**DECLARED, "contractor_abn": "123"})
    assert status == 422
    assert 'value="123"' in page
    assert "Type it once more." in page
    assert "123 456 782" not in page
    assert TFN not in page


def test_a_number_beside_a_reason_for_having_none_is_refused(cast: Cast, ken: Player) -> None:
    status, page = _send(ken, _path(cast, "tax/edit/"), **{**DECLARED, "answer": "pending"})
    assert (status, "Keep one of the two." in page) == (422, True)


def test_the_notice_stands_by_the_number_and_not_provided_is_an_answer(cast: Cast, ken: Player) -> None:
    assert "Not giving it is no offence." in _get(ken, _path(cast, "tax/edit/"))
    _, page = _send(ken, _path(cast, "tax/edit/"), **{**DECLARED, "answer": "not_quoted", "tax_file_number": ""})
    assert "Not provided (code 000000000)" in page
    assert ken.client.get(ken.url(_path(cast, "tax/number/"))).status_code == 404


def test_a_whole_number_is_shown_once_for_a_reason_after_a_fresh_second_factor(cast: Cast, ken: Player) -> None:
    _, page = _send(ken, _path(cast, "tax/edit/"), **DECLARED)
    assert "Ends in 782" in page
    address = ken.url(_path(cast, "tax/number/"))
    _prove(ken, minutes_ago=6)
    stale = ken.client.post(address, {"reason": "compare"})
    assert stale.headers["location"].startswith("/sign-in/second-factor/reauthenticate/?next=")
    _prove(ken, minutes_ago=1)
    assert ken.client.post(address, {}).status_code == 422
    shown = ken.client.post(address, {"reason": "compare"})
    assert "123 456 782" in text_of(shown)
    assert "no-store" in shown.headers["cache-control"]
    assert "123 456 782" not in _get(ken, _path(cast, "tax/number/"))
    tab = _get(ken, _path(cast, "tax/"))
    assert "Ken Ito looked at the whole number" in tab
    assert "To compare it with a form or with payroll" in tab
    assert "looked at the whole number" not in _get(cast.dana, _path(cast, "tax/"))


def test_a_password_is_no_second_factor(cast: Cast, ken: Player) -> None:
    _send(ken, _path(cast, "tax/edit/"), **DECLARED)
    session = ken.client.session
    session["account_authentication_methods"] = [{"method": "password", "at": clock.now().timestamp()}]
    session.save()
    assert ken.client.post(ken.url(_path(cast, "tax/number/")), {"reason": "compare"}).status_code == 302


def test_a_number_collected_by_mistake_is_removed_at_once(cast: Cast, ken: Player) -> None:
    _send(ken, _path(cast, "tax/edit/"), **DECLARED)
    assert "cannot be brought back" in _get(ken, _path(cast, "tax/remove/"))
    _, page = _send(ken, _path(cast, "tax/remove/"))
    assert "Not answered yet" in page


def test_the_list_of_changes_costs_the_same_for_one_and_for_many(cast: Cast, ken: Player) -> None:
    _ask(cast, ken)
    with CaptureQueriesContext(connection) as one:
        _get(ken, "employees/approvals/")
    for name in ("Ada", "Ben", "Cleo"):
        hired = hire_employee(cast.bob.actor, details=EmployeeDetails(first_name=name, last_name="Byron"))
        _send(ken, f"employees/{hired.employee_id}/bank/edit/", **ACCOUNT, takes_remainder_1="on")
    with CaptureQueriesContext(connection) as many:
        assert "Cleo Byron" in _get(ken, "employees/approvals/")
    assert len(many) == len(one)


@pytest.mark.parametrize(
    ("by_alice", "says"),
    [
        (True, "Asked for by Alice Lang, with an import from Xero"),
        (False, "Asked for by an automatic import from Xero"),
    ],
)
def test_a_change_that_an_import_asks_for_says_so_and_waits_like_any_other(
    cast: Cast, ken: Player, by_alice: bool, says: str
) -> None:
    with scope(cast.alice.account.account_id):
        bank_changes.ask_for_import(
            Actor.system(cast.alice.account.account_id, because="test"),
            employee_id=cast.dana_record.employee_id,
            accounts=[BankAccount("Dana Okafor", "000000", "12345678", takes_remainder=True)],
            via="xero run 1",
            asked_by_id=cast.alice.actor.user_id if by_alice else None,
        )
    page = _get(ken, _path(cast, "bank/"))
    assert says in page
    assert "account in 678" in _press(ken, page, "approve")
