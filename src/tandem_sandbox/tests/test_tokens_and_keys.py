"""Keys that rotate, what tokens say, custom connections, and parameters that are merely tolerated (9a items 1 to 7)."""

import base64
import hashlib
from typing import Any

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
    ORGANISATION,
    PUBLIC,
    ROSA,
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

JWKS = "/.well-known/openid-configuration/jwks"
AUDIENCE = "https://identity.xero.com/resources"


@pytest.fixture
def sandbox() -> Sandbox:
    return quiet_sandbox(employees=2)


def _kids(sandbox: Sandbox) -> list[str]:
    return [key["kid"] for key in sandbox.app.test_client().get(JWKS).get_json()["keys"]]


def _rotate(sandbox: Sandbox) -> None:
    sandbox.control("POST", "events", {"kind": "rotate_signing_key"})


def _verify(sandbox: Sandbox, token: str, *, audience: str = AUDIENCE) -> dict[str, Any]:
    keys = jwt.PyJWKSet.from_dict(sandbox.app.test_client().get(JWKS).get_json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    return jwt.decode(
        token, key, algorithms=["RS256"], audience=audience, options={"verify_exp": False, "verify_nbf": False}
    )


def test_after_a_rotation_new_tokens_name_the_new_key_and_the_old_one_stays_listed(sandbox: Sandbox) -> None:
    rosa = sign_in(sandbox)
    (old,) = _kids(sandbox)
    _rotate(sandbox)
    new, kept = _kids(sandbox)
    assert (kept, new != old) == (old, True)
    assert _verify(sandbox, rosa.tokens["access_token"])
    assert rosa.get(EMPLOYEES).status_code == 200
    rosa.refresh()
    assert jwt.get_unverified_header(rosa.tokens["access_token"])["kid"] == new
    assert _verify(sandbox, rosa.tokens["access_token"])


def test_by_switch_the_old_key_is_gone_at_once_while_its_tokens_still_work(sandbox: Sandbox) -> None:
    sandbox.control("PATCH", "switches", {"jwks_keeps_old_key": False})
    rosa = sign_in(sandbox)
    _rotate(sandbox)
    assert jwt.get_unverified_header(rosa.tokens["access_token"])["kid"] not in _kids(sandbox)
    assert rosa.get(EMPLOYEES).status_code == 200


def test_a_rotation_can_be_put_back(sandbox: Sandbox) -> None:
    before = _kids(sandbox)
    _rotate(sandbox)
    _rotate(sandbox)
    assert before[0] not in _kids(sandbox)
    sandbox.control("POST", "events", {"kind": "put_back", "event": "rotate_signing_key"})
    assert _kids(sandbox) == before


def test_the_id_token_binds_the_access_token_and_carries_the_claims_of_its_scopes(sandbox: Sandbox) -> None:
    rosa = sign_in(sandbox, nonce="n-1")
    claims = _verify(sandbox, rosa.tokens["id_token"], audience=DEMO)
    half = hashlib.sha256(rosa.tokens["access_token"].encode()).digest()[:16]
    assert claims["at_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode()
    expected = (
        "nbf exp iss aud iat at_hash sid sub auth_time idp xero_userid global_session_id preferred_username email "
        "given_name family_name name amr nonce"
    )
    assert set(claims) == set(expected.split())
    bare = sign_in(sandbox, AMIR, scope="openid offline_access accounting.settings.read")
    claims = _verify(sandbox, bare.tokens["id_token"], audience=DEMO)
    assert not {"email", "given_name", "nonce"} & set(claims)
    assert set(bare.get("/connect/userinfo").get_json()) == {"sub", "xero_userid"}


def test_a_refresh_gives_an_id_token_without_a_nonce(sandbox: Sandbox) -> None:
    rosa = sign_in(sandbox, nonce="n-1")
    rosa.refresh()
    assert "nonce" not in _verify(sandbox, rosa.tokens["id_token"], audience=DEMO)


def test_without_offline_access_there_is_nothing_to_refresh(sandbox: Sandbox) -> None:
    caller = sign_in(sandbox, AMIR, scope="openid payroll.employees")
    assert "refresh_token" not in caller.tokens
    assert caller.token_call(grant_type="refresh_token").get_json() == {"error": "invalid_grant"}
    sandbox.clock.advance(1800)
    assert caller.get(EMPLOYEES).status_code == 401


@pytest.mark.parametrize(
    "extra",
    [
        {"prompt": "login"},
        {"prompt": "none consent"},
        {"acr_values": "bulk_connect:true"},
        {"acr_values": "tenant:x bulk_connect:true", "ui_locales": "en-AU", "login_hint": ROSA},
        {"state": None},
    ],
)
def test_parameters_that_nobody_promised_are_tolerated(sandbox: Sandbox, extra: dict[str, str | None]) -> None:
    assert sandbox.app.test_client().get(authorise_url(**extra)).status_code == 200
    given = consent(sandbox, ROSA, [BAKERY], **extra)
    assert given["code"]
    assert ("state" in given) is (extra.get("state", "s1") is not None)


def test_a_public_app_signs_in_refreshes_and_revokes_without_a_secret(sandbox: Sandbox) -> None:
    changes = {"client_id": PUBLIC, "code_challenge": challenge(), "code_challenge_method": "S256"}
    form = {"client_id": PUBLIC, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    web = sandbox.app.test_client()
    code = consent(sandbox, **changes)["code"]
    tokens = web.post("/connect/token", data={"grant_type": "authorization_code", "code": code, **form}).get_json()
    again = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "client_id": PUBLIC}
    tokens = web.post("/connect/token", data=again).get_json()
    assert Caller(sandbox, tokens, organisation_id(sandbox)).get(EMPLOYEES).status_code == 200
    gone = web.post("/connect/revocation", data={"token": tokens["refresh_token"], "client_id": PUBLIC})
    assert (gone.status_code, gone.get_data()) == (200, b"")
    assert Caller(sandbox, tokens, organisation_id(sandbox)).get(EMPLOYEES).status_code == 401


CUSTOM = {"client_id": "CUSTOM", "secret": "s", "custom_connection": BAKERY, "user": ROSA}


def _credentials(sandbox: Sandbox, **form: str) -> TestResponse:
    given = {"grant_type": "client_credentials", "client_id": "CUSTOM", "client_secret": "s", **form}
    return sandbox.app.test_client().post("/connect/token", data=given)


def test_a_custom_connection_needs_no_consent_page_no_refresh_and_no_tenant_header(sandbox: Sandbox) -> None:
    assert sandbox.control("POST", "apps", CUSTOM)["custom"] is True
    tokens = _credentials(sandbox).get_json()
    assert (set(tokens), tokens["expires_in"]) == ({"access_token", "expires_in", "token_type", "scope"}, 1800)
    caller = Caller(sandbox, tokens)
    for tenant in (None, "", organisation_id(sandbox)):
        assert caller.get(EMPLOYEES, headers={"Xero-Tenant-Id": tenant}).status_code == 200
    assert [item["tenantName"] for item in caller.connections()] == [BAKERY]
    assert caller.get(EMPLOYEES, headers={"Xero-Tenant-Id": organisation_id(sandbox, BOOKS)}).status_code == 403
    claims = _verify(sandbox, tokens["access_token"])
    assert "xero_userid" not in claims
    assert claims["client_id"] == "CUSTOM"


def test_a_custom_connection_keeps_to_the_scopes_it_asks_for(sandbox: Sandbox) -> None:
    sandbox.control("POST", "apps", CUSTOM)
    narrow = Caller(sandbox, _credentials(sandbox, scope="payroll.settings.read").get_json())
    assert narrow.get(EMPLOYEES).status_code == 401
    assert _credentials(sandbox, scope="openid").get_json() == {"error": "invalid_scope"}
    assert _credentials(sandbox, client_secret="no").get_json() == {"error": "invalid_client"}


def test_a_custom_connection_that_is_disconnected_is_unauthorised(sandbox: Sandbox) -> None:
    sandbox.control("POST", "apps", CUSTOM)
    caller = Caller(sandbox, _credentials(sandbox).get_json())
    sandbox.control("POST", "events", {"kind": "disconnect_app", "app": "CUSTOM"})
    assert caller.get(ORGANISATION).status_code == 403
    assert _credentials(sandbox).get_json() == {"error": "unauthorized_client"}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"user": NOOR}, "409"),
        ({"user": WENDY}, "409"),
        ({"user": "nobody@example.com"}, "400"),
        ({"secret": None}, "400"),
        ({"custom_connection": "nowhere"}, "404"),
    ],
)
def test_a_custom_connection_that_nobody_may_authorise_is_refused_and_makes_no_app(
    sandbox: Sandbox, changes: dict[str, object], status: str
) -> None:
    with pytest.raises(ControlRefused, match=status):
        sandbox.control("POST", "apps", {**CUSTOM, **changes})
    assert _credentials(sandbox).get_json() == {"error": "invalid_client"}


def test_an_ordinary_app_has_no_client_credentials(sandbox: Sandbox) -> None:
    answer = sign_in(sandbox).token_call(grant_type="client_credentials", scope=FULL)
    assert answer.get_json() == {"error": "unsupported_grant_type"}
