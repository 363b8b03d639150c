"""Accounts are opened with a key of their own; secrets open in their account only."""

from dataclasses import replace
from uuid import uuid4

import pytest
from pytest_django import Settings

from tandem.kernel.crypto import MasterKey, Unreadable, VaultUnavailable
from tandem.kernel.errors import NotFound
from tandem.kernel.scoping import scope
from tandem.tenancy import vault
from tandem.tenancy.actions import ensure_brand, open_account
from tandem.tenancy.records import AccountRecord
from tandem.tenancy.selectors import get_account

pytestmark = pytest.mark.usefixtures("real_db")


@pytest.fixture
def account() -> AccountRecord:
    ensure_brand("tandem", name="Tandem")
    return open_account(slug="harbour-lane", name="Harbour Lane", brand_key="tandem", time_zone="Australia/Sydney")


def test_an_account_can_be_read_back(account: AccountRecord) -> None:
    assert get_account(account.account_id) == account


def test_an_unknown_account_is_not_found() -> None:
    with pytest.raises(NotFound):
        get_account(uuid4())


def test_a_sealed_value_opens_in_its_account(account: AccountRecord) -> None:
    row = uuid4()
    with scope(account.account_id):
        sealed = vault.seal(account.account_id, "token", column="grant.token", row_id=row)
        assert vault.unseal(account.account_id, sealed, column="grant.token", row_id=row) == "token"


def test_a_sealed_value_carried_to_another_account_does_not_open(account: AccountRecord) -> None:
    other = open_account(slug="other", name="Other", brand_key="tandem", time_zone="Australia/Perth")
    row = uuid4()
    with scope(account.account_id):
        sealed = vault.seal(account.account_id, "token", column="grant.token", row_id=row)
    with scope(other.account_id), pytest.raises(Unreadable):
        vault.unseal(other.account_id, sealed, column="grant.token", row_id=row)


def test_equal_values_have_different_fingerprints_in_different_accounts(account: AccountRecord) -> None:
    other = open_account(slug="other", name="Other", brand_key="tandem", time_zone="Australia/Perth")
    with scope(account.account_id):
        ours = vault.fingerprint(account.account_id, "value", purpose="test")
    with scope(other.account_id):
        theirs = vault.fingerprint(other.account_id, "value", purpose="test")
    assert ours != theirs


def test_without_the_master_key_the_vault_is_shut(account: AccountRecord, settings: Settings) -> None:
    settings.TANDEM = replace(settings.TANDEM, master_key=MasterKey(b""))
    with scope(account.account_id), pytest.raises(VaultUnavailable):
        vault.seal(account.account_id, "token", column="grant.token", row_id=uuid4())
