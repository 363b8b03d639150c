"""A move to another organisation as two administrators press it, and the organisations of before."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tandem.access.roles import Role
from tandem.testing.cast import TOTP_SECRET, Cast, Player, join, text_of
from tandem.testing.xero import AMIR, BAKERY, BOOKS, Connect, at_xero
from tandem.xero.facade import ConsentPurpose
from tandem_sandbox.testing import Sandbox

TYPED = {"to_name": BOOKS, "reason": "We sold the bakery", "confirmed": BAKERY}


@pytest.fixture
def erin(cast: Cast, connected: Connect) -> Player:
    """A second administrator of an account that is connected."""
    assert connected(cast.alice).is_success
    second = join(cast.alice.account, "Erin Walsh", Role.ACCOUNT_ADMIN)
    TOTP.activate(second.user, TOTP_SECRET)
    return second


def _get(player: Player, path: str) -> str:
    return text_of(player.client.get(player.url(path)))


def _post(player: Player, path: str, typed: Mapping[str, str] | None = None) -> str:
    return text_of(player.client.post(player.url(path), typed or {}, follow=True))


def test_before_there_is_a_connection_there_is_nothing_to_move(cast: Cast) -> None:
    assert "Connect Xero first." in text_of(cast.alice.client.get(cast.alice.url("xero/move/"), follow=True))
    assert "There was no other organisation" in _get(cast.alice, "xero/earlier/")


def test_a_request_that_lacks_something_comes_back_with_what_was_typed(cast: Cast, erin: Player) -> None:
    del erin
    text = _get(cast.alice, "xero/move/")
    assert "archived, not deleted" in text
    assert f"Type {BAKERY}" in text
    refused = cast.alice.client.post(cast.alice.url("xero/move/"), {**TYPED, "confirmed": "the bakery"})
    assert refused.status_code == 422
    assert f"Type the name of the present organisation: {BAKERY}." in text_of(refused)
    assert BOOKS in text_of(refused)


def test_two_administrators_move_the_account_and_see_what_was_before(
    cast: Cast, sandbox: Sandbox, erin: Player
) -> None:
    assert "The other administrators were asked" in _post(cast.alice, "xero/move/", TYPED)
    assert "They were told" in _get(cast.alice, "xero/move/")
    assert "You asked for this move" in _post(cast.alice, "xero/move/approve/")
    assert "not approved" in _post(cast.alice, "xero/move/go/")
    assert f"Move to {BOOKS}" in _get(erin, "xero/")
    text = _get(erin, "xero/move/")
    assert "Approve the move" in text
    assert "We sold the bakery" in text
    assert "You approved the move." in _post(erin, "xero/move/approve/")
    assert "Go to Xero and move" in _get(cast.alice, "xero/move/")
    address = cast.alice.client.post(cast.alice.url("xero/move/go/"))["location"]
    assert urlsplit(address).path == "/identity/connect/authorize"
    answer = at_xero(sandbox, address, user=AMIR, organisations=[BOOKS])
    text = text_of(cast.alice.client.get("/xero/callback", answer, follow=True))
    assert f"The connection was moved to {BOOKS}." in text
    assert BAKERY in _get(cast.alice, "xero/earlier/")
    back = _get(cast.alice, "xero/earlier/").partition("?back=")[2].partition('"')[0]
    assert f'value="{BAKERY}"' in _get(cast.alice, f"xero/move/?back={back}")
    assert "moved the connection to another organisation" in _get(cast.alice, "xero/timeline/")


def test_a_request_is_refused_or_taken_back_and_the_page_says_by_whom(cast: Cast, erin: Player) -> None:
    _post(cast.alice, "xero/move/", TYPED)
    assert "You refused the move." in _post(erin, "xero/move/refuse/")
    text = _get(cast.alice, "xero/move/")
    assert "Refused by" in text
    assert "Erin Walsh" in text
    _post(cast.alice, "xero/move/", TYPED)
    assert "The request was taken back." in _post(cast.alice, "xero/move/withdraw/")
    assert "No move is asked for any more." in _post(cast.alice, "xero/move/withdraw/")


def test_a_wrong_organisation_on_the_way_back_offers_to_move_deliberately(
    cast: Cast, sandbox: Sandbox, erin: Player
) -> None:
    del erin
    address = cast.alice.client.post(cast.alice.url("xero/reconnect/"))["location"]
    answer = at_xero(sandbox, address, user=AMIR, organisations=[BOOKS])
    text = text_of(cast.alice.client.get("/xero/callback", answer, follow=True))
    assert "You allowed another organisation" in text
    assert "Move deliberately" in text


def test_the_list_of_organisations_of_before_asks_the_same_number_of_questions(
    cast: Cast, connected: Connect, erin: Player
) -> None:
    counts = []
    for to_name, present in ((BOOKS, BAKERY), ("", "")):
        _get(cast.alice, "xero/earlier/")
        with CaptureQueriesContext(connection) as asked:
            _get(cast.alice, "xero/earlier/")
        counts.append(len(asked))
        if to_name:
            _post(cast.alice, "xero/move/", {**TYPED, "to_name": to_name, "confirmed": present})
            _post(erin, "xero/move/approve/")
            assert connected(cast.alice, user=AMIR, organisations=[to_name], purpose=ConsentPurpose.MOVE).is_success
    assert counts[0] == counts[1]
