"""Who calls: the account is in the address, the key in the Authorization header, and both become the actor."""

from typing import Any, cast
from uuid import UUID

import structlog
from django.http import HttpRequest
from ninja.security import HttpBearer

from tandem.access.api_keys import find_actor_by_api_key
from tandem.kernel.actor import Actor


class ApiKeyAuth(HttpBearer):
    """Turn a key into the actor that it is in the account of the address."""

    openapi_description = "A key of the account, made by an administrator under Settings > API keys."

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        """Return the actor, or None, which answers 401."""
        account_id = _account_of(request)
        actor = find_actor_by_api_key(account_id, text=token) if account_id else None
        if actor is not None:
            structlog.contextvars.bind_contextvars(account_id=str(account_id), key_id=str(actor.key_id))
        return actor


def actor_of(request: HttpRequest) -> Actor:
    """Return the actor that the key stands for."""
    return cast("Actor", cast("Any", request).auth)


def _account_of(request: HttpRequest) -> UUID | None:
    match = request.resolver_match
    value = match.kwargs.get("account_id") if match else None
    return value if isinstance(value, UUID) else None
