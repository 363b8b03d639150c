"""Read accounts."""

from uuid import UUID

from tandem.kernel.errors import NotFound
from tandem.kernel.scoping import scope, user_scope
from tandem.tenancy.models import Account
from tandem.tenancy.records import AccountRecord


def as_record(account: Account) -> AccountRecord:
    """Return the account as a value."""
    return AccountRecord(
        account_id=account.account_id,
        slug=account.slug,
        name=account.name,
        time_zone=account.time_zone,
        brand_key=account.brand_id,
        brand_name=account.brand.name,
        support_email=account.brand.support_email,
    )


def get_account(account_id: UUID) -> AccountRecord:
    """Return an account that is already known by its id; raise NotFound."""
    with scope(account_id):
        account = Account.objects.select_related("brand").filter(account_id=account_id).first()
    if account is None:
        raise NotFound
    return as_record(account)


def list_accounts_of(user_id: UUID) -> list[AccountRecord]:
    """Return the accounts that a sign-in belongs to, by name."""
    with user_scope(user_id):
        return [as_record(account) for account in Account.objects.select_related("brand").order_by("name", "slug")]


def find_account_of(user_id: UUID, *, slug: str) -> AccountRecord | None:
    """Return the account with this slug if the sign-in belongs to it."""
    with user_scope(user_id):
        account = Account.objects.select_related("brand").filter(slug=slug).first()
        return as_record(account) if account else None


def find_account_id(slug: str, *, database: str) -> UUID | None:
    """Return the id behind an account's short name, asked as the owner: no policy shows the application other accounts."""
    return Account.objects.using(database).filter(slug=slug).values_list("account_id", flat=True).first()


def list_account_ids(*, database: str) -> list[UUID]:
    """Return every account's id, asked as the owner."""
    return list(Account.objects.using(database).order_by("slug").values_list("account_id", flat=True))
