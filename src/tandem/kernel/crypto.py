"""AES-256-GCM envelope encryption.

A master key (from the environment) wraps one data key per account; a data key seals values. The additional data binds a
sealed value to its account, column and row, so that moving it elsewhere makes it unreadable.
"""

import hashlib
import hmac
import os
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tandem.kernel.errors import TandemError

FORMAT = b"\x01"
NONCE_BYTES = 12


class VaultUnavailable(TandemError):
    """The master key is missing or is not the one that sealed the data."""

    code = "vault_unavailable"
    public_message = (
        "Tandem cannot open its vault, so stored secrets cannot be read. Nothing was lost. "
        "Whoever runs this installation must restore the master key."
    )


class Unreadable(TandemError):
    """A sealed value does not belong to this place, or was altered."""

    code = "sealed_value_unreadable"
    public_message = "A stored secret could not be read in its place. Nothing was changed. Please tell support."


@dataclass(frozen=True)
class Place:
    """Where a sealed value lives: moving it to another place makes it unreadable."""

    column: str
    row_id: UUID

    def bound_to(self, account_id: UUID) -> bytes:
        return f"{account_id}|{self.column}|{self.row_id}".encode()


@dataclass(frozen=True)
class MasterKey:
    """The installation's key; its id tells which master key wrapped a data key."""

    secret: bytes = field(repr=False)

    @property
    def key_id(self) -> str:
        return hashlib.sha256(b"tandem master key" + self.secret).hexdigest()[:12]


@dataclass(frozen=True)
class DataKey:
    """An account's key, unwrapped."""

    account_id: UUID
    secret: bytes = field(repr=False)


def _encrypt(secret: bytes, plain: bytes, bound: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return FORMAT + nonce + AESGCM(secret).encrypt(nonce, plain, bound)


def _decrypt(secret: bytes, sealed: bytes, bound: bytes) -> bytes:
    if sealed[:1] != FORMAT:
        raise Unreadable
    nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return AESGCM(secret).decrypt(nonce, body, bound)
    except InvalidTag as error:
        raise Unreadable from error


def new_wrapped_data_key(master: MasterKey, account_id: UUID) -> bytes:
    """Make a data key for an account and return it wrapped; raise VaultUnavailable without a master key."""
    return wrap(master, DataKey(account_id, os.urandom(32)))


def wrap(master: MasterKey, key: DataKey) -> bytes:
    """Return `key` wrapped by `master`."""
    if not master.secret:
        raise VaultUnavailable
    return _encrypt(master.secret, key.secret, f"data key|{key.account_id}".encode())


def unwrap(master: MasterKey, account_id: UUID, wrapped: bytes | memoryview) -> DataKey:
    """Return the account's data key; raise VaultUnavailable when `master` is not the key that wrapped it."""
    if not master.secret:
        raise VaultUnavailable
    try:
        return DataKey(account_id, _decrypt(master.secret, bytes(wrapped), f"data key|{account_id}".encode()))
    except Unreadable as error:
        raise VaultUnavailable from error


def derived(key: DataKey, *, purpose: str) -> DataKey:
    """Return the account's key for one purpose: what it seals, no other key opens."""
    return DataKey(key.account_id, hmac.new(key.secret, f"seal|{purpose}".encode(), hashlib.sha256).digest())


def seal(key: DataKey, plain: str, *, place: Place) -> bytes:
    """Seal text into a place."""
    return _encrypt(key.secret, plain.encode(), place.bound_to(key.account_id))


def unseal(key: DataKey, sealed: bytes | memoryview, *, place: Place) -> str:
    """Return the text sealed into a place; raise Unreadable when it was sealed for another."""
    return _decrypt(key.secret, bytes(sealed), place.bound_to(key.account_id)).decode()


def fingerprint(key: DataKey, value: str, *, purpose: str) -> str:
    """Return a keyed digest (64 hex digits) by which equal values of one account can be recognised."""
    derived = hmac.new(key.secret, f"fingerprint|{purpose}".encode(), hashlib.sha256).digest()
    return hmac.new(derived, value.encode(), hashlib.sha256).hexdigest()


def sign(master: MasterKey, body: str, *, purpose: str) -> str:
    """Return a signature (64 hex digits) that only this master key makes; raise VaultUnavailable without one."""
    if not master.secret:
        raise VaultUnavailable
    derived = hmac.new(master.secret, f"sign|{purpose}".encode(), hashlib.sha256).digest()
    return hmac.new(derived, body.encode(), hashlib.sha256).hexdigest()


def is_signed(master: MasterKey, body: str, signature: str, *, purpose: str) -> bool:
    """Say whether a signature is this master key's; raise VaultUnavailable without one."""
    return hmac.compare_digest(sign(master, body, purpose=purpose), signature)
