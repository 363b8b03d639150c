"""From the stored evidence to the state that is shown."""

from uuid import UUID


def follow(account_id: UUID, *, failed: bool) -> None:
    """Diagnose again after a call that failed, or that worked while the state was not green."""
    del account_id, failed
