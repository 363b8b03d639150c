"""Consent, codes, tokens and connections (9a items 1 to 9, xero.md 2.1 to 2.4)."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from werkzeug.test import TestResponse

from tandem_sandbox.testing import ControlRefused, Sandbox
from tandem_sandbox.tests.caller import (
    AMIR,
    BAKERY,
    BOOKS,
    CALLBACK,
    DEMO,
    EMPLOYEES,
    FULL,
    NOOR,
    PUBLIC,
    ROSA,
    SECRET,
    VERIFIER,
    WENDY,
    Caller,
    authorise_url,
    challenge,
    consent,
    organisation_id,
    quiet_sandbox,
    sign_in,
)


@pytest.fixture
def sandbox() -> Sandbox:
    return quiet_sandbox()


def _token(sandbox: Sandbox, **form: str) -> TestResponse:
    return sandbox.app.test_client().post("/connect/token", data=form)


def _exchange(sandbox: Sandbox, code: str, **form: str) -> TestResponse:
    given = {"client_id": DEMO, "client_secret": SECRET, "redirect_uri": CALLBACK, **form}
    return _token(sandbox, grant_type="authorization_code", code=code, **given)


def _error(answer: TestResponse) -> tuple[int, Any]:
    return answer.status_code, answer.get_json()


INVALID_GRANT = (400, {"error": "invalid_grant"})


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"client_id": "X"}, "unauthorized_client"),
        ({"redirect_uri": CALLBACK + "/"}, "redirect_uri"),
        ({"redirect_uri": None}, "redirect_uri"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "openid accounting.transactions"}, "accounting.transactions"),
        ({"code_challenge": "x", "code_challenge_method": "plain"}, "S256"),
        ({"client_id": PUBLIC}, "code_challenge"),
    ],
)
def test_a_bad_authorise_request_shows_an_error_page_and_never_calls_back(
    sandbox: Sandbox, changes: dict[str, str | None], says: str
) -> None:
    answer = sandbox.app.test_client().get(authorise_url(**changes))
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert says in answer.get_data(as_text=True)
    with pytest.raises(ControlRefused, match="400"):
        sandbox.control("POST", "consent", {"authorize_url": authorise_url(**changes), "user": ROSA})


def test_a_refused_consent_comes_back_as_access_denied_with_the_state(sandbox: Sandbox) -> None:
    answer = sandbox.control(
        "POST", "consent", {"authorize_url": authorise_url(state="a b&c"), "user": ROSA, "allow": False}
    )
    assert parse_qs(urlsplit(answer["redirect_to"]).query) == {"error": ["access_denied"], "state": ["a b&c"]}


@pytest.mark.parametrize("user", [NOOR, WENDY])
def test_a_user_without_the_role_or_without_payroll_access_cannot_connect(sandbox: Sandbox, user: str) -> None:
    with pytest.raises(ControlRefused, match="409"):
        consent(sandbox, user)
    assert sandbox.control("GET", "world")["connections"] == []


def test_a_standard_user_without_payroll_access_can_connect_what_is_not_payroll(sandbox: Sandbox) -> None:
    caller = sign_in(sandbox, WENDY, scope="openid accounting.settings.read")
    assert caller.get("/api.xro/2.0/Organisation").status_code == 200
    assert caller.get(EMPLOYEES).status_code == 401


@pytest.mark.parametrize("kind", ["end_trial", "payroll_not_set_up"])
def test_an_organisation_that_is_not_ready_cannot_be_connected(sandbox: Sandbox, kind: str) -> None:
    sandbox.control("POST", "events", {"kind": kind, "organisation": BAKERY})
    with pytest.raises(ControlRefused, match="409"):
        consent(sandbox)


def test_an_organisation_of_others_or_none_cannot_be_chosen(sandbox: Sandbox) -> None:
    with pytest.raises(ControlRefused, match="do not belong"):
        consent(sandbox, ROSA, [BOOKS])
    with pytest.raises(ControlRefused, match="at least one"):
        consent(sandbox, ROSA, [])


def test_the_connection_cap_of_an_app_is_a_switch(sandbox: Sandbox) -> None:
    sandbox.control("PATCH", "switches", {"app_connection_cap": 1})
    consent(sandbox, ROSA)
    with pytest.raises(ControlRefused, match="as many connections"):
        consent(sandbox, AMIR)
    assert consent(sandbox, ROSA)["code"]


def test_a_third_uncertified_app_cannot_be_connected(sandbox: Sandbox) -> None:
    for name in ("B", "C"):
        sandbox.control("POST", "apps", {"client_id": name, "secret": "s", "redirect_uris": [CALLBACK]})
    consent(sandbox, ROSA)
    consent(sandbox, AMIR, [BAKERY], client_id="B")
    with pytest.raises(ControlRefused, match="two uncertified apps"):
        consent(sandbox, ROSA, client_id="C")
    sandbox.control("POST", "apps", {"client_id": "C", "certified": True})
    assert consent(sandbox, ROSA, client_id="C")["code"]


def test_a_code_works_once(sandbox: Sandbox) -> None:
    code = consent(sandbox)["code"]
    assert _exchange(sandbox, code).status_code == 200
    assert _error(_exchange(sandbox, code)) == INVALID_GRANT


def test_a_code_dies_after_300_seconds(sandbox: Sandbox) -> None:
    fresh, stale = consent(sandbox)["code"], consent(sandbox)["code"]
    sandbox.clock.advance(300)
    assert _exchange(sandbox, fresh).status_code == 200
    sandbox.clock.advance(1)
    assert _error(_exchange(sandbox, stale)) == INVALID_GRANT


def test_a_code_is_bound_to_its_redirect_address_and_client(sandbox: Sandbox) -> None:
    sandbox.control("POST", "apps", {"client_id": "B", "secret": "s", "redirect_uris": [CALLBACK]})
    code = consent(sandbox)["code"]
    assert _error(_exchange(sandbox, code, redirect_uri="http://localhost:8000/xero/callback")) == INVALID_GRANT
    assert _error(_exchange(sandbox, code, client_id="B", client_secret="s")) == INVALID_GRANT
    assert _error(_exchange(sandbox, "made-up")) == INVALID_GRANT


@pytest.mark.parametrize("form", [{"client_secret": "wrong"}, {"client_id": "X"}, {"client_secret": ""}])
def test_a_wrong_client_is_invalid_client(sandbox: Sandbox, form: dict[str, str]) -> None:
    code = consent(sandbox)["code"]
    assert _error(_exchange(sandbox, code, **form)) == (400, {"error": "invalid_client"})


def test_credentials_may_come_as_basic(sandbox: Sandbox) -> None:
    form = {"grant_type": "authorization_code", "code": consent(sandbox)["code"], "redirect_uri": CALLBACK}
    web = sandbox.app.test_client()
    assert web.post("/connect/token", data=form, auth=(DEMO, SECRET)).status_code == 200
    assert web.post("/connect/token", data=form, auth=(DEMO, "no")).get_json() == {"error": "invalid_client"}
    broken = web.post("/connect/token", data=form, headers={"Authorization": "Basic %%%"})
    assert broken.get_json() == {"error": "invalid_client"}


@pytest.mark.parametrize("grant_type", ["", "password", "client_credentials"])
def test_an_unknown_grant_type_is_unsupported(sandbox: Sandbox, grant_type: str) -> None:
    answer = _token(sandbox, client_id=DEMO, client_secret=SECRET, grant_type=grant_type)
    assert _error(answer) == (400, {"error": "unsupported_grant_type"})


@pytest.mark.parametrize("client", [DEMO, PUBLIC])
def test_pkce_is_verified_for_either_kind_of_app(sandbox: Sandbox, client: str) -> None:
    changes = {"client_id": client, "code_challenge": challenge(), "code_challenge_method": "S256"}
    form = {"client_id": client, "client_secret": SECRET if client == DEMO else ""}
    code = consent(sandbox, **changes)["code"]
    assert _error(_exchange(sandbox, code, code_verifier="w" * 60, **form)) == INVALID_GRANT
    assert _error(_exchange(sandbox, code, **form)) == INVALID_GRANT
    assert _exchange(sandbox, code, code_verifier=VERIFIER, **form).status_code == 200


def test_the_token_answer_has_what_the_scopes_ask_for(sandbox: Sandbox) -> None:
    full = sign_in(sandbox).tokens
    assert set(full) == {"id_token", "access_token", "expires_in", "token_type", "refresh_token", "scope"}
    assert (full["expires_in"], full["token_type"], full["scope"]) == (1800, "Bearer", FULL)
    bare = sign_in(sandbox, AMIR, scope="accounting.settings.read").tokens
    assert set(bare) == {"access_token", "expires_in", "token_type", "scope"}


def _claims(sandbox: Sandbox, token: str, audience: str) -> dict[str, Any]:
    keys = jwt.PyJWKSet.from_dict(sandbox.app.test_client().get("/.well-known/openid-configuration/jwks").get_json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    return jwt.decode(
        token,
        key,
        algorithms=["RS256"],
        audience=audience,
        issuer="https://identity.xero.com",
        options={"verify_exp": False, "verify_nbf": False},
    )


def test_the_access_token_carries_the_claims_and_verifies(sandbox: Sandbox) -> None:
    caller = sign_in(sandbox)
    claims = _claims(sandbox, caller.tokens["access_token"], "https://identity.xero.com/resources")
    expected = (
        "nbf exp iss aud client_id sub auth_time idp xero_userid global_session_id sid jti authentication_event_id"
    )
    assert set(expected.split()) | {"scope", "amr"} == set(claims)
    assert claims["scope"] == FULL.split()
    assert claims["exp"] - claims["nbf"] == 1800
    assert claims["authentication_event_id"] == caller.connections()[0]["authEventId"]


def test_the_id_token_says_who_and_has_no_authentication_event(sandbox: Sandbox) -> None:
    caller = sign_in(sandbox, nonce="n1")
    claims = _claims(sandbox, caller.tokens["id_token"], DEMO)
    assert (claims["email"], claims["given_name"], claims["nonce"]) == (ROSA, "Rosa", "n1")
    assert "authentication_event_id" not in claims
    access = _claims(sandbox, caller.tokens["access_token"], "https://identity.xero.com/resources")
    assert access["xero_userid"] == claims["xero_userid"]


def test_discovery_names_endpoints_that_answer(sandbox: Sandbox) -> None:
    caller = sign_in(sandbox)
    document = caller.web.get("/.well-known/openid-configuration").get_json()
    assert caller.web.get(urlsplit(document["jwks_uri"]).path).status_code == 200
    info = caller.get(urlsplit(document["userinfo_endpoint"]).path)
    assert info.get_json()["email"] == ROSA
    assert caller.web.get(urlsplit(document["userinfo_endpoint"]).path).status_code == 401


def test_a_refresh_rotates_and_keeps_the_scopes(sandbox: Sandbox) -> None:
    caller = sign_in(sandbox)
    old = caller.tokens
    assert caller.refresh().status_code == 200
    assert caller.tokens["refresh_token"] != old["refresh_token"]
    assert caller.tokens["access_token"] != old["access_token"]
    assert caller.tokens["scope"] == FULL
    assert caller.get(EMPLOYEES).status_code == 200


def test_a_used_refresh_token_may_be_retried_for_30_minutes_and_no_longer(sandbox: Sandbox) -> None:
    caller = sign_in(sandbox)
    first = caller.tokens["refresh_token"]
    caller.refresh(first)
    one = caller.tokens["refresh_token"]
    sandbox.clock.advance(1800)
    assert caller.refresh(first).status_code == 200
    two = caller.tokens["refresh_token"]
    assert one != two
    sandbox.clock.advance(1)
    assert _error(caller.refresh(first)) == INVALID_GRANT
    assert caller.refresh(one).status_code == 200
    assert caller.refresh(two).status_code == 200


def test_a_retried_refresh_gives_the_same_pair_by_switch(sandbox: Sandbox) -> None:
    sandbox.control("PATCH", "switches", {"refresh_retry": "same"})
    caller = sign_in(sandbox)
    first = caller.tokens["refresh_token"]
    one = caller.refresh(first).get_json()
    sandbox.clock.advance(100)
    two = caller.refresh(first).get_json()
    assert (one["access_token"], one["refresh_token"]) == (two["access_token"], two["refresh_token"])
    assert (one["expires_in"], two["expires_in"]) == (1800, 1700)


def test_a_refresh_token_unused_for_60_days_is_dead(sandbox: Sandbox) -> None:
    caller = sign_in(sandbox)
    sandbox.clock.advance(60 * 86_400)
    assert caller.refresh().status_code == 200
    sandbox.clock.advance(60 * 86_400 + 1)
    assert _error(caller.refresh()) == INVALID_GRANT


def test_scopes_cannot_be_widened_on_refresh(sandbox: Sandbox) -> None:
    caller = sign_in(sandbox, scope="openid offline_access payroll.employees")
    assert caller.refresh(scope="payroll.employees openid").status_code == 200
    assert _error(caller.refresh(scope="openid payroll.settings")) == (400, {"error": "invalid_scope"})


@pytest.mark.parametrize(("additive", "has"), [(True, True), (False, False)])
def test_a_new_consent_adds_to_the_earlier_scopes_by_switch(sandbox: Sandbox, additive: bool, has: bool) -> None:
    sandbox.control("PATCH", "switches", {"scopes_additive": additive})
    sign_in(sandbox)
    second = sign_in(sandbox, scope="openid offline_access accounting.settings.read")
    assert ("payroll.employees" in second.tokens["scope"].split()) is has


def test_another_apps_refresh_token_is_invalid_grant(sandbox: Sandbox) -> None:
    sandbox.control("POST", "apps", {"client_id": "B", "secret": "s", "redirect_uris": [CALLBACK]})
    token = sign_in(sandbox).tokens["refresh_token"]
    answer = _token(sandbox, grant_type="refresh_token", refresh_token=token, client_id="B", client_secret="s")
    assert _error(answer) == INVALID_GRANT


def _revoke(caller: Caller, token: str) -> TestResponse:
    return caller.web.post("/connect/revocation", data={"token": token, "client_id": DEMO, "client_secret": SECRET})


def test_revocation_kills_the_tokens_and_every_connection_of_that_user_only(sandbox: Sandbox) -> None:
    first, second = sign_in(sandbox, AMIR, [BAKERY]), sign_in(sandbox, AMIR, [BOOKS])
    rosa = sign_in(sandbox, ROSA)
    assert _revoke(first, first.tokens["refresh_token"]).status_code == 200
    assert _error(first.refresh()) == INVALID_GRANT
    assert _error(second.refresh()) == INVALID_GRANT
    assert rosa.get(EMPLOYEES).status_code == 200
    assert [item["user"] for item in sandbox.control("GET", "world")["connections"]] == [ROSA]


def test_long_dead_tokens_are_forgotten_and_stay_dead(sandbox: Sandbox) -> None:
    caller = sign_in(sandbox)
    first = caller.tokens["refresh_token"]
    for _ in range(1000):
        caller.refresh()
    sandbox.clock.advance(2 * 86_400)
    assert caller.refresh().status_code == 200
    assert len(sandbox.simulator.world.access_tokens) == 1
    assert len(sandbox.simulator.world.refresh_tokens) == 2
    assert _error(caller.refresh(first)) == INVALID_GRANT


def test_revocation_of_nonsense_is_200_and_changes_nothing(sandbox: Sandbox) -> None:
    caller = sign_in(sandbox)
    assert _revoke(caller, "nonsense").status_code == 200
    assert caller.get(EMPLOYEES).status_code == 200
    assert caller.web.post("/connect/revocation", data={"token": "x", "client_id": DEMO}).status_code == 400


def test_connections_have_zone_less_dates_with_seven_decimals(sandbox: Sandbox) -> None:
    (shown,) = sign_in(sandbox).connections()
    assert set(shown) == {
        "id", "authEventId", "tenantId", "tenantType", "tenantName", "createdDateUtc", "updatedDateUtc",
    }  # fmt: skip
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}", shown["createdDateUtc"])
    assert (shown["tenantType"], shown["tenantName"]) == ("ORGANISATION", BAKERY)


def test_connections_can_lack_the_fields_that_an_old_recording_lacked(sandbox: Sandbox) -> None:
    caller = sign_in(sandbox)
    sandbox.control("PATCH", "switches", {"connections_omit_auth_event_id": True, "connections_omit_tenant_name": True})
    assert not {"authEventId", "tenantName"} & set(caller.connections()[0])


def test_connections_list_every_consent_of_the_user_and_filter_by_event(sandbox: Sandbox) -> None:
    sign_in(sandbox, AMIR, [BAKERY])
    later = sign_in(sandbox, AMIR, [BOOKS])
    assert [item["tenantName"] for item in later.connections()] == [BAKERY, BOOKS]
    event = _claims(sandbox, later.tokens["access_token"], "https://identity.xero.com/resources")
    filtered = later.get("/connections", query={"authEventId": event["authentication_event_id"]}).get_json()
    assert [item["tenantName"] for item in filtered] == [BOOKS]


@pytest.mark.parametrize(("switch", "changes"), [("change", True), ("keep", False)])
def test_consenting_again_updates_the_date_and_by_switch_the_event(
    sandbox: Sandbox, switch: str, changes: bool
) -> None:
    sandbox.control("PATCH", "switches", {"reconsent_auth_event_id": switch})
    (before,) = sign_in(sandbox).connections()
    sandbox.clock.advance(60)
    (after,) = sign_in(sandbox).connections()
    assert (before["id"], before["createdDateUtc"]) == (after["id"], after["createdDateUtc"])
    assert before["updatedDateUtc"] != after["updatedDateUtc"]
    assert (before["authEventId"] != after["authEventId"]) is changes


@pytest.mark.parametrize(("switch", "status"), [("keep", 200), ("kill", 400)])
def test_a_new_consent_keeps_or_kills_the_earlier_token_set(sandbox: Sandbox, switch: str, status: int) -> None:
    sandbox.control("PATCH", "switches", {"new_consent_earlier_tokens": switch})
    earlier, other = sign_in(sandbox), sign_in(sandbox, AMIR)
    sign_in(sandbox)
    assert earlier.refresh().status_code == status
    assert other.refresh().status_code == 200


@pytest.mark.parametrize(("switch", "listed"), [("stays", 1), ("vanishes", 0)])
def test_a_removed_users_connection_stays_listed_or_vanishes(sandbox: Sandbox, switch: str, listed: int) -> None:
    sandbox.control("PATCH", "switches", {"removed_user_connection": switch})
    caller = sign_in(sandbox)
    sandbox.control("POST", "events", {"kind": "remove_user", "user": ROSA, "organisation": BAKERY})
    assert len(caller.connections()) == listed


def test_a_deleted_connection_is_204_then_404_and_leaves_the_other_users(sandbox: Sandbox) -> None:
    rosa, amir = sign_in(sandbox, ROSA), sign_in(sandbox, AMIR)
    mine = rosa.connections()[0]["id"]
    assert amir.call("DELETE", f"/connections/{mine}").status_code == 404
    assert rosa.call("DELETE", f"/connections/{mine}").status_code == 204
    assert rosa.call("DELETE", f"/connections/{mine}").status_code == 404
    assert rosa.get(EMPLOYEES).status_code == 403
    assert rosa.refresh().status_code == 200
    assert amir.get(EMPLOYEES).status_code == 200


def test_one_consent_can_cover_two_organisations_with_one_token_set(sandbox: Sandbox) -> None:
    amir = sign_in(sandbox, AMIR, [BAKERY, BOOKS])
    assert len({item["authEventId"] for item in amir.connections()}) == 1
    for name in (BAKERY, BOOKS):
        tenant = {"Xero-Tenant-Id": organisation_id(sandbox, name)}
        assert amir.get(EMPLOYEES, headers=tenant).status_code == 200


def test_a_revocation_leaves_what_an_earlier_delete_left_behind(sandbox: Sandbox) -> None:
    rosa = sign_in(sandbox, ROSA, [BAKERY])
    sandbox.control("POST", "faults", {"path": "/connections/*", "fault": "connection_left_behind", "count": 1})
    (connection,) = rosa.connections()
    rosa.call("DELETE", f"/connections/{connection['id']}")
    _revoke(rosa, rosa.tokens["refresh_token"])
    assert [row["id"] for row in sandbox.control("GET", "world")["connections"]] == [connection["id"]]
