"""Turning the master key: old values open with the new key, and with that one only."""

from dataclasses import replace
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from pytest_django import Settings

from tandem.access.actions import ensure_user
from tandem.access.models import User
from tandem.cli.keys import rotate
from tandem.kernel.crypto import MasterKey, Unreadable, VaultUnavailable
from tandem.kernel.scoping import scope
from tandem.tenancy import vault
from tandem.tenancy.actions import ensure_brand, open_account
from tandem.tenancy.records import AccountRecord

pytestmark = pytest.mark.usefixtures("real_db")
NEW = MasterKey(b"n" * 32)


@pytest.fixture
def account() -> AccountRecord:
    ensure_brand("tandem", name="Tandem")
    return open_account(slug="harbour-lane", name="Harbour Lane", brand_key="tandem", time_zone="Australia/Sydney")


def test_after_turning_old_values_open_with_the_new_key_only(account: AccountRecord, settings: Settings) -> None:
    row = uuid4()
    with scope(account.account_id):
        sealed = vault.seal(account.account_id, "token", column="grant.token", row_id=row)
    assert rotate(NEW) == (1, 0)
    vault.forget_keys()
    with scope(account.account_id), pytest.raises(VaultUnavailable):
        vault.unseal(account.account_id, sealed, column="grant.token", row_id=row)
    settings.TANDEM = replace(settings.TANDEM, master_key=NEW)
    with scope(account.account_id):
        assert vault.unseal(account.account_id, sealed, column="grant.token", row_id=row) == "token"


def test_second_factors_are_sealed_at_rest_and_turned_with_the_key(account: AccountRecord, settings: Settings) -> None:
    user = User.objects.get(id=ensure_user("alice@example.com", name="Alice"))
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    assert "JBSWY3DPEHPK3PXP" not in str(Authenticator.objects.get(user=user).data)
    assert rotate(NEW) == (1, 1)
    turned = Authenticator.objects.get(user=user)
    with pytest.raises(Unreadable):
        TOTP(turned).validate_code("000000")
    settings.TANDEM = replace(settings.TANDEM, master_key=NEW)
    assert TOTP(turned).validate_code("000000") in (True, False)


def test_with_the_wrong_old_key_nothing_is_changed(account: AccountRecord, settings: Settings) -> None:
    right = settings.TANDEM
    settings.TANDEM = replace(right, master_key=MasterKey(b"wrong" + b"w" * 27))
    with pytest.raises(VaultUnavailable):
        rotate(NEW)
    settings.TANDEM = right
    vault.forget_keys()
    with scope(account.account_id):
        assert vault.seal(account.account_id, "token", column="grant.token", row_id=uuid4())
