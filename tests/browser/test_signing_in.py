"""The first page that anybody sees, and a passkey that opens the account without a password."""

import pytest
from playwright.sync_api import Page
from tests.browser.conftest import PASSWORD, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.unmeasured]
KEN = "ken@harbourlane.example"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


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
