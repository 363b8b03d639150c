"""The support room: every account that needs somebody, and the way out; for the vendor's staff alone."""

import pytest

from tandem.testing.cast import Cast, text_of
from tandem.testing.xero import Connect
from tandem.xero.connections.probes import probe_connection
from tandem_sandbox.testing import Sandbox

pytestmark = pytest.mark.unmeasured


@pytest.fixture
def broken(cast: Cast, sandbox: Sandbox, connected: Connect) -> Cast:
    """The bakery after the authoriser lost access in Xero."""
    connected(cast.alice)
    sandbox.control("POST", "events", {"kind": "remove_user", "user": "rosa.byrne@example.com"})
    probe_connection(cast.alice.account.account_id, anyway=True)
    return cast


def test_while_all_is_well_the_room_is_empty(cast: Cast) -> None:
    assert "Every connection works" in text_of(cast.sam.client.get("/support/"))


def test_a_broken_account_is_listed_under_its_cause_and_names_no_person(broken: Cast) -> None:
    text = text_of(broken.sam.client.get("/support/"))
    assert "Harbour Lane Bakery" in text
    assert "Access in Xero was removed" in text
    assert "Rosa" not in text
    assert "Second Street Books" not in text


def test_other_states_are_one_click_away(broken: Cast) -> None:
    assert "Second Street Books" in text_of(broken.sam.client.get("/support/?state=not_set_up"))
    assert broken.sam.client.get("/support/?state=nonsense").status_code == 200


def test_nobody_else_enters_the_room(broken: Cast) -> None:
    for player in (broken.alice, broken.bob, broken.charlie):
        assert player.client.get("/support/").status_code == 404


def test_support_opens_no_page_of_an_account(broken: Cast) -> None:
    assert broken.sam.client.get(broken.alice.url("xero/")).status_code == 404
