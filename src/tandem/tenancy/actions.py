"""Make accounts and brands, and turn the master key."""

import uuid

from django.conf import settings

from tandem.kernel import clock, crypto
from tandem.kernel.scoping import scope
from tandem.tenancy.models import Account, Brand
from tandem.tenancy.records import AccountRecord
from tandem.tenancy.selectors import as_record


def ensure_brand(key: str, *, name: str, host: str = "", support_email: str = "") -> None:
    """Make the brand, or bring it up to date."""
    Brand.objects.update_or_create(key=key, defaults={"name": name, "host": host, "support_email": support_email})


def open_account(
    *, slug: str, name: str, brand_key: str, time_zone: str, account_id: uuid.UUID | None = None
) -> AccountRecord:
    """Open an account with a data key of its own; raise VaultUnavailable without a master key."""
    account_id = account_id or uuid.uuid4()
    master = settings.TANDEM.master_key
    with scope(account_id):
        account = Account.objects.create(
            account_id=account_id,
            slug=slug,
            name=name,
            brand_id=brand_key,
            time_zone=time_zone,
            created_at=clock.now(),
            wrapped_data_key=crypto.new_wrapped_data_key(master, account_id),
            master_key_id=master.key_id,
        )
        return as_record(account)


def rewrap_data_keys(*, old: crypto.MasterKey, new: crypto.MasterKey, database: str) -> int:
    """Wrap every account's data key with a new master key; return how many.

    Run as the owner, inside a transaction on `database`. Values sealed with the data keys stay as they are. Raise
    VaultUnavailable when `old` is not the key that wrapped them; nothing is changed then.
    """
    accounts = Account.objects.using(database).select_for_update()
    for account in accounts:
        key = crypto.unwrap(old, account.account_id, account.wrapped_data_key)
        account.wrapped_data_key, account.master_key_id = crypto.wrap(new, key), new.key_id
        account.save(using=database, update_fields=["wrapped_data_key", "master_key_id"])
    return len(accounts)
