"""Where allauth asks us: nobody signs up by themselves, and second factors rest sealed."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest

from tandem.access import second_factors


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """People are invited; there is no open sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  allauth's signature
        return False


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Seals TOTP secrets and recovery-code seeds at rest."""

    def encrypt(self, text: str) -> str:
        return second_factors.seal(settings.TANDEM.master_key, text)

    def decrypt(self, encrypted_text: str) -> str:
        return second_factors.unseal(settings.TANDEM.master_key, encrypted_text)

    def get_public_key_credential_rp_entity(self) -> dict[str, Any]:
        entity: dict[str, Any] = super().get_public_key_credential_rp_entity()
        return {**entity, "name": "Tandem"}
