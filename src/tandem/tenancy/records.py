"""Accounts as values."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class AccountRecord:
    """One customer, as other rooms see it."""

    account_id: UUID
    slug: str
    name: str
    time_zone: str
    brand_key: str
    brand_name: str
    support_email: str
