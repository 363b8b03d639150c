"""The account scope of a transaction, which row-level security reads.

The scope is set per transaction, never per session: pooled connections forget it at commit. Outside a scope a query on
a customer's table returns no row and a write is refused by PostgreSQL itself.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from django.db import connection, transaction

from tandem.kernel.actor import Actor
from tandem.kernel.errors import ScopeViolation

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


@dataclass
class _Open:
    """The account of a running transaction, and what is to be done as the last thing in it."""

    account_id: UUID
    last: list[tuple[Callable[[UUID, Sequence[Any]], None], object]] = field(default_factory=list)


def _set(name: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [name, value])


@contextmanager
def scope(account_id: UUID, *, durable: bool = False) -> Iterator[None]:
    """Run a transaction that sees one account.

    Nested in a scope of the same account it is a savepoint. Nested in another account's scope it raises ScopeViolation.
    """
    outer = _open_scope()
    if outer is not None and outer.account_id != account_id:
        raise ScopeViolation
    nested = connection.in_atomic_block
    with transaction.atomic(durable=durable):
        if outer is not None:
            with _forgotten_on_error(outer):
                yield
            return
        _set("tandem.account_id", str(account_id))
        opened = _Open(account_id)
        _remember(opened)
        try:
            yield
            _do_last(opened)
        finally:
            _remember(None)
        # On an error the rollback restores the setting; touching an aborted transaction would only hide the error.
        if nested:
            _set("tandem.account_id", "")


def do_last(work: Callable[[UUID, Sequence[T]], None], item: T) -> None:
    """Have `work` done with the account and its items, in their order, as the last thing before the transaction commits.

    For what every transaction of an account has to lock: locked last, it is held while nothing else is waited for.
    Undone with the savepoint in which it was asked for. Raise ScopeViolation outside a scope.
    """
    opened = _open_scope()
    if opened is None:
        raise ScopeViolation
    opened.last.append((work, item))


def _do_last(opened: _Open) -> None:
    for work in dict.fromkeys(work for work, _ in opened.last):
        work(opened.account_id, [item for other, item in opened.last if other is work])


@contextmanager
def _forgotten_on_error(opened: _Open) -> Iterator[None]:
    before = len(opened.last)
    try:
        yield
    except BaseException:
        del opened.last[before:]
        raise


def _open_scope() -> _Open | None:
    """Return the scope of the running transaction. Kept beside the connection, so that nesting costs no question."""
    return getattr(connection, "tandem_scope", None) if connection.in_atomic_block else None


def _remember(opened: _Open | None) -> None:
    connection.tandem_scope = opened  # type: ignore[attr-defined]  # ours, on the thread's own connection


@contextmanager
def joined_scope(account_id: UUID) -> Iterator[None]:
    """Run in the account's open transaction as a part of it, or in one of its own where none is open.

    No savepoint: what fails in it has to fail with the whole, or only reads, so that there is nothing to undo.
    """
    opened = _open_scope()
    if opened is not None and opened.account_id == account_id:
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
