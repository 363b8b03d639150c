"""Seal second-factor secrets at rest.

They belong to a sign-in, not to an account, so they are sealed with a key derived from the master key itself.
"""

from uuid import UUID

from allauth.mfa.models import Authenticator

from tandem.kernel import crypto
from tandem.kernel.crypto import DataKey, MasterKey, Place, VaultUnavailable

_INSTALLATION = UUID(int=0)
_PLACE = Place("mfa_authenticator.data", _INSTALLATION)
# What allauth hands to its adapter for sealing, by kind of authenticator.
_SEALED_VALUES = ("secret", "seed")
_SEALED_LISTS = ("migrated_codes",)


def _key(master: MasterKey) -> DataKey:
    if not master.secret:
        raise VaultUnavailable
    digest = crypto.fingerprint(DataKey(_INSTALLATION, master.secret), "second factors", purpose="derive")
    return DataKey(_INSTALLATION, bytes.fromhex(digest))


def seal(master: MasterKey, plain: str) -> str:
    """Return the sealed secret as text."""
    return crypto.seal(_key(master), plain, place=_PLACE).hex()


def unseal(master: MasterKey, sealed: str) -> str:
    """Return the secret; raise Unreadable when another master key sealed it."""
    return crypto.unseal(_key(master), bytes.fromhex(sealed), place=_PLACE)


def reseal_all(*, old: MasterKey, new: MasterKey, database: str) -> int:
    """Seal every second factor with a new master key; return how many. Run inside a transaction on `database`."""

    def turned(sealed: str) -> str:
        return seal(new, unseal(old, sealed))

    count = 0
    for row in Authenticator.objects.using(database).select_for_update():
        sealed_here: dict[str, str | list[str]] = {
            name: turned(row.data[name]) for name in _SEALED_VALUES if name in row.data
        }
        sealed_here |= {name: [turned(one) for one in row.data[name]] for name in _SEALED_LISTS if name in row.data}
        if not sealed_here:
            continue
        row.data = {**row.data, **sealed_here}
        row.save(using=database, update_fields=["data"])
        count += 1
    return count
