"""Ways to break the product, one promise at a time. Each replaces one function by a plausible mistake."""

from dataclasses import dataclass
from typing import Any

import pytest
from tests.mistakes import Mistake, put_in_place

from tandem.cli.stage import Promise
from tandem.xero.connections.session import XeroSession
from tandem.xero.sync.preferences import Preferences


@dataclass(frozen=True)
class Mutation:
    """One mistake: `mistake` receives the right function and returns the wrong one."""

    promise: Promise
    name: str
    place: str
    mistake: Mistake

    def apply(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Put the mistake into the running product."""
        put_in_place(self.mistake, self.place, monkeypatch=monkeypatch)


def _nothing(_right: Any) -> Any:
    return lambda *_args, **_kwargs: None


def _false(_right: Any) -> Any:
    return lambda *_args, **_kwargs: False


def _twice(right: Any) -> Any:
    def send(session: XeroSession, *args: Any, idempotency_key: str) -> Any:
        right(session, *args, idempotency_key=f"{idempotency_key}-again")
        return right(session, *args, idempotency_key=idempotency_key)

    return send


def _certain(right: Any) -> Any:
    def who(*args: Any, **kwargs: Any) -> Any:
        cause, _ = right(*args, **kwargs)
        return cause, True

    return who


def _forget_all(right: Any) -> Any:
    """Clear every choice at a disconnect, not only the two ticks."""

    def append(actor: Any, current: Any, preferences: Any, because: Any) -> Any:
        return right(actor, current, Preferences() if because == "disconnect" else preferences, because)

    return append


def _no_gap(right: Any) -> Any:
    def bind(connection: Any, *rest: Any) -> None:
        right(connection, *rest)
        connection.gap_since = connection.gap_until = None
        connection.save()

    return bind


class _Plain:
    """A cipher that leaves everything as it is."""

    def __init__(self, _key: bytes) -> None: ...

    def encrypt(self, _nonce: bytes, plain: bytes, _bound: bytes) -> bytes:
        return plain

    def decrypt(self, _nonce: bytes, plain: bytes, _bound: bytes) -> bytes:
        return plain


MUTATIONS = (
    Mutation(
        Promise.THE_STATUS_NEVER_LIES,
        "a refused call is taken for nothing",
        "tandem.xero.connections.diagnosis.find_break",
        _nothing,
    ),
    Mutation(
        Promise.THE_STATUS_NEVER_LIES,
        "a likely cause is told as certain",
        "tandem.xero.connections.findings._who_lost_what",
        _certain,
    ),
    Mutation(
        Promise.THE_BREAK_IS_FORESEEN,
        "a termination opens no hand-over task",
        "tandem.xero.facade.foresee",
        _false,
    ),
    Mutation(
        Promise.RECONNECTING_IS_ONE_BUTTON,
        "a disconnect forgets the settings",
        "tandem.xero.preferences.actions._append",
        _forget_all,
    ),
    Mutation(
        Promise.RECONNECTING_IS_ONE_BUTTON,
        "any organisation will do",
        "tandem.xero.connections.candidate:Candidate._bound_tenant",
        _nothing,
    ),
    Mutation(
        Promise.NOTHING_IS_LOST_DOUBLED_OR_UNSEEN,
        "an update is sent twice",
        "tandem.xero.connections.session:XeroSession.update_employee",
        _twice,
    ),
    Mutation(
        Promise.NOTHING_IS_LOST_DOUBLED_OR_UNSEEN,
        "runs go on after a reconnect without a gap report",
        "tandem.xero.connections.candidate._bind",
        _no_gap,
    ),
    Mutation(
        Promise.SECRETS_STAY_SECRET,
        "sealing leaves the value as it is",
        "tandem.kernel.crypto.AESGCM",
        lambda _right: _Plain,
    ),
)
