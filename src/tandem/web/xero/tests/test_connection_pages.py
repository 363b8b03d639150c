"""The connection pages as a person reads them: connect, break, disconnect, restore, and every refusal."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from tandem.kernel.scoping import scope
from tandem.testing.cast import Cast, Player, text_of
from tandem.testing.xero import AMIR, BAKERY, BOOKS, Connect, at_xero
from tandem.xero import facade
from tandem.xero.connections.probes import probe_connection
from tandem_sandbox.testing import Sandbox

pytestmark = pytest.mark.unmeasured


def _press(player: Player, path: str = "xero/connect/") -> str:
    """Press a button that goes to Xero; return the address it leads to."""
    response = player.client.post(player.url(path))
    assert response.status_code == 302
    return response.headers["location"]


def _come_back(client: Client, params: Mapping[str, str]) -> str:
    """Come back from Xero; return what the page says after the redirect."""
    response = client.get(f"/xero/callback?{urlencode(params)}", follow=True)
    assert response.redirect_chain
    assert response.redirect_chain[0][1] == 302
    return text_of(response)


def _page(player: Player, path: str = "xero/") -> str:
    return text_of(player.client.get(player.url(path)))


def test_the_card_leads_to_the_button_and_the_button_to_xero(cast: Cast, sandbox: Sandbox) -> None:
    card = _page(cast.alice, "integrations/")
    assert "XERO" in card
    assert "Set up our 2-way Xero connector" in card
    address = _press(cast.alice)
    asked = dict(parse_qsl(urlsplit(address).query))
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == "http://localhost:8000/xero/callback"


def test_after_the_consent_the_page_names_the_organisation_and_who_authorised(cast: Cast, sandbox: Sandbox) -> None:
    text = _come_back(cast.alice.client, at_xero(sandbox, _press(cast.alice)))
    assert f"{BAKERY} is connected." in text
    assert "Authorised by Rosa Byrne" in text
    assert text.count("Proved ") == 4


def test_the_code_does_not_stay_in_the_address_bar(cast: Cast, sandbox: Sandbox) -> None:
    params = at_xero(sandbox, _press(cast.alice))
    response = cast.alice.client.get(f"/xero/callback?{urlencode(params)}")
    assert response.headers["location"] == "/a/harbour-lane/xero/"
    assert "no-store" in response.headers["cache-control"]


def test_a_consent_that_was_refused_changes_nothing_and_says_so(cast: Cast, sandbox: Sandbox) -> None:
    text = _come_back(cast.alice.client, at_xero(sandbox, _press(cast.alice), allow=False))
    assert "Nothing was allowed at Xero" in text
    assert "Connect to Xero" in text


def test_an_answer_used_twice_is_refused(cast: Cast, sandbox: Sandbox) -> None:
    params = at_xero(sandbox, _press(cast.alice))
    _come_back(cast.alice.client, params)
    text = _come_back(cast.alice.client, params)
    assert "was used already" in text
    assert "Connected, proved" in text


def test_somebody_else_s_answer_is_refused(cast: Cast, sandbox: Sandbox) -> None:
    params = at_xero(sandbox, _press(cast.alice))
    text = _come_back(cast.charlie.client, params)
    assert "does not belong to a connection that you began here" in text
    assert "Not set up" in _page(cast.alice)


@pytest.mark.parametrize("params", [{}, {"state": "x", "code": "y"}, {"state": "\x00.x"}, {"error": "server_error"}])
def test_a_forged_answer_is_refused(cast: Cast, sandbox: Sandbox, params: dict[str, str]) -> None:
    assert "does not belong to a connection that you began here" in _come_back(cast.alice.client, params)


def test_a_person_without_payroll_cannot_connect(cast: Cast, sandbox: Sandbox) -> None:
    params = at_xero(sandbox, _press(cast.alice))
    sandbox.control("POST", "events", {"kind": "drop_payroll_admin", "user": "rosa.byrne@example.com"})
    text = _come_back(cast.alice.client, params)
    assert "is connected" not in text
    assert "payroll" in text
    assert facade.connection_summary(cast.alice.actor).state is facade.ConnectionState.NOT_SET_UP


def test_two_organisations_are_a_choice_and_nothing_else_is_offered(cast: Cast, sandbox: Sandbox) -> None:
    params = at_xero(sandbox, _press(cast.alice), user=AMIR, organisations=(BAKERY, BOOKS))
    text = _come_back(cast.alice.client, params)
    assert "Choose the organisation" in text
    assert BAKERY in text
    assert BOOKS in text


def test_a_choice_left_open_is_asked_for_again_and_then_made(cast: Cast, sandbox: Sandbox) -> None:
    params = at_xero(sandbox, _press(cast.alice), user=AMIR, organisations=(BAKERY, BOOKS))
    where = cast.alice.client.get(f"/xero/callback?{urlencode(params)}").headers["location"]
    again = cast.alice.client.post(where, {"organisation": "nonsense"}, follow=True)
    assert "Choose one of the organisations in the list." in text_of(again)
    flow_id = where.rstrip("/").rsplit("/", 1)[1]
    choices = facade.get_choice(cast.alice.actor, flow_id=flow_id)  # type: ignore[arg-type]  # as the address has it
    bakery = next(choice for choice in choices if choice.name == BAKERY)
    done = cast.alice.client.post(where, {"organisation": str(bakery.tenant_id)}, follow=True)
    assert f"{BAKERY} is connected." in text_of(done)
    assert cast.alice.client.get(where).status_code == 404


def _lose_access(cast: Cast, sandbox: Sandbox) -> None:
    sandbox.control("POST", "events", {"kind": "remove_user", "user": "rosa.byrne@example.com"})
    probe_connection(cast.alice.account.account_id, anyway=True)


def test_a_broken_link_names_its_cause_and_offers_one_button(cast: Cast, sandbox: Sandbox, connected: Connect) -> None:
    connected(cast.alice)
    _lose_access(cast, sandbox)
    text = _page(cast.alice)
    assert "Broken since" in text
    assert "Most likely Rosa Byrne lost access" in text
    assert "Refused since" in text
    assert ">Reconnect</button>" in text
    assert "Connected, proved" not in text


def test_checking_asks_xero_and_says_what_it_came_to(cast: Cast, sandbox: Sandbox, connected: Connect) -> None:
    connected(cast.alice)
    sandbox.control("POST", "events", {"kind": "remove_user", "user": "rosa.byrne@example.com"})
    response = cast.alice.client.post(cast.alice.url("xero/probe/"), follow=True)
    assert "Checked: Broken since" in text_of(response)


def test_checking_without_a_connection_says_so(cast: Cast, sandbox: Sandbox) -> None:
    response = cast.alice.client.post(cast.alice.url("xero/probe/"), follow=True)
    assert response.status_code == 200
    assert "Not set up" in text_of(response)


def test_reconnecting_as_somebody_else_repairs_it(cast: Cast, sandbox: Sandbox, connected: Connect) -> None:
    connected(cast.alice)
    _lose_access(cast, sandbox)
    text = _come_back(cast.alice.client, at_xero(sandbox, _press(cast.alice, "xero/reconnect/"), user=AMIR))
    assert f"{BAKERY} is connected again." in text
    assert "Authorised by Amir Lim" in _page(cast.alice)


def test_another_organisation_is_refused_by_name(cast: Cast, sandbox: Sandbox, connected: Connect) -> None:
    connected(cast.alice)
    params = at_xero(sandbox, _press(cast.alice, "xero/reconnect/"), user=AMIR, organisations=(BOOKS,))
    text = _come_back(cast.alice.client, params)
    assert f"You allowed another organisation than {BAKERY}" in text
    assert "Move deliberately" in text
    assert "Authorised by Rosa Byrne" in text
    assert "Move deliberately" not in _page(cast.alice)


def test_a_disconnect_is_confirmed_first_and_leaves_a_receipt(cast: Cast, sandbox: Sandbox, connected: Connect) -> None:
    connected(cast.alice)
    assert "Disconnect from Xero?" in _page(cast.alice, "xero/disconnect/")
    response = cast.alice.client.post(cast.alice.url("xero/disconnect/"), follow=True)
    text = text_of(response)
    assert f"Disconnected from {BAKERY}" in text
    assert "the organisation is not on it any more" in text
    assert "Xero refused it: it is dead" in text
    assert "Disconnected since" in _page(cast.alice)


def test_disconnecting_twice_says_that_there_is_nothing_to_do(cast: Cast, sandbox: Sandbox, connected: Connect) -> None:
    connected(cast.alice)
    cast.alice.client.post(cast.alice.url("xero/disconnect/"))
    response = cast.alice.client.get(cast.alice.url("xero/disconnect/"), follow=True)
    assert "there is nothing to disconnect" in text_of(response)
    again = cast.alice.client.post(cast.alice.url("xero/disconnect/"), follow=True)
    assert again.status_code == 200


def test_a_dead_sign_in_is_named_before_and_after_a_disconnect(
    cast: Cast, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    sandbox.control("POST", "events", {"kind": "disconnect_app", "user": "rosa.byrne@example.com"})
    text = text_of(cast.alice.client.post(cast.alice.url("xero/disconnect/"), follow=True))
    assert "Xero had no such connection any more." in text


def test_the_settings_from_before_come_back_after_a_look_at_the_difference(
    cast: Cast, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    _choose(cast, auto_import="on", auto_export="on")
    cast.alice.client.post(cast.alice.url("xero/disconnect/"))
    text = _come_back(cast.alice.client, at_xero(sandbox, _press(cast.alice), user=AMIR))
    assert "Restore the settings you had before" in text
    assert "Automatic import from Xero" in text
    cast.alice.client.post(cast.alice.url("xero/restore/"))
    chosen = facade.get_preferences(cast.alice.actor).preferences
    assert (chosen.auto_import, chosen.auto_export) == (True, True)
    assert "Nothing to restore" in _page(cast.alice, "xero/restore/")


SETTINGS = {
    "authority": "tandem",
    "personal": "same",
    "bank": "same",
    "super": "same",
    "tax": "tandem",
    "contact": "xero",
    "employment": "same",
    "interval_minutes": "60",
    "termination": "both",
    "create_in_hr": "on",
    "match_by_name_and_birth_date": "on",
}


def _choose(cast: Cast, **more: str) -> str:
    address = cast.alice.url("account/details/integration/")
    return text_of(cast.alice.client.post(address, {**SETTINGS, **more}, follow=True))


def test_every_choice_of_the_integration_tab_is_kept(cast: Cast) -> None:
    assert "The settings were saved." in _choose(cast, auto_import="on")
    chosen = facade.get_preferences(cast.alice.actor).preferences.as_json()
    assert chosen["authority"] == "tandem"
    assert chosen["overrides"] == {"contact": "xero", "tax": "tandem"}
    assert (chosen["auto_import"], chosen["auto_export"], chosen["create_in_xero"]) == (True, False, False)
    assert (chosen["interval_minutes"], chosen["termination"]) == (60, "both")


def test_saving_the_same_choices_makes_no_new_version(cast: Cast) -> None:
    _choose(cast)
    before = facade.get_preferences(cast.alice.actor).version
    assert "Nothing was different." in _choose(cast)
    assert facade.get_preferences(cast.alice.actor).version == before


def test_a_choice_that_does_not_exist_is_refused_and_nothing_is_saved(cast: Cast) -> None:
    address = cast.alice.url("account/details/integration/")
    response = cast.alice.client.post(address, {**SETTINGS, "interval_minutes": "1", "authority": "nobody"})
    assert response.status_code == 422
    assert "Nothing was saved yet" in text_of(response)
    assert facade.get_preferences(cast.alice.actor).version == 0


def test_the_lights_come_alone_to_htmx(cast: Cast, connected: Connect) -> None:
    connected(cast.alice)
    text = text_of(cast.alice.client.get(cast.alice.url("xero/"), headers={"hx-request": "true"}))
    assert text.count("Proved ") == 4
    assert "<html" not in text


def test_the_timeline_says_who_did_what(cast: Cast, sandbox: Sandbox) -> None:
    _come_back(cast.alice.client, at_xero(sandbox, _press(cast.alice)))
    text = _page(cast.alice, "xero/timeline/")
    assert "Alice Lang connected Xero" in text
    assert "The state became Connected" in text


def test_in_the_demo_the_missing_second_factor_is_said(cast: Cast, settings: pytest.FixtureRequest) -> None:
    from dataclasses import replace

    settings.TANDEM = replace(settings.TANDEM, demo=True)  # type: ignore[attr-defined]
    Authenticator.objects.filter(user_id=cast.alice.user.id).delete()
    assert "Outside the demo this page wants two-step sign-in." in _page(cast.alice)


def test_a_receipt_of_another_account_is_nowhere(cast: Cast, connected: Connect) -> None:
    connected(cast.alice)
    receipt = facade.disconnect(cast.alice.actor)
    assert cast.charlie.client.get(f"/a/second-street/xero/receipts/{receipt.receipt_id}/").status_code == 404
    with scope(cast.charlie.account.account_id):
        assert facade.connection_summary(cast.charlie.actor).state is facade.ConnectionState.NOT_SET_UP
