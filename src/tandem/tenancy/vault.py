"""Seal and unseal an account's secrets. Call inside the account's scope."""

from uuid import UUID

from django.conf import settings

from tandem.kernel import crypto
from tandem.kernel.crypto import DataKey, Place
from tandem.tenancy.models import Account

# Unwrapped keys by (account, master key): a data key never changes, so a process may keep it.
_keys: dict[tuple[UUID, str], DataKey] = {}


def _data_key(account_id: UUID) -> DataKey:
    master = settings.TANDEM.master_key
    if not master.secret:
        raise crypto.VaultUnavailable
    known = _keys.get((account_id, master.key_id))
    if known is not None:
        return known
    wrapped = Account.objects.values_list("wrapped_data_key", flat=True).get(account_id=account_id)
    key = crypto.unwrap(master, account_id, wrapped)
    _keys[account_id, master.key_id] = key
    return key


def _key_for(account_id: UUID, purpose: str) -> DataKey:
    key = _data_key(account_id)
    return crypto.derived(key, purpose=purpose) if purpose else key


def seal(account_id: UUID, plain: str, *, column: str, row_id: UUID, purpose: str = "") -> bytes:
    """Seal a value into its column and row, with the key of a purpose; raise VaultUnavailable without the master key."""
    return crypto.seal(_key_for(account_id, purpose), plain, place=Place(column, row_id))


def unseal(account_id: UUID, sealed: bytes | memoryview, *, column: str, row_id: UUID, purpose: str = "") -> str:
    """Return the sealed value; raise VaultUnavailable, or Unreadable when it belongs elsewhere."""
    return crypto.unseal(_key_for(account_id, purpose), sealed, place=Place(column, row_id))


def fingerprint(account_id: UUID, value: str, *, purpose: str) -> str:
    """Return the account's keyed digest of a value."""
    return crypto.fingerprint(_data_key(account_id), value, purpose=purpose)


def forget_keys() -> None:
    """Drop the unwrapped keys of this process, after the master key was turned."""
    _keys.clear()
