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


@contextmanager
def scope(account_id: UUID, *, durable: bool = False) -> Iterator[None]:
    """Run a transaction that sees one account.

    Nested in a scope of the same account it is a savepoint. Nested in another account's scope it raises ScopeViolation.
    """
    outer = _scope_of_transaction()
    if outer is not None and outer != account_id:
        raise ScopeViolation
    nested = connection.in_atomic_block
    with transaction.atomic(durable=durable):
        if outer is not None:
            yield
            return
        _set("tandem.account_id", str(account_id))
        _remember(account_id)
        try:
            yield
        finally:
            _remember(None)
        # On an error the rollback restores the setting; touching an aborted transaction would only hide the error.
        if nested:
            _set("tandem.account_id", "")


def _scope_of_transaction() -> UUID | None:
    """Return the account of the running transaction. Kept beside the connection, so that nesting costs no question."""
    return getattr(connection, "tandem_account_id", None) if connection.in_atomic_block else None


def _remember(account_id: UUID | None) -> None:
    connection.tandem_account_id = account_id  # type: ignore[attr-defined]  # ours, on the thread's own connection


@contextmanager
def joined_scope(account_id: UUID) -> Iterator[None]:
    """Run in the account's open transaction as a part of it, or in one of its own where none is open.

    No savepoint: what fails in it has to fail with the whole, or only reads, so that there is nothing to undo.
    """
    if _scope_of_transaction() == account_id:
        yield
        return
    with scope(account_id):
        yield


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


def scoped_part(function: Callable[Concatenate[Actor, P], R]) -> Callable[Concatenate[Actor, P], R]:
    """Run a selector, or an action that is never undone alone, in the scope of its actor's account (see `joined_scope`)."""

    @wraps(function)
    def run(actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with joined_scope(actor.account_id):
            return function(actor, *args, **kwargs)

    return run


def scoped(function: Callable[Concatenate[Actor, P], R]) -> Callable[Concatenate[Actor, P], R]:
    """Run an action or selector in the scope of its actor's account, in one transaction."""

    @wraps(function)
    def run(actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with scope(actor.account_id):
            return function(actor, *args, **kwargs)

    return run
