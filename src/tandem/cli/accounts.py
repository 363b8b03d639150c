"""Which account a command is about."""

from uuid import UUID

from tandem.cli.refusal import Refused


def account_id_of(name: str) -> UUID:
    """Return an account's id by its id or its short name; the name takes the owner role. Raise Refused."""
    try:
        return UUID(name)
    except ValueError:
        pass
    from tandem.tenancy.selectors import find_account_id

    found = find_account_id(name, database=_owner("Set it, or give the account's id instead of its name."))
    if found is None:
        raise Refused(f"There is no account called {name}. Its short name is the part after /a/ in its address.")
    return found


def every_account_id() -> list[UUID]:
    """Return the ids of all accounts, as the owner sees them. Raise Refused."""
    from tandem.tenancy.selectors import list_account_ids

    return list_account_ids(database=_owner("Set it, or name one account by its id."))


def _owner(what_else: str) -> str:
    from django.conf import settings

    from tandem.config.migrate import OWNER

    if OWNER not in settings.DATABASES:
        raise Refused(f"TANDEM_OWNER_DATABASE_URL is not set. {what_else}")
    return OWNER
