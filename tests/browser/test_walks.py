"""Walks beside the story, as the people in front of them do it.

Signing in, with a passkey too; a guest's link, a wrong organisation, the restore of settings and a hand-over.
What an administrator presses in Tandem to reconnect, or to take over, is counted: three clicks at most.
"""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import PASSWORD, Demo, Visitor, running_demo
from tests.browser.inspector import Inspector
from tests.browser.walk import AMIR, AUTOMATIC, BAKERY, BOOKS, ROSA, Walk

pytestmark = [pytest.mark.browser, pytest.mark.unmeasured]
MOST_CLICKS = 3
KEN = "ken@harbourlane.example"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo with few people, so that what runs in the background leaves calls of the minute for a second consent."""
    with running_demo(tmp_path_factory.mktemp("guests")) as started:
        started.control("POST", "reset", {"employees": 6})
        yield started


def test_the_administrator_signs_in_and_sees_home(visitor: Visitor) -> None:
    visitor.sign_in("alice@harbourlane.example")
    visitor.page.wait_for_url("**/a/harbour-lane/")
    assert visitor.complaints == []


def test_a_wrong_password_says_so_and_keeps_the_address(visitor: Visitor) -> None:
    visitor.open("/sign-in/login/")
    visitor.page.get_by_label("Email").fill("alice@harbourlane.example")
    visitor.page.get_by_label("Password", exact=True).fill("not the password")
    visitor.page.get_by_role("button", name="Sign in", exact=True).click()
    assert visitor.page.get_by_label("Email").input_value() == "alice@harbourlane.example"
    assert visitor.page.get_by_role("group", name="You are not signed in yet.").count() == 1


def _plug_in(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})


def test_a_passkey_is_added_and_opens_the_account_alone(visitor: Visitor) -> None:
    page = visitor.page
    _plug_in(page)
    visitor.sign_in(KEN)
    page.wait_for_url("**/a/harbour-lane/")
    visitor.open("/sign-in/second-factor/webauthn/add/")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Name").fill("This computer")
    page.get_by_label("Sign in with this key alone").check()
    page.get_by_role("button", name="Add", exact=True).click()
    page.wait_for_url("**/recovery-codes/**")
    visitor.open("/a/harbour-lane/")
    page.locator("summary", has_text="Your account").click()
    page.get_by_role("button", name="Sign out").click()
    visitor.open("/sign-in/login/")
    page.get_by_role("button", name="passkey").click()
    page.wait_for_url("**/a/harbour-lane/")
    assert visitor.complaints == []


class Clicks:
    """Counts what is pressed in Tandem; what is pressed at Xero counts for Xero."""

    def __init__(self, page: Page, demo: Demo) -> None:
        self.count = 0
        page.expose_function("tandemClick", self._one)
        page.add_init_script(
            f"if (location.origin === {demo.base_url!r})"
            " addEventListener('click', (event) => { if (event.isTrusted) window.tandemClick(); }, true);"
        )

    def _one(self) -> None:
        self.count += 1


def _guest_allows(guest: Visitor, *organisations: str) -> None:
    """Do at Xero what a guest does there who has signed in already."""
    group = guest.page.get_by_role("group", name="In which organisation?")
    expect(group).to_be_visible()
    for box in group.get_by_role("checkbox").all():
        box.set_checked(False)
    for organisation in organisations:
        group.get_by_label(organisation).check()
    guest.page.get_by_role("button", name="Allow access").click()


def test_a_guest_authorises_and_the_administrator_reconnects_in_three_clicks(arrive: Callable[[], Visitor]) -> None:
    alice, guest = arrive(), arrive()
    walk, inspect = Walk(alice=alice, sam=guest), Inspector(guest, set())
    walk.sign_in_and_connect()
    walk.choose_settings()
    _stand_by(walk, guest, inspect)
    _reconnect(walk)
    inspect.report()
    assert not alice.complaints


def _stand_by(walk: Walk, guest: Visitor, inspect: Inspector) -> None:
    desk = Inspector(walk.alice, set())
    walk.open_xero_connection()
    walk.link("Make a link")
    walk.page.get_by_label("Stand by").check()
    walk.page.get_by_label("Who it is for").fill("Amir, the bookkeeper")
    desk.look("make a link")
    walk.button("Make the link")
    desk.look("the link")
    address = walk.page.get_by_label("The link").inner_text()
    guest.page.goto(address)
    expect(guest.page.get_by_role("heading", name=f"Authorise {BAKERY} in Xero")).to_be_visible()
    assert guest.page.url.endswith("/xero/guest/")
    inspect.look("asked")
    guest.page.get_by_role("button", name="Go to Xero").click()
    guest.page.get_by_label("Email address").fill(AMIR)
    guest.page.get_by_label("Password").fill("sandbox")
    guest.page.get_by_role("button", name="Log in").click()
    _guest_allows(guest, BOOKS)
    expect(guest.page.get_by_text("You allowed another organisation")).to_be_visible()
    inspect.look("asked again, after the wrong organisation")
    guest.page.get_by_role("button", name="Go to Xero").click()
    _guest_allows(guest, BAKERY)
    expect(guest.page.get_by_role("heading", name="Thank you")).to_be_visible()
    inspect.look("receipt")
    walk.open_xero_connection()
    row = walk.page.get_by_role("region", name="Links for guests")
    expect(row).to_contain_text(re.compile("used .* by Amir Lim"))
    expect(walk.page.get_by_role("region", name="Who holds the connection")).to_contain_text("Amir Lim")
    desk.look("connection with a link")
    desk.report()


def _reconnect(walk: Walk) -> None:
    walk.disconnect()
    walk.open_xero_connection()
    clicks = Clicks(walk.page, walk.alice.demo)
    walk.page.reload()
    walk.button("Connect to Xero")
    walk.allow(BAKERY)
    expect(walk.page.get_by_role("heading", name="Restore the settings you had before")).to_be_visible()
    walk.button("Restore these settings")
    walk.sees("The settings are as they were before.")
    assert 0 < clicks.count <= MOST_CLICKS, clicks.count
    walk.sees("Authorised by Rosa Byrne")
    walk.open_integration_tab()
    for label in AUTOMATIC:
        expect(walk.page.get_by_label(label)).to_be_checked()
    assert ROSA in str(walk.alice.demo.control("GET", "world")["connections"])


def test_another_administrator_takes_over_from_the_leavers_task_in_three_clicks(arrive: Callable[[], Visitor]) -> None:
    alice, priya = arrive(), arrive()
    walk, second = Walk(alice=alice, sam=priya), Walk(alice=priya, sam=alice)
    _is_connected_by_rosa(walk)
    walk.enter_the_leavers_last_day()
    priya.sign_in("priya@harbourlane.example")
    task = priya.page.get_by_role("region", name="Rosa Byrne holds the Xero connection and is leaving")
    expect(task).to_be_visible()
    clicks = Clicks(priya.page, priya.demo)
    priya.page.reload()
    task.get_by_role("link").first.click()
    second.link("Replace the access at once")
    second.button("Reconnect")
    assert 0 < clicks.count <= MOST_CLICKS, clicks.count
    second.sign_in_at_xero(AMIR)
    second.allow(BAKERY)
    second.sees(f"{BAKERY} is connected again.")
    second.open_xero_connection()
    second.sees("Authorised by Amir Lim")
    expect(priya.page.get_by_role("region", name="Who holds the connection")).not_to_contain_text("Rosa Byrne")
    assert ROSA not in str(priya.demo.control("GET", "world")["connections"])
    second.alice.open("/a/harbour-lane/handovers/")
    expect(priya.page.get_by_role("region", name="Closed lately")).to_contain_text("Closed")
    assert not alice.complaints + priya.complaints


def _is_connected_by_rosa(walk: Walk) -> None:
    """Go on from where the test before left the demo, or connect."""
    connected = walk.alice.demo.control("GET", "world")["connections"]
    if not connected:
        walk.sign_in_and_connect()
        return
    walk.alice.sign_in("alice@harbourlane.example")
    walk.page.wait_for_url("**/a/harbour-lane/")
