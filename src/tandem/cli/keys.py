"""`tandem rotate-keys`: turn the master key without touching a sealed value."""

import base64
import binascii
import os

import click
import django
from django.db import transaction

from tandem.kernel.crypto import MasterKey
from tandem.kernel.errors import Misconfigured


@click.command(name="rotate-keys")
def rotate_keys() -> None:
    """Wrap every data key with TANDEM_NEW_MASTER_KEY; all or nothing."""
    django.setup()
    new = _new_master_key()
    accounts, second_factors = rotate(new)
    click.echo(f"Turned the keys of {accounts} accounts and {second_factors} second factors.")
    click.echo("Now set TANDEM_MASTER_KEY to the new key, remove TANDEM_NEW_MASTER_KEY, and restart web and worker.")


def rotate(new: MasterKey) -> tuple[int, int]:
    """Turn from the installation's master key to `new` as the owner; return how many accounts and second factors."""
    from django.conf import settings

    from tandem.access import second_factors
    from tandem.config.migrate import OWNER
    from tandem.tenancy.actions import rewrap_data_keys
    from tandem.timeline.checkpoints import sign_anew

    if OWNER not in settings.DATABASES:
        raise Misconfigured("TANDEM_OWNER_DATABASE_URL is not set; turning the keys needs the owner role.")
    old = settings.TANDEM.master_key
    with transaction.atomic(using=OWNER):
        accounts = rewrap_data_keys(old=old, new=new, database=OWNER)
        sign_anew(old=old, new=new, database=OWNER)
        return accounts, second_factors.reseal_all(old=old, new=new, database=OWNER)


def _new_master_key() -> MasterKey:
    try:
        secret = base64.b64decode(os.environ.get("TANDEM_NEW_MASTER_KEY", ""), validate=True)
    except binascii.Error:
        secret = b""
    if len(secret) != 32:
        raise Misconfigured("TANDEM_NEW_MASTER_KEY must be 32 bytes in base64. Nothing was changed.")
    return MasterKey(secret)
