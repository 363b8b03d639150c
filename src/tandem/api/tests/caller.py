"""Calls of the API as a program makes them."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.test import Client

from tandem.access.api_keys import make_api_key
from tandem.access.roles import Role
from tandem.testing.cast import Player


@dataclass(frozen=True)
class Answer:
    """A status, a kind of content and what was in it."""

    status: int
    content_type: str
    body: Any


@dataclass(frozen=True)
class Program:
    """A program with a key of one account."""

    account_id: UUID
    key: str

    def call(self, method: str, path: str, body: object = None, *, account_id: UUID | None = None) -> Answer:
        """Call an address below the account."""
        address = f"/api/v1/accounts/{account_id or self.account_id}/{path}"
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = Client().generic(method, address, json_of(body), "application/json", headers=headers)
        return Answer(answer.status_code, answer.headers["Content-Type"], answer.json())


def json_of(body: object) -> bytes:
    """Write a body."""
    return b"" if body is None else json.dumps(body).encode()


def program_of(player: Player, *roles: Role) -> Program:
    """Make a key of the player's account, an administrator's unless other roles are given."""
    made = make_api_key(player.actor, name="Night job", roles=roles or (Role.ACCOUNT_ADMIN,))
    return Program(player.account.account_id, made.text)
