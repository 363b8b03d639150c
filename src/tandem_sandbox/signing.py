"""The signing key and the tokens made with it (claims: xero.md 2.3)."""

import base64
import functools
import hashlib
from datetime import datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from tandem_sandbox.world.state import AccessToken, Grant, User, World, run_time_id

ISSUER = "https://identity.xero.com"
AUDIENCE = "https://identity.xero.com/resources"
METHODS = ["pwd", "mfa", "otp"]
OF_A_USER = frozenset({"sub", "auth_time", "idp", "xero_userid", "global_session_id", "sid", "amr"})


@functools.cache
def process_key(number: int = 0) -> RSAPrivateKey:
    """Make each key once per process, so that a new simulator starts at once."""
    del number
    return generate_private_key(public_exponent=65537, key_size=2048)


def key_from_pem(pem: str) -> RSAPrivateKey:
    """Load the key that a state file kept."""
    loaded = serialization.load_pem_private_key(pem.encode(), password=None)
    if not isinstance(loaded, RSAPrivateKey):
        raise ValueError("The state file's signing key is not an RSA key.")
    return loaded


def key_to_pem(key: RSAPrivateKey) -> str:
    """Write the key for a state file."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


class SigningKey:
    """One key, and how a key set shows it."""

    def __init__(self, private: RSAPrivateKey) -> None:
        self.private = private
        numbers = private.public_key().public_numbers()
        modulus = _number(numbers.n)
        self.kid = hashlib.sha256(modulus.encode()).hexdigest()[:40].upper()
        self.shown = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid}
        self.shown |= {"e": _number(numbers.e), "n": modulus}


class Signatory:
    """Sign access and ID tokens for one simulator; the world says which key is in use, by number."""

    def __init__(self, keys: list[RSAPrivateKey]) -> None:
        self.keys = keys
        self._made: dict[int, SigningKey] = {}

    def jwks(self, world: World, *, keeps_old: bool) -> dict[str, Any]:
        """Return the public key as a key set, by choice with the key that it replaced."""
        first = max(0, world.key_number - 1) if keeps_old else world.key_number
        return {"keys": [self._key(number).shown for number in range(world.key_number, first - 1, -1)]}

    def _key(self, number: int) -> SigningKey:
        while len(self.keys) <= number:
            self.keys.append(process_key(len(self.keys)))
        if number not in self._made:
            self._made[number] = SigningKey(self.keys[number])
        return self._made[number]

    def access_token(self, world: World, grant: Grant, access: AccessToken) -> str:
        """Make the access token's JWT; that of a custom connection names no user."""
        user = world.users[grant.user_id]
        claims = {
            **self._common(grant, user, issued=access.issued_at, expires=access.expires_at),
            "aud": AUDIENCE,
            "client_id": grant.client_id,
            "jti": run_time_id(world, "jti").replace("-", "").upper(),
            "authentication_event_id": grant.auth_event_id,
            "scope": access.scopes,
        }
        if grant.is_custom:
            claims = {name: value for name, value in claims.items() if name not in OF_A_USER}
        return self._sign(world, claims)

    def id_token(self, world: World, grant: Grant, access: AccessToken, *, nonce: str | None) -> str:
        """Make the ID token's JWT."""
        user = world.users[grant.user_id]
        half = hashlib.sha256(access.token.encode()).digest()[:16]
        claims = {
            **self._common(grant, user, issued=access.issued_at, expires=access.expires_at),
            "aud": grant.client_id,
            "iat": _seconds(access.issued_at),
            "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
        }
        if nonce:
            claims["nonce"] = nonce
        if "email" in access.scopes:
            claims["email"] = user.email
        if "profile" in access.scopes:
            claims |= {
                "preferred_username": user.email,
                "given_name": user.first_name,
                "family_name": user.last_name,
                "name": user.name,
            }
        return self._sign(world, claims)

    def _common(self, grant: Grant, user: User, *, issued: datetime, expires: datetime) -> dict[str, Any]:
        return {
            "nbf": _seconds(issued),
            "exp": _seconds(expires),
            "iss": ISSUER,
            "sub": subject_of(user),
            "auth_time": _seconds(grant.created_at),
            "idp": "local",
            "xero_userid": user.id,
            "global_session_id": grant.session_id,
            "sid": grant.session_id,
            "amr": METHODS,
        }

    def _sign(self, world: World, claims: dict[str, Any]) -> str:
        key = self._key(world.key_number)
        return jwt.encode(claims, key.private, algorithm="RS256", headers={"kid": key.kid})


def subject_of(user: User) -> str:
    """Return the subject claim of a user."""
    return hashlib.sha256(user.id.encode()).hexdigest()[:32]


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _number(value: int) -> str:
    raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
