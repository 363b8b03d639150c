"""Which account a command is about."""

from uuid import UUID

from tandem.cli.refusal import Refused


def account_id_of(name: str) -> UUID:
    """Return an account's id by its id or its short name; the name takes the owner role. Raise Refused."""
    try:
        return UUID(name)
    except ValueError:
        pass
    from django.conf import settings

    from tandem.config.migrate import OWNER
    from tandem.tenancy.selectors import find_account_id

    if OWNER not in settings.DATABASES:
        raise Refused("TANDEM_OWNER_DATABASE_URL is not set. Set it, or give the account's id instead of its name.")
    found = find_account_id(name, database=OWNER)
    if found is None:
        raise Refused(f"There is no account called {name}. Its short name is the part after /a/ in its address.")
    return found
