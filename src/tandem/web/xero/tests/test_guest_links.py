"""A guest authorises without a sign-in: every wrong way first, then the right one."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tandem.kernel.clock import FrozenClock
from tandem.kernel.errors import Invalid, NotFound, NotPermitted
from tandem.kernel.scoping import scope
from tandem.notices.models import Letter
from tandem.testing.cast import Cast, Player, text_of
from tandem.testing.xero import AMIR, BAKERY, BOOKS, ROSA, Connect, at_xero, calls_in, connections_in
from tandem.timeline.selectors import list_entries
from tandem.xero import facade
from tandem.xero.facade import ConsentPurpose, GuestStanding
from tandem.xero.models import ConsentFlow, Grant, GuestLink
from tandem_sandbox.testing import Sandbox

pytestmark = pytest.mark.unmeasured

STANDBY, RECONNECT = ConsentPurpose.STANDBY, ConsentPurpose.RECONNECT


@pytest.fixture(autouse=True)
def _counts_anew() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def alice(cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect) -> Player:
    """Alice's account, which Rosa carries."""
    assert connected(cast.alice).is_success
    return cast.alice


def link(player: Player, purpose: ConsentPurpose = STANDBY) -> str:
    """Make a link as an administrator; return its path."""
    typed = {"purpose": purpose.value, "made_for": "Amir, Ledger & Co"}
    page = text_of(player.client.post(player.url("xero/guests/new/"), typed))
    found = re.search(r"/xero/guest/[0-9a-f]{32}\.[\w-]+/", page)
    assert found, page
    return found.group()


def opened(path: str) -> Client:
    """Open a link in a browser of its own."""
    browser = Client()
    assert browser.get(path).headers["location"] == "/xero/guest/"
    return browser


def press(browser: Client) -> str:
    """Press the button; return where the browser is sent."""
    answer = browser.post("/xero/guest/")
    return str(answer.headers["location"])


def come_back(browser: Client, params: dict[str, str]) -> str:
    """Come back from Xero; return what the page says."""
    return text_of(browser.get("/xero/callback", params, follow=True))


def newest(player: Player) -> facade.GuestLinkRecord:
    return facade.list_guest_links(player.actor)[0]


def roles(player: Player) -> dict[str, str]:
    with scope(player.account.account_id):
        return dict(Grant.objects.filter(role__in=["primary", "standby"]).values_list("role", "holder_email"))


def test_only_an_administrator_makes_and_sees_links(alice: Player, cast: Cast) -> None:
    for may_not in (cast.bob.actor, cast.dana.actor):
        with pytest.raises(NotPermitted):
            facade.make_guest_link(may_not, purpose=STANDBY, made_for="Amir")
        with pytest.raises(NotPermitted):
            facade.list_guest_links(may_not)
    made = facade.make_guest_link(alice.actor, purpose=STANDBY, made_for="Amir")
    with pytest.raises(NotFound):
        facade.revoke_guest_link(cast.charlie.actor, link_id=made.record.link_id)


def test_a_link_needs_an_organisation_a_purpose_and_a_name(alice: Player, cast: Cast) -> None:
    assert b"Connect first" in cast.charlie.client.get(cast.charlie.url("xero/guests/new/"), follow=True).content
    with pytest.raises(Invalid, match="connected before"):
        facade.make_guest_link(cast.charlie.actor, purpose=RECONNECT, made_for="Amir")
    with pytest.raises(Invalid, match="what the link is for"):
        facade.make_guest_link(alice.actor, purpose=ConsentPurpose.CONNECT, made_for="Amir")
    with pytest.raises(Invalid, match="who the link is for"):
        facade.make_guest_link(alice.actor, purpose=STANDBY, made_for=" ")
    answer = alice.client.post(alice.url("xero/guests/new/"), {"made_for": "Amir", "email": "nobody"})
    assert answer.status_code == 422
    assert "Choose what the link is for." in text_of(answer)
    assert 'value="nobody"' in text_of(answer)


def test_no_more_than_ten_links_are_open_at_once(alice: Player) -> None:
    for _ in range(10):
        facade.make_guest_link(alice.actor, purpose=STANDBY, made_for="Amir")
    with pytest.raises(Invalid, match="Take one back first"):
        facade.make_guest_link(alice.actor, purpose=STANDBY, made_for="Amir")


@pytest.mark.parametrize("token", ["x", "nonsense.x", "0" * 32 + ".guess"])
def test_a_link_that_nobody_made_says_so(alice: Player, token: str) -> None:
    answer = Client().get(f"/xero/guest/{token}/")
    assert answer.status_code == 404
    assert "This link is not known here" in text_of(answer)
    assert not answer.cookies


def test_a_link_with_another_accounts_name_in_it_is_unknown(alice: Player, cast: Cast) -> None:
    secret = link(alice).rpartition(".")[2]
    other = f"/xero/guest/{cast.charlie.account.account_id.hex}.{secret}"
    assert Client().get(other).status_code == 404


def test_only_the_digest_of_a_link_is_stored_with_it(alice: Player) -> None:
    secret = link(alice).strip("/").rpartition("/")[2]
    with scope(alice.account.account_id):
        (row,) = GuestLink.objects.values_list("token_digest", flat=True)
    assert row != secret
    assert len(row) == 64
    assert secret not in str([entry.facts for entry in list_entries(alice.actor, limit=50)])


def test_the_address_with_the_secret_is_left_at_once_and_tells_nobody(alice: Player) -> None:
    browser = Client()
    answer = browser.get(link(alice))
    assert (answer.status_code, answer.headers["location"]) == (302, "/xero/guest/")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer.headers["Cache-Control"]
    page = browser.get("/xero/guest/")
    assert "no-store" in page.headers["Cache-Control"]
    assert page.headers["X-Robots-Tag"] == "noindex"


def test_a_guest_sees_who_asks_for_what_and_nothing_of_hr(alice: Player) -> None:
    page = text_of(opened(link(alice)).get("/xero/guest/"))
    for said in (
        "Alice Lang",
        "Harbour Lane Bakery",
        BAKERY,
        "See and change employees in payroll",
        "Keep working while",
    ):
        assert said in page
    assert "26 Nov 2026, 12:00</time> (Australia/Melbourne)" in page
    for kept in ("Okafor", "Rosa", "Amir", "/a/harbour-lane"):
        assert kept not in page


def test_links_cannot_be_tried_out_at_speed(alice: Player) -> None:
    answers = [Client().get("/xero/guest/" + "0" * 32 + f".{n}/").status_code for n in range(31)]
    assert answers == [404] * 30 + [429]


def test_a_link_that_was_taken_back_or_has_expired_opens_nothing(alice: Player, frozen: FrozenClock) -> None:
    path = link(alice)
    late = opened(path)
    alice.client.post(alice.url(f"xero/guests/{newest(alice).link_id}/revoke/"))
    for browser in (late, opened(path)):
        page = browser.get("/xero/guest/")
        assert (page.status_code, "has taken it back" in text_of(page)) == (410, True)
        assert browser.post("/xero/guest/").status_code == 410
    second = link(alice)
    frozen.advance(hours=72)
    page = opened(second).get("/xero/guest/")
    assert (page.status_code, "has expired" in text_of(page)) == (410, True)
    again = alice.client.post(alice.url(f"xero/guests/{newest(alice).link_id}/revoke/"), follow=True)
    assert again.status_code == 200
    with pytest.raises(Invalid, match="taken back already"):
        facade.revoke_guest_link(alice.actor, link_id=newest(alice).link_id)


def test_a_link_that_is_taken_back_while_its_guest_is_at_xero_brings_nothing(alice: Player, sandbox: Sandbox) -> None:
    browser = opened(link(alice))
    params = at_xero(sandbox, press(browser), user=AMIR)
    facade.revoke_guest_link(alice.actor, link_id=newest(alice).link_id)
    exchanged = len(calls_in(sandbox, "/connect/token"))
    assert "has taken it back" in come_back(browser, params)
    assert len(calls_in(sandbox, "/connect/token")) == exchanged
    assert roles(alice) == {"primary": ROSA}


def test_an_administrator_who_opens_the_link_is_told_whose_it_is(alice: Player) -> None:
    alice.client.get(link(alice))
    page = alice.client.get("/xero/guest/")
    assert (page.status_code, "somebody who has no sign-in here" in text_of(page)) == (403, True)
    assert alice.client.post("/xero/guest/").status_code == 403
    assert newest(alice).standing is GuestStanding.OPEN


def test_somebody_of_another_account_may_be_a_guest(alice: Player, cast: Cast, sandbox: Sandbox) -> None:
    cast.charlie.client.get(link(alice))
    params = at_xero(sandbox, press(cast.charlie.client), user=AMIR)
    assert "Thank you" in come_back(cast.charlie.client, params)
    assert roles(alice) == {"primary": ROSA, "standby": AMIR}


def test_a_second_browser_waits_while_the_first_is_at_xero(
    alice: Player, frozen: FrozenClock, sandbox: Sandbox
) -> None:
    path = link(alice)
    first, second = opened(path), opened(path)
    press(first)
    page = second.get("/xero/guest/")
    assert (page.status_code, "in another browser" in text_of(page)) == (409, True)
    assert newest(alice).is_at_xero
    frozen.advance(minutes=10)
    params = at_xero(sandbox, press(second), user=AMIR)
    assert "Thank you" in come_back(second, params)
    assert "has been used" in text_of(first.get("/xero/guest/"))


def test_an_answer_in_another_browser_or_brought_twice_changes_nothing(
    alice: Player, sandbox: Sandbox, cast: Cast
) -> None:
    path = link(alice)
    browser = opened(path)
    params = at_xero(sandbox, press(browser), user=AMIR)
    stranger = Client().get("/xero/callback", params)
    assert stranger.headers["location"].startswith("/sign-in/")
    assert cast.alice.client.get("/xero/callback", params).status_code == 302
    assert roles(alice) == {"primary": ROSA}
    assert "Thank you" in come_back(browser, params)
    assert browser.get("/xero/callback", params).headers["location"].startswith("/sign-in/")
    assert roles(alice) == {"primary": ROSA, "standby": AMIR}


def test_of_two_trips_with_one_link_the_first_to_come_back_counts(alice: Player, sandbox: Sandbox) -> None:
    browser = opened(link(alice))
    earlier = at_xero(sandbox, press(browser), user=AMIR)
    later = at_xero(sandbox, press(browser), user=AMIR)
    assert "Thank you" in come_back(browser, later)
    assert browser.get("/xero/callback", earlier).headers["location"].startswith("/sign-in/")
    with scope(alice.account.account_id):
        assert ConsentFlow.objects.filter(guest_link__isnull=False, outcome="standby").count() == 1


@pytest.mark.parametrize(
    ("user", "organisation", "allow", "said"),
    [
        (AMIR, BAKERY, False, "Nothing was allowed at Xero"),
        (AMIR, BOOKS, True, "You allowed another organisation"),
        (ROSA, BAKERY, True, "You authorise this connection already"),
    ],
)
def test_what_comes_to_nothing_leaves_the_link_open_and_says_what_to_do(
    alice: Player, sandbox: Sandbox, user: str, organisation: str, allow: bool, said: str
) -> None:
    path = link(alice)
    browser = opened(path)
    params = at_xero(sandbox, press(browser), user=user, organisations=[organisation], allow=allow)
    assert said in come_back(browser, params)
    assert roles(alice) == {"primary": ROSA}
    assert not connections_in(sandbox, organisation=BOOKS)
    assert (newest(alice).standing, newest(alice).is_at_xero) == (GuestStanding.OPEN, False)
    assert opened(path).get("/xero/guest/").status_code == 200


def test_a_guest_without_payroll_rights_is_told_and_changes_nothing(alice: Player, sandbox: Sandbox) -> None:
    browser = opened(link(alice, RECONNECT))
    params = at_xero(sandbox, press(browser), user=AMIR)
    sandbox.control("POST", "events", {"kind": "drop_payroll_admin", "user": AMIR, "organisation": BAKERY})
    assert "payroll administrator" in come_back(browser, params)
    assert roles(alice) == {"primary": ROSA}


def test_a_standby_is_not_needed_where_nobody_carries(alice: Player) -> None:
    browser = opened(link(alice))
    facade.disconnect(alice.actor)
    answer = browser.post("/xero/guest/")
    assert answer.status_code == 409
    with pytest.raises(Invalid, match="Choose to reconnect"):
        facade.make_guest_link(alice.actor, purpose=STANDBY, made_for="Amir")


def test_a_guest_stands_by_and_reads_a_receipt_without_a_sign_in(alice: Player, sandbox: Sandbox) -> None:
    path = link(alice)
    browser = opened(path)
    address = press(browser)
    assert "code_challenge_method=S256" in urlsplit(address).query
    page = come_back(browser, at_xero(sandbox, address, user=AMIR))
    for said in ("Thank you", f"You authorised {BAKERY}", "Amir Lim", "Alice Lang"):
        assert said in page
    assert roles(alice) == {"primary": ROSA, "standby": AMIR}
    used = newest(alice)
    assert (used.standing, used.holder_name) == (GuestStanding.USED, "Amir Lim")
    assert "has been used" in text_of(opened(path).get("/xero/guest/"))
    events = [(entry.event, entry.actor_kind) for entry in list_entries(alice.actor, limit=20)]
    assert ("guest_link.made", "user") in events
    assert ("guest_link.used", "guest") in events
    assert ("consent.given", "guest") in events
    assert "used" in text_of(alice.client.get(alice.url("xero/")))
    assert "A guest with a link authorised" in text_of(alice.client.get(alice.url("xero/timeline/")))


def test_a_guest_reconnects_what_was_disconnected(alice: Player, sandbox: Sandbox) -> None:
    facade.disconnect(alice.actor)
    browser = opened(link(alice, RECONNECT))
    assert "Thank you" in come_back(browser, at_xero(sandbox, press(browser), user=AMIR))
    assert roles(alice) == {"primary": AMIR}


def test_the_letter_says_who_asks_and_holds_the_link(alice: Player) -> None:
    typed = {"purpose": "standby", "made_for": "Amir", "email": AMIR}
    page = text_of(alice.client.post(alice.url("xero/guests/new/"), typed))
    assert f"It is on its way to {AMIR}" in page
    with scope(alice.account.account_id):
        letter = Letter.objects.get(kind="guest_link")
    assert letter.to_address == AMIR
    assert "Alice Lang of Harbour Lane Bakery asks you" in letter.body
    assert "/xero/guest/" in letter.body


def test_more_links_ask_no_more_questions(alice: Player) -> None:
    facade.make_guest_link(alice.actor, purpose=STANDBY, made_for="Amir")
    alice.client.get(alice.url("xero/"))
    with CaptureQueriesContext(connection) as few:
        alice.client.get(alice.url("xero/"))
    for _ in range(5):
        facade.make_guest_link(alice.actor, purpose=STANDBY, made_for="Amir")
    with CaptureQueriesContext(connection) as many:
        alice.client.get(alice.url("xero/"))
    assert len(many) == len(few)
