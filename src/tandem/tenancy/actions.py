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


def rewrap_data_key(account_id: uuid.UUID, *, old: crypto.MasterKey, new: crypto.MasterKey) -> None:
    """Wrap the account's data key with a new master key; values sealed with the data key stay as they are."""
    with scope(account_id):
        account = Account.objects.select_for_update().get(account_id=account_id)
        account.wrapped_data_key = crypto.wrap(new, crypto.unwrap(old, account_id, account.wrapped_data_key))
        account.master_key_id = new.key_id
        account.save(update_fields=["wrapped_data_key", "master_key_id"])
