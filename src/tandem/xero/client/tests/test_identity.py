"""A token is believed only if Xero signed it, for this app, and both tokens are of one person."""

from collections.abc import Mapping
from typing import Any

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from jwt.algorithms import RSAAlgorithm

from tandem.xero.client import identity, transport
from tandem.xero.client.identity import TokenUnverified
from tandem.xero.client.wire import TokenAnswer

pytestmark = pytest.mark.unmeasured

OURS = rsa.generate_private_key(public_exponent=65537, key_size=2048)
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ROSA = "6f2c6c0e-7a53-4c1a-9a6f-0f6f4f0a0001"
AMIR = "6f2c6c0e-7a53-4c1a-9a6f-0f6f4f0a0002"


class Keys(httpx2.BaseTransport):
    """Xero's key set, and nothing else; counts how often it is asked."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.asked = 0

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        assert request.url == settings.TANDEM.xero.jwks_url
        self.asked += 1
        public = RSAAlgorithm.to_jwk(OURS.public_key(), as_dict=True)
        keys = [{**public, "kid": name, "use": "sig", "alg": "RS256"} for name in self.names]
        return httpx2.Response(200, json={"keys": keys})


@pytest.fixture(autouse=True)
def _no_keys_known() -> None:
    identity._keys.clear()


def signed(
    claims: Mapping[str, Any], *, key: object = OURS, algorithm: str = "RS256", name: str = "one", **changes: object
) -> str:
    every = {"iss": settings.TANDEM.xero.issuer, "exp": 4_000_000_000, "xero_userid": ROSA, **claims, **changes}
    return jwt.encode(every, key, algorithm=algorithm, headers={"kid": name})  # type: ignore[arg-type]  # a key or text


def access(**changes: Any) -> str:
    how = {name: changes.pop(name) for name in ("key", "algorithm", "name") if name in changes}
    xero = settings.TANDEM.xero
    claims = {"aud": xero.audience, "client_id": xero.client_id, "scope": ["openid"], "authentication_event_id": AMIR}
    return signed({**claims, **changes}, **how)


def about(**changes: Any) -> str:
    claims = {
        "aud": settings.TANDEM.xero.client_id,
        "given_name": "Rosa",
        "family_name": "Byrne",
        "email": "r@x.example",
    }
    return signed({**claims, **changes})


def read(access_token: str, id_token: str = "", *, keys: Keys | None = None) -> identity.Person:
    with transport.through(keys or Keys("one")):
        return identity.identify(TokenAnswer(access_token=access_token, refresh_token="r", id_token=id_token))


@pytest.mark.usefixtures("real_db")
def test_the_person_is_read_from_both_tokens() -> None:
    person = read(access(), about())
    assert (str(person.xero_userid), person.name, person.email) == (ROSA, "Rosa Byrne", "r@x.example")
    assert (person.scopes, str(person.authentication_event_id)) == (frozenset({"openid"}), AMIR)


@pytest.mark.usefixtures("real_db")
def test_a_consent_without_a_profile_has_no_name() -> None:
    assert (read(access()).name, read(access()).email) == ("", "")


@pytest.mark.usefixtures("real_db")
@pytest.mark.parametrize(
    "changes",
    [
        {"key": STRANGER},
        {"key": "a shared secret that is long enough to be one", "algorithm": "HS256"},
        {"key": None, "algorithm": "none"},
        {"name": "nobody's"},
        {"iss": "https://identity.elsewhere.example"},
        {"aud": "https://identity.xero.com/others"},
        {"client_id": "ANOTHER-APP"},
        {"xero_userid": "nobody"},
        {"xero_userid": AMIR},
    ],
)
def test_a_token_that_is_not_what_it_must_be_is_thrown_away(changes: dict[str, Any]) -> None:
    with pytest.raises(TokenUnverified):
        read(access(**changes), about())


@pytest.mark.usefixtures("real_db")
def test_an_id_token_for_another_app_is_thrown_away() -> None:
    with pytest.raises(TokenUnverified):
        read(access(), about(aud="ANOTHER-APP"))


@pytest.mark.usefixtures("real_db")
def test_keys_are_asked_for_once_and_again_when_they_rotate() -> None:
    keys = Keys("one")
    read(access(), about(), keys=keys)
    assert keys.asked == 1
    rotated = Keys("two")
    read(access(name="two"), keys=rotated)
    read(access(name="two"), keys=rotated)
    assert rotated.asked == 1
