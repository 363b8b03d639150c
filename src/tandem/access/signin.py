"""Where allauth asks us: nobody signs up by themselves, and second factors rest sealed."""

from typing import Any
from uuid import UUID

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest

from tandem.kernel import crypto
from tandem.kernel.crypto import DataKey, Place

# Second factors belong to a sign-in, not to an account, so they are sealed with a key derived from the master key.
_INSTALLATION = UUID(int=0)
_PLACE = Place("mfa_authenticator.data", _INSTALLATION)


def _installation_key() -> DataKey:
    master = settings.TANDEM.master_key
    if not master.secret:
        raise crypto.VaultUnavailable
    digest = crypto.fingerprint(DataKey(_INSTALLATION, master.secret), "second factors", purpose="derive")
    return DataKey(_INSTALLATION, bytes.fromhex(digest))


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """People are invited; there is no open sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  allauth's signature
        return False


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Seals TOTP secrets and recovery-code seeds at rest."""

    def encrypt(self, text: str) -> str:
        return crypto.seal(_installation_key(), text, place=_PLACE).hex()

    def decrypt(self, encrypted_text: str) -> str:
        return crypto.unseal(_installation_key(), bytes.fromhex(encrypted_text), place=_PLACE)

    def get_public_key_credential_rp_entity(self) -> dict[str, Any]:
        entity: dict[str, Any] = super().get_public_key_credential_rp_entity()
        return {**entity, "name": "Tandem"}
