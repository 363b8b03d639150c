"""The first page that anybody sees."""

import pytest
from tests.browser.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.unmeasured]


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
