"""The tokens of a grant: sealed into their row, unsealed for one call. Call inside the account's scope."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings

from tandem.tenancy import vault
from tandem.xero.client.wire import TokenAnswer
from tandem.xero.models import Grant

ACCESS = "xero_grant.access_token"
REFRESH = "xero_grant.refresh_token"
PREVIOUS = "xero_grant.previous_refresh_token"


@dataclass(frozen=True)
class Access:
    """An access token for one call, and which version of the grant's tokens it is."""

    token: str = field(repr=False)
    version: int


def keep_tokens(grant: Grant, tokens: TokenAnswer, *, at: datetime) -> None:
    """Seal a new pair into a grant's row; the refresh token it replaces stays for Xero's grace window."""
    if grant.refresh_token is not None and tokens.refresh_token:
        grace = timedelta(seconds=settings.TANDEM.xero.refresh_grace_seconds)
        grant.previous_refresh_token = _seal(grant, refresh_token_of(grant), PREVIOUS)
        grant.previous_until = at + grace
    if tokens.refresh_token:
        grant.refresh_token = _seal(grant, tokens.refresh_token, REFRESH)
    grant.access_token = _seal(grant, tokens.access_token, ACCESS)
    grant.access_expires_at = at + timedelta(seconds=tokens.lifetime_seconds)
    grant.token_version += 1
    grant.refreshed_at, grant.refresh_failed_at = at, None


def access_of(grant: Grant) -> Access:
    """Return the access token as it is stored."""
    return Access(_unseal(grant, grant.access_token, ACCESS), grant.token_version)


def refresh_token_of(grant: Grant) -> str:
    """Return the refresh token as it is stored."""
    return _unseal(grant, grant.refresh_token, REFRESH)


def previous_refresh_token_of(grant: Grant, *, at: datetime) -> str:
    """Return the refresh token before the present one while Xero may still take it, else ""."""
    if grant.previous_refresh_token is None or grant.previous_until is None or at >= grant.previous_until:
        return ""
    return _unseal(grant, grant.previous_refresh_token, PREVIOUS)


def destroy_tokens(grant: Grant) -> None:
    """Forget everything that could be used at Xero."""
    grant.access_token = grant.refresh_token = grant.previous_refresh_token = None
    grant.access_expires_at = grant.previous_until = None
    grant.token_version += 1


def _seal(grant: Grant, plain: str, column: str) -> bytes:
    return vault.seal(grant.account_id, plain, column=column, row_id=grant.grant_id)


def _unseal(grant: Grant, sealed: bytes | memoryview | None, column: str) -> str:
    return vault.unseal(grant.account_id, bytes(sealed), column=column, row_id=grant.grant_id) if sealed else ""
