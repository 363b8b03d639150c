"""The account scope of a transaction, which row-level security reads.

The scope is set per transaction, never per session: pooled connections forget it at commit. Outside a scope a query on
a customer's table returns no row and a write is refused by PostgreSQL itself.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar
from uuid import UUID

from django.db import connection, transaction

from tandem.kernel.actor import Actor
from tandem.kernel.errors import ScopeViolation

P = ParamSpec("P")
R = TypeVar("R")


def _set(name: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [name, value])


def _current_account() -> str:
    """Return the scope of the running transaction as PostgreSQL sees it, or ""."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('tandem.account_id', true), '')")
        row = cursor.fetchone()
    return str(row[0]) if row else ""


@contextmanager
def scope(account_id: UUID, *, durable: bool = False) -> Iterator[None]:
    """Run a transaction that sees one account.

    Nested in a scope of the same account it is a savepoint. Nested in another account's scope it raises ScopeViolation.
    """
    nested = connection.in_atomic_block
    with transaction.atomic(durable=durable):
        before = _current_account() if nested else ""
        if before and before != str(account_id):
            raise ScopeViolation
        if before != str(account_id):
            _set("tandem.account_id", str(account_id))
        # On an error the rollback restores the setting; touching an aborted transaction would only hide the error.
        yield
        if nested and not before:
            _set("tandem.account_id", "")


@contextmanager
def durable_scope(account_id: UUID) -> Iterator[None]:
    """Run an outermost transaction that is committed when the block ends; for journals that announce a call."""
    with scope(account_id, durable=True):
        yield


@contextmanager
def user_scope(user_id: UUID) -> Iterator[None]:
    """Run a transaction that sees what belongs to one sign-in: its memberships and the accounts they name."""
    with transaction.atomic():
        _set("tandem.user_id", str(user_id))
        yield
        _set("tandem.user_id", "")


def scoped(function: Callable[Concatenate[Actor, P], R]) -> Callable[Concatenate[Actor, P], R]:
    """Run an action or selector in the scope of its actor's account, in one transaction."""

    @wraps(function)
    def run(actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with scope(actor.account_id):
            return function(actor, *args, **kwargs)

    return run
